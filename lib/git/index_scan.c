/* Reading the files of trees for the identities in them: see index_scan.h. */
#include "git/index_scan.h"

#include <stdlib.h>

#include "git/docfile.h"
#include "git/index.h"
#include "git/tree.h"

struct hashes {
    uint64_t *items;
    size_t n, cap;
};

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

struct scanner {
    struct bp_repo *r;
    struct bp_arena a; /* of the file being read */
    struct bp_docfile file;
    struct bp_str text;
    struct hashes was, now;
    struct bp_index_scan *all; /* when all is read */
    struct bp_str *changes;    /* when differences are */
    size_t malformed;
};

static void scanner_release(struct scanner *s)
{
    bp_arena_release(&s->a);
    bp_docfile_release(&s->file);
    bp_str_release(&s->text);
    free(s->was.items);
    free(s->now.items);
}

/* The hashes of the documents in a file, in order, each once. A malformed file has none. */
static int scan_blob(struct scanner *s, const char *path, const struct bp_oid *blob,
                     struct hashes *out, struct bp_err *e)
{
    size_t kept = 0;
    int rc;

    out->n = 0;
    if (!blob)
        return 0;
    rc = bp_repo_blob(s->r, blob, &s->text, e);
    if (rc)
        return bp_err_wrap(e, "'%s'", path);
    bp_arena_reset(&s->a);
    if (bp_docfile_parse(&s->file, &s->a, s->text.s, s->text.len, path, NULL)) {
        s->malformed++;
        return 0;
    }
    for (size_t i = 0; i < s->file.nparts; i++) {
        if (!s->file.parts[i].id.kind)
            continue;
        out->items = bp_grow(out->items, &out->cap, out->n + 1, sizeof *out->items);
        out->items[out->n++] = bp_index_hash(s->file.parts[i].id);
    }
    if (out->n > 1)
        qsort(out->items, out->n, sizeof *out->items, by_value);
    for (size_t i = 0; i < out->n; i++)
        if (i == 0 || out->items[i] != out->items[kept - 1])
            out->items[kept++] = out->items[i];
    out->n = kept;
    return 0;
}

static int build_file(void *ctx, const char *path, const struct bp_oid *was,
                      const struct bp_oid *now, struct bp_err *e)
{
    struct scanner *s = ctx;
    struct bp_index_scan *all = s->all;
    const char *kept;
    int rc = scan_blob(s, path, now, &s->now, e);

    (void)was;
    if (rc || s->now.n == 0)
        return rc;
    kept = bp_arena_strdup(&all->paths, path);
    all->entries = bp_grow(all->entries, &all->cap, all->n + s->now.n, sizeof *all->entries);
    for (size_t i = 0; i < s->now.n; i++)
        all->entries[all->n++] = (struct bp_index_entry){.hash = s->now.items[i], .path = kept};
    return 0;
}

static void note_change(struct scanner *s, uint64_t hash, const char *path, bool removed)
{
    struct bp_index_change c = {.hash = hash, .path = path, .removed = removed};

    bp_index_change_add(s->changes, &c);
}

/* Notes what went and what came; identities that stayed in the file need no word. */
static int follow_file(void *ctx, const char *path, const struct bp_oid *was,
                       const struct bp_oid *now, struct bp_err *e)
{
    struct scanner *s = ctx;
    size_t i = 0, k = 0;
    int rc = scan_blob(s, path, was, &s->was, e);

    if (rc == 0)
        rc = scan_blob(s, path, now, &s->now, e);
    if (rc)
        return rc;
    while (i < s->was.n || k < s->now.n) {
        bool old_left = i < s->was.n, new_left = k < s->now.n;
        int order = !old_left ? 1 : !new_left ? -1 : by_value(&s->was.items[i], &s->now.items[k]);

        if (order < 0)
            note_change(s, s->was.items[i], path, true);
        else if (order > 0)
            note_change(s, s->now.items[k], path, false);
        i += order <= 0;
        k += order >= 0;
    }
    return 0;
}

int bp_index_scan_all(struct bp_repo *r, const struct bp_oid *tree, struct bp_index_scan *all,
                      struct bp_err *e)
{
    static const struct bp_oid zero;
    struct scanner s = {.r = r, .a = BP_ARENA_INIT, .text = BP_STR_INIT, .all = all};
    int rc = bp_tree_diff(r, &zero, tree, build_file, &s, e);

    all->malformed = s.malformed;
    scanner_release(&s);
    return rc;
}

void bp_index_scan_release(struct bp_index_scan *all)
{
    bp_arena_release(&all->paths);
    free(all->entries);
    *all = (struct bp_index_scan)BP_INDEX_SCAN_INIT;
}

int bp_index_scan_changes(struct bp_repo *r, const struct bp_oid *was, const struct bp_oid *now,
                          struct bp_str *changes, size_t *malformed, struct bp_err *e)
{
    struct scanner s = {.r = r, .a = BP_ARENA_INIT, .text = BP_STR_INIT, .changes = changes};
    int rc = bp_tree_diff(r, was, now, follow_file, &s, e);

    *malformed += s.malformed;
    scanner_release(&s);
    return rc;
}
