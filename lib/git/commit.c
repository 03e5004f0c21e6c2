/* One commit with the changed documents of a stream: see commit.h. */
#include "git/commit.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/term.h"
#include "git/branch.h"
#include "git/memodb.h"
#include "git/oid_git.h"
#include "git/repo_priv.h"
#include "git/touched.h"
#include "git/tree.h"

/* Branches that move faster than one try takes are given up on after this time. */
enum { RACE_MS = 60 * 1000 };

/* What a prefix may be so that it can be checked out, and read again. */
enum { PREFIX_PARTS = 32, PART_LENGTH = 255 };

struct bp_commit {
    struct bp_repo *r;
    const struct bp_commit_request *request;
    struct bp_branch branch;
    char *prefix; /* without slashes at its ends; "" for the root */
    char *under;  /* the same with a final '/', or "" */
    struct bp_moved begin, now;
    bool existed;       /* the branch, when this began */
    struct bp_oid root; /* the tree of the commit built on; zero: none */
    struct bp_wishes wishes;
    struct bp_trailers given;
    struct bp_memodb *mem;
    struct bp_index *ix;
    struct bp_branch_queue *queue;
    struct bp_edits plan;
};

static void remark(struct bp_commit *c, bool detail, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void remark(struct bp_commit *c, bool detail, const char *fmt, ...)
{
    struct bp_str text = BP_STR_INIT;
    va_list ap;

    if (!c->request->remark)
        return;
    va_start(ap, fmt);
    bp_str_vaddf(&text, fmt, ap);
    va_end(ap);
    c->request->remark(c->request->ctx, detail, text.s);
    bp_str_release(&text);
}

/* ---- beginning ---- */

static const char *part_problem(const char *part, size_t len)
{
    if (len == 0)
        return "has an empty part";
    if (len > PART_LENGTH)
        return "has a part of more than 255 bytes";
    if (part[0] == '.')
        return "has a part that begins with '.'";
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)part[i] < ' ' || part[i] == 0x7f || part[i] == '\\')
            return "has a control character or '\\' in it";
    return NULL;
}

static int set_prefix(struct bp_commit *c, const char *prefix, struct bp_err *e)
{
    struct bp_str text = BP_STR_INIT;
    size_t len = prefix ? strlen(prefix) : 0, parts = 0;

    while (len && prefix[len - 1] == '/')
        len--;
    for (size_t at = 0; at < len;) {
        size_t n = strcspn(prefix + at, "/");
        const char *problem = part_problem(prefix + at, n);

        if (++parts > PREFIX_PARTS)
            problem = "has more than 32 parts";
        if (problem)
            return bp_err_set(e, BP_EUSAGE, "prefix '%s' %s", prefix, problem);
        at += n + 1;
    }
    if (len)
        bp_str_add(&text, prefix, len);
    c->prefix = bp_strdup(text.s);
    if (len)
        bp_str_addc(&text, '/');
    c->under = bp_strdup(text.s);
    bp_str_release(&text);
    return 0;
}

static int check_texts(struct bp_commit *c, struct bp_err *e)
{
    const struct bp_commit_request *q = c->request;
    int rc = bp_ident_check(&q->author, "author", e);

    if (rc == 0)
        rc = bp_ident_check(&q->committer, "committer", e);
    if (rc == 0 && q->message)
        rc = bp_message_check(q->message, e);
    for (size_t i = 0; i < q->ntrailers && rc == 0; i++)
        rc = bp_trailers_give(&c->given, q->trailers[i], e);
    return rc;
}

/* The root tree of the commit that the branch builds on. */
static int read_root(struct bp_commit *c, struct bp_oid *root, struct bp_err *e)
{
    git_oid id = bp_oid_to_git(&c->branch.start);
    git_commit *commit;
    int rc;

    *root = (struct bp_oid){{0}};
    if (bp_oid_is_zero(&c->branch.start))
        return 0;
    rc = git_commit_lookup(&commit, c->r->git, &id);
    if (rc < 0)
        return bp_git_object_error(e, rc, c->r, "commit", &c->branch.start);
    *root = bp_oid_of_git(git_commit_tree_id(commit));
    git_commit_free(commit);
    return 0;
}

