/* Results: what became of each Change, as JSON lines and as text for people. */
#ifndef BP_APPLY_RESULT_H
#define BP_APPLY_RESULT_H

#include "base/str.h"
#include "model/change.h"

enum bp_outcome {
    BP_APPLIED,
    BP_UNCHANGED, /* was so already */
    BP_CONFLICT,  /* the live side is not what the change saw */
    BP_FAILED,
    BP_SKIPPED,  /* something it depends on was not applied, or the run was interrupted */
    BP_OUTCOMES, /* how many there are */
};

struct bp_result {
    enum bp_action action;
    struct bp_identity id;
    enum bp_outcome outcome;
    bool dry_run;
    int64_t
        generation; /* of the live document afterwards, or of the one that was deleted; -1: none */
    const char *message; /* for a person; NULL when there is nothing to say */
};

const char *bp_outcome_name(enum bp_outcome outcome);

/* One JSON line, line end included: action, kind, name, result, then generation and message where
 * there are any, and dryRun when it was one. */
void bp_result_write_json(const struct bp_result *r, struct bp_str *out);

/* One line for people, text from documents escaped. `width` is how wide the column of identities
 * is: the highest bp_identity_width() of what is to be listed. */
void bp_result_write_text(const struct bp_result *r, size_t width, bool colour, struct bp_str *out);

/* The characters of an identity as the text form shows it; 0 for one so long that the column shall
 * not follow it. */
size_t bp_identity_width(struct bp_identity id);

/* How many results of each outcome there were. */
struct bp_totals {
    size_t of[BP_OUTCOMES];
};

/* Appends "5 applied, 2 unchanged, 1 conflict" or "nothing to do". */
void bp_totals_write(const struct bp_totals *t, struct bp_str *out);
/* True when all is as it should be: nothing in conflict, failed or skipped. */
bool bp_totals_good(const struct bp_totals *t);

#endif
