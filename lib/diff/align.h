/* Which elements of two sequences belong together: a longest common subsequence. */
#ifndef BP_DIFF_ALIGN_H
#define BP_DIFF_ALIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much work one comparison may cost in all, in pairs looked at. */
#define BP_ALIGN_EFFORT ((size_t)16 << 20)

/* `match[j]` becomes the index in `a` of what element j of `b` goes with, -1 for none; matches
 * never cross. Equal keys match; then what is left between two matches on both sides is paired in
 * order unless `exact` is set. `*effort` goes down by the work done; without enough of it only
 * equal ends match. */
void bp_align(const uint64_t *a, size_t na, const uint64_t *b, size_t nb, bool exact,
              size_t *effort, ptrdiff_t *match);

#endif
