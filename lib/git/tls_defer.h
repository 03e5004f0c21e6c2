/* Starting libgit2 without parsing every certificate of the system.
 *
 * git_libgit2_init() makes its TLS part read the whole CA bundle, which takes longer than
 * everything else a commit does. Only a fetch or a push over https needs it. */
#ifndef BP_GIT_TLS_DEFER_H
#define BP_GIT_TLS_DEFER_H

#include "base/err.h"

/* As git_libgit2_init(), with the CA bundle left for later; git_libgit2_shutdown() ends it. */
int bp_git_init(struct bp_err *e);

/* Reads the CA bundle that bp_git_init() left out: to be called before an https connection is made.
 * A second call does nothing. */
int bp_git_tls_load(struct bp_err *e);

#endif
