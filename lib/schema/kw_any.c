/* Keywords that look at any instance: type, enum, const. */
#include <string.h>

#include "json/number.h"
#include "json/write.h"
#include "schema/internal.h"

/* ---- type ---- */

static const struct {
    const char *name, *said;
    int bits;
} types[] = {
    {"null", "null", cJSON_NULL},
    {"boolean", "true or false", BP_SCHEMA_BOOLEAN},
    {"object", "an object", cJSON_Object},
    {"array", "an array", cJSON_Array},
    {"number", "a number", cJSON_Number | BP_SCHEMA_INTEGER},
    {"integer", "an integer", BP_SCHEMA_INTEGER},
    {"string", "a string", cJSON_String},
};

enum { NTYPES = sizeof types / sizeof *types };

struct type_set {
    int bits;
    const char *said; /* "a string or null" */
};

/* The index of the type that `n` names; negative when malformed. */
static int type_of(struct bp_schema_build *b, const cJSON *n)
{
    const char *text = bp_json_text(n);
    struct bp_nearest near;

    if (!text)
        return bp_schema_malformed(b, n, "is %s, must be the name of a type or a list of names",
                                   bp_json_a_type(n));
    bp_nearest_init(&near, text);
    for (int i = 0; i < NTYPES; i++) {
        if (strcmp(text, types[i].name) == 0)
            return i;
        bp_nearest_try(&near, types[i].name);
    }
    if (near.best)
        return bp_schema_malformed(b, n, "'%s' is no type (did you mean '%s'?)", text, near.best);
    return bp_schema_malformed(b, n, "'%s' is no type", text);
}

/* The alternatives of `list` in words. */
static char *say_types(struct bp_arena *a, const int *list, size_t count)
{
    struct bp_str said = BP_STR_INIT;
    char *text;

    for (size_t i = 0; i < count; i++) {
        if (i)
            bp_str_adds(&said, i + 1 == count ? " or " : ", ");
        bp_str_adds(&said, types[list[i]].said);
    }
    text = bp_arena_strndup(a, said.s, said.len);
    bp_str_release(&said);
    return text;
}

int bp_schema_compile_type(struct bp_schema_build *b, const cJSON *value, struct bp_schema_rule *r)
{
    struct type_set *set = bp_arena_zalloc(b->arena, sizeof *set);
    const cJSON *n = cJSON_IsArray(value) ? value->child : value;
    int list[NTYPES], type;
    size_t count = 0;
    bool seen[NTYPES] = {0};

    if (!n)
        return bp_schema_malformed(b, value, "the list of types is empty");
    for (; n; n = n == value ? NULL : n->next) {
        type = type_of(b, n);
        if (type < 0)
            return type;
        if (!seen[type])
            list[count++] = type;
        seen[type] = true;
        set->bits |= types[type].bits;
    }
    set->said = say_types(b->arena, list, count);
    r->data = set;
    return 0;
}

void bp_schema_check_type(struct bp_schema_run *run, const struct bp_schema_rule *r, const cJSON *n)
{
    const struct type_set *set = r->data;

    if (set->bits & n->type & BP_SCHEMA_ANY)
        return;
    if (!cJSON_IsNumber(n) || !(set->bits & BP_SCHEMA_INTEGER)) {
        bp_schema_fault(run, r, n, "is %s, must be %s", bp_json_a_type(n), set->said);
    } else if (!bp_number_is_integer(n->valuestring)) {
        bp_schema_fault(run, r, n, "is a number with a fraction, must be %s", set->said);
    }
}

/* ---- enum and const ---- */

/* Lists up to this length are searched one by one; most values are named in a message. */
enum { FEW_VALUES = 8, SHOW_VALUES = 10 };

struct value_set {
    const cJSON *list;    /* an array */
    struct bp_map *index; /* canonical text of the values; NULL when they are few */
    const char *said;     /* "'a', 'b' and 7 more" */
};

