/* Reading site files: see site.h. */
#include "render/site.h"

#include <string.h>

#include "base/nearest.h"
#include "json/input.h"
#include "model/order.h"
#include "render/shape.h"
#include "render/text.h"
#include "schema/schema.h"

struct site_read {
    struct bp_arena *a;
    struct bp_diags *d;
    bool failed;
};

#define FAIL(s, node, ...) \
    ((s)->failed = true, bp_json_diag((s)->d, BP_ERROR, "site", node, __VA_ARGS__))

static void add_builtins(struct bp_arena *a, cJSON *variables, const struct bp_site *site)
{
    bp_json_set_string(a, variables, "name", site->name);
    bp_json_set_string(a, variables, "location", site->location);
}

struct bp_site *bp_site_plain(struct bp_arena *a, const char *name)
{
    struct bp_site *site = bp_arena_zalloc(a, sizeof *site);
    cJSON *variables = bp_json_object(a);

    site->name = site->location = bp_arena_strdup(a, name);
    add_builtins(a, variables, site);
    site->variables = variables;
    return site;
}

static void on_violation(void *ctx, const struct bp_violation *v)
{
    struct site_read *s = ctx;

    FAIL(s, v->node, "%s", v->message);
}

/* Puts defaults in, those of members too: an object that nobody gave is there when a member of it
 * has a default. */
static void put_defaults(struct bp_arena *a, cJSON *object, const cJSON *schema)
{
    const cJSON *p;

    cJSON_ArrayForEach(p, bp_json_get(schema, "properties"))
    {
        const cJSON *value = bp_json_get(p, "default");
        cJSON *member = bp_json_get(object, p->string);
        cJSON *made = member ? member : value ? bp_json_copy(a, value) : bp_json_object(a);

        if (cJSON_IsObject(made))
            put_defaults(a, made, p);
        if (!member && (value || made->child))
            bp_json_set_pos(bp_json_set(a, object, p->string, made), object);
    }
}

/* Where the schema itself refuses others, checking by it says so. */
static void refuse_undeclared(struct site_read *s, const cJSON *variables, const cJSON *schema)
{
    const cJSON *v, *properties = bp_json_get(schema, "properties");

    if (bp_shape_open(schema) || bp_json_get(schema, "additionalProperties"))
        return;
    cJSON_ArrayForEach(v, variables)
    {
        struct bp_nearest near;

        if (bp_json_get(properties, v->string))
            continue;
        bp_nearest_init(&near, v->string);
        bp_shape_offer(schema, &near);
        FAIL(s, v, "site variable '%s' is not declared in the schema of the sites%s%s%s", v->string,
             near.best ? " (did you mean '" : "", near.best ? near.best : "",
             near.best ? "'?)" : "");
    }
}

static void check_schema(struct site_read *s, cJSON *variables, const cJSON *schema)
{
    struct bp_err e = BP_ERR_INIT;
    struct bp_schema *compiled = bp_schema_compile(schema, NULL, NULL, &e);

    put_defaults(s->a, variables, schema);
    refuse_undeclared(s, variables, schema);
    if (!compiled) {
        s->failed = true;
        bp_diag_add_err(s->d, "site", &e);
        return;
    }
    bp_schema_validate(compiled, variables, on_violation, s);
    bp_schema_free(compiled);
}

/* Everybody can read site variables. `named`: a name above says that this is a secret. */
static void check_secrets(struct site_read *s, const cJSON *v, bool named)
{
    const char *text = bp_json_text(v);
    const cJSON *child;

    named = named || (v->string && bp_secret_name(v->string));
    if (text && !bp_text_is_secret(text) &&
        (strncmp(text, "secretref:", 10) == 0 || bp_text_count_secrets(text) > 0)) {
        FAIL(s, v, "a reference to a secret is written ${secret:PATH} here, as the whole value");
    } else if (named && (cJSON_IsNumber(v) || (text && *text && !bp_text_is_secret(text)))) {
        FAIL(s, v,
             "site variable '%s' looks like a literal secret: site variables are readable by all; "
             "write ${secret:PATH}",
             v->string ? v->string : "of this list");
    }
    cJSON_ArrayForEach(child, v)
    {
        check_secrets(s, child, named);
    }
}

