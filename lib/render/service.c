/* One service: parameters, templates, overlays, annotations. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "json/input.h"
#include "json/write.h"
#include "render/params.h"
#include "render/render_impl.h"
#include "render/shape.h"
#include "render/template.h"
#include "render/text.h"

#define LOCATION "locationName"

/* What a service adds to the budget of the run: many orders at once are no attack. */
enum { NODES_PER_SERVICE = 4000, BYTES_PER_SERVICE = 1024 * 1024 };

void bp_render_say(const struct bp_render_job *job, enum bp_level level, const char *rule,
                   const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    bp_diag_vadd(job->r->o->diags, level, rule, job->pos, job->pointer, fmt, ap);
    va_end(ap);
}

/* ---- parameters ---- */

struct given {
    struct bp_param *items;
    size_t count, cap;
};

static void add_param(struct given *g, struct bp_param p)
{
    g->items = bp_grow(g->items, &g->cap, g->count + 1, sizeof *g->items);
    g->items[g->count++] = p;
}

/* True when the entry's schema knows the first step of the name. */
static bool knows(const struct bp_entry *entry, const char *name)
{
    const cJSON *sub;
    size_t used;

    return bp_shape_step(entry->schema, name, strlen(name), &sub, &used) == BP_SHAPE_DECLARED;
}

static void add_characteristics(const struct bp_render_job *job, const struct bp_entry *entry,
                                struct given *g)
{
    struct bp_arena *a = &job->r->scratch;

    for (size_t i = 0; job->item && i < job->item->ncharacteristics; i++) {
        const struct bp_characteristic *c = &job->item->characteristics[i];
        const cJSON *value;
        struct bp_pos pos;

        /* It says where, as `place` does: a parameter only where an entry wants it as one. */
        if (strcmp(c->name, LOCATION) == 0 && !knows(entry, LOCATION))
            continue;
        value = bp_json_get(c->node, "value");
        pos = bp_json_pos(value ? value : c->node);
        add_param(g, (struct bp_param){c->name, c->value ? c->value : bp_json_null(a), pos,
                                       bp_json_pointer_of(a, c->node)});
    }
}

/* The command line's values come last and so replace the order's. Without an order each must be
 * known: params.c says so. */
static void add_sets(const struct bp_render_job *job, const struct bp_entry *entry, struct given *g)
{
    for (size_t i = 0; i < job->r->o->nsets; i++) {
        struct bp_render_set *s = &job->r->o->sets[i];

        if (!job->order || knows(entry, s->name)) {
            s->used = true;
            cJSON *value = bp_json_string(&job->r->scratch, s->value);

            add_param(g, (struct bp_param){s->name, value, {"-s", 0, 0}, NULL});
        }
    }
}

/* What was given before: the annotation of the base. */
static const cJSON *given_before(const struct bp_render_job *job, bool *fine)
{
    struct bp_err e = BP_ERR_INIT;
    const char *text = job->overlay ? job->standing->parameters : NULL;
    cJSON *all;

    if (!text) {
        if (job->overlay) {
            bp_render_say(job, BP_WARNING, "O002",
                          "the base keeps no %s of service '%s': only what this order says counts",
                          BP_ANN_PARAMETERS, job->service_name);
        }
        return NULL;
    }
    all = bp_input_text(&job->r->scratch, text, strlen(text), "parameters.json", &e);
    if (!all || bp_json_count(all) != 1 || !cJSON_IsObject(all->child)) {
        bp_render_say(job, BP_ERROR, "O002", "the annotation %s of service '%s' is no object: %s",
                      BP_ANN_PARAMETERS, job->service_name, e.msg);
        *fine = false;
        return NULL;
    }
    return all->child;
}

static bool build_params(const struct bp_render_job *job, const struct bp_entry *entry,
                         struct bp_params *out)
{
    struct given g = {0};
    bool fine = true;

    add_characteristics(job, entry, &g);
    add_sets(job, entry, &g);
    const struct bp_params_request q = {.spec = job->spec,
                                        .entry = entry,
                                        .site = job->site,
                                        .document_name = job->document_name,
                                        .base = given_before(job, &fine),
                                        .items = g.items,
                                        .count = g.count,
                                        .pos = job->pos,
                                        .pointer = job->pointer};
    fine = bp_params_build(&job->r->scratch, &q, out, job->r->o->diags) && fine;
    free(g.items);
    return fine;
}

