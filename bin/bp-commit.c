/* bp-commit: one Git commit with the changed documents of a stream. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cmd.h"
#include "base/quote.h"
#include "base/term.h"
#include "git/commit.h"
#include "json/input.h"
#include "json/write.h"
#include "store/state.h"

static const char *repo_path, *branch, *prefix, *message, *author, *committer, *max_prune, *report;
static struct bp_list trailers;
static bool prune, allow_empty, create_branch, dry_run;
static uint32_t lock_timeout = 30;

static const struct bp_opt opts[] = {
    {'r', "repo", BP_OPT_STRING, "REPO", "repository to commit to, bare or not", &repo_path,
     .hint = BP_HINT_DIR, .required = true},
    {'b', "branch", BP_OPT_STRING, "BRANCH", "branch to commit to (default: the one HEAD names)",
     &branch},
    {0, "create-branch", BP_OPT_FLAG, NULL, "start the branch from HEAD if it does not exist",
     &create_branch},
    {'p', "prefix", BP_OPT_STRING, "PREFIX", "directory in the repository that holds the documents",
     &prefix},
    {'m', "message", BP_OPT_STRING, "MESSAGE", "commit message (default: says what changes)",
     &message},
    {0, "trailer", BP_OPT_LIST, "KEY=VALUE", "line at the end of the message; may be repeated",
     &trailers},
    {0, "author", BP_OPT_STRING, "NAME <ADDRESS>", "author (default: as git finds it)", &author},
    {0, "committer", BP_OPT_STRING, "NAME <ADDRESS>", "committer (default: as git finds it)",
     &committer},
    {0, "prune", BP_OPT_FLAG, NULL, "remove documents that the stream does not have", &prune},
    {0, "max-prune", BP_OPT_STRING, "N|P%",
     "most documents to prune, as a count or share of those there are (default: 10%)", &max_prune},
    {0, "allow-empty", BP_OPT_FLAG, NULL, "an empty stream is no error, and no commit",
     &allow_empty},
    {'n', "dry-run", BP_OPT_FLAG, NULL, "say what would be done, write nothing", &dry_run},
    {0, "lock-timeout", BP_OPT_COUNT, "SECONDS",
     "how long to wait while others hold the branch (default: 30)", &lock_timeout},
    BP_OPT_REPORT(&report),
    {0},
};

static const struct bp_cmd cmd = {
    .name = "bp-commit",
    .summary = "commit changed documents to a Git repository",
    .synopsis = "-r REPO [-b BRANCH] [-p PREFIX] [-m MESSAGE] [--prune] [-n] [STATE...]",
    .opts = opts,
    .formats = "json|text",
    .operand = BP_HINT_STATE,
    .max_operands = -1,
    .epilog = "STATE is a file or directory of documents and tombstones, dir:PATH, or\n"
              "git:REPO[#REV[:SUBDIR]]; '-' or none is standard input. Work tree and index of the\n"
              "repository are left alone. What others change meanwhile is never overwritten.",
};

/* ---- who ---- */

/* Where a name or an address comes from, the first that is set: environment, configuration of the
 * role, configuration of the user. NULL when none is. */
static const char *find_text(struct bp_repo *repo, struct bp_arena *a, const char *variable,
                             const char *role_key, const char *user_key)
{
    const char *extra = getenv("GIT_CONFIG_GLOBAL"), *env = getenv(variable);
    char *text;
    const char *kept;

    if (env && *env)
        return env;
    text = bp_repo_config(repo, role_key, extra);
    if (!text)
        text = bp_repo_config(repo, user_key, extra);
    kept = text ? bp_arena_strdup(a, text) : NULL;
    free(text);
    return kept;
}

/* What differs between author and committer. */
struct role {
    const char *who, *option;
    const char *name_env, *email_env, *date_env;
    const char *name_key, *email_key;
};

static const struct role author_role = {
    "author",          "--author",    "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL",
    "GIT_AUTHOR_DATE", "author.name", "author.email",
};
static const struct role committer_role = {
    "committer",          "--committer",    "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_DATE", "committer.name", "committer.email",
};

/* Option, environment and configuration as git has them; `other` stands in where there is nothing.
 */
static int find_ident(struct bp_repo *repo, struct bp_arena *a, const struct role *role,
                      const char *option, const struct bp_ident *other, struct bp_ident *id,
                      struct bp_err *e)
{
    const char *date = getenv(role->date_env);