static void check_variable(struct site_read *s, const cJSON *v)
{
    if (!bp_text_is_name(v->string, strlen(v->string))) {
        FAIL(s, v, "site variable '%s' has no legal name: letters, digits and _-./", v->string);
    } else if (strcmp(v->string, "name") == 0 || strcmp(v->string, "location") == 0) {
        FAIL(s, v, "site variable '%s' has a meaning already: call it otherwise", v->string);
    } else {
        check_secrets(s, v, false);
    }
}

static const cJSON *read_variables(struct site_read *s, const struct bp_site *site,
                                   const cJSON *file, const cJSON *schema)
{
    const cJSON *given = bp_json_get(file, "variables");
    const cJSON *v;
    cJSON *variables;

    if (given && !cJSON_IsObject(given)) {
        FAIL(s, given, "'variables' is no object");
        given = NULL;
    }
    variables = given ? bp_json_copy(s->a, given) : bp_json_object(s->a);
    bp_json_set_pos(variables, given ? given : file);
    if (schema)
        check_schema(s, variables, schema);
    else if (variables->child)
        bp_json_diag(s->d, BP_WARNING, "site", given,
                     "no sites/schema.yaml declares these variables: nothing checks them");
    cJSON_ArrayForEach(v, variables)
    {
        check_variable(s, v);
    }
    add_builtins(s->a, variables, site);
    return variables;
}

static void check_members(struct site_read *s, const cJSON *object, const char *const *known,
                          size_t nknown)
{
    const cJSON *m;

    cJSON_ArrayForEach(m, object)
    {
        bool found = false;
        const char *best;

        for (size_t i = 0; i < nknown; i++)
            found = found || strcmp(known[i], m->string) == 0;
        best = found ? NULL : bp_nearest_of(m->string, known, nknown);
        if (!found && best)
            FAIL(s, m, "unknown member '%s' (did you mean '%s'?)", m->string, best);
        else if (!found)
            FAIL(s, m, "unknown member '%s'", m->string);
    }
}

/* A match that is not understood would be one of everything. */
static void check_match(struct site_read *s, const cJSON *match)
{
    static const char *const matches[] = {"kind", "name", "labels"};
    const cJSON *m, *label;

    if (match && !cJSON_IsObject(match)) {
        FAIL(s, match, "'match' is an object with kind, name and labels");
        return;
    }
    check_members(s, match, matches, sizeof matches / sizeof *matches);
    cJSON_ArrayForEach(m, match)
    {
        bool labels = strcmp(m->string, "labels") == 0;

        if (labels ? !cJSON_IsObject(m) : !cJSON_IsString(m))
            FAIL(s, m, "'%s' is %s", m->string, labels ? "an object of texts" : "a text");
        cJSON_ArrayForEach(label, m)
        {
            if (!cJSON_IsString(label))
                FAIL(s, label, "a label is a text");
        }
    }
}

static const cJSON *read_overlays(struct site_read *s, const cJSON *file)
{
    static const char *const members[] = {"match", "patch", "description"};
    const cJSON *overlays = bp_json_get(file, "overlays"), *o;

    if (overlays && !cJSON_IsArray(overlays)) {
        FAIL(s, overlays, "'overlays' is no list");
        return NULL;
    }
    cJSON_ArrayForEach(o, overlays)
    {
        const cJSON *patch = bp_json_get(o, "patch");

        if (!cJSON_IsObject(patch))
            FAIL(s, o, "an overlay needs an object 'patch'");
        else if (!bp_template_check_patch(patch, s->d))
            s->failed = true;
        check_members(s, o, members, sizeof members / sizeof *members);
        check_match(s, bp_json_get(o, "match"));
    }
    return overlays;
}

struct bp_site *bp_site_read(struct bp_arena *a, const char *name, const cJSON *file,
                             const cJSON *schema, struct bp_diags *d)
{
    static const char *const members[] = {"location", "variables", "overlays", "description"};
    struct site_read s = {.a = a, .d = d};
    struct bp_site *site = bp_arena_zalloc(a, sizeof *site);
    const cJSON *location = bp_json_get(file, "location");

    if (!cJSON_IsObject(file)) {
        FAIL(&s, file, "a site file is an object with location, variables and overlays");
        return NULL;
    }
    check_members(&s, file, members, sizeof members / sizeof *members);
    if (location && !(cJSON_IsString(location) && location->valuestring[0]))
        FAIL(&s, location, "'location' is no text");
    site->name = bp_arena_strdup(a, name);
    site->location = cJSON_IsString(location) ? location->valuestring : site->name;
    site->variables = read_variables(&s, site, file, schema);
    site->overlays = read_overlays(&s, file);
    return s.failed ? NULL : site;
}
