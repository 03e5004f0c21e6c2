/* What a commit changes: see edits.h. */
#include "git/edits.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "git/docfile.h"
#include "git/index_file.h"
#include "git/tree.h"
#include "json/read.h"
#include "json/write.h"

/* Nothing of the plan is believable: the index was wrong. Not seen outside this file. */
enum { STALE = 1 };

/* The longest name of a file that can be checked out; how many names are tried. */
enum { FILE_NAME_MAX = 255, NAMES = 3 };

/* A file to look at, for a wish, or (`wish` NULL) for what is to be pruned in it. */
struct target {
    const char *path;
    size_t wish;
    bool prune;
};

struct planner {
    struct bp_edits *p;
    struct bp_repo *r;
    struct bp_index *ix;
    const struct bp_wishes *w;
    bool prune, trusted; /* trusted: the index was just built */
    struct bp_tree_cursor *cursor;
    struct target *targets;
    size_t n, cap;
    struct bp_arena a; /* of the file being looked at */
    struct bp_docfile file;
    struct bp_str text, out;
    struct bp_map taken; /* paths of new documents */
};

static void add_target(struct planner *pl, const char *path, size_t wish, bool prune)
{
    pl->targets = bp_grow(pl->targets, &pl->cap, pl->n + 1, sizeof *pl->targets);
    pl->targets[pl->n++] = (struct target){.path = path, .wish = wish, .prune = prune};
}

static int by_path(const void *a, const void *b)
{
    const struct target *x = a, *y = b;
    int order = strcmp(x->path, y->path);

    if (order)
        return order;
    return x->prune != y->prune ? x->prune - y->prune : (x->wish > y->wish) - (x->wish < y->wish);
}

/* ---- what to look at ---- */

static int target_wishes(struct planner *pl, struct bp_err *e)
{
    struct bp_index_paths paths = {0};
    size_t n = bp_wishes_count(pl->w);
    int rc = 0;

    for (size_t i = 0; i < n && rc == 0; i++) {
        const struct bp_wish *wish = bp_wishes_at(pl->w, i);

        paths.n = 0;
        rc = bp_index_find(pl->ix, wish->id, &paths, e);
        for (size_t k = 0; k < paths.n && rc == 0; k++)
            add_target(pl, paths.items[k], i, false);
    }
    free(paths.items);
    return rc;
}

/* Every file with a document that no wish has the hash of. */
static int target_pruned(struct planner *pl, struct bp_err *e)
{
    struct bp_map wanted = BP_MAP_INIT;
    size_t n = bp_wishes_count(pl->w), count;
    uint64_t *hashes = bp_calloc(n, sizeof *hashes);
    struct bp_index_entry *entries = NULL;
    const char *last = NULL;
    int rc = bp_index_list(pl->ix, &entries, &count, e);

    for (size_t i = 0; i < n && rc == 0; i++) {
        hashes[i] = bp_index_hash(bp_wishes_at(pl->w, i)->id);
        bp_map_put(&wanted, (const char *)&hashes[i], sizeof hashes[i]);
    }
    for (size_t i = 0; i < count && rc == 0; i++) {
        if (bp_map_find(&wanted, (const char *)&entries[i].hash, sizeof entries[i].hash))
            continue;
        if (!last || strcmp(last, entries[i].path) != 0)
            add_target(pl, entries[i].path, 0, true);
        last = entries[i].path;
    }
    pl->p->total = count;
    free(entries);
    free(hashes);
    bp_map_release(&wanted);
    return rc;
}

/* ---- one file ---- */

static cJSON *wish_tree(struct planner *pl, const struct bp_wish *wish, struct bp_err *e)
{
    return bp_json_parse(&pl->a, wish->text, wish->len, wish->pos.file, e);
}

/* Reads the file into pl->file. STALE when it is not there any more, or no documents. */
static int open_file(struct planner *pl, const char *path, struct bp_err *e)
{
    enum bp_tree_kind kind;
    struct bp_oid blob;
    int rc = bp_tree_find(pl->cursor, path, &kind, &blob, e);

    if (rc)
        return rc;
    if (kind != BP_TREE_FILE)
        return STALE;
    rc = bp_repo_blob(pl->r, &blob, &pl->text, e);
    if (rc)
        return rc;
    bp_arena_reset(&pl->a);
    return bp_docfile_parse(&pl->file, &pl->a, pl->text.s, pl->text.len, path, NULL) ? STALE : 0;
}

static struct bp_edit *edit_of(struct planner *pl, size_t wish)
{
    return &pl->p->items[wish];
}

