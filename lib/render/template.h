/* Templates: trees with `${...}` in texts and member names, and with `$if`, `$else`, `$value`,
 * `$each` and `$merge`. Substitution is structural: a value is put into the tree and never looked
 * at again. */
#ifndef BP_RENDER_TEMPLATE_H
#define BP_RENDER_TEMPLATE_H

#include "base/diag.h"
#include "json/value.h"
#include "render/scope.h"

/* How much may still be made. A small template and a long list can ask for any amount. */
struct bp_budget {
    size_t nodes;
    size_t bytes;
};

#define BP_BUDGET_INIT            \
    {                             \
        1000000, 64 * 1024 * 1024 \
    }

/* What `template` becomes, in `a`. NULL when it is left out (a false `$if`, a name without value)
 * or when there was an error; every error is a finding with the position in the template, and
 * `*failed` is set. `budget` goes down; when it is used up the expansion stops with a finding. */
cJSON *bp_template_expand(struct bp_arena *a, const cJSON *template, const struct bp_scope *scope,
                          struct bp_budget *budget, struct bp_diags *d, bool *failed);

/* Checks a template against the schema of its parameters before any order is seen: the syntax, and
 * that each name is declared. `used` is told each path that is a parameter's. The findings have
 * positions in the template. Returns false when there was an error; `*variables` is raised by the
 * number of names found, built-ins included. */
typedef void bp_template_used_fn(void *ctx, const char *path, size_t len);
bool bp_template_check(const cJSON *template, const cJSON *schema, bp_template_used_fn *used,
                       void *ctx, size_t *variables, struct bp_diags *d);

/* The same for the patch of a site: it knows the built-in names only, and `$remove` in elements of
 * lists. */
bool bp_template_check_patch(const cJSON *patch, struct bp_diags *d);

#endif
