/* The run of a plan: see apply.h.
 *
 * Decisions about single documents are in consider_make() and consider_delete(); what they decide
 * to write collects in a batch, which settle() makes durable and reports. */
#include "apply/apply.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "apply/guard.h"
#include "json/read.h"

enum {
    BATCH_MAX = 256,               /* most documents made durable together */
    BATCH_BYTES = 8 * 1024 * 1024, /* a batch holds no trees beyond this and one document */
};

struct run {
    struct bp_plan *plan;
    struct bp_target *target;
    const struct bp_apply_options *o;
    struct bp_totals *totals;
    struct bp_arena keep; /* to the end of the run */
    /* What is wrong with documents outside the plan, "" for nothing, by bp_dependency_key(). */
    struct bp_map elsewhere;
    struct bp_str key;

    /* The batch: results, and beside each its item and what is written for it, if anything. */
    struct bp_arena arena;
    struct bp_result results[BATCH_MAX];
    struct bp_item *items[BATCH_MAX];
    struct bp_write *writes[BATCH_MAX];
    size_t count, nwrites;
};

/* One document being considered. */
struct work {
    struct bp_item *item;
    struct bp_result *result;
    struct bp_change change;
    cJSON *live;
};

static bool is_stopped(const struct run *r)
{
    return r->o->stop && *r->o->stop;
}

/* ---- the batch ---- */

static void decide(struct work *w, enum bp_outcome outcome, const char *message)
{
    w->result->outcome = outcome;
    w->result->message = message;
}

/* Puts something in the way of a delete; what came first stays. */
static void obstruct(struct run *r, struct bp_item *item, enum bp_outcome held, const char *why)
{
    if (!item || item->action != BP_DELETE || item->obstacle)
        return;
    item->obstacle = bp_arena_strdup(&r->keep, why);
    item->held = held;
}

/* The same for all that a document of `kind` needs: its definition, and what the text names. */
static void obstruct_needs(struct run *r, const char *kind, const char *depends_on,
                           enum bp_outcome held, const char *why)
{
    struct bp_dependency d;

    obstruct(r, bp_plan_definition(r->plan, &r->plan->unmake, kind), held, why);
    while (bp_dependency_next(&depends_on, kind, &d))
        obstruct(r, bp_plan_find(r->plan, &d), held, why);
}

/* Puts the outcome where those who depend on the item look for it; a delete that was not made holds
 * back the deletes of what it depends on. */
static void remember(struct run *r, struct bp_item *item, enum bp_outcome outcome)
{
    static const char *const words[BP_OUTCOMES] = {
        [BP_CONFLICT] = "is in conflict", [BP_FAILED] = "failed", [BP_SKIPPED] = "was skipped"};
    const char *word = words[outcome];

    r->totals->of[outcome]++;
    if (!word)
        return;
    item->blame =
        bp_arena_printf(&r->keep, "'%s', which %s", bp_identity_brief(&r->keep, item->id), word);
    if (item->action == BP_DELETE)
        obstruct_needs(r, item->id.kind, item->depends_on, BP_SKIPPED,
                       bp_arena_printf(&r->keep, "needed by %s", item->blame));
}

/* What was written is final now. */
static void finish_write(struct bp_result *result, const struct bp_write *w)
{
    if (w->code) {
        result->outcome = w->code == BP_ECONFLICT ? BP_CONFLICT : BP_FAILED;
        result->message = w->err.msg;
    } else {
        result->outcome = BP_APPLIED;
        if (w->doc)
            result->generation = w->generation;
    }
}

/* Makes the batch durable, reports it and empties it. */
static void settle(struct run *r)
{
    if (r->nwrites && !r->o->dry_run)
        r->target->driver->commit(r->target);
    for (size_t i = 0; i < r->count; i++) {
        if (r->writes[i])
            finish_write(&r->results[i], r->writes[i]);
        remember(r, r->items[i], r->results[i].outcome);
    }
    if (r->count)
        r->o->report(r->o->ctx, r->results, r->count);
    r->count = r->nwrites = 0;
    bp_arena_reset(&r->arena);
}

/* What would become of a write, for a dry run. */
static void foresee(const struct run *r, struct bp_write *w)
{
    if (!w->doc)
        return;
    if (w->live)
        w->generation = bp_document_generation(w->live) + !bp_document_same_spec(w->doc, w->live);
    if (r->target->driver->check)
        w->code = r->target->driver->check(w->doc, &w->err);
}

/* Takes a write into the batch; `doc` NULL deletes. */
static void write_document(struct run *r, struct work *w, const cJSON *doc)
{
    struct bp_write *write = bp_arena_zalloc(&r->arena, sizeof *write);

    *write = (struct bp_write){
        .id = w->item->id, .doc = doc, .live = w->live, .by = r->o->by, .generation = 0};
    r->writes[w->result - r->results] = write;
    r->nwrites++;
    if (r->o->dry_run)
        foresee(r, write);
    else
        r->target->driver->put(r->target, write);
}

/* ---- one document ---- */

