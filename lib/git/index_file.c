/* The bytes of the index: see index_file.h. */
#include "git/index_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { VERSION = 1, BYTE_ORDER_MARK = 0x01020304, BLOCK = 256 };
enum { BATCH_MAX = 64 * 1024 * 1024 };

static const char image_magic[8] = "bp-index";
static const char batch_magic[4] = "bpj1";

struct header {
    char magic[8];
    uint32_t version, order;
    struct bp_oid scope, tree;
    uint32_t nrecords, paths_len;
    uint32_t fanout[257]; /* records whose hash begins with a byte below the index */
    uint32_t zero;
    uint64_t sum; /* of all before it */
};

struct record {
    uint64_t hash;
    uint32_t path; /* offset into the paths */
    uint32_t zero;
};

struct batch_header {
    char magic[4];
    uint32_t len; /* of the changes */
    struct bp_oid from, to;
    uint64_t sum; /* of lengths, trees and changes */
};

struct change_header {
    uint64_t hash;
    uint32_t len; /* of the path */
    uint32_t removed;
};

/* Against accidents, not against malice: what an index says is checked against the repository. */
static uint64_t sum_add(uint64_t h, const void *data, size_t len)
{
    const unsigned char *p = data;

    for (; len >= 8; p += 8, len -= 8) {
        uint64_t word;

        memcpy(&word, p, 8);
        h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    for (; len; p++, len--)
        h = (h ^ *p) * UINT64_C(0x100000001b3);
    return h ^ h >> 32;
}

static uint64_t sum_of(const void *data, size_t len)
{
    return sum_add(UINT64_C(0xcbf29ce484222325) ^ len, data, len);
}

static const struct header *header_of(const struct bp_index_image *im)
{
    return (const struct header *)(const void *)im->data;
}

static size_t nblocks(size_t nrecords)
{
    return (nrecords + BLOCK - 1) / BLOCK;
}

static const uint64_t *sums_of(const struct bp_index_image *im)
{
    return (const uint64_t *)(const void *)(im->data + sizeof(struct header));
}

static const struct record *records_of(const struct bp_index_image *im)
{
    return (const struct record *)(const void *)(sums_of(im) + nblocks(header_of(im)->nrecords));
}

static const char *paths_of(const struct bp_index_image *im)
{
    return (const char *)(records_of(im) + header_of(im)->nrecords);
}

static size_t image_len(size_t nrecords, size_t paths_len)
{
    return sizeof(struct header) + nblocks(nrecords) * sizeof(uint64_t) +
           nrecords * sizeof(struct record) + paths_len;
}

static unsigned first_byte(uint64_t hash)
{
    return (unsigned)(hash >> 56);
}

/* ---- building ---- */

static int by_path_pointer(const void *a, const void *b)
{
    const struct bp_index_entry *x = a, *y = b;

    return (x->path > y->path) - (x->path < y->path);
}

static int by_hash(const void *a, const void *b)
{
    const struct record *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->path > y->path) - (x->path < y->path);
}

/* The bytes that the paths need; entries of one file share theirs, and stand together. */
static size_t paths_size(const struct bp_index_entry *entries, size_t n)
{
    size_t size = 0;

    for (size_t i = 0; i < n; i++)
        if (i == 0 || entries[i].path != entries[i - 1].path)
            size += strlen(entries[i].path) + 1;
    return size;
}

static void fill_records(const struct bp_index_entry *entries, size_t n, struct record *records,
                         char *paths)
{
    size_t at = 0, last = 0;

    for (size_t i = 0; i < n; i++) {
        if (i == 0 || entries[i].path != entries[i - 1].path) {
            size_t len = strlen(entries[i].path) + 1;

            memcpy(paths + at, entries[i].path, len);
            last = at;
            at += len;
        }
        records[i] = (struct record){.hash = entries[i].hash, .path = (uint32_t)last};
    }
    qsort(records, n, sizeof *records, by_hash);
}

