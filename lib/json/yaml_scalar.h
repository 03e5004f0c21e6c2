/* What a plain (unquoted) YAML scalar means, to the reader and to the writer. */
#ifndef BP_JSON_YAML_SCALAR_H
#define BP_JSON_YAML_SCALAR_H

#include <stdbool.h>
#include <stddef.h>

#include "json/value.h"

/* The types of the YAML 1.2 core schema, with the notations that JSON does not share kept apart. */
enum bp_yaml_kind {
    BP_YAML_STRING,
    BP_YAML_NULL,
    BP_YAML_TRUE,
    BP_YAML_FALSE,
    BP_YAML_INT, /* decimal; may have a '+' or leading zeros */
    BP_YAML_OCT, /* 0o17 */
    BP_YAML_HEX, /* 0x1F */
    BP_YAML_FLOAT,
    BP_YAML_INF,
    BP_YAML_NAN,
};

enum bp_yaml_kind bp_yaml_kind_of(const char *text, size_t len);

/* The node of a scalar that bp_yaml_kind_of() found to be `kind`. NULL with BP_EINPUT for .inf and
 * .nan, with BP_ELIMIT for an octal or hexadecimal number of more than 1024 digits. */
cJSON *bp_yaml_make_scalar(struct bp_arena *a, enum bp_yaml_kind kind, const char *text, size_t len,
                           struct bp_err *e);

/* True when the text, written plain, is a string to every reader: neither to the core schema nor to
 * YAML 1.1 (booleans such as no and y, octals, underscores, 12:30:45, dates, << and =) is it
 * anything else. Says nothing about characters that a plain scalar can't hold. */
bool bp_yaml_always_string(const char *text, size_t len);

/* True when a JSON number, written plain, is a number to YAML 1.1 too, which wants a point and a
 * signed exponent: 1.0e+5, not 1e5. */
bool bp_yaml_always_number(const char *text);

#endif
