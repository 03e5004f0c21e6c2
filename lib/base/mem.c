/* Allocation that does not fail, and arenas: see mem.h. */
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARENA_BLOCK = 32 * 1024, ARENA_KEEP = 1024 * 1024, ARENA_ALIGN = 16 };

struct bp_arena_block {
    struct bp_arena_block *prev;
    size_t size; /* bytes of data */
    size_t used;
    max_align_t data[];
};

_Noreturn void bp_out_of_memory(void)
{
    static const char text[] = "bp: error: out of memory\n";

    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(75);
    _exit(75);
}

void *bp_alloc(size_t size)
{
    void *p = malloc(size ? size : 1);

    if (!p)
        bp_out_of_memory();
    return p;
}

void *bp_calloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);

    if (!p)
        bp_out_of_memory();
    return p;
}

void *bp_realloc(void *p, size_t n, size_t size)
{
    void *q = reallocarray(p, n ? n : 1, size ? size : 1);

    if (!q)
        bp_out_of_memory();
    return q;
}

char *bp_strdup(const char *s)
{
    size_t n = strlen(s) + 1;

    return memcpy(bp_alloc(n), s, n);
}

void *bp_grow(void *p, size_t *cap, size_t need, size_t size)
{
    size_t n = *cap ? *cap : 16;

    if (p && need <= *cap)
        return p;
    while (n < need) {
        if (n > SIZE_MAX / 2)
            bp_out_of_memory();
        n *= 2;
    }
    *cap = n;
    return bp_realloc(p, n, size);
}

static void arena_add_block(struct bp_arena *a, size_t need)
{
    /* Blocks double with what the arena holds, so that a large document costs few calls. */
    size_t size = a->total < ARENA_BLOCK ? ARENA_BLOCK : a->total;
    struct bp_arena_block *b;

    if (size > ARENA_KEEP)
        size = ARENA_KEEP;
    if (size < need)
        size = need;
    if (size > SIZE_MAX - sizeof *b)
        bp_out_of_memory();
    b = bp_alloc(sizeof *b + size);
    b->prev = a->head;
    b->size = size;
    b->used = 0;
    a->head = b;
    a->total += size;
}

void *bp_arena_alloc(struct bp_arena *a, size_t size)
{
    void *p;

    if (size > SIZE_MAX - ARENA_ALIGN)
        bp_out_of_memory();
    size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (!a->head || a->head->size - a->head->used < size)
        arena_add_block(a, size);
    p = (char *)a->head->data + a->head->used;
    a->head->used += size;
    return p;
}

void *bp_arena_zalloc(struct bp_arena *a, size_t size)
{
    return memset(bp_arena_alloc(a, size), 0, size);
}

char *bp_arena_strndup(struct bp_arena *a, const char *s, size_t len)
{
    char *p;

    if (len == SIZE_MAX)
        bp_out_of_memory();
    p = bp_arena_alloc(a, len + 1);
    if (len)
        memcpy(p, s, len);
    p[len] = '\0';
    return p;
}

char *bp_arena_strdup(struct bp_arena *a, const char *s)
{
    return bp_arena_strndup(a, s, strlen(s));
}

char *bp_arena_vprintf(struct bp_arena *a, const char *fmt, va_list ap)
{
    va_list again;
    char *p;
    int n;

    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        return bp_arena_strdup(a, "");
    p = bp_arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    return p;
}

char *bp_arena_printf(struct bp_arena *a, const char *fmt, ...)
{
    va_list ap;
    char *p;

    va_start(ap, fmt);
    p = bp_arena_vprintf(a, fmt, ap);
    va_end(ap);
    return p;
}

void bp_arena_reset(struct bp_arena *a)
{
    struct bp_arena_block *b = a->head;

    if (!b)
        return;
    if (b->size > ARENA_KEEP) {
        bp_arena_release(a);
        return;
    }
    for (struct bp_arena_block *p = b->prev, *prev; p; p = prev) {
        prev = p->prev;
        free(p);
    }
    b->prev = NULL;
    b->used = 0;
    a->total = b->size;
}

void bp_arena_release(struct bp_arena *a)
{
    for (struct bp_arena_block *p = a->head, *prev; p; p = prev) {
        prev = p->prev;
        free(p);
    }
    *a = (struct bp_arena)BP_ARENA_INIT;
}
