/* The guard: may a Change be made to what is live now? And what exactly is to be written? */
#ifndef BP_APPLY_GUARD_H
#define BP_APPLY_GUARD_H

#include "model/change.h"

enum bp_verdict {
    BP_GO,    /* the live side is what the change saw */
    BP_SAME,  /* the live side is already what the change wants */
    BP_MOVED, /* the live side is neither: a conflict */
};

/* Compares the live document (NULL when there is none) with what `c` saw and wants. A side that was
 * read from a store (it has an id or a generation) must be live still, with the same id, the same
 * generation and the same content; one that was read from files, with the same content. Content is
 * what bp_states_settle() leaves, compared by value. The generation may have moved where the spec
 * did so only in what bp/ignore names. For BP_MOVED `*why` (in `a`) says what
 * differs, by pointers and never by values, which could be secret. Not for noop. */
enum bp_verdict bp_guard(struct bp_arena *a, const struct bp_change *c, const cJSON *live,
                         const char **why);

/* What to write for a create or an update: `new` without what the far side sets, and with the live
 * value of every pointer of its bp/ignore. A pointer that the live document ignores too is left out
 * where it is not live; one that is newly ignored keeps the value of `new` there. Elements of lists
 * keep their places: none is taken out, and one is added only at the end. So what is written shows
 * no difference to `new` afterwards. In `a`; shares no node with its parameters. */
cJSON *bp_desired(struct bp_arena *a, const cJSON *now, const cJSON *live);

#endif
