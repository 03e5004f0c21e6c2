/* bp-get: the documents of states, or the history that an embedded store keeps of them. */
#include <string.h>

#include "base/cmd.h"
#include "base/map.h"
#include "base/spool.h"
#include "base/table.h"
#include "json/write.h"
#include "json/yaml.h"
#include "model/graph.h"
#include "store/dirstore.h"
#include "store/state.h"

static struct bp_state_filter filter;
static bool history;

static const struct bp_opt opts[] = {
    {'K', "kind", BP_OPT_STRING, "KIND", "only documents of this kind", &filter.kind},
    {'N', "name", BP_OPT_STRING, "NAME",
     "only documents of this name; * ? [...] match as in a shell", &filter.name},
    {0, "history", BP_OPT_FLAG, NULL,
     "their history instead, newest first, deleted ones too (dir: only)", &history},
    {0},
};

static const struct bp_cmd cmd = {
    .name = "bp-get",
    .summary = "read the documents of states",
    .synopsis = "[-K KIND] [-N NAME] [--history] [-o json|yaml|text] [STATE...]",
    .opts = opts,
    .formats = "json|yaml|text",
    .operand = BP_HINT_STATE,
    .max_operands = -1,
    .epilog =
        "STATE is a file, a directory, '-', dir:PATH, or git:REPO[#REV[:SUBDIR]]; without one,\n"
        "standard input is read. All documents come out, or none when something can't be\n"
        "read. Exit status: 0 done, 1 nothing matches -K and -N, or an identity is there\n"
        "twice, 2 trouble, 75 try again later.",
};

struct job {
    struct bp_run run;
    struct bp_diags *diags;
    struct bp_arena keep; /* names of files; what `seen` refers to */
    struct bp_map seen;   /* bp_dependency_key() of what was delivered: its place, for messages */
    struct bp_table table;
    struct bp_str line;
    struct bp_spool out;
    size_t matched;
    bool twice;  /* an identity was there twice */
    int trouble; /* the status of the first failure; 0: there was none */
};

static bool format_is(const struct job *j, const char *format)
{
    return strcmp(j->run.format, format) == 0;
}

static void set_trouble(struct job *j, int status)
{
    if (!j->trouble)
        j->trouble = status;
}

static void complain(struct job *j, const struct bp_err *e)
{
    bp_complain(&j->run, e);
    set_trouble(j, bp_exit_of(e->code));
}

/* ---- output ---- */

/* One object in a format for machines. */
static void write_object(struct job *j, const cJSON *object)
{
    bp_str_clear(&j->line);
    if (format_is(j, "yaml")) {
        bp_str_adds(&j->line, j->matched > 1 ? "---\n" : "");
        bp_yaml_write(object, &j->line);
    } else {
        bp_json_write(object, &j->line);
        bp_str_addc(&j->line, '\n');
    }
    bp_spool_add(&j->out, j->line.s, j->line.len);
}

/* The text of a string or number; NULL for anything else. */
static const char *shown(const cJSON *n)
{
    return cJSON_IsString(n) || cJSON_IsNumber(n) ? n->valuestring : NULL;
}

static void write_document(struct job *j, const cJSON *doc, struct bp_identity id)
{
    const cJSON *metadata = bp_json_get(doc, "metadata");
    const cJSON *generation = bp_json_get(metadata, "generation");

    j->matched++;
    if (format_is(j, "text"))
        bp_table_row(&j->table, (const char *[]){id.kind, id.name,
                                                 shown(bp_json_get(metadata, "locationname")),
                                                 bp_document_is_tombstone(doc) ? "deleted"
                                                 : generation                  ? shown(generation)
                                                                               : "0"});
    else
        write_object(j, doc);
}

static void write_entry(struct job *j, const cJSON *entry)
{
    static const char *const members[] = {"timestamp",  "kind",       "name",
                                          "generation", "changetype", "changedby"};
    const char *cells[sizeof members / sizeof *members];

    j->matched++;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        cells[i] = shown(bp_json_get(entry, members[i]));
    if (format_is(j, "text"))
        bp_table_row(&j->table, cells);
    else
        write_object(j, entry);
}

/* ---- documents ---- */

/* False, with a finding, when the identity was there before. */
static bool is_first(struct job *j, const cJSON *doc, struct bp_identity id)
{
    struct bp_pos pos = bp_json_pos(doc);
    const struct bp_dependency d = bp_dependency_on(id);
    struct bp_map_entry *known;

    bp_dependency_key(&d, &j->line);
    known = bp_map_put(&j->seen, bp_arena_strndup(&j->keep, j->line.s, j->line.len), j->line.len);
    if (!known->value) {
        known->value = bp_arena_printf(&j->keep, "%s:%u", pos.file ? pos.file : "-", pos.line);
        return true;
    }
    bp_diag_add(j->diags, BP_ERROR, "duplicate-identity", pos, "",
                "'%s/%s' is at %s already: an identity must be there once", id.kind, id.name,
                (const char *)known->value);
    j->twice = true;
    return false;
}