/* ---- what templates see besides ---- */

static void set_text(struct bp_arena *a, cJSON *object, const char *name, const char *text)
{
    if (text)
        bp_json_set_string(a, object, name, text);
}

static cJSON *builtins_of(const struct bp_render_job *job)
{
    struct bp_arena *a = &job->r->scratch;
    cJSON *all = bp_json_object(a);
    cJSON *service;
    cJSON *order;
    cJSON *spec;

    bp_json_set_string(a, all, "name", job->document_name);
    service = bp_json_set(a, all, "service", bp_json_object(a));
    set_text(a, service, "name", job->service_name);
    set_text(a, service, "id", job->service_id);
    order = bp_json_set(a, all, "order", bp_json_object(a));
    set_text(a, order, "id", job->order ? job->order->id : NULL);
    set_text(a, order, "item", job->item ? job->item->id : NULL);
    spec = bp_json_set(a, all, "spec", bp_json_object(a));
    set_text(a, spec, "id", job->spec->id);
    set_text(a, spec, "name", job->spec->name);
    set_text(a, spec, "version", job->spec->version);
    if (job->site)
        bp_json_set(a, all, "site", bp_json_copy(a, job->site->variables));
    return all;
}

/* ---- documents ---- */

static void annotate(const struct bp_render_job *job, cJSON *doc, const char *name,
                     const char *value)
{
    if (value)
        bp_document_annotate(&job->r->scratch, doc, name, value);
}

static void annotate_all(const struct bp_render_job *job, const struct bp_params *params,
                         struct bp_identity id, cJSON *doc)
{
    struct bp_render *r = job->r;
    struct bp_str text = BP_STR_INIT;
    const struct bp_standing *standing =
        r->o->base && job->overlay ? bp_inventory_document(r->o->base, id) : NULL;
    const char *relations = job->depends_on ? job->depends_on
                            : standing      ? standing->depends_on
                                            : NULL;

    bp_json_write(params->given, &text);
    annotate(job, doc, BP_ANN_ORDER_ID, job->order ? job->order->id : NULL);
    annotate(job, doc, BP_ANN_ORDER_ITEM, job->item ? job->item->id : NULL);
    annotate(job, doc, BP_ANN_SERVICE_ID, job->service_id);
    annotate(job, doc, BP_ANN_SERVICE_NAME, job->service_name);
    annotate(job, doc, BP_ANN_SPECIFICATION, job->spec->label);
    annotate(job, doc, BP_ANN_SITE, job->site ? job->site->name : NULL);
    annotate(job, doc, BP_ANN_PARAMETERS, text.s);
    annotate(job, doc, BP_ANN_DEPENDS_ON,
             bp_render_merge_names(&r->scratch, id.kind,
                                   bp_document_annotation(doc, BP_ANN_DEPENDS_ON), relations));
    bp_str_release(&text);
}

/* What only bp writes: a value of an order must not make a document another service's. */
static bool check_annotations(const struct bp_render_job *job, const cJSON *annotations)
{
    static const char *const own[] = {
        BP_ANN_ORDER_ID, BP_ANN_ORDER_ITEM,    BP_ANN_SERVICE_ID, BP_ANN_SERVICE_NAME,
        BP_ANN_SITE,     BP_ANN_SPECIFICATION, BP_ANN_PARAMETERS, BP_ANN_SOURCE_COMMIT};
    bool fine = true;

    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        const cJSON *a = bp_json_get(annotations, own[i]);

        if (a) {
            bp_json_diag(job->r->o->diags, BP_ERROR, "template", a,
                         "annotation '%s' is bp's own to write: take it out", own[i]);
            fine = false;
        }
    }
    return fine;
}

/* True when the document can carry what bp adds to it. */
static bool check_document(const struct bp_render_job *job, const cJSON *template, cJSON *doc,
                           struct bp_identity *id)
{
    struct bp_diags *d = job->r->o->diags;
    struct bp_err e = BP_ERR_INIT;
    const cJSON *annotations = bp_json_path(doc, "metadata", "annotations", NULL);
    const cJSON *name;
    const char *problem;

