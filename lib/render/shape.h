/* What a schema of parameters says of names: the part of JSON Schema that decides where a value
 * goes and what it is read as. It looks at `properties`, `additionalProperties`, `items` and `type`
 * where they stand; checking values is the business of lib/schema. */
#ifndef BP_RENDER_SHAPE_H
#define BP_RENDER_SHAPE_H

#include "base/nearest.h"
#include "json/value.h"

enum bp_shape {
    BP_SHAPE_DECLARED, /* a property of that name */
    BP_SHAPE_OPEN,     /* not declared, but other members are allowed */
    BP_SHAPE_MISSING,  /* not declared and not allowed */
};

/* True when an object may have members that the schema does not declare. A schema that declares
 * properties is closed unless it says otherwise, so that nothing misspelt is passed over in
 * silence. A NULL schema is open. */
bool bp_shape_open(const cJSON *schema);

/* Takes the first step of a dotted path into an object schema: the longest declared property that
 * the path begins with, else the whole path as one open member. `*sub` gets its schema (NULL: it
 * has none), and `*used` how much of the path was taken. */
enum bp_shape bp_shape_step(const cJSON *schema, const char *path, size_t len, const cJSON **sub,
                            size_t *used);

/* The schema of member `name`, NULL when there is none. */
const cJSON *bp_shape_member(const cJSON *schema, const char *name);
/* The schema of the elements of a list, NULL when there is none. */
const cJSON *bp_shape_items(const cJSON *schema);

/* True when `type` allows the type; a schema without `type` allows all. "number" covers "integer"
 * for values that are read, so ask for both. */
bool bp_shape_allows(const cJSON *schema, const char *type);
/* True when the schema says `secret: true`. */
bool bp_shape_secret(const cJSON *schema);

/* Offers the declared names to a search for what was meant. */
void bp_shape_offer(const cJSON *schema, struct bp_nearest *n);

#endif
