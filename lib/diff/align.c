/* Longest common subsequence by dynamic programming over what equal ends leave: see align.h. */
#include "diff/align.h"

#include <stdlib.h>

#include "base/mem.h"

/* The largest table: 8 MiB. */
enum { PAIRS_MAX = 2 << 20 };

/* One part of both sequences: a[ia, ea) and b[ib, eb). */
struct span {
    size_t ia, ea, ib, eb;
};

/* Row i, column j of `len`: the longest common subsequence of a[ia + i..) and b[ib + j..). */
static uint32_t *lengths(const uint64_t *a, const uint64_t *b, struct span s)
{
    size_t rows = s.ea - s.ia, cols = s.eb - s.ib, width = cols + 1;
    uint32_t *len = bp_calloc((rows + 1) * width, sizeof *len);

    for (size_t i = rows; i-- > 0;) {
        for (size_t j = cols; j-- > 0;) {
            uint32_t down = len[(i + 1) * width + j], right = len[i * width + j + 1];

            if (a[s.ia + i] == b[s.ib + j])
                len[i * width + j] = len[(i + 1) * width + j + 1] + 1;
            else
                len[i * width + j] = down > right ? down : right;
        }
    }
    return len;
}

static void match_middle(const uint64_t *a, const uint64_t *b, struct span s, ptrdiff_t *match)
{
    size_t rows = s.ea - s.ia, cols = s.eb - s.ib, width = cols + 1;
    uint32_t *len = lengths(a, b, s);

    for (size_t i = 0, j = 0; i < rows && j < cols;) {
        if (a[s.ia + i] == b[s.ib + j]) {
            match[s.ib + j++] = (ptrdiff_t)(s.ia + i++);
        } else if (len[(i + 1) * width + j] >= len[i * width + j + 1]) {
            i++;
        } else {
            j++;
        }
    }
    free(len);
}

/* Pairs the unmatched elements between two matches, first with first. */
static void pair_gaps(size_t na, size_t nb, ptrdiff_t *match)
{
    size_t i = 0;

    for (size_t j = 0; j < nb;) {
        size_t next = j;
        size_t limit;

        if (match[j] >= 0) {
            i = (size_t)match[j++] + 1;
            continue;
        }
        while (next < nb && match[next] < 0)
            next++;
        limit = next < nb ? (size_t)match[next] : na;
        for (; j < next && i < limit; i++, j++)
            match[j] = (ptrdiff_t)i;
        j = next;
    }
}

void bp_align(const uint64_t *a, size_t na, const uint64_t *b, size_t nb, bool exact,
              size_t *effort, ptrdiff_t *match)
{
    struct span s = {.ea = na, .eb = nb};
    size_t rows, cols;

    for (size_t j = 0; j < nb; j++)
        match[j] = -1;
    for (; s.ia < s.ea && s.ib < s.eb && a[s.ia] == b[s.ib]; s.ia++, s.ib++)
        match[s.ib] = (ptrdiff_t)s.ia;
    for (; s.ia < s.ea && s.ib < s.eb && a[s.ea - 1] == b[s.eb - 1]; s.ea--, s.eb--)
        match[s.eb - 1] = (ptrdiff_t)(s.ea - 1);
    rows = s.ea - s.ia;
    cols = s.eb - s.ib;
    if (rows && cols && rows <= PAIRS_MAX / cols && rows * cols <= *effort) {
        *effort -= rows * cols;
        match_middle(a, b, s, match);
    }
    if (!exact)
        pair_gaps(na, nb, match);
}
