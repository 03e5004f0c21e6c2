/* Expansion of templates: see template.h. Recursion goes as deep as template and values do, which
 * the readers bound; the result is bounded again, so that it can be read back. */
#include "render/template.h"

#include <stdlib.h>
#include <string.h>

#include "json/input.h"
#include "json/write.h"
#include "render/expr.h"
#include "render/text.h"

struct expansion {
    struct bp_arena *a;
    struct bp_scope scope;
    struct bp_budget *budget;
    struct bp_diags *d;
    bool *failed;
    bool spent; /* the budget is used up: said once */
};

static cJSON *expand(struct expansion *x, const cJSON *n, unsigned depth);

#define FAIL(x, rule, node, ...) \
    (*(x)->failed = true, bp_json_diag((x)->d, BP_ERROR, rule, node, __VA_ARGS__))

/* Takes one node and `bytes` of text from the budget. */
static bool take(struct expansion *x, const cJSON *n, size_t bytes, unsigned depth)
{
    struct bp_budget *b = x->budget;

    if (x->spent)
        return false;
    if (b->nodes == 0 || b->bytes < bytes || depth >= BP_JSON_MAX_DEPTH) {
        x->spent = true;
        FAIL(x, "too-large", n, "the result is too large or too deep: values multiply here");
        return false;
    }
    b->nodes--;
    b->bytes -= bytes;
    return true;
}

/* A copy of a value. It gets the place `at` in the template, where it can be complained about. */
static cJSON *copy_value(struct expansion *x, const cJSON *v, const cJSON *at, unsigned depth)
{
    const char *text = cJSON_IsString(v) ? v->valuestring : NULL;
    cJSON *copy;
    const cJSON *child;

    if (!take(x, at, text ? strlen(text) : 0, depth))
        return NULL;
    if (cJSON_IsArray(v) || cJSON_IsObject(v)) {
        copy = cJSON_IsArray(v) ? bp_json_array(x->a) : bp_json_object(x->a);
        cJSON_ArrayForEach(child, v)
        {
            cJSON *c = copy_value(x, child, at, depth + 1);

            if (!c)
                return NULL;
            if (cJSON_IsArray(v))
                bp_json_append(copy, c);
            else
                bp_json_add(copy, bp_arena_strdup(x->a, child->string), c);
        }
    } else {
        copy = bp_json_copy(x->a, v);
    }
    bp_json_set_pos(copy, at);
    return copy;
}

/* `${site.x}` is the only kind of name that can be wrong only when it is looked up. */
static bool is_site_path(const char *path, size_t len)
{
    return len > 5 && memcmp(path, "site.", 5) == 0;
}

static void complain_unset(struct expansion *x, const cJSON *n, const char *path, size_t len)
{
    const cJSON *site = bp_json_get(x->scope.builtins, "site");

    if (!is_site_path(path, len)) {
        FAIL(x, "unset-variable", n,
             "'%.*s' has no value, so it can't stand inside a text: give it one, a default, or "
             "put an $if around",
             (int)len, path);
    } else if (!site) {
        FAIL(x, "unset-variable", n, "'%.*s' needs a site: use --site, or name one in the order",
             (int)len, path);
    } else {
        const char *best = bp_member_nearest(x->a, site, path + 5, len - 5);

        FAIL(x, "unset-variable", n, "site '%s' has no variable '%.*s'%s%s%s",
             bp_json_get_text(site, "name"), (int)len - 5, path + 5, best ? " (did you mean '" : "",
             best ? best : "", best ? "'?)" : "");
    }
}

/* Appends a scalar to a text. */
static void interpolate(struct expansion *x, const cJSON *n, const struct bp_part *part,
                        struct bp_str *out, size_t *secrets)
{
    const cJSON *v = bp_scope_get(&x->scope, part->s, part->len);

    if (!v) {
        complain_unset(x, n, part->s, part->len);
    } else if (cJSON_IsString(v)) {
        *secrets += bp_text_is_secret(v->valuestring);
        bp_str_adds(out, v->valuestring);
    } else if (cJSON_IsNumber(v)) {
        bp_str_adds(out, v->valuestring);
    } else if (cJSON_IsBool(v)) {
        bp_str_adds(out, cJSON_IsTrue(v) ? "true" : "false");
    } else {
        FAIL(x, "not-a-text", n, "'%.*s' is %s and can't stand inside a text", (int)part->len,
             part->s, bp_json_a_type(v));
    }
}

/* The text with its names replaced, in the arena; NULL after an error. A secret is resolved later
 * from the finished document, so no two values may make up a reference together. */
