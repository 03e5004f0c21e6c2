/* The inside of lib/model/check*.c: how the rules share their table. */
#ifndef BP_MODEL_CHECK_INTERNAL_H
#define BP_MODEL_CHECK_INTERNAL_H

#include "model/check.h"
#include "model/document.h"

/* Indexes into bp_check_rules. */
enum bp_rule {
    BP_RULE_NOT_OBJECT,
    BP_RULE_MISSING_MEMBER,
    BP_RULE_EMPTY_MEMBER,
    BP_RULE_WRONG_TYPE,
    BP_RULE_NULL_MEMBER,
    BP_RULE_UNKNOWN_MEMBER,
    BP_RULE_MEMBER_CASE,
    BP_RULE_NAME_FORM,
    BP_RULE_TEXT_VALUE,
    BP_RULE_STATUS_IN_FILE,
    BP_RULE_DELETED_FORM,
    BP_RULE_NUMBER_PRECISION,
    BP_RULE_DUPLICATE_IDENTITY,
    BP_RULE_SHARED_NAME,
    BP_RULE_DEPENDS_ON_FORM,
    BP_RULE_WAVE_FORM,
    BP_RULE_PRUNE_FORM,
    BP_RULE_IGNORE_FORM,
    BP_RULE_UNKNOWN_ANNOTATION,
    BP_RULES,
};

/* Adds a finding with the name and the level of the rule: about the value `n`, or about its name.
 */
#define bp_broken(d, rule, n, ...) \
    bp_json_diag(d, bp_check_rules[rule].level, bp_check_rules[rule].name, n, __VA_ARGS__)
#define bp_broken_key(d, rule, n, ...) \
    bp_json_diag_key(d, bp_check_rules[rule].level, bp_check_rules[rule].name, n, __VA_ARGS__)

/* The members that the server knows, at the top and in metadata: missing, unknown, of a wrong type.
 */
void bp_check_members(const cJSON *doc, struct bp_diags *d);
/* Numbers in the spec `n` (may be NULL) that an IEEE double does not hold. */
void bp_check_numbers(const cJSON *n, struct bp_diags *d);
/* Annotations that bp gives a meaning. */
void bp_check_annotations(const cJSON *doc, struct bp_diags *d);

#endif
