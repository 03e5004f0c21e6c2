/* What the names in a template stand for. */
#ifndef BP_RENDER_SCOPE_H
#define BP_RENDER_SCOPE_H

#include "json/value.h"

/* One variable of a `$each` that is being repeated; the innermost first. */
struct bp_loop {
    const char *name;
    const cJSON *value;
    const struct bp_loop *up;
};

struct bp_scope {
    const cJSON *params;   /* object: the typed parameters; NULL for none */
    const cJSON *builtins; /* object: name, service, order, spec, site */
    const struct bp_loop *loops;
};

/* The value of a dotted path (`len` bytes): a loop variable, a built-in or a parameter. NULL when
 * it has no value. A null counts as no value. */
const cJSON *bp_scope_get(const struct bp_scope *s, const char *path, size_t len);

/* The member of `obj` that a dotted path leads to, NULL when there is none. A member whose own name
 * holds dots ("app.kubernetes.io/name") is found too: the longest name that fits wins. */
const cJSON *bp_member_path(const cJSON *obj, const char *path, size_t len);

/* The path that was probably meant by one that leads to no member, in `a`; NULL when none is near
 * enough. */
const char *bp_member_nearest(struct bp_arena *a, const cJSON *obj, const char *path, size_t len);

/* True for the first words that bp gives a meaning: name, service, order, spec, site. No parameter,
 * loop variable or site variable may shadow them. */
bool bp_is_builtin(const char *name, size_t len);

/* The member `name` of `len` bytes; NULL as with bp_json_get(). */
const cJSON *bp_member(const cJSON *obj, const char *name, size_t len);

#endif
