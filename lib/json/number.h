/* JSON numbers by their decimal text: exact, of any size. */
#ifndef BP_JSON_NUMBER_H
#define BP_JSON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* The readers refuse larger exponents, so that comparing stays exact in 64 bits. */
#define BP_NUMBER_MAX_EXP INT64_C(1000000000000000)

/* A number as sign, digits without zeros at either end, and the power of ten of the last digit:
 * value = (negative ? -1 : 1) * digits * 10^exp. Zero has no digits and is never negative. The
 * digits stand in the text that was read, with a '.' possibly among them. */
struct bp_number {
    const char *digits;
    size_t len;    /* bytes at `digits`, a '.' included */
    size_t ndigit; /* digits among them */
    int64_t exp;
    bool negative;
};

/* The length of the JSON number (RFC 8259) at the start of `s`; 0 when there is none. */
size_t bp_number_scan(const char *s, size_t len);

/* Takes a JSON number apart; `text` must be one. */
void bp_number_parse(const char *text, size_t len, struct bp_number *out);

/* Exact comparison of two JSON numbers: below 0, 0, above 0. */
int bp_number_cmp(const char *a, const char *b);

bool bp_number_is_integer(const char *text);
/* The value when it is an integer that fits (also written as 1.0 or 1e2); false otherwise. */
bool bp_number_to_int64(const char *text, int64_t *out);

/* Appends the canonical text: the form of ECMAScript, which RFC 8785 asks for, of the exact decimal
 * value. Where the number has more digits or a larger exponent than an IEEE double, RFC 8785 would
 * round; this does not. So equal text means equal value, always. */
void bp_number_canonical(const char *text, struct bp_str *out);

#endif
