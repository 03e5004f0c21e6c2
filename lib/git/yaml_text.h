/* The text around YAML documents: where each begins and ends, and its comments. What the reader
 * throws away and an edit of one document must keep. */
#ifndef BP_GIT_YAML_TEXT_H
#define BP_GIT_YAML_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "json/value.h"

/* One document of a stream with its marker (`---`), directives and comments. */
struct bp_yaml_span {
    size_t start, end;
    uint32_t line_end; /* the line, from 1, that the next span begins on */
};

/* The next span into `*s`, which begins all zero; false at the end. Together the spans are the
 * whole text. A marker at the beginning of a line is one even inside a scalar (YAML 1.2, 9.1.2), so
 * lines are all that has to be looked at: those that the reader counts, which also end at a lone
 * carriage return and at the line breaks of Unicode. */
bool bp_yaml_span_next(const char *text, size_t len, struct bp_yaml_span *s);

/* True when the span begins with `---`, or ends with `...`. */
bool bp_yaml_is_marked(const char *text, size_t len);
bool bp_yaml_is_ended(const char *text, size_t len);

/* The bytes in front of the first line with content: directives, marker, comments, blank lines. A
 * marker with content on its line belongs to the content. */
size_t bp_yaml_head(const char *text, size_t len);

/* True when there are comments behind the head; `doc` is what the text was read into. Looks at a
 * bounded number of places. */
bool bp_yaml_has_comments(const char *text, size_t len, const cJSON *doc);

#endif
