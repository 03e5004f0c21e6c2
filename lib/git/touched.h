/* What others have changed on a branch since a run began, and whether it goes against what the run
 * wants. */
#ifndef BP_GIT_TOUCHED_H
#define BP_GIT_TOUCHED_H

#include "git/repo.h"
#include "git/wishes.h"

struct bp_moved {
    struct bp_oid commit, tree; /* zero where there is none; `tree` is that of the prefix */
};

/* Looks at every document that differs between `from` and `to`. One that the wishes want otherwise
 * than it is now (or, when `prune`, that they don't mention and that is there) becomes a finding of
 * rule "conflict" with the commit that changed it and its author; `*conflicts` counts them. The
 * same change by both is none. `prefix` is "" or ends with '/'. */
int bp_touched_check(struct bp_repo *r, const struct bp_moved *from, const struct bp_moved *to,
                     const char *prefix, const struct bp_wishes *w, bool prune, struct bp_diags *d,
                     size_t *conflicts, struct bp_err *e);

#endif