/* What is wrong with a document that no create, update or noop is about: "" when it is there. */
static const char *problem_elsewhere(struct run *r, const struct bp_dependency *d)
{
    struct bp_arena scratch = BP_ARENA_INIT;
    const struct bp_map_entry *entry;
    struct bp_err e = BP_ERR_INIT;
    struct bp_identity id;
    cJSON *doc = NULL;
    char *key, *shown, *problem = bp_str_empty;
    int rc;

    bp_dependency_key(d, &r->key);
    entry = bp_map_find(&r->elsewhere, r->key.s, r->key.len);
    if (entry)
        return entry->value;
    key = bp_arena_strndup(&r->keep, r->key.s, r->key.len);
    id = (struct bp_identity){key, key + d->kind_len + 1};
    rc = r->target->driver->get(r->target, &scratch, id, &doc, &e);
    shown = bp_identity_brief(&scratch, id);
    if (rc)
        problem = bp_arena_printf(&r->keep, "'%s', which is unreadable: %s", shown, e.msg);
    else if (!doc)
        problem = bp_arena_printf(&r->keep, "'%s', which does not exist", shown);
    bp_map_put(&r->elsewhere, key, r->key.len)->value = problem;
    bp_arena_release(&scratch);
    return problem;
}

/* What the item depends on and can't have: NULL when all is there. `*outcome` says what that makes
 * of it: skipped when it is a matter of this run, which comes first, else failed. */
static const char *find_lack(struct run *r, const struct bp_item *item, enum bp_outcome *outcome)
{
    const struct bp_item *definition = bp_plan_definition(r->plan, &r->plan->make, item->id.kind);
    const char *text = item->depends_on, *lack = "";
    struct bp_dependency d;

    *outcome = BP_SKIPPED;
    if (definition && definition->blame)
        return definition->blame;
    while (bp_dependency_next(&text, item->id.kind, &d)) {
        const struct bp_item *needed = bp_plan_find(r->plan, &d);

        if (!needed || needed->action == BP_DELETE)
            lack = *lack ? lack : problem_elsewhere(r, &d);
        else if (needed->blame)
            return needed->blame;
    }
    *outcome = BP_FAILED;
    return *lack ? lack : NULL;
}

/* Nothing is done for a noop; it only passes on what those before it suffer. */
static void consider_noop(struct run *r, struct work *w)
{
    const char *text = w->item->depends_on;
    struct bp_dependency d;

    decide(w, BP_UNCHANGED, NULL);
    w->result->generation = w->item->generation;
    while (!w->item->blame && bp_dependency_next(&text, w->item->id.kind, &d)) {
        const struct bp_item *needed = bp_plan_find(r->plan, &d);

        if (needed && needed->action != BP_DELETE)
            w->item->blame = needed->blame;
    }
}

static void consider_make(struct run *r, struct work *w, enum bp_verdict verdict, const char *why,
                          const cJSON *doc)
{
    enum bp_outcome outcome;
    const char *lack;

    if (verdict == BP_SAME) {
        decide(w, BP_UNCHANGED, NULL);
    } else if (verdict == BP_MOVED) {
        decide(w, BP_CONFLICT, why);
    } else if ((lack = find_lack(r, w->item, &outcome))) {
        decide(w, outcome, bp_arena_printf(&r->arena, "depends on %s", lack));
    } else {
        write_document(r, w, doc);
    }
}

static void consider_delete(struct run *r, struct work *w, enum bp_verdict verdict, const char *why)
{
    if (verdict == BP_SAME)
        decide(w, BP_UNCHANGED, "is gone already");
    else if (w->item->obstacle && !r->o->force_delete)
        decide(w, w->item->held, w->item->obstacle);
    else if (verdict == BP_MOVED)
        decide(w, BP_CONFLICT, why);
    else
        write_document(r, w, NULL);
}

/* Makes the trees of a Change again and reads its live side. */
static int load(struct run *r, struct work *w, struct bp_err *e)
{
    const struct bp_item *item = w->item;
    cJSON *object = bp_json_parse(&r->arena, item->text, item->len, item->pos.file, e);
    int rc = object ? bp_change_parse(object, &w->change, e) : e->code;

    if (rc)
        return rc;
    return r->target->driver->get(r->target, &r->arena, item->id, &w->live, e);
}

static void consider_change(struct run *r, struct work *w)
{
    struct bp_err e = BP_ERR_INIT;
    enum bp_verdict verdict;
    const char *why;

    if (load(r, w, &e)) {
        decide(w, BP_FAILED, bp_arena_strdup(&r->arena, e.msg));
        return;
    }
    if (w->live)
        w->result->generation = bp_document_generation(w->live);
    if (w->change.now)
        w->change.now = bp_desired(&r->arena, w->change.now, w->live);
    verdict = bp_guard(&r->arena, &w->change, w->live, &why);
    if (w->item->action == BP_DELETE)
        consider_delete(r, w, verdict, why);
    else
        consider_make(r, w, verdict, why, w->change.now);
}

