/* JSON Schema: compile once, validate many. Checked are type, enum, const, minimum, maximum,
 * exclusiveMinimum, exclusiveMaximum, minLength, maxLength, items (one schema), minItems, maxItems,
 * uniqueItems, properties, required, additionalProperties, minProperties and maxProperties; what
 * else a schema says is told when it is compiled. The interface holds the full engine: keywords are
 * rows of one table. */
#ifndef BP_SCHEMA_SCHEMA_H
#define BP_SCHEMA_SCHEMA_H

#include "base/err.h"
#include "json/value.h"

struct bp_schema; /* compiled, immutable, freed with bp_schema_free() */

/* Called with what was found in the schema itself that is not honoured, so that nobody believes in
 * a check that does not happen. */
typedef void bp_schema_note_fn(void *ctx, const cJSON *keyword, const char *message);

/* Compiles; the tree may go away afterwards. NULL with a position when the schema is malformed.
 * `note` may be NULL. */
struct bp_schema *bp_schema_compile(const cJSON *schema, bp_schema_note_fn *note, void *ctx,
                                    struct bp_err *e);
void bp_schema_free(struct bp_schema *s);

/* One violation: the node that breaks the rule (for a missing member the object that lacks it; for
 * a member that must not be there that member, `at_key` true), the keyword ("required"), and a
 * message for a person. */
struct bp_violation {
    const cJSON *node;
    bool at_key;
    const char *pointer; /* of `node`, from the root of its tree; for people, see json/trail.h */
    const char *keyword;
    const char *rule;           /* stable name of the finding: "schema-required"; static */
    const char *schema_pointer; /* where the keyword stands in the schema; cut as `pointer` is */
    const char *message;        /* this and the pointers are gone when the callback returns */
};
typedef void bp_violation_fn(void *ctx, const struct bp_violation *v);

/* Calls `fn` (may be NULL) for every violation. True when there was none. */
bool bp_schema_validate(const struct bp_schema *s, const cJSON *instance, bp_violation_fn *fn,
                        void *ctx);

#endif
