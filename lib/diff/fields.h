/* Two documents: what differs, field by field. */
#ifndef BP_DIFF_FIELDS_H
#define BP_DIFF_FIELDS_H

#include "diff/digest.h"
#include "diff/mask.h"
#include "json/value.h"

enum bp_field_type {
    BP_FIELD_ADDED,
    BP_FIELD_REMOVED,
    BP_FIELD_MODIFIED,
    BP_FIELD_REORDERED, /* a list whose named members changed places; values: the names in order */
};

/* One difference, as deep in the documents as it is. */
struct bp_field {
    enum bp_field_type type;
    const char *path;  /* RFC 6901; into the new document, of a removed field into the old one */
    const char *label; /* the same for people: spec.instances[web].image */
    const cJSON *old;  /* NULL when added; borrowed from the document */
    const cJSON *now;  /* NULL when removed */
    bool secret;       /* stands at or below a member whose name says secret: see mask.h */
};

/* Reused from document to document; paths live in the arena that was given. */
struct bp_fields {
    struct bp_field *items;
    size_t count, cap;
};

const char *bp_field_type_name(enum bp_field_type type);

/* Fills `out` with what turns `old` into `now`; it is emptied first. Numbers are compared by exact
 * value, objects without regard to order. Lists whose members are objects with distinct string
 * `name`s are matched by it; other lists by a longest common subsequence, and what is left between
 * in order.
 *
 * Removing the removed fields from `old` (all of them at once), then doing the others one after the
 * other gives `now`: an added list element goes to its index, a reordered list is sorted by the new
 * names. Where there would be more than 65,536 fields or 8 MiB of paths, only top-level members are
 * told apart. */
void bp_fields_diff(struct bp_arena *a, const struct bp_digest_key *key, const cJSON *old,
                    const cJSON *now, struct bp_fields *out);

/* {"specChanges":[{"path","oldValue","newValue","type"}],"metadataChanges":[...],"hasChanges":true}
 * of a document that differs, or that comes or goes as a whole (no fields then): what lies under
 * /spec, and everything else. Values are copied with secrets masked. */
cJSON *bp_fields_object(struct bp_arena *a, const struct bp_fields *f, struct bp_mask *mask);

void bp_fields_release(struct bp_fields *f);

#endif
