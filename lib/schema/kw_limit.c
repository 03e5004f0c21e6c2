/* Keywords that set a limit: to numbers, and to lengths. */
#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"
#include "json/number.h"
#include "schema/internal.h"

/* ---- numbers ---- */

int bp_schema_compile_number(struct bp_schema_build *b, const cJSON *value,
                             struct bp_schema_rule *r)
{
    if (!cJSON_IsNumber(value))
        return bp_schema_malformed(b, value, "is %s, must be a number", bp_json_a_type(value));
    r->data = bp_arena_strdup(b->arena, value->valuestring);
    return 0;
}

static void out_of_limit(struct bp_schema_run *run, const struct bp_schema_rule *r, const cJSON *n,
                         const char *text)
{
    struct bp_str is = BP_STR_INIT;

    bp_schema_show(run, n, &is);
    bp_schema_fault(run, r, n, "is %s, %s %s", is.s, text, (const char *)r->data);
    bp_str_release(&is);
}

void bp_schema_check_minimum(struct bp_schema_run *run, const struct bp_schema_rule *r,
                             const cJSON *n)
{
    if (bp_number_cmp(n->valuestring, r->data) < 0)
        out_of_limit(run, r, n, "less than the minimum");
}

void bp_schema_check_maximum(struct bp_schema_run *run, const struct bp_schema_rule *r,
                             const cJSON *n)
{
    if (bp_number_cmp(n->valuestring, r->data) > 0)
        out_of_limit(run, r, n, "more than the maximum");
}

void bp_schema_check_above(struct bp_schema_run *run, const struct bp_schema_rule *r,
                           const cJSON *n)
{
    if (bp_number_cmp(n->valuestring, r->data) <= 0)
        out_of_limit(run, r, n, "must be more than");
}

void bp_schema_check_below(struct bp_schema_run *run, const struct bp_schema_rule *r,
                           const cJSON *n)
{
    if (bp_number_cmp(n->valuestring, r->data) >= 0)
        out_of_limit(run, r, n, "must be less than");
}

/* ---- lengths ---- */

int bp_schema_compile_count(struct bp_schema_build *b, const cJSON *value, struct bp_schema_rule *r)
{
    int64_t *count = bp_arena_alloc(b->arena, sizeof *count);

    if (!cJSON_IsNumber(value) || !bp_number_is_integer(value->valuestring) ||
        bp_number_cmp(value->valuestring, "0") < 0)
        return bp_schema_malformed(b, value, "must be an integer that is not negative");
    /* No instance is longer than that. */
    if (!bp_number_to_int64(value->valuestring, count))
        *count = INT64_MAX;
    r->data = count;
    return 0;
}

static void check_least(struct bp_schema_run *run, const struct bp_schema_rule *r, const cJSON *n,
                        size_t is, const char *unit)
{
    int64_t least = *(const int64_t *)r->data;

    if ((uint64_t)is < (uint64_t)least)
        bp_schema_fault(run, r, n, "has %zu %s%s, must have at least %" PRId64, is, unit,
                        is == 1 ? "" : "s", least);
}

static void check_most(struct bp_schema_run *run, const struct bp_schema_rule *r, const cJSON *n,
                       size_t is, const char *unit)
{
    int64_t most = *(const int64_t *)r->data;

    if ((uint64_t)is > (uint64_t)most)
        bp_schema_fault(run, r, n, "has %zu %s%s, must have at most %" PRId64, is, unit,
                        is == 1 ? "" : "s", most);
}

void bp_schema_check_min_length(struct bp_schema_run *run, const struct bp_schema_rule *r,
                                const cJSON *n)
{
    check_least(run, r, n, bp_utf8_count(n->valuestring, strlen(n->valuestring)), "character");
}

void bp_schema_check_max_length(struct bp_schema_run *run, const struct bp_schema_rule *r,
                                const cJSON *n)
{
    check_most(run, r, n, bp_utf8_count(n->valuestring, strlen(n->valuestring)), "character");
}

void bp_schema_check_min_items(struct bp_schema_run *run, const struct bp_schema_rule *r,
                               const cJSON *n)
{
    check_least(run, r, n, bp_json_count(n), "element");
}

void bp_schema_check_max_items(struct bp_schema_run *run, const struct bp_schema_rule *r,
                               const cJSON *n)
{
    check_most(run, r, n, bp_json_count(n), "element");
}

void bp_schema_check_min_properties(struct bp_schema_run *run, const struct bp_schema_rule *r,
                                    const cJSON *n)
{
    check_least(run, r, n, bp_json_count(n), "member");
}

void bp_schema_check_max_properties(struct bp_schema_run *run, const struct bp_schema_rule *r,
                                    const cJSON *n)
{
    check_most(run, r, n, bp_json_count(n), "member");
}
