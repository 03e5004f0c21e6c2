/* The branches of a repository: see branch_list.h. */
#include "git/branch_list.h"

#include <git2.h>

#include "base/nearest.h"
#include "git/repo_priv.h"

enum { LIST_MAX = 5 };

/* Calls `visit` with the name of each branch; how many there are. */
static size_t each_branch(struct bp_repo *r, void (*visit)(void *ctx, const char *name), void *ctx)
{
    git_branch_iterator *it;
    git_reference *ref;
    git_branch_t type;
    const char *name;
    size_t n = 0;

    if (git_branch_iterator_new(&it, r->git, GIT_BRANCH_LOCAL) < 0)
        return 0;
    for (; git_branch_next(&ref, &type, it) == 0; n++) {
        if (git_branch_name(&name, ref) == 0)
            visit(ctx, name);
        git_reference_free(ref);
    }
    git_branch_iterator_free(it);
    return n;
}

struct list {
    struct bp_str *names;
    size_t n;
};

static void list_one(void *ctx, const char *name)
{
    struct list *list = ctx;

    if (list->n < LIST_MAX)
        bp_str_addf(list->names, "%s'%s'", list->n ? ", " : "", name);
    else if (list->n == LIST_MAX)
        bp_str_adds(list->names, ", ...");
    list->n++;
}

size_t bp_branch_list(struct bp_repo *r, struct bp_str *names)
{
    struct list list = {.names = names};

    return each_branch(r, list_one, &list);
}

struct search {
    struct bp_nearest near;
    struct bp_str *name; /* a copy of the best: what is tried lives only as long as its visit */
};

static void try_one(void *ctx, const char *name)
{
    struct search *search = ctx;
    size_t before = search->near.distance;

    bp_nearest_try(&search->near, name);
    if (search->near.distance == before)
        return;
    bp_str_clear(search->name);
    bp_str_adds(search->name, name);
}

bool bp_branch_nearest(struct bp_repo *r, const char *word, struct bp_str *name)
{
    struct bp_str best = BP_STR_INIT;
    struct search search = {.name = &best};
    bool found;

    bp_nearest_init(&search.near, word);
    each_branch(r, try_one, &search);
    found = best.len > 0;
    bp_str_add(name, best.s, best.len);
    bp_str_release(&best);
    return found;
}
