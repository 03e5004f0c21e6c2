/* Output that is whole or nothing: lines are held back, in memory and past a bound in an unnamed
 * temporary file, until the producer has them all. */
#ifndef BP_BASE_SPOOL_H
#define BP_BASE_SPOOL_H

#include "base/err.h"
#include "base/str.h"

struct bp_spool {
    struct bp_str mem;
    int fd;            /* -1 until memory was not enough */
    struct bp_err err; /* the first failure; everything after it is dropped */
};

#define BP_SPOOL_INIT                \
    {                                \
        .mem = BP_STR_INIT, .fd = -1 \
    }

void bp_spool_add(struct bp_spool *s, const void *data, size_t len);

/* Writes all of it to `fd` and empties the spool. A failure of an earlier add is returned here, and
 * then nothing is written. */
int bp_spool_flush(struct bp_spool *s, int fd, struct bp_err *e);
void bp_spool_release(struct bp_spool *s);

#endif
