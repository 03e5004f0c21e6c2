/* The embedded store `dir:PATH`: a directory that keeps documents with generations, history and
 * status as a Colonies server does, crash-safe, one writer at a time.
 *
 *   PATH/bp-store                 "1\n": the format
 *   PATH/lock                     who writes
 *   PATH/docs/KIND/NAME.json      the live documents, as a server would return them
 *   PATH/history/KIND/NAME.jsonl  BlueprintHistory entries, oldest first
 *   PATH/tmp/                     documents of a batch that is not committed; emptied by the next
 * writer
 *
 * KIND and NAME are percent-encoded where they are not [A-Za-z0-9._-] or begin with a dot; encoded
 * they may have 249 bytes. A write first appends its history entry, then makes the document live
 * (rename); an entry that the live side never reached is what a crash left, is not shown, and is
 * dropped by the next write. Symbolic links inside are refused; PATH itself may be one. */
#ifndef BP_STORE_DIRSTORE_H
#define BP_STORE_DIRSTORE_H

#include "json/value.h"
#include "model/document.h"

struct bp_dirstore; /* opaque */

/* Opens for reading (`write` false: no lock, nothing created) or writing (directory made when
 * missing, lock waited for up to `timeout_ms`, then BP_EBUSY). An empty directory is an empty
 * store; one that does not exist is BP_ENOTFOUND to readers; one that holds other things, or a
 * store of a newer format, is BP_EINPUT. NULL on failure. */
struct bp_dirstore *bp_dirstore_open(const char *path, bool write, int timeout_ms,
                                     struct bp_err *e);
/* Drops what was not committed and gives the lock back. NULL is fine. */
void bp_dirstore_close(struct bp_dirstore *s);

/* The live document in `a`; NULL with BP_ENOTFOUND when there is none, BP_ECORRUPT when it is
 * damaged. */
cJSON *bp_dirstore_get(struct bp_dirstore *s, struct bp_arena *a, struct bp_identity id,
                       struct bp_err *e);

/* Every live document, by kind then name in byte order. While a writer is at work each one is old
 * or new. One that can't be read does not hide the others: they are all delivered, and then
 * BP_ECORRUPT comes back, so that nobody takes it for deleted. `doc` and its arena are good until
 * `fn` returns; a negative return of `fn` stops and is passed on. */
typedef int bp_dirstore_fn(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e);
int bp_dirstore_each(struct bp_dirstore *s, bp_dirstore_fn *fn, void *ctx, struct bp_err *e);

/* History entries, newest first, `limit` 0 = all, as an array node (empty when there is no
 * history); survives deletion of the document. NULL on failure. */
cJSON *bp_dirstore_history(struct bp_dirstore *s, struct bp_arena *a, struct bp_identity id,
                           size_t limit, struct bp_err *e);

/* Every identity that has a history, also of deleted and damaged documents, by kind then name. `id`
 * is good until `fn` returns. */
typedef int bp_dirstore_identity_fn(void *ctx, struct bp_identity id, struct bp_err *e);
int bp_dirstore_each_history(struct bp_dirstore *s, bp_dirstore_identity_fn *fn, void *ctx,
                             struct bp_err *e);

/* A batch of writes. Nothing is visible before bp_dirstore_commit(), which makes the batch durable:
 * each document becomes old or new as a whole, also when the machine stops in the middle. One batch
 * changes a document at most once: a second change of it is BP_EUSAGE. put() follows the server's
 * rules: a new document gets an id and starts at the generation it carries (0); an update keeps the
 * id and, unless `doc` has the member, the status (null or {} takes it away), and raises the
 * generation, with a history entry, when the spec changed by value. A document that is live as it
 * stands is not written. `*generation` (may be NULL) gets the result. The caller has compared what
 * it saw with what is live. `by` says who, for the history. delete() of what is not live is
 * BP_ENOTFOUND. */
int bp_dirstore_put(struct bp_dirstore *s, const cJSON *doc, const char *by, int64_t *generation,
                    struct bp_err *e);
/* 0, or why put() refuses this document in any store. */
int bp_dirstore_check(const cJSON *doc, struct bp_err *e);
int bp_dirstore_delete(struct bp_dirstore *s, struct bp_identity id, const char *by,
                       struct bp_err *e);
/* Makes the batch live and empties it, also on failure. The message of a failure says how many
 * changes were made: those are live and stay so, the others left no trace. */
int bp_dirstore_commit(struct bp_dirstore *s, struct bp_err *e);

#endif
