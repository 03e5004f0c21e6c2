/* A BlueprintDefinition: which kind of blueprint it defines, and what their specs must look like.
 */
#ifndef BP_MODEL_DEFINITION_H
#define BP_MODEL_DEFINITION_H

#include "json/value.h"

struct bp_definition {
    const char *name;       /* metadata.name */
    const char *kind;       /* spec.names.kind: what blueprints of it write as `kind` */
    const cJSON *kind_node; /* for positions */
    const cJSON *schema;    /* spec.schema; NULL: anything goes */
};

/* Takes a definition apart; everything in `def` is borrowed from `doc`. BP_EINPUT with a position
 * when it has no identity, when spec.names.kind is missing, empty or no string, or when spec.schema
 * is no object. */
int bp_definition_read(const cJSON *doc, struct bp_definition *def, struct bp_err *e);

#endif