    if (bp_document_identity(doc, id, &e) < 0) {
        bp_json_diag(d, BP_ERROR, "template", template, "what this gives is no document: %s",
                     e.msg);
        return false;
    }
    name = bp_json_path(doc, "metadata", "name", NULL);
    problem = bp_name_problem(id->name);
    if (problem) {
        bp_json_diag(d, BP_ERROR, "O007", name ? name : template, "document name '%s' %s", id->name,
                     problem);
        return false;
    }
    if (annotations && !cJSON_IsObject(annotations)) {
        bp_json_diag(d, BP_ERROR, "template", annotations, "metadata.annotations is no object");
        return false;
    }
    if (bp_document_is_tombstone(doc)) {
        bp_json_diag(d, BP_ERROR, "template", bp_json_get(doc, "deleted"),
                     "a template gives documents: what an order deletes is bp's to say");
        return false;
    }
    return check_annotations(job, annotations);
}

/* Nobody else's document is replaced. */
static bool check_owner(const struct bp_render_job *job, struct bp_identity id)
{
    const struct bp_inventory *base = job->r->o->base;
    const struct bp_standing *there = base ? bp_inventory_document(base, id) : NULL;

    if (!there || (there->service && there->service == job->standing))
        return true;
    if (!there->service) {
        bp_render_say(job, BP_WARNING, "duplicate-identity",
                      "'%s/%s' stands already and was not rendered from an order: it is replaced",
                      id.kind, id.name);
        return true;
    }
    bp_render_say(job, BP_ERROR, "duplicate-identity",
                  "'%s/%s' stands already and belongs to service '%s'%s%s%s: give this service an "
                  "id or another name",
                  id.kind, id.name, there->service->name ? there->service->name : "",
                  there->service->id ? " (" : "", there->service->id ? there->service->id : "",
                  there->service->id ? ")" : "");
    return false;
}

static void render_template(const struct bp_render_job *job, const cJSON *template,
                            const struct bp_params *params, const struct bp_scope *scope,
                            struct bp_render_names *names)
{
    struct bp_render *r = job->r;
    struct bp_identity id;
    bool failed = false;
    cJSON *doc = bp_template_expand(&r->scratch, template, scope, &r->budget, r->o->diags, &failed);

    if (!doc || !check_document(job, template, doc, &id))
        return;
    if (job->site)
        doc = bp_site_overlay(&r->scratch, job->site, doc, scope, &r->budget, r->o->diags, &failed);
    if (failed || !check_document(job, template, doc, &id) || !check_owner(job, id))
        return;
    annotate_all(job, params, id, doc);
    bp_render_add(job, id, doc, bp_document_annotation(doc, BP_ANN_DEPENDS_ON));
    bp_render_names_add(names, r->results[r->nresults - 1].id);
}

/* The same order again, but not with the same content. */
static void tell_changed(const struct bp_render_job *job, const struct bp_params *params)
{
    struct bp_str text = BP_STR_INIT;
    const char *was = job->standing && !job->overlay ? job->standing->parameters : NULL;

    bp_json_write(params->given, &text);
    if (was && strcmp(was, text.s) != 0) {
        bp_render_say(job, BP_NOTE, "O009",
                      "order '%s' was rendered before with other parameters for service '%s': "
                      "those of now count",
                      job->order->id, job->service_name);
    }
    bp_str_release(&text);
}

void bp_render_check_parameters(const struct bp_render_job *job)
{
    struct bp_params params;
    const struct bp_entry *entry = bp_catalog_entry(job->r->o->catalog, job->spec);

    if (entry)
        build_params(job, entry, &params);
}

void bp_render_service(const struct bp_render_job *job, struct bp_render_names *names)
{
    struct bp_render *r = job->r;
    struct bp_params params;
    const struct bp_entry *entry = bp_catalog_entry(r->o->catalog, job->spec);
    size_t errors;

    if (!entry || !build_params(job, entry, &params))
        return;
    tell_changed(job, &params);
    r->budget.nodes += NODES_PER_SERVICE;
    r->budget.bytes += BYTES_PER_SERVICE;
    errors = bp_diags_count(r->o->diags, BP_ERROR);
    const struct bp_scope scope = {.params = params.typed, .builtins = builtins_of(job)};
    for (size_t i = 0; i < entry->ntemplates; i++)
        render_template(job, entry->templates[i], &params, &scope, names);
    if (bp_diags_count(r->o->diags, BP_ERROR) > errors)
        return;
    if (names->count == 0 && !job->standing) {
        bp_render_say(job, BP_WARNING, "nothing",
                      "no document results: every template of '%s' is switched off by its $if",
                      job->spec->label);
    }
    if (job->standing)
        bp_render_bury(job, names);
}
