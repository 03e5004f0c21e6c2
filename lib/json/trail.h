/* Where a walk over a tree stands: the pointer of a node without searching for it, which in a long
 * list would make many findings cost its square. */
#ifndef BP_JSON_TRAIL_H
#define BP_JSON_TRAIL_H

#include "base/str.h"
#include "json/value.h"

/* One step, in a frame of the function that walks. The first step is where the walk began. */
struct bp_trail {
    const struct bp_trail *up; /* NULL at the first step */
    const cJSON *node;
    size_t index; /* in its list; not looked at when `node` has a name */
};

/* Appends the RFC 6901 pointer of the last step from the root of the tree. It is for people: a name
 * of hundreds of characters is cut, and so is a pointer of thousands, so that many findings below
 * long names cost no more than the findings. */
void bp_trail_pointer(const struct bp_trail *t, struct bp_str *out);
/* Appends the token of a member name to a pointer, cut in the same way. */
void bp_trail_add_name(const char *name, struct bp_str *out);

#endif
