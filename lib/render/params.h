/* Parameters: what an order says, as the values that templates see.
 *
 * A value goes two steps. What was *given* is normalised: put in its place (`env.TZ` is TZ in env),
 * text read as the type that the schema wants, `secretref:` written as `${secret:...}`. That is
 * what the annotation bp/parameters keeps and a later modify changes. Out of it the *typed* values
 * are made anew each time: defaults, variables of the site, compact forms taken apart, names of
 * secrets nobody gave; then the schema is checked. */
#ifndef BP_RENDER_PARAMS_H
#define BP_RENDER_PARAMS_H

#include "base/diag.h"
#include "json/value.h"
#include "render/catalog.h"

enum { BP_PARAMS_MAX = 4096 }; /* most characteristics of one item */

/* One value that was given. */
struct bp_param {
    const char *name;    /* dotted */
    const cJSON *value;  /* null: take it back */
    struct bp_pos pos;   /* for findings */
    const char *pointer; /* in the order; NULL when it came from elsewhere */
};

struct bp_params_request {
    const struct bp_spec *spec;
    const struct bp_entry *entry;
    const struct bp_site *site; /* NULL: none */
    const char *document_name;  /* `${name}`: secrets nobody gave are called after it */
    const cJSON *base;          /* what was given before (object); NULL: nothing */
    const struct bp_param *items;
    size_t count;
    struct bp_pos pos; /* of the whole, for what is missing */
    const char *pointer;
};

struct bp_params {
    cJSON *given; /* for bp/parameters: sorted, numbers as they were written; holds no secret */
    cJSON *typed; /* for templates */
};

/* Builds both in `a`. False after findings (O003, O006; several at once). */
bool bp_params_build(struct bp_arena *a, const struct bp_params_request *q, struct bp_params *out,
                     struct bp_diags *d);

#endif
