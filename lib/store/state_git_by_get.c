/* The state `git:` by running bp-get: for commands that shall not load libgit2. */
#include "base/proc.h"
#include "base/str.h"
#include "store/state.h"

enum { STATUS_LATER = 75, STATUS_SIGNALS = 128 };

/* Why it failed stands on our standard error already: bp-get said it. */
static int child_failed(const char *word, int status, struct bp_err *e)
{
    if (status > STATUS_SIGNALS)
        return bp_err_set(e, BP_ESYS, "'%s' could not be read: bp-get was ended by signal %d", word,
                          status - STATUS_SIGNALS);
    return bp_err_set(e, status == STATUS_LATER ? BP_EBUSY : BP_EINPUT,
                      "'%s' could not be read: bp-get ended with status %d", word, status);
}

/* What the callback returned, to tell its failures from those of the child. */
struct delivery {
    bp_input_fn *fn;
    void *ctx;
    int rc;
};

static int deliver(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    struct delivery *d = ctx;

    d->rc = d->fn(d->ctx, a, doc, e);
    return d->rc;
}

/* The documents are handed on as they come. A child that fails makes the whole reading fail, also
 * when everything it wrote was in order: part of a state is no state. */
static int read_by_get(const char *word, struct bp_input *in, bp_input_fn *fn, void *ctx,
                       struct bp_err *e)
{
    const char *const argv[] = {"bp-get", "-o", "json", "--", word, NULL};
    struct delivery d = {.fn = fn, .ctx = ctx};
    struct bp_proc child;
    int status;
    int rc = bp_proc_start(&child, argv, e);

    if (rc) {
        bp_err_wrap(e, "read '%s'", word);
        return rc;
    }
    rc = bp_input_read_fd(in, child.out, word, deliver, &d, e);
    status = bp_proc_wait(&child);
    if (d.rc == 0 && status)
        rc = child_failed(word, status, e);
    return rc;
}

/* An error must not name a file whose name is gone when the caller reads it. */
static void move_position(struct bp_err *e)
{
    if (!e || !e->pos.file)
        return;
    bp_err_wrap(e, "%s:%u:%u", e->pos.file, (unsigned)e->pos.line, (unsigned)e->pos.col);
    e->pos = (struct bp_pos){0};
}

static int read_git(const char *rest, struct bp_input *in, bp_input_fn *fn, void *ctx,
                    struct bp_err *e)
{
    struct bp_arena own = BP_ARENA_INIT;
    const char *word = bp_arena_printf(in->names ? in->names : &own, "git:%s", rest);
    int rc = read_by_get(word, in, fn, ctx, e);

    if (rc && !in->names)
        move_position(e);
    bp_arena_release(&own);
    return rc;
}

const struct bp_state_driver bp_state_git_by_get = {.scheme = "git", .read = read_git};
