/* Orders, item by item: what an action means for a service that stands or does not. */
#include "render/render.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "render/name.h"
#include "render/render_impl.h"
#include "render/text.h"

struct bp_render *bp_render_new(const struct bp_render_options *o)
{
    struct bp_render *r = bp_calloc(1, sizeof *r);

    r->o = o;
    r->budget = (struct bp_budget)BP_BUDGET_INIT;
    return r;
}

void bp_render_free(struct bp_render *r)
{
    if (r) {
        free(r->results);
        bp_map_release(&r->services);
        bp_arena_release(&r->kept);
        bp_arena_release(&r->scratch);
        free(r);
    }
}

/* ---- where ---- */

static bool same_site(const struct bp_site *site, const char *word)
{
    return strcmp(site->name, word) == 0 || strcmp(site->location, word) == 0;
}

static const char *location_of(const struct bp_order_item *item)
{
    for (size_t i = 0; i < item->ncharacteristics; i++)
        if (strcmp(item->characteristics[i].name, "locationName") == 0)
            return bp_json_text(item->characteristics[i].value);
    return NULL;
}

/* Finds the site, and makes sure that all who name one mean the same. */
static bool choose_site(struct bp_render_job *job)
{
    const char *words[] = {job->r->o->site, job->item ? job->item->place : NULL,
                           job->item ? location_of(job->item) : NULL};
    static const char *const who[] = {"--site", "the place of the order item",
                                      "the characteristic locationName"};
    const char *first = NULL;

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!words[i] || !*words[i])
            continue;
        if (!job->site) {
            struct bp_err e = BP_ERR_INIT;

            job->site = bp_catalog_site(job->r->o->catalog, words[i], &e);
            first = who[i];
            if (!job->site && e.msg[0])
                bp_render_say(job, BP_ERROR, "site", "%s", e.msg);
            if (!job->site)
                return false;
        } else if (!same_site(job->site, words[i])) {
            bp_render_say(job, BP_ERROR, "site", "%s says '%s', but %s says '%s'", first,
                          job->site->name, who[i], words[i]);
            return false;
        }
    }
    return true;
}

/* A service stays where it is, unless its order moves it. */
static bool choose_standing_site(struct bp_render_job *job)
{
    const char *was = job->standing ? job->standing->site : NULL;
    bool said = job->item && (job->item->place || location_of(job->item));
    struct bp_err e = BP_ERR_INIT;

    if (!choose_site(job))
        return false;
    if (!was || said)
        return true;
    if (job->site && !same_site(job->site, was)) {
        bp_render_say(job, BP_ERROR, "site", "service '%s' stands at '%s', but --site says '%s'",
                      job->service_name, was, job->site->name);
        return false;
    }
    job->site = bp_catalog_site(job->r->o->catalog, was, &e);
    if (!job->site && e.msg[0])
        bp_render_say(job, BP_ERROR, "site", "%s", e.msg);
    return job->site != NULL;
}

/* ---- what it is called ---- */

/* True when `text` holds `name` as a whole: with nothing, or no letter or digit, on either side. */
static bool has_part(const char *text, const char *name)
{
    size_t len = strlen(name);

    for (const char *p = strstr(text, name); p; p = strstr(p + 1, name)) {
        bool begins = p == text || !isalnum((unsigned char)p[-1]);

        if (begins && !isalnum((unsigned char)p[len]))
            return true;
    }
    return false;
}

static bool holds(const struct bp_service *s, const char *name)
{
    for (const struct bp_standing *d = s->documents; d; d = d->next) {
        if (!d->gone && has_part(d->id.name, name))
            return true;
    }
    return false;
}

/* `${name}` of what stands. It was made from name and id at creation, but an id can have come
 * later: the documents tell. */
static const char *standing_name(struct bp_arena *a, const struct bp_service *s)
{
    const char *with = bp_service_document_name(a, s->name, s->id);
    const char *without = bp_service_document_name(a, s->name, NULL);

    if (with && holds(s, with))
        return with;
    if (without && holds(s, without))
        return without;
    /* The templates name their documents otherwise. */
    return with;
}

/* What an order says of itself goes into documents, in which references to secrets are resolved
 * later. */
static bool is_plain(const struct bp_render_job *job, const char *what, const char *text)
{
    if (text && bp_text_count_secrets(text) > 0) {
        bp_render_say(job, BP_ERROR, "O006", "%s holds a reference to a secret", what);
        return false;
    }
    return true;
}

