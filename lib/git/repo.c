/* A Git repository on this machine: see repo.h. */
#include "git/repo.h"

#include <dirent.h>
#include <errno.h>
#include <git2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/mem.h"
#include "git/branch_list.h"
#include "git/oid_git.h"
#include "git/repo_priv.h"
#include "git/tls_defer.h"

static int code_of(int rc)
{
    switch (rc) {
    case GIT_ENOTFOUND:
    case GIT_EUNBORNBRANCH:
        return BP_ENOTFOUND;
    case GIT_ELOCKED:
        return BP_EBUSY;
    case GIT_EMODIFIED:
    case GIT_ENONFASTFORWARD:
        return BP_ECONFLICT;
    case GIT_EINVALIDSPEC:
    case GIT_EAMBIGUOUS:
        return BP_EUSAGE;
    case GIT_EMISMATCH:
        return BP_ECORRUPT;
    default:
        return BP_ESYS;
    }
}

/* libgit2's text of a failure that was just returned; it may have none. */
static const char *text_of(int rc)
{
    const git_error *last = rc < 0 ? git_error_last() : NULL;

    return last && last->message ? last->message : "no reason given";
}

int bp_git_error(struct bp_err *e, int rc, const char *fmt, ...)
{
    struct bp_str what = BP_STR_INIT;
    va_list ap;
    int code = code_of(rc);

    va_start(ap, fmt);
    bp_str_vaddf(&what, fmt, ap);
    va_end(ap);
    bp_err_set(e, code, "%s: %s", what.s, text_of(rc));
    bp_str_release(&what);
    return code;
}

int bp_git_object_error(struct bp_err *e, int rc, const struct bp_repo *r, const char *what,
                        const struct bp_oid *id)
{
    char hex[BP_OID_HEX + 1];

    bp_oid_hex(id, hex);
    return bp_err_set(e, BP_ECORRUPT,
                      "repository '%s' is damaged: cannot read %s %s: %s; see 'git fsck'", r->name,
                      what, hex, text_of(rc));
}

/* Extensions that change nothing about objects and branches as we use them. */
static int allow_extensions(void)
{
    const char *known[] = {"worktreeconfig", "preciousobjects"};

    return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, known, sizeof known / sizeof *known);
}

