/* States: any set of documents that one word names. bp-get, bp-diff, bp-apply and bp-sync take the
 * same words; each word is one driver in one file. */
#ifndef BP_STORE_STATE_H
#define BP_STORE_STATE_H

#include "base/diag.h"
#include "json/input.h"
#include "json/value.h"
#include "model/document.h"

struct bp_state_filter {
    const char *kind; /* NULL: any */
    const char *name; /* glob over metadata.name; NULL: any */
};

struct bp_state_driver {
    const char *scheme; /* "dir", "git", ...; NULL: paths and "-", whatever no other driver takes */
    /* Reads every document (tombstones included) in a stable order. `rest` is the word without its
     * scheme and colon. */
    int (*read)(const char *rest, struct bp_input *in, bp_input_fn *fn, void *ctx,
                struct bp_err *e);
};

extern const struct bp_state_driver bp_state_files; /* PATH, - */
extern const struct bp_state_driver bp_state_dir;   /* dir:PATH */
extern const struct bp_state_driver bp_state_git;   /* git:REPO[#REV[:SUBDIR]], needs libgit2 */
/* The same words by running bp-get, for commands that shall not load libgit2 or libcurl. */
extern const struct bp_state_driver bp_state_git_by_get;

/* All words, for commands that link libgit2, and for those that do not. Each list stands in a file
 * of its own, so that a command links the drivers of one of them only. */
extern const struct bp_state_driver *const bp_states_full[];
extern const struct bp_state_driver *const bp_states_light[];

/* Reads state `word` with the first fitting driver of the NULL-ended list. What stands before the
 * first colon and is all lower-case letters and '+' names the driver; './dir:x' is a path.
 * BP_EUSAGE for a word that no driver takes. Paths that can't be read are findings
 * (bp_input_read()); what fails elsewhere is the error returned, also when documents were delivered
 * before it. */
int bp_state_read(const struct bp_state_driver *const drivers[], const char *word,
                  struct bp_input *in, bp_input_fn *fn, void *ctx, struct bp_err *e);

/* True when the filter takes a document of this identity. */
bool bp_state_matches(const struct bp_state_filter *f, struct bp_identity id);

#endif
