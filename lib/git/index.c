/* Where each document stands in a tree: see index.h, and index_file.h for the bytes. */
#include "git/index.h"

#include <fcntl.h>
#include <git2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/map.h"
#include "base/mem.h"
#include "git/index_scan.h"
#include "git/repo_priv.h"

enum { JOURNAL_KEEP = 64 * 1024, JOURNAL_PART = 8, LOCK_WAIT_MS = 200 };

/* A change since the image was made; the last word on a path counts. */
struct delta {
    uint64_t hash;
    const char *path;
    bool removed;
    struct delta *before; /* the change before it with the same hash */
};

struct bp_index {
    struct bp_repo *r;
    struct bp_oid scope;
    char *name; /* of the file, in `dir` */
    char *dir;  /* "…/bp" */
    struct bp_oid tree;

    /* The image: mapped from the file, or built in memory (`mapped` 0). */
    unsigned char *data;
    size_t mapped;
    struct bp_index_image image;

    struct bp_arena a; /* deltas */
    struct bp_map deltas;
    size_t journal_len; /* bytes of it in the file */
    struct stat seen;   /* the file when it was read */

    struct bp_str notes; /* changes since `tree`, encoded */
    struct bp_str fresh; /* batches that are not in the file */
    bool rebuilt;        /* the image is not in the file */
    size_t malformed;
};

uint64_t bp_index_hash(struct bp_identity id)
{
    struct bp_str text = BP_STR_INIT;
    uint64_t hash;
    git_oid oid;

    /* A hash that nobody can find collisions for at will: they would make look-ups slow. */
    bp_str_add(&text, id.kind, strlen(id.kind) + 1);
    bp_str_adds(&text, id.name);
    if (git_odb_hash(&oid, text.s, text.len, GIT_OBJECT_BLOB) < 0)
        bp_out_of_memory();
    memcpy(&hash, oid.id, sizeof hash);
    bp_str_release(&text);
    return hash;
}

/* ---- deltas ---- */

static void add_delta(struct bp_index *ix, const struct bp_index_change *c)
{
    struct delta *d = bp_arena_alloc(&ix->a, sizeof *d);
    struct bp_map_entry *entry;

    *d = (struct delta){.hash = c->hash, .removed = c->removed};
    d->path = bp_arena_strdup(&ix->a, c->path);
    entry = bp_map_put(&ix->deltas, (const char *)&d->hash, sizeof d->hash);
    d->before = entry->value;
    entry->value = d;
}

static struct delta *deltas_of(const struct bp_index *ix, uint64_t hash)
{
    struct bp_map_entry *entry = bp_map_find(&ix->deltas, (const char *)&hash, sizeof hash);

    return entry ? entry->value : NULL;
}

/* What the changes from `d` back say of a path: NULL when nothing. */
static const struct delta *last_word(const struct delta *d, const char *path)
{
    while (d && strcmp(d->path, path) != 0)
        d = d->before;
    return d;
}

static void clear_deltas(struct bp_index *ix)
{
    bp_map_clear(&ix->deltas);
    bp_arena_reset(&ix->a);
    bp_str_clear(&ix->fresh);
    ix->journal_len = 0;
}

/* ---- the image ---- */

static void drop_image(struct bp_index *ix)
{
    bp_index_image_close(&ix->image);
    if (ix->mapped)
        munmap(ix->data, ix->mapped);
    else
        free(ix->data);
    ix->data = NULL;
    ix->mapped = 0;
}

static int use_entries(struct bp_index *ix, struct bp_index_entry *entries, size_t n,
                       struct bp_err *e)
{
    unsigned char *data;
    size_t len;
    int rc = bp_index_image_build(entries, n, &ix->scope, &ix->tree, &data, &len, e);

    if (rc)
        return rc;
    drop_image(ix);
    clear_deltas(ix);
    ix->data = data;
    ix->rebuilt = true;
    return bp_index_image_open(&ix->image, data, len, &ix->scope, e);
}

/* ---- from trees ---- */