static int stands_twice(const struct bp_wish *wish, const char *a, const char *b, struct bp_err *e)
{
    return bp_err_set(
        e, BP_EUSAGE,
        "'%s/%s' stands in the repository twice, in '%s' and in '%s': remove one of them",
        wish->id.kind, wish->id.name, a, b);
}

/* Holds a wish against the open file. A file without the document is passed over: another one may
 * have it, and if none has, it shows in the end. */
static int apply_wish(struct planner *pl, const struct target *t, struct bp_err *e)
{
    const struct bp_wish *wish = bp_wishes_at(pl->w, t->wish);
    struct bp_docpart *part = bp_docfile_find(&pl->file, &pl->a, wish->id);
    struct bp_edit *o = edit_of(pl, t->wish);
    cJSON *doc;

    if (!part)
        return 0;
    if (o->path || part->twice)
        return stands_twice(wish, o->path ? o->path : t->path, t->path, e);
    o->path = bp_arena_strdup(&pl->p->a, t->path);
    if (wish->tombstone) {
        o->kind = BP_EDIT_REMOVE;
        if (!o->from.order_id)
            o->from = bp_provenance_of(&pl->p->a, part->doc);
        bp_docfile_remove(&pl->file, part);
        return 0;
    }
    doc = wish_tree(pl, wish, e);
    if (!doc)
        return BP_ECORRUPT;
    if (bp_json_equal(doc, part->doc))
        return 0;
    o->kind = BP_EDIT_CHANGE;
    bp_docfile_replace(&pl->file, part, doc);
    return 0;
}

static struct bp_edit *add_edit(struct bp_edits *p)
{
    struct bp_edit *o;

    p->items = bp_grow(p->items, &p->items_cap, p->nitems + 1, sizeof *p->items);
    o = &p->items[p->nitems++];
    *o = (struct bp_edit){0};
    return o;
}

static bool is_kept(const cJSON *doc)
{
    const char *how = bp_document_annotation(doc, BP_ANN_PRUNE);

    return how && strcmp(how, "keep") == 0;
}

static void prune_file(struct planner *pl, const char *path)
{
    struct bp_edits *p = pl->p;

    for (size_t i = 0; i < pl->file.nparts; i++) {
        struct bp_docpart *part = &pl->file.parts[i];
        struct bp_edit *o;

        if (!part->id.kind || is_kept(part->doc) || bp_wishes_find(pl->w, part->id))
            continue;
        o = add_edit(p);
        o->id.kind = bp_arena_strdup(&p->a, part->id.kind);
        o->id.name = bp_arena_strdup(&p->a, part->id.name);
        o->path = bp_arena_strdup(&p->a, path);
        o->kind = BP_EDIT_REMOVE;
        o->pruned = true;
        p->pruned++;
        bp_docfile_remove(&pl->file, part);
    }
}

static struct bp_file_change *add_file(struct bp_edits *p, const char *path)
{
    struct bp_file_change *file;

    p->files = bp_grow(p->files, &p->files_cap, p->nfiles + 1, sizeof *p->files);
    file = &p->files[p->nfiles++];
    *file = (struct bp_file_change){.path = bp_arena_strdup(&p->a, path)};
    return file;
}

static int close_file(struct planner *pl, const char *path, struct bp_err *e)
{
    struct bp_edits *p = pl->p;
    struct bp_file_change *file;
    bool comments_lost;

    if (!pl->file.changed)
        return 0;
    file = add_file(p, path);
    if (bp_docfile_is_empty(&pl->file))
        return 0;
    bp_str_clear(&pl->out);
    bp_docfile_write(&pl->file, &pl->out, &comments_lost);
    if (!bp_docfile_verify(&pl->file, &pl->a, path, &pl->out))
        return bp_err_set(e, BP_EUSAGE,
                          "'%s' is written in a way that one document can't be changed without the "
                          "others: change it by hand",
                          path);
    file->text = bp_arena_strndup(&p->a, pl->out.s, pl->out.len);
    file->len = pl->out.len;
    if (comments_lost) {
        p->comments_lost = bp_grow(p->comments_lost, &p->comments_cap, p->ncomments_lost + 1,
                                   sizeof *p->comments_lost);
        p->comments_lost[p->ncomments_lost++] = file->path;
    }
    return 0;
}