/* True when `path` is `dir` (with a final '/') or in it. */
static bool is_within(const char *path, const char *dir)
{
    size_t len = strlen(dir) - 1;

    return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* `path` within the work tree `tree` (with a final '/'), both real; NULL when it is not, when it is
 * the work tree itself, or when it is in the repository. */
static const char *part_within(const char *path, const char *tree, const char *git_dir)
{
    size_t len = strlen(tree);

    return is_within(path, tree) && strlen(path) > len && !is_within(path, git_dir) ? path + len
                                                                                    : NULL;
}

/* How many bytes of `path`, as it was written, name the work tree when `part` is within it; 0 when
 * it was written so that they don't. */
static size_t tree_prefix(const char *path, const char *part, const char *tree)
{
    size_t len = strlen(path), n = strlen(part);
    char *before, *real;

    while (len && path[len - 1] == '/')
        len--;
    if (len < n + 2 || strncmp(path + len - n, part, n) != 0 || path[len - n - 1] != '/')
        return 0;
    len -= n + 1;
    /* A link may have the same name. */
    before = bp_strdup(path);
    before[len] = '\0';
    real = realpath(before, NULL);
    if (!real || !is_within(real, tree) || strlen(real) >= strlen(tree))
        len = 0;
    free(real);
    free(before);
    return len;
}

/* No repository is at `path`; a user may mean the one whose work tree it is a part of. */
static int no_repository(struct bp_err *e, const char *path)
{
    git_repository *around = NULL;
    char *real = realpath(path, NULL);
    const char *tree = NULL, *part = NULL;
    int rc;

    if (real && git_repository_open_ext(&around, real, 0, NULL) == 0)
        tree = git_repository_workdir(around);
    if (tree)
        part = part_within(real, tree, git_repository_path(around));
    if (part) {
        size_t len = tree_prefix(path, part, tree);
        int n = (int)(len ? len : strlen(tree) - 1);
        const char *name = len ? path : tree;

        rc = bp_err_set(e, BP_EUSAGE,
                        "'%s' lies inside the work tree '%.*s': name that, and the directory with "
                        "-p '%s', or both as 'git:%.*s#HEAD:%s'",
                        path, n, name, part, n, name, part);
    } else {
        rc = bp_err_set(e, BP_ENOTFOUND, "'%s' is not a Git repository", path);
    }
    git_repository_free(around);
    free(real);
    return rc;
}

/* Says in our words why a repository could not be opened. */
static int open_error(struct bp_err *e, int rc, const char *path)
{
    const char *why = text_of(rc);
    struct stat st;

    if (stat(path, &st) < 0)
        return bp_err_sys(e, "repository '%s'", path);
    /* libgit2 1.5 reports another user's repository as a missing configuration value. */
    if (rc == GIT_EOWNER || strstr(why, "safe.directory") || strstr(why, "safe directory"))
        return bp_err_set(e, BP_EUSAGE,
                          "repository '%s' belongs to another user; if you trust it: "
                          "git config --global --add safe.directory '%s'",
                          path, path);
    if (strstr(why, "objectformat"))
        return bp_err_set(e, BP_EUSAGE,
                          "repository '%s' uses SHA-256 object names, which are not supported",
                          path);
    if (strstr(why, "partialclone"))
        return bp_err_set(e, BP_EUSAGE,
                          "repository '%s' is a partial clone, which is not supported; "
                          "use a full clone",
                          path);
    if (strstr(why, "extension") || strstr(why, "version"))
        return bp_err_set(e, BP_EUSAGE, "repository '%s' is not supported: %s", path, why);
    if (rc == GIT_ENOTFOUND)
        return no_repository(e, path);
    return bp_err_set(e, BP_ECORRUPT, "cannot open repository '%s': %s", path, why);
}

/* Branches are to be on the disk when they have moved. How they are written is settled when they
 * are first opened; objects, for which the option holds as well, are synced in a better way
 * (memodb.c). */
static int open_branches(struct bp_repo *r)
{
    git_refdb *refdb = NULL;
    int rc;

    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    rc = git_repository_refdb(&refdb, r->git);
    git_refdb_free(refdb);
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0);
    return rc;
}

