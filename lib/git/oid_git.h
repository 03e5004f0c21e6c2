/* Between struct bp_oid and libgit2's own. Private to the layer, and only for its .c files: the one
 * header that includes one of libgit2's. */
#ifndef BP_GIT_OID_GIT_H
#define BP_GIT_OID_GIT_H

#include <git2/oid.h>
#include <string.h>

#include "git/oid.h"

static inline git_oid bp_oid_to_git(const struct bp_oid *o)
{
    git_oid g;

    memcpy(g.id, o->id, sizeof g.id);
    return g;
}

static inline struct bp_oid bp_oid_of_git(const git_oid *g)
{
    struct bp_oid o;

    memcpy(o.id, g->id, sizeof o.id);
    return o;
}

#endif
