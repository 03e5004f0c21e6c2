/* The target dir:PATH, the embedded store. Its lock is held from open() to close(), so what was
 * compared cannot move before it is written. */
#include <errno.h>
#include <stdlib.h>

#include "apply/target.h"
#include "store/dirstore.h"

struct dir_target {
    struct bp_target base;
    struct bp_dirstore *store; /* NULL: there is none, and it is only looked at */
    struct bp_write **batch;
    size_t count, cap;
};

static struct bp_dirstore *store_of(struct bp_target *t)
{
    return ((struct dir_target *)t)->store;
}

static int dir_open(const char *path, const struct bp_target_options *o, struct bp_target **t,
                    struct bp_err *e)
{
    struct bp_err why = BP_ERR_INIT;
    struct bp_dirstore *store = bp_dirstore_open(path, o->write, o->timeout_ms, &why);
    struct dir_target *d;

    if (!store && (o->write || why.code != BP_ENOTFOUND)) {
        if (e)
            *e = why;
        return why.code;
    }
    d = bp_calloc(1, sizeof *d);
    d->base.driver = &bp_target_dir;
    d->store = store;
    *t = &d->base;
    return 0;
}

static void dir_close(struct bp_target *t)
{
    if (store_of(t))
        bp_dirstore_close(store_of(t));
    free(((struct dir_target *)t)->batch);
    free(t);
}

static int dir_get(struct bp_target *t, struct bp_arena *a, struct bp_identity id, cJSON **doc,
                   struct bp_err *e)
{
    struct bp_err why = BP_ERR_INIT;

    *doc = store_of(t) ? bp_dirstore_get(store_of(t), a, id, &why) : NULL;
    if (*doc || !store_of(t) || why.code == BP_ENOTFOUND)
        return 0;
    if (e)
        *e = why;
    return why.code;
}

static int dir_each(struct bp_target *t, bp_target_fn *fn, void *ctx, struct bp_err *e)
{
    return store_of(t) ? bp_dirstore_each(store_of(t), fn, ctx, e) : 0;
}

static void stage(struct bp_dirstore *s, struct bp_write *w)
{
    if (w->doc)
        w->code = bp_dirstore_put(s, w->doc, w->by, &w->generation, &w->err);
    else
        w->code = bp_dirstore_delete(s, w->id, w->by, &w->err);
}

static void dir_put(struct bp_target *t, struct bp_write *w)
{
    struct dir_target *d = (struct dir_target *)t;

    stage(d->store, w);
    if (w->code)
        return;
    d->batch = bp_grow(d->batch, &d->cap, d->count + 1, sizeof(*d->batch));
    d->batch[d->count++] = w;
}

/* After a batch that failed at one document: what has become live by then is found to be so, and
 * everything else gets its own chance and its own reason. */
static void write_alone(struct bp_dirstore *s, struct bp_write *w)
{
    stage(s, w);
    if (!w->doc && w->code == BP_ENOTFOUND)
        w->code = 0;
    else if (w->code == 0)
        w->code = bp_dirstore_commit(s, &w->err);
}

static void dir_commit(struct bp_target *t)
{
    struct dir_target *d = (struct dir_target *)t;
    struct bp_err e = BP_ERR_INIT;
    int rc = bp_dirstore_commit(d->store, &e);
    /* When the disk itself fails nothing that is seen now says what will be there later. */
    bool final = d->count == 1 || e.sys == EIO;

    for (size_t i = 0; rc && i < d->count; i++) {
        if (final) {
            d->batch[i]->code = rc;
            d->batch[i]->err = e;
        } else {
            write_alone(d->store, d->batch[i]);
        }
    }
    d->count = 0;
}

const struct bp_target_driver bp_target_dir = {
    .scheme = "dir",
    .form = "dir:PATH",
    .open = dir_open,
    .close = dir_close,
    .get = dir_get,
    .each = dir_each,
    .check = bp_dirstore_check,
    .put = dir_put,
    .commit = dir_commit,
};
