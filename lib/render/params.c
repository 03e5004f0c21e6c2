/* Putting values in their places, and checking them all: see params.h. */
#include "render/params.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "json/pointer.h"
#include "render/params_impl.h"
#include "render/shape.h"
#include "render/text.h"

/* ---- findings ---- */

/* The characteristic that the value at `at` came from: the deepest one above it. */
static const struct bp_param *source_of(const struct bp_param_run *run, const char *at)
{
    const struct bp_param_source *best = NULL;

    for (size_t i = 0; i < run->nsources; i++) {
        const struct bp_param_source *s = &run->sources[i];

        if (bp_pointer_under(at, s->at) && (!best || strlen(s->at) >= strlen(best->at)))
            best = s;
    }
    return best ? best->item : NULL;
}

/* "parameter 'env.TZ'", or what the whole is called. */
static void subject(const struct bp_param_run *run, const char *at, struct bp_str *out)
{
    if (!*at) {
        bp_str_addf(out, "parameters of '%s'", run->q->spec->label);
        return;
    }
    bp_str_adds(out, "parameter '");
    for (const char *p = at + 1; *p; p++)
        if (*p == '~' && (p[1] == '0' || p[1] == '1'))
            bp_str_addc(out, *++p == '0' ? '~' : '/');
        else
            bp_str_addc(out, *p == '/' ? '.' : *p);
    bp_str_addc(out, '\'');
}

void bp_param_complain(struct bp_param_run *run, const char *rule, const char *at, const char *fmt,
                       ...)
{
    struct bp_str text = BP_STR_LIMIT(4096);
    va_list ap;
    const struct bp_param *p;

    run->failed = true;
    if (run->told++ >= BP_PARAM_TOLD_MAX)
        return;
    p = source_of(run, at);
    subject(run, at, &text);
    va_start(ap, fmt);
    bp_str_vaddf(&text, fmt, ap);
    va_end(ap);
    bp_diag_add(run->d, BP_ERROR, rule, p ? p->pos : run->q->pos, p ? p->pointer : run->q->pointer,
                "%s", text.s);
    bp_str_release(&text);
}

/* ---- placing ---- */

static void complain_place(struct bp_param_run *run, const struct bp_param *p, const char *hint,
                           const char *why)
{
    run->failed = true;
    if (run->told++ < BP_PARAM_TOLD_MAX) {
        bp_diag_add(run->d, BP_ERROR, "O003", p->pos, p->pointer, "parameter '%s' %s%s%s%s",
                    p->name, why, hint ? " (did you mean '" : "", hint ? hint : "",
                    hint ? "'?)" : "");
    }
}

/* Nothing is silently ignored: a name that the schema does not know is refused at the top even when
 * the schema says nothing about additional ones. */
static bool is_open(const cJSON *schema, bool top)
{
    const cJSON *more = bp_json_get(schema, "additionalProperties");

    return top ? cJSON_IsTrue(more) || cJSON_IsObject(more) : bp_shape_open(schema);
}

static bool refuse_unknown(struct bp_param_run *run, const struct bp_param *p, const cJSON *schema,
                           const char *rest)
{
    struct bp_nearest near;
    const char *end = rest + strlen(rest), *dot = strchr(rest, '.');
    const char *why = bp_arena_printf(run->a, "is not known to '%s'", run->q->spec->label);

    bp_nearest_init(&near, rest);
    bp_shape_offer(schema, &near);
    if (!near.best && dot) {
        end = dot;
        bp_nearest_init(&near, bp_arena_strndup(run->a, rest, (size_t)(dot - rest)));
        bp_shape_offer(schema, &near);
    }
    complain_place(run, p,
                   near.best ? bp_arena_printf(run->a, "%.*s%s%s", (int)(rest - p->name), p->name,
                                               near.best, end)
                             : NULL,
                   why);
    return false;
}

/* True for names such as `.X`, `X.`, `A..B` and the empty one: somebody left something out. */
static bool has_empty_part(const char *name)
{
    size_t len = strlen(name);

    return len == 0 || name[0] == '.' || name[len - 1] == '.' || strstr(name, "..");
}

static bool refuse_name(struct bp_param_run *run, const struct bp_param *p)
{
    complain_place(run, p, NULL, "has no legal name");
    return false;
}

/* Goes where the name leads; `run->at` becomes the pointer of the place, `*holder` the object it is
 * in, `*leaf` its name there, `*schema` its schema. */
static bool descend(struct bp_param_run *run, const struct bp_param *p, cJSON **holder,
                    const char **leaf, const cJSON **schema)
{
    const char *rest = p->name;
    const cJSON *sub;
    cJSON *child;
    size_t used;

    bp_str_clear(&run->at);
    for (;;) {
        enum bp_shape s = bp_shape_step(*schema, rest, strlen(rest), &sub, &used);

        if (s != BP_SHAPE_DECLARED && !is_open(*schema, rest == p->name))
            return refuse_unknown(run, p, *schema, rest);
        if (s != BP_SHAPE_DECLARED && has_empty_part(rest))
            return refuse_name(run, p);
        *leaf = bp_arena_strndup(run->a, rest, used);
        *schema = sub;
        bp_pointer_add(&run->at, *leaf);
        if (rest[used] == '\0')
            return true;
        if (!bp_shape_allows(sub, "object")) {
            complain_place(run, p, NULL, "leads into a value that is no object");
            return false;
        }
        child = bp_json_get(*holder, *leaf);
        if (!cJSON_IsObject(child))
            child = bp_json_set(run->a, *holder, *leaf, bp_json_object(run->a));
        *holder = child;
        rest += used + 1;
    }
}

/* Takes a member out, and the objects that are left empty by it: what was never given leaves no
 * trace. */