static void consider(struct run *r, struct bp_item *item)
{
    struct work w = {.item = item, .result = &r->results[r->count]};

    *w.result = (struct bp_result){
        .action = item->action, .id = item->id, .dry_run = r->o->dry_run, .generation = -1};
    r->items[r->count] = item;
    r->writes[r->count] = NULL;
    if (is_stopped(r))
        decide(&w, BP_SKIPPED, "interrupted");
    else if (item->action == BP_NOOP)
        consider_noop(r, &w);
    else
        consider_change(r, &w);
    r->count++;
    if (r->count == BATCH_MAX || r->arena.total > BATCH_BYTES)
        settle(r);
}

/* ---- deletes: who still needs what goes ---- */

/* Obstructs the deletes of what a document that stays needs. `scratch` is for the message. */
static void keep_needs(struct run *r, struct bp_arena *scratch, struct bp_identity id,
                       const char *depends_on)
{
    obstruct_needs(
        r, id.kind, depends_on, BP_FAILED,
        bp_arena_printf(scratch, "still needed by '%s'", bp_identity_brief(scratch, id)));
}

/* True when the plan, not the live document, says how the document of `item` is after the creates
 * and updates: also in a dry run, where they have not been made. */
static bool is_made(const struct bp_item *item)
{
    return (item->action == BP_CREATE || item->action == BP_UPDATE) && !item->blame;
}

static int keep_needs_of_live(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    struct run *r = ctx;
    struct bp_identity id;
    const struct bp_item *item;
    int rc = bp_document_identity(doc, &id, e);
    struct bp_dependency d;

    if (rc)
        return rc;
    d = bp_dependency_on(id);
    item = bp_plan_find(r->plan, &d);
    if (!item || (item->action != BP_DELETE && !is_made(item)))
        keep_needs(r, a, id, bp_document_annotation(doc, BP_ANN_DEPENDS_ON));
    return 0;
}

/* Finds what stays and needs what is to go. When the live documents can't be read, nothing goes. */
static void keep_all_needs(struct run *r)
{
    struct bp_err e = BP_ERR_INIT;
    int rc = r->target->driver->each(r->target, keep_needs_of_live, r, &e);

    for (size_t i = 0; i < r->plan->count; i++) {
        struct bp_item *item = &r->plan->items[i];

        if (is_made(item))
            keep_needs(r, &r->arena, item->id, item->depends_on);
        else if (rc)
            obstruct(r, item, BP_FAILED,
                     bp_arena_printf(&r->arena, "can't tell who needs it: %s", e.msg));
        bp_arena_reset(&r->arena);
    }
}

/* ---- the run ---- */

static int count_live(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    (void)a;
    (void)doc;
    (void)e;
    ++*(uint64_t *)ctx;
    return 0;
}

static int check_limit(struct run *r, struct bp_err *e)
{
    const struct bp_prune_limit *limit = r->o->max_prune;
    uint64_t live = 0, allowed;
    int rc;

    if (!limit || !r->plan->deletes)
        return 0;
    if (limit->percent && (rc = r->target->driver->each(r->target, count_live, &live, e)))
        return rc;
    allowed = bp_prune_limit_of(limit, live);
    if (r->plan->deletes <= allowed)
        return 0;
    return bp_err_set(e, BP_ECONFLICT,
                      "%zu document%s would be deleted, at most %" PRIu64
                      " may be; raise --max-prune if that is meant",
                      r->plan->deletes, r->plan->deletes == 1 ? "" : "s", allowed);
}

static void make_all(struct run *r)
{
    const struct bp_plan_order *order = &r->plan->make;
    const uint32_t *sorted = bp_graph_sorted(order->graph);

    for (size_t i = 0; i < bp_graph_count(order->graph); i++) {
        if (i &&
            bp_graph_level(order->graph, sorted[i]) != bp_graph_level(order->graph, sorted[i - 1]))
            settle(r);
        consider(r, &r->plan->items[order->of[sorted[i]]]);
    }
    settle(r);
}

static void delete_all(struct run *r)
{
    const struct bp_plan_order *order = &r->plan->unmake;
    const uint32_t *sorted = bp_graph_sorted(order->graph);
    size_t n = bp_graph_count(order->graph);

    for (size_t i = n; i-- > 0;) {
        if (i + 1 < n &&
            bp_graph_level(order->graph, sorted[i]) != bp_graph_level(order->graph, sorted[i + 1]))
            settle(r);
        consider(r, &r->plan->items[order->of[sorted[i]]]);
    }
    settle(r);
}

int bp_apply_run(struct bp_plan *p, struct bp_target *t, const struct bp_apply_options *o,
                 struct bp_totals *totals, struct bp_err *e)
{
    struct run *r = bp_calloc(1, sizeof *r);
    int rc;

    r->plan = p;
    r->target = t;
    r->o = o;
    r->totals = totals;
    r->key = (struct bp_str)BP_STR_INIT;
    *totals = (struct bp_totals){0};
    rc = check_limit(r, e);
    if (rc == 0) {
        make_all(r);
        if (p->deletes && !o->force_delete && !is_stopped(r))
            keep_all_needs(r);
        delete_all(r);
    }
    bp_map_release(&r->elsewhere);
    bp_str_release(&r->key);
    bp_arena_release(&r->keep);
    bp_arena_release(&r->arena);
    free(r);
    return rc;
}