int bp_index_rebuild(struct bp_index *ix, struct bp_err *e)
{
    struct bp_index_scan all = BP_INDEX_SCAN_INIT;
    int rc = bp_index_scan_all(ix->r, &ix->tree, &all, e);

    ix->malformed = all.malformed;
    if (rc == 0)
        rc = use_entries(ix, all.entries, all.n, e);
    bp_index_scan_release(&all);
    return rc;
}

int bp_index_follow(struct bp_index *ix, const struct bp_oid *tree, struct bp_err *e)
{
    bp_str_clear(&ix->notes);
    if (bp_oid_equal(tree, &ix->tree))
        return 0;
    if (bp_index_scan_changes(ix->r, &ix->tree, tree, &ix->notes, &ix->malformed, NULL) == 0) {
        bp_index_advance(ix, tree);
        return 0;
    }
    /* The older tree may have been pruned away; then all is read. */
    bp_str_clear(&ix->notes);
    ix->tree = *tree;
    return bp_index_rebuild(ix, e);
}

/* ---- the file ---- */

static void set_scope(struct bp_index *ix, const char *ref, const char *prefix)
{
    struct bp_identity id = {.kind = ref, .name = prefix};
    uint64_t hash = bp_index_hash(id);
    struct bp_str name = BP_STR_INIT;

    memcpy(ix->scope.id, &hash, sizeof hash);
    bp_str_addf(&name, "index-%016llx", (unsigned long long)hash);
    ix->name = bp_str_take(&name);
}

/* Takes over the batches that follow on each other from the image's tree. They are read and not
 * mapped, because another writer may cut off a bad end. */
static void read_journal(struct bp_index *ix, int fd)
{
    struct bp_str text = BP_STR_INIT;
    struct bp_index_batch batch;
    struct bp_index_change change;
    size_t at = 0;

    if (lseek(fd, (off_t)ix->image.len, SEEK_SET) >= 0)
        (void)bp_read_fd(fd, &text, NULL);
    while (bp_index_batch_next((const unsigned char *)text.s, text.len, &at, &batch)) {
        if (!bp_oid_equal(&batch.from, &ix->tree))
            break;
        while (bp_index_change_next(&batch, &change))
            add_delta(ix, &change);
        ix->tree = batch.to;
        ix->journal_len = at;
    }
    bp_str_release(&text);
}

/* Maps the image, which is never altered in place, so that what is mapped stays. */
static int map_image(struct bp_index *ix, int fd, struct bp_err *e)
{
    void *data = MAP_FAILED;
    struct stat st;

    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        return bp_err_set(e, BP_ECORRUPT, "the index can't be read");
    drop_image(ix);
    ix->data = data;
    ix->mapped = (size_t)st.st_size;
    ix->seen = st;
    return bp_index_image_open(&ix->image, ix->data, ix->mapped, &ix->scope, e);
}