/* A file where the prefix has a directory. */
static int check_parents(struct bp_commit *c, struct bp_err *e)
{
    struct bp_str path = BP_STR_INIT;
    int rc = 0;

    for (const char *p = strchr(c->prefix, '/'); p && rc == 0; p = strchr(p + 1, '/')) {
        struct bp_oid id;

        bp_str_clear(&path);
        bp_str_add(&path, c->prefix, (size_t)(p - c->prefix));
        rc = bp_tree_subtree(c->r, &c->root, path.s, &id, e);
    }
    bp_str_release(&path);
    return rc;
}

/* Notes commit and trees of where the branch stands. */
static int look(struct bp_commit *c, struct bp_err *e)
{
    int rc;

    if (bp_oid_equal(&c->now.commit, &c->branch.start) && !bp_oid_is_zero(&c->now.commit))
        return 0;
    rc = read_root(c, &c->root, e);
    if (rc == 0)
        rc = check_parents(c, e);
    if (rc == 0)
        rc = bp_tree_subtree(c->r, &c->root, c->prefix, &c->now.tree, e);
    c->now.commit = c->branch.start;
    return rc;
}

int bp_commit_begin(struct bp_repo *r, const struct bp_commit_request *request,
                    struct bp_commit **out, struct bp_err *e)
{
    struct bp_commit *c = bp_calloc(1, sizeof *c);
    int rc;

    *c = (struct bp_commit){.r = r,
                            .request = request,
                            .branch = BP_BRANCH_INIT,
                            .wishes = BP_WISHES_INIT,
                            .given = BP_TRAILERS_INIT,
                            .plan = BP_EDITS_INIT};
    rc = set_prefix(c, request->prefix, e);
    if (rc == 0)
        rc = check_texts(c, e);
    if (rc == 0)
        rc = bp_branch_open(r, request->branch, request->create_branch, &c->branch, e);
    if (rc == 0)
        rc = look(c, e);
    c->begin = c->now;
    c->existed = !bp_oid_is_zero(&c->branch.head);
    *out = c;
    if (rc) {
        bp_commit_free(c);
        *out = NULL;
    }
    return rc;
}

struct bp_wishes *bp_commit_wishes(struct bp_commit *c)
{
    return &c->wishes;
}

void bp_commit_free(struct bp_commit *c)
{
    if (!c)
        return;
    bp_index_free(c->ix);
    bp_branch_queue_leave(c->queue);
    bp_edits_release(&c->plan);
    bp_trailers_release(&c->given);
    bp_wishes_release(&c->wishes);
    bp_branch_release(&c->branch);
    free(c->prefix);
    free(c->under);
    free(c);
}

/* ---- the message ---- */

static void write_subject(const struct bp_edits *p, struct bp_str *out)
{
    static const char *const verbs[] = {
        [BP_EDIT_ADD] = "add", [BP_EDIT_CHANGE] = "change", [BP_EDIT_REMOVE] = "remove"};
    size_t n = p->count[BP_EDIT_ADD] + p->count[BP_EDIT_CHANGE] + p->count[BP_EDIT_REMOVE];
    const char *between = "";

    for (size_t i = 0; i < p->nitems && n == 1; i++) {
        const struct bp_edit *o = &p->items[i];

        if (o->kind == BP_EDIT_NONE)
            continue;
        /* What is pruned may have a name that nobody would be let to write. */
        bp_term_escape(o->id.kind, strlen(o->id.kind), out);
        bp_str_addc(out, '/');
        bp_term_escape(o->id.name, strlen(o->id.name), out);
        bp_str_addf(out, ": %s", verbs[o->kind]);
    }
    for (int i = BP_EDIT_ADD; i <= BP_EDIT_REMOVE && n != 1; i++) {
        if (!p->count[i])
            continue;
        bp_str_addf(out, "%s%s %zu", between, verbs[i], p->count[i]);
        between = ", ";
    }
    if (n != 1) {
        out->s[0] = (char)(out->s[0] - 'a' + 'A');
        bp_str_adds(out, " documents");
    }
}

