/* How many documents one run may take away: N, or P% of those there are. */
#ifndef BP_MODEL_PRUNE_H
#define BP_MODEL_PRUNE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct bp_prune_limit {
    uint32_t value;
    bool percent; /* of the documents there are, else a count */
};

/* Reads "N" or "P%" (P up to 100); BP_EUSAGE with a message that shows the forms. */
int bp_prune_limit_parse(const char *text, struct bp_prune_limit *limit, struct bp_err *e);

/* The count that the limit comes to where there are `total` documents: a percentage is rounded
 * down, and is at least 1 unless it is 0 %. */
uint64_t bp_prune_limit_of(const struct bp_prune_limit *limit, uint64_t total);

#endif
