/* What the parts of the order reader share. Only for lib/model/order*.c. */
#ifndef BP_MODEL_ORDER_READER_H
#define BP_MODEL_ORDER_READER_H

#include "model/order.h"

/* An item while it is being read. */
struct bp_order_entry {
    struct bp_order_item item; /* dependencies are indexes of entries */
    const char *uuid;
    const char *passed_over; /* the state for which nothing is done; NULL when there is work */
};

struct bp_order_reader {
    struct bp_arena *a;
    struct bp_diags *d;
    struct bp_order *order;
    const cJSON *doc;
    struct bp_order_entry *entries; /* as the order gives them, nested ones behind their parent */
    size_t count;
};

/* ---- order_members.c: members with a type, null being absent; a wrong type is a finding ---- */

/* The member, NULL when it is absent or null. */
const cJSON *bp_order_member(const cJSON *obj, const char *name);
/* A text; NULL when it is absent, empty or no string. */
const char *bp_order_text(struct bp_order_reader *r, const char *rule, const cJSON *obj,
                          const char *name);
/* An object, a list; NULL when it is absent or something else. */
const cJSON *bp_order_object(struct bp_order_reader *r, const char *rule, const cJSON *obj,
                             const char *name);
const cJSON *bp_order_list(struct bp_order_reader *r, const char *rule, const cJSON *obj,
                           const char *name);
/* Upper and lower case and '_' being the same. */
bool bp_order_word_equal(const char *a, const char *b);

enum bp_order_phase {
    BP_PHASE_UNKNOWN, /* no state that there is */
    BP_PHASE_OPEN,    /* acknowledged, in progress */
    BP_PHASE_NEW,     /* not acknowledged yet */
    BP_PHASE_WAIT,    /* pending, held, being cancelled */
    BP_PHASE_DONE,    /* completed, partial */
    BP_PHASE_DROPPED, /* rejected, cancelled, failed */
};
/* What `state` (the text of member "state" of an order or item) means. A wrong one is a finding. An
 * absent one counts as open. */
enum bp_order_phase bp_order_phase_of(struct bp_order_reader *r, const cJSON *obj);

/* ---- order_item.c ---- */

/* Reads all of an item but its relations. */
void bp_order_read_item(struct bp_order_reader *r, const cJSON *node, struct bp_order_entry *entry);

/* ---- order_characteristic.c ---- */

void bp_order_read_characteristics(struct bp_order_reader *r, const cJSON *service,
                                   struct bp_order_item *item);

/* ---- order_relation.c ---- */

/* Resolves the relations of all entries and makes the order's items: the entries with work, in
 * dependency order; in the order given after findings about cycles. */
void bp_order_make_items(struct bp_order_reader *r);

#endif
