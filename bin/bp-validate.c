/* bp-validate: are documents what a ColonyOS server and their definitions demand? */
#include <stdlib.h>
#include <string.h>

#include "base/cmd.h"
#include "json/write.h"
#include "model/check.h"
#include "model/document.h"
#include "schema/kinds.h"
#include "store/state.h"

static struct bp_list definitions;
static const char *report;
static bool strict, allow_empty;

static const struct bp_opt opts[] = {
    {'d', "definitions", BP_OPT_LIST, "DEFINITIONS",
     "blueprint definitions to check specs against: a file, a directory, any state", &definitions,
     .hint = BP_HINT_STATE},
    {0, "strict", BP_OPT_FLAG, NULL, "warnings are errors, and so are specs that nothing checks",
     &strict},
    BP_OPT_REPORT(&report),
    {0, "allow-empty", BP_OPT_FLAG, NULL, "no documents at all are fine", &allow_empty},
    {0},
};

static const struct bp_cmd cmd = {
    .name = "bp-validate",
    .summary = "check documents and pass them on",
    .synopsis = "[-q] [-o json|text] [-d DEFINITIONS]... [--strict] [--report FILE] "
                "[--allow-empty] [STATE...]",
    .opts = opts,
    .formats = "json|text",
    .operand = BP_HINT_STATE,
    .max_operands = -1,
    .epilog =
        "Reads standard input when no STATE is given. Documents are passed on, as JSON lines, "
        "when no\nerror was found in any of them; with -q or -o text there is only the "
        "verdict.",
};

struct job {
    struct bp_run run;
    struct bp_diags *diags;
    struct bp_checker *checker;
    struct bp_kinds *kinds;  /* from -d */
    struct bp_kinds *others; /* definitions among the documents: checked, not used */
    size_t unchecked;        /* blueprints whose spec nothing was there to check against */
    bool filter;             /* documents are passed on */
    struct bp_spool out;
    struct bp_str line;
    bool trouble; /* something could not be read */
};

static size_t errors(const struct job *j)
{
    return bp_diags_count(j->diags, BP_ERROR);
}

static void trouble(struct job *j, const struct bp_err *e)
{
    bp_complain(&j->run, e);
    j->trouble = true;
}

/* ---- definitions ---- */

/* Other documents beside the definitions are passed over, so that -d can name a whole site. */
static int take_definition(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    struct job *j = ctx;

    (void)a, (void)e;
    if (!bp_document_is_definition(doc) || bp_document_is_tombstone(doc))
        return 0;
    bp_check_document(j->checker, doc, j->diags);
    bp_kinds_add(j->kinds, doc, j->diags);
    bp_diags_flush(j->diags);
    return 0;
}

static void read_definitions(struct job *j)
{
    struct bp_input in = {.diags = j->diags};
    struct bp_err e = BP_ERR_INIT;

    j->checker = bp_checker_new();
    for (size_t i = 0; i < definitions.count; i++) {
        if (bp_state_read(bp_states_light, definitions.items[i], &in, take_definition, j, &e))
            trouble(j, &e);
    }
    bp_checker_free(j->checker);
    j->checker = NULL;
    /* Whatever is wrong with them, the answer about the documents can't be relied on. */
    if (errors(j))
        j->trouble = true;
    if (definitions.count && !j->trouble && !bp_kinds_count(j->kinds)) {
        bp_err_set(&e, BP_EINPUT, "-d '%s'%s holds no BlueprintDefinition", definitions.items[0],
                   definitions.count > 1 ? " and what else it names" : "");
        trouble(j, &e);
    }
}

/* ---- documents ---- */

static void pass_on(struct job *j, const cJSON *doc)
{
    if (errors(j)) {
        bp_spool_release(&j->out);
        return;
    }
    bp_str_clear(&j->line);
    bp_json_write(doc, &j->line);
    bp_str_addc(&j->line, '\n');
    bp_spool_add(&j->out, j->line.s, j->line.len);
}

