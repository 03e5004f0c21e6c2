/* Service orders to documents. An order item names a specification of the catalog; its
 * characteristics are the parameters of the entry's templates; what comes out carries in
 * annotations what it was rendered from, so that a modify renders anew (bp-render(1),
 * bp-catalog(5)). */
#ifndef BP_RENDER_RENDER_H
#define BP_RENDER_RENDER_H

#include "base/diag.h"
#include "model/order.h"
#include "render/catalog.h"
#include "render/inventory.h"

struct bp_render; /* opaque */

/* A value from the command line. */
struct bp_render_set {
    const char *name;
    const char *value;
    bool used; /* out: some entry has a parameter of that name */
};

struct bp_render_options {
    struct bp_catalog *catalog;
    const struct bp_inventory *base; /* what stands; NULL: not known */
    const char *site;                /* NULL: what the order says */
    struct bp_render_set *sets;      /* stronger than what the order says */
    size_t nsets;
    struct bp_diags *diags; /* every fault becomes a finding of level error */
};

/* `o` is borrowed, and must live as long as the result. */
struct bp_render *bp_render_new(const struct bp_render_options *o);
void bp_render_free(struct bp_render *r);

/* Renders every item of an order; nothing for one in a final state. The order and its tree may go
 * afterwards; the file name of its positions must stay. */
void bp_render_order(struct bp_render *r, const struct bp_order *order);

/* Renders one specification with nothing but the values of `sets`; `name` is the display name,
 * NULL: the specification's. */
void bp_render_entry(struct bp_render *r, const struct bp_spec *spec, const char *name);

/* Checks all results against each other (identities, cycles) and gives them in dependency order:
 * documents, then tombstones, each as JSON in one line, without the line's end, members in
 * canonical order. Nothing is given when there was any error. 0, or the code of the callback. */
typedef int bp_render_fn(void *ctx, const char *text, size_t len);
int bp_render_finish(struct bp_render *r, bp_render_fn *fn, void *ctx);

#endif
