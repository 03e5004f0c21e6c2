/* Names of documents out of names of services. */
#ifndef BP_RENDER_NAME_H
#define BP_RENDER_NAME_H

#include <stdbool.h>

#include "base/mem.h"

/* A display name as a name that containers, files and branches can have: lower case, everything but
 * [a-z0-9] as single '-', none at the ends, at most 54 characters. NULL when nothing is left. */
char *bp_slug(struct bp_arena *a, const char *display);

/* `${name}` of a service: the slug of its display name and, when it has an id, "-" and 8
 * hexadecimal digits: the first of a UUID, a digest of any other id. NULL when no legal name can be
 * made. */
char *bp_service_document_name(struct bp_arena *a, const char *display, const char *service_id);

/* True for a display name that is meant as a path: absolute, or with `.` or `..` as a part. */
bool bp_name_is_path(const char *display);

#endif
