/* The bytes of the index that index.h describes: an image, which is searched as it lies in the
 * file, and behind it a journal of what has changed since. Private to the layer.
 *
 *   header   magic, version, byte order, scope, tree, sizes, a table by first byte of the hash, sum
 *   sums     one a block of 256 records
 *   records  hash, place of the path; in order of hashes
 *   paths    each ended by NUL
 *   batches  from tree, to tree, changes, sum; each appended as one
 *
 * A file that is cut, altered or of another version is noticed where it is looked at: the header
 * and the batches when it is opened, a block of records before it is used. A path is believed only
 * after the file there was read (index.h). */
#ifndef BP_GIT_INDEX_FILE_H
#define BP_GIT_INDEX_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "git/oid.h"

struct bp_index_entry {
    uint64_t hash; /* of the identity */
    const char *path;
};

struct bp_index_image {
    const unsigned char *data; /* aligned for 8 bytes */
    size_t len;
    unsigned char *checked; /* a bit a block: its sum was right */
};

#define BP_INDEX_IMAGE_INIT \
    {                       \
        0                   \
    }

/* An image of `entries` as memory the caller frees; they are put in another order. BP_ELIMIT when
 * it would be too large. */
int bp_index_image_build(struct bp_index_entry *entries, size_t n, const struct bp_oid *scope,
                         const struct bp_oid *tree, unsigned char **data, size_t *len,
                         struct bp_err *e);

/* Takes the image at the start of `data` (borrowed); what follows it is the journal. BP_ECORRUPT
 * when it is none, of another version, cut, altered, or of another scope. */
int bp_index_image_open(struct bp_index_image *im, const unsigned char *data, size_t len,
                        const struct bp_oid *scope, struct bp_err *e);
void bp_index_image_close(struct bp_index_image *im);

struct bp_oid bp_index_image_tree(const struct bp_index_image *im);
size_t bp_index_image_count(const struct bp_index_image *im);

/* The records from `*first` on, `*n` of them, that have this hash. BP_ECORRUPT when their block is
 * damaged. */
int bp_index_image_find(struct bp_index_image *im, uint64_t hash, size_t *first, size_t *n,
                        struct bp_err *e);
/* A record by number; BP_ECORRUPT when its block is damaged. The path is borrowed from the data. */
int bp_index_image_get(struct bp_index_image *im, size_t i, struct bp_index_entry *out,
                       struct bp_err *e);

/* ---- journal ---- */

struct bp_index_batch {
    struct bp_oid from, to;
    const unsigned char *changes; /* encoded */
    size_t len;
};

struct bp_index_change {
    uint64_t hash;
    bool removed;
    const char *path; /* borrowed, terminated */
};

/* Appends one encoded change to the changes of a batch. */
void bp_index_change_add(struct bp_str *changes, const struct bp_index_change *c);
/* Takes the next change from the front of the batch; false at its end. */
bool bp_index_change_next(struct bp_index_batch *b, struct bp_index_change *out);

/* Appends a whole batch. */
void bp_index_batch_add(struct bp_str *out, const struct bp_oid *from, const struct bp_oid *to,
                        const struct bp_str *changes);
/* The batch at `data` + `*at`, which then is behind it; false when there is none or it is cut or
 * altered. */
bool bp_index_batch_next(const unsigned char *data, size_t len, size_t *at,
                         struct bp_index_batch *out);

#endif
