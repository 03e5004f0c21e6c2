/* Reading JSON (RFC 8259) into the document tree, strictly: UTF-8, no duplicate member names, no
 * NUL in strings, bounded depth, a position for everything. */
#ifndef BP_JSON_READ_H
#define BP_JSON_READ_H

#include "json/value.h"

/* Parses exactly one value and nothing behind it. `file` names the text in positions and is kept by
 * reference. Returns NULL with BP_EINPUT or BP_ELIMIT and a position in `e`. The tree lives in `a`
 * and does not refer to `text`. */
cJSON *bp_json_parse(struct bp_arena *a, const char *text, size_t len, const char *file,
                     struct bp_err *e);

/* A text that may hold several values. */
struct bp_json_cursor {
    const char *p, *end;
    const char *line_start;
    const char *file;
    uint32_t line; /* of `p`, from 1 */
    uint32_t
        tails; /* UTF-8 continuation bytes since line_start, so that columns count characters */
};

void bp_json_cursor_init(struct bp_json_cursor *c, const char *text, size_t len, const char *file);
/* Skips white space; true when something is left. */
bool bp_json_cursor_more(struct bp_json_cursor *c);
struct bp_pos bp_json_cursor_pos(const struct bp_json_cursor *c);
/* Parses the next value and leaves the cursor behind it. `*cut` (may be NULL) tells that the text
 * ended inside the value. */
cJSON *bp_json_next(struct bp_json_cursor *c, struct bp_arena *a, bool *cut, struct bp_err *e);

#endif
