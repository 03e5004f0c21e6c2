/* All results together: checking them against each other, and giving them in order. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/graph.h"
#include "render/render_impl.h"

/* ---- identities ---- */

static void complain_twins(struct bp_render *r, const struct bp_render_result *x,
                           const struct bp_render_result *first)
{
    bp_diag_add(r->o->diags, BP_ERROR, "duplicate-identity", x->pos, x->pointer,
                "'%s/%s' results twice, here and from %s:%u: give one of the services another name "
                "or id, or render and commit one order after the other",
                x->id.kind, x->id.name, first->pos.file ? first->pos.file : "elsewhere",
                (unsigned)first->pos.line);
}

/* Two results of one identity: also a document and a tombstone. The same one twice is the same
 * order twice, as a queue may deliver it. */
static void refuse_twins(struct bp_render *r)
{
    struct bp_map seen = BP_MAP_INIT;

    for (size_t i = 0; i < r->nresults; i++) {
        struct bp_render_result *x = &r->results[i];
        char *key = bp_identity_text(&r->kept, x->id);
        struct bp_map_entry *slot = bp_map_put(&seen, key, strlen(key));
        const struct bp_render_result *first = slot->value;

        x->repeated = first && first->len == x->len && memcmp(first->text, x->text, x->len) == 0;
        if (!first)
            slot->value = x;
        else if (!x->repeated)
            complain_twins(r, x, first);
        else
            bp_diag_add(r->o->diags, BP_NOTE, "O009", x->pos, x->pointer,
                        "'%s' results twice, the same each time: given once", key);
    }
    bp_map_release(&seen);
}

/* ---- what is left without what it needs ---- */

/* What becomes of documents in this run, by the key of their identity. */
struct fates {
    struct bp_map map;
    struct bp_render *r;
};

static const struct bp_render_result *fate_of(const struct fates *f, const struct bp_dependency *d)
{
    struct bp_str key = BP_STR_INIT;
    const struct bp_map_entry *found;

    bp_dependency_key(d, &key);
    found = bp_map_find(&f->map, key.s, key.len);
    bp_str_release(&key);
    return found ? found->value : NULL;
}

static void warn_of_deleted(const struct fates *f, struct bp_identity id, const char *depends_on)
{
    struct bp_dependency d;

    while (bp_dependency_next(&depends_on, id.kind, &d)) {
        const struct bp_render_result *x = fate_of(f, &d);

        if (x && x->tombstone) {
            bp_diag_add(f->r->o->diags, BP_WARNING, "O004", x->pos, x->pointer,
                        "'%s/%s' is deleted, but '%s/%s' depends on it", x->id.kind, x->id.name,
                        id.kind, id.name);
        }
    }
}

static void look_at_standing(void *ctx, const struct bp_standing *d)
{
    const struct fates *f = ctx;
    struct bp_dependency self = bp_dependency_on(d->id);

    if (!fate_of(f, &self))
        warn_of_deleted(f, d->id, d->depends_on);
}

static void warn_of_dependents(struct bp_render *r)
{
    struct fates f = {.map = BP_MAP_INIT, .r = r};
    struct bp_str key = BP_STR_INIT;
    bool deletes = false;

    for (size_t i = 0; i < r->nresults; i++) {
        struct bp_dependency d = bp_dependency_on(r->results[i].id);
        const char *kept;

        bp_dependency_key(&d, &key);
        kept = bp_arena_strndup(&r->kept, key.s, key.len);
        bp_map_put(&f.map, kept, key.len)->value = &r->results[i];
        deletes = deletes || r->results[i].tombstone;
    }
    for (size_t i = 0; deletes && i < r->nresults; i++) {
        if (!r->results[i].tombstone)
            warn_of_deleted(&f, r->results[i].id, r->results[i].depends_on);
    }
    if (deletes)
        bp_inventory_each(r->o->base, look_at_standing, &f);
    bp_str_release(&key);
    bp_map_release(&f.map);
}

/* ---- order ---- */

/* Results of one sort, and the order among them. */
struct queue {
    struct bp_graph *graph;
    size_t *at; /* which result a node of the graph is */
    size_t count;
    bool ordered;
};

static void queue_all(struct bp_render *r, struct queue *q, bool tombstones, struct bp_err *e)
{
    bool fine = true;

    *q = (struct queue){.graph = bp_graph_new(), .at = bp_calloc(r->nresults + 1, sizeof *q->at)};
    for (size_t i = 0; i < r->nresults && fine; i++) {
        const struct bp_render_result *x = &r->results[i];

        if (x->tombstone == tombstones && !x->repeated) {
            fine = bp_graph_add(q->graph, x->id, x->depends_on, x->wave, e) >= 0;
            q->at[q->count++] = i;
        }
    }
    q->ordered = fine && bp_graph_order(q->graph, e) == 0;
}

static void queue_release(struct queue *q)
{
    bp_graph_free(q->graph);
    free(q->at);
}

/* Documents behind what they depend on; tombstones the other way round. What stands may hold a
 * cycle: then any order of tombstones is as good as another. */
static int give(const struct bp_render *r, const struct queue *q, bool reverse, bp_render_fn *fn,
                void *ctx)
{
    int rc = 0;

    for (size_t i = 0; i < q->count && rc >= 0; i++) {
        size_t n = reverse ? q->count - 1 - i : i;
        size_t node = q->ordered ? bp_graph_sorted(q->graph)[n] : n;
        const struct bp_render_result *x = &r->results[q->at[node]];

        rc = fn(ctx, x->text, x->len);
    }
    return rc;
}

/* Only when all else is well: an item that failed may be the one that has the parameter. */
static void refuse_unused_sets(struct bp_render *r)
{
    bool fine = bp_diags_count(r->o->diags, BP_ERROR) == 0;

    for (size_t i = 0; fine && i < r->o->nsets; i++) {
        if (!r->o->sets[i].used)
            bp_diag_add(r->o->diags, BP_ERROR, "O003", (struct bp_pos){0}, NULL,
                        "-s %s: nothing that was rendered has a parameter of this name",
                        r->o->sets[i].name);
    }
}

static int give_all(struct bp_render *r, bp_render_fn *fn, void *ctx)
{
    struct bp_err e = BP_ERR_INIT;
    struct queue documents, tombstones;
    int rc = 0;

    queue_all(r, &documents, false, &e);
    queue_all(r, &tombstones, true, NULL);
    if (!documents.ordered)
        bp_diag_add_err(r->o->diags, "O004", &e);
    warn_of_dependents(r);
    refuse_unused_sets(r);
    if (bp_diags_count(r->o->diags, BP_ERROR) == 0) {
        rc = give(r, &documents, false, fn, ctx);
        rc = rc < 0 ? rc : give(r, &tombstones, true, fn, ctx);
    }
    queue_release(&documents);
    queue_release(&tombstones);
    return rc;
}

int bp_render_finish(struct bp_render *r, bp_render_fn *fn, void *ctx)
{
    refuse_twins(r);
    return bp_diags_count(r->o->diags, BP_ERROR) == 0 ? give_all(r, fn, ctx) : 0;
}
