/* What others have changed on a branch: see touched.h. */
#include "git/touched.h"

#include <git2.h>
#include <string.h>

#include "git/docfile.h"
#include "git/oid_git.h"
#include "git/repo_priv.h"
#include "git/tree.h"
#include "json/read.h"

/* Conflicts past this many are reported without the search for who made them, each of which is a
 * walk through the commits. */
enum { BLAME_MAX = 20, WALK_MAX = 10000 };

/* A document that others have changed, added or removed. */
struct touched {
    struct bp_identity id;
    cJSON *was, *now; /* NULL where it was or is not there */
    const char *path; /* where it is, or was */
};

struct checker {
    struct bp_repo *r;
    const struct bp_wishes *w;
    bool prune;
    struct bp_arena a;
    struct bp_map touched; /* "kind/name" -> struct touched * */
    const struct bp_moved *from, *to;
    const char *prefix;
    struct bp_diags *d;
    size_t conflicts;
};

/* ---- what differs ---- */

static struct touched *touch(struct checker *c, struct bp_identity id, const char *path)
{
    char *key = bp_identity_text(&c->a, id);
    struct bp_map_entry *entry = bp_map_put(&c->touched, key, strlen(key));
    struct touched *t = entry->value;

    if (!t) {
        t = entry->value = bp_arena_zalloc(&c->a, sizeof *t);
        t->id.kind = bp_arena_strdup(&c->a, id.kind);
        t->id.name = bp_arena_strdup(&c->a, id.name);
    }
    if (!t->path || !t->now)
        t->path = bp_arena_strdup(&c->a, path);
    return t;
}

/* A file that is malformed has no documents, here as in the index. */
static int touch_documents(struct checker *c, const char *path, const struct bp_oid *blob, bool now,
                           struct bp_err *e)
{
    struct bp_docfile file = BP_DOCFILE_INIT;
    struct bp_str text = BP_STR_INIT;
    int rc = blob ? bp_repo_blob(c->r, blob, &text, e) : 0;

    if (rc || !blob || bp_docfile_parse(&file, &c->a, text.s, text.len, path, NULL))
        file.nparts = 0;
    for (size_t i = 0; i < file.nparts; i++) {
        const struct bp_docpart *part = &file.parts[i];
        struct touched *t;

        if (!part->id.kind || !(c->prune || bp_wishes_find(c->w, part->id)))
            continue;
        t = touch(c, part->id, path);
        *(now ? &t->now : &t->was) = part->doc;
    }
    bp_docfile_release(&file);
    bp_str_release(&text);
    return rc;
}

static int touch_file(void *ctx, const char *path, const struct bp_oid *was,
                      const struct bp_oid *now, struct bp_err *e)
{
    struct checker *c = ctx;
    int rc = touch_documents(c, path, was, false, e);

    return rc ? rc : touch_documents(c, path, now, true, e);
}

/* ---- who did it ---- */

static void blob_at(git_commit *commit, const char *path, git_oid *id)
{
    git_tree_entry *entry = NULL;
    git_tree *tree = NULL;

    memset(id, 0, sizeof *id);
    if (commit && git_commit_tree(&tree, commit) == 0 &&
        git_tree_entry_bypath(&entry, tree, path) == 0)
        git_oid_cpy(id, git_tree_entry_id(entry));
    git_tree_entry_free(entry);
    git_tree_free(tree);
}

static bool changes_path(git_commit *commit, const char *path)
{
    git_commit *parent = NULL;
    git_oid was, now;

    if (git_commit_parentcount(commit) > 0 && git_commit_parent(&parent, commit, 0) < 0)
        return false;
    blob_at(parent, path, &was);
    blob_at(commit, path, &now);
    git_commit_free(parent);
    return !git_oid_equal(&was, &now);
}

/* Appends " by commit ID of NAME" for the last commit between the two that changed the file. */
static void say_who(struct checker *c, const char *path, struct bp_str *out)
{
    git_repository *git = c->r->git;
    git_oid from = bp_oid_to_git(&c->from->commit), to = bp_oid_to_git(&c->to->commit), id;
    git_revwalk *walk;
    bool found = false;

    if (git_revwalk_new(&walk, git) < 0)
        return;
    git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL);
    if (git_revwalk_push(walk, &to) == 0 &&
        (git_oid_is_zero(&from) || git_revwalk_hide(walk, &from) == 0)) {
        for (int n = 0; !found && n < WALK_MAX && git_revwalk_next(&id, walk) == 0; n++) {
            struct bp_oid oid = bp_oid_of_git(&id);
            char hex[BP_OID_HEX + 1];
            git_commit *commit;

            if (git_commit_lookup(&commit, git, &id) < 0)
                break;
            found = changes_path(commit, path);
            bp_oid_hex(&oid, hex);
            if (found)
                bp_str_addf(out, " by commit %.12s of %s", hex, git_commit_author(commit)->name);
            git_commit_free(commit);
        }
    }
    git_revwalk_free(walk);
}

/* ---- the verdict ---- */

static void report(struct checker *c, const struct touched *t, const struct bp_wish *wish)
{
    struct bp_str who = BP_STR_INIT, path = BP_STR_INIT;
    struct bp_pos pos = wish ? wish->pos : (struct bp_pos){0};
    const char *what = !t->was ? "added" : !t->now ? "removed" : "changed";

    bp_str_addf(&path, "%s%s", c->prefix, t->path);
    if (c->conflicts++ < BLAME_MAX)
        say_who(c, path.s, &who);
    bp_diag_add(c->d, BP_ERROR, "conflict", pos, NULL,
                "'%s/%s' was %s%s while this run prepared to %s it; look at the new state and try "
                "again",
                t->id.kind, t->id.name, what, who.s,
                !wish || wish->tombstone ? "remove"
                : t->was                 ? "change"
                                         : "add");
    bp_str_release(&who);
    bp_str_release(&path);
}

/* True when what is there now is what the run would make of it. */
static bool is_as_wished(struct checker *c, const struct touched *t, const struct bp_wish *wish)
{
    cJSON *doc;

    if (!wish || wish->tombstone)
        return !t->now;
    if (!t->now)
        return false;
    doc = bp_json_parse(&c->a, wish->text, wish->len, wish->pos.file, NULL);
    return doc && bp_json_equal(doc, t->now);
}

int bp_touched_check(struct bp_repo *r, const struct bp_moved *from, const struct bp_moved *to,
                     const char *prefix, const struct bp_wishes *w, bool prune, struct bp_diags *d,
                     size_t *conflicts, struct bp_err *e)
{
    struct checker c = {.r = r,
                        .w = w,
                        .prune = prune,
                        .a = BP_ARENA_INIT,
                        .from = from,
                        .to = to,
                        .prefix = prefix,
                        .d = d};
    int rc = bp_tree_diff(r, &from->tree, &to->tree, touch_file, &c, e);

    for (size_t i = 0; i < c.touched.count && rc == 0; i++) {
        const struct touched *t = c.touched.entries[i].value;
        const struct bp_wish *wish = bp_wishes_find(w, t->id);
        bool moved_only = t->was && t->now && bp_json_equal(t->was, t->now);

        if (!moved_only && !is_as_wished(&c, t, wish))
            report(&c, t, wish);
    }
    *conflicts = c.conflicts;
    bp_map_release(&c.touched);
    bp_arena_release(&c.a);
    return rc;
}
