/* Growing byte strings: see str.h. */
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

char bp_str_empty[1] = "";

char *bp_str_room(struct bp_str *b, size_t n)
{
    if (b->max && (b->len > b->max || n > b->max - b->len)) {
        b->full = true;
        return NULL;
    }
    if (n >= b->cap - b->len || b->cap == 0) {
        if (n > (size_t)-2 - b->len)
            bp_out_of_memory();
        b->s = bp_grow(b->cap ? b->s : NULL, &b->cap, b->len + n + 1, 1);
        b->s[b->len] = '\0';
    }
    return b->s + b->len;
}

void bp_str_add(struct bp_str *b, const void *data, size_t len)
{
    char *p = bp_str_room(b, len);

    if (!p)
        return;
    if (len)
        memcpy(p, data, len);
    b->len += len;
    b->s[b->len] = '\0';
}

void bp_str_adds(struct bp_str *b, const char *s)
{
    bp_str_add(b, s, strlen(s));
}

void bp_str_addc(struct bp_str *b, char c)
{
    bp_str_add(b, &c, 1);
}

void bp_str_vaddf(struct bp_str *b, const char *fmt, va_list ap)
{
    va_list again;
    char *p;
    int n;

    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0) {
        b->full = true;
        return;
    }
    p = bp_str_room(b, (size_t)n);
    if (!p)
        return;
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    b->len += (size_t)n;
}

void bp_str_addf(struct bp_str *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    bp_str_vaddf(b, fmt, ap);
    va_end(ap);
}

void bp_str_cut(struct bp_str *b, size_t len)
{
    if (len >= b->len)
        return;
    b->len = len;
    b->s[len] = '\0';
}

char *bp_str_take(struct bp_str *b)
{
    char *s = b->cap ? b->s : bp_strdup("");

    b->s = bp_str_empty;
    b->len = 0;
    b->cap = 0;
    b->full = false;
    return s;
}

void bp_str_clear(struct bp_str *b)
{
    bp_str_cut(b, 0);
    b->full = false;
}

void bp_str_release(struct bp_str *b)
{
    if (b->cap)
        free(b->s);
    b->s = bp_str_empty;
    b->len = 0;
    b->cap = 0;
    b->full = false;
}
