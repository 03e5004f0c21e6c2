/* Line by line: see lines.h. */
#include "diff/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diff/align.h"
#include "diff/digest.h"

enum { CONTEXT = 1 };

struct line {
    const char *s;
    size_t len;
    bool open; /* the last one, without a line end */
};

struct text {
    struct line *lines;
    uint64_t *digests;
    size_t count, cap;
};

/* Both texts as one sequence of signed lines. */
struct merged {
    struct line *lines;
    char *signs;
    size_t count;
};

static void split(const struct bp_digest_key *key, const char *s, struct text *t)
{
    *t = (struct text){0};
    while (*s) {
        size_t len = strcspn(s, "\n");

        t->lines = bp_grow(t->lines, &t->cap, t->count + 1, sizeof *t->lines);
        t->lines[t->count++] = (struct line){.s = s, .len = len, .open = !s[len]};
        s += len + !!s[len];
    }
    t->digests = bp_alloc((t->count + 1) * sizeof *t->digests);
    for (size_t i = 0; i < t->count; i++)
        t->digests[i] = bp_digest_text(key, t->lines[i].s, t->lines[i].len) + t->lines[i].open;
}

static void put(struct merged *m, char sign, struct line line)
{
    m->signs[m->count] = sign;
    m->lines[m->count++] = line;
}

static void merge(const struct text *old, const struct text *now, struct merged *m)
{
    size_t effort = BP_ALIGN_EFFORT;
    ptrdiff_t *match = bp_alloc((now->count + 1) * sizeof *match);
    size_t i = 0;

    m->count = 0;
    m->lines = bp_alloc((old->count + now->count + 1) * sizeof *m->lines);
    m->signs = bp_alloc(old->count + now->count + 1);
    bp_align(old->digests, old->count, now->digests, now->count, true, &effort, match);
    for (size_t j = 0; j < now->count;) {
        size_t next = j;

        while (next < now->count && match[next] < 0)
            next++;
        for (; i < (next < now->count ? (size_t)match[next] : old->count); i++)
            put(m, '-', old->lines[i]);
        for (; j < next; j++)
            put(m, '+', now->lines[j]);
        if (j < now->count) {
            put(m, ' ', now->lines[j++]);
            i++;
        }
    }
    for (; i < old->count; i++)
        put(m, '-', old->lines[i]);
    free(match);
}

/* Calls `fn` for the lines [from, to) that are equal on both sides; what stands near no difference
 * is left out. */
static void show_equal(const struct merged *m, size_t from, size_t to, bp_lines_fn *fn, void *ctx)
{
    size_t head = from ? CONTEXT : 0, tail = to < m->count ? CONTEXT : 0;

    if (to - from <= head + tail) {
        head = to - from;
        tail = 0;
    }
    for (size_t k = from; k < from + head; k++)
        fn(ctx, ' ', m->lines[k].s, m->lines[k].len);
    if (to - from > head + tail)
        fn(ctx, '@', NULL, to - from - head - tail);
    for (size_t k = to - tail; k < to; k++)
        fn(ctx, ' ', m->lines[k].s, m->lines[k].len);
}

static void show(const struct merged *m, bp_lines_fn *fn, void *ctx)
{
    for (size_t k = 0; k < m->count;) {
        size_t end = k;

        if (m->signs[k] != ' ') {
            fn(ctx, m->signs[k], m->lines[k].s, m->lines[k].len);
            if (m->lines[k++].open)
                fn(ctx, '\\', NULL, 0);
            continue;
        }
        while (end < m->count && m->signs[end] == ' ')
            end++;
        show_equal(m, k, end, fn, ctx);
        k = end;
    }
}

void bp_lines_diff(const char *old, const char *now, bp_lines_fn *fn, void *ctx)
{
    struct bp_digest_key key;
    struct text a, b;
    struct merged m;

    bp_digest_key_init(&key);
    split(&key, old, &a);
    split(&key, now, &b);
    merge(&a, &b, &m);
    show(&m, fn, ctx);
    free(a.lines);
    free(a.digests);
    free(b.lines);
    free(b.digests);
    free(m.lines);
    free(m.signs);
}
