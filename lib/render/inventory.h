/* What stands already: the documents of the base, by the service they were rendered for. Only what
 * their annotations say is kept, not the documents. */
#ifndef BP_RENDER_INVENTORY_H
#define BP_RENDER_INVENTORY_H

#include "json/value.h"
#include "model/document.h"

struct bp_inventory; /* opaque */
struct bp_service;

/* One document. */
struct bp_standing {
    struct bp_identity id;
    const char *depends_on;           /* the annotations; NULL when absent */
    const struct bp_service *service; /* NULL: it was not rendered from an order */
    struct bp_standing *next;         /* of the same service */
    bool gone;                        /* a tombstone came later */
};

/* One service: what its documents have in common. Where they disagree, the one read last is
 * believed. */
struct bp_service {
    const char *id;                                           /* NULL: none known yet */
    const char *name;                                         /* display name at creation */
    const char *order_id, *order_item, *specification, *site; /* NULL when absent */
    const char *parameters;                                   /* JSON text; NULL when absent */
    struct bp_standing *documents;                            /* in the order they were read */
    struct bp_standing *last;
};

struct bp_inventory *bp_inventory_new(void);
void bp_inventory_free(struct bp_inventory *inv);

/* Takes note of a document, or of a tombstone. BP_EINPUT with a position when it is no document,
 * BP_ECONFLICT when its identity is there already. */
int bp_inventory_add(struct bp_inventory *inv, const cJSON *doc, struct bp_err *e);

/* The service with that id; else the one of that display name of which no id is known. Without an
 * id: the one of that name. NULL when there is none, and with BP_ECONFLICT in `e` when several
 * could be meant. */
const struct bp_service *bp_inventory_service(const struct bp_inventory *inv, const char *id,
                                              const char *name, struct bp_err *e);

/* Every document that stands. A NULL inventory holds none. */
typedef void bp_inventory_fn(void *ctx, const struct bp_standing *document);
void bp_inventory_each(const struct bp_inventory *inv, bp_inventory_fn *fn, void *ctx);

/* The document of that identity, NULL when there is none. */
const struct bp_standing *bp_inventory_document(const struct bp_inventory *inv,
                                                struct bp_identity id);

#endif
