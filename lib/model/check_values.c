/* Values with a meaning: numbers that the server must hold, annotations of bp. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/str.h"
#include "json/diag.h"
#include "json/number.h"
#include "json/trail.h"
#include "model/check_internal.h"
#include "model/graph.h"

/* ---- numbers ---- */

/* Decimal digits that a double holds whatever they are, and digits that tell all doubles apart. */
enum { SAFE_DIGITS = 15, MOST_DIGITS = 17 };

/* The shortest decimal text that gives the double `v` back. */
static void shortest_text(double v, char *out, size_t size)
{
    for (int digits = isnormal(v) ? SAFE_DIGITS : 1; digits <= MOST_DIGITS; digits++) {
        snprintf(out, size, "%.*g", digits, v);
        if (strtod(out, NULL) == v)
            return;
    }
}

__attribute__((format(printf, 3, 4))) static void
imprecise(struct bp_diags *d, const struct bp_trail *t, const char *fmt, ...)
{
    const struct bp_check_rule *rule = &bp_check_rules[BP_RULE_NUMBER_PRECISION];
    struct bp_str pointer = BP_STR_INIT;
    va_list ap;

    if (!bp_diags_full(d))
        bp_trail_pointer(t, &pointer);
    va_start(ap, fmt);
    bp_diag_vadd(d, rule->level, rule->name, bp_json_pos(t->node), pointer.s, fmt, ap);
    va_end(ap);
    bp_str_release(&pointer);
}

static void check_number(const struct bp_trail *t, struct bp_diags *d)
{
    const char *number = t->node->valuestring;
    double v = t->node->valuedouble;
    struct bp_str back = BP_STR_INIT;
    struct bp_number parts;
    char text[40];

    bp_number_parse(number, strlen(number), &parts);
    if (parts.ndigit == 0 || (parts.ndigit <= SAFE_DIGITS && isnormal(v)))
        return;
    if (!isfinite(v)) {
        imprecise(d, t, "number is out of the range of a double: a server would refuse it");
        return;
    }
    shortest_text(v, text, sizeof text);
    if (bp_number_cmp(text, number) == 0)
        return;
    bp_number_canonical(text, &back);
    imprecise(d, t, "number does not fit a double: a server would give %s back", back.s);
    bp_str_release(&back);
}

static void walk_numbers(const struct bp_trail *t, struct bp_diags *d)
{
    struct bp_trail next = {.up = t};

    if (cJSON_IsNumber(t->node))
        check_number(t, d);
    for (next.node = t->node->child; next.node; next.node = next.node->next, next.index++) {
        if (next.node->child || cJSON_IsNumber(next.node))
            walk_numbers(&next, d);
    }
}

void bp_check_numbers(const cJSON *n, struct bp_diags *d)
{
    const struct bp_trail t = {.node = n};

    if (n)
        walk_numbers(&t, d);
}

/* ---- annotations ---- */

/* `n` is the string value of the annotation. */
typedef void annotation_fn(const cJSON *doc, const cJSON *n, struct bp_diags *d);

static bool is_own(const struct bp_identity *id, const struct bp_dependency *dep)
{
    return strlen(id->kind) == dep->kind_len && memcmp(id->kind, dep->kind, dep->kind_len) == 0 &&
           strlen(id->name) == dep->name_len && memcmp(id->name, dep->name, dep->name_len) == 0;
}

/* What is wrong with a name or kind that is `len` bytes of a list; NULL when it is fine. */
static const char *part_problem(const char *s, size_t len, struct bp_str *part)
{
    bp_str_clear(part);
    bp_str_add(part, s, len);
    return bp_name_problem(part->s);
}

static void check_depends_on(const cJSON *doc, const cJSON *n, struct bp_diags *d)
{
    const char *rest = n->valuestring, *problem;
    struct bp_str part = BP_STR_INIT;
    struct bp_dependency dep;
    struct bp_identity id;

    if (bp_document_identity(doc, &id, NULL))
        return;
    while (bp_dependency_next(&rest, id.kind, &dep)) {
        if ((problem = part_problem(dep.kind, dep.kind_len, &part)) ||
            (problem = part_problem(dep.name, dep.name_len, &part)))
            bp_broken(d, BP_RULE_DEPENDS_ON_FORM, n, "'%s': '%s' %s", BP_ANN_DEPENDS_ON, part.s,
                      problem);
        else if (is_own(&id, &dep))
            bp_broken(d, BP_RULE_DEPENDS_ON_FORM, n, "'%s' names the document itself",
                      BP_ANN_DEPENDS_ON);
    }
    bp_str_release(&part);
}

