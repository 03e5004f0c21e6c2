/* Reading all Changes and ordering them: see plan.h. */
#include "apply/plan.h"

#include <stdlib.h>
#include <string.h>

#include "json/diag.h"
#include "json/write.h"

/* Definitions come before all waves, and go after all. */
#define DEFINITIONS_FIRST (-4 * BP_WAVE_MAX)

void bp_plan_init(struct bp_plan *p, struct bp_diags *diags)
{
    *p = (struct bp_plan){
        .arena = BP_ARENA_INIT, .by_id = BP_MAP_INIT, .key = BP_STR_INIT, .diags = diags};
}

static void order_release(struct bp_plan_order *o)
{
    bp_graph_free(o->graph);
    free(o->of);
    o->graph = NULL;
    o->of = NULL;
}

void bp_plan_release(struct bp_plan *p)
{
    order_release(&p->make);
    order_release(&p->unmake);
    bp_map_release(&p->make.kinds);
    bp_map_release(&p->unmake.kinds);
    bp_map_release(&p->by_id);
    bp_arena_release(&p->arena);
    bp_str_release(&p->key);
    free(p->items);
    *p = (struct bp_plan){0};
}

/* ---- adding ---- */

/* Keeps "kind\0name" for `item`, and the item in the map; false when the identity is taken. */
static bool claim(struct bp_plan *p, struct bp_item *item, struct bp_identity id,
                  const cJSON *object)
{
    const struct bp_dependency d = bp_dependency_on(id);
    struct bp_map_entry *entry;
    const struct bp_item *first;
    char *key;

    bp_dependency_key(&d, &p->key);
    key = bp_arena_strndup(&p->arena, p->key.s, p->key.len);
    entry = bp_map_put(&p->by_id, key, p->key.len);
    if (entry->value) {
        first = &p->items[(uintptr_t)entry->value - 1];
        bp_json_diag(p->diags, BP_ERROR, "duplicate", object,
                     "a second change to '%s/%s': the first is at %s:%u", id.kind, id.name,
                     first->pos.file ? first->pos.file : "-", first->pos.line);
        return false;
    }
    entry->value = (void *)(uintptr_t)(p->count + 1);
    item->id = (struct bp_identity){key, key + d.kind_len + 1};
    return true;
}

/* Reads order and waves from the document that rules them. What is live already is never refused
 * for a bad annotation: it could not be deleted any more. */
static int read_annotations(struct bp_plan *p, struct bp_item *item, const struct bp_change *c,
                            struct bp_err *e)
{
    const cJSON *doc = c->now ? c->now : c->old;
    const cJSON *n = bp_json_path(doc, "metadata", "annotations", BP_ANN_DEPENDS_ON, NULL);
    int rc = bp_graph_wave_of(doc, &item->wave, e);

    if (rc && c->now)
        return rc;
    if (rc)
        item->wave = 0;
    if (n && !bp_json_text(n) && c->now)
        return bp_err_at(e, BP_EINPUT, bp_json_pos(n),
                         "annotation '" BP_ANN_DEPENDS_ON "' is %s, must be a string of names",
                         bp_json_a_type(n));
    if (bp_json_text(n))
        item->depends_on = bp_arena_strdup(&p->arena, bp_json_text(n));
    if (strcmp(c->id.kind, BP_KIND_DEFINITION) == 0)
        item->wave += DEFINITIONS_FIRST;
    return 0;
}

/* Keeps what kind a definition defines; the first of several counts. */
static void keep_kind(struct bp_plan *p, const struct bp_change *c)
{
    struct bp_map *kinds = c->action == BP_DELETE ? &p->unmake.kinds : &p->make.kinds;
    const cJSON *names = bp_json_path(c->now ? c->now : c->old, "spec", "names", NULL);
    const char *kind = bp_json_get_text(names, "kind");
    struct bp_map_entry *entry;

    if (!kind || strcmp(c->id.kind, BP_KIND_DEFINITION) != 0)
        return;
    entry = bp_map_put(kinds, bp_arena_strdup(&p->arena, kind), strlen(kind));
    if (!entry->value)
        entry->value = (void *)(uintptr_t)(p->count + 1);
}

static void keep_text(struct bp_plan *p, struct bp_item *item, cJSON *object)
{
    struct bp_str text = BP_STR_INIT;

    bp_json_remove(object, "diff");
    bp_json_write(object, &text);
    item->text = bp_arena_strndup(&p->arena, text.s, text.len);
    item->len = text.len;
    bp_str_release(&text);
}

int bp_plan_add(void *ctx, struct bp_arena *a, cJSON *object, struct bp_err *e)
{
    struct bp_plan *p = ctx;
    struct bp_item item = {0};
    struct bp_err wrong = BP_ERR_INIT;
    struct bp_change c;

    (void)a;
    if (p->count >= INT32_MAX)
        return bp_err_set(e, BP_ELIMIT, "more changes than %d", INT32_MAX);
    item.pos = bp_json_pos(object);
    if (bp_change_parse(object, &c, &wrong) || read_annotations(p, &item, &c, &wrong)) {
        bp_diag_add_err(p->diags, "change", &wrong);
        return 0;
    }
    if (!claim(p, &item, c.id, object))
        return 0;
    item.action = c.action;
    item.generation = c.old ? bp_document_generation(c.old) : -1;
    keep_kind(p, &c);
    if (c.action != BP_NOOP)
        keep_text(p, &item, object);
    p->deletes += c.action == BP_DELETE;
    p->items = bp_grow(p->items, &p->cap, p->count + 1, sizeof *p->items);
    p->items[p->count++] = item;
    return 0;
}

/* ---- ordering ---- */

static int sort_some(struct bp_plan *p, struct bp_plan_order *o, bool deletes, bool free_order,
                     struct bp_err *e)
{
    size_t n = 0;

    order_release(o);
    o->graph = bp_graph_new();
    o->of = bp_calloc(p->count + 1, sizeof *o->of);
    for (size_t i = 0; i < p->count; i++) {
        const struct bp_item *item = &p->items[i];
        int node;

        if ((item->action == BP_DELETE) != deletes)
            continue;
        node = bp_graph_add(o->graph, item->id, free_order ? NULL : item->depends_on,
                            free_order ? 0 : item->wave, e);
        if (node < 0)
            return node;
        o->of[n++] = (uint32_t)i;
    }
    return bp_graph_order(o->graph, e);
}

int bp_plan_sort(struct bp_plan *p, bool force_delete, struct bp_err *e)
{
    int rc = sort_some(p, &p->make, false, false, e);

    if (rc)
        return rc;
    rc = sort_some(p, &p->unmake, true, false, force_delete ? NULL : e);
    if (rc && force_delete)
        rc = sort_some(p, &p->unmake, true, true, e);
    else if (rc)
        bp_err_wrap(e, "the documents to be deleted have no order");
    return rc;
}

struct bp_item *bp_plan_find(struct bp_plan *p, const struct bp_dependency *d)
{
    const struct bp_map_entry *entry;

    bp_dependency_key(d, &p->key);
    entry = bp_map_find(&p->by_id, p->key.s, p->key.len);
    return entry ? &p->items[(uintptr_t)entry->value - 1] : NULL;
}

struct bp_item *bp_plan_definition(const struct bp_plan *p, const struct bp_plan_order *o,
                                   const char *kind)
{
    uintptr_t index = (uintptr_t)bp_map_get(&o->kinds, kind);

    return index ? &p->items[index - 1] : NULL;
}
