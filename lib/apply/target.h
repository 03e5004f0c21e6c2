/* Targets: what documents are applied to. Every store that can be written is one driver in one
 * file; the rest of this layer knows none of them. */
#ifndef BP_APPLY_TARGET_H
#define BP_APPLY_TARGET_H

#include "json/value.h"
#include "model/document.h"

/* An open target. Drivers put it first in a structure of their own. */
struct bp_target {
    const struct bp_target_driver *driver;
};

/* One document to be written. The caller keeps it, and the trees it refers to, until commit() has
 * returned: a driver may send at once or wait until then. */
struct bp_write {
    struct bp_identity id;
    const cJSON *doc;   /* what shall be, without what the far side sets; NULL: nothing shall be */
    const cJSON *live;  /* what was there when the change was checked; NULL: nothing was */
    const char *by;     /* who does it, for the history */
    int64_t generation; /* out: of the document as written */
    int code;           /* out: 0, or why this document was not written */
    struct bp_err err;  /* out: the message, when there is a code */
};

struct bp_target_options {
    bool write; /* false: nothing is locked, made or changed; a store that is not there is empty */
    int timeout_ms; /* how long to wait for another writer */
};

typedef int bp_target_fn(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e);

struct bp_target_driver {
    const char *scheme; /* "dir" */
    const char *form;   /* how the word looks, for messages: "dir:PATH" */
    /* Opens what `rest`, the word behind scheme and colon, names. BP_EBUSY when another writer
     * holds it. */
    int (*open)(const char *rest, const struct bp_target_options *o, struct bp_target **t,
                struct bp_err *e);
    void (*close)(struct bp_target *t);
    /* The live document in `a`; `*doc` is NULL, and the result 0, when there is none. */
    int (*get)(struct bp_target *t, struct bp_arena *a, struct bp_identity id, cJSON **doc,
               struct bp_err *e);
    /* Every live document. A negative return of `fn` stops and is passed on. */
    int (*each)(struct bp_target *t, bp_target_fn *fn, void *ctx, struct bp_err *e);
    /* 0, or why put() would refuse this document whatever is live: for dry runs. May be NULL. */
    int (*check)(const cJSON *doc, struct bp_err *e);
    /* Takes a write into the batch. Nothing of a batch depends on anything else in it, and what
     * fails leaves the rest alone. */
    void (*put)(struct bp_target *t, struct bp_write *w);
    /* Makes the batch durable: every write has its final result then. */
    void (*commit)(struct bp_target *t);
};

extern const struct bp_target_driver bp_target_dir; /* dir:PATH, lib/store/dirstore.h */

/* The driver of `word` out of the NULL-ended list and, in `*rest`, what it is to open; NULL with
 * BP_EUSAGE and the known forms when there is none. */
const struct bp_target_driver *bp_target_find(const struct bp_target_driver *const drivers[],
                                              const char *word, const char **rest,
                                              struct bp_err *e);

#endif
