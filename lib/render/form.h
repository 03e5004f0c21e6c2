/* Compact forms: an object written as one text, such as a port mapping `8080:80/tcp` for the form
 * `${host}:${container}/${protocol}`. The form stands in the object's schema as `bp:form`, a text
 * or a list of texts that are tried in turn. */
#ifndef BP_RENDER_FORM_H
#define BP_RENDER_FORM_H

#include "json/value.h"

/* The `bp:form` of a schema, NULL when it has none. */
const cJSON *bp_form_of(const cJSON *schema);

/* Checks the forms of a schema: each begins with a name, has text between two names, and names
 * declared properties only. BP_EINPUT with a position when not. */
int bp_form_check(const cJSON *schema, struct bp_err *e);

/* The object that `text` stands for by the first form that fits: its members are texts. NULL when
 * none fits. A part ends where the text behind it in the form begins for the first time; what is
 * inside `${...}` is not looked into. A part is never empty, and holds none of the texts that
 * separate parts in any of the forms. */
cJSON *bp_form_split(struct bp_arena *a, const cJSON *schema, const char *text);

/* The first form, for messages. */
const char *bp_form_example(const cJSON *schema);

#endif