static void write_message(const struct bp_commit *c, struct bp_str *out)
{
    struct bp_trailers t = BP_TRAILERS_INIT;
    struct bp_str subject = BP_STR_INIT;
    const struct bp_commit_request *q = c->request;

    if (!q->message)
        write_subject(&c->plan, &subject);
    /* They were checked when the commit was begun. */
    for (size_t i = 0; i < q->ntrailers; i++)
        (void)bp_trailers_give(&t, q->trailers[i], NULL);
    for (size_t i = 0; i < c->plan.nitems; i++)
        if (c->plan.items[i].kind != BP_EDIT_NONE)
            bp_trailers_add(&t, &c->plan.items[i].from);
    bp_message_write(q->message ? q->message : subject.s, &t, out);
    bp_str_release(&subject);
    bp_trailers_release(&t);
}

/* ---- the objects ---- */

static int object_error(const struct bp_commit *c, int rc, struct bp_err *e)
{
    return bp_git_error(e, rc, "cannot write to repository '%s'", c->r->name);
}

/* The tree to change; NULL for the first commit. */
static int base_tree(struct bp_commit *c, git_tree **tree, struct bp_err *e)
{
    git_oid id = bp_oid_to_git(&c->root);
    int rc = git_oid_is_zero(&id) ? 0 : git_tree_lookup(tree, c->r->git, &id);

    return rc < 0 ? bp_git_object_error(e, rc, c->r, "tree", &c->root) : 0;
}

static int write_files(struct bp_commit *c, struct bp_arena *a, git_tree_update *updates,
                       struct bp_err *e)
{
    for (size_t i = 0; i < c->plan.nfiles; i++) {
        const struct bp_file_change *file = &c->plan.files[i];
        git_tree_update *u = &updates[i];
        int rc = 0;

        u->path = bp_arena_printf(a, "%s%s", c->under, file->path);
        u->action = file->text ? GIT_TREE_UPDATE_UPSERT : GIT_TREE_UPDATE_REMOVE;
        u->filemode = GIT_FILEMODE_BLOB;
        if (file->text)
            rc = git_blob_create_from_buffer(&u->id, c->r->git, file->text, file->len);
        if (rc < 0)
            return object_error(c, rc, e);
    }
    return 0;
}

static int write_tree(struct bp_commit *c, git_oid *id, struct bp_err *e)
{
    struct bp_arena a = BP_ARENA_INIT;
    git_tree_update *updates = bp_calloc(c->plan.nfiles, sizeof *updates);
    git_tree *base = NULL;
    int rc = base_tree(c, &base, e);

    if (rc == 0)
        rc = write_files(c, &a, updates, e);
    if (rc == 0) {
        rc = git_tree_create_updated(id, c->r->git, base, c->plan.nfiles, updates);
        if (rc < 0)
            rc = object_error(c, rc, e);
    }
    git_tree_free(base);
    free(updates);
    bp_arena_release(&a);
    return rc;
}

static int make_signature(const struct bp_ident *id, git_signature **out, struct bp_err *e)
{
    int rc = git_signature_new(out, id->name, id->email, id->time, id->offset);

    return rc < 0 ? bp_git_error(e, rc, "'%s <%s>' can't sign a commit", id->name, id->email) : 0;
}

static int write_commit_object(struct bp_commit *c, const git_oid *tree_id, const char *message,
                               struct bp_oid *out, struct bp_err *e)
{
    git_oid parent_id = bp_oid_to_git(&c->branch.start), id;
    git_signature *author = NULL, *committer = NULL;
    git_commit *parent = NULL;
    git_tree *tree = NULL;
    bool first = git_oid_is_zero(&parent_id);
    int rc = make_signature(&c->request->author, &author, e);