static void check_wave(const cJSON *doc, const cJSON *n, struct bp_diags *d)
{
    struct bp_err e = BP_ERR_INIT;
    int64_t wave;

    if (bp_graph_wave_of(doc, &wave, &e))
        bp_broken(d, BP_RULE_WAVE_FORM, n, "%s", e.msg);
}

static void check_prune(const cJSON *doc, const cJSON *n, struct bp_diags *d)
{
    (void)doc;
    if (strcmp(n->valuestring, "keep") != 0)
        bp_broken(d, BP_RULE_PRUNE_FORM, n, "'%s' is '%s', must be 'keep' or left out",
                  BP_ANN_PRUNE, n->valuestring);
}

static void check_ignore(const cJSON *doc, const cJSON *n, struct bp_diags *d)
{
    struct bp_ignore i = bp_ignore_of(doc);

    while (bp_ignore_next(&i)) {
        if (!bp_ignore_allowed(i.pointer.s))
            bp_broken(d, BP_RULE_IGNORE_FORM, n,
                      "'%s': '%s' must be a JSON pointer such as /spec/replicas, and not to the "
                      "identity",
                      BP_ANN_IGNORE, i.pointer.s);
    }
    if (*i.rest)
        bp_broken(d, BP_RULE_IGNORE_FORM, n,
                  "'%s' is too long: only %d pointers in %d bytes count, the rest is not ignored",
                  BP_ANN_IGNORE, BP_IGNORE_MAX, BP_IGNORE_BYTES_MAX);
    bp_ignore_release(&i);
}

static const struct {
    const char *name;
    annotation_fn *check; /* NULL: any text */
} annotations[] = {
    {BP_ANN_DEPENDS_ON, check_depends_on},
    {BP_ANN_WAVE, check_wave},
    {BP_ANN_PRUNE, check_prune},
    {BP_ANN_IGNORE, check_ignore},
    {BP_ANN_ORDER_ID, NULL},
    {BP_ANN_ORDER_ITEM, NULL},
    {BP_ANN_SERVICE_ID, NULL},
    {BP_ANN_SERVICE_NAME, NULL},
    {BP_ANN_SPECIFICATION, NULL},
    {BP_ANN_PARAMETERS, NULL},
    {BP_ANN_SITE, NULL},
    {BP_ANN_SOURCE_COMMIT, NULL},
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static void unknown_annotation(const cJSON *n, struct bp_diags *d)
{
    struct bp_nearest near;

    bp_nearest_init(&near, n->string);
    for (size_t i = 0; i < COUNT(annotations); i++)
        bp_nearest_try(&near, annotations[i].name);
    if (near.best)
        bp_broken_key(d, BP_RULE_UNKNOWN_ANNOTATION, n,
                      "annotation '%s' has no meaning (did you mean '%s'?)", n->string, near.best);
    else
        bp_broken_key(d, BP_RULE_UNKNOWN_ANNOTATION, n, "annotation '%s' has no meaning",
                      n->string);
}

static void check_annotation(const cJSON *doc, const cJSON *n, struct bp_diags *d)
{
    for (size_t i = 0; i < COUNT(annotations); i++) {
        if (strcmp(n->string, annotations[i].name) != 0)
            continue;
        if (annotations[i].check && cJSON_IsString(n))
            annotations[i].check(doc, n, d);
        return;
    }
    unknown_annotation(n, d);
}

void bp_check_annotations(const cJSON *doc, struct bp_diags *d)
{
    const cJSON *list = bp_json_path(doc, "metadata", "annotations", NULL), *m;

    cJSON_ArrayForEach(m, list)
    {
        if (m->string && strncmp(m->string, "bp/", 3) == 0)
            check_annotation(doc, m, d);
    }
}
