/* Branches: see branch.h. */
#include "git/branch.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "git/branch_list.h"
#include "git/oid_git.h"
#include "git/queue.h"
#include "git/repo_priv.h"

enum { LINKS_MAX = 5, PAUSE_FIRST_MS = 1, PAUSE_MOST_MS = 50 };

static const char heads[] = "refs/heads/";

/* ---- which ---- */

static int find_head_branch(struct bp_repo *r, struct bp_branch *b, struct bp_err *e)
{
    git_reference *head;
    int rc = git_reference_lookup(&head, r->git, "HEAD");
    bool symbolic;

    if (rc < 0)
        return bp_git_error(e, rc, "repository '%s': cannot read HEAD", r->name);
    symbolic = git_reference_type(head) == GIT_REFERENCE_SYMBOLIC;
    if (symbolic && strncmp(git_reference_symbolic_target(head), heads, sizeof heads - 1) == 0)
        b->ref = bp_strdup(git_reference_symbolic_target(head));
    else
        rc = bp_err_set(e, BP_EUSAGE, "HEAD of repository '%s' names no branch; name one with -b",
                        r->name);
    git_reference_free(head);
    return rc;
}

static int name_branch(const char *name, struct bp_branch *b, struct bp_err *e)
{
    const char *shorter = strncmp(name, heads, sizeof heads - 1) ? name : name + sizeof heads - 1;
    struct bp_str ref = BP_STR_INIT;
    int valid = 0;

    bp_str_addf(&ref, "%s%s", heads, shorter);
    if (git_reference_name_is_valid(&valid, ref.s) < 0 || !valid || *shorter == '-') {
        bp_str_release(&ref);
        return bp_err_set(e, BP_EUSAGE, "'%s' can't be the name of a branch", name);
    }
    b->ref = bp_str_take(&ref);
    return 0;
}

static int read_ref(struct bp_repo *r, const char *ref, struct bp_oid *id, struct bp_err *e)
{
    git_oid found;
    int rc = git_reference_name_to_id(&found, r->git, ref);

    *id = (struct bp_oid){{0}};
    if (rc == GIT_ENOTFOUND)
        return 0;
    if (rc < 0)
        return bp_git_error(e, rc, "repository '%s': cannot read '%s'", r->name, ref);
    *id = bp_oid_of_git(&found);
    return 0;
}

/* The branch does not exist: fine when none does, or when it shall begin at HEAD. */
static int start_new(struct bp_repo *r, bool create, struct bp_branch *b, struct bp_err *e)
{
    struct bp_str list = BP_STR_INIT;
    size_t n = bp_branch_list(r, &list);
    int rc = 0;

    if (n > 0 && create) {
        rc = read_ref(r, "HEAD", &b->start, e);
        if (rc == 0 && bp_oid_is_zero(&b->start))
            rc = bp_err_set(
                e, BP_EUSAGE,
                "HEAD of repository '%s' has no commit to start '%s' from; there are: %s", r->name,
                b->ref, list.s);
    } else if (n > 0) {
        rc = bp_err_set(e, BP_ENOTFOUND,
                        "repository '%s' has no branch '%s'; there are: %s; "
                        "name one with -b, or use --create-branch to start it from HEAD",
                        r->name, b->ref, list.s);
    }
    bp_str_release(&list);
    return rc;
}

/* A branch may be another name of a second one (git symbolic-ref): that one is moved, as by Git. */
static int follow_links(struct bp_repo *r, struct bp_branch *b, struct bp_err *e)
{
    for (int i = 0; i <= LINKS_MAX; i++) {
        git_reference *ref;
        const char *target;
        int rc = git_reference_lookup(&ref, r->git, b->ref);

        if (rc == GIT_ENOTFOUND)
            return 0;
        if (rc < 0)
            return bp_git_error(e, rc, "repository '%s': cannot read '%s'", r->name, b->ref);
        target = git_reference_symbolic_target(ref);
        if (target) {
            free(b->ref);
            b->ref = bp_strdup(target);
        }
        git_reference_free(ref);
        if (!target)
            return 0;
        if (strncmp(b->ref, heads, sizeof heads - 1) != 0)
            break;
    }
    return bp_err_set(e, BP_EUSAGE,
                      "repository '%s': a symbolic reference leads to '%s', not to a branch",
                      r->name, b->ref);
}

