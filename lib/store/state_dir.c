/* The state `dir:PATH`: what is live in the embedded store. */
#include "store/dirstore.h"
#include "store/state.h"

struct delivery {
    struct bp_input *in;
    bp_input_fn *fn;
    void *ctx;
};

static int deliver(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    struct delivery *d = ctx;

    d->in->documents++;
    d->in->files++;
    return d->fn(d->ctx, a, doc, e);
}

static int read_dir(const char *rest, struct bp_input *in, bp_input_fn *fn, void *ctx,
                    struct bp_err *e)
{
    struct delivery d = {.in = in, .fn = fn, .ctx = ctx};
    struct bp_err why = BP_ERR_INIT;
    struct bp_dirstore *s;
    int rc;

    if (!*rest)
        return bp_err_set(e, BP_EUSAGE, "'dir:' needs the path of a store: dir:PATH");
    s = bp_dirstore_open(rest, false, 0, &why);
    if (!s) {
        if (e)
            *e = why;
        return why.code;
    }
    rc = bp_dirstore_each(s, deliver, &d, e);
    bp_dirstore_close(s);
    return rc;
}

const struct bp_state_driver bp_state_dir = {.scheme = "dir", .read = read_dir};
