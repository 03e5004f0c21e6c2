/* Checking templates before any order is seen: see template.h. */
#include <string.h>

#include "json/input.h"
#include "render/expr.h"
#include "render/shape.h"
#include "render/template.h"
#include "render/text.h"

/* A variable of a `$each` around the place that is looked at. */
struct variable {
    const char *name;
    const cJSON *schema; /* of its value; NULL when not known */
    bool used;
    struct variable *up;
};

struct check {
    struct bp_arena a;   /* what parsing needs, for the length of the check */
    const cJSON *schema; /* of the parameters; NULL in a patch, which has none */
    struct variable *variables;
    bp_template_used_fn *used;
    void *ctx;
    size_t count;
    struct bp_diags *d;
    bool failed;
};

static void check_node(struct check *c, const cJSON *n);

#define FAIL(c, rule, node, ...) \
    ((c)->failed = true, bp_json_diag((c)->d, BP_ERROR, rule, node, __VA_ARGS__))

static struct variable *variable_of(struct check *c, const char *name, size_t len)
{
    for (struct variable *v = c->variables; v; v = v->up)
        if (strncmp(v->name, name, len) == 0 && v->name[len] == '\0')
            return v;
    return NULL;
}

static void complain_unknown(struct check *c, const cJSON *n, const char *what, const cJSON *schema,
                             const char *path, size_t len, size_t from)
{
    struct bp_nearest near;
    char *rest = bp_arena_strndup(&c->a, path + from, len - from);

    bp_nearest_init(&near, rest);
    bp_shape_offer(schema, &near);
    for (struct variable *v = from == 0 ? c->variables : NULL; v; v = v->up)
        bp_nearest_try(&near, v->name);
    if (near.best) {
        FAIL(c, "unset-variable", n, "%s '%.*s' is not declared (did you mean '%.*s%s'?)", what,
             (int)len, path, (int)from, path, near.best);
    } else {
        FAIL(c, "unset-variable", n, "%s '%.*s' is not declared in the parameters of this entry",
             what, (int)len, path);
    }
}

/* Follows a path through a schema from byte `from` on. The top of the parameters is closed: what is
 * not declared there is not known. */
static const cJSON *follow(struct check *c, const cJSON *n, const cJSON *schema, const char *path,
                           size_t len, size_t from)
{
    while (from < len) {
        const cJSON *sub;
        size_t used;
        enum bp_shape s = bp_shape_step(schema, path + from, len - from, &sub, &used);

        if (s == BP_SHAPE_MISSING || (s == BP_SHAPE_OPEN && from == 0)) {
            complain_unknown(c, n, "parameter", schema, path, len, from);
            return NULL;
        }
        if (schema && !bp_shape_allows(schema, "object")) {
            FAIL(c, "unset-variable", n, "'%.*s' is no object and has no member '%.*s'",
                 (int)(from - 1), path, (int)(len - from), path + from);
            return NULL;
        }
        if (s == BP_SHAPE_OPEN)
            return sub;
        schema = sub;
        from += used + 1;
    }
    return schema;
}

static void check_builtin(struct check *c, const cJSON *n, const char *path, size_t len)
{
    static const char *const known[] = {"name",       "service.name", "service.id", "order.id",
                                        "order.item", "spec.id",      "spec.name",  "spec.version"};
    const char *best;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i]) == len && memcmp(known[i], path, len) == 0)
            return;
    if (len > 5 && memcmp(path, "site.", 5) == 0)
        return;
    best = bp_nearest_of(bp_arena_strndup(&c->a, path, len), known, sizeof known / sizeof *known);
    FAIL(c, "unset-variable", n, "there is no '%.*s' (did you mean '%s'?)", (int)len, path,
         best ? best : "service.name");
}

/* Checks one name and gives the schema of its value, NULL when that is not known. */
static const cJSON *check_path(struct check *c, const cJSON *n, const char *path, size_t len)
{
    const char *dot = memchr(path, '.', len);
    size_t first = dot ? (size_t)(dot - path) : len;
    struct variable *v = variable_of(c, path, first);

    c->count++;
    if (v) {
        v->used = true;
        return dot ? follow(c, n, v->schema, path, len, first + 1) : v->schema;
    }
    if (bp_is_builtin(path, first)) {
        check_builtin(c, n, path, len);
        return NULL;
    }
    if (!c->schema) {
        FAIL(c, "unset-variable", n,
             "'%.*s': a patch knows only name, service, order, spec and site", (int)len, path);
        return NULL;
    }
    c->used(c->ctx, path, len);
    return follow(c, n, c->schema, path, len, 0);
}

static void check_text(struct check *c, const cJSON *n, const char *text)
{
    struct bp_part part;

    for (bp_part_next(&text, &part); part.kind != BP_PART_END; bp_part_next(&text, &part)) {
        if (part.kind == BP_PART_REF) {
            check_path(c, n, part.s, part.len);
        } else if (part.kind == BP_PART_BAD) {
            FAIL(c, "template-syntax", n, "'%.*s' is no reference: write ${name}, or $${ for '${'",
                 (int)part.len, part.s);
        }
    }
}

/* ---- control members ---- */

static void check_condition(struct check *c, const cJSON *n)
{
    struct bp_condition cond;
    struct bp_err e = BP_ERR_INIT;
    const char *text = bp_json_text(n);

    if (!text || bp_condition_parse(&c->a, text, &cond, &e) < 0) {
        FAIL(c, "template-syntax", n, "%s", text ? e.msg : "$if is not a text");
        return;
    }
    check_path(c, n, cond.path, cond.len);
}

