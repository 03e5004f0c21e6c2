/* Slips of the pen: see nearest.h. */
#include "base/nearest.h"

#include <stdbool.h>
#include <string.h>

/* Longer words are names that nobody mistypes by a letter; more candidates help nobody either. */
enum { WORD_MAX = 48, TRY_MAX = 512 };

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters added, left out, changed or swapped with their neighbour, upper and lower case being the
 * same; `limit` or more is all the same to the caller. Three rows of the usual table are enough. */
static size_t distance_of(const char *a, size_t na, const char *b, size_t nb, size_t limit)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2], *spare;

    for (size_t j = 0; j <= nb; j++)
        last[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t low = now[0] = i;

        for (size_t j = 1; j <= nb; j++) {
            bool same = lower(a[i - 1]) == lower(b[j - 1]);

            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + !same);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                now[j] = least(now[j], before[j - 2] + 1);
            low = least(low, now[j]);
        }
        if (low >= limit)
            return limit;
        spare = before, before = last, last = now, now = spare;
    }
    return last[nb];
}

void bp_nearest_init(struct bp_nearest *n, const char *word)
{
    size_t len = strlen(word);

    /* One slip in a short word, three in a long one. */
    *n = (struct bp_nearest){.word = word, .len = len};
    n->distance = (len < 6 ? 1 : len < 10 ? 2 : 3) + 1;
}

void bp_nearest_try(struct bp_nearest *n, const char *candidate)
{
    size_t len, d;

    if (n->tried >= TRY_MAX || n->len > WORD_MAX)
        return;
    n->tried++;
    len = strnlen(candidate, WORD_MAX + 1);
    if (len > WORD_MAX || len + n->distance <= n->len || n->len + n->distance <= len)
        return;
    d = distance_of(n->word, n->len, candidate, len, n->distance);
    /* A word of which no letter is left was not meant. */
    if (d < n->distance && d < n->len && d < len) {
        n->distance = d;
        n->best = candidate;
    }
}

const char *bp_nearest_of(const char *word, const char *const *words, size_t count)
{
    struct bp_nearest n;

    bp_nearest_init(&n, word);
    for (size_t i = 0; i < count; i++)
        bp_nearest_try(&n, words[i]);
    return n.best;
}
