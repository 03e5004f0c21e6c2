/* Documents out of files, directories and standard input, one at a time: JSON, JSON lines, a JSON
 * array (its elements are the documents), or YAML with several documents a file. */
#ifndef BP_JSON_INPUT_H
#define BP_JSON_INPUT_H

#include "base/str.h"
#include "json/diag.h"
#include "json/value.h"

/* Called for each document. `doc` and its arena are good until it returns. A negative return stops
 * the reading and is passed on. */
typedef int bp_input_fn(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e);

struct bp_input {
    struct bp_diags *diags; /* where syntax errors go; reading goes on with the next file */
    struct bp_arena *names; /* keeps file names for positions as long as it lives; NULL: a name is
                               good until its file is done */
    uint64_t max_document;  /* most bytes of one document; 0 = the default, 64 MiB */
    size_t documents;       /* out: how many were delivered */
    size_t files;           /* out: how many files were read */
    size_t malformed;       /* out: how many files broke off at a syntax error */
    size_t unreadable;      /* out: how many paths could not be opened or read */
};

/* True for names that end like a document: .json .jsonl .ndjson .yaml .yml. */
bool bp_input_is_document_name(const char *name);

/* Reads each of `paths` in order: a file, a directory (walked, names in byte order, `*.json *.jsonl
 * *.ndjson *.yaml *.yml`, hidden ones passed over, symbolic links to directories not followed), or
 * "-" for standard input. The format follows from the name; standard input is JSON when it begins
 * with '{' or '[', else YAML. What can't be read ("unreadable") or is malformed ("syntax") becomes
 * a finding and the rest is still read: the caller decides by the counts. Unreadable is in a
 * directory also what has the name of a document and is no file; malformed is also a .json file
 * without any value. Findings are flushed after each document. 0, or the code of the callback. */
int bp_input_read(struct bp_input *in, const char *const *paths, size_t npaths, bp_input_fn *fn,
                  void *ctx, struct bp_err *e);

/* One descriptor as JSON (`name` in positions, kept by reference). Malformed or cut-off input is an
 * error, with position, and no finding. */
int bp_input_read_fd(struct bp_input *in, int fd, const char *name, bp_input_fn *fn, void *ctx,
                     struct bp_err *e);

/* The single document of a file (JSON or YAML by its name), read into `a`, which also keeps the
 * name. NULL with a position when it is missing, malformed, or not exactly one. */
cJSON *bp_input_file(struct bp_arena *a, const char *path, struct bp_err *e);
/* All documents of a file, in a JSON array node. */
cJSON *bp_input_file_all(struct bp_arena *a, const char *path, struct bp_err *e);
/* As bp_input_file_all() for text in memory; `name` decides the format and is kept by reference. */
cJSON *bp_input_text(struct bp_arena *a, const char *text, size_t len, const char *name,
                     struct bp_err *e);

#endif
