/* What a person sees: colour, and text from input made harmless. */
#ifndef BP_BASE_TERM_H
#define BP_BASE_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* True when `fd` is a terminal and NO_COLOR is unset or empty and TERM is not "dumb". */
bool bp_term_colour(int fd);

/* SGR sequences, or "" when `on` is false. */
enum bp_style { BP_PLAIN, BP_BOLD, BP_DIM, BP_RED, BP_GREEN, BP_YELLOW, BP_CYAN };
const char *bp_term_style(enum bp_style style, bool on);

/* Appends `s` with control characters, malformed UTF-8, bidirectional overrides and line ends as
 * visible escapes (\n, \x1b, \u202e), so that hostile names can't drive a terminal. */
void bp_term_escape(const char *s, size_t len, struct bp_str *out);

#endif
