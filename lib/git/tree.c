/* Trees of a repository: see tree.h. */
#include "git/tree.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "git/oid_git.h"
#include "git/repo_priv.h"
#include "json/input.h"

/* Directories inside each other, and names looked at in one comparison: a few trees that hold each
 * other many times over would go on for ever. */
enum { MAX_DEPTH = 128, MAX_NAMES = 4 * 1000 * 1000 };

/* ---- differences ---- */

struct differ {
    struct bp_repo *r;
    bp_tree_diff_fn *fn;
    void *ctx;
    struct bp_str
        path; /* of the directory being compared, with a final '/' unless it is the root */
    int depth;
    size_t names;
};

static bool is_file(const git_tree_entry *entry)
{
    git_filemode_t mode = git_tree_entry_filemode(entry);

    return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

static bool is_dir(const git_tree_entry *entry)
{
    return git_tree_entry_filemode(entry) == GIT_FILEMODE_TREE;
}

/* Directories and files whose documents count. */
static bool is_wanted(const git_tree_entry *entry)
{
    const char *name = git_tree_entry_name(entry);

    if (name[0] == '.')
        return false;
    return is_dir(entry) || (is_file(entry) && bp_input_is_document_name(name));
}

static int load_tree(struct bp_repo *r, const git_oid *id, git_tree **out, struct bp_err *e)
{
    int rc;

    *out = NULL;
    if (git_oid_is_zero(id))
        return 0;
    rc = git_tree_lookup(out, r->git, id);
    if (rc < 0) {
        struct bp_oid tree = bp_oid_of_git(id);

        return bp_git_object_error(e, rc, r, "tree", &tree);
    }
    return 0;
}

static int diff_trees(struct differ *d, const git_oid *was, const git_oid *now, struct bp_err *e);

/* One name: on both sides, or only on one. Both sides are of the same kind. */
static int diff_entry(struct differ *d, const git_tree_entry *was, const git_tree_entry *now,
                      struct bp_err *e)
{
    static const git_oid zero;
    const git_tree_entry *any = was ? was : now;
    const git_oid *old_id = was ? git_tree_entry_id(was) : NULL;
    const git_oid *new_id = now ? git_tree_entry_id(now) : NULL;
    struct bp_oid o, n;
    size_t len = d->path.len;
    int rc;

    if (was && now && git_oid_equal(old_id, new_id))
        return 0;
    if (++d->names > MAX_NAMES)
        return bp_err_set(e, BP_ELIMIT, "repository '%s': more than %d files and directories",
                          d->r->name, MAX_NAMES);
    bp_str_adds(&d->path, git_tree_entry_name(any));
    if (is_dir(any)) {
        bp_str_addc(&d->path, '/');
        rc = diff_trees(d, was ? old_id : &zero, now ? new_id : &zero, e);
    } else {
        if (was)
            o = bp_oid_of_git(old_id);
        if (now)
            n = bp_oid_of_git(new_id);
        rc = d->fn(d->ctx, d->path.s, was ? &o : NULL, now ? &n : NULL, e);
    }
    bp_str_cut(&d->path, len);
    return rc;
}

/* The next entry from `*i` on that counts, NULL at the end. */
static const git_tree_entry *next_wanted(const git_tree *tree, size_t *i)
{
    size_t n = tree ? git_tree_entrycount(tree) : 0;

    for (; *i < n; ++*i) {
        const git_tree_entry *entry = git_tree_entry_byindex(tree, *i);

        if (is_wanted(entry))
            return entry;
    }
    return NULL;
}

/* Both lists are in Git's order, in which a directory and a file of one name are different names.
 */
static int merge_entries(struct differ *d, const git_tree *was, const git_tree *now,
                         struct bp_err *e)
{
    size_t i = 0, k = 0;
    int rc = 0;

    while (rc == 0) {
        const git_tree_entry *a = next_wanted(was, &i), *b = next_wanted(now, &k);
        int order = !a ? 1 : !b ? -1 : git_tree_entry_cmp(a, b);

        if (!a && !b)
            break;
        rc = diff_entry(d, order <= 0 ? a : NULL, order >= 0 ? b : NULL, e);
        i += order <= 0;
        k += order >= 0;
    }
    return rc;
}

static int diff_trees(struct differ *d, const git_oid *was, const git_oid *now, struct bp_err *e)
{
    git_tree *old_tree = NULL, *new_tree = NULL;
    int rc;

    if (git_oid_equal(was, now))
        return 0;
    if (d->depth == MAX_DEPTH)
        return bp_err_set(e, BP_ELIMIT, "repository '%s': more than %d directories nested at '%s'",
                          d->r->name, MAX_DEPTH, d->path.s);
    d->depth++;
    rc = load_tree(d->r, was, &old_tree, e);
    if (rc == 0)
        rc = load_tree(d->r, now, &new_tree, e);
    if (rc == 0)
        rc = merge_entries(d, old_tree, new_tree, e);
    git_tree_free(old_tree);
    git_tree_free(new_tree);
    d->depth--;
    return rc;
}

int bp_tree_diff(struct bp_repo *r, const struct bp_oid *was, const struct bp_oid *now,
                 bp_tree_diff_fn *fn, void *ctx, struct bp_err *e)
{
    struct differ d = {.r = r, .fn = fn, .ctx = ctx, .path = BP_STR_INIT};
    git_oid a = bp_oid_to_git(was), b = bp_oid_to_git(now);
    int rc;

    if (!bp_oid_is_zero(was) && !git_odb_exists(r->odb, &a))
        return bp_err_set(e, BP_ENOTFOUND, "the older tree is no longer in repository '%s'",
                          r->name);
    rc = diff_trees(&d, &a, &b, e);
    bp_str_release(&d.path);
    return rc;
}

/* ---- finding ---- */

struct level {
    git_tree *tree;
    size_t end; /* bytes of the path that lead here */
};

struct bp_tree_cursor {
    struct bp_repo *r;
    git_oid root;
    struct bp_str path; /* of the directory that the last level is */
    struct level levels[MAX_DEPTH + 1];
    size_t n; /* levels loaded; 0: not even the root */
};

struct bp_tree_cursor *bp_tree_cursor_new(struct bp_repo *r, const struct bp_oid *root)
{
    struct bp_tree_cursor *c = bp_calloc(1, sizeof *c);

    c->r = r;
    c->root = bp_oid_to_git(root);
    c->path = (struct bp_str)BP_STR_INIT;
    return c;
}

void bp_tree_cursor_free(struct bp_tree_cursor *c)
{
    if (!c)
        return;
    while (c->n)
        git_tree_free(c->levels[--c->n].tree);
    bp_str_release(&c->path);
    free(c);
}

/* Goes up until the remembered directory is one that `path` lies in. */
static void go_up(struct bp_tree_cursor *c, const char *path)
{
    while (c->n > 1) {
        size_t end = c->levels[c->n - 1].end;

        if (strncmp(c->path.s, path, end) == 0 && path[end] == '/')
            break;
        git_tree_free(c->levels[--c->n].tree);
        bp_str_cut(&c->path, c->levels[c->n - 1].end);
    }
}

static int push_level(struct bp_tree_cursor *c, const git_oid *id, const char *path, size_t end,
                      struct bp_err *e)
{
    git_tree *tree;
    int rc;

    if (c->n > MAX_DEPTH)
        return bp_err_set(e, BP_ELIMIT, "path '%s' has more than %d directories", path, MAX_DEPTH);
    rc = load_tree(c->r, id, &tree, e);
    if (rc)
        return rc;
    bp_str_clear(&c->path);
    bp_str_add(&c->path, path, end);
    c->levels[c->n++] = (struct level){.tree = tree, .end = end};
    return 0;
}

static const git_tree_entry *entry_named(git_tree *tree, const char *name, size_t len)
{
    struct bp_str copy = BP_STR_INIT;
    const git_tree_entry *entry;

    bp_str_add(&copy, name, len);
    entry = git_tree_entry_byname(tree, copy.s);
    bp_str_release(&copy);
    return entry;
}

static enum bp_tree_kind kind_of(const git_tree_entry *entry)
{
    if (is_file(entry))
        return BP_TREE_FILE;
    return is_dir(entry) ? BP_TREE_DIR : BP_TREE_OTHER;
}

/* Walks down from the remembered directory, a name at a time. */
static int go_down(struct bp_tree_cursor *c, const char *path, enum bp_tree_kind *kind,
                   struct bp_oid *id, struct bp_err *e)
{
    for (;;) {
        struct level *at = &c->levels[c->n - 1];
        const char *name = path + at->end + (at->end > 0);
        size_t len = strcspn(name, "/");
        const git_tree_entry *entry = at->tree ? entry_named(at->tree, name, len) : NULL;
        int rc;

        if (!entry || (name[len] && !is_dir(entry))) {
            *kind = BP_TREE_NONE;
            return 0;
        }
        if (!name[len]) {
            *kind = kind_of(entry);
            *id = bp_oid_of_git(git_tree_entry_id(entry));
            return 0;
        }
        rc = push_level(c, git_tree_entry_id(entry), path, (size_t)(name + len - path), e);
        if (rc)
            return rc;
    }
}

int bp_tree_find(struct bp_tree_cursor *c, const char *path, enum bp_tree_kind *kind,
                 struct bp_oid *id, struct bp_err *e)
{
    int rc;

    if (!*path) {
        *id = bp_oid_of_git(&c->root);
        *kind = bp_oid_is_zero(id) ? BP_TREE_NONE : BP_TREE_DIR;
        return 0;
    }
    if (c->n == 0 && (rc = push_level(c, &c->root, "", 0, e)))
        return rc;
    go_up(c, path);
    return go_down(c, path, kind, id, e);
}

int bp_tree_find_once(struct bp_repo *r, const struct bp_oid *root, const char *path,
                      enum bp_tree_kind *kind, struct bp_oid *id, struct bp_err *e)
{
    struct bp_tree_cursor *c = bp_tree_cursor_new(r, root);
    int rc = bp_tree_find(c, path, kind, id, e);

    bp_tree_cursor_free(c);
    return rc;
}

int bp_tree_subtree(struct bp_repo *r, const struct bp_oid *root, const char *path,
                    struct bp_oid *id, struct bp_err *e)
{
    enum bp_tree_kind kind;
    int rc = bp_tree_find_once(r, root, path, &kind, id, e);

    if (rc)
        return rc;
    if (kind == BP_TREE_NONE)
        *id = (struct bp_oid){{0}};
    else if (kind != BP_TREE_DIR)
        return bp_err_set(e, BP_EUSAGE, "'%s' in repository '%s' is not a directory", path,
                          r->name);
    return 0;
}
