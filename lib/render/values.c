/* One value at a time: normalising and typing. See params.h for the two steps. */
#include <string.h>

#include "base/nearest.h"
#include "json/number.h"
#include "json/pointer.h"
#include "json/read.h"
#include "model/order.h"
#include "render/form.h"
#include "render/params_impl.h"
#include "render/shape.h"
#include "render/text.h"

#define SECRETREF "secretref:"
#define SECRET_OPEN "${secret:"

/* What stands in for a secret that was refused, so that nothing more is said about it. */
static cJSON *refused(struct bp_param_run *run)
{
    return bp_json_string(run->a, "${secret:refused}");
}

static cJSON *complain_secret(struct bp_param_run *run, const char *text)
{
    bp_param_complain(run, "O006", run->at.s, " %s", text);
    return refused(run);
}

/* True when the schema or the name of the value in hand says that it is a secret. */
static bool is_secret(const struct bp_param_run *run, const cJSON *schema)
{
    const char *name = strrchr(run->at.s, '/');

    return bp_shape_secret(schema) || (name && bp_secret_name(name + 1));
}

/* The same for a value that is given, where a name above counts as well: {"secrets": {"db": ...}}.
 */
static bool is_given_secret(struct bp_param_run *run, const cJSON *schema)
{
    const char *p = run->at.s;

    if (is_secret(run, schema))
        return true;
    while (*p) {
        size_t len = strcspn(p + 1, "/");

        if (bp_secret_name(bp_arena_strndup(run->a, p + 1, len)))
            return true;
        p += 1 + len;
    }
    return false;
}

static cJSON *complain_literal(struct bp_param_run *run)
{
    return complain_secret(run, "is a secret and has a literal value: give a reference, "
                                "secretref:SCOPE/PATH#KEY");
}

/* ---- text as a type ---- */

static bool is_number_text(const char *text, size_t len)
{
    return len > 0 && bp_number_scan(text, len) == len;
}

static cJSON *number_of(struct bp_param_run *run, const cJSON *schema, const char *text)
{
    size_t len = strlen(text);
    bool any = bp_shape_allows(schema, "number");

    if (!(any || bp_shape_allows(schema, "integer")) || !is_number_text(text, len))
        return NULL;
    return any || bp_number_is_integer(text) ? bp_json_number(run->a, text, len) : NULL;
}

/* What a text is read as when the schema wants no text; NULL when it can't be read as anything
 * wanted. */
