/* The text of a commit: a subject and, at its end, trailers (`Key: value`). */
#ifndef BP_GIT_MESSAGE_H
#define BP_GIT_MESSAGE_H

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "json/value.h"

/* Collects trailers, each once, in order of first mention. */
struct bp_trailers {
    struct bp_arena a;
    struct bp_map given; /* keys that were given by hand: nothing is added to them from documents */
    /* Whole lines: those given, then Order-Id, Order-Item, Specification. */
    struct bp_map lines[4];
};

#define BP_TRAILERS_INIT   \
    {                      \
        .a = BP_ARENA_INIT \
    }

/* A trailer by hand, as "KEY=VALUE" or "KEY: VALUE"; BP_EUSAGE when the key is not of [A-Za-z0-9-]
 * or the value is empty or has a control character. */
int bp_trailers_give(struct bp_trailers *t, const char *text, struct bp_err *e);

/* Where a document comes from, by its annotations; NULL where it does not say. */
struct bp_provenance {
    const char *order_id, *order_item, *specification;
};
/* Reads the annotations; the texts are copied into `a`. */
struct bp_provenance bp_provenance_of(struct bp_arena *a, const cJSON *doc);

/* Adds Order-Id, Order-Item and Specification of a changed document. Control characters in a value
 * become blanks. */
void bp_trailers_add(struct bp_trailers *t, const struct bp_provenance *p);

void bp_trailers_release(struct bp_trailers *t);

/* What a message given by hand must be: UTF-8, not blank, no control characters but tab and line
 * feed. */
int bp_message_check(const char *text, struct bp_err *e);

/* Appends `text` and the trailers, as Git's own tools do: behind a blank line unless the text ends
 * with trailers already. */
void bp_message_write(const char *text, const struct bp_trailers *t, struct bp_str *out);

#endif
