/* The kinds of blueprints that definitions define, their schemas compiled once. */
#ifndef BP_SCHEMA_KINDS_H
#define BP_SCHEMA_KINDS_H

#include "base/diag.h"
#include "json/value.h"

struct bp_kinds; /* opaque */

struct bp_kinds *bp_kinds_new(void);
void bp_kinds_free(struct bp_kinds *k);

/* Takes the definition `doc` in; the tree may go away afterwards. What is wrong with it, and what
 * of its schema is not checked, becomes a finding. Of two definitions of a kind the one whose name
 * sorts first counts, as on a ColonyOS server: a finding too. */
void bp_kinds_add(struct bp_kinds *k, const cJSON *doc, struct bp_diags *d);

/* How many kinds are defined. */
size_t bp_kinds_count(const struct bp_kinds *k);

/* Checks the spec of the blueprint `doc` against the schema of its kind; a kind that is not defined
 * is a finding of its own. */
void bp_kinds_check(const struct bp_kinds *k, const cJSON *doc, struct bp_diags *d);

#endif