static bool choose_name(struct bp_render_job *job, const char *display)
{
    struct bp_arena *a = &job->r->scratch;
    const struct bp_service *s = job->standing;

    job->service_name = s && s->name ? s->name : display ? display : job->service_id;
    if (!job->service_name) {
        bp_render_say(job, BP_ERROR, "O007", "the service has neither a name nor an id");
        return false;
    }
    if (bp_name_is_path(job->service_name)) {
        bp_render_say(job, BP_ERROR, "O007",
                      "service name '%s' is a path: no document is called so", job->service_name);
        return false;
    }
    job->document_name =
        s ? standing_name(a, s) : bp_service_document_name(a, job->service_name, job->service_id);
    if (!job->document_name) {
        bp_render_say(job, BP_ERROR, "O007",
                      "service name '%s' has no letter or digit that a document's name could be "
                      "made of",
                      job->service_name);
        return false;
    }
    return is_plain(job, "the name of the service", job->service_name) &&
           is_plain(job, "the id of the service", job->service_id) &&
           (!job->order || (is_plain(job, "the id of the order", job->order->id) &&
                            is_plain(job, "the id of the item", job->item->id)));
}

/* ---- what it is ---- */

static bool choose_spec(struct bp_render_job *job)
{
    const struct bp_order_item *i = job->item;
    const struct bp_catalog *c = job->r->o->catalog;
    struct bp_err e = BP_ERR_INIT;

    if (i->spec_id || i->spec_name) {
        job->spec = bp_catalog_find(c, i->spec_id, i->spec_name, i->spec_version, &e);
    } else if (job->standing && job->standing->specification) {
        job->spec = bp_catalog_find_word(c, job->standing->specification, &e);
    } else {
        bp_err_set(&e, BP_ENOTFOUND,
                   "neither the order nor the base says which specification service '%s' has",
                   job->service_name);
    }
    if (!job->spec)
        bp_render_say(job, BP_ERROR, "O010", "%s", e.msg);
    return job->spec != NULL;
}

/* ---- dependencies ---- */

static void depend_on(struct bp_render_job *job, const struct bp_render_names *names)
{
    struct bp_str list = BP_STR_INIT;

    for (size_t i = 0; i < job->item->ndependencies; i++) {
        const struct bp_render_names *n = &names[job->item->dependencies[i]];

        for (size_t k = 0; k < n->count; k++)
            bp_str_addf(&list, "%s%s/%s", list.len > 0 ? "," : "", n->ids[k].kind, n->ids[k].name);
    }
    /* An empty list is an answer too: relations replace what stood before. */
    if (job->item->ndependencies > 0)
        job->depends_on = bp_arena_strndup(&job->r->scratch, list.s, list.len);
    bp_str_release(&list);
}

/* ---- actions ---- */

/* Finds the service in the base. False after a finding. */
static bool find_standing(struct bp_render_job *job)
{
    const struct bp_order_item *item = job->item;
    struct bp_err e = BP_ERR_INIT;

    if (!job->r->o->base)
        return true;
    job->standing = bp_inventory_service(job->r->o->base, item->service_id, item->service_name, &e);
    if (e.code) {
        bp_render_say(job, BP_ERROR, "O002", "%s", e.msg);
        return false;
    }
    return true;
}

static bool is_rendered_now(const struct bp_render *r, const char *service_id)
{
    return service_id && bp_map_get(&r->services, service_id);
}

static bool need_standing(struct bp_render_job *job, const char *action)
{
    const struct bp_order_item *item = job->item;
    const char *what = item->service_id ? item->service_id : item->service_name;

    if (!job->r->o->base) {
        bp_render_say(job, BP_ERROR, "O002", "%s works on what stands: give it with --base STATE",
                      action);
        return false;
    }
    if (!find_standing(job))
        return false;
    if (!job->standing) {
        bool both = item->service_id && item->service_name;

        bp_render_say(job, BP_ERROR, "O002", "%s: no service '%s'%s%s%s stands in the base%s",
                      action, what ? what : "", both ? " ('" : "", both ? item->service_name : "",
                      both ? "')" : "",
                      is_rendered_now(job->r, item->service_id)
                          ? "; what another order of this run adds stands when it is committed"
                          : "");
    }
    return job->standing != NULL;
}

/* True when the order gives an id, but the service that stands has none and was found by its name.
 */
static bool is_known_by_name(const struct bp_render_job *job)
{
    return job->standing && job->item->service_id && !job->standing->id;
}

static void render_job(struct bp_render_job *job, const struct bp_render_names *all,
                       struct bp_render_names *names)
{
    const struct bp_order_item *item = job->item;
    bool fine;

    job->service_id = item->service_id ? item->service_id
                      : job->standing  ? job->standing->id
                                       : NULL;
    if (is_known_by_name(job)) {
        bp_render_say(job, BP_NOTE, "O002",
                      "service '%s' is known by name, and has id '%s' from now on",
                      job->standing->name, item->service_id);
    }
    fine = choose_name(job, item->service_name);
    fine = fine && choose_standing_site(job);
    fine = choose_spec(job) && fine;
    if (fine) {
        depend_on(job, all);
        bp_render_service(job, names);
    }
}

