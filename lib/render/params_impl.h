/* The inside of parameters: private to params.c and values.c. */
#ifndef BP_RENDER_PARAMS_IMPL_H
#define BP_RENDER_PARAMS_IMPL_H

#include "base/str.h"
#include "render/params.h"

/* Where a value came from: the pointer inside the parameters. */
struct bp_param_source {
    const char *at;
    const struct bp_param *item;
    const cJSON *schema; /* of the place; NULL when nothing is declared there */
};

enum { BP_PARAM_TOLD_MAX = 100 }; /* findings of one item */

struct bp_param_run {
    struct bp_arena *a;
    const struct bp_params_request *q;
    struct bp_diags *d;
    bool failed;
    struct bp_str at; /* pointer, inside the parameters, of the value in hand */
    struct bp_param_source *sources;
    size_t nsources;
    size_t told; /* findings so far: their number is bounded */
};

/* A finding about the value at pointer `at`, at the characteristic that it came from. The message
 * is "parameter 'x'" and the text, which begins with a blank or a colon. */
void bp_param_complain(struct bp_param_run *run, const char *rule, const char *at, const char *fmt,
                       ...) __attribute__((format(printf, 4, 5)));

/* What the annotation keeps of a value that was given; never NULL. `run->at` is where it goes. */
cJSON *bp_param_normalise(struct bp_param_run *run, const cJSON *schema, const cJSON *value);

/* The typed value of a normalised one; never NULL. */
cJSON *bp_param_resolve(struct bp_param_run *run, const cJSON *schema, const cJSON *value);

#endif
