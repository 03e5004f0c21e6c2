/* What a stream asks for: documents that shall be, and tombstones of those that shall not. */
#ifndef BP_GIT_WISHES_H
#define BP_GIT_WISHES_H

#include "base/map.h"
#include "git/message.h"
#include "json/diag.h"
#include "model/document.h"

struct bp_wish {
    struct bp_identity id;
    const char *location; /* metadata.locationname, NULL when absent */
    const char *text;     /* the document in one line; trees of thousands would not fit */
    size_t len;
    bool tombstone;
    struct bp_pos pos;
    struct bp_provenance from;
};

struct bp_wishes {
    struct bp_arena a;
    struct bp_map by_id; /* "kind/name" -> struct bp_wish *, in order of the stream */
    size_t duplicates;   /* identities that came more than once */
    size_t unfit;        /* documents without identity, or with names that can't be a path */
};

#define BP_WISHES_INIT                           \
    {                                            \
        .a = BP_ARENA_INIT, .by_id = BP_MAP_INIT \
    }

/* Takes a document of the stream in, by copying. What is wrong with it becomes a finding and
 * counts. The name of its file must live as long as the wishes. */
void bp_wishes_add(struct bp_wishes *w, const cJSON *doc, struct bp_diags *d);
void bp_wishes_release(struct bp_wishes *w);

size_t bp_wishes_count(const struct bp_wishes *w);
struct bp_wish *bp_wishes_at(const struct bp_wishes *w, size_t i);
/* The wish for an identity, NULL when the stream does not mention it. */
struct bp_wish *bp_wishes_find(const struct bp_wishes *w, struct bp_identity id);

#endif
