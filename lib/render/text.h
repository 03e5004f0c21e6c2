/* The `${...}` of templates and of order values, as it is written. */
#ifndef BP_RENDER_TEXT_H
#define BP_RENDER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum bp_part_kind {
    BP_PART_END,    /* nothing is left */
    BP_PART_TEXT,   /* literal text; `$${` comes out as the text `${` */
    BP_PART_REF,    /* `${path}`: `s` and `len` are the path */
    BP_PART_SECRET, /* `${secret:...}`: `s` and `len` are all of it */
    BP_PART_BAD,    /* a `${` that is not closed or holds no legal path: `s` and `len` show it */
};

struct bp_part {
    enum bp_part_kind kind;
    const char *s; /* into the text that is read */
    size_t len;
};

/* The next part of a template's text at `*p`, which is moved behind it. */
void bp_part_next(const char **p, struct bp_part *part);

/* The path of a text that is nothing but one `${path}`; NULL for anything else. */
const char *bp_text_whole_ref(const char *text, size_t *len);

/* The next `${site.NAME}` of an order's value at or behind `p`: where it begins, with `*name` and
 * `*len` set to NAME and `*end` behind the brace. NULL when there is none. `$${site.` is no
 * reference; `*escaped` is then set, the returned place is its first `$` and `*end` is behind that
 * `$`. */
const char *bp_text_site_ref(const char *p, const char **name, size_t *len, const char **end,
                             bool *escaped);
bool bp_text_has_site_ref(const char *text);

/* How many times a text says `${secret:`. */
size_t bp_text_count_secrets(const char *text);

/* True when `text` is nothing but one well-formed `${secret:PATH}`: PATH is 1 to 512 of
 * [A-Za-z0-9._/#@+-], has no part that is empty, `.` or `..`. */
bool bp_text_is_secret(const char *text);
/* The same check for PATH alone, as it stands behind `secretref:`. */
bool bp_text_is_secret_path(const char *path, size_t len);

/* True for a legal parameter name: a letter or '_', then letters, digits and `_-./`. */
bool bp_text_is_name(const char *s, size_t len);

#endif