/* Equal values have equal canonical texts. */
static void index_values(struct bp_schema_build *b, struct value_set *set)
{
    struct bp_str text = BP_STR_INIT;
    const cJSON *v;

    set->index = bp_schema_new_map(b);
    cJSON_ArrayForEach(v, set->list)
    {
        bp_str_clear(&text);
        bp_json_write_canonical(v, &text);
        bp_map_put(set->index, bp_arena_strndup(b->arena, text.s, text.len), text.len);
    }
    bp_str_release(&text);
}

static char *say_values(struct bp_arena *a, const cJSON *list, size_t count)
{
    struct bp_str said = BP_STR_INIT;
    size_t i = 0;
    const cJSON *v;
    char *text;

    cJSON_ArrayForEach(v, list)
    {
        if (i == SHOW_VALUES) {
            bp_str_addf(&said, " and %zu more", count - i);
            break;
        }
        if (i++)
            bp_str_adds(&said, ", ");
        bp_schema_show(NULL, v, &said);
    }
    text = bp_arena_strndup(a, said.s, said.len);
    bp_str_release(&said);
    return text;
}

int bp_schema_compile_enum(struct bp_schema_build *b, const cJSON *value, struct bp_schema_rule *r)
{
    struct value_set *set;
    size_t count = bp_json_count(value);

    if (!cJSON_IsArray(value))
        return bp_schema_malformed(b, value, "is %s, must be an array of values",
                                   bp_json_a_type(value));
    set = bp_arena_zalloc(b->arena, sizeof *set);
    set->list = bp_json_copy(b->arena, value);
    set->said = say_values(b->arena, value, count);
    if (count > FEW_VALUES)
        index_values(b, set);
    r->data = set;
    return 0;
}

static bool is_in(struct bp_schema_run *run, const struct value_set *set, const cJSON *n)
{
    const cJSON *v;

    if (set->index) {
        bp_str_clear(&run->text);
        bp_json_write_canonical(n, &run->text);
        return bp_map_find(set->index, run->text.s, run->text.len) != NULL;
    }
    cJSON_ArrayForEach(v, set->list)
    {
        if (bp_json_equal(v, n))
            return true;
    }
    return false;
}

/* " (did you mean 'tcp'?)" when one of the values is near. */
static void suggest_value(struct bp_schema_run *run, const struct value_set *set, const cJSON *n,
                          struct bp_str *out)
{
    struct bp_nearest near;
    const cJSON *v;

    if (!cJSON_IsString(n) || bp_schema_hidden(run, n) || !bp_schema_may_search(run))
        return;
    bp_nearest_init(&near, n->valuestring);
    cJSON_ArrayForEach(v, set->list)
    {
        if (cJSON_IsString(v))
            bp_nearest_try(&near, v->valuestring);
    }
    bp_schema_show_nearest(&near, out);
}

void bp_schema_check_enum(struct bp_schema_run *run, const struct bp_schema_rule *r, const cJSON *n)
{
    const struct value_set *set = r->data;
    struct bp_str what = BP_STR_INIT, hint = BP_STR_INIT;

    if (is_in(run, set, n))
        return;
    bp_schema_show(run, n, &what);
    suggest_value(run, set, n, &hint);
    if (set->list->child)
        bp_schema_fault(run, r, n, "is %s, not one of %s%s", what.s, set->said, hint.s);
    else
        bp_schema_fault(run, r, n, "is %s, but no value is allowed", what.s);
    bp_str_release(&what);
    bp_str_release(&hint);
}

int bp_schema_compile_const(struct bp_schema_build *b, const cJSON *value, struct bp_schema_rule *r)
{
    r->data = bp_json_copy(b->arena, value);
    return 0;
}

void bp_schema_check_const(struct bp_schema_run *run, const struct bp_schema_rule *r,
                           const cJSON *n)
{
    const cJSON *value = r->data;
    struct bp_str is = BP_STR_INIT, must = BP_STR_INIT;

    if (bp_json_equal(value, n))
        return;
    bp_schema_show(run, n, &is);
    bp_schema_show(NULL, value, &must);
    bp_schema_fault(run, r, n, "is %s, must be %s", is.s, must.s);
    bp_str_release(&is);
    bp_str_release(&must);
}
