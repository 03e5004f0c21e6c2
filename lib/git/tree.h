/* Trees of a repository: finding a path, and what differs between two of them. */
#ifndef BP_GIT_TREE_H
#define BP_GIT_TREE_H

#include "git/repo.h"

/* Called for a file that holds documents by its name (.json .jsonl .ndjson .yaml .yml, not hidden,
 * no link) and that is not the same blob on both sides; `was` or `now` is NULL where there is none.
 * `path` is relative to the trees. A negative return stops and is passed on. */
typedef int bp_tree_diff_fn(void *ctx, const char *path, const struct bp_oid *was,
                            const struct bp_oid *now, struct bp_err *e);

/* Compares two trees, in order of paths, at a cost that follows what differs. A zero id is the
 * empty tree, so a walk is the difference from nothing. BP_ENOTFOUND when tree `was` itself is not
 * in the repository, BP_ECORRUPT when anything below is missing, BP_ELIMIT when directories nest
 * too deep or there are too many. */
int bp_tree_diff(struct bp_repo *r, const struct bp_oid *was, const struct bp_oid *now,
                 bp_tree_diff_fn *fn, void *ctx, struct bp_err *e);

enum bp_tree_kind { BP_TREE_NONE, BP_TREE_FILE, BP_TREE_DIR, BP_TREE_OTHER };

/* Looks paths up in one tree and remembers the last directory, so that paths in order cost little.
 */
struct bp_tree_cursor; /* opaque */

/* `root` may be zero: the empty tree. */
struct bp_tree_cursor *bp_tree_cursor_new(struct bp_repo *r, const struct bp_oid *root);
void bp_tree_cursor_free(struct bp_tree_cursor *c);

/* What stands at `path` (no leading or final '/'; "" is the root itself) into `*kind` and, unless
 * it is BP_TREE_NONE, `*id`. A path through a file is BP_TREE_NONE. */
int bp_tree_find(struct bp_tree_cursor *c, const char *path, enum bp_tree_kind *kind,
                 struct bp_oid *id, struct bp_err *e);

/* The same for one path. */
int bp_tree_find_once(struct bp_repo *r, const struct bp_oid *root, const char *path,
                      enum bp_tree_kind *kind, struct bp_oid *id, struct bp_err *e);

/* The directory `path` of `root` into `*id`; zero when nothing is there, BP_EUSAGE when it is no
 * directory. */
int bp_tree_subtree(struct bp_repo *r, const struct bp_oid *root, const char *path,
                    struct bp_oid *id, struct bp_err *e);

#endif
