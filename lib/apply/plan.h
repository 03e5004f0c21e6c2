/* A plan: all Changes of a run, read and checked before the first is made, in the order that their
 * dependencies demand. Changes are held as text; trees are made again for one batch at a time. */
#ifndef BP_APPLY_PLAN_H
#define BP_APPLY_PLAN_H

#include "apply/result.h"
#include "base/diag.h"
#include "base/map.h"
#include "model/change.h"
#include "model/graph.h"

/* One Change of the plan. */
struct bp_item {
    struct bp_identity id;
    enum bp_action action;
    const char *text; /* the Change without its diff; NULL for noop */
    size_t len;
    const char
        *depends_on; /* of what shall be; of what was seen for delete and noop; may be NULL */
    int64_t wave;
    int64_t generation; /* of what was seen; -1 when the Change does not show it */
    struct bp_pos pos;
    const char *blame;    /* "'K/x', which failed": what those who depend on it suffer; or NULL */
    const char *obstacle; /* why a delete must not be made; NULL: nothing is in its way */
    enum bp_outcome held; /* what the obstacle makes of it: failed or skipped */
};

/* A graph over some of the items: node number i is item of[i]. */
struct bp_plan_order {
    struct bp_graph *graph;
    uint32_t *of;
    struct bp_map kinds; /* the kinds that definitions among them define, to the item's index + 1 */
};

struct bp_plan {
    struct bp_arena arena;
    struct bp_item *items;
    size_t count, cap;
    size_t deletes;
    struct bp_map by_id; /* "kind\0name" to the index + 1 */
    struct bp_str key;   /* the last one asked for */
    struct bp_diags *diags;
    struct bp_plan_order make;   /* creates, updates and noops: lower levels first */
    struct bp_plan_order unmake; /* deletes: higher levels first */
};

/* `diags` takes the findings and must outlive the plan. */
void bp_plan_init(struct bp_plan *p, struct bp_diags *diags);
void bp_plan_release(struct bp_plan *p);

/* Adds one Change (a bp_input_fn; `ctx` is the plan). The file names in positions must live as long
 * as the plan (bp_input.names). What is wrong with it becomes a finding: "change" for its form,
 * "duplicate" for a second change to one document. */
int bp_plan_add(void *ctx, struct bp_arena *a, cJSON *object, struct bp_err *e);

/* Works out the order. BP_EINPUT when there is none, with the cycle in the message. `force_delete`
 * gives up the order of the deletes rather than fail. */
int bp_plan_sort(struct bp_plan *p, bool force_delete, struct bp_err *e);

/* The item of an identity as it is in a bp/depends-on text; NULL when no Change is about it. */
struct bp_item *bp_plan_find(struct bp_plan *p, const struct bp_dependency *d);

/* The definition of a kind among the items of `o`, which is one of the plan's; NULL when there is
 * none. Documents depend on their definition without saying so. */
struct bp_item *bp_plan_definition(const struct bp_plan *p, const struct bp_plan_order *o,
                                   const char *kind);

#endif
