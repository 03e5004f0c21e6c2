/* RFC 6901 JSON pointers. */
#ifndef BP_JSON_POINTER_H
#define BP_JSON_POINTER_H

#include "base/str.h"
#include "json/value.h"

/* The node that `pointer` names, NULL when there is none or the pointer is malformed. */
cJSON *bp_pointer_get(const cJSON *root, const char *pointer);

/* Appends "/" and the escaped name. */
void bp_pointer_add(struct bp_str *out, const char *name);
/* Appends "/" and the index. */
void bp_pointer_add_index(struct bp_str *out, size_t index);

/* True when `pointer` is "" or begins with '/' and has no stray '~'. */
bool bp_pointer_valid(const char *pointer);
/* True when `pointer` is `prefix` or lies below it. */
bool bp_pointer_under(const char *pointer, const char *prefix);

#endif
