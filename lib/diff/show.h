/* Changes as a person wants to see them: grouped by document, old and new in place, secrets masked.
 */
#ifndef BP_DIFF_SHOW_H
#define BP_DIFF_SHOW_H

#include "base/str.h"
#include "diff/states.h"

struct bp_show {
    struct bp_mask *mask;
    bool markdown; /* a heading and a fenced diff for each document, for a merge request */
    bool colour;   /* text only */
};

/* Appends one change; nothing for a noop. All text is escaped for terminals. */
void bp_show_change(const struct bp_show *show, struct bp_arena *a, const struct bp_change *c,
                    const struct bp_fields *fields, struct bp_str *out);

/* Appends "1 to create, 2 to update, 0 to delete, 4 unchanged" as a line. */
void bp_show_count(const struct bp_show *show, const struct bp_states_count *count,
                   struct bp_str *out);

/* One line a document, aligned: kept until all are known. */
struct bp_stat {
    struct bp_arena arena;
    struct bp_stat_row *rows;
    size_t count, cap;
};

#define BP_STAT_INIT \
    {                \
        0            \
    }

void bp_stat_add(struct bp_stat *s, const struct bp_change *c, const struct bp_fields *fields);
/* "update Kind/name | 3 +1 -0 ~2": fields added, removed and modified or reordered; for whole
 * documents that are created or deleted, their values. */
void bp_stat_show(const struct bp_stat *s, bool colour, struct bp_str *out);
void bp_stat_release(struct bp_stat *s);

#endif
