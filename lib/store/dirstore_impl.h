/* What the files of the embedded store share. Only for dirstore*.c.
 *
 * Everything is opened relative to a directory descriptor and no symbolic link below the root is
 * followed, so that nobody who can write into the store can make it reach out of it. */
#ifndef BP_STORE_DIRSTORE_IMPL_H
#define BP_STORE_DIRSTORE_IMPL_H

#include <sys/types.h>

#include "base/io.h"
#include "base/map.h"
#include "base/str.h"
#include "store/dirstore.h"

#define BP_DIRSTORE_DOCS "docs"
#define BP_DIRSTORE_HISTORY "history"
#define BP_DIRSTORE_DOC_SUFFIX ".json"
#define BP_DIRSTORE_HISTORY_SUFFIX ".jsonl"

enum { BP_DIRSTORE_SYNC_AT_ONCE = 256 }; /* most descriptors held open until they are synced */

/* An identity as directory and file: percent-encoded, suffix not included. */
struct bp_dirstore_place {
    const char *kind, *name;
};

/* One document of a batch. Strings live in the arena of the batch. */
struct bp_dirstore_op {
    struct bp_dirstore_place place;
    const char *tmp;  /* the staged document in the directory tmp; NULL: the document goes */
    const char *line; /* the history entry with its line end; NULL: this change has none */
    size_t line_len;
    const char *live_id; /* what was live when it was staged; NULL: nothing was */
    int64_t live_generation;
    off_t undo; /* where the history ended before `line`; -1: not appended */
};

struct bp_dirstore_batch {
    struct bp_arena arena;
    struct bp_dirstore_op *ops;
    size_t count, cap;
    struct bp_map places; /* "KIND/NAME", encoded, of each op */
    struct bp_map kinds;  /* encoded kinds, each once */
    int unsynced[BP_DIRSTORE_SYNC_AT_ONCE];
    size_t nunsynced, at_once; /* how many there are and may be */
};

struct bp_dirstore {
    char *path;
    int root;
    int tmp; /* staged documents; -1 when reading */
    struct bp_lock lock;
    struct bp_dirstore_batch batch;
};

/* ---- dirstore_name.c ---- */

/* Where `id` stands, in `a`; BP_ELIMIT when a file name would be too long. */
int bp_dirstore_place(struct bp_arena *a, struct bp_identity id, struct bp_dirstore_place *place,
                      struct bp_err *e);

/* One entry of a directory of the store. */
struct bp_dirstore_entry {
    const char *file; /* encoded, suffix not included */
    const char *text; /* decoded; NULL when it is no name that the store gives */
};

/* The entries of directory `dir` that end in `suffix` ("" for any) and don't begin with a dot, in
 * byte order of what they mean. An entry that is there all the time is listed, whatever else is
 * renamed meanwhile. */
int bp_dirstore_list(int dir, const char *suffix, struct bp_arena *a,
                     struct bp_dirstore_entry **out, size_t *count, struct bp_err *e);

/* The same for PATH/TOP, or PATH/TOP/KIND unless `kind` is NULL; none when it is not there. */
int bp_dirstore_list_dir(const struct bp_dirstore *s, const char *top, const char *kind,
                         const char *suffix, struct bp_arena *a, struct bp_dirstore_entry **out,
                         size_t *count, struct bp_err *e);

/* ---- dirstore.c ---- */

/* Opens PATH/TOP, or PATH/TOP/KIND unless `kind` is NULL. BP_ENOTFOUND when it is not there. */
int bp_dirstore_dir(const struct bp_dirstore *s, const char *top, const char *kind, int *fd,
                    struct bp_err *e);

/* Opens the regular file NAME+SUFFIX in `dir`, which is PATH/TOP/KIND; results as above. `access`
 * is O_RDONLY, or O_RDWR | O_CREAT. */
int bp_dirstore_file(const struct bp_dirstore *s, int dir, const char *top,
                     struct bp_dirstore_place place, const char *suffix, int access, int *fd,
                     struct bp_err *e);

/* The live document at `place` in `a`, NULL in `*doc` when there is none. */
int bp_dirstore_load(const struct bp_dirstore *s, struct bp_arena *a,
                     struct bp_dirstore_place place, cJSON **doc, struct bp_err *e);

/* The id of a document or of a definition, "" when it has none. */
const char *bp_dirstore_id_of(const cJSON *doc);

/* ---- dirstore_history.c ---- */

/* The history entry of a change of type "create", "update" or "delete", as a line in `a`. */
char *bp_dirstore_entry_line(struct bp_arena *a, const cJSON *doc, struct bp_identity id,
                             const char *by, const char *type, size_t *len);

/* Appends the entry of `op` behind the last entry that the live side reached; `*fd` gets the open
 * file, to be synced. Sets `op->undo`. */
int bp_dirstore_append(const struct bp_dirstore *s, struct bp_dirstore_op *op, int *fd,
                       struct bp_err *e);
/* Takes the entry out again. */
void bp_dirstore_unappend(const struct bp_dirstore *s, const struct bp_dirstore_op *op);

#endif
