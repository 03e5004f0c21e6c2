/* Keywords that look at objects: properties, required, additionalProperties. */
#include <stdlib.h>
#include <string.h>

#include "schema/internal.h"

/* ---- properties ---- */

/* Members that the schema knows, by name. */
struct members {
    const struct bp_schema_node **nodes;
    const char **names;
    size_t count;
    struct bp_map *index; /* name -> node; NULL when they are few */
};

/* Up to this many names are compared one by one: that is faster than hashing. */
enum { FEW_NAMES = 8 };

int bp_schema_compile_properties(struct bp_schema_build *b, const cJSON *value,
                                 struct bp_schema_rule *r)
{
    struct members *m = bp_arena_zalloc(b->arena, sizeof *m);
    size_t count = bp_json_count(value);
    const cJSON *p;

    if (!cJSON_IsObject(value))
        return bp_schema_malformed(b, value, "is %s, must be an object", bp_json_a_type(value));
    m->nodes = bp_arena_alloc(b->arena, count * sizeof *m->nodes);
    m->names = bp_arena_alloc(b->arena, count * sizeof *m->names);
    if (count > FEW_NAMES)
        m->index = bp_schema_new_map(b);
    cJSON_ArrayForEach(p, value)
    {
        const struct bp_schema_node *node = bp_schema_build_node(b, p->string, p);
        const char *name = bp_arena_strdup(b->arena, p->string);

        if (!node)
            return BP_EINPUT;
        m->nodes[m->count] = node;
        m->names[m->count++] = name;
        if (m->index)
            bp_map_put(m->index, name, strlen(name))->value = (void *)(uintptr_t)node;
    }
    r->data = m;
    return 0;
}

/* The schema of member `name`; NULL when `m` (may be NULL) does not know it. */
static const struct bp_schema_node *find_member(const struct members *m, const char *name)
{
    if (!m)
        return NULL;
    if (m->index)
        return bp_map_get(m->index, name);
    for (size_t i = 0; i < m->count; i++) {
        if (strcmp(name, m->names[i]) == 0)
            return m->nodes[i];
    }
    return NULL;
}

void bp_schema_check_properties(struct bp_schema_run *run, const struct bp_schema_rule *r,
                                const cJSON *n)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, n)
    {
        const struct bp_schema_node *node = find_member(r->data, member->string);

        if (node)
            bp_schema_check(run, node, member, 0);
        if (run->failed && run->stop)
            return;
    }
}

/* ---- required ---- */

struct names {
    const char **items;
    size_t count;
    struct bp_map *index;        /* name -> number + 1 */
    const struct members *known; /* `properties` beside it, or NULL */
};

int bp_schema_compile_required(struct bp_schema_build *b, const cJSON *value,
                               struct bp_schema_rule *r)
{
    struct names *names = bp_arena_zalloc(b->arena, sizeof *names);
    const cJSON *n;

    if (!cJSON_IsArray(value))
        return bp_schema_malformed(b, value, "is %s, must be an array of member names",
                                   bp_json_a_type(value));
    names->items = bp_arena_alloc(b->arena, bp_json_count(value) * sizeof *names->items);
    names->index = bp_schema_new_map(b);
    cJSON_ArrayForEach(n, value)
    {
        const char *name;
        struct bp_map_entry *e;

        if (!cJSON_IsString(n))
            return bp_schema_malformed(b, n, "is a list with %s in it, must hold names only",
                                       bp_json_a_type(n));
        name = bp_arena_strdup(b->arena, n->valuestring);
        e = bp_map_put(names->index, name, strlen(name));
        if (e->value)
            continue;
        names->items[names->count++] = name;
        e->value = (void *)(uintptr_t)names->count;
    }
    names->known = bp_schema_sibling(b, "properties");
    r->data = names;
    return 0;
}

/* A member that nobody knows and that looks like `name`. */
static void suggest_present(struct bp_schema_run *run, const struct names *names, const char *name,
                            const cJSON *n, struct bp_str *out)
{
    struct bp_nearest near;
    const cJSON *m;

    if (!bp_schema_may_search(run))
        return;
    bp_nearest_init(&near, name);
    cJSON_ArrayForEach(m, n)
    {
        if (!find_member(names->known, m->string) &&
            !bp_map_find(names->index, m->string, strlen(m->string)))
            bp_nearest_try(&near, m->string);
    }
    if (near.best)
        bp_str_addf(out, " (is '%s' meant to be it?)", near.best);
}

static void missing(struct bp_schema_run *run, const struct bp_schema_rule *r, const char *name,
                    const cJSON *n)
{
    struct bp_str hint = BP_STR_INIT;

    suggest_present(run, r->data, name, n, &hint);
    bp_schema_violation(run, r, n, false, "member '%s' is missing%s", name, hint.s);
    bp_str_release(&hint);
}

/* One pass over the members, ticking off the names. */
static void check_many(struct bp_schema_run *run, const struct bp_schema_rule *r, const cJSON *n)
{
    const struct names *names = r->data;
    bool *present = bp_calloc(names->count, sizeof *present);
    const cJSON *m;

    cJSON_ArrayForEach(m, n)
    {
        const struct bp_map_entry *e = bp_map_find(names->index, m->string, strlen(m->string));

        if (e)
            present[(uintptr_t)e->value - 1] = true;
    }
    for (size_t i = 0; i < names->count; i++) {
        if (!present[i])
            missing(run, r, names->items[i], n);
    }
    free(present);
}

void bp_schema_check_required(struct bp_schema_run *run, const struct bp_schema_rule *r,
                              const cJSON *n)
{
    const struct names *names = r->data;

    if (names->count > FEW_NAMES) {
        check_many(run, r, n);
        return;
    }
    for (size_t i = 0; i < names->count; i++) {
        if (!bp_json_get(n, names->items[i]))
            missing(run, r, names->items[i], n);
    }
}

/* ---- additionalProperties ---- */

struct additional {
    const struct members *known; /* `properties` beside it, or NULL */
    const struct bp_schema_node *node;
};

int bp_schema_compile_additional_properties(struct bp_schema_build *b, const cJSON *value,
                                            struct bp_schema_rule *r)
{
    struct additional *a = bp_arena_zalloc(b->arena, sizeof *a);

    a->known = bp_schema_sibling(b, "properties");
    a->node = bp_schema_build_node(b, NULL, value);
    r->data = a;
    if (cJSON_IsTrue(value))
        r->applies = 0;
    return a->node ? 0 : BP_EINPUT;
}

static void unknown_member(struct bp_schema_run *run, const struct bp_schema_rule *r,
                           const struct members *known, const cJSON *m)
{
    struct bp_str hint = BP_STR_INIT;

    if (known && bp_schema_may_search(run)) {
        struct bp_nearest near;

        bp_nearest_init(&near, m->string);
        for (size_t i = 0; i < known->count; i++)
            bp_nearest_try(&near, known->names[i]);
        bp_schema_show_nearest(&near, &hint);
    }
    bp_schema_violation(run, r, m, true, "member '%s' is not known here%s", m->string, hint.s);
    bp_str_release(&hint);
}

void bp_schema_check_additional_properties(struct bp_schema_run *run,
                                           const struct bp_schema_rule *r, const cJSON *n)
{
    const struct additional *a = r->data;
    const cJSON *m;

    cJSON_ArrayForEach(m, n)
    {
        if (find_member(a->known, m->string))
            continue;
        if (a->node->form == BP_SCHEMA_FALSE)
            unknown_member(run, r, a->known, m);
        else
            bp_schema_check(run, a->node, m, 0);
        if (run->failed && run->stop)
            return;
    }
}
