/* The document tree that all layers share: cJSON nodes, made only here and by the readers.
 *
 * Every node lives in a bp_arena, knows its parent and where it was read, and is never freed singly
 * (cJSON_Delete and the cJSON_Create functions must not be used). A number's exact text is in
 * `valuestring`; `valuedouble` is its nearest double. A list is walked with cJSON_ArrayForEach, a
 * member is found with bp_json_get(), which tells upper from lower case. Strings hold no NUL. */
#ifndef BP_JSON_VALUE_H
#define BP_JSON_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/mem.h"

/* What a node is behind its cJSON face. */
struct bp_node {
    cJSON json; /* first: a `cJSON *` of ours is a `struct bp_node *` */
    struct bp_node *parent;
    const char *file;           /* borrowed, see struct bp_pos; NULL when not read from a text */
    uint32_t line, col;         /* where the value begins */
    uint32_t key_line, key_col; /* where its member name begins; 0 in lists and at the root */
    uint32_t index;             /* in its parent, as long as that has `gaps` false */
    bool gaps;                  /* a child was taken out: the indexes of the others may be wrong */
};

/* What the readers refuse to go beyond: a value costs up to 64 times the memory of its text, so
 * that a bound to the text alone is not enough. */
enum {
    BP_JSON_MAX_DEPTH = 512,
    BP_JSON_MAX_VALUES = 10000000, /* in one document, itself included */
};

/* ---- looking ---- */

/* The member `name` of an object, exact in case; NULL when there is none or `obj` is no object or
 * NULL. Linear: to look up many members of a large object, put them into a bp_map first. */
cJSON *bp_json_get(const cJSON *obj, const char *name);
/* As bp_json_get() along a path of names, ended by NULL. */
cJSON *bp_json_path(const cJSON *obj, ...) __attribute__((sentinel));

/* The text of a string node; NULL for anything else, NULL included. */
const char *bp_json_text(const cJSON *n);
/* bp_json_text() of a member. */
const char *bp_json_get_text(const cJSON *obj, const char *name);

/* Number of members or elements; 0 for scalars. */
size_t bp_json_count(const cJSON *n);

/* The integer value of a number node that is one (1, 1.0, 1e2) and fits; false otherwise. */
bool bp_json_int(const cJSON *n, int64_t *out);

/* "object", "array", "string", "number", "true or false", "null": for messages. */
const char *bp_json_type_name(const cJSON *n);
/* What the value is, for messages too: "an object", "an array", "a string", "a number", "true",
 * "false", "null". */
const char *bp_json_a_type(const cJSON *n);

/* Deep equality: numbers by exact decimal value, objects without regard to order, strings by
 * bytes. No recursion deeper than the reader's limit; better than quadratic in large objects. */
bool bp_json_equal(const cJSON *a, const cJSON *b);

/* Where the value, or its member name, was read. */
struct bp_pos bp_json_pos(const cJSON *n);
struct bp_pos bp_json_key_pos(const cJSON *n);

/* The parent, NULL at the root. */
cJSON *bp_json_parent(const cJSON *n);

/* The RFC 6901 pointer of `n` from its root ("" for the root), in `a`. */
char *bp_json_pointer_of(struct bp_arena *a, const cJSON *n);

/* ---- making: all in the arena, strings copied ---- */

cJSON *bp_json_object(struct bp_arena *a);
cJSON *bp_json_array(struct bp_arena *a);
cJSON *bp_json_null(struct bp_arena *a);
cJSON *bp_json_bool(struct bp_arena *a, bool v);
cJSON *bp_json_string(struct bp_arena *a, const char *s);
cJSON *bp_json_stringn(struct bp_arena *a, const char *s, size_t len);
cJSON *bp_json_integer(struct bp_arena *a, int64_t v);
/* `text` must be a JSON number; it is kept as it stands. */
cJSON *bp_json_number(struct bp_arena *a, const char *text, size_t len);

/* Appends; `value` must not be in a tree already. Returns `value`. */
cJSON *bp_json_append(cJSON *array, cJSON *value);
/* Sets member `name` (copied), in the place of an existing one or at the end. Returns `value`. */
cJSON *bp_json_set(struct bp_arena *a, cJSON *obj, const char *name, cJSON *value);
cJSON *bp_json_set_string(struct bp_arena *a, cJSON *obj, const char *name, const char *s);
/* Appends a member that is known not to be there yet; `name` is borrowed from the arena. */
cJSON *bp_json_add(cJSON *obj, const char *name, cJSON *value);
/* Takes a node out of its parent; it can be put elsewhere. */
void bp_json_unlink(cJSON *n);
/* Puts `value` where `old` stands (same member name); `old` is unlinked. */
void bp_json_replace(cJSON *old, cJSON *value);
/* Unlinks the member if it is there; true when it was. */
bool bp_json_remove(cJSON *obj, const char *name);

/* A deep copy in `a`, positions kept. */
cJSON *bp_json_copy(struct bp_arena *a, const cJSON *n);
/* Gives `n`, without its children, the position of `from`. */
void bp_json_set_pos(cJSON *n, const cJSON *from);

/* Sorts the members of every object in the tree into RFC 8785 order (UTF-16 code units). */
void bp_json_sort(cJSON *n);
/* The order of two member names in RFC 8785: as memcmp over UTF-16 code units. */
int bp_json_key_order(const char *a, const char *b);

/* RFC 7396: what `patch` makes of `target` (which may be NULL). The result lives in `a`, shares no
 * node with `patch` and takes over nodes of `target`. */
cJSON *bp_json_merge_patch(struct bp_arena *a, cJSON *target, const cJSON *patch);

#endif
