/* The word that was probably meant: the candidate with the fewest slips of the pen. */
#ifndef BP_BASE_NEAREST_H
#define BP_BASE_NEAREST_H

#include <stddef.h>

/* One search. The cost is bounded: candidates past a number, and words past a length, are passed
 * over. */
struct bp_nearest {
    const char *word;
    size_t len;
    const char *best; /* the nearest so far; NULL when none is near enough to be meant */
    size_t distance;  /* of `best`; before that, one more than is near enough */
    size_t tried;
};

/* Starts a search for what `word` (borrowed) may mean. */
void bp_nearest_init(struct bp_nearest *n, const char *word);
/* Weighs one candidate (borrowed); of equally near ones the first stays. */
void bp_nearest_try(struct bp_nearest *n, const char *candidate);

/* The nearest of `count` words, NULL when none is near enough. */
const char *bp_nearest_of(const char *word, const char *const *words, size_t count);

#endif
