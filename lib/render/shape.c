/* Steps through schemas: see shape.h. */
#include "render/shape.h"

#include <string.h>

#include "render/scope.h"

bool bp_shape_open(const cJSON *schema)
{
    /* What these allow is not looked into here. */
    static const char *const others[] = {
        "patternProperties", "$ref", "allOf", "anyOf", "oneOf", "if"};
    const cJSON *more = bp_json_get(schema, "additionalProperties");

    if (more)
        return !cJSON_IsFalse(more);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (bp_json_get(schema, others[i]))
            return true;
    }
    return !bp_json_get(schema, "properties");
}

enum bp_shape bp_shape_step(const cJSON *schema, const char *path, size_t len, const cJSON **sub,
                            size_t *used)
{
    const cJSON *properties = bp_json_get(schema, "properties");
    const cJSON *more;

    for (size_t n = len; n > 0;) {
        const cJSON *found = bp_member(properties, path, n);

        if (found) {
            *sub = found;
            *used = n;
            return BP_SHAPE_DECLARED;
        }
        do {
            n--;
        } while (n > 0 && path[n] != '.');
    }
    more = bp_json_get(schema, "additionalProperties");
    *sub = cJSON_IsObject(more) ? more : NULL;
    *used = len;
    return bp_shape_open(schema) ? BP_SHAPE_OPEN : BP_SHAPE_MISSING;
}

const cJSON *bp_shape_member(const cJSON *schema, const char *name)
{
    const cJSON *found = bp_json_get(bp_json_get(schema, "properties"), name);
    const cJSON *more = bp_json_get(schema, "additionalProperties");

    return found ? found : cJSON_IsObject(more) ? more : NULL;
}

const cJSON *bp_shape_items(const cJSON *schema)
{
    const cJSON *items = bp_json_get(schema, "items");

    return cJSON_IsObject(items) ? items : NULL;
}

bool bp_shape_allows(const cJSON *schema, const char *type)
{
    const cJSON *said = bp_json_get(schema, "type");
    const cJSON *one;

    if (cJSON_IsString(said))
        return strcmp(said->valuestring, type) == 0;
    if (!cJSON_IsArray(said))
        return true;
    cJSON_ArrayForEach(one, said)
    {
        if (cJSON_IsString(one) && strcmp(one->valuestring, type) == 0)
            return true;
    }
    return false;
}

bool bp_shape_secret(const cJSON *schema)
{
    return cJSON_IsTrue(bp_json_get(schema, "secret"));
}

void bp_shape_offer(const cJSON *schema, struct bp_nearest *n)
{
    const cJSON *p;

    cJSON_ArrayForEach(p, bp_json_get(schema, "properties"))
    {
        bp_nearest_try(n, p->string);
    }
}
