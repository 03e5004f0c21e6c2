/* bp-diff: what has to change so that the old state becomes the new one. */
#include <string.h>

#include "base/cmd.h"
#include "base/spool.h"
#include "diff/show.h"
#include "diff/states.h"
#include "json/write.h"
#include "store/state.h"

static bool prune;
static bool allow_empty;
static const char *report;

static const struct bp_opt opts[] = {
    {0, "prune", BP_OPT_FLAG, NULL, "also delete what only OLD has, except bp/prune: keep", &prune},
    {0, "allow-empty", BP_OPT_FLAG, NULL,
     "take an empty NEW, or an OLD that is an empty pipe, to be meant", &allow_empty},
    BP_OPT_REPORT(&report),
    {0},
};

static const struct bp_cmd cmd = {
    .name = "bp-diff",
    .summary = "what has to change so that one state becomes another",
    .synopsis = "[--prune] [--allow-empty] [--report FILE] OLD NEW",
    .opts = opts,
    .formats = "json|text|markdown|stat",
    .operand = BP_HINT_STATE,
    .min_operands = 2,
    .max_operands = 2,
    .epilog = "OLD is what is live, NEW what is wanted: a file, a directory, '-', dir:PATH, or\n"
              "git:REPO[#REV[:SUBDIR]]. Exit status: 0 no differences, 1 differences, 2 trouble.\n"
              "Secrets are masked in what differs. The whole documents in 'old' and 'new' of the\n"
              "JSON form are data for bp-apply and are not.",
};

/* One run: from the states through changes to the output, which is held back until all is known. */
struct diff {
    struct bp_run run;
    struct bp_diags *diags;
    struct bp_states *states;
    struct bp_mask *mask;
    struct bp_show show;
    struct bp_stat stat;
    struct bp_str line;
    struct bp_spool out;
    struct bp_arena names; /* of files, for messages */
};

static bool format_is(const struct diff *d, const char *format)
{
    return strcmp(d->run.format, format) == 0;
}

static int put_change(void *ctx, struct bp_arena *a, struct bp_change *c,
                      const struct bp_fields *fields, struct bp_err *e)
{
    struct diff *d = ctx;

    (void)e;
    bp_str_clear(&d->line);
    if (format_is(d, "json")) {
        if (c->action != BP_NOOP)
            c->diff = bp_fields_object(a, fields, d->mask);
        bp_json_write(bp_change_object(a, c), &d->line);
        bp_str_addc(&d->line, '\n');
    } else if (format_is(d, "stat")) {
        bp_stat_add(&d->stat, c, fields);
    } else {
        bp_show_change(&d->show, a, c, fields, &d->line);
    }
    bp_spool_add(&d->out, d->line.s, d->line.len);
    return 0;
}

static void put_end(struct diff *d)
{
    if (format_is(d, "json"))
        return;
    bp_str_clear(&d->line);
    bp_stat_show(&d->stat, d->show.colour, &d->line);
    bp_show_count(&d->show, bp_states_counts(d->states), &d->line);
    bp_spool_add(&d->out, d->line.s, d->line.len);
}

static int trouble(const struct diff *d, int code, const struct bp_err *e)
{
    bp_complain(&d->run, e);
    return bp_exit_of(code);
}

/* A store comes into being with the first bp-apply: before that it holds nothing. */
static bool is_store_to_come(const char *word, int rc)
{
    return rc == BP_ENOTFOUND && strncmp(word, "dir:", 4) == 0;
}

/* 0, or the exit status when the state can't be used. */
static int read_state(struct diff *d, const char *word, bp_input_fn *fn, bool may_be_empty)
{
    struct bp_input in = {.diags = d->diags, .names = &d->names};
    struct bp_err e = BP_ERR_INIT;
    int rc = bp_state_read(bp_states_light, word, &in, fn, d->states, &e);

    bp_diags_flush(d->diags);
    if (fn == bp_states_add_old && is_store_to_come(word, rc)) {
        bp_say(&d->run, "'%s' is no store yet: all documents are new to it", word);
        return 0;
    }
    if (rc)
        return trouble(d, rc, &e);
    if (in.malformed || in.unreadable || bp_diags_count(d->diags, BP_ERROR))
        return BP_EXIT_TROUBLE;
    if (in.documents || may_be_empty)
        return 0;
    rc = bp_err_set(&e, BP_EINPUT,
                    "state '%s' has no documents: if that is meant, say --allow-empty", word);
    return trouble(d, rc, &e);
}

static int compare(struct diff *d)
{
    const struct bp_states_count *count = bp_states_counts(d->states);
    struct bp_err e = BP_ERR_INIT;
    const char *old = d->run.operands[0];
    /* What is live may be nothing yet, but an empty pipe is more likely a producer that failed. */
    bool may_be_empty = allow_empty || strcmp(old, "-") != 0;
    int status = read_state(d, old, bp_states_add_old, may_be_empty);
    int rc;

    if (!status)
        status = read_state(d, d->run.operands[1], bp_states_add_new, allow_empty);
    if (status)
        return status;
    rc = prune ? bp_states_prune(d->states, &e) : 0;
    if (rc)
        return trouble(d, rc, &e);
    put_end(d);
    return count->creates || count->updates || count->deletes ? BP_EXIT_NO : BP_EXIT_YES;
}

static bool is_trouble(int status)
{
    return status != BP_EXIT_YES && status != BP_EXIT_NO;
}

int main(int argc, char **argv)
{
    struct diff d = {.line = BP_STR_INIT, .out = BP_SPOOL_INIT};
    struct bp_err e = BP_ERR_INIT;
    int status;

    bp_start(&d.run, &cmd, argc, argv);
    if (strcmp(d.run.operands[0], "-") == 0 && strcmp(d.run.operands[1], "-") == 0)
        bp_usage_error(&d.run, "only one of OLD and NEW can be standard input");
    d.diags = bp_diags_new(report, false, d.run.quiet, &e);
    if (!d.diags)
        return trouble(&d, e.code, &e);
    d.mask = bp_mask_new();
    d.show = (struct bp_show){.mask = d.mask, .markdown = format_is(&d, "markdown")};
    d.show.colour = d.run.colour_out && !d.show.markdown;
    d.states = bp_states_new(d.diags, put_change, &d);
    status = compare(&d);
    if (bp_diags_free(d.diags, &e))
        status = trouble(&d, e.code, &e);
    if (is_trouble(status)) {
        bp_spool_release(&d.out);
        d.out = (struct bp_spool)BP_SPOOL_INIT;
    }
    bp_states_free(d.states);
    bp_mask_free(d.mask);
    bp_stat_release(&d.stat);
    bp_str_release(&d.line);
    bp_arena_release(&d.names);
    return bp_finish(&d.run, &d.out, status);
}
