/* Compiled definitions by kind: see kinds.h. */
#include "schema/kinds.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/nearest.h"
#include "json/diag.h"
#include "model/definition.h"
#include "model/document.h"
#include "schema/schema.h"

struct kind {
    char *name;               /* of the definition that counts */
    struct bp_schema *schema; /* NULL: anything goes */
};

struct bp_kinds {
    struct bp_arena arena;
    struct bp_map by_name;
    bool unread; /* there was a definition whose kind could not be told */
};

struct bp_kinds *bp_kinds_new(void)
{
    return bp_calloc(1, sizeof(struct bp_kinds));
}

void bp_kinds_free(struct bp_kinds *k)
{
    if (!k)
        return;
    for (size_t i = 0; i < k->by_name.count; i++) {
        struct kind *kind = k->by_name.entries[i].value;

        bp_schema_free(kind->schema);
    }
    bp_map_release(&k->by_name);
    bp_arena_release(&k->arena);
    free(k);
}

size_t bp_kinds_count(const struct bp_kinds *k)
{
    return k->by_name.live;
}

/* ---- taking definitions in ---- */

/* A keyword that is passed over is a check that somebody believes in. */
static void note(void *ctx, const cJSON *keyword, const char *message)
{
    bp_json_diag_key(ctx, BP_WARNING, "schema-keyword", keyword, "%s", message);
}

/* Tells that two definitions define one kind; true when the new one counts. */
static bool settle_duplicate(const struct kind *old, const struct bp_definition *def,
                             struct bp_diags *d)
{
    bool wins = strcmp(def->name, old->name) < 0;

    bp_json_diag(d, BP_WARNING, "duplicate-kind", def->kind_node,
                 "kind '%s' is defined by '%s' and by '%s': the server takes '%s', whose name "
                 "sorts first",
                 def->kind, old->name, def->name, wins ? def->name : old->name);
    return wins;
}

void bp_kinds_add(struct bp_kinds *k, const cJSON *doc, struct bp_diags *d)
{
    struct bp_definition def;
    struct bp_err e = BP_ERR_INIT;
    struct bp_schema *schema = NULL;
    struct bp_map_entry *entry;
    struct kind *kind;

    if (bp_definition_read(doc, &def, &e)) {
        bp_diag_add_err(d, "definition", &e);
        k->unread = true;
        return;
    }
    if (def.schema && !(schema = bp_schema_compile(def.schema, note, d, &e)))
        bp_diag_add_err(d, "schema-malformed", &e);
    entry = bp_map_find(&k->by_name, def.kind, strlen(def.kind));
    if (entry && !settle_duplicate(entry->value, &def, d)) {
        bp_schema_free(schema);
        return;
    }
    if (!entry) {
        entry = bp_map_put(&k->by_name, bp_arena_strdup(&k->arena, def.kind), strlen(def.kind));
        entry->value = bp_arena_zalloc(&k->arena, sizeof(struct kind));
    }
    kind = entry->value;
    bp_schema_free(kind->schema);
    kind->schema = schema;
    kind->name = bp_arena_strdup(&k->arena, def.name);
}

/* ---- checking ---- */

static void violation(void *ctx, const struct bp_violation *v)
{
    struct bp_pos pos = v->at_key ? bp_json_key_pos(v->node) : bp_json_pos(v->node);

    bp_diag_add(ctx, BP_ERROR, v->rule, pos, v->pointer, "%s", v->message);
}

static void unknown_kind(const struct bp_kinds *k, const cJSON *n, struct bp_diags *d)
{
    struct bp_nearest near;

    bp_nearest_init(&near, n->valuestring);
    for (size_t i = 0; i < k->by_name.count; i++)
        bp_nearest_try(&near, k->by_name.entries[i].key);
    if (near.best)
        bp_json_diag(d, BP_ERROR, "unknown-kind", n,
                     "no definition defines kind '%s' (did you mean '%s'?)", n->valuestring,
                     near.best);
    else
        bp_json_diag(d, BP_ERROR, "unknown-kind", n, "no definition defines kind '%s'",
                     n->valuestring);
}

void bp_kinds_check(const struct bp_kinds *k, const cJSON *doc, struct bp_diags *d)
{
    const cJSON *n = bp_json_get(doc, "kind"), *spec = bp_json_get(doc, "spec");
    const struct kind *kind;

    /* Without these there is nothing to look at; that they are missing is told elsewhere. */
    if (!cJSON_IsString(n) || !*n->valuestring)
        return;
    kind = bp_map_get(&k->by_name, n->valuestring);
    if (!kind && !k->unread)
        unknown_kind(k, n, d);
    else if (kind && kind->schema && cJSON_IsObject(spec))
        bp_schema_validate(kind->schema, spec, violation, d);
}
