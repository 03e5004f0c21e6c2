/* Branches: which one a commit goes to, and moving it from one commit to the next. */
#ifndef BP_GIT_BRANCH_H
#define BP_GIT_BRANCH_H

#include "git/ident.h"
#include "git/repo.h"

struct bp_branch {
    char *ref;           /* "refs/heads/main" */
    struct bp_oid start; /* the commit to build on; zero: none, this is the first one */
    struct bp_oid head;  /* the commit it names; zero: it does not exist yet */
};

#define BP_BRANCH_INIT \
    {                  \
        0              \
    }

/* The branch `name` ("main" or "refs/heads/main"; NULL: the one HEAD names, which need not exist
 * yet) and where it stands. A branch that does not exist, in a repository that has others, is
 * refused with a list of those, unless `create`: then it starts from HEAD's commit. A symbolic
 * reference stands for the branch that it leads to. BP_EUSAGE for names that can't be branches and
 * for a HEAD that names none. */
int bp_branch_open(struct bp_repo *r, const char *name, bool create, struct bp_branch *b,
                   struct bp_err *e);
void bp_branch_release(struct bp_branch *b);

/* Reads again where the branch stands. */
int bp_branch_reload(struct bp_repo *r, struct bp_branch *b, struct bp_err *e);

/* Writers of ours form a queue, so that a large commit is not overtaken for ever by small ones, and
 * what a killed one left can be told from what another program holds. It is a courtesy: nothing
 * that is promised depends on it, and a repository that can't be locked is written to without. */
struct bp_branch_queue; /* opaque */
struct bp_branch_queue *bp_branch_queue_enter(struct bp_repo *r, int wait_ms);
void bp_branch_queue_leave(struct bp_branch_queue *q);

/* Moves the branch from `b->head` to `commit`, if it still stands there: 1 when done, 0 when
 * somebody else moved it first. A lock that another program holds on it is waited for up to
 * `wait_ms`, then BP_EBUSY. `why` is the line for the reflog, `who` signs it. */
int bp_branch_move(struct bp_repo *r, struct bp_branch *b, const struct bp_oid *commit,
                   struct bp_branch_queue *q, const struct bp_ident *who, const char *why,
                   int wait_ms, struct bp_err *e);

#endif
