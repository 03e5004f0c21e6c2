/* bp-apply: makes Changes to a store. */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "apply/apply.h"
#include "base/cmd.h"
#include "base/io.h"
#include "json/input.h"

static const char *target_word, *max_prune, *report;
static bool dry_run, allow_empty, force_delete;
static uint32_t lock_timeout = 30;

static const struct bp_opt opts[] = {
    {'t', "target", BP_OPT_STRING, "TARGET", "store to apply to: dir:PATH", &target_word,
     .hint = BP_HINT_STATE, .required = true},
    {'n', "dry-run", BP_OPT_FLAG, NULL, "check everything, write nothing", &dry_run},
    {0, "max-prune", BP_OPT_STRING, "N|P%",
     "most documents to delete, as a count or share of those in the store (default: any number)",
     &max_prune},
    {0, "force-delete", BP_OPT_FLAG, NULL, "delete also what other documents depend on",
     &force_delete},
    {0, "allow-empty", BP_OPT_FLAG, NULL, "no changes at all is no error", &allow_empty},
    {0, "lock-timeout", BP_OPT_COUNT, "SECONDS",
     "how long to wait while another writer holds the store (default: 30)", &lock_timeout},
    BP_OPT_REPORT(&report),
    {0},
};

static const struct bp_cmd cmd = {
    .name = "bp-apply",
    .summary = "make changes to a store, in the order of their dependencies",
    .synopsis = "-t TARGET [-n] [--max-prune N|P%] [--force-delete] [--allow-empty] "
                "[--lock-timeout SECONDS] [CHANGES...]",
    .opts = opts,
    .formats = "json|text",
    .operand = BP_HINT_FILE,
    .max_operands = -1,
    .epilog = "CHANGES are files as bp-diff writes them, '-' or none for standard input. All are "
              "read and checked\nbefore the first is made. A change whose live side has moved "
              "since the diff is a conflict.",
};

static const struct bp_target_driver *const drivers[] = {&bp_target_dir, NULL};

static volatile sig_atomic_t stop;

/* The first signal ends the run after what has begun; a second one ends it at once. */
static void request_stop(int sig)
{
    (void)sig;
    stop = 1;
}

static void catch_signals(void)
{
    struct sigaction end = {.sa_handler = request_stop, .sa_flags = SA_RESTART | SA_RESETHAND};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGHUP, &end, NULL);
    /* A reader that has gone must not end a run in the middle, nor change its exit status. */
    sigaction(SIGPIPE, &ignore, NULL);
}

/* Where results go. */
struct output {
    const struct bp_run *run;
    bool people;  /* text, not JSON lines */
    size_t width; /* of the column of identities */
    struct bp_str text;
    struct bp_err err; /* the first failure to write; applying goes on */
};

static void print_results(void *ctx, const struct bp_result *results, size_t n)
{
    struct output *out = ctx;

    bp_str_clear(&out->text);
    for (size_t i = 0; i < n; i++) {
        if (!out->people)
            bp_result_write_json(&results[i], &out->text);
        else if (results[i].outcome != BP_UNCHANGED || out->run->verbose)
            bp_result_write_text(&results[i], out->width, out->run->colour_out, &out->text);
    }
    if (!out->err.code)
        bp_write_all(STDOUT_FILENO, out->text.s, out->text.len, &out->err);
}

/* Who the history names. */
static const char *who_am_i(struct bp_arena *a)
{
    const struct passwd *user = getpwuid(geteuid());

    return user && user->pw_name ? bp_arena_strdup(a, user->pw_name)
                                 : bp_arena_printf(a, "uid %ju", (uintmax_t)geteuid());
}

/* Reads and orders all Changes. */
static int read_plan(const struct bp_run *run, struct bp_plan *plan, struct bp_err *e)
{
    static const char *const standard_input[] = {"-"};
    struct bp_input in = {.diags = plan->diags, .names = &plan->arena};
    const char *const *paths = (const char *const *)run->operands;
    int rc = bp_input_read(&in, run->noperands ? paths : standard_input,
                           run->noperands ? (size_t)run->noperands : 1, bp_plan_add, plan, e);

    bp_diags_flush(plan->diags);
    if (rc)
        return rc;
    if (in.malformed || in.unreadable || bp_diags_count(plan->diags, BP_ERROR))
        return bp_err_set(e, BP_EINPUT, "the changes have errors");
    if (!in.documents && !allow_empty)
        return bp_err_set(e, BP_EINPUT,
                          "there are no changes; where that is no failure of the command in front, "
                          "use --allow-empty");
    return bp_plan_sort(plan, force_delete, e);
}

