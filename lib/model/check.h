/* The structural rules of ColonyOS: what every document must keep to, whatever its kind. The server
 * drops what it does not know, without a word; here it is told. */
#ifndef BP_MODEL_CHECK_H
#define BP_MODEL_CHECK_H

#include "base/diag.h"
#include "json/value.h"

/* A rule, by its stable name. */
struct bp_check_rule {
    const char *name;
    enum bp_level level;
    const char *what; /* what it wants, one line */
};

/* All of them, ended by a row without name. */
extern const struct bp_check_rule bp_check_rules[];

/* What the documents of a run have to do with each other. */
struct bp_checker; /* opaque */

struct bp_checker *bp_checker_new(void);
void bp_checker_free(struct bp_checker *c);

/* Adds a finding for every rule that `doc` breaks. A tombstone is looked at for its identity only.
 * Memory grows by identity and position of the document, not by its content. */
void bp_check_document(struct bp_checker *c, const cJSON *doc, struct bp_diags *d);

#endif
