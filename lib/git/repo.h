/* A Git repository on this machine, bare or not. Nothing here touches a work tree or an index. */
#ifndef BP_GIT_REPO_H
#define BP_GIT_REPO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "git/oid.h"

struct bp_repo; /* opaque */

/* Opens the repository at exactly `path` (the directory of a bare one, a work tree, or its `.git`);
 * directories above are not searched. The message tells apart: nothing there, no repository (both
 * BP_ENOTFOUND), a directory inside a work tree, a repository of another user, one with an
 * extension that can't be handled, a damaged one. */
int bp_repo_open(struct bp_repo **out, const char *path, struct bp_err *e);
void bp_repo_close(struct bp_repo *r);

/* True when a repository could be made at `path`: nothing is there, or an empty directory. */
bool bp_repo_may_begin(const char *path);

/* The path it was opened by, for messages. */
const char *bp_repo_name(const struct bp_repo *r);
/* The directory that holds objects and branches, with a final '/'. */
const char *bp_repo_dir(const struct bp_repo *r);

/* The tree of a revision (`HEAD`, a branch, a tag, a commit, `main~2`, ...). BP_ENOTFOUND when
 * there is none, with the branches that could have been meant. */
int bp_repo_tree(struct bp_repo *r, const char *revision, struct bp_oid *tree, struct bp_err *e);

/* The content of a blob into `out` (emptied first); BP_ELIMIT past BP_READ_MAX, BP_ECORRUPT when it
 * is missing or damaged. */
int bp_repo_blob(struct bp_repo *r, const struct bp_oid *blob, struct bp_str *out,
                 struct bp_err *e);

/* The text of a configuration variable (repository, user, system), NULL when it is not set. `extra`
 * is one more file that stands in for the user's (GIT_CONFIG_GLOBAL), NULL for none. To be freed.
 */
char *bp_repo_config(struct bp_repo *r, const char *variable, const char *extra);

#endif
