/* What the files of this layer share. It names libgit2's types without its headers. */
#ifndef BP_GIT_REPO_PRIV_H
#define BP_GIT_REPO_PRIV_H

#include "base/err.h"
#include "git/oid.h"

struct git_repository;
struct git_odb;

struct bp_repo {
    struct git_repository *git;
    struct git_odb *odb;
    char *name; /* as the user wrote it */
    char *dir;  /* of the objects and branches, with a final '/' */
};

/* An error of libgit2 with its own text behind "what: ". `rc` is what the call returned; the code
 * is the fitting one of ours, BP_ESYS where none fits. */
int bp_git_error(struct bp_err *e, int rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for an object that the repository must have: not to find it is BP_ECORRUPT. */
int bp_git_object_error(struct bp_err *e, int rc, const struct bp_repo *r, const char *what,
                        const struct bp_oid *id);

#endif
