/* Reading the files of trees for the identities in them: what the index is made from. Private to
 * the layer. Files that are malformed hold none. */
#ifndef BP_GIT_INDEX_SCAN_H
#define BP_GIT_INDEX_SCAN_H

#include "base/mem.h"
#include "git/index_file.h"
#include "git/repo.h"

/* All documents of a tree. */
struct bp_index_scan {
    struct bp_index_entry *entries; /* an identity once a file; in order of paths */
    size_t n, cap;
    struct bp_arena paths;
    size_t malformed; /* files that could not be read as documents */
};

#define BP_INDEX_SCAN_INIT     \
    {                          \
        .paths = BP_ARENA_INIT \
    }

/* Reads a whole tree into `all`, which is to be released also after a failure. */
int bp_index_scan_all(struct bp_repo *r, const struct bp_oid *tree, struct bp_index_scan *all,
                      struct bp_err *e);
void bp_index_scan_release(struct bp_index_scan *all);

/* Appends what differs between two trees to `changes`, encoded for the journal, and adds to
 * `*malformed`. BP_ENOTFOUND when tree `was` is not there any more. */
int bp_index_scan_changes(struct bp_repo *r, const struct bp_oid *was, const struct bp_oid *now,
                          struct bp_str *changes, size_t *malformed, struct bp_err *e);

#endif
