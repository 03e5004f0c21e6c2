/* Memory. Running out of it ends the process here, in one place, with status 75: every write the
 * suite makes is atomic and every stream whole or nothing, so stopping at any point is safe (and
 * tested as such), while thousands of untestable error paths would not be. Sizes that come from
 * input are bounded before they get here. */
#ifndef BP_BASE_MEM_H
#define BP_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/* As malloc, calloc, realloc of `n` objects of `size` bytes; never NULL, overflow checked. Freed
 * with free(). */
void *bp_alloc(size_t size) __attribute__((malloc, returns_nonnull));
void *bp_calloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *bp_realloc(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *bp_strdup(const char *s) __attribute__((malloc, returns_nonnull));

/* The array `p` of `*cap` elements of `size` bytes, grown so that it holds at least `need` of them;
 * `*cap` says how many it holds then. `p` itself is no longer valid when it had to move. */
void *bp_grow(void *p, size_t *cap, size_t need, size_t size)
    __attribute__((returns_nonnull, warn_unused_result));

/* Prints "out of memory" and exits with status 75. For libraries that report it themselves. */
_Noreturn void bp_out_of_memory(void);

/* Many small objects with one life: allocate, never free singly, reset or release all. */
struct bp_arena {
    struct bp_arena_block *head; /* the block being filled */
    size_t total;                /* bytes held in blocks */
};

#define BP_ARENA_INIT \
    {                 \
        0             \
    }

/* `size` bytes, aligned for any type, not cleared. */
void *bp_arena_alloc(struct bp_arena *a, size_t size)
    __attribute__((malloc, returns_nonnull, alloc_size(2)));
void *bp_arena_zalloc(struct bp_arena *a, size_t size)
    __attribute__((malloc, returns_nonnull, alloc_size(2)));

/* A copy of `len` bytes of `s` and a terminator. */
char *bp_arena_strndup(struct bp_arena *a, const char *s, size_t len)
    __attribute__((returns_nonnull));
char *bp_arena_strdup(struct bp_arena *a, const char *s) __attribute__((returns_nonnull));
char *bp_arena_printf(struct bp_arena *a, const char *fmt, ...)
    __attribute__((returns_nonnull, format(printf, 2, 3)));
char *bp_arena_vprintf(struct bp_arena *a, const char *fmt, va_list ap)
    __attribute__((returns_nonnull, format(printf, 2, 0)));

/* Forgets all objects; one block is kept for what comes next. */
void bp_arena_reset(struct bp_arena *a);
/* Gives all memory back. The arena is empty and usable again. */
void bp_arena_release(struct bp_arena *a);

#endif