static int take_document(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    struct job *j = ctx;

    (void)a, (void)e;
    bp_check_document(j->checker, doc, j->diags);
    if (bp_document_is_tombstone(doc))
        ; /* there is nothing in it to check */
    else if (bp_document_is_definition(doc))
        bp_kinds_add(j->others, doc, j->diags);
    else if (definitions.count)
        bp_kinds_check(j->kinds, doc, j->diags);
    else
        j->unchecked++;
    bp_diags_flush(j->diags);
    if (j->filter)
        pass_on(j, doc);
    return 0;
}

/* Returns how many documents there were. */
static size_t read_documents(struct job *j)
{
    static const char *const standard_input[] = {"-"};
    const char *const *words = (const char *const *)j->run.operands;
    size_t nwords = (size_t)j->run.noperands;
    struct bp_input in = {.diags = j->diags};
    struct bp_err e = BP_ERR_INIT;

    if (!nwords) {
        words = standard_input;
        nwords = 1;
    }
    j->checker = bp_checker_new();
    for (size_t i = 0; i < nwords; i++) {
        size_t malformed = in.malformed;

        if (bp_state_read(bp_states_light, words[i], &in, take_document, j, &e))
            trouble(j, &e);
        /* A stream that breaks off is not the answer of whoever wrote it. */
        if (in.malformed > malformed && strcmp(words[i], "-") == 0)
            j->trouble = true;
    }
    bp_checker_free(j->checker);
    if (in.unreadable)
        j->trouble = true;
    if (!in.documents && !allow_empty && !j->trouble && !errors(j)) {
        bp_err_set(&e, BP_EINPUT,
                   "no documents: nothing to check (--allow-empty if that is right)");
        trouble(j, &e);
    }
    return in.documents;
}

/* ---- the verdict ---- */

static void tell_unchecked(struct job *j)
{
    if (j->unchecked)
        bp_diag_add(j->diags, strict ? BP_ERROR : BP_NOTE, "no-definitions", (struct bp_pos){0},
                    NULL, "%zu spec%s not checked: no definitions given (-d)", j->unchecked,
                    j->unchecked == 1 ? " is" : "s are");
    bp_diags_flush(j->diags);
}

/* A filter that has nothing to complain about says nothing. */
static void say_totals(const struct job *j, size_t documents)
{
    size_t nerrors = errors(j), nwarnings = bp_diags_count(j->diags, BP_WARNING);

    if (j->filter && !nerrors && !nwarnings && !j->trouble)
        return;
    bp_say(&j->run, "%zu document%s, %zu error%s, %zu warning%s%s", documents,
           documents == 1 ? "" : "s", nerrors, nerrors == 1 ? "" : "s", nwarnings,
           nwarnings == 1 ? "" : "s",
           j->filter && (nerrors || j->trouble) ? ": nothing is passed on" : "");
}

static int finish(struct job *j)
{
    struct bp_err e = BP_ERR_INIT;
    int status = errors(j) ? BP_EXIT_NO : BP_EXIT_YES;

    if (bp_diags_free(j->diags, &e))
        trouble(j, &e);
    if (j->trouble)
        status = BP_EXIT_TROUBLE;
    if (status != BP_EXIT_YES)
        bp_spool_release(&j->out);
    status = bp_finish(&j->run, &j->out, status);
    bp_spool_release(&j->out);
    bp_str_release(&j->line);
    bp_kinds_free(j->kinds);
    bp_kinds_free(j->others);
    bp_list_release(&definitions);
    return status;
}

int main(int argc, char **argv)
{
    struct job j = {.out = BP_SPOOL_INIT, .line = BP_STR_INIT};
    struct bp_err e = BP_ERR_INIT;
    size_t documents;

    bp_start(&j.run, &cmd, argc, argv);
    j.filter = !j.run.quiet && strcmp(j.run.format, "json") == 0;
    if (j.filter && report && strcmp(report, "-") == 0)
        bp_usage_error(&j.run, "--report - and the documents can't both go to standard output: "
                               "add -q or -o text");
    j.diags = bp_diags_new(report, strict, j.run.quiet, &e);
    if (!j.diags) {
        bp_complain(&j.run, &e);
        return BP_EXIT_TROUBLE;
    }
    j.kinds = bp_kinds_new();
    j.others = bp_kinds_new();
    read_definitions(&j);
    documents = read_documents(&j);
    tell_unchecked(&j);
    say_totals(&j, documents);
    return finish(&j);
}
