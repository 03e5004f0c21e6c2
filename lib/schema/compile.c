/* From the text of a schema to its compiled form. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/internal.h"

/* Keywords that say nothing about whether an instance is valid, and the places where schemas lie
 * ready for references. */
static const char *const annotations[] = {
    "$schema",         "$id",           "$comment",    "$anchor", "$defs",
    "definitions",     "title",         "description", "default", "examples",
    "deprecated",      "readOnly",      "writeOnly",   "format",  "contentMediaType",
    "contentEncoding", "contentSchema", "secret",      "order",
};

/* Keywords of JSON Schema that would be checked by a full engine. */
static const char *const unchecked[] = {
    "$ref",
    "$dynamicRef",
    "$recursiveRef",
    "$dynamicAnchor",
    "$recursiveAnchor",
    "$vocabulary",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "pattern",
    "multipleOf",
    "contains",
    "minContains",
    "maxContains",
    "prefixItems",
    "additionalItems",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static bool is_among(const char *name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, list[i]) == 0)
            return true;
    }
    return false;
}

static bool is_checked(const char *name)
{
    for (const struct bp_schema_keyword *k = bp_schema_keywords; k->name; k++) {
        if (strcmp(name, k->name) == 0)
            return true;
    }
    return false;
}

/* Names that others may use for what they like. */
static bool is_extension(const char *name)
{
    return strncmp(name, "x-", 2) == 0 || strncmp(name, "bp:", 3) == 0;
}

/* ---- telling ---- */

void bp_schema_add_pointer(const struct bp_schema_place *place, struct bp_str *out)
{
    if (!place)
        return;
    bp_schema_add_pointer(place->up, out);
    bp_trail_add_name(place->name, out);
}

int bp_schema_malformed(struct bp_schema_build *b, const cJSON *n, const char *fmt, ...)
{
    struct bp_str pointer = BP_STR_INIT;
    char text[512];
    va_list ap;
    int rc;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    bp_schema_add_pointer(b->place, &pointer);
    rc = bp_err_at(b->e, BP_EINPUT, bp_json_pos(n), "schema at '%s': %s", pointer.s, text);
    bp_str_release(&pointer);
    return rc;
}

void bp_schema_note(struct bp_schema_build *b, const cJSON *n, const char *fmt, ...)
{
    struct bp_str text = BP_STR_INIT;
    va_list ap;

    if (!b->note)
        return;
    va_start(ap, fmt);
    bp_str_vaddf(&text, fmt, ap);
    va_end(ap);
    b->note(b->ctx, n, text.s);
    bp_str_release(&text);
}

/* The keyword that a name in no list was probably meant to be. */
static const char *nearest_keyword(const char *name)
{
    struct bp_nearest near;

    bp_nearest_init(&near, name);
    for (const struct bp_schema_keyword *k = bp_schema_keywords; k->name; k++)
        bp_nearest_try(&near, k->name);
    for (size_t i = 0; i < COUNT(unchecked); i++)
        bp_nearest_try(&near, unchecked[i]);
    for (size_t i = 0; i < COUNT(annotations); i++)
        bp_nearest_try(&near, annotations[i]);
    return near.best;
}

/* Tells of every member of a schema object that is not honoured. */
static void note_unchecked(struct bp_schema_build *b, const cJSON *schema)
{
    const char *nearest;
    const cJSON *m;

    if (!b->note)
        return;
    cJSON_ArrayForEach(m, schema)
    {
        const char *name = m->string;

        if (is_checked(name) || is_extension(name) ||
            is_among(name, annotations, COUNT(annotations)))
            continue;
        if (is_among(name, unchecked, COUNT(unchecked)))
            bp_schema_note(b, m, "keyword '%s' is not checked yet", name);
        else if ((nearest = nearest_keyword(name)))
            bp_schema_note(b, m, "unknown keyword '%s' is not checked (did you mean '%s'?)", name,
                           nearest);
        else
            bp_schema_note(b, m, "unknown keyword '%s' is not checked", name);
    }
}

/* ---- for keywords ---- */

