/* The two small languages of templates: the condition of `$if` and the header of `$each`. */
#ifndef BP_RENDER_EXPR_H
#define BP_RENDER_EXPR_H

#include "json/value.h"

/* `path`, `!path`, `path == literal` or `path != literal`. */
struct bp_condition {
    const char *path; /* into the text */
    size_t len;
    bool negated;         /* '!' or '!=' */
    const cJSON *literal; /* NULL when truth is asked for */
};

/* Parses; the literal is made in `a`. A literal is typed as in YAML: 8080, true, null, text, or
 * "quoted text". BP_EINPUT with a message, no position, when malformed. */
int bp_condition_parse(struct bp_arena *a, const char *text, struct bp_condition *c,
                       struct bp_err *e);

/* The answer for the value (NULL: none). Without a literal everything is true but no value, false,
 * an empty text, an empty list and an empty object. */
bool bp_condition_holds(const struct bp_condition *c, const cJSON *value);

/* `NAME in PATH` or `NAME, INDEX in PATH`. */
struct bp_each {
    const char *name;  /* in the arena */
    const char *index; /* in the arena; NULL when not asked for */
    const char *path;  /* into the text */
    size_t len;
};

int bp_each_parse(struct bp_arena *a, const char *text, struct bp_each *each, struct bp_err *e);

#endif
