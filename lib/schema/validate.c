/* Running a compiled schema over an instance, and telling what is wrong with it. */
#include <stdarg.h>
#include <string.h>

#include "base/utf8.h"
#include "json/write.h"
#include "model/order.h"
#include "schema/internal.h"

/* Most bytes of a value in a message, and most searches for the nearest word in one run: a large
 * instance full of faults must not cost more than reading it. */
enum { SHOW_MAX = 60, SUGGESTIONS_MAX = 100 };

/* What a schema that is `false` breaks. */
static const struct bp_schema_keyword nothing = {
    .name = "false", .rule = "schema-false", .applies = BP_SCHEMA_ANY};

/* Passes the text of the run on as the message. `n` is the instance being checked or a member of
 * it. */
static void deliver(struct bp_schema_run *run, const struct bp_schema_rule *r, const cJSON *n,
                    bool at_key)
{
    const struct bp_trail member = {run->trail, n, 0};
    struct bp_violation v = {.node = n, .at_key = at_key};

    bp_str_clear(&run->pointer);
    bp_trail_pointer(n == run->trail->node ? run->trail : &member, &run->pointer);
    v.pointer = run->pointer.s;
    v.keyword = r->keyword->name;
    v.rule = r->keyword->rule;
    bp_str_clear(&run->schema_pointer);
    bp_schema_add_pointer(r->place, &run->schema_pointer);
    v.schema_pointer = run->schema_pointer.s;
    v.message = run->text.s;
    run->fn(run->ctx, &v);
}

void bp_schema_violation(struct bp_schema_run *run, const struct bp_schema_rule *r, const cJSON *n,
                         bool at_key, const char *fmt, ...)
{
    va_list ap;

    run->failed = true;
    if (run->stop)
        return;
    bp_str_clear(&run->text);
    va_start(ap, fmt);
    bp_str_vaddf(&run->text, fmt, ap);
    va_end(ap);
    deliver(run, r, n, at_key);
}

void bp_schema_fault(struct bp_schema_run *run, const struct bp_schema_rule *r, const cJSON *n,
                     const char *fmt, ...)
{
    va_list ap;

    run->failed = true;
    if (run->stop)
        return;
    bp_str_clear(&run->text);
    if (n->string)
        bp_str_addf(&run->text, "'%s' ", n->string);
    else
        bp_str_adds(&run->text, bp_json_parent(n) ? "this element " : "the value ");
    va_start(ap, fmt);
    bp_str_vaddf(&run->text, fmt, ap);
    va_end(ap);
    deliver(run, r, n, false);
}

static void show_text(const char *s, size_t len, struct bp_str *out)
{
    size_t cut = len > SHOW_MAX ? bp_utf8_cut(s, SHOW_MAX) : len;

    bp_str_add(out, s, cut);
    if (cut < len)
        bp_str_adds(out, "...");
}

bool bp_schema_hidden(const struct bp_schema_run *run, const cJSON *n)
{
    return run->secret || (n->string && bp_secret_name(n->string));
}

void bp_schema_show(const struct bp_schema_run *run, const cJSON *n, struct bp_str *out)
{
    struct bp_str text = BP_STR_INIT;

    if (run && bp_schema_hidden(run, n)) {
        bp_str_adds(out, "a hidden value");
    } else if (cJSON_IsString(n)) {
        bp_str_addc(out, '\'');
        show_text(n->valuestring, strlen(n->valuestring), out);
        bp_str_addc(out, '\'');
    } else if (run && (cJSON_IsObject(n) || cJSON_IsArray(n))) {
        /* Of any size: its type says enough. */
        bp_str_adds(out, bp_json_a_type(n));
    } else {
        bp_json_write(n, &text);
        show_text(text.s, text.len, out);
        bp_str_release(&text);
    }
}

void bp_schema_show_nearest(const struct bp_nearest *near, struct bp_str *out)
{
    if (near->best)
        bp_str_addf(out, " (did you mean '%s'?)", near->best);
}

bool bp_schema_may_search(struct bp_schema_run *run)
{
    if (run->stop || run->suggestions == 0)
        return false;
    run->suggestions--;
    return true;
}

static void check_false(struct bp_schema_run *run, const struct bp_schema_node *node,
                        const cJSON *n)
{
    struct bp_schema_rule r = {.keyword = &nothing, .place = node->place};

    if (n->string)
        bp_schema_violation(run, &r, n, true, "member '%s' is not allowed here", n->string);
    else
        bp_schema_violation(run, &r, n, false, "nothing is allowed here");
}

static void check_rules(struct bp_schema_run *run, const struct bp_schema_node *node,
                        const cJSON *n)
{
    for (size_t i = 0; i < node->nrules; i++) {
        const struct bp_schema_rule *r = &node->rules[i];

        if (!(r->applies & n->type))
            continue;
        r->check(run, r, n);
        if (run->failed && run->stop)
            return;
    }
}

void bp_schema_check(struct bp_schema_run *run, const struct bp_schema_node *node, const cJSON *n,
                     size_t index)
{
    const struct bp_trail *outer = run->trail, here = {outer, n, index};

    run->trail = &here;
    run->secret += node->secret;
    if (node->form == BP_SCHEMA_FALSE)
        check_false(run, node, n);
    else
        check_rules(run, node, n);
    run->secret -= node->secret;
    run->trail = outer;
}

bool bp_schema_validate(const struct bp_schema *s, const cJSON *instance, bp_violation_fn *fn,
                        void *ctx)
{
    struct bp_schema_run run = {.fn = fn, .ctx = ctx, .stop = !fn};

    run.text = (struct bp_str)BP_STR_INIT;
    run.pointer = run.schema_pointer = (struct bp_str)BP_STR_INIT;
    run.suggestions = SUGGESTIONS_MAX;
    bp_schema_check(&run, s->root, instance, 0);
    bp_str_release(&run.text);
    bp_str_release(&run.pointer);
    bp_str_release(&run.schema_pointer);
    return !run.failed;
}
