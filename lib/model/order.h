/* A service order: TMF641 v4 as it is written down, or as OpenSlice speaks it, read into one form.
 *
 * Dialects (README, "Orders"): `serviceOrderItem` or `orderItem`; relations as
 * {relationshipType, orderItem{id|itemId}} or {id, relationshipType}; states and actions without
 * regard to case and '_'; a characteristic's value as {value, alias}, scalar or list; null is
 * absent. */
#ifndef BP_MODEL_ORDER_H
#define BP_MODEL_ORDER_H

#include "base/diag.h"
#include "json/value.h"

enum bp_order_dialect { BP_ORDER_TMF641, BP_ORDER_OPENSLICE };

enum bp_order_action { BP_ORDER_ADD, BP_ORDER_MODIFY, BP_ORDER_DELETE, BP_ORDER_NOCHANGE };

/* One characteristic. `value` is what the order says, unwrapped from {value, alias}: for ARRAY and
 * SET the list that the text holds (elements unwrapped too), for MAP and OBJECT the object; a
 * scalar text otherwise stays text: its type is the catalog's to decide. It is null where a modify
 * of the standard's dialect takes a value back. In the place of a literal secret, which is a fault,
 * stands a reference that leads nowhere. */
struct bp_characteristic {
    const char *name;
    const char *value_type; /* as written, upper case; NULL when absent */
    cJSON *value;
    const cJSON *node; /* the characteristic in the order, for positions */
};

struct bp_order_item {
    const char *id;
    enum bp_order_action action;
    const char *service_id;   /* service.id, else service.uuid; NULL when the order has none */
    const char *service_name; /* display name; NULL when absent */
    const char *spec_id, *spec_name, *spec_version; /* NULL when absent */
    /* Name (else id) of the service.place with the role deploymentSite, or of the only place. */
    const char *place;
    struct bp_characteristic *characteristics;
    size_t ncharacteristics;
    size_t *dependencies; /* indexes into items */
    size_t ndependencies;
    const cJSON *node; /* the item in the order */
};

struct bp_order {
    enum bp_order_dialect dialect;
    const char *id; /* id, else externalId, else uuid; NULL when the order has none of them */
    const char *external_id; /* NULL when absent */
    bool final;              /* its state is a final one: nothing to be done, no items */
    bool faulty;             /* it has errors: nothing may come of it. What could be read is there
                                for further checks, in the order given, without dependencies */
    /* In dependency order, and in the order given where it does not matter. Nested items stand
     * behind their parent and do not depend on it. Items that are pending, held, rejected,
     * cancelled or failed are left out (a note says so). */
    struct bp_order_item *items;
    size_t nitems;
};

/* True when `doc` looks like a service order (has an item list, or @type says so). */
bool bp_order_is(const cJSON *doc);

/* Reads and checks an order: O001 to O008 (O002 as far as it needs no mapping store, O006 for
 * literal secrets in characteristics, O007 for names that nothing legal can be derived from). Every
 * fault becomes a finding with its code as rule, and one of level error makes the order faulty. It
 * lives in `a` and refers to `doc`. NULL, after a finding, when `doc` is no object. */
struct bp_order *bp_order_read(struct bp_arena *a, const cJSON *doc, struct bp_diags *d);

/* True when a name says that its value is a secret (password, passwd, token, secret, private key,
 * api key, credential, any case and separators); and whether `value` is a reference
 * (`secretref:...` or `${secret:...}`) and no literal. */
bool bp_secret_name(const char *name);
bool bp_secret_reference(const char *value);

#endif
