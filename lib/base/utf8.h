/* UTF-8 by RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF. */
#ifndef BP_BASE_UTF8_H
#define BP_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length in bytes (1 to 4) of the well-formed character at `s`, of which `len` bytes may be read;
 * 0 when there is none. The code point goes to `*cp` unless that is NULL. */
size_t bp_utf8_decode(const char *s, size_t len, uint32_t *cp);

/* Writes `cp` to `out` (room for 4 bytes); returns the bytes written, 0 for a surrogate or a value
 * above U+10FFFF. No terminator. */
size_t bp_utf8_encode(uint32_t cp, char out[4]);

/* The offset of the first malformed byte, or `len` when all is well. */
size_t bp_utf8_check(const char *s, size_t len);

/* The largest n <= `len` that does not split a character of `s`. */
size_t bp_utf8_cut(const char *s, size_t len);

/* The number of characters in well-formed text. */
size_t bp_utf8_count(const char *s, size_t len);

#endif
