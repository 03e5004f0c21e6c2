/* Applying a plan to a target: order, guard, batches, results. */
#ifndef BP_APPLY_APPLY_H
#define BP_APPLY_APPLY_H

#include <signal.h>

#include "apply/plan.h"
#include "apply/result.h"
#include "apply/target.h"
#include "model/prune.h"

/* Gets results in the order of execution, as soon as they are durable. */
typedef void bp_report_fn(void *ctx, const struct bp_result *results, size_t n);

struct bp_apply_options {
    bool dry_run;                           /* everything but writing */
    bool force_delete;                      /* delete also what other documents depend on */
    const struct bp_prune_limit *max_prune; /* most deletes; NULL: any number */
    const char *by;                         /* who does it, for the history */
    const volatile sig_atomic_t *stop;      /* set when the run shall end early; may be NULL */
    bp_report_fn *report;
    void *ctx;
};

/* Applies a sorted plan. Creates and updates go level by level, deletes after them the other way
 * round; what is independent is durable together, and reported then, before the next level begins.
 * A Change that can't be made holds back those that depend on it and no others. When `stop` is set,
 * what has begun is finished and everything else reported as skipped.
 *
 * 0 when every Change has its result, whatever that is: see `totals`. Else nothing was done:
 * BP_ECONFLICT when there are more deletes than allowed, or what the target said. */
int bp_apply_run(struct bp_plan *p, struct bp_target *t, const struct bp_apply_options *o,
                 struct bp_totals *totals, struct bp_err *e);

#endif
