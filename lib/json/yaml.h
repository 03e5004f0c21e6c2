/* YAML 1.2, core schema, into and out of the document tree, on libyaml's events. */
#ifndef BP_JSON_YAML_H
#define BP_JSON_YAML_H

#include "base/str.h"
#include "json/value.h"

/* A stream of YAML documents being read. */
struct bp_yaml;

/* `text` must stay until bp_yaml_free(); `file` as in bp_json_parse(). Never NULL. */
struct bp_yaml *bp_yaml_new(const char *text, size_t len, const char *file);
/* The same for what is left of a text, from the beginning of line `line` on. */
struct bp_yaml *bp_yaml_new_at(const char *text, size_t len, const char *file, uint32_t line);
void bp_yaml_free(struct bp_yaml *y);

/* The next document into `*doc`, in arena `a`: returns 1; 0 at the end of the stream (`*doc` NULL);
 * a negative code with a position in `e` otherwise, and then nothing more can be read. Documents
 * that are empty (only comments) are passed over.
 *
 * Types follow the YAML 1.2 core schema, also under a %YAML 1.1 directive. The name of a member is
 * always its text: `no`, `true` and `1` are "no", "true" and "1". An alias becomes a deep copy of
 * what its anchor stands for.
 *
 * Refused with BP_EINPUT: all but UTF-8, duplicate names, names that are no scalars or missing,
 * `{a:1}` (no space behind the ':'), tags beyond the core schema or on another type, merge keys
 * (`<<`), NUL, .inf and .nan, aliases without anchor or inside their own anchor. With BP_ELIMIT:
 * nesting over BP_JSON_MAX_DEPTH, aliases that make more than 10,000 values + 10 for each event so
 * far, or a million in one document, or more text than 1 MiB + 10 times the stream, and what would
 * cost libyaml quadratic time. */
int bp_yaml_next(struct bp_yaml *y, struct bp_arena *a, cJSON **doc, struct bp_err *e);

/* Exactly one document: NULL with `e` when there is none or more than one. */
cJSON *bp_yaml_parse(struct bp_arena *a, const char *text, size_t len, const char *file,
                     struct bp_err *e);

/* The value of a plain (unquoted) scalar by the core schema: null, true/false, a number, a string.
 * A number that JSON can write keeps its text; others (0x1F, 0o17, +1, .5, 1., 007) become decimal
 * text of the same value. .inf and .nan are refused with BP_EINPUT, octal and hexadecimal numbers
 * of more than 1024 digits with BP_ELIMIT (NULL returned, no position). */
cJSON *bp_yaml_scalar(struct bp_arena *a, const char *text, size_t len, struct bp_err *e);

/* Prints a tree as one YAML document: block style, members in canonical order, final newline, no
 * `---`. bp_yaml_parse() of it gives an equal tree, numbers with the same text; a reader of
 * YAML 1.1 gets the same strings and types, for which 1e5 is written `!!float 1e5`. Control
 * characters, line breaks other than the line feed and marks that change the direction of text come
 * out as escapes. */
void bp_yaml_write(const cJSON *n, struct bp_str *out);

#endif
