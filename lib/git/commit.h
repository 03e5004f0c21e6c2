/* One commit with the changed documents of a stream, on a branch of a bare or other repository,
 * past any work tree and index.
 *
 * A commit is begun before its input is read: the branch as it stood then is what the input is
 * taken to have been made from. Documents that others change from there on are not overwritten. */
#ifndef BP_GIT_COMMIT_H
#define BP_GIT_COMMIT_H

#include "git/edits.h"
#include "git/ident.h"
#include "git/repo.h"

struct bp_commit_request {
    const char *branch;  /* NULL: the one HEAD names */
    bool create_branch;  /* from HEAD's commit when it does not exist */
    const char *prefix;  /* directory that holds the documents; NULL or "": the root */
    const char *message; /* NULL: made from what changes */
    const char *const *trailers;
    size_t ntrailers;
    struct bp_ident author, committer;
    bool prune; /* remove what the stream does not have */
    struct bp_prune_limit prune_limit;
    bool allow_empty; /* an empty stream changes nothing, instead of being an error */
    bool dry_run;
    int wait_ms; /* for locks that others hold */
    /* A remark for people; `detail` for those who asked for more. NULL: none are made. */
    void (*remark)(void *ctx, bool detail, const char *text);
    /* Called before the branch is moved: for tests of lost races. May be NULL. */
    void (*before_move)(void *ctx);
    void *ctx;
};

struct bp_commit_result {
    const char *ref;
    struct bp_oid commit;        /* zero: nothing to change, or a dry run */
    struct bp_oid parent;        /* the commit built on; zero: none */
    const struct bp_edits *plan; /* what was done, document by document */
};

struct bp_commit; /* opaque */

/* Checks the request and notes where the branch stands. The request and its texts must stay until
 * bp_commit_free(). BP_EUSAGE for a prefix, name, message or trailer that can't be, and see
 * bp_branch_open(). */
int bp_commit_begin(struct bp_repo *r, const struct bp_commit_request *request,
                    struct bp_commit **out, struct bp_err *e);

/* What is to be committed; filled with bp_wishes_add(). */
struct bp_wishes *bp_commit_wishes(struct bp_commit *c);

/* Makes the commit and moves the branch; `result` is good until bp_commit_free(). When the branch
 * has moved, all is worked out again on the new head. Nothing is written to the branch unless it is
 * 0 that comes back: BP_EINPUT: the wishes have duplicates; BP_EUSAGE: names that can't be, nothing
 * was wished for; BP_ECONFLICT: others changed the same documents (findings in `d`), or too much
 * would be pruned; BP_EBUSY: locked for too long. */
int bp_commit_run(struct bp_commit *c, struct bp_diags *d, struct bp_commit_result *result,
                  struct bp_err *e);

void bp_commit_free(struct bp_commit *c);

#endif
