/* New objects, held in memory until all of them exist: a commit that fails half-way leaves nothing
 * behind, and how they are best written is known. */
#ifndef BP_GIT_MEMODB_H
#define BP_GIT_MEMODB_H

#include "git/repo.h"

struct bp_memodb; /* opaque; belongs to the repository and ends with it */

/* From now on objects written to `r` stay in memory. */
int bp_memodb_attach(struct bp_repo *r, struct bp_memodb **out, struct bp_err *e);

/* How many objects are held. */
size_t bp_memodb_count(const struct bp_memodb *m);

/* Writes what is held to the repository, and waits for the disk: few objects as loose ones, many as
 * one pack. Then holds none. When a branch of the repository is moved after that, they are safe
 * before it is. */
int bp_memodb_flush(struct bp_memodb *m, struct bp_err *e);

/* Forgets what is held. */
void bp_memodb_drop(struct bp_memodb *m);

#endif