    bp_ident_now(id);
    if (date && *date && bp_ident_date(date, id, e))
        return bp_err_wrap(e, "%s", role->date_env);
    if (option)
        return bp_ident_parse(a, option, id, e);
    id->name = find_text(repo, a, role->name_env, role->name_key, "user.name");
    id->email = find_text(repo, a, role->email_env, role->email_key, "user.email");
    if (!id->email)
        id->email = getenv("EMAIL");
    if (!id->name && other)
        id->name = other->name;
    if (!id->email && other)
        id->email = other->email;
    if (id->name && id->email)
        return 0;
    return bp_err_set(
        e, BP_EUSAGE,
        "who is the %s? set %s and %s, or git config user.name and user.email, or use "
        "%s 'NAME <ADDRESS>'",
        role->who, role->name_env, role->email_env, role->option);
}

/* ---- output ---- */

static void write_oid(struct bp_str *out, const char *key, const struct bp_oid *oid)
{
    char hex[BP_OID_HEX + 1];

    bp_oid_hex(oid, hex);
    if (bp_oid_is_zero(oid))
        bp_str_addf(out, "\"%s\":null", key);
    else
        bp_str_addf(out, "\"%s\":\"%s\"", key, hex);
}

static void print_json(const struct bp_commit_result *result, struct bp_str *out)
{
    const size_t *count = result->plan->count;

    bp_str_addc(out, '{');
    write_oid(out, "commit", &result->commit);
    bp_str_adds(out, ",\"ref\":");
    bp_quote_json(result->ref, strlen(result->ref), out);
    bp_str_addf(out, ",\"added\":%zu,\"changed\":%zu,\"removed\":%zu,\"unchanged\":%zu,",
                count[BP_EDIT_ADD], count[BP_EDIT_CHANGE], count[BP_EDIT_REMOVE],
                count[BP_EDIT_NONE]);
    write_oid(out, "parent", &result->parent);
    if (dry_run)
        bp_str_adds(out, ",\"dryRun\":true");
    bp_str_adds(out, "}\n");
}

static void print_edits(const struct bp_edits *plan, struct bp_str *out)
{
    static const char *const verbs[] = {"", "add", "change", "remove"};

    for (size_t i = 0; i < plan->nitems; i++) {
        const struct bp_edit *edit = &plan->items[i];

        if (edit->kind == BP_EDIT_NONE)
            continue;
        bp_str_addf(out, "%-6s  ", verbs[edit->kind]);
        bp_term_escape(edit->id.kind, strlen(edit->id.kind), out);
        bp_str_addc(out, '/');
        bp_term_escape(edit->id.name, strlen(edit->id.name), out);
        bp_str_adds(out, "  ");
        bp_term_escape(edit->path, strlen(edit->path), out);
        bp_str_adds(out, edit->pruned ? "  (pruned)\n" : "\n");
    }
}

static void print_text(const struct bp_run *run, const struct bp_commit_result *result,
                       struct bp_str *out)
{
    const size_t *count = result->plan->count;
    char hex[BP_OID_HEX + 1];

    if (dry_run || run->verbose)
        print_edits(result->plan, out);
    bp_oid_hex(&result->commit, hex);
    bp_term_escape(result->ref, strlen(result->ref), out);
    bp_str_addf(out, ": %zu added, %zu changed, %zu removed, %zu unchanged: ", count[BP_EDIT_ADD],
                count[BP_EDIT_CHANGE], count[BP_EDIT_REMOVE], count[BP_EDIT_NONE]);
    if (!bp_oid_is_zero(&result->commit))
        bp_str_addf(out, "commit %.12s\n", hex);
    else
        bp_str_adds(out, dry_run ? "dry run, nothing was written\n" : "nothing to commit\n");
}

static void print_remark(void *ctx, bool detail, const char *text)
{
    const struct bp_run *run = ctx;

    if (detail)
        bp_tell(run, "%s", text);
    else
        bp_say(run, "%s", text);
}

/* ---- the work ---- */

struct input {
    struct bp_wishes *wishes;
    struct bp_diags *diags;
};

static int take_document(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    struct input *in = ctx;

    (void)a;
    (void)e;
    bp_wishes_add(in->wishes, doc, in->diags);
    return 0;
}

