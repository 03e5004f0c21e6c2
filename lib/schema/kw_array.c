/* Keywords that look at arrays: items, uniqueItems. */
#include <string.h>

#include "json/write.h"
#include "schema/internal.h"

int bp_schema_compile_items(struct bp_schema_build *b, const cJSON *value, struct bp_schema_rule *r)
{
    if (cJSON_IsArray(value)) {
        bp_schema_note(b, value, "keyword 'items' with a list of schemas is not checked yet");
        r->applies = 0;
        return 0;
    }
    r->data = bp_schema_build_node(b, NULL, value);
    return r->data ? 0 : BP_EINPUT;
}

void bp_schema_check_items(struct bp_schema_run *run, const struct bp_schema_rule *r,
                           const cJSON *n)
{
    size_t index = 0;
    const cJSON *item;

    cJSON_ArrayForEach(item, n)
    {
        bp_schema_check(run, r->data, item, index++);
        if (run->failed && run->stop)
            return;
    }
}

int bp_schema_compile_unique_items(struct bp_schema_build *b, const cJSON *value,
                                   struct bp_schema_rule *r)
{
    if (!cJSON_IsBool(value))
        return bp_schema_malformed(b, value, "is %s, must be true or false", bp_json_a_type(value));
    if (cJSON_IsFalse(value))
        r->applies = 0;
    return 0;
}

static void repeated(struct bp_schema_run *run, const struct bp_schema_rule *r, const cJSON *item,
                     size_t index, size_t first)
{
    const struct bp_trail *outer = run->trail, here = {outer, item, index};

    run->trail = &here;
    bp_schema_fault(run, r, item, "is the same as element %zu, all must differ", first);
    run->trail = outer;
}

/* Equal elements have equal canonical texts, so one pass with a hash finds them. */
void bp_schema_check_unique_items(struct bp_schema_run *run, const struct bp_schema_rule *r,
                                  const cJSON *n)
{
    struct bp_map seen = BP_MAP_INIT;
    struct bp_arena texts = BP_ARENA_INIT;
    struct bp_str text = BP_STR_INIT;
    size_t count = 0;
    const cJSON *item;

    if (!n->child || !n->child->next)
        return;
    cJSON_ArrayForEach(item, n)
    {
        struct bp_map_entry *e;

        bp_str_clear(&text);
        bp_json_write_canonical(item, &text);
        e = bp_map_find(&seen, text.s, text.len);
        if (e)
            repeated(run, r, item, count, (size_t)(uintptr_t)e->value);
        else
            bp_map_put(&seen, bp_arena_strndup(&texts, text.s, text.len), text.len)->value =
                (void *)(uintptr_t)count;
        count++;
    }
    bp_str_release(&text);
    bp_arena_release(&texts);
    bp_map_release(&seen);
}
