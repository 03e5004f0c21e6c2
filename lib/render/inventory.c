/* Indexing the base: see inventory.h. */
#include "render/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

/* Services of one display name. */
struct namesake {
    struct bp_service *service;
    struct namesake *next;
};

struct bp_inventory {
    struct bp_arena arena;
    struct bp_map documents; /* "kind/name" -> struct bp_standing */
    struct bp_map ids;       /* service id -> struct bp_service */
    struct bp_map names;     /* display name -> struct namesake */
};

struct bp_inventory *bp_inventory_new(void)
{
    return bp_calloc(1, sizeof(struct bp_inventory));
}

void bp_inventory_free(struct bp_inventory *inv)
{
    if (inv) {
        bp_map_release(&inv->documents);
        bp_map_release(&inv->ids);
        bp_map_release(&inv->names);
        bp_arena_release(&inv->arena);
        free(inv);
    }
}

static const char *keep(struct bp_inventory *inv, const char *text)
{
    return text ? bp_arena_strdup(&inv->arena, text) : NULL;
}

static struct bp_service *new_service(struct bp_inventory *inv, const char *id, const char *name)
{
    struct bp_service *s = bp_arena_zalloc(&inv->arena, sizeof *s);

    s->id = keep(inv, id);
    s->name = keep(inv, name);
    if (s->id)
        bp_map_put(&inv->ids, s->id, strlen(s->id))->value = s;
    if (s->name) {
        struct bp_map_entry *slot = bp_map_put(&inv->names, s->name, strlen(s->name));
        struct namesake *n = bp_arena_alloc(&inv->arena, sizeof *n);

        *n = (struct namesake){s, slot->value};
        slot->value = n;
    }
    return s;
}

static struct bp_service *nameless_id(const struct bp_inventory *inv, const char *name)
{
    struct namesake *n = name ? bp_map_get(&inv->names, name) : NULL;

    while (n && n->service->id)
        n = n->next;
    return n ? n->service : NULL;
}

/* The service that a document names, made when it is the first. */
static struct bp_service *service_of(struct bp_inventory *inv, const cJSON *doc)
{
    const char *id = bp_document_annotation(doc, BP_ANN_SERVICE_ID);
    const char *name = bp_document_annotation(doc, BP_ANN_SERVICE_NAME);
    struct bp_service *s;

    if (!id && !name)
        return NULL;
    s = id ? bp_map_get(&inv->ids, id) : nameless_id(inv, name);
    return s ? s : new_service(inv, id, name);
}

static void believe(struct bp_inventory *inv, const char **member, const cJSON *doc,
                    const char *annotation)
{
    const char *text = bp_document_annotation(doc, annotation);

    if (text && (!*member || strcmp(*member, text) != 0))
        *member = keep(inv, text);
}

static void add_to_service(struct bp_inventory *inv, struct bp_service *s, const cJSON *doc,
                           struct bp_standing *document)
{
    believe(inv, &s->order_id, doc, BP_ANN_ORDER_ID);
    believe(inv, &s->order_item, doc, BP_ANN_ORDER_ITEM);
    believe(inv, &s->specification, doc, BP_ANN_SPECIFICATION);
    believe(inv, &s->site, doc, BP_ANN_SITE);
    believe(inv, &s->parameters, doc, BP_ANN_PARAMETERS);
    document->service = s;
    *(s->last ? &s->last->next : &s->documents) = document;
    s->last = document;
}

int bp_inventory_add(struct bp_inventory *inv, const cJSON *doc, struct bp_err *e)
{
    struct bp_identity id;
    int r = bp_document_identity(doc, &id, e);
    const char *key;
    struct bp_map_entry *slot;
    struct bp_standing *old;
    struct bp_standing *document;
    struct bp_service *service;

    if (r < 0)
        return r;
    key = bp_identity_text(&inv->arena, id);
    slot = bp_map_put(&inv->documents, key, strlen(key));
    old = slot->value;
    if (bp_document_is_tombstone(doc)) {
        if (old)
            old->gone = true;
        return 0;
    }
    if (old && !old->gone)
        return bp_err_at(e, BP_ECONFLICT, bp_json_pos(doc), "'%s' is in the base twice", key);
    document = bp_arena_zalloc(&inv->arena, sizeof *document);
    service = service_of(inv, doc);
    document->id = (struct bp_identity){keep(inv, id.kind), keep(inv, id.name)};
    document->depends_on = keep(inv, bp_document_annotation(doc, BP_ANN_DEPENDS_ON));
    if (service)
        add_to_service(inv, service, doc, document);
    slot->value = document;
    return 0;
}

static bool stands(const struct bp_service *s)
{
    for (const struct bp_standing *d = s->documents; d; d = d->next)
        if (!d->gone)
            return true;
    return false;
}

const struct bp_service *bp_inventory_service(const struct bp_inventory *inv, const char *id,
                                              const char *name, struct bp_err *e)
{
    const struct bp_service *found = id ? bp_map_get(&inv->ids, id) : NULL;

    if (found && stands(found))
        return found;
    found = NULL;
    for (struct namesake *n = name ? bp_map_get(&inv->names, name) : NULL; n; n = n->next) {
        if ((id && n->service->id) || !stands(n->service))
            continue;
        if (found) {
            bp_err_set(e, BP_ECONFLICT, "several services are called '%s': give the service's id",
                       name);
            return NULL;
        }
        found = n->service;
    }
    return found;
}

void bp_inventory_each(const struct bp_inventory *inv, bp_inventory_fn *fn, void *ctx)
{
    for (size_t i = 0; inv && i < inv->documents.count; i++) {
        const struct bp_standing *d = inv->documents.entries[i].value;

        if (d && !d->gone)
            fn(ctx, d);
    }
}

const struct bp_standing *bp_inventory_document(const struct bp_inventory *inv,
                                                struct bp_identity id)
{
    struct bp_arena a = BP_ARENA_INIT;
    const struct bp_standing *d = bp_map_get(&inv->documents, bp_identity_text(&a, id));

    bp_arena_release(&a);
    return d && !d->gone ? d : NULL;
}