const void *bp_schema_sibling(const struct bp_schema_build *b, const char *keyword)
{
    for (size_t i = 0; i < b->node->nrules; i++) {
        if (strcmp(b->node->rules[i].keyword->name, keyword) == 0)
            return b->node->rules[i].data;
    }
    return NULL;
}

struct bp_map *bp_schema_new_map(struct bp_schema_build *b)
{
    struct bp_schema_map *m = bp_arena_zalloc(b->arena, sizeof *m);

    m->next = b->schema->maps;
    b->schema->maps = m;
    return &m->map;
}

/* ---- building ---- */

/* Goes a step down; the caller goes back up. */
static void enter(struct bp_schema_build *b, const char *name)
{
    struct bp_schema_place *place = bp_arena_alloc(b->arena, sizeof *place);

    *place = (struct bp_schema_place){b->place, name};
    b->place = place;
}

static int build_rule(struct bp_schema_build *b, const struct bp_schema_keyword *k,
                      const cJSON *value)
{
    struct bp_schema_node *node = b->node;
    struct bp_schema_rule r = {.keyword = k, .check = k->check, .applies = k->applies};
    const struct bp_schema_place *outer = b->place;
    int rc;

    enter(b, k->name);
    r.place = b->place;
    rc = k->compile(b, value, &r);
    b->place = outer;
    if (rc == 0)
        node->rules[node->nrules++] = r;
    return rc;
}

static int build_object(struct bp_schema_build *b, const cJSON *schema)
{
    size_t count = 0;
    int rc = 0;

    for (const struct bp_schema_keyword *k = bp_schema_keywords; k->name; k++)
        count += bp_json_get(schema, k->name) != NULL;
    b->node->rules = bp_arena_alloc(b->arena, (count + 1) * sizeof *b->node->rules);
    b->node->secret = cJSON_IsTrue(bp_json_get(schema, "secret"));
    for (const struct bp_schema_keyword *k = bp_schema_keywords; k->name && rc == 0; k++) {
        const cJSON *value = bp_json_get(schema, k->name);

        if (value)
            rc = build_rule(b, k, value);
    }
    note_unchecked(b, schema);
    return rc;
}

/* A schema object, or true or false. */
static int build_value(struct bp_schema_build *b, const cJSON *value)
{
    if (b->depth > BP_JSON_MAX_DEPTH)
        return bp_err_at(b->e, BP_ELIMIT, bp_json_pos(value),
                         "the schema is nested more than %d levels deep", BP_JSON_MAX_DEPTH);
    if (cJSON_IsFalse(value))
        b->node->form = BP_SCHEMA_FALSE;
    else if (cJSON_IsObject(value))
        return build_object(b, value);
    else if (!cJSON_IsTrue(value))
        return bp_schema_malformed(b, value, "is %s, must be an object, true or false",
                                   bp_json_a_type(value));
    return 0;
}

const struct bp_schema_node *bp_schema_build_node(struct bp_schema_build *b, const char *name,
                                                  const cJSON *value)
{
    struct bp_schema_node *outer = b->node, *node = bp_arena_zalloc(b->arena, sizeof *node);
    const struct bp_schema_place *place = b->place;
    int rc;

    if (name)
        enter(b, bp_arena_strdup(b->arena, name));
    node->place = b->place;
    b->node = node;
    b->depth++;
    rc = build_value(b, value);
    b->depth--;
    b->node = outer;
    b->place = place;
    return rc == 0 ? node : NULL;
}

struct bp_schema *bp_schema_compile(const cJSON *schema, bp_schema_note_fn *note, void *ctx,
                                    struct bp_err *e)
{
    struct bp_schema *s = bp_calloc(1, sizeof *s);
    struct bp_schema_build b = {.schema = s, .arena = &s->arena};

    b.note = note;
    b.ctx = ctx;
    b.e = e;
    s->root = bp_schema_build_node(&b, NULL, schema);
    if (s->root)
        return s;
    bp_schema_free(s);
    return NULL;
}

void bp_schema_free(struct bp_schema *s)
{
    if (!s)
        return;
    for (struct bp_schema_map *m = s->maps; m; m = m->next)
        bp_map_release(&m->map);
    bp_arena_release(&s->arena);
    free(s);
}
