/* bp-render: service orders and a catalog to documents. */
#include <stdlib.h>
#include <string.h>

#include "base/cmd.h"
#include "json/input.h"
#include "json/read.h"
#include "json/yaml.h"
#include "render/render.h"
#include "store/state.h"

static const char *catalog_path, *site, *base_word, *entry, *name, *report;
static struct bp_list settings;
static bool strict, allow_empty;

static const struct bp_opt opts[] = {
    {'c', "catalog", BP_OPT_STRING, "CATALOG", "the catalog: a directory, see bp-catalog(5)",
     &catalog_path, .hint = BP_HINT_DIR, .required = true},
    {0, "site", BP_OPT_STRING, "NAME", "the site of the catalog to render for", &site},
    {0, "base", BP_OPT_STRING, "STATE", "what stands; modify and delete need it", &base_word,
     .hint = BP_HINT_STATE},
    {'s', "set", BP_OPT_LIST, "NAME=VALUE", "a parameter; stronger than what an order says",
     &settings},
    {'e', "entry", BP_OPT_STRING, "ENTRY",
     "render this specification, without an order: its id, name, name@version or folder", &entry},
    {'N', "name", BP_OPT_STRING, "NAME", "with -e: the name of the service", &name},
    {0, "strict", BP_OPT_FLAG, NULL, "warnings are errors", &strict},
    BP_OPT_REPORT(&report),
    {0, "allow-empty", BP_OPT_FLAG, NULL, "no order at all, and nothing to render, are fine",
     &allow_empty},
    {0},
};

static const struct bp_cmd cmd = {
    .name = "bp-render",
    .summary = "render service orders to documents",
    .synopsis = "-c CATALOG [--site NAME] [--base STATE] [-s NAME=VALUE]... [ORDER...]\n"
                "-c CATALOG -e ENTRY [-N NAME] [--site NAME] [-s NAME=VALUE]...",
    .opts = opts,
    .formats = "json|yaml",
    .operand = BP_HINT_FILE,
    .max_operands = -1,
    .epilog = "ORDER is a file of TMF641 service orders, or a directory of such; without one,\n"
              "standard input is read. Documents come out in the order of their dependencies, or\n"
              "none at all when there is any error.",
};

struct job {
    struct bp_run run;
    struct bp_diags *diags;
    struct bp_arena arena; /* names of files, settings */
    struct bp_catalog *catalog;
    struct bp_inventory *base;
    struct bp_render *render;
    struct bp_spool out;
    size_t results;
    int trouble; /* the status of the first failure; 0: there was none */
};

/* Whatever is wrong is trouble, unless another try may help. */
static void trouble(struct job *j, const struct bp_err *e)
{
    int status = bp_exit_of(e->code) == BP_EXIT_LATER ? BP_EXIT_LATER : BP_EXIT_TROUBLE;

    bp_complain(&j->run, e);
    if (!j->trouble)
        j->trouble = status;
}

/* ---- the options ---- */

static void check_usage(const struct job *j)
{
    if (entry && j->run.noperands > 0)
        bp_usage_error(&j->run, "-e renders without an order: leave out '%s'", j->run.operands[0]);
    if (name && !entry)
        bp_usage_error(&j->run, "-N names the service of -e; an order names its services itself");
    if (entry && base_word)
        bp_usage_error(&j->run, "--base is for orders: -e renders as if nothing stood");
    if (report && strcmp(report, "-") == 0)
        bp_usage_error(&j->run, "--report - would mix with the documents: name a file");
}

static struct bp_render_set *read_settings(struct job *j)
{
    struct bp_render_set *sets = bp_arena_zalloc(&j->arena, (settings.count + 1) * sizeof *sets);

    for (size_t i = 0; i < settings.count; i++) {
        const char *eq = strchr(settings.items[i], '=');

        if (!eq || eq == settings.items[i])
            bp_usage_error(&j->run, "-s takes NAME=VALUE");
        sets[i].name =
            bp_arena_strndup(&j->arena, settings.items[i], (size_t)(eq - settings.items[i]));
        sets[i].value = eq + 1;
        for (size_t k = 0; k < i; k++)
            if (strcmp(sets[k].name, sets[i].name) == 0)
                bp_usage_error(&j->run, "-s %s is given twice", sets[i].name);
    }
    return sets;
}

/* ---- the base ---- */

static int take_standing(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    struct job *j = ctx;
    struct bp_err cause = BP_ERR_INIT;

    (void)a, (void)e;
    if (bp_inventory_add(j->base, doc, &cause) < 0)
        bp_diag_add_err(j->diags, "base", &cause);
    return 0;
}

static void read_base(struct job *j)
{
    struct bp_input in = {.diags = j->diags, .names = &j->arena};
    struct bp_err e = BP_ERR_INIT;

    j->base = bp_inventory_new();
    if (bp_state_read(bp_states_light, base_word, &in, take_standing, j, &e) < 0) {
        bp_err_wrap(&e, "base '%s'", base_word);
        trouble(j, &e);
    }
    /* From half of what stands nothing can be concluded. */
    if (!j->trouble && (in.malformed || in.unreadable || bp_diags_count(j->diags, BP_ERROR)))
        j->trouble = BP_EXIT_TROUBLE;
}

