/* Writing to the embedded store: changes are staged, then a commit makes them live.
 *
 * The order is what keeps a crash harmless: documents are written and synced as temporaries,
 * history entries are appended and synced, and only then renames make the documents live. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "json/write.h"
#include "store/dirstore_impl.h"

enum { ID_BYTES = 32 };

/* ---- the batch ---- */

static void batch_clear(struct bp_dirstore_batch *b)
{
    for (size_t i = 0; i < b->nunsynced; i++)
        close(b->unsynced[i]);
    b->nunsynced = 0;
    b->count = 0;
    bp_map_clear(&b->places);
    bp_map_clear(&b->kinds);
    bp_arena_reset(&b->arena);
}

/* First all writing is started, then each file is waited for: so the file system places them
 * together and the first wait pays for all. */
static int sync_all(struct bp_dirstore_batch *b, struct bp_err *e)
{
    int rc = 0;

    for (size_t i = 0; i < b->nunsynced; i++)
        (void)!sync_file_range(b->unsynced[i], 0, 0, SYNC_FILE_RANGE_WRITE);
    for (size_t i = 0; i < b->nunsynced; i++) {
        if (fsync(b->unsynced[i]) && rc == 0)
            rc = bp_err_sys(e, "write to disk");
        if (close(b->unsynced[i]) && rc == 0)
            rc = bp_err_sys(e, "write to disk");
    }
    b->nunsynced = 0;
    return rc;
}

/* A share of the descriptors that the process may have: the others are for everybody else. */
static size_t sync_at_once(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur / 4 >= BP_DIRSTORE_SYNC_AT_ONCE)
        return BP_DIRSTORE_SYNC_AT_ONCE;
    return limit.rlim_cur < 8 ? 1 : (size_t)limit.rlim_cur / 4;
}

/* Takes over `fd`. Everything of a batch is written before anything is synced, as far as
 * descriptors allow: the first sync then does the work of all. */
static int sync_later(struct bp_dirstore_batch *b, int fd, struct bp_err *e)
{
    if (!b->at_once)
        b->at_once = sync_at_once();
    b->unsynced[b->nunsynced++] = fd;
    return b->nunsynced == b->at_once ? sync_all(b, e) : 0;
}

static int check_writable(const struct bp_dirstore *s, struct bp_err *e)
{
    return s->tmp < 0 ? bp_err_set(e, BP_EUSAGE, "store '%s' is open for reading", s->path) : 0;
}

/* What a change starts from. */
struct change {
    struct bp_identity id;
    struct bp_dirstore_place place;
    const char *key; /* in the arena of the batch, as `place` */
    cJSON *live;     /* NULL: there is none */
};

static int start_change(struct bp_dirstore *s, struct bp_arena *a, struct change *c,
                        struct bp_err *e)
{
    struct bp_dirstore_batch *b = &s->batch;
    int rc = check_writable(s, e);

    if (rc || (rc = bp_dirstore_place(&b->arena, c->id, &c->place, e)))
        return rc;
    c->key = bp_arena_printf(&b->arena, "%s/%s", c->place.kind, c->place.name);
    if (bp_map_find(&b->places, c->key, strlen(c->key)))
        return bp_err_set(e, BP_EUSAGE, "'%s/%s' is changed twice in one batch", c->id.kind,
                          c->id.name);
    return bp_dirstore_load(s, a, c->place, &c->live, e);
}

/* Adds the change to the batch; `op` has what is to be done. */
static void add_op(struct bp_dirstore_batch *b, const struct change *c, struct bp_dirstore_op op)
{
    op.place = c->place;
    op.undo = -1;
    if (c->live) {
        op.live_id = bp_arena_strdup(&b->arena, bp_dirstore_id_of(c->live));
        op.live_generation = bp_document_generation(c->live);
    }
    b->ops = bp_grow(b->ops, &b->cap, b->count + 1, sizeof *b->ops);
    b->ops[b->count++] = op;
    bp_map_put(&b->places, c->key, strlen(c->key));
    bp_map_put(&b->kinds, c->place.kind, strlen(c->place.kind));
}

