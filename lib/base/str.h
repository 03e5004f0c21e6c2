/* A growing string of bytes with a limit. It is always terminated, so `s` can be used as a C string
 * when its content has no NUL. An append past the limit is dropped whole and remembered in `full`:
 * call sites stay linear and check once, at the end. */
#ifndef BP_BASE_STR_H
#define BP_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct bp_str {
    char *s; /* never NULL; not to be freed by callers, see bp_str_take() */
    size_t len;
    size_t cap; /* bytes allocated; 0 = `s` is the static empty string */
    size_t max; /* most bytes it may hold; 0 = no limit but memory */
    bool full;  /* an append was refused */
};

extern char bp_str_empty[1];

#define BP_STR_INIT       \
    {                     \
        .s = bp_str_empty \
    }
#define BP_STR_LIMIT(n)               \
    {                                 \
        .s = bp_str_empty, .max = (n) \
    }

void bp_str_add(struct bp_str *b, const void *data, size_t len);
void bp_str_adds(struct bp_str *b, const char *s);
void bp_str_addc(struct bp_str *b, char c);
void bp_str_addf(struct bp_str *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void bp_str_vaddf(struct bp_str *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Room for `n` more bytes at `s + len`; the caller writes there and then raises `len`, keeping the
 * terminator. NULL when that would pass the limit. */
char *bp_str_room(struct bp_str *b, size_t n);

/* Drops everything after `len` bytes; a longer `len` changes nothing. */
void bp_str_cut(struct bp_str *b, size_t len);

/* The content as memory the caller frees; the string is empty afterwards. */
char *bp_str_take(struct bp_str *b) __attribute__((returns_nonnull));

/* Empties it and keeps the memory for reuse. */
void bp_str_clear(struct bp_str *b);
/* Empties it and gives the memory back. The string is usable again. */
void bp_str_release(struct bp_str *b);

#endif
