/* Definitions of kinds: see definition.h. */
#include "model/definition.h"

#include "model/document.h"

/* The object `name` of `obj`. */
static int get_object(const cJSON *obj, const char *name, const char *what, const cJSON **out,
                      struct bp_err *e)
{
    *out = bp_json_get(obj, name);
    if (!*out)
        return bp_err_at(e, BP_EINPUT, bp_json_pos(obj), "the definition has no '%s'", what);
    if (!cJSON_IsObject(*out))
        return bp_err_at(e, BP_EINPUT, bp_json_pos(*out), "'%s' is %s, must be an object", what,
                         bp_json_a_type(*out));
    return 0;
}

static int read_kind(const cJSON *names, struct bp_definition *def, struct bp_err *e)
{
    const cJSON *n = bp_json_get(names, "kind");
    const char *problem;

    if (!n)
        return bp_err_at(e, BP_EINPUT, bp_json_pos(names),
                         "the definition has no 'spec.names.kind'");
    if (!cJSON_IsString(n))
        return bp_err_at(e, BP_EINPUT, bp_json_pos(n), "'spec.names.kind' is %s, must be a string",
                         bp_json_a_type(n));
    problem = bp_name_problem(n->valuestring);
    if (problem)
        return bp_err_at(e, BP_EINPUT, bp_json_pos(n), "'spec.names.kind' %s", problem);
    def->kind = n->valuestring;
    def->kind_node = n;
    return 0;
}

int bp_definition_read(const cJSON *doc, struct bp_definition *def, struct bp_err *e)
{
    struct bp_identity id;
    const cJSON *spec, *names;
    int rc;

    *def = (struct bp_definition){0};
    if ((rc = bp_document_identity(doc, &id, e)) ||
        (rc = get_object(doc, "spec", "spec", &spec, e)) ||
        (rc = get_object(spec, "names", "spec.names", &names, e)) ||
        (rc = read_kind(names, def, e)))
        return rc;
    def->name = id.name;
    if (bp_json_get(spec, "schema"))
        return get_object(spec, "schema", "spec.schema", &def->schema, e);
    return 0;
}
