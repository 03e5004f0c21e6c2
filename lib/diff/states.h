/* Two states: which documents to create, update and delete so that the one becomes the other.
 *
 * The old state is held as text and digests, the new one is compared as it is read: a document that
 * says the same costs no tree. What the far side sets by itself is no difference: see
 * bp_states_settle(). */
#ifndef BP_DIFF_STATES_H
#define BP_DIFF_STATES_H

#include "base/diag.h"
#include "diff/fields.h"
#include "json/value.h"
#include "model/change.h"

struct bp_states; /* opaque */

/* One change; `fields` is what differs, for an update (else empty). The trees of `c` and the fields
 * live in `a`, until the function returns. `c->diff` is NULL: bp_fields_object() makes it. A
 * negative return stops and is passed on. */
typedef int bp_states_fn(void *ctx, struct bp_arena *a, struct bp_change *c,
                         const struct bp_fields *fields, struct bp_err *e);

struct bp_states_count {
    size_t creates, updates, deletes, unchanged;
    size_t kept; /* would be pruned, but for bp/prune: keep */
};

/* `diags` takes what is wrong with documents: no identity ("identity"), one identity twice in a
 * state ("duplicate-document"). The caller must not use the changes when it holds errors. */
struct bp_states *bp_states_new(struct bp_diags *diags, bp_states_fn *fn, void *ctx);
void bp_states_free(struct bp_states *s);

/* First all of the old state, then all of the new one: both are bp_input_fn with the bp_states as
 * `ctx`. A tombstone in the old state is an absent document, one in the new state asks for its
 * deletion. The file names in positions must live as long as the states (bp_input.names). The
 * documents are taken apart. */
int bp_states_add_old(void *states, struct bp_arena *a, cJSON *doc, struct bp_err *e);
int bp_states_add_new(void *states, struct bp_arena *a, cJSON *doc, struct bp_err *e);

/* Last: deletes what only the old state has, by kind and name in byte order, except where it is
 * annotated bp/prune: keep. */
int bp_states_prune(struct bp_states *s, struct bp_err *e);

const struct bp_states_count *bp_states_counts(const struct bp_states *s);

/* Leaves in `doc` what people decide: bp_document_strip() with the bp/ignore of both sides, and
 * moreover takes out what is equal for the server anyway: `kind` (part of the identity), labels,
 * annotations and location that are empty, a spec that is null, and the annotation
 * bp/source-commit, which bp writes itself. */
void bp_states_settle(cJSON *doc, const cJSON *also);

#endif