static char *expand_text(struct expansion *x, const cJSON *n, const char *text)
{
    struct bp_str out = BP_STR_LIMIT(x->budget->bytes + 1);
    struct bp_part part;
    size_t secrets = 0;
    bool was = *x->failed;
    bool fine;
    char *result;

    *x->failed = false;
    for (bp_part_next(&text, &part); part.kind != BP_PART_END; bp_part_next(&text, &part)) {
        if (part.kind == BP_PART_REF) {
            interpolate(x, n, &part, &out, &secrets);
        } else if (part.kind == BP_PART_BAD) {
            FAIL(x, "template-syntax", n, "'%.*s' is no reference: write ${name}, or $${ for '${'",
                 (int)part.len, part.s);
        } else {
            secrets += part.kind == BP_PART_SECRET;
            bp_str_add(&out, part.s, part.len);
        }
    }
    if (!*x->failed && bp_text_count_secrets(out.s) != secrets)
        FAIL(x, "O006", n, "the values in this text would make up a reference to a secret");
    fine = !*x->failed && take(x, n, out.full ? SIZE_MAX : out.len, 0);
    result = fine ? bp_arena_strndup(x->a, out.s, out.len) : NULL;
    *x->failed |= was;
    bp_str_release(&out);
    return result;
}

static cJSON *expand_string(struct expansion *x, const cJSON *n, unsigned depth)
{
    size_t len;
    const char *path = bp_text_whole_ref(n->valuestring, &len);
    cJSON *made;
    char *text;

    if (path) {
        const cJSON *v = bp_scope_get(&x->scope, path, len);

        if (!v && is_site_path(path, len))
            complain_unset(x, n, path, len);
        return v ? copy_value(x, v, n, depth) : NULL;
    }
    text = expand_text(x, n, n->valuestring);
    if (!text)
        return NULL;
    made = bp_json_string(x->a, text);
    bp_json_set_pos(made, n);
    return made;
}

/* ---- lists ---- */

static cJSON *element_value(struct expansion *x, const cJSON *v, const struct bp_loop *up,
                            const struct bp_each *each, size_t index, const cJSON *n,
                            unsigned depth)
{
    struct bp_loop item = {each->name, v, up};
    struct bp_loop at = {each->index, NULL, &item};
    cJSON *made;

    x->scope.loops = &item;
    if (each->index) {
        at.value = bp_json_integer(x->a, (int64_t)index);
        x->scope.loops = &at;
    }
    made = expand(x, n, depth);
    x->scope.loops = up;
    return made;
}

static int by_key(const void *a, const void *b)
{
    const cJSON *const *x = a, *const *y = b;

    return bp_json_key_order((*x)->string, (*y)->string);
}

/* The members of an object as a list of {key, value} in canonical order: the order in which an
 * order named them must not show. */
static const cJSON *as_list(struct expansion *x, const cJSON *object, const cJSON *at)
{
    size_t n = bp_json_count(object), i = 0;
    const cJSON **members = bp_calloc(n + 1, sizeof *members);
    const cJSON *m;
    cJSON *list = bp_json_array(x->a);

    cJSON_ArrayForEach(m, object)
    {
        members[i++] = m;
    }
    qsort(members, n, sizeof *members, by_key);
    for (i = 0; i < n; i++) {
        cJSON *value = copy_value(x, members[i], at, 0);
        cJSON *pair;

        if (!value)
            break;
        pair = bp_json_append(list, bp_json_object(x->a));
        bp_json_set_string(x->a, pair, "key", members[i]->string);
        bp_json_set(x->a, pair, "value", value);
    }
    free(members);
    return list;
}

static void expand_each(struct expansion *x, const cJSON *n, const cJSON *header, cJSON *out,
                        unsigned depth)
{
    struct bp_each each;
    struct bp_err e = BP_ERR_INIT;
    const char *text = bp_json_text(header);
    const cJSON *list;
    const struct bp_loop *up;
    const cJSON *v;
    size_t index = 0;

    if (!text || bp_each_parse(x->a, text, &each, &e) < 0) {
        FAIL(x, "template-syntax", header, "%s", text ? e.msg : "$each is not a text");
        return;
    }
    list = bp_scope_get(&x->scope, each.path, each.len);
    if (cJSON_IsObject(list)) {
        list = as_list(x, list, header);
    } else if (list && !cJSON_IsArray(list)) {
        FAIL(x, "not-a-list", header, "'%.*s' is %s; $each repeats over a list or an object",
             (int)each.len, each.path, bp_json_a_type(list));
        return;
    }
    up = x->scope.loops;
    cJSON_ArrayForEach(v, list)
    {
        cJSON *made;

        if (!take(x, n, 0, depth))
            return;
        made = element_value(x, v, up, &each, index++, n, depth);
        if (made)
            bp_json_append(out, made);
    }
}

static cJSON *expand_array(struct expansion *x, const cJSON *n, unsigned depth)
{
    cJSON *out = bp_json_array(x->a);
    const cJSON *child;

    bp_json_set_pos(out, n);
    cJSON_ArrayForEach(child, n)
    {
        const cJSON *header = bp_json_get(child, "$each");
        cJSON *made;

        if (header) {
            expand_each(x, child, header, out, depth + 1);
            continue;
        }
        made = expand(x, child, depth + 1);
        if (made)
            bp_json_append(out, made);
    }
    return out;
}

/* ---- objects ---- */

