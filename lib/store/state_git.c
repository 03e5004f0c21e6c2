/* The state `git:REPO[#REV[:SUBDIR]]`: the documents in a tree of a local repository. */
#include <string.h>
#include <unistd.h>

#include "git/repo.h"
#include "git/tree.h"
#include "store/state.h"

/* A word taken apart; the texts live in the arena. */
struct word {
    const char *repo, *revision, *subdir;
};

struct reader {
    struct bp_repo *repo;
    struct bp_input *in;
    bp_input_fn *fn;
    void *ctx;
    struct word word;
    struct bp_arena a;        /* of the file being read */
    struct bp_str text, name; /* of that file */
};

/* What Git takes for a remote: a URL, or HOST:PATH. */
static bool is_remote(const char *repo)
{
    const char *colon = strchr(repo, ':'), *slash = strchr(repo, '/');

    return strstr(repo, "://") || (colon && (!slash || colon < slash));
}

/* Where the revision begins: at the first '#' with a repository in front of it, because a path, a
 * revision and a directory may all have one in their names. NULL when there is none. */
static const char *find_hash(struct bp_arena *a, const char *rest)
{
    const char *first = strchr(rest, '#'), *hash;

    for (hash = first; hash; hash = strchr(hash + 1, '#'))
        if (access(bp_arena_strndup(a, rest, (size_t)(hash - rest)), F_OK) == 0)
            return hash;
    return access(rest, F_OK) == 0 ? NULL : first;
}

static int parse_word(struct bp_arena *a, const char *rest, struct word *w, struct bp_err *e)
{
    const char *hash = find_hash(a, rest), *colon;
    size_t len = hash ? (size_t)(hash - rest) : strlen(rest);

    w->repo = bp_arena_strndup(a, rest, len);
    w->revision = "HEAD";
    w->subdir = "";
    if (!*w->repo)
        return bp_err_set(e, BP_EUSAGE, "'git:%s' names no repository: git:REPO[#REV[:SUBDIR]]",
                          rest);
    if (is_remote(w->repo) && access(w->repo, F_OK) < 0)
        return bp_err_set(e, BP_EUSAGE,
                          "'%s': remote repositories are not supported yet; clone or fetch first",
                          w->repo);
    if (!hash)
        return 0;
    colon = strchr(hash + 1, ':');
    len = colon ? (size_t)(colon - hash - 1) : strlen(hash + 1);
    if (len)
        w->revision = bp_arena_strndup(a, hash + 1, len);
    if (colon) {
        len = strlen(colon + 1);
        while (len && colon[len] == '/')
            len--;
        w->subdir = bp_arena_strndup(a, colon + 1, len);
    }
    return 0;
}

/* Hands out the documents of one file. A malformed one becomes a finding, as with files on disk. */
static int read_text(struct reader *r, const char *name, struct bp_err *e)
{
    struct bp_err err = BP_ERR_INIT;
    cJSON *docs = bp_input_text(&r->a, r->text.s, r->text.len, name, &err), *doc, *next;
    int rc = 0;

    r->in->files++;
    if (!docs) {
        if (!err.pos.file)
            err.pos.file = name;
        r->in->malformed++;
        bp_diag_add_err(r->in->diags, "syntax", &err);
    }
    for (doc = docs ? docs->child : NULL; doc && rc >= 0; doc = next) {
        next = doc->next;
        bp_json_unlink(doc);
        r->in->documents++;
        rc = r->fn(r->ctx, &r->a, doc, e);
    }
    if (r->in->diags)
        bp_diags_flush(r->in->diags);
    bp_arena_reset(&r->a);
    return rc < 0 ? rc : 0;
}

static int read_file(void *ctx, const char *path, const struct bp_oid *was,
                     const struct bp_oid *now, struct bp_err *e)
{
    struct reader *r = ctx;
    const char *subdir = r->word.subdir;
    int rc = bp_repo_blob(r->repo, now, &r->text, e);

    (void)was;
    if (rc)
        return rc;
    bp_str_clear(&r->name);
    bp_str_addf(&r->name, "%s:%s%s%s", r->word.revision, subdir, *subdir ? "/" : "", path);
    return read_text(r, r->in->names ? bp_arena_strdup(r->in->names, r->name.s) : r->name.s, e);
}

static int read_tree(struct reader *r, struct bp_err *e)
{
    static const struct bp_oid nothing;
    struct bp_oid root, tree;
    int rc = bp_repo_tree(r->repo, r->word.revision, &root, e);

    if (rc == 0)
        rc = bp_tree_subtree(r->repo, &root, r->word.subdir, &tree, e);
    if (rc == 0 && *r->word.subdir && bp_oid_is_zero(&tree))
        rc = bp_err_set(e, BP_ENOTFOUND, "repository '%s' has no directory '%s' at '%s'",
                        r->word.repo, r->word.subdir, r->word.revision);
    return rc ? rc : bp_tree_diff(r->repo, &nothing, &tree, read_file, r, e);
}

static int read_git(const char *rest, struct bp_input *in, bp_input_fn *fn, void *ctx,
                    struct bp_err *e)
{
    struct reader r = {.in = in,
                       .fn = fn,
                       .ctx = ctx,
                       .a = BP_ARENA_INIT,
                       .text = BP_STR_INIT,
                       .name = BP_STR_INIT};
    struct bp_arena words = BP_ARENA_INIT;
    int rc = parse_word(&words, rest, &r.word, e);

    if (rc == 0)
        rc = bp_repo_open(&r.repo, r.word.repo, e);
    if (rc == 0)
        rc = read_tree(&r, e);
    bp_repo_close(r.repo);
    bp_str_release(&r.text);
    bp_str_release(&r.name);
    bp_arena_release(&r.a);
    bp_arena_release(&words);
    return rc;
}

const struct bp_state_driver bp_state_git = {.scheme = "git", .read = read_git};