static int take_document(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    struct job *j = ctx;
    struct bp_err why = BP_ERR_INIT;
    struct bp_identity id;

    (void)a, (void)e;
    if (bp_document_identity(doc, &id, &why)) {
        bp_diag_add_err(j->diags, "document", &why);
        set_trouble(j, BP_EXIT_TROUBLE);
    } else if (bp_state_matches(&filter, id) && is_first(j, doc, id)) {
        write_document(j, doc, id);
    }
    bp_diags_flush(j->diags);
    return 0;
}

static void get_documents(struct job *j, const char *word)
{
    struct bp_input in = {.diags = j->diags, .names = &j->keep};
    struct bp_err e = BP_ERR_INIT;

    if (bp_state_read(bp_states_full, word, &in, take_document, j, &e))
        complain(j, &e);
    if (in.malformed || in.unreadable)
        set_trouble(j, BP_EXIT_TROUBLE);
    bp_diags_flush(j->diags);
}

/* ---- history ---- */

struct past {
    struct job *j;
    struct bp_dirstore *store;
    struct bp_arena arena;
};

static int take_history(void *ctx, struct bp_identity id, struct bp_err *e)
{
    struct past *p = ctx;
    const cJSON *entry, *list;

    if (!bp_state_matches(&filter, id))
        return 0;
    list = bp_dirstore_history(p->store, &p->arena, id, 0, e);
    cJSON_ArrayForEach(entry, list)
    {
        write_entry(p->j, entry);
    }
    bp_arena_reset(&p->arena);
    return list ? 0 : e->code;
}

static void get_history(struct job *j, const char *word)
{
    struct past p = {.j = j, .arena = BP_ARENA_INIT};
    struct bp_err e = BP_ERR_INIT;

    p.store = bp_dirstore_open(word + strlen("dir:"), false, 0, &e);
    if (!p.store || bp_dirstore_each_history(p.store, take_history, &p, &e))
        complain(j, &e);
    bp_dirstore_close(p.store);
    bp_arena_release(&p.arena);
}

static void check_history_words(const struct bp_run *run)
{
    if (!run->noperands)
        bp_usage_error(run, "--history needs a state dir:PATH");
    for (int i = 0; i < run->noperands; i++)
        if (strncmp(run->operands[i], "dir:", 4) != 0)
            bp_usage_error(run, "'%s' keeps no history: --history needs a state dir:PATH",
                           run->operands[i]);
}

/* ---- */

static void start_table(struct job *j)
{
    static const char *const documents[] = {"KIND", "NAME", "LOCATION", "GENERATION", NULL};
    static const char *const entries[] = {"TIME",   "KIND", "NAME", "GENERATION",
                                          "CHANGE", "BY",   NULL};

    bp_table_head(&j->table, history ? entries : documents);
}

static int finish(struct job *j)
{
    bool nothing = !j->matched && (filter.kind || filter.name);
    int status = j->trouble ? j->trouble : j->twice || nothing ? BP_EXIT_NO : BP_EXIT_YES;
    struct bp_err e = BP_ERR_INIT;

    if (nothing && !j->trouble)
        bp_say(&j->run, "no document matches");
    bp_diags_free(j->diags, &e);
    bp_str_clear(&j->line);
    bp_table_write(&j->table, j->run.colour_out, &j->line);
    bp_spool_add(&j->out, j->line.s, j->line.len);
    if (status != BP_EXIT_YES)
        bp_spool_release(&j->out);
    status = bp_finish(&j->run, &j->out, status);
    bp_spool_release(&j->out);
    bp_str_release(&j->line);
    bp_table_release(&j->table);
    bp_map_release(&j->seen);
    bp_arena_release(&j->keep);
    return status;
}

int main(int argc, char **argv)
{
    struct job j = {.out = BP_SPOOL_INIT, .line = BP_STR_INIT};
    struct bp_err e = BP_ERR_INIT;

    bp_start(&j.run, &cmd, argc, argv);
    if (history)
        check_history_words(&j.run);
    j.diags = bp_diags_new(NULL, false, j.run.quiet, &e);
    start_table(&j);
    for (int i = 0; i < j.run.noperands; i++)
        (history ? get_history : get_documents)(&j, j.run.operands[i]);
    if (!j.run.noperands)
        get_documents(&j, "-");
    return finish(&j);
}