static bool same_order(const struct bp_render_job *job)
{
    const char *was = job->standing->order_id, *now = job->order->id;

    return was && now && strcmp(was, now) == 0;
}

static void render_add(struct bp_render_job *job, const struct bp_render_names *all,
                       struct bp_render_names *names)
{
    if (!find_standing(job))
        return;
    if (job->standing && !same_order(job)) {
        job->overlay = true;
        bp_render_say(job, BP_NOTE, "O009",
                      "service '%s' stands already, from order '%s': add is treated as modify",
                      job->standing->name ? job->standing->name : job->standing->id,
                      job->standing->order_id ? job->standing->order_id : "unknown");
    }
    render_job(job, all, names);
}

static void render_modify(struct bp_render_job *job, const struct bp_render_names *all,
                          struct bp_render_names *names)
{
    if (need_standing(job, "modify")) {
        job->overlay = true;
        render_job(job, all, names);
    }
}

static void render_delete(struct bp_render_job *job)
{
    if (!need_standing(job, "delete"))
        return;
    if (is_known_by_name(job)) {
        bp_render_say(job, BP_NOTE, "O002",
                      "service '%s' is known by name only, not by id '%s': it is deleted",
                      job->standing->name, job->item->service_id);
    }
    bp_render_bury(job, NULL);
}

static void render_nochange(struct bp_render_job *job, struct bp_render_names *names)
{
    if (!job->r->o->base) {
        bp_render_say(job, BP_WARNING, "O002",
                      "noChange: nobody looked whether the service stands, as there is no --base");
        return;
    }
    if (!need_standing(job, "noChange"))
        return;
    for (const struct bp_standing *d = job->standing->documents; d; d = d->next)
        if (!d->gone)
            bp_render_names_add(names, d->id);
}

static struct bp_render_job job_of(struct bp_render *r, const struct bp_order *order,
                                   const struct bp_order_item *item)
{
    return (struct bp_render_job){.r = r,
                                  .order = order,
                                  .item = item,
                                  .pos = bp_json_pos(item->node),
                                  .pointer = bp_json_pointer_of(&r->scratch, item->node)};
}

/* Nothing comes of a faulty order, but what the catalog has to say of its new services is said, so
 * that all faults are known at once. What a modify leaves out only the base could tell. */
static void check_item(struct bp_render *r, const struct bp_order *order,
                       const struct bp_order_item *item)
{
    struct bp_render_job job = job_of(r, order, item);

    if (item->action == BP_ORDER_ADD && (item->spec_id || item->spec_name) && choose_spec(&job) &&
        choose_site(&job)) {
        job.service_name = item->service_name;
        job.document_name =
            bp_service_document_name(&r->scratch, item->service_name, item->service_id);
        bp_render_check_parameters(&job);
    }
    bp_arena_reset(&r->scratch);
}

static void render_item(struct bp_render *r, const struct bp_order *order, size_t i,
                        struct bp_render_names *names)
{
    const struct bp_order_item *item = &order->items[i];
    struct bp_render_job job = job_of(r, order, item);

    switch (item->action) {
    case BP_ORDER_ADD:
        render_add(&job, names, &names[i]);
        break;
    case BP_ORDER_MODIFY:
        render_modify(&job, names, &names[i]);
        break;
    case BP_ORDER_DELETE:
        render_delete(&job);
        break;
    case BP_ORDER_NOCHANGE:
        render_nochange(&job, &names[i]);
        break;
    }
    bp_arena_reset(&r->scratch);
}

void bp_render_order(struct bp_render *r, const struct bp_order *order)
{
    struct bp_render_names *names;

    if (order->final)
        return;
    if (order->faulty) {
        for (size_t i = 0; i < order->nitems; i++)
            check_item(r, order, &order->items[i]);
        return;
    }
    names = bp_calloc(order->nitems + 1, sizeof *names);
    for (size_t i = 0; i < order->nitems; i++)
        render_item(r, order, i, names);
    for (size_t i = 0; i < order->nitems; i++)
        free(names[i].ids);
    free(names);
}

void bp_render_entry(struct bp_render *r, const struct bp_spec *spec, const char *name)
{
    struct bp_render_job job = {.r = r, .spec = spec, .pos.file = "-e"};
    struct bp_render_names names = {0};
    const char *display = name ? name : spec->name ? spec->name : spec->id;

    if (choose_name(&job, display) && choose_site(&job))
        bp_render_service(&job, &names);
    free(names.ids);
}