    if (rc == 0)
        rc = make_signature(&c->request->committer, &committer, e);
    if (rc == 0) {
        const git_commit *parents[1];

        rc = git_tree_lookup(&tree, c->r->git, tree_id);
        if (rc == 0 && !first)
            rc = git_commit_lookup(&parent, c->r->git, &parent_id);
        parents[0] = parent;
        if (rc == 0)
            rc = git_commit_create(&id, c->r->git, NULL, author, committer, NULL, message, tree,
                                   first ? 0 : 1, parents);
        if (rc < 0)
            rc = object_error(c, rc, e);
        else
            *out = bp_oid_of_git(&id);
    }
    git_commit_free(parent);
    git_tree_free(tree);
    git_signature_free(author);
    git_signature_free(committer);
    return rc;
}

/* All objects, on the disk when this returns 0. */
static int write_objects(struct bp_commit *c, const char *message, struct bp_oid *commit,
                         struct bp_oid *root, struct bp_err *e)
{
    git_oid tree;
    int rc = c->mem ? 0 : bp_memodb_attach(c->r, &c->mem, e);

    if (rc == 0)
        rc = write_tree(c, &tree, e);
    if (rc == 0)
        rc = write_commit_object(c, &tree, message, commit, e);
    if (rc == 0)
        rc = bp_memodb_flush(c->mem, e);
    if (rc == 0)
        *root = bp_oid_of_git(&tree);
    if (c->mem)
        bp_memodb_drop(c->mem);
    return rc;
}

/* ---- one try ---- */

static void save_index(struct bp_commit *c)
{
    struct bp_err err = BP_ERR_INIT;

    if (!c->request->dry_run && bp_index_save(c->ix, &err))
        remark(c, true, "the index beside the repository could not be written: %s", err.msg);
}

static int update_index(struct bp_commit *c, struct bp_err *e)
{
    int rc;

    if (c->ix)
        rc = bp_index_follow(c->ix, &c->now.tree, e);
    else
        rc = bp_index_open(c->r, c->branch.ref, c->prefix, &c->now.tree, &c->ix, e);
    if (rc == 0 && bp_index_malformed(c->ix))
        remark(c, true, "%zu file%s of the repository can't be read as documents",
               bp_index_malformed(c->ix), bp_index_malformed(c->ix) == 1 ? "" : "s");
    return rc;
}

/* What others did since this commit was begun. */
static int check_conflicts(struct bp_commit *c, struct bp_diags *d, struct bp_err *e)
{
    size_t conflicts = 0;
    int rc;

    if (c->existed && bp_oid_is_zero(&c->branch.head))
        return bp_err_set(e, BP_ECONFLICT, "branch '%s' was deleted by somebody else meanwhile",
                          c->branch.ref);
    if (bp_oid_equal(&c->begin.commit, &c->now.commit))
        return 0;
    rc = bp_touched_check(c->r, &c->begin, &c->now, c->under, &c->wishes, c->request->prune, d,
                          &conflicts, e);
    if (rc == 0 && conflicts)
        rc = bp_err_set(e, BP_ECONFLICT,
                        "%zu document%s changed by others meanwhile: nothing was committed",
                        conflicts, conflicts == 1 ? " was" : "s were");
    return rc;
}

static int make_plan(struct bp_commit *c, struct bp_diags *d, struct bp_err *e)
{
    struct bp_edits_options options = {.prune = c->request->prune,
                                       .prune_limit = c->request->prune_limit};
    int rc = bp_branch_reload(c->r, &c->branch, e);

    if (rc == 0)
        rc = look(c, e);
    if (rc == 0)
        rc = check_conflicts(c, d, e);
    if (rc == 0)
        rc = update_index(c, e);
    if (rc == 0)
        rc = bp_edits_make(&c->plan, c->r, &c->now.tree, c->ix, &c->wishes, &options, e);
    return rc;
}

