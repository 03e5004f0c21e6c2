/* Two texts line by line. */
#ifndef BP_DIFF_LINES_H
#define BP_DIFF_LINES_H

#include <stddef.h>

/* One line of the result: sign '-' only in the old text, '+' only in the new one, ' ' in both; '@'
 * where lines that are equal were left out (`text` is NULL, `len` how many); '\\' where the line
 * before has no line end
 * (`text` is NULL). */
typedef void bp_lines_fn(void *ctx, char sign, const char *text, size_t len);

/* Calls `fn` for what differs and one line of context around it. */
void bp_lines_diff(const char *old, const char *now, bp_lines_fn *fn, void *ctx);

#endif