int bp_branch_reload(struct bp_repo *r, struct bp_branch *b, struct bp_err *e)
{
    int rc = read_ref(r, b->ref, &b->head, e);

    if (rc == 0 && !bp_oid_is_zero(&b->head))
        b->start = b->head;
    return rc;
}

int bp_branch_open(struct bp_repo *r, const char *name, bool create, struct bp_branch *b,
                   struct bp_err *e)
{
    int rc;

    *b = (struct bp_branch)BP_BRANCH_INIT;
    rc = name ? name_branch(name, b, e) : find_head_branch(r, b, e);
    if (rc == 0)
        rc = follow_links(r, b, e);
    if (rc == 0)
        rc = bp_branch_reload(r, b, e);
    if (rc == 0 && bp_oid_is_zero(&b->head))
        rc = start_new(r, create, b, e);
    if (rc)
        bp_branch_release(b);
    return rc;
}

void bp_branch_release(struct bp_branch *b)
{
    free(b->ref);
    *b = (struct bp_branch)BP_BRANCH_INIT;
}

/* ---- moving ---- */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Sleeps between half and all of `ms`, so that those who wait don't wake together. */
static void pause_about(int64_t ms)
{
    struct timespec t;
    int64_t us;

    clock_gettime(CLOCK_MONOTONIC, &t);
    us = ms * 500 + t.tv_nsec / 1000 % (ms * 500);
    t = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    nanosleep(&t, NULL);
}

static int locked_too_long(struct bp_repo *r, const struct bp_branch *b, struct bp_err *e)
{
    return bp_err_set(e, BP_EBUSY,
                      "'%s%s.lock' is held by another program; if none is running, "
                      "one was killed: remove the file",
                      r->dir, b->ref);
}

/* One try: 1 done, 0 lost, BP_EBUSY locked. */
static int try_move(struct bp_repo *r, const struct bp_branch *b, const struct bp_oid *commit,
                    const char *why, struct bp_err *e)
{
    git_oid id = bp_oid_to_git(commit), expected = bp_oid_to_git(&b->head);
    git_reference *ref = NULL;
    int rc = git_reference_create_matching(&ref, r->git, b->ref, &id, 1, &expected, why);

    git_reference_free(ref);
    if (rc == 0)
        return 1;
    if (rc == GIT_EMODIFIED || rc == GIT_EEXISTS)
        return 0;
    return bp_git_error(e, rc, "repository '%s': cannot move '%s'", r->name, b->ref);
}

static int move_until(struct bp_repo *r, struct bp_branch *b, const struct bp_oid *commit,
                      struct bp_branch_queue *q, const char *why, int64_t until, struct bp_err *e)
{
    struct bp_branch seen = *b;
    int64_t pause = PAUSE_FIRST_MS;
    int rc;

    while ((rc = try_move(r, b, commit, why, e)) == BP_EBUSY) {
        bp_branch_queue_heal(q, b->ref);
        bp_branch_queue_intend(q, b->ref, commit);
        if (now_ms() >= until)
            return locked_too_long(r, b, e);
        pause_about(pause);
        pause = pause * 2 < PAUSE_MOST_MS ? pause * 2 : PAUSE_MOST_MS;
        rc = read_ref(r, b->ref, &seen.head, e);
        if (rc || !bp_oid_equal(&seen.head, &b->head))
            return rc;
    }
    return rc;
}

int bp_branch_move(struct bp_repo *r, struct bp_branch *b, const struct bp_oid *commit,
                   struct bp_branch_queue *q, const struct bp_ident *who, const char *why,
                   int wait_ms, struct bp_err *e)
{
    int rc = git_repository_set_ident(r->git, who->name, who->email);

    if (rc < 0)
        return bp_git_error(e, rc, "cannot sign the reflog");
    bp_branch_queue_intend(q, b->ref, commit);
    rc = move_until(r, b, commit, q, why, now_ms() + wait_ms, e);
    bp_branch_queue_done(q);
    if (rc == 1)
        b->head = b->start = *commit;
    return rc;
}
