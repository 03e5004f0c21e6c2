/* Printing the document tree. Numbers are written as they were read, except in canonical form. */
#ifndef BP_JSON_WRITE_H
#define BP_JSON_WRITE_H

#include "base/str.h"
#include "json/value.h"

/* One line, members in tree order, no spaces, no final newline: what goes through pipes. */
void bp_json_write(const cJSON *n, struct bp_str *out);

/* For files that people read: members in canonical order, two spaces a level, final newline. */
void bp_json_write_pretty(const cJSON *n, struct bp_str *out);

/* RFC 8785, with bp_number_canonical() for numbers: for hashing, signing, comparing. */
void bp_json_write_canonical(const cJSON *n, struct bp_str *out);

#endif