static void merge_one(struct expansion *x, const cJSON *n, cJSON *out, unsigned depth)
{
    size_t len;
    const char *text = bp_json_text(n);
    const char *path = text ? bp_text_whole_ref(text, &len) : NULL;
    const cJSON *v;
    const cJSON *m;

    if (!path) {
        FAIL(x, "template-syntax", n, "$merge takes ${name} of an object, or a list of such");
        return;
    }
    v = bp_scope_get(&x->scope, path, len);
    if (v && !cJSON_IsObject(v)) {
        FAIL(x, "not-an-object", n, "'%.*s' is %s; $merge takes objects", (int)len, path,
             bp_json_a_type(v));
        return;
    }
    cJSON_ArrayForEach(m, v)
    {
        cJSON *copy = copy_value(x, m, n, depth + 1);

        if (copy)
            bp_json_add(out, bp_arena_strdup(x->a, m->string), copy);
    }
}

static void expand_merge(struct expansion *x, const cJSON *n, cJSON *out, unsigned depth)
{
    const cJSON *child;

    if (!cJSON_IsArray(n)) {
        merge_one(x, n, out, depth);
        return;
    }
    cJSON_ArrayForEach(child, n)
    {
        merge_one(x, child, out, depth);
    }
}

/* Names can come twice: from `$merge`, and from names with `${...}` in them. `n` is the object in
 * the template. */
static void refuse_duplicates(struct expansion *x, const cJSON *n, const cJSON *object)
{
    size_t count = bp_json_count(object), i = 0;
    const cJSON **members = bp_calloc(count + 1, sizeof *members);
    const cJSON *m;

    cJSON_ArrayForEach(m, object)
    {
        members[i++] = m;
    }
    qsort(members, count, sizeof *members, by_key);
    for (i = 1; i < count; i++) {
        if (strcmp(members[i - 1]->string, members[i]->string) == 0) {
            *x->failed = true;
            bp_diag_add(x->d, BP_ERROR, "duplicate-member", bp_json_pos(members[i]),
                        bp_json_pointer_of(x->a, n), "member '%s' is there twice",
                        members[i]->string);
        }
    }
    free(members);
}

static bool is_control(const char *name)
{
    static const char *const words[] = {"$if", "$else", "$each", "$value"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    return false;
}

/* The name of a member. Nobody resolves a secret there. */
static char *expand_name(struct expansion *x, const cJSON *m, const char *name)
{
    char *made = expand_text(x, m, name);

    if (!made || bp_text_count_secrets(made) == 0)
        return made;
    FAIL(x, "O006", m, "the name of a member can't refer to a secret");
    return NULL;
}

static cJSON *expand_members(struct expansion *x, const cJSON *n, unsigned depth)
{
    cJSON *out = bp_json_object(x->a);
    const cJSON *m;
    bool computed = false;

    bp_json_set_pos(out, n);
    cJSON_ArrayForEach(m, n)
    {
        const char *name;
        cJSON *made;

        if (is_control(m->string))
            continue;
        if (strcmp(m->string, "$merge") == 0) {
            expand_merge(x, m, out, depth);
            computed = true;
            continue;
        }
        /* `$$ref` is the way to write a member that is called `$ref`. */
        bool dollars = m->string[0] == '$' && m->string[1] == '$' && m->string[2] != '{';
        name = m->string + dollars;
        if (strstr(name, "${")) {
            name = expand_name(x, m, name);
            computed = true;
        }
        made = name ? expand(x, m, depth + 1) : NULL;
        if (made)
            bp_json_add(out, bp_arena_strdup(x->a, name), made);
    }
    if (computed)
        refuse_duplicates(x, n, out);
    return out;
}

static bool condition_of(struct expansion *x, const cJSON *n)
{
    struct bp_condition c;
    struct bp_err e = BP_ERR_INIT;
    const char *text = bp_json_text(n);

    if (!text || bp_condition_parse(x->a, text, &c, &e) < 0) {
        FAIL(x, "template-syntax", n, "%s", text ? e.msg : "$if is not a text");
        return false;
    }
    return bp_condition_holds(&c, bp_scope_get(&x->scope, c.path, c.len));
}

static cJSON *expand_object(struct expansion *x, const cJSON *n, unsigned depth)
{
    const cJSON *condition = bp_json_get(n, "$if");
    const cJSON *value = bp_json_get(n, "$value");

    if (condition && !condition_of(x, condition)) {
        const cJSON *other = bp_json_get(n, "$else");

        return other ? expand(x, other, depth) : NULL;
    }
    return value ? expand(x, value, depth) : expand_members(x, n, depth);
}

static cJSON *expand(struct expansion *x, const cJSON *n, unsigned depth)
{
    if (!take(x, n, 0, depth))
        return NULL;
    if (cJSON_IsString(n))
        return expand_string(x, n, depth);
    if (cJSON_IsArray(n))
        return expand_array(x, n, depth);
    return cJSON_IsObject(n) ? expand_object(x, n, depth) : bp_json_copy(x->a, n);
}

cJSON *bp_template_expand(struct bp_arena *a, const cJSON *template, const struct bp_scope *scope,
                          struct bp_budget *budget, struct bp_diags *d, bool *failed)
{
    struct expansion x = {.a = a, .scope = *scope, .budget = budget, .d = d, .failed = failed};
    cJSON *made = expand(&x, template, 0);

    return *failed ? NULL : made;
}