static cJSON *typed_text(struct bp_param_run *run, const cJSON *schema, const char *text)
{
    cJSON *made;

    if (!schema || bp_shape_allows(schema, "string"))
        return NULL;
    made = number_of(run, schema, text);
    if (!made && bp_shape_allows(schema, "boolean") &&
        (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
        made = bp_json_bool(run->a, text[0] == 't');
    return made;
}

/* True when a text can only be meant as the JSON text of a list or an object. */
static bool is_structure_text(const cJSON *schema, const char *text)
{
    const char *type = text[0] == '[' ? "array" : text[0] == '{' ? "object" : NULL;

    return type && schema && !bp_form_of(schema) && !bp_shape_allows(schema, "string") &&
           bp_shape_allows(schema, type);
}

/* A number or a truth value where the schema wants a text: environment variables are texts. */
static cJSON *scalar_as_wanted(struct bp_param_run *run, const cJSON *schema, const cJSON *v)
{
    bool wants = schema && bp_shape_allows(schema, "string");

    if (cJSON_IsNumber(v) && wants && !bp_shape_allows(schema, "number") &&
        !bp_shape_allows(schema, "integer"))
        return bp_json_string(run->a, v->valuestring);
    if (cJSON_IsBool(v) && wants && !bp_shape_allows(schema, "boolean"))
        return bp_json_string(run->a, cJSON_IsTrue(v) ? "true" : "false");
    return bp_json_copy(run->a, v);
}

/* ---- lists, the same way in both steps ---- */

typedef cJSON *step_fn(struct bp_param_run *run, const cJSON *schema, const cJSON *value);

/* {value, alias} around an element, where an order's reader left it on. */
static const cJSON *unwrap(const cJSON *schema, const cJSON *element)
{
    const cJSON *value = bp_json_get(element, "value");
    bool wrapped = value && !bp_json_get(bp_json_get(schema, "properties"), "value") &&
                   bp_json_count(element) == (bp_json_get(element, "alias") ? 2u : 1u);

    return wrapped ? value : element;
}

static cJSON *each_element(struct bp_param_run *run, const cJSON *schema, const cJSON *v,
                           step_fn *step)
{
    const cJSON *items = bp_shape_items(schema), *child;
    cJSON *list = bp_json_array(run->a);
    size_t len = run->at.len, i = 0;

    cJSON_ArrayForEach(child, v)
    {
        bp_pointer_add_index(&run->at, i++);
        bp_json_append(list, step(run, items, unwrap(items, child)));
        bp_str_cut(&run->at, len);
    }
    return list;
}

/* ---- references to secrets ---- */

/* The PATH of `secretref:PATH` or `${secret:PATH}`, in the arena; NULL for any other text. */
static const char *secret_path(struct bp_param_run *run, const char *text)
{
    size_t prefix = strlen(SECRETREF), open = strlen(SECRET_OPEN), len = strlen(text);

    if (bp_text_is_secret(text))
        return bp_arena_strndup(run->a, text + open, len - open - 1);
    if (strncmp(text, SECRETREF, prefix) == 0 &&
        bp_text_is_secret_path(text + prefix, len - prefix))
        return text + prefix;
    return NULL;
}

/* What is wrong with a text that begins like a reference, or holds one; NULL when nothing is. */
static const char *reference_problem(const char *text)
{
    if (strncmp(text, SECRETREF, strlen(SECRETREF)) == 0)
        return "must refer to a secret as secretref:SCOPE/PATH#KEY of letters, digits and ._/#@+-";
    return bp_text_count_secrets(text) > 0 ? "holds a reference to a secret, which must be the "
                                             "whole value and well formed"
                                           : NULL;
}

/* ---- the first step ---- */

/* It is taken apart before anything in it is replaced, so that nothing can break out of its place.
 */
static cJSON *normalise_structure(struct bp_param_run *run, const cJSON *schema, const char *text)
{
    cJSON *tree = bp_json_parse(run->a, text, strlen(text), NULL, NULL);

    if (tree)
        return bp_param_normalise(run, schema, tree);
    bp_param_complain(run, "O003", run->at.s, " is no well-formed JSON %s",
                      text[0] == '[' ? "array" : "object");
    return bp_json_null(run->a);
}

static cJSON *normalise_text(struct bp_param_run *run, const cJSON *schema, const char *text)
{
    const char *path = secret_path(run, text), *problem = reference_problem(text);
    cJSON *typed = NULL;

    /* The annotation must not hold what bp-apply would resolve in it. */
    if (path)
        return bp_json_string(run->a, bp_arena_printf(run->a, SECRETREF "%s", path));
    if (is_structure_text(schema, text) && !bp_shape_secret(schema))
        return normalise_structure(run, schema, text);
    if (problem)
        return complain_secret(run, problem);
    if (*text && is_given_secret(run, schema))
        return complain_literal(run);
    if (!bp_text_has_site_ref(text) && !bp_form_of(schema))
        typed = typed_text(run, schema, text);
    return typed ? typed : bp_json_string(run->a, text);
}

static void refuse_unknown(struct bp_param_run *run, const cJSON *schema, const char *name)
{
    struct bp_nearest near;

    bp_nearest_init(&near, name);
    bp_shape_offer(schema, &near);
    bp_param_complain(run, "O003", run->at.s, " is not known to '%s'%s%s%s", run->q->spec->label,
                      near.best ? " (did you mean '" : "", near.best ? near.best : "",
                      near.best ? "'?)" : "");
}

static cJSON *normalise_object(struct bp_param_run *run, const cJSON *schema, const cJSON *value)
{
    const cJSON *child, *properties = bp_json_get(schema, "properties");
    bool open = bp_shape_open(schema);
    cJSON *known = bp_json_object(run->a);
    size_t len = run->at.len;

    cJSON_ArrayForEach(child, value)
    {
        bp_pointer_add(&run->at, child->string);
        if (bp_text_count_secrets(child->string) > 0)
            complain_secret(run, "refers to a secret in the name of a member");
        else if (!open && !bp_json_get(properties, child->string))
            refuse_unknown(run, schema, child->string);
        else
            bp_json_add(known, bp_arena_strdup(run->a, child->string),
                        bp_param_normalise(run, bp_shape_member(schema, child->string), child));
        bp_str_cut(&run->at, len);
    }
    return known;
}

cJSON *bp_param_normalise(struct bp_param_run *run, const cJSON *schema, const cJSON *value)
{
    if (cJSON_IsString(value))
        return normalise_text(run, schema, value->valuestring);
    if (bp_shape_secret(schema) || (cJSON_IsNumber(value) && is_given_secret(run, schema)))
        return complain_literal(run);
    if (cJSON_IsArray(value))
        return each_element(run, schema, value, bp_param_normalise);
    return cJSON_IsObject(value) ? normalise_object(run, schema, value)
                                 : scalar_as_wanted(run, schema, value);
}

/* ---- the second step ---- */

static const cJSON *site_variable(struct bp_param_run *run, const char *name, size_t len)
{
    const struct bp_site *site = run->q->site;
    const cJSON *v = site ? bp_member_path(site->variables, name, len) : NULL;

    if (!site) {
        bp_param_complain(run, "O003", run->at.s,
                          ": '${site.%.*s}' needs a site: use --site, or name one in the order",
                          (int)len, name);
    } else if (!v) {
        const char *best = run->told < BP_PARAM_TOLD_MAX
                               ? bp_member_nearest(run->a, site->variables, name, len)
                               : NULL;

        bp_param_complain(run, "O003", run->at.s, ": site '%s' has no variable '%.*s'%s%s%s",
                          site->name, (int)len, name, best ? " (did you mean '" : "",
                          best ? best : "", best ? "'?)" : "");
    }
    return v;
}

static void add_variable(struct bp_param_run *run, struct bp_str *out, const char *name, size_t len)
{
    const cJSON *v = site_variable(run, name, len);

    if (cJSON_IsString(v) || cJSON_IsNumber(v)) {
        bp_str_adds(out, v->valuestring);
    } else if (cJSON_IsBool(v)) {
        bp_str_adds(out, cJSON_IsTrue(v) ? "true" : "false");
    } else if (v) {
        bp_param_complain(run, "O003", run->at.s,
                          ": site variable '%.*s' is %s and can't stand inside a text", (int)len,
                          name, bp_json_a_type(v));
    }
}

/* The text with its `${site.x}` replaced, or the variable itself where the text is nothing else.
 * What a variable holds is not looked at again. */
static cJSON *with_site(struct bp_param_run *run, const char *text)
{
    const char *name, *end, *p = text;
    size_t len;
    bool escaped;
    cJSON *made;
    struct bp_str out = BP_STR_INIT;
    const char *ref = bp_text_site_ref(p, &name, &len, &end, &escaped);

    if (ref == text && !escaped && *end == '\0') {
        const cJSON *v = site_variable(run, name, len);

        return v ? bp_json_copy(run->a, v) : bp_json_string(run->a, text);
    }
    for (; ref; ref = bp_text_site_ref(p, &name, &len, &end, &escaped)) {
        bp_str_add(&out, p, (size_t)(ref - p));
        if (escaped) {
            bp_str_adds(&out, "${site.");
            end = name;
        } else {
            add_variable(run, &out, name, len);
        }
        p = end;
    }
    bp_str_adds(&out, p);
    made = bp_json_stringn(run->a, out.s, out.len);
    bp_str_release(&out);
    return made;
}

/* True when a member is a secret, so that the text of the whole is not for messages. */
static bool has_secret_member(const cJSON *schema)
{
    const cJSON *p;

    cJSON_ArrayForEach(p, bp_json_get(schema, "properties"))
    {
        if (bp_shape_secret(p) || bp_secret_name(p->string))
            return true;
    }
    return false;
}

static cJSON *resolve_form(struct bp_param_run *run, const cJSON *schema, const char *text)
{
    cJSON *object = bp_form_split(run->a, schema, text);

    if (!object) {
        bp_param_complain(run, "O003", run->at.s, ": '%s' does not fit the form '%s'",
                          has_secret_member(schema) ? "..." : text, bp_form_example(schema));
        return bp_json_null(run->a);
    }
    return bp_param_resolve(run, schema, object);
}

static cJSON *resolve_text(struct bp_param_run *run, const cJSON *schema, const char *text)
{
    const char *path = secret_path(run, text), *problem = reference_problem(text);
    cJSON *made, *typed;

    if (path)
        return bp_json_string(run->a, bp_arena_printf(run->a, SECRET_OPEN "%s}", path));
    if (problem)
        return complain_secret(run, problem);
    if (bp_form_of(schema))
        return resolve_form(run, schema, text);
    made = with_site(run, text);
    if (!cJSON_IsString(made))
        return scalar_as_wanted(run, schema, made);
    text = made->valuestring;
    if (bp_text_is_secret(text))
        return made;
    if ((*text && is_secret(run, schema)) || bp_text_count_secrets(text) > 0)
        return complain_secret(run, "must be a reference to a secret, and nothing else");
    typed = typed_text(run, schema, text);
    return typed ? typed : made;
}

/* `${secret:NAME/PATH}` for the value at `run->at`: PATH is its pointer, dotted. */
static cJSON *own_secret(struct bp_param_run *run)
{
    struct bp_str text = BP_STR_INIT;
    cJSON *made;

    bp_str_addf(&text, SECRET_OPEN "%s/", run->q->document_name);
    for (const char *p = run->at.s + 1; *p; p++)
        bp_str_addc(&text, *p == '/' ? '.' : *p);
    bp_str_addc(&text, '}');
    made = bp_json_string(run->a, text.s);
    if (!bp_text_is_secret(text.s))
        made = complain_secret(run, "has a name that no secret can have");
    bp_str_release(&text);
    return made;
}

static void fill(struct bp_param_run *run, const cJSON *schema, cJSON *object);

/* The value of a property that nobody gave; NULL for none. */
static cJSON *value_of_absent(struct bp_param_run *run, const cJSON *schema)
{
    const cJSON *value = bp_json_get(schema, "default");
    cJSON *object;

    if (value)
        return bp_param_resolve(run, schema, value);
    if (bp_shape_secret(schema))
        return own_secret(run);
    if (!bp_json_get(schema, "properties") || bp_form_of(schema))
        return NULL;
    object = bp_json_object(run->a);
    fill(run, schema, object);
    return object->child ? object : NULL;
}

static void fill(struct bp_param_run *run, const cJSON *schema, cJSON *object)
{
    const cJSON *p;
    size_t len = run->at.len;

    cJSON_ArrayForEach(p, bp_json_get(schema, "properties"))
    {
        cJSON *made;

        if (bp_json_get(object, p->string))
            continue;
        bp_pointer_add(&run->at, p->string);
        made = value_of_absent(run, p);
        if (made)
            bp_json_set(run->a, object, p->string, made);
        bp_str_cut(&run->at, len);
    }
}

static cJSON *resolve_members(struct bp_param_run *run, const cJSON *schema, const cJSON *v)
{
    const cJSON *child;
    cJSON *object = bp_json_object(run->a);
    size_t len = run->at.len;

    cJSON_ArrayForEach(child, v)
    {
        bp_pointer_add(&run->at, child->string);
        bp_json_add(object, bp_arena_strdup(run->a, child->string),
                    bp_param_resolve(run, bp_shape_member(schema, child->string), child));
        bp_str_cut(&run->at, len);
    }
    return object;
}

cJSON *bp_param_resolve(struct bp_param_run *run, const cJSON *schema, const cJSON *value)
{
    cJSON *object;

    if (cJSON_IsString(value))
        return resolve_text(run, schema, value->valuestring);
    if (bp_shape_secret(schema))
        return complain_secret(run, "must be a reference to a secret, and nothing else");
    if (cJSON_IsArray(value))
        return each_element(run, schema, value, bp_param_resolve);
    if (!cJSON_IsObject(value))
        return scalar_as_wanted(run, schema, value);
    object = resolve_members(run, schema, value);
    fill(run, schema, object);
    return object;
}