static void check_merge(struct check *c, const cJSON *n)
{
    const cJSON *child;
    size_t len;
    const char *text = bp_json_text(n);
    const char *path = text ? bp_text_whole_ref(text, &len) : NULL;

    if (path) {
        check_path(c, n, path, len);
    } else if (cJSON_IsArray(n)) {
        cJSON_ArrayForEach(child, n)
        {
            check_merge(c, child);
        }
    } else {
        FAIL(c, "template-syntax", n, "$merge takes ${name} of an object, or a list of such");
    }
}

static bool name_is_free(struct check *c, const cJSON *n, const char *name)
{
    size_t len = strlen(name);
    bool taken = bp_is_builtin(name, len) || variable_of(c, name, len) ||
                 bp_json_get(bp_json_get(c->schema, "properties"), name);

    if (taken) {
        FAIL(c, "template-syntax", n, "'%s' has a meaning already: call the variable otherwise",
             name);
    }
    return !taken;
}

/* Checks a repeated element with its variables in sight. */
static void check_repeated(struct check *c, const cJSON *n, const struct bp_each *each,
                           const cJSON *schema)
{
    struct variable *up = c->variables;
    struct variable item = {each->name, schema, false, up};
    struct variable index = {each->index, NULL, false, &item};

    c->variables = each->index ? &index : &item;
    check_node(c, n);
    c->variables = up;
    if (!item.used) {
        FAIL(c, "unused-variable", bp_json_get(n, "$each"),
             "'%s' is used nowhere, so every element would be the same", item.name);
    }
    if (each->index && !index.used)
        FAIL(c, "unused-variable", bp_json_get(n, "$each"), "'%s' is used nowhere", index.name);
}

static void check_each(struct check *c, const cJSON *n, const cJSON *header)
{
    struct bp_each each;
    struct bp_err e = BP_ERR_INIT;
    const char *text = bp_json_text(header);
    const cJSON *list;

    if (!text || bp_each_parse(&c->a, text, &each, &e) < 0) {
        FAIL(c, "template-syntax", header, "%s", text ? e.msg : "$each is not a text");
        return;
    }
    list = check_path(c, header, each.path, each.len);
    if (!name_is_free(c, header, each.name) || (each.index && !name_is_free(c, header, each.index)))
        return;
    check_repeated(c, n, &each, bp_shape_items(list));
}

static void check_control(struct check *c, const cJSON *object, const cJSON *m)
{
    bool in_list = cJSON_IsArray(bp_json_parent(object));

    if (strcmp(m->string, "$if") == 0) {
        check_condition(c, m);
    } else if (strcmp(m->string, "$merge") == 0) {
        check_merge(c, m);
    } else if (strcmp(m->string, "$value") == 0) {
        check_node(c, m);
    } else if (strcmp(m->string, "$else") == 0) {
        if (!bp_json_get(object, "$if"))
            FAIL(c, "template-syntax", m, "$else without $if");
        check_node(c, m);
    } else if (strcmp(m->string, "$remove") == 0 && !c->schema) {
        if (!cJSON_IsBool(m) || !bp_json_parent(object) || !in_list)
            FAIL(c, "template-syntax", m, "$remove: true stands in an element of a list");
    } else if (strcmp(m->string, "$each") != 0) {
        FAIL(c, "template-syntax", m,
             "'%s' is none of $if, $else, $value, $each, $merge; a member of that name is written "
             "'$%s'",
             m->string, m->string);
    } else if (!in_list) {
        FAIL(c, "template-syntax", m, "$each stands in an element of a list");
    }
}

static void check_object(struct check *c, const cJSON *n)
{
    const cJSON *m;
    bool value = bp_json_get(n, "$value") != NULL;

    cJSON_ArrayForEach(m, n)
    {
        const char *name = m->string;
        bool control = name[0] == '$' && name[1] != '$' && name[1] != '{';

        if (control)
            check_control(c, n, m);
        if (value && (!control || strcmp(name, "$merge") == 0)) {
            FAIL(c, "template-syntax", m, "'%s' beside $value would be lost", name);
        } else if (!control) {
            check_text(c, m, name[0] == '$' && name[1] == '$' && name[2] != '{' ? name + 1 : name);
            check_node(c, m);
        }
    }
}

static void check_node(struct check *c, const cJSON *n)
{
    const cJSON *child;

    if (cJSON_IsString(n)) {
        check_text(c, n, n->valuestring);
    } else if (cJSON_IsObject(n)) {
        check_object(c, n);
    } else if (cJSON_IsArray(n)) {
        cJSON_ArrayForEach(child, n)
        {
            const cJSON *header = bp_json_get(child, "$each");

            if (header)
                check_each(c, child, header);
            else
                check_node(c, child);
        }
    }
}

bool bp_template_check(const cJSON *template, const cJSON *schema, bp_template_used_fn *used,
                       void *ctx, size_t *variables, struct bp_diags *d)
{
    struct check c = {.a = BP_ARENA_INIT, .schema = schema, .used = used, .ctx = ctx, .d = d};

    check_node(&c, template);
    *variables += c.count;
    bp_arena_release(&c.a);
    return !c.failed;
}

bool bp_template_check_patch(const cJSON *patch, struct bp_diags *d)
{
    struct check c = {.a = BP_ARENA_INIT, .d = d};

    check_node(&c, patch);
    bp_arena_release(&c.a);
    return !c.failed;
}