/* The targets from `*i` on that are in one file. */
static int visit_file(struct planner *pl, size_t *i, struct bp_err *e)
{
    const char *path = pl->targets[*i].path;
    int rc = open_file(pl, path, e);

    if (rc == STALE && pl->trusted)
        rc = bp_err_set(e, BP_ECORRUPT, "'%s' in repository '%s' can't be read again", path,
                        bp_repo_name(pl->r));
    for (; rc == 0 && *i < pl->n && strcmp(pl->targets[*i].path, path) == 0; ++*i) {
        if (pl->targets[*i].prune)
            prune_file(pl, path);
        else
            rc = apply_wish(pl, &pl->targets[*i], e);
    }
    return rc ? rc : close_file(pl, path, e);
}

/* ---- new documents ---- */

/* True in `*is_free` when nothing stands at `path`. STALE when the document itself stands there, so
 * that the index should have known. */
static int try_path(struct planner *pl, const struct bp_wish *wish, const char *path, bool *is_free,
                    struct bp_err *e)
{
    enum bp_tree_kind kind;
    struct bp_oid id;
    int rc = bp_tree_find(pl->cursor, path, &kind, &id, e);

    *is_free = rc == 0 && kind == BP_TREE_NONE && !bp_map_get(&pl->taken, path);
    if (rc || kind != BP_TREE_FILE || pl->trusted)
        return rc;
    rc = open_file(pl, path, e);
    if (rc == 0 && bp_docfile_find(&pl->file, &pl->a, wish->id))
        return STALE;
    return rc == STALE ? 0 : rc;
}

static int check_location(struct planner *pl, const char *location, struct bp_err *e)
{
    enum bp_tree_kind kind;
    struct bp_oid id;
    int rc = bp_tree_find(pl->cursor, location, &kind, &id, e);

    if (rc == 0 && kind != BP_TREE_NONE && kind != BP_TREE_DIR)
        rc = bp_err_set(e, BP_EUSAGE,
                        "a file '%s' stands in the repository where a directory is needed",
                        location);
    return rc;
}

/* The names a new document is tried under: NAME.json, NAME.KIND.json when a document of another
 * kind has that, then one that is made short and its own by a hash. NULL for what can't be the name
 * of a file: too long. */
static char *file_name(struct planner *pl, struct bp_identity id, int attempt)
{
    struct bp_arena *a = &pl->p->a;
    char *name;

    if (attempt == 0) {
        name = bp_arena_printf(a, "%s.json", id.name);
    } else if (attempt == 1) {
        char *kind = bp_arena_strdup(a, id.kind);

        for (char *p = kind; *p; p++)
            *p = (char)tolower((unsigned char)*p);
        name = bp_arena_printf(a, "%s.%s.json", id.name, kind);
    } else {
        name = bp_arena_printf(a, "%.200s.%016llx.json", id.name,
                               (unsigned long long)bp_index_hash(id));
    }
    return strlen(name) <= FILE_NAME_MAX ? name : NULL;
}

/* Where a new document goes: the first of its names that nothing stands at. */
static int find_place(struct planner *pl, const struct bp_wish *wish, char **path, struct bp_err *e)
{
    const char *location = wish->location ? wish->location : "all";
    int rc = check_location(pl, location, e);

    for (int attempt = 0; attempt < NAMES && rc == 0; attempt++) {
        char *name = file_name(pl, wish->id, attempt);
        bool is_free;

        if (!name)
            continue;
        *path = bp_arena_printf(&pl->p->a, "%s/%s", location, name);
        rc = try_path(pl, wish, *path, &is_free, e);
        if (rc || is_free)
            return rc;
    }
    return rc ? rc
              : bp_err_set(e, BP_EUSAGE, "no place for '%s/%s': something else stands at '%s'",
                           wish->id.kind, wish->id.name, *path);
}

static int add_document(struct planner *pl, size_t i, struct bp_err *e)
{
    const struct bp_wish *wish = bp_wishes_at(pl->w, i);
    struct bp_edit *o = edit_of(pl, i);
    struct bp_file_change *file;
    cJSON *doc;
    char *path;
    int rc = find_place(pl, wish, &path, e);

    if (rc)
        return rc;
    bp_arena_reset(&pl->a);
    doc = wish_tree(pl, wish, e);
    if (!doc)
        return BP_ECORRUPT;
    bp_str_clear(&pl->out);
    bp_json_write_pretty(doc, &pl->out);
    file = add_file(pl->p, path);
    file->text = bp_arena_strndup(&pl->p->a, pl->out.s, pl->out.len);
    file->len = pl->out.len;
    bp_map_put(&pl->taken, path, strlen(path))->value = path;
    o->path = path;
    o->kind = BP_EDIT_ADD;
    return 0;
}