/* The history entry of `doc` in the arena of the batch; `a` is for what is needed meanwhile. */
static void add_entry(struct bp_dirstore_batch *b, struct bp_arena *a, struct bp_dirstore_op *op,
                      const struct change *c, const cJSON *doc, const char *by, const char *type)
{
    const char *line = bp_dirstore_entry_line(a, doc, c->id, by, type, &op->line_len);

    op->line = bp_arena_strndup(&b->arena, line, op->line_len);
}

/* ---- the server's rules ---- */

static char *new_id(struct bp_arena *a)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char raw[ID_BYTES];
    char *id = bp_arena_alloc(a, 2 * ID_BYTES + 1);

    while (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw)
        ;
    for (size_t i = 0; i < sizeof raw; i++) {
        id[2 * i] = hex[raw[i] >> 4];
        id[2 * i + 1] = hex[raw[i] & 15];
    }
    id[2 * ID_BYTES] = '\0';
    return id;
}

static int check_document(const cJSON *doc, struct bp_identity id, struct bp_err *e)
{
    const cJSON *spec = bp_json_get(doc, "spec");
    const cJSON *generation = bp_json_path(doc, "metadata", "generation", NULL);
    int64_t n;

    if (bp_document_is_tombstone(doc))
        return bp_err_at(e, BP_EUSAGE, bp_json_pos(doc), "'%s/%s' is a tombstone, no document",
                         id.kind, id.name);
    if (spec && !cJSON_IsNull(spec) && !cJSON_IsObject(spec))
        return bp_err_at(e, BP_EINPUT, bp_json_pos(spec),
                         "'spec' of '%s/%s' is %s, must be an object", id.kind, id.name,
                         bp_json_a_type(spec));
    if (generation && !cJSON_IsNull(generation) && !bp_json_int(generation, &n))
        return bp_err_at(e, BP_EINPUT, bp_json_pos(generation),
                         "'metadata.generation' of '%s/%s' is no 64-bit integer", id.kind, id.name);
    return 0;
}

static int next_generation(const struct change *c, const cJSON *doc, bool changed, int64_t *out,
                           struct bp_err *e)
{
    *out = bp_document_generation(c->live ? c->live : doc);
    if (!c->live || !changed)
        return 0;
    if (*out == INT64_MAX)
        return bp_err_set(e, BP_ELIMIT, "the generation of '%s/%s' can't be raised any more",
                          c->id.kind, c->id.name);
    ++*out;
    return 0;
}

/* Gives `doc`, a copy, what the server sets: id, generation, status and a spec. */
static void set_server_side(struct bp_arena *a, cJSON *doc, const struct change *c,
                            int64_t generation)
{
    bool definition = strcmp(c->id.kind, BP_KIND_DEFINITION) == 0;
    const char *member = definition ? "blueprintdefinitionid" : "blueprintid";
    const char *id = c->live ? bp_dirstore_id_of(c->live) : bp_json_get_text(doc, member);
    cJSON *metadata = bp_json_get(doc, "metadata");
    const cJSON *status = bp_json_get(doc, "status");

    bp_json_set_string(a, doc, member, id && *id ? id : new_id(a));
    if (generation)
        bp_json_set(a, metadata, "generation", bp_json_integer(a, generation));
    else
        bp_json_remove(metadata, "generation");
    if (!cJSON_IsObject(bp_json_get(doc, "spec")))
        bp_json_set(a, doc, "spec", bp_json_object(a));
    if (!status && c->live)
        status = bp_json_get(c->live, "status");
    if (bp_document_is_blank(status))
        bp_json_remove(doc, "status");
    else if (!bp_json_get(doc, "status"))
        bp_json_set(a, doc, "status", bp_json_copy(a, status));
}

/* ---- staging ---- */

static int stage(struct bp_dirstore *s, const cJSON *doc, const char **tmp, struct bp_err *e)
{
    struct bp_str text = BP_STR_INIT, name = BP_STR_INIT;
    int fd = -1;
    int rc;

    bp_json_write_pretty(doc, &text);
    rc = bp_file_stage(s->tmp, "document", text.s, text.len, 0666, &name, &fd, e);
    if (rc == 0) {
        *tmp = bp_arena_strndup(&s->batch.arena, name.s, name.len);
        rc = sync_later(&s->batch, fd, e);
        if (rc)
            unlinkat(s->tmp, *tmp, 0);
    }
    bp_str_release(&text);
    bp_str_release(&name);
    return rc;
}

