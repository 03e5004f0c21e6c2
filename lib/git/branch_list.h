/* The branches of a repository, as a message names them. */
#ifndef BP_GIT_BRANCH_LIST_H
#define BP_GIT_BRANCH_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "git/repo.h"

/* Adds the names of the first few branches to `names`, in quotes and with commas, and "..." when
 * there are more. Returns how many there are; 0 also when they can't be read. */
size_t bp_branch_list(struct bp_repo *r, struct bp_str *names);

/* Adds the branch that `word` probably means to `name`; false, and nothing, when none is near. */
bool bp_branch_nearest(struct bp_repo *r, const char *word, struct bp_str *name);

#endif