static int read_input(const struct bp_run *run, struct bp_wishes *wishes, struct bp_diags *diags,
                      struct bp_err *e)
{
    static const char *const standard_input[] = {"-"};
    struct input ctx = {.wishes = wishes, .diags = diags};
    struct bp_input in = {.diags = diags, .names = &wishes->a};
    const char *const *words = run->noperands ? (const char *const *)run->operands : standard_input;
    int count = run->noperands ? run->noperands : 1, rc = 0;

    for (int i = 0; rc == 0 && i < count; i++)
        rc = bp_state_read(bp_states_full, words[i], &in, take_document, &ctx, e);
    if (rc == 0 && (in.malformed || in.unreadable))
        rc = bp_err_set(e, BP_EUSAGE, "the input could not be read whole: nothing was written");
    return rc;
}

/* To what is not there yet it is said how to make it; a directory that holds something is rather
 * the wrong one. */
static int open_repo(struct bp_repo **repo, struct bp_err *e)
{
    int rc = bp_repo_open(repo, repo_path, e);
    struct bp_err why = *e;

    if (rc == BP_ENOTFOUND && bp_repo_may_begin(repo_path))
        bp_err_set(e, rc, "%s; make one with: git init --bare --initial-branch=main '%s'", why.msg,
                   repo_path);
    return rc;
}

static int prepare(struct bp_repo *repo, struct bp_arena *a, struct bp_commit_request *q,
                   struct bp_err *e)
{
    int rc = bp_prune_limit_parse(max_prune ? max_prune : "10%", &q->prune_limit, e);

    if (rc == 0)
        rc = find_ident(repo, a, &author_role, author, NULL, &q->author, e);
    if (rc == 0)
        rc = find_ident(repo, a, &committer_role, committer, &q->author, &q->committer, e);
    return rc;
}

static int commit(const struct bp_run *run, struct bp_repo *repo, struct bp_commit_request *q,
                  struct bp_diags *diags, struct bp_str *out, struct bp_err *e)
{
    struct bp_commit_result result;
    struct bp_commit *c;
    int rc = bp_commit_begin(repo, q, &c, e);

    if (rc)
        return rc;
    rc = read_input(run, bp_commit_wishes(c), diags, e);
    if (rc == 0)
        rc = bp_commit_run(c, diags, &result, e);
    if (rc == 0 && strcmp(run->format, "json") == 0)
        print_json(&result, out);
    else if (rc == 0)
        print_text(run, &result, out);
    bp_diags_flush(diags);
    bp_commit_free(c);
    return rc;
}

int main(int argc, char **argv)
{
    struct bp_spool out = BP_SPOOL_INIT;
    struct bp_err err = BP_ERR_INIT;
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_str text = BP_STR_INIT;
    struct bp_repo *repo = NULL;
    struct bp_diags *diags;
    struct bp_run run;
    int rc, end;

    bp_start(&run, &cmd, argc, argv);
    struct bp_commit_request q = {
        .branch = branch,
        .create_branch = create_branch,
        .prefix = prefix,
        .message = message,
        .trailers = trailers.items,
        .ntrailers = trailers.count,
        .prune = prune,
        .allow_empty = allow_empty,
        .dry_run = dry_run,
        .remark = print_remark,
        .ctx = &run,
        .wait_ms = lock_timeout > INT_MAX / 1000 ? INT_MAX : (int)lock_timeout * 1000};
    diags = bp_diags_new(report, false, run.quiet, &err);
    rc = diags ? open_repo(&repo, &err) : err.code;
    if (rc == 0)
        rc = prepare(repo, &a, &q, &err);
    if (rc == 0)
        rc = commit(&run, repo, &q, diags, &text, &err);
    if (rc)
        bp_complain(&run, &err);
    bp_spool_add(&out, text.s, text.len);
    end = diags ? bp_diags_free(diags, &err) : 0;
    if (end)
        bp_complain(&run, &err);
    bp_repo_close(repo);
    bp_str_release(&text);
    bp_arena_release(&a);
    bp_list_release(&trailers);
    /* Documents that come twice are an answer about the stream, not a failure of this command. */
    return bp_finish(&run, &out, rc == BP_EINPUT ? BP_EXIT_NO : bp_exit_of(rc ? rc : end));
}
