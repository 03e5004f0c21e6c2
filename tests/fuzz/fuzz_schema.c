/* A schema, and behind the first line feed an instance: no crash, the same verdict whether anybody
 * listens or not, and from the canonical text of both as from the text that was read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "json/read.h"
#include "json/write.h"
#include "schema/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* More than any message needs that quotes a text of a few thousand bytes. */
enum { MESSAGE_MAX = 1 << 16 };

static void check_text(const char *s)
{
    if (!s || !*s || strlen(s) > MESSAGE_MAX)
        abort();
}

static void count_note(void *ctx, const cJSON *keyword, const char *message)
{
    check_text(message);
    if (!keyword->string)
        abort();
    ++*(size_t *)ctx;
}

static void count_violation(void *ctx, const struct bp_violation *v)
{
    check_text(v->message);
    check_text(v->keyword);
    check_text(v->rule);
    if (!v->node || !v->pointer || !v->schema_pointer || (v->at_key && !v->node->string))
        abort();
    ++*(size_t *)ctx;
}

struct outcome {
    bool compiled;
    size_t notes, violations;
};

static struct outcome run(const cJSON *schema, const cJSON *instance)
{
    struct outcome out = {0};
    struct bp_err e = BP_ERR_INIT;
    struct bp_schema *s = bp_schema_compile(schema, count_note, &out.notes, &e);

    if (!s) {
        if (e.code >= 0)
            abort();
        check_text(e.msg);
        return (struct outcome){0};
    }
    out.compiled = true;
    if (bp_schema_validate(s, instance, count_violation, &out.violations) != (out.violations == 0))
        abort();
    if (bp_schema_validate(s, instance, NULL, NULL) != (out.violations == 0))
        abort();
    bp_schema_free(s);
    return out;
}

/* The tree of the canonical text of `n`. */
static cJSON *again(struct bp_arena *a, const cJSON *n)
{
    struct bp_str text = BP_STR_INIT;
    cJSON *back;

    bp_json_write_canonical(n, &text);
    back = bp_json_parse(a, text.s, text.len, "again", NULL);
    if (!back)
        abort();
    bp_str_release(&text);
    return back;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bp_arena a = BP_ARENA_INIT;
    const char *text = (const char *)data, *end = size ? memchr(text, '\n', size) : NULL;
    size_t len = end ? (size_t)(end - text) : size;
    cJSON *schema = bp_json_parse(&a, text, len, "schema", NULL), *instance = NULL;
    struct outcome first, second;

    if (end)
        instance = bp_json_parse(&a, end + 1, size - len - 1, "instance", NULL);
    if (schema && instance) {
        first = run(schema, instance);
        second = run(again(&a, schema), again(&a, instance));
        if (first.compiled != second.compiled || first.notes != second.notes ||
            first.violations != second.violations)
            abort();
    }
    bp_arena_release(&a);
    return 0;
}
