/* The queue of our own writers, and what a killed one left: see branch.h. Private to the layer. */
#ifndef BP_GIT_QUEUE_H
#define BP_GIT_QUEUE_H

#include "git/branch.h"

/* Notes what is about to happen, and that it is over. */
void bp_branch_queue_intend(struct bp_branch_queue *q, const char *ref, const struct bp_oid *to);
void bp_branch_queue_done(struct bp_branch_queue *q);

/* `ref` is locked: removes the lock if a writer of ours, killed while it moved the branch, left it.
 * Then the note of that writer is still there, and the lock is empty and old, or has the id in it
 * that only that writer had. A lock of anyone else is left alone. */
void bp_branch_queue_heal(struct bp_branch_queue *q, const char *ref);

#endif