static void print_totals(const struct bp_run *run, const struct bp_totals *totals)
{
    struct bp_str text = BP_STR_INIT;

    bp_totals_write(totals, &text);
    bp_say(run, "%s%s%s", text.s, dry_run ? " (dry run, nothing was written)" : "",
           stop ? " (interrupted)" : "");
    if (totals->of[BP_CONFLICT])
        bp_say(run,
               "what is in conflict was left as it is; see what bp-diff says now and apply that");
    bp_str_release(&text);
}

/* The exit status; negative codes of the library come back as they are. */
static int apply(const struct bp_run *run, struct bp_plan *plan, struct output *out,
                 const struct bp_prune_limit *limit, struct bp_err *e)
{
    const struct bp_target_options how = {
        .write = !dry_run,
        .timeout_ms = lock_timeout > INT_MAX / 1000 ? INT_MAX : (int)lock_timeout * 1000};
    struct bp_apply_options o = {.dry_run = dry_run,
                                 .force_delete = force_delete,
                                 .max_prune = max_prune ? limit : NULL,
                                 .by = who_am_i(&plan->arena),
                                 .stop = &stop,
                                 .report = print_results,
                                 .ctx = out};
    struct bp_totals totals = {0};
    struct bp_target *target;
    const char *rest;
    const struct bp_target_driver *driver = bp_target_find(drivers, target_word, &rest, e);
    int rc = plan->count ? driver->open(rest, &how, &target, e) : 0;

    if (rc)
        return rc;
    for (size_t i = 0; i < plan->count && out->people; i++) {
        size_t width = bp_identity_width(plan->items[i].id);

        out->width = width > out->width ? width : out->width;
    }
    if (plan->count) {
        catch_signals();
        rc = bp_apply_run(plan, target, &o, &totals, e);
        driver->close(target);
    }
    if (rc)
        return rc;
    print_totals(run, &totals);
    return bp_totals_good(&totals) ? BP_EXIT_YES : BP_EXIT_NO;
}

int main(int argc, char **argv)
{
    struct bp_run run;
    struct bp_err e = BP_ERR_INIT;
    struct bp_prune_limit limit = {0};
    struct output out = {.run = &run, .text = BP_STR_INIT};
    struct bp_plan plan;
    struct bp_diags *diags;
    const char *rest;
    int rc;

    bp_start(&run, &cmd, argc, argv);
    if (max_prune && bp_prune_limit_parse(max_prune, &limit, &e))
        bp_usage_error(&run, "--max-prune: %s", e.msg);
    if (!bp_target_find(drivers, target_word, &rest, &e))
        bp_usage_error(&run, "--target: %s", e.msg);
    diags = bp_diags_new(report, false, run.quiet, &e);
    if (!diags) {
        bp_complain(&run, &e);
        return BP_EXIT_TROUBLE;
    }
    bp_plan_init(&plan, diags);
    out.people = strcmp(run.format, "text") == 0;
    rc = read_plan(&run, &plan, &e);
    if (rc == 0)
        rc = apply(&run, &plan, &out, &limit, &e);
    if (rc < 0)
        bp_err_wrap(&e, "nothing was applied");
    bp_plan_release(&plan);
    if (bp_diags_free(diags, rc < 0 ? NULL : &e) && rc >= 0)
        rc = e.code;
    if (rc < 0)
        bp_complain(&run, &e);
    if (out.err.code && out.err.sys != EPIPE) {
        bp_complain(&run, &out.err);
        rc = BP_ESYS;
    }
    bp_str_release(&out.text);
    return bp_finish(&run, NULL, rc < 0 ? bp_exit_of(rc) : rc);
}