int bp_repo_open(struct bp_repo **out, const char *path, struct bp_err *e)
{
    struct bp_repo *r;
    int rc = bp_git_init(e);

    *out = NULL;
    if (rc)
        return rc;
    r = bp_calloc(1, sizeof *r);
    r->name = bp_strdup(path);
    /* Objects are looked at once: to keep them would only cost memory. */
    git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
    allow_extensions();
    rc = git_repository_open_ext(&r->git, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
    if (rc < 0) {
        rc = open_error(e, rc, path);
    } else if ((rc = git_repository_odb(&r->odb, r->git)) < 0 || (rc = open_branches(r)) < 0) {
        rc = bp_git_error(e, rc, "cannot open the objects of repository '%s'", path);
    } else {
        r->dir = bp_strdup(git_repository_commondir(r->git));
        *out = r;
        return 0;
    }
    bp_repo_close(r);
    return rc;
}

bool bp_repo_may_begin(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    bool empty = true;

    if (!dir)
        return errno == ENOENT;
    while (empty && (entry = readdir(dir)))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(dir);
    return empty;
}

void bp_repo_close(struct bp_repo *r)
{
    if (!r)
        return;
    git_odb_free(r->odb);
    git_repository_free(r->git);
    free(r->dir);
    free(r->name);
    free(r);
    git_libgit2_shutdown();
}

const char *bp_repo_name(const struct bp_repo *r)
{
    return r->name;
}

const char *bp_repo_dir(const struct bp_repo *r)
{
    return r->dir;
}

/* The branch that HEAD names, with or without a commit, for a message. */
static char *head_branch(struct bp_repo *r)
{
    static const char heads[] = "refs/heads/";
    git_reference *head;
    const char *target;
    char *name = NULL;

    if (git_reference_lookup(&head, r->git, "HEAD") < 0)
        return NULL;
    target = git_reference_symbolic_target(head);
    if (target)
        name = bp_strdup(strncmp(target, heads, sizeof heads - 1) ? target
                                                                  : target + sizeof heads - 1);
    git_reference_free(head);
    return name;
}

/* Says why a revision is not there, and which could have been meant. */
static int no_revision(struct bp_repo *r, const char *revision, struct bp_err *e)
{
    struct bp_str names = BP_STR_INIT, meant = BP_STR_INIT;
    size_t n = bp_branch_list(r, &names);
    bool unborn = git_repository_head_unborn(r->git) == 1;
    char *head = unborn && strcmp(revision, "HEAD") == 0 ? head_branch(r) : NULL;

    if (n == 0 && unborn)
        bp_err_set(e, BP_ENOTFOUND, "repository '%s' has no commit yet", r->name);
    else if (n > 0 && head)
        bp_err_set(e, BP_ENOTFOUND,
                   "HEAD of repository '%s' names branch '%s', which has no commit; there are: %s: "
                   "write git:%s#%.*s",
                   r->name, head, names.s, r->name, n == 1 ? (int)names.len - 2 : 6,
                   n == 1 ? names.s + 1 : "BRANCH");
    else if (bp_branch_nearest(r, revision, &meant))
        bp_err_set(e, BP_ENOTFOUND,
                   "repository '%s' has no revision '%s'; did you mean the branch '%s'?", r->name,
                   revision, meant.s);
    else
        bp_err_set(e, BP_ENOTFOUND, "repository '%s' has no revision '%s'%s%s", r->name, revision,
                   n ? "; its branches are: " : "", names.s);
    bp_str_release(&names);
    bp_str_release(&meant);
    free(head);
    return BP_ENOTFOUND;
}

int bp_repo_tree(struct bp_repo *r, const char *revision, struct bp_oid *tree, struct bp_err *e)
{
    git_object *found = NULL, *peeled = NULL;
    int rc = git_revparse_single(&found, r->git, revision);

    if (rc == GIT_ENOTFOUND)
        return no_revision(r, revision, e);
    if (rc < 0)
        return bp_git_error(e, rc, "repository '%s': revision '%s'", r->name, revision);
    rc = git_object_peel(&peeled, found, GIT_OBJECT_TREE);
    if (rc == GIT_EPEEL || rc == GIT_EINVALIDSPEC) {
        rc = bp_err_set(e, BP_EUSAGE, "revision '%s' of repository '%s' is neither commit nor tree",
                        revision, r->name);
    } else if (rc < 0) {
        struct bp_oid id = bp_oid_of_git(git_object_id(found));

        rc = bp_git_object_error(e, rc, r, "the tree of", &id);
    } else {
        *tree = bp_oid_of_git(git_object_id(peeled));
    }
    git_object_free(peeled);
    git_object_free(found);
    return rc;
}

int bp_repo_blob(struct bp_repo *r, const struct bp_oid *blob, struct bp_str *out, struct bp_err *e)
{
    git_oid id = bp_oid_to_git(blob);
    git_odb_object *object;
    git_object_t type;
    size_t size;
    int rc = git_odb_read_header(&size, &type, r->odb, &id);

    bp_str_clear(out);
    if (rc == 0 && size > BP_READ_MAX) {
        char hex[BP_OID_HEX + 1];

        bp_oid_hex(blob, hex);
        return bp_err_set(e, BP_ELIMIT, "blob %s in repository '%s' is too large (%zu bytes)", hex,
                          r->name, size);
    }
    if (rc == 0)
        rc = git_odb_read(&object, r->odb, &id);
    if (rc < 0)
        return bp_git_object_error(e, rc, r, "blob", blob);
    bp_str_add(out, git_odb_object_data(object), git_odb_object_size(object));
    git_odb_object_free(object);
    return 0;
}

char *bp_repo_config(struct bp_repo *r, const char *variable, const char *extra)
{
    git_config *config = NULL, *more = NULL;
    git_buf value = GIT_BUF_INIT;
    char *text = NULL;

    /* A file of the user's choice replaces the usual one, but not what the repository says. */
    if (extra && git_repository_config(&config, r->git) == 0 &&
        git_config_open_level(&more, config, GIT_CONFIG_LEVEL_LOCAL) == 0)
        (void)git_config_add_file_ondisk(more, extra, GIT_CONFIG_LEVEL_GLOBAL, r->git, 0);
    if (!config && git_repository_config(&config, r->git) < 0)
        return NULL;
    if (git_config_get_string_buf(&value, more ? more : config, variable) == 0)
        text = bp_strdup(value.ptr);
    git_buf_dispose(&value);
    git_config_free(more);
    git_config_free(config);
    return text;
}
