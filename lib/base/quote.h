/* Text as a JSON string literal: the one way that the suite writes them. */
#ifndef BP_BASE_QUOTE_H
#define BP_BASE_QUOTE_H

#include <stddef.h>

#include "base/str.h"

/* Appends `s` as a JSON string, quotes included, escaped as RFC 8785 does it. Bytes that are no
 * UTF-8 become U+FFFD. */
void bp_quote_json(const char *s, size_t len, struct bp_str *out);

#endif
