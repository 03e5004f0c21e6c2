/* UTF-8 decoding and encoding: see utf8.h. */
#include "base/utf8.h"

static int is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

size_t bp_utf8_decode(const char *s, size_t len, uint32_t *cp)
{
    const unsigned char *p = (const unsigned char *)s;
    uint32_t c;
    size_t n;

    if (len == 0)
        return 0;
    c = p[0];
    if (c < 0x80) {
        n = 1;
    } else if (c >= 0xC2 && c <= 0xDF && len >= 2 && is_tail(p[1])) {
        c = (c & 0x1F) << 6 | (p[1] & 0x3Fu);
        n = 2;
    } else if (c >= 0xE0 && c <= 0xEF && len >= 3 && is_tail(p[1]) && is_tail(p[2])) {
        c = (c & 0x0F) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
        if (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF))
            return 0;
        n = 3;
    } else if (c >= 0xF0 && c <= 0xF4 && len >= 4 && is_tail(p[1]) && is_tail(p[2]) &&
               is_tail(p[3])) {
        c = (c & 0x07) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
        if (c < 0x10000 || c > 0x10FFFF)
            return 0;
        n = 4;
    } else {
        return 0;
    }
    if (cp)
        *cp = c;
    return n;
}

size_t bp_utf8_encode(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp >= 0xD800 && cp <= 0xDFFF)
        return 0;
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    if (cp > 0x10FFFF)
        return 0;
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

size_t bp_utf8_check(const char *s, size_t len)
{
    size_t i = 0;

    while (i < len) {
        size_t n;

        if ((unsigned char)s[i] < 0x80) {
            i++;
            continue;
        }
        n = bp_utf8_decode(s + i, len - i, NULL);
        if (n == 0)
            return i;
        i += n;
    }
    return len;
}

size_t bp_utf8_cut(const char *s, size_t len)
{
    while (len > 0 && is_tail((unsigned char)s[len]))
        len--;
    return len;
}

size_t bp_utf8_count(const char *s, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += !is_tail((unsigned char)s[i]);
    return n;
}