static int put_change(struct bp_dirstore *s, struct bp_arena *a, const struct change *c,
                      const cJSON *doc, const char *by, int64_t *generation, struct bp_err *e)
{
    bool changed = !c->live || !bp_document_same_spec(c->live, doc);
    cJSON *now = bp_json_copy(a, doc);
    struct bp_dirstore_op op = {0};
    int rc = next_generation(c, doc, changed, generation, e);

    if (rc)
        return rc;
    set_server_side(a, now, c, *generation);
    if (c->live && bp_json_equal(c->live, now))
        return 0;
    if ((rc = stage(s, now, &op.tmp, e)))
        return rc;
    if (changed)
        add_entry(&s->batch, a, &op, c, now, by, c->live ? "update" : "create");
    add_op(&s->batch, c, op);
    return 0;
}

int bp_dirstore_check(const cJSON *doc, struct bp_err *e)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_dirstore_place place;
    struct bp_identity id;
    int rc = bp_document_identity(doc, &id, e);

    if (rc == 0)
        rc = check_document(doc, id, e);
    if (rc == 0)
        rc = bp_dirstore_place(&a, id, &place, e);
    bp_arena_release(&a);
    return rc;
}

int bp_dirstore_put(struct bp_dirstore *s, const cJSON *doc, const char *by, int64_t *generation,
                    struct bp_err *e)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct change c = {0};
    int64_t result = 0;
    int rc = bp_document_identity(doc, &c.id, e);

    if (rc == 0)
        rc = check_document(doc, c.id, e);
    if (rc == 0)
        rc = start_change(s, &a, &c, e);
    if (rc == 0 && (rc = put_change(s, &a, &c, doc, by, &result, e)))
        bp_err_wrap(e, "store '%s'", s->path);
    if (rc == 0 && generation)
        *generation = result;
    bp_arena_release(&a);
    return rc;
}

int bp_dirstore_delete(struct bp_dirstore *s, struct bp_identity id, const char *by,
                       struct bp_err *e)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_dirstore_op op = {0};
    struct change c = {.id = id};
    int rc = start_change(s, &a, &c, e);

    if (rc == 0 && !c.live)
        rc = bp_err_set(e, BP_ENOTFOUND, "store '%s' has no document '%s/%s'", s->path, id.kind,
                        id.name);
    if (rc == 0) {
        add_entry(&s->batch, &a, &op, &c, c.live, by, "delete");
        add_op(&s->batch, &c, op);
    }
    bp_arena_release(&a);
    return rc;
}

/* ---- committing ---- */

/* In two steps, so that PATH/TOP is known to be no symbolic link before anything is made in it. */
static int make_kind_dirs(const struct bp_dirstore *s, const char *top, struct bp_err *e)
{
    const struct bp_map *kinds = &s->batch.kinds;
    int dir;
    int rc = bp_mkdirs(s->root, top, e);

    if (rc || (rc = bp_dirstore_dir(s, top, NULL, &dir, e)))
        return rc;
    for (size_t i = 0; i < kinds->count && rc == 0; i++)
        rc = bp_mkdirs(dir, kinds->entries[i].key, e);
    close(dir);
    return rc;
}

static int make_dirs(const struct bp_dirstore *s, struct bp_err *e)
{
    int rc = make_kind_dirs(s, BP_DIRSTORE_HISTORY, e);

    return rc ? rc : make_kind_dirs(s, BP_DIRSTORE_DOCS, e);
}

static int sync_kinds(const struct bp_dirstore *s, const char *top, struct bp_err *e)
{
    const struct bp_map *kinds = &s->batch.kinds;
    int rc = 0;

    for (size_t i = 0; i < kinds->count && rc == 0; i++) {
        int dir;

        rc = bp_dirstore_dir(s, top, kinds->entries[i].key, &dir, e);
        if (rc == 0) {
            rc = bp_sync_dir(dir, "", e);
            close(dir);
        }
    }
    return rc;
}