/* ---- orders ---- */

static int take_order(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    struct job *j = ctx;

    (void)e;
    if (!bp_order_is(doc)) {
        bp_json_diag(j->diags, BP_ERROR, "O001", doc,
                     "this is no service order: it has neither serviceOrderItem nor orderItem");
        return 0;
    }
    struct bp_order *order = bp_order_read(a, doc, j->diags);

    if (order)
        bp_render_order(j->render, order);
    return 0;
}

static void read_orders(struct job *j)
{
    static const char *const standard_input[] = {"-"};
    struct bp_input in = {.diags = j->diags, .names = &j->arena};
    struct bp_err e = BP_ERR_INIT;
    const char *const *paths = (const char *const *)j->run.operands;
    size_t npaths = (size_t)j->run.noperands;

    if (!npaths) {
        paths = standard_input;
        npaths = 1;
    }
    if (bp_input_read(&in, paths, npaths, take_order, j, &e) < 0)
        trouble(j, &e);
    if (!j->trouble && (in.malformed || in.unreadable))
        j->trouble = BP_EXIT_TROUBLE;
    if (!in.documents && !j->trouble && !allow_empty) {
        bp_err_set(&e, BP_EINPUT, "no order: nothing was read (--allow-empty if that is right)");
        trouble(j, &e);
    }
}

static void render_entry(struct job *j)
{
    struct bp_err e = BP_ERR_INIT;
    const struct bp_spec *spec = bp_catalog_find_word(j->catalog, entry, &e);

    if (spec)
        bp_render_entry(j->render, spec, name);
    else
        bp_diag_add_err(j->diags, "O010", &e);
}

/* ---- output ---- */

static void put_yaml(struct job *j, const char *text, size_t len)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_str yaml = BP_STR_INIT;

    if (j->results > 0)
        bp_str_adds(&yaml, "---\n");
    bp_yaml_write(bp_json_parse(&a, text, len, NULL, NULL), &yaml);
    bp_spool_add(&j->out, yaml.s, yaml.len);
    bp_str_release(&yaml);
    bp_arena_release(&a);
}

static int put(void *ctx, const char *text, size_t len)
{
    struct job *j = ctx;

    if (strcmp(j->run.format, "yaml") == 0) {
        put_yaml(j, text, len);
    } else {
        bp_spool_add(&j->out, text, len);
        bp_spool_add(&j->out, "\n", 1);
    }
    j->results++;
    return 0;
}

static int finish(struct job *j)
{
    struct bp_err e = BP_ERR_INIT;
    size_t errors = bp_diags_count(j->diags, BP_ERROR);
    int status = errors > 0 ? BP_EXIT_NO : BP_EXIT_YES;

    if (errors == 0 && j->results == 0 && !j->trouble && !allow_empty) {
        bp_diags_flush(j->diags);
        bp_say(&j->run, "nothing to render (--allow-empty if that is right)");
        status = BP_EXIT_NO;
    }
    if (bp_diags_free(j->diags, &e) < 0)
        trouble(j, &e);
    if (j->trouble)
        status = j->trouble;
    if (status != BP_EXIT_YES)
        bp_spool_release(&j->out);
    status = bp_finish(&j->run, &j->out, status);
    bp_render_free(j->render);
    bp_catalog_free(j->catalog);
    bp_inventory_free(j->base);
    bp_spool_release(&j->out);
    bp_arena_release(&j->arena);
    bp_list_release(&settings);
    return status;
}

static void render(struct job *j, struct bp_render_options *o)
{
    j->render = bp_render_new(o);
    if (entry)
        render_entry(j);
    else
        read_orders(j);
    if (!j->trouble)
        bp_render_finish(j->render, put, j);
}

int main(int argc, char **argv)
{
    struct job j = {.out = BP_SPOOL_INIT, .arena = BP_ARENA_INIT};
    struct bp_render_options o = {0};
    struct bp_err e = BP_ERR_INIT;

    bp_start(&j.run, &cmd, argc, argv);
    check_usage(&j);
    o.sets = read_settings(&j);
    o.nsets = settings.count;
    j.diags = bp_diags_new(report, strict, j.run.quiet, &e);
    if (!j.diags) {
        bp_complain(&j.run, &e);
        bp_arena_release(&j.arena);
        bp_list_release(&settings);
        return BP_EXIT_TROUBLE;
    }
    j.catalog = bp_catalog_open(catalog_path, j.diags, &e);
    if (!j.catalog) {
        bp_err_wrap(&e, "-c");
        trouble(&j, &e);
    }
    if (base_word)
        read_base(&j);
    o.catalog = j.catalog;
    o.base = j.base;
    o.site = site;
    o.diags = j.diags;
    if (!j.trouble)
        render(&j, &o);
    return finish(&j);
}