static void fill_header(struct header *h, const struct record *records, size_t n, size_t paths_len,
                        const struct bp_oid *scope, const struct bp_oid *tree)
{
    memcpy(h->magic, image_magic, sizeof h->magic);
    h->version = VERSION;
    h->order = BYTE_ORDER_MARK;
    h->scope = *scope;
    h->tree = *tree;
    h->nrecords = (uint32_t)n;
    h->paths_len = (uint32_t)paths_len;
    for (size_t i = 0; i < n; i++)
        h->fanout[first_byte(records[i].hash) + 1]++;
    for (size_t i = 0; i < 256; i++)
        h->fanout[i + 1] += h->fanout[i];
    h->sum = sum_of(h, offsetof(struct header, sum));
}

int bp_index_image_build(struct bp_index_entry *entries, size_t n, const struct bp_oid *scope,
                         const struct bp_oid *tree, unsigned char **data, size_t *len,
                         struct bp_err *e)
{
    struct header *h;
    struct record *records;
    uint64_t *sums;
    size_t paths_len;

    if (n)
        qsort(entries, n, sizeof *entries, by_path_pointer);
    paths_len = paths_size(entries, n);
    if (n > UINT32_MAX || paths_len > UINT32_MAX)
        return bp_err_set(e, BP_ELIMIT, "too many documents for an index");
    *len = image_len(n, paths_len);
    *data = bp_calloc(1, *len);
    h = (struct header *)(void *)*data;
    sums = (uint64_t *)(void *)(*data + sizeof *h);
    records = (struct record *)(void *)(sums + nblocks(n));
    if (n)
        fill_records(entries, n, records, (char *)(records + n));
    for (size_t i = 0; i < n; i += BLOCK)
        sums[i / BLOCK] = sum_of(records + i, (n - i < BLOCK ? n - i : BLOCK) * sizeof *records);
    fill_header(h, records, n, paths_len, scope, tree);
    return 0;
}

/* ---- reading ---- */

static bool header_holds(const struct header *h, size_t len, const struct bp_oid *scope)
{
    if (memcmp(h->magic, image_magic, sizeof h->magic) != 0 || h->version != VERSION ||
        h->order != BYTE_ORDER_MARK || h->sum != sum_of(h, offsetof(struct header, sum)))
        return false;
    return bp_oid_equal(&h->scope, scope) && h->fanout[256] == h->nrecords &&
           image_len(h->nrecords, h->paths_len) <= len;
}

int bp_index_image_open(struct bp_index_image *im, const unsigned char *data, size_t len,
                        const struct bp_oid *scope, struct bp_err *e)
{
    const struct header *h = (const struct header *)(const void *)data;

    *im = (struct bp_index_image)BP_INDEX_IMAGE_INIT;
    if (len < sizeof *h || !header_holds(h, len, scope))
        return bp_err_set(e, BP_ECORRUPT, "not an index of this version and branch, or damaged");
    im->data = data;
    im->len = image_len(h->nrecords, h->paths_len);
    /* With this no path can run past the end. */
    if (h->nrecords && (h->paths_len == 0 || data[im->len - 1] != '\0'))
        return bp_err_set(e, BP_ECORRUPT, "the paths of the index are damaged");
    im->checked = bp_calloc(nblocks(h->nrecords) / 8 + 1, 1);
    return 0;
}

void bp_index_image_close(struct bp_index_image *im)
{
    free(im->checked);
    *im = (struct bp_index_image)BP_INDEX_IMAGE_INIT;
}

struct bp_oid bp_index_image_tree(const struct bp_index_image *im)
{
    return header_of(im)->tree;
}

size_t bp_index_image_count(const struct bp_index_image *im)
{
    return im->data ? header_of(im)->nrecords : 0;
}

