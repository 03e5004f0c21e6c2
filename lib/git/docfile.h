/* One file of a repository as the documents in it, with what is needed to change one of them and
 * leave everything else as it stands. */
#ifndef BP_GIT_DOCFILE_H
#define BP_GIT_DOCFILE_H

#include "base/map.h"
#include "base/str.h"
#include "json/value.h"
#include "model/document.h"

enum bp_docfile_form {
    BP_DOCFILE_JSON, /* JSON values one behind the other: documents, or arrays of them */
    BP_DOCFILE_YAML, /* YAML documents */
};

struct bp_docpart {
    size_t start, end;     /* of its text; of an element: of the array that it is in */
    bool element;          /* of an array */
    cJSON *doc;            /* NULL: a YAML part without content */
    struct bp_identity id; /* kind is NULL when it is no document of ours */
    const cJSON *now;      /* what replaces it */
    bool removed;
    bool twice; /* set by bp_docfile_find(): a later part has the same identity */
};

struct bp_docfile {
    enum bp_docfile_form form;
    const char *text; /* borrowed; without a byte order mark */
    size_t len;
    bool bom;   /* it began with one */
    bool lines; /* its name says JSON lines */
    struct bp_docpart *parts;
    size_t nparts, cap;
    struct bp_map by_id; /* made at the first look-up in a file of many parts */
    bool changed;
};

#define BP_DOCFILE_INIT \
    {                   \
        0               \
    }

/* Reads `text`, whose name `path` (kept by reference, for positions) decides the format. Trees go
 * into `a`; `text` must stay. BP_EINPUT with a position when it is malformed. */
int bp_docfile_parse(struct bp_docfile *f, struct bp_arena *a, const char *text, size_t len,
                     const char *path, struct bp_err *e);
void bp_docfile_release(struct bp_docfile *f);

/* The first part with this identity, NULL when there is none. `a` is the arena of the trees. */
struct bp_docpart *bp_docfile_find(struct bp_docfile *f, struct bp_arena *a, struct bp_identity id);

/* Marks a part; the text changes in bp_docfile_write() only. `doc` must live until then. */
void bp_docfile_replace(struct bp_docfile *f, struct bp_docpart *part, const cJSON *doc);
void bp_docfile_remove(struct bp_docfile *f, struct bp_docpart *part);

/* True when nothing but white space and comments would be left. */
bool bp_docfile_is_empty(const struct bp_docfile *f);

/* Appends the new text. A changed YAML document is printed anew: comments above its first line are
 * kept; `*comments_lost` tells that there were others. JSON keeps the layout of the old text: one
 * line, or indented. */
void bp_docfile_write(const struct bp_docfile *f, struct bp_str *out, bool *comments_lost);

/* True when `written`, by bp_docfile_write(), reads as what it shall be: the documents that were
 * there, the changed ones as they are now, and no others. Nothing may be saved without. Trees go
 * into `a`. */
bool bp_docfile_verify(const struct bp_docfile *f, struct bp_arena *a, const char *path,
                       const struct bp_str *written);

#endif
