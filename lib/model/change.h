/* A Change: ColonyOS's Reconciliation object, what bp-diff writes and bp-apply reads. */
#ifndef BP_MODEL_CHANGE_H
#define BP_MODEL_CHANGE_H

#include "json/value.h"
#include "model/document.h"

enum bp_action { BP_CREATE, BP_UPDATE, BP_DELETE, BP_NOOP };

struct bp_change {
    enum bp_action action;
    struct bp_identity id;
    cJSON *old;  /* what was seen, NULL when it was absent */
    cJSON *now;  /* what shall be, NULL for delete and noop; the member is called "new" */
    cJSON *diff; /* specChanges, metadataChanges, hasChanges; NULL for noop */
};

const char *bp_action_name(enum bp_action action);

/* The object for a stream, members in the order of design: action, kind, name, old, new, diff.
 * Takes the trees of `c` over. */
cJSON *bp_change_object(struct bp_arena *a, const struct bp_change *c);

/* Reads one back, checking that action, identity, old and new fit together: BP_EINPUT with a
 * position when not. The trees stay in `object`. */
int bp_change_parse(cJSON *object, struct bp_change *c, struct bp_err *e);

#endif