static int append_all(struct bp_dirstore *s, struct bp_err *e)
{
    struct bp_dirstore_batch *b = &s->batch;
    int rc = 0;

    for (size_t i = 0; i < b->count && rc == 0; i++) {
        int fd;

        if (!b->ops[i].line)
            continue;
        rc = bp_dirstore_append(s, &b->ops[i], &fd, e);
        if (rc == 0)
            rc = sync_later(b, fd, e);
    }
    if (rc == 0)
        rc = sync_all(b, e);
    return rc ? rc : sync_kinds(s, BP_DIRSTORE_HISTORY, e);
}

static int make_live(const struct bp_dirstore *s, int dir, const struct bp_dirstore_op *op,
                     struct bp_err *e)
{
    struct bp_str file = BP_STR_INIT;
    int rc;

    bp_str_addf(&file, "%s%s", op->place.name, BP_DIRSTORE_DOC_SUFFIX);
    rc = op->tmp ? renameat(s->tmp, op->tmp, dir, file.s) : unlinkat(dir, file.s, 0);
    if (rc)
        rc = bp_err_sys(e, "%s '%s/docs/%s/%s'", op->tmp ? "write" : "remove", s->path,
                        op->place.kind, file.s);
    bp_str_release(&file);
    return rc;
}

/* `*done` counts the changes that were made, from the first on. */
static int make_all_live(const struct bp_dirstore *s, size_t *done, struct bp_err *e)
{
    const struct bp_dirstore_batch *b = &s->batch;
    const char *kind = NULL;
    int dir = -1;
    int rc = 0;

    for (*done = 0; *done < b->count; ++*done) {
        const struct bp_dirstore_op *op = &b->ops[*done];

        if (!kind || strcmp(kind, op->place.kind) != 0) {
            if (dir >= 0)
                close(dir);
            kind = op->place.kind;
            rc = bp_dirstore_dir(s, BP_DIRSTORE_DOCS, kind, &dir, e);
            if (rc)
                return rc;
        }
        if ((rc = make_live(s, dir, op, e)))
            break;
    }
    if (dir >= 0)
        close(dir);
    return rc;
}

/* Takes back what changes from number `from` on have prepared. */
static void take_back(struct bp_dirstore *s, size_t from)
{
    struct bp_dirstore_batch *b = &s->batch;

    for (size_t i = from; i < b->count; i++) {
        bp_dirstore_unappend(s, &b->ops[i]);
        if (b->ops[i].tmp)
            unlinkat(s->tmp, b->ops[i].tmp, 0);
    }
}

int bp_dirstore_commit(struct bp_dirstore *s, struct bp_err *e)
{
    struct bp_dirstore_batch *b = &s->batch;
    size_t done = 0;
    int rc = check_writable(s, e);

    if (rc || b->count == 0)
        return rc;
    rc = sync_all(b, e);
    if (rc == 0)
        rc = make_dirs(s, e);
    if (rc == 0)
        rc = append_all(s, e);
    if (rc == 0)
        rc = make_all_live(s, &done, e);
    if (rc)
        take_back(s, done);
    /* What is live is made durable also when something after it failed. */
    if (done) {
        int synced = sync_kinds(s, BP_DIRSTORE_DOCS, rc ? NULL : e);

        rc = rc ? rc : synced;
    }
    if (rc)
        bp_err_wrap(e, "store '%s': %zu of %zu changes were made", s->path, done, b->count);
    batch_clear(b);
    return rc;
}

void bp_dirstore_close(struct bp_dirstore *s)
{
    if (!s)
        return;
    take_back(s, 0);
    batch_clear(&s->batch);
    bp_map_release(&s->batch.places);
    bp_map_release(&s->batch.kinds);
    bp_arena_release(&s->batch.arena);
    free(s->batch.ops);
    bp_unlock(&s->lock);
    if (s->tmp >= 0)
        close(s->tmp);
    if (s->root >= 0)
        close(s->root);
    free(s->path);
    free(s);
}
