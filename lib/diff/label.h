/* Paths for people: spec.instances[web].image. */
#ifndef BP_DIFF_LABEL_H
#define BP_DIFF_LABEL_H

#include <stddef.h>

#include "base/str.h"

/* Appends the step to a member, with quotes where the name could be misread: .image, ["a b"]. */
void bp_label_add_member(struct bp_str *out, const char *name);
/* Appends the step to a list element that is known by its name: [web]. */
void bp_label_add_element(struct bp_str *out, const char *name);
/* Appends the step to a list element by its place: [3]. */
void bp_label_add_index(struct bp_str *out, size_t index);

#endif