/* 1: the branch was moved; 0: somebody else moved it. */
static int write_and_move(struct bp_commit *c, struct bp_oid *commit, struct bp_err *e)
{
    struct bp_str message = BP_STR_INIT, why = BP_STR_INIT;
    bool first = bp_oid_is_zero(&c->branch.start);
    struct bp_oid root, tree;
    int rc;

    write_message(c, &message);
    bp_str_addf(&why, "commit%s: %.*s", first ? " (initial)" : "", (int)strcspn(message.s, "\n"),
                message.s);
    rc = write_objects(c, message.s, commit, &root, e);
    if (rc == 0 && c->request->before_move)
        c->request->before_move(c->request->ctx);
    if (rc == 0)
        rc = bp_branch_move(c->r, &c->branch, commit, c->queue, &c->request->committer, why.s,
                            c->request->wait_ms, e);
    /* From here on the commit stands, whatever becomes of the index. */
    if (rc == 1 && bp_tree_subtree(c->r, &root, c->prefix, &tree, NULL) == 0) {
        bp_edits_note(&c->plan, c->ix);
        bp_index_advance(c->ix, &tree);
        save_index(c);
    }
    bp_str_release(&message);
    bp_str_release(&why);
    return rc;
}

/* ---- running ---- */

static int check_wishes(const struct bp_commit *c, struct bp_err *e)
{
    const struct bp_wishes *w = &c->wishes;

    if (w->unfit)
        return bp_err_set(e, BP_EUSAGE, "%zu document%s can't be committed: nothing was written",
                          w->unfit, w->unfit == 1 ? "" : "s");
    if (w->duplicates)
        return bp_err_set(e, BP_EINPUT, "%zu document%s more than once: nothing was written",
                          w->duplicates, w->duplicates == 1 ? " comes" : "s come");
    if (bp_wishes_count(w) == 0 && c->request->prune)
        return bp_err_set(e, BP_EUSAGE,
                          "the stream is empty, and --prune would remove everything: nothing was "
                          "written");
    if (bp_wishes_count(w) == 0 && !c->request->allow_empty)
        return bp_err_set(
            e, BP_EUSAGE,
            "the stream is empty: nothing was written; --allow-empty if that is right");
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void remark_comments(struct bp_commit *c)
{
    for (size_t i = 0; i < c->plan.ncomments_lost; i++)
        remark(c, false, "'%s%s' has comments inside a changed document, which are lost", c->under,
               c->plan.comments_lost[i]);
}

/* Tries until the branch is moved or there is nothing to do. */
static int run(struct bp_commit *c, struct bp_diags *d, struct bp_commit_result *result,
               struct bp_err *e)
{
    int64_t until = now_ms() + RACE_MS;

    for (;;) {
        int rc = make_plan(c, d, e);

        if (rc)
            return rc;
        result->parent = c->branch.start;
        if (c->plan.nfiles == 0 || c->request->dry_run) {
            save_index(c);
            return 0;
        }
        rc = write_and_move(c, &result->commit, e);
        if (rc == 1)
            return 0;
        result->commit = (struct bp_oid){{0}};
        if (rc < 0)
            return rc;
        if (now_ms() > until)
            return bp_err_set(e, BP_EBUSY, "others keep moving '%s': gave up after %d seconds",
                              c->branch.ref, RACE_MS / 1000);
        remark(c, true, "'%s' was moved by somebody else: trying again on its new head",
               c->branch.ref);
    }
}

int bp_commit_run(struct bp_commit *c, struct bp_diags *d, struct bp_commit_result *result,
                  struct bp_err *e)
{
    int rc = check_wishes(c, e);

    *result = (struct bp_commit_result){.ref = c->branch.ref, .plan = &c->plan};
    if (rc)
        return rc;
    result->parent = c->branch.start;
    if (bp_wishes_count(&c->wishes) == 0)
        return 0;
    if (!c->request->dry_run)
        c->queue = bp_branch_queue_enter(c->r, c->request->wait_ms);
    rc = run(c, d, result, e);
    bp_branch_queue_leave(c->queue);
    c->queue = NULL;
    if (rc == 0)
        remark_comments(c);
    return rc;
}