/* Wishes that no file has. An index that named files for one of them was wrong. */
static int add_missing(struct planner *pl, struct bp_err *e)
{
    size_t n = bp_wishes_count(pl->w);
    int rc = 0;

    for (size_t i = 0; i < pl->n && !pl->trusted; i++)
        if (!pl->targets[i].prune && !edit_of(pl, pl->targets[i].wish)->path)
            return STALE;
    for (size_t i = 0; i < n && rc == 0; i++)
        if (!edit_of(pl, i)->path && !bp_wishes_at(pl->w, i)->tombstone)
            rc = add_document(pl, i, e);
    return rc;
}

/* ---- all of it ---- */

static int check_limit(struct bp_edits *p, const struct bp_edits_options *options, struct bp_err *e)
{
    const struct bp_prune_limit *limit = &options->prune_limit;

    if (!options->prune)
        return 0;
    p->prune_most = bp_prune_limit_of(limit, p->total);
    if (p->pruned <= p->prune_most)
        return 0;
    return bp_err_set(
        e, BP_ECONFLICT,
        "%zu of %zu document%s would be pruned, and the limit is %llu (%u%s): nothing was "
        "changed; see --max-prune",
        p->pruned, p->total, p->total == 1 ? "" : "s", (unsigned long long)p->prune_most,
        (unsigned)limit->value, limit->percent ? "%" : "");
}

static int make_once(struct planner *pl, struct bp_err *e)
{
    size_t n = bp_wishes_count(pl->w);
    int rc;

    for (size_t i = 0; i < n; i++) {
        struct bp_edit *o = add_edit(pl->p);

        o->id = bp_wishes_at(pl->w, i)->id;
        o->from = bp_wishes_at(pl->w, i)->from;
    }
    rc = target_wishes(pl, e);
    if (rc == 0 && pl->prune)
        rc = target_pruned(pl, e);
    if (pl->n)
        qsort(pl->targets, pl->n, sizeof *pl->targets, by_path);
    for (size_t i = 0; i < pl->n && rc == 0;)
        rc = visit_file(pl, &i, e);
    if (rc == 0)
        rc = add_missing(pl, e);
    return rc;
}

/* Makes the plan empty and keeps nothing. */
static void start_over(struct planner *pl)
{
    struct bp_edits *p = pl->p;

    bp_edits_release(p);
    pl->n = 0;
    bp_map_clear(&pl->taken);
}

int bp_edits_make(struct bp_edits *p, struct bp_repo *r, const struct bp_oid *tree,
                  struct bp_index *ix, const struct bp_wishes *w,
                  const struct bp_edits_options *options, struct bp_err *e)
{
    struct planner pl = {.p = p,
                         .r = r,
                         .ix = ix,
                         .w = w,
                         .prune = options->prune,
                         .a = BP_ARENA_INIT,
                         .text = BP_STR_INIT,
                         .out = BP_STR_INIT};
    int rc;

    start_over(&pl);
    pl.cursor = bp_tree_cursor_new(r, tree);
    rc = make_once(&pl, e);
    if (rc == STALE || rc == BP_ECORRUPT) {
        rc = bp_index_rebuild(ix, e);
        if (rc == 0) {
            start_over(&pl);
            pl.trusted = true;
            rc = make_once(&pl, e);
        }
    }
    for (size_t i = 0; i < p->nitems; i++)
        p->count[p->items[i].kind]++;
    if (rc == 0)
        rc = check_limit(p, options, e);
    bp_tree_cursor_free(pl.cursor);
    bp_docfile_release(&pl.file);
    bp_str_release(&pl.text);
    bp_str_release(&pl.out);
    bp_map_release(&pl.taken);
    bp_arena_release(&pl.a);
    free(pl.targets);
    return rc;
}

void bp_edits_release(struct bp_edits *p)
{
    bp_arena_release(&p->a);
    free(p->items);
    free(p->files);
    free(p->comments_lost);
    *p = (struct bp_edits)BP_EDITS_INIT;
}

void bp_edits_note(const struct bp_edits *p, struct bp_index *ix)
{
    bp_index_forget_notes(ix);
    for (size_t i = 0; i < p->nitems; i++) {
        const struct bp_edit *o = &p->items[i];

        if (o->kind == BP_EDIT_ADD || o->kind == BP_EDIT_REMOVE)
            bp_index_note(ix, o->id, o->path, o->kind == BP_EDIT_REMOVE);
    }
}