static int load(struct bp_index *ix, struct bp_err *e)
{
    struct bp_str path = BP_STR_INIT;
    int fd, rc;

    bp_str_addf(&path, "%s/%s", ix->dir, ix->name);
    fd = open(path.s, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bp_str_release(&path);
    if (fd < 0)
        return bp_err_sys(e, "open the index");
    rc = map_image(ix, fd, e);
    if (rc == 0) {
        clear_deltas(ix);
        ix->tree = bp_index_image_tree(&ix->image);
        read_journal(ix, fd);
    }
    close(fd);
    return rc;
}

int bp_index_open(struct bp_repo *r, const char *ref, const char *prefix, const struct bp_oid *tree,
                  struct bp_index **out, struct bp_err *e)
{
    struct bp_index *ix = bp_calloc(1, sizeof *ix);
    struct bp_str dir = BP_STR_INIT;
    int rc;

    ix->r = r;
    ix->a = (struct bp_arena)BP_ARENA_INIT;
    ix->notes = ix->fresh = (struct bp_str)BP_STR_INIT;
    bp_str_addf(&dir, "%sbp", r->dir);
    ix->dir = bp_str_take(&dir);
    set_scope(ix, ref, prefix);
    if (load(ix, NULL) == 0) {
        rc = bp_index_follow(ix, tree, e);
    } else {
        ix->tree = *tree;
        rc = bp_index_rebuild(ix, e);
    }
    if (rc) {
        bp_index_free(ix);
        ix = NULL;
    }
    *out = ix;
    return rc;
}

void bp_index_free(struct bp_index *ix)
{
    if (!ix)
        return;
    drop_image(ix);
    bp_map_release(&ix->deltas);
    bp_arena_release(&ix->a);
    bp_str_release(&ix->notes);
    bp_str_release(&ix->fresh);
    free(ix->name);
    free(ix->dir);
    free(ix);
}

/* ---- looking up ---- */

static void add_path(struct bp_index_paths *paths, const char *path)
{
    paths->items = bp_grow(paths->items, &paths->cap, paths->n + 1, sizeof *paths->items);
    paths->items[paths->n++] = path;
}

int bp_index_find(struct bp_index *ix, struct bp_identity id, struct bp_index_paths *paths,
                  struct bp_err *e)
{
    uint64_t hash = bp_index_hash(id);
    struct delta *last = deltas_of(ix, hash);
    size_t first, n;
    int rc = bp_index_image_find(&ix->image, hash, &first, &n, e);

    for (size_t i = first; i < first + n && rc == 0; i++) {
        struct bp_index_entry entry;

        rc = bp_index_image_get(&ix->image, i, &entry, e);
        if (rc == 0 && !last_word(last, entry.path))
            add_path(paths, entry.path);
    }
    for (struct delta *d = last; d && rc == 0; d = d->before)
        if (!d->removed && last_word(last, d->path) == d)
            add_path(paths, d->path);
    return rc;
}

static int by_path(const void *a, const void *b)
{
    const struct bp_index_entry *x = a, *y = b;
    int order = strcmp(x->path, y->path);

    return order ? order : (x->hash > y->hash) - (x->hash < y->hash);
}

int bp_index_list(struct bp_index *ix, struct bp_index_entry **entries, size_t *n, struct bp_err *e)
{
    size_t count = bp_index_image_count(&ix->image), cap = 0;

    *entries = NULL;
    *n = 0;
    for (size_t i = 0; i < count; i++) {
        struct bp_index_entry entry;
        int rc = bp_index_image_get(&ix->image, i, &entry, e);

        if (rc) {
            free(*entries);
            *entries = NULL;
            return rc;
        }
        if (ix->deltas.live && last_word(deltas_of(ix, entry.hash), entry.path))
            continue;
        *entries = bp_grow(*entries, &cap, *n + 1, sizeof **entries);
        (*entries)[(*n)++] = entry;
    }
    for (size_t i = 0; i < ix->deltas.count; i++) {
        struct delta *last = ix->deltas.entries[i].value;

        for (struct delta *d = last; d; d = d->before) {
            if (d->removed || last_word(last, d->path) != d)
                continue;
            *entries = bp_grow(*entries, &cap, *n + 1, sizeof **entries);
            (*entries)[(*n)++] = (struct bp_index_entry){.hash = d->hash, .path = d->path};
        }
    }
    if (*n)
        qsort(*entries, *n, sizeof **entries, by_path);
    return 0;
}

/* ---- changing ---- */

void bp_index_note(struct bp_index *ix, struct bp_identity id, const char *path, bool removed)
{
    struct bp_index_change c = {.hash = bp_index_hash(id), .path = path, .removed = removed};

    bp_index_change_add(&ix->notes, &c);
}

void bp_index_forget_notes(struct bp_index *ix)
{
    bp_str_clear(&ix->notes);
}

void bp_index_advance(struct bp_index *ix, const struct bp_oid *tree)
{
    struct bp_index_batch batch = {.changes = (const unsigned char *)ix->notes.s,
                                   .len = ix->notes.len};
    struct bp_index_change change;

    bp_index_batch_add(&ix->fresh, &ix->tree, tree, &ix->notes);
    while (bp_index_change_next(&batch, &change))
        add_delta(ix, &change);
    bp_str_clear(&ix->notes);
    ix->tree = *tree;
}

size_t bp_index_malformed(const struct bp_index *ix)
{
    return ix->malformed;
}

/* ---- saving ---- */

/* A whole new file. The entries hold on to the old image until the new one is made. */
static int save_whole(struct bp_index *ix, int dir, struct bp_err *e)
{
    struct bp_oid tree = bp_index_image_tree(&ix->image);
    struct bp_index_entry *entries;
    unsigned char *data;
    size_t n, len;
    int rc;

    if (ix->rebuilt && ix->deltas.live == 0 && bp_oid_equal(&ix->tree, &tree))
        return bp_file_replace(dir, ix->name, ix->data, ix->image.len, 0666, e);
    rc = bp_index_list(ix, &entries, &n, e);
    if (rc)
        return rc;
    rc = bp_index_image_build(entries, n, &ix->scope, &ix->tree, &data, &len, e);
    free(entries);
    if (rc)
        return rc;
    rc = bp_file_replace(dir, ix->name, data, len, 0666, e);
    free(data);
    return rc;
}

static bool is_unchanged(const struct bp_index *ix, int fd)
{
    struct stat st;

    return ix->mapped && fstat(fd, &st) == 0 && st.st_dev == ix->seen.st_dev &&
           st.st_ino == ix->seen.st_ino && st.st_size == ix->seen.st_size;
}

/* Where the file ends and which of our batches follows there, when another writer has been at it
 * since it was read: SIZE_MAX when none does. */
static int find_follow_up(const struct bp_index *ix, size_t *end, size_t *from, struct bp_err *e)
{
    struct bp_index now = {.r = ix->r,
                           .scope = ix->scope,
                           .dir = ix->dir,
                           .name = ix->name,
                           .notes = BP_STR_INIT,
                           .fresh = BP_STR_INIT};
    const unsigned char *fresh = (const unsigned char *)ix->fresh.s;
    struct bp_index_batch batch;
    size_t at = 0;
    int rc = load(&now, e);

    *from = SIZE_MAX;
    for (size_t start = 0; rc == 0 && bp_index_batch_next(fresh, ix->fresh.len, &at, &batch);
         start = at)
        if (*from == SIZE_MAX && bp_oid_equal(&batch.from, &now.tree))
            *from = start;
    *end = now.image.len + now.journal_len;
    drop_image(&now);
    bp_map_release(&now.deltas);
    bp_arena_release(&now.a);
    return rc;
}

/* Appends our batches. What is behind the last good batch is what a killed writer left, and is cut.
 */
static int append(struct bp_index *ix, int dir, struct bp_err *e)
{
    size_t end = ix->image.len + ix->journal_len, from = 0;
    int fd = openat(dir, ix->name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW), rc = 0;

    if (fd < 0)
        return bp_err_sys(e, "open the index");
    if (!is_unchanged(ix, fd))
        rc = find_follow_up(ix, &end, &from, e);
    if (rc == 0 && from < ix->fresh.len) {
        if (ftruncate(fd, (off_t)end) < 0 || lseek(fd, (off_t)end, SEEK_SET) < 0)
            rc = bp_err_sys(e, "write the index");
        else
            rc = bp_write_all(fd, ix->fresh.s + from, ix->fresh.len - from, e);
    }
    close(fd);
    return rc;
}

static bool is_long(const struct bp_index *ix)
{
    size_t len = ix->journal_len + ix->fresh.len;

    return len > JOURNAL_KEEP && len > ix->image.len / JOURNAL_PART;
}

int bp_index_save(struct bp_index *ix, struct bp_err *e)
{
    struct bp_lock lock = BP_LOCK_INIT;
    int dir, rc;

    if (!ix->rebuilt && ix->fresh.len == 0)
        return 0;
    if (mkdir(ix->dir, 0777) < 0 && access(ix->dir, F_OK) < 0)
        return bp_err_sys(e, "make directory '%s'", ix->dir);
    dir = open(ix->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return bp_err_sys(e, "open directory '%s'", ix->dir);
    rc = bp_lock(&lock, dir, "index.lock", false, LOCK_WAIT_MS, e);
    if (rc == 0)
        rc = ix->rebuilt || is_long(ix) ? save_whole(ix, dir, e) : append(ix, dir, e);
    bp_unlock(&lock);
    close(dir);
    if (rc == 0) {
        bp_str_clear(&ix->fresh);
        ix->rebuilt = false;
    }
    return rc;
}