static int check_block(struct bp_index_image *im, size_t block, struct bp_err *e)
{
    size_t n = header_of(im)->nrecords, at = block * BLOCK;
    size_t count = n - at < BLOCK ? n - at : BLOCK;

    if (im->checked[block / 8] >> block % 8 & 1)
        return 0;
    if (sums_of(im)[block] != sum_of(records_of(im) + at, count * sizeof(struct record)))
        return bp_err_set(e, BP_ECORRUPT, "the index is damaged");
    im->checked[block / 8] |= (unsigned char)(1 << block % 8);
    return 0;
}

int bp_index_image_find(struct bp_index_image *im, uint64_t hash, size_t *first, size_t *n,
                        struct bp_err *e)
{
    const struct header *h = header_of(im);
    const struct record *records = records_of(im);
    size_t lo = h->fanout[first_byte(hash)], end = h->fanout[first_byte(hash) + 1], hi = end;
    int rc = 0;

    *first = *n = 0;
    if (lo >= hi || hi > h->nrecords)
        return 0;
    for (size_t b = lo / BLOCK; b <= (hi - 1) / BLOCK && rc == 0; b++)
        rc = check_block(im, b, e);
    if (rc)
        return rc;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (records[mid].hash < hash)
            lo = mid + 1;
        else
            hi = mid;
    }
    *first = lo;
    while (lo < end && records[lo].hash == hash)
        lo++;
    *n = lo - *first;
    return 0;
}

int bp_index_image_get(struct bp_index_image *im, size_t i, struct bp_index_entry *out,
                       struct bp_err *e)
{
    const struct record *record = &records_of(im)[i];
    int rc = check_block(im, i / BLOCK, e);

    if (rc)
        return rc;
    if (record->path >= header_of(im)->paths_len)
        return bp_err_set(e, BP_ECORRUPT, "the index is damaged");
    *out = (struct bp_index_entry){.hash = record->hash, .path = paths_of(im) + record->path};
    return 0;
}

/* ---- journal ---- */

void bp_index_change_add(struct bp_str *changes, const struct bp_index_change *c)
{
    size_t len = strlen(c->path);
    struct change_header h = {.hash = c->hash, .len = (uint32_t)len, .removed = c->removed};

    bp_str_add(changes, &h, sizeof h);
    bp_str_add(changes, c->path, len + 1);
}

bool bp_index_change_next(struct bp_index_batch *b, struct bp_index_change *out)
{
    struct change_header h;
    size_t size;

    if (b->len < sizeof h)
        return false;
    memcpy(&h, b->changes, sizeof h);
    size = sizeof h + h.len + (size_t)1;
    if (b->len < size || b->changes[size - 1] != '\0')
        return false;
    *out = (struct bp_index_change){
        .hash = h.hash, .removed = h.removed, .path = (const char *)b->changes + sizeof h};
    b->changes += size;
    b->len -= size;
    return true;
}

static uint64_t batch_sum(const struct batch_header *h, const void *changes)
{
    return sum_add(sum_of(h, offsetof(struct batch_header, sum)), changes, h->len);
}

void bp_index_batch_add(struct bp_str *out, const struct bp_oid *from, const struct bp_oid *to,
                        const struct bp_str *changes)
{
    struct batch_header h = {.from = *from, .to = *to, .len = (uint32_t)changes->len};

    memcpy(h.magic, batch_magic, sizeof h.magic);
    h.sum = batch_sum(&h, changes->s);
    bp_str_add(out, &h, sizeof h);
    bp_str_add(out, changes->s, changes->len);
}

bool bp_index_batch_next(const unsigned char *data, size_t len, size_t *at,
                         struct bp_index_batch *out)
{
    struct batch_header h;

    if (len - *at < sizeof h)
        return false;
    memcpy(&h, data + *at, sizeof h);
    if (memcmp(h.magic, batch_magic, sizeof h.magic) != 0 || h.len > BATCH_MAX ||
        h.len > len - *at - sizeof h)
        return false;
    *out = (struct bp_index_batch){
        .from = h.from, .to = h.to, .changes = data + *at + sizeof h, .len = h.len};
    if (h.sum != batch_sum(&h, out->changes))
        return false;
    *at += sizeof h + h.len;
    return true;
}