static void take_back(cJSON *given, cJSON *holder, const char *leaf)
{
    bp_json_remove(holder, leaf);
    while (holder != given && !holder->child) {
        cJSON *up = bp_json_parent(holder);

        bp_json_unlink(holder);
        holder = up;
    }
}

/* The characteristic of the order that the one in hand would silently do away with: a member of it
 * that came before. */
static const struct bp_param *lost_by(const struct bp_param_run *run, const struct bp_param *p)
{
    for (size_t i = 0; p->pointer && i < run->nsources; i++) {
        const struct bp_param_source *s = &run->sources[i];

        if (s->item->pointer && bp_pointer_under(s->at, run->at.s))
            return s->item;
    }
    return NULL;
}

static void place(struct bp_param_run *run, cJSON *given, const struct bp_param *p)
{
    cJSON *holder = given;
    const cJSON *schema = run->q->entry->schema;
    const struct bp_param *lost;
    const char *leaf;

    if (strstr(p->name, "${")) {
        refuse_name(run, p);
        return;
    }
    if (!descend(run, p, &holder, &leaf, &schema))
        return;
    lost = lost_by(run, p);
    if (lost) {
        complain_place(
            run, p, NULL,
            bp_arena_printf(run->a, "would replace '%s', which stands before it", lost->name));
        return;
    }
    run->sources[run->nsources++] =
        (struct bp_param_source){bp_arena_strdup(run->a, run->at.s), p, schema};
    if (cJSON_IsNull(p->value)) {
        take_back(given, holder, leaf);
        return;
    }
    bp_json_set(run->a, holder, leaf, bp_param_normalise(run, schema, p->value));
}

/* What was given before, without what the catalog no longer declares. */
static cJSON *begin(struct bp_param_run *run)
{
    const struct bp_params_request *q = run->q;
    const cJSON *m;
    cJSON *given = bp_json_object(run->a);

    cJSON_ArrayForEach(m, q->base)
    {
        const cJSON *sub;
        size_t used, len = strlen(m->string);
        enum bp_shape s = bp_shape_step(q->entry->schema, m->string, len, &sub, &used);
        bool kept = (s == BP_SHAPE_DECLARED && used == len) || is_open(q->entry->schema, true);

        if (kept) {
            bp_json_set(run->a, given, m->string, bp_json_copy(run->a, m));
        } else {
            bp_diag_add(run->d, BP_NOTE, "O009", q->pos, q->pointer,
                        "parameter '%s' of the base is no longer known to '%s': left out",
                        m->string, q->spec->label);
        }
    }
    return given;
}

/* ---- checking ---- */

/* What stands behind "'replicas' " in a message about member replicas; NULL when it begins
 * otherwise. */
static const char *behind_subject(const cJSON *n, const char *message)
{
    size_t len = n->string ? strlen(n->string) : 0;
    bool names = len > 0 && message[0] == '\'' && strncmp(message + 1, n->string, len) == 0 &&
                 strncmp(message + 1 + len, "' ", 2) == 0;

    if (names)
        return message + len + 3;
    return strncmp(message, "this element ", 13) == 0 ? message + 13 : NULL;
}

/* How a list or an object is given on the command line, where a value that came from there is a
 * plain text in its place; an empty text otherwise. */
static const char *json_hint(const struct bp_param_run *run, const char *at, const cJSON *node)
{
    for (size_t i = 0; i < run->nsources; i++) {
        const struct bp_param_source *s = &run->sources[i];
        bool list = bp_shape_allows(s->schema, "array");

        if (s->item->pointer || strcmp(s->at, at) != 0 || !cJSON_IsString(node))
            continue;
        if (list || bp_shape_allows(s->schema, "object"))
            return bp_arena_printf(run->a, "; write JSON: -s '%s=%s'", s->item->name,
                                   list ? "[...]" : "{...}");
    }
    return "";
}

static void on_violation(void *ctx, const struct bp_violation *v)
{
    struct bp_param_run *run = ctx;
    const char *text = bp_json_text(v->node);

    /* A reference stands for a value that nobody sees here; null stands for one already refused. */
    if ((text && bp_text_is_secret(text)) || (cJSON_IsNull(v->node) && run->failed))
        return;
    run->failed = true;
    if (run->told < BP_PARAM_TOLD_MAX) {
        const char *rest = behind_subject(v->node, v->message);
        const char *at = bp_json_pointer_of(run->a, v->node);
        const char *hint = strcmp(v->keyword, "type") == 0 ? json_hint(run, at, v->node) : "";

        bp_param_complain(run, "O003", at, "%s%s%s", rest ? " " : ": ", rest ? rest : v->message,
                          hint);
    }
}

bool bp_params_build(struct bp_arena *a, const struct bp_params_request *q, struct bp_params *out,
                     struct bp_diags *d)
{
    struct bp_param_run run = {.a = a, .q = q, .d = d, .at = BP_STR_INIT};

    if (q->count > BP_PARAMS_MAX) {
        bp_diag_add(d, BP_ERROR, "O003", q->pos, q->pointer,
                    "%zu parameters are too many: at most %d", q->count, BP_PARAMS_MAX);
        return false;
    }
    run.sources = bp_calloc(q->count + 1, sizeof *run.sources);
    out->given = begin(&run);
    for (size_t i = 0; i < q->count; i++)
        place(&run, out->given, &q->items[i]);
    bp_json_sort(out->given);
    bp_str_clear(&run.at);
    out->typed = bp_param_resolve(&run, q->entry->schema, out->given);
    bp_schema_validate(q->entry->compiled, out->typed, on_violation, &run);
    free(run.sources);
    bp_str_release(&run.at);
    return !run.failed;
}
