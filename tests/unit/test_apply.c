/* Plan and run of bp-apply against a target in memory that can be told to fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "apply/apply.h"
#include "json/read.h"
#include "parse_quoted.h"

/* ---- a target in memory ---- */

struct fake {
    struct bp_target base;
    struct bp_arena arena;
    cJSON *docs;         /* a list of live documents */
    struct bp_str log;   /* "+K/a -K/b |": puts, deletes, commits */
    const char *failing; /* a name that can't be written */
    const char *broken;  /* a name that can't be read */
    bool deaf;           /* the documents can't be listed */
    volatile sig_atomic_t stop;
    const char *stop_at; /* a name whose write sets `stop` */
};

static cJSON *find(struct fake *f, struct bp_identity id)
{
    cJSON *doc;

    cJSON_ArrayForEach(doc, f->docs)
    {
        struct bp_identity own;

        assert_int_equal(bp_document_identity(doc, &own, NULL), 0);
        if (bp_identity_equal(own, id))
            return doc;
    }
    return NULL;
}

static int fake_get(struct bp_target *t, struct bp_arena *a, struct bp_identity id, cJSON **doc,
                    struct bp_err *e)
{
    struct fake *f = (struct fake *)t;
    const cJSON *live = find(f, id);

    *doc = NULL;
    if (f->broken && strcmp(id.name, f->broken) == 0)
        return bp_err_set(e, BP_ECORRUPT, "'%s' is damaged", id.name);
    if (live)
        *doc = bp_json_copy(a, live);
    return 0;
}

static int fake_each(struct bp_target *t, bp_target_fn *fn, void *ctx, struct bp_err *e)
{
    struct fake *f = (struct fake *)t;
    cJSON *doc;

    if (f->deaf)
        return bp_err_set(e, BP_ECORRUPT, "no list today");
    cJSON_ArrayForEach(doc, f->docs)
    {
        int rc = fn(ctx, &f->arena, doc, e);

        if (rc)
            return rc;
    }
    return 0;
}

static void fake_put(struct bp_target *t, struct bp_write *w)
{
    struct fake *f = (struct fake *)t;
    cJSON *live = find(f, w->id);

    bp_str_addf(&f->log, "%c%s ", w->doc ? '+' : '-', w->id.name);
    if (f->stop_at && strcmp(w->id.name, f->stop_at) == 0)
        f->stop = 1;
    if (f->failing && strcmp(w->id.name, f->failing) == 0) {
        w->code = bp_err_set(&w->err, BP_ESYS, "no room for '%s'", w->id.name);
        return;
    }
    w->generation = live ? bp_document_generation(live) + 1 : 0;
    if (live)
        bp_json_unlink(live);
    if (w->doc)
        bp_json_append(f->docs, bp_json_copy(&f->arena, w->doc));
}

static void fake_commit(struct bp_target *t)
{
    bp_str_adds(&((struct fake *)t)->log, "| ");
}

static const struct bp_target_driver fake_driver = {
    .scheme = "fake",
    .form = "fake:",
    .get = fake_get,
    .each = fake_each,
    .put = fake_put,
    .commit = fake_commit,
};

/* ---- one run ---- */

/* What a run starts from and what it came to. */
struct scene {
    struct fake target;
    struct bp_apply_options o;
    struct bp_str results; /* "applied K/a; conflict K/b (message); " */
    struct bp_totals totals;
    struct bp_err e;
    int rc;
};

static void collect(void *ctx, const struct bp_result *results, size_t n)
{
    struct bp_str *out = ctx;

    for (size_t i = 0; i < n; i++) {
        bp_str_addf(out, "%s%s", out->len ? "; " : "", bp_outcome_name(results[i].outcome));
        bp_str_addf(out, " %s", results[i].id.name);
        if (results[i].message)
            bp_str_addf(out, " (%s)", results[i].message);
    }
}

static struct scene *scene(const char *live)
{
    struct scene *s = bp_calloc(1, sizeof *s);

    s->target.base.driver = &fake_driver;
    s->target.docs = parse_quoted(&s->target.arena, live);
    s->target.log = s->results = (struct bp_str)BP_STR_INIT;
    s->o = (struct bp_apply_options){
        .by = "test", .report = collect, .ctx = &s->results, .stop = &s->target.stop};
    return s;
}

static void scene_end(struct scene *s)
{
    bp_arena_release(&s->target.arena);
    bp_str_release(&s->target.log);
    bp_str_release(&s->results);
    free(s);
}

/* Reads `changes`, a JSON list, as a plan; how many errors it has. */
static size_t read_plan(struct bp_plan *plan, struct bp_arena *a, const char *changes)
{
    cJSON *list = parse_quoted(a, changes), *next;

    for (cJSON *c = list->child; c; c = next) {
        next = c->next;
        bp_json_unlink(c);
        assert_int_equal(bp_plan_add(plan, a, c, NULL), 0);
    }
    return bp_diags_count(plan->diags, BP_ERROR);
}

static void run(struct scene *s, const char *changes)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_diags *diags = bp_diags_new("/dev/null", false, true, NULL);
    struct bp_plan plan;

    bp_str_clear(&s->results);
    bp_str_clear(&s->target.log);
    bp_plan_init(&plan, diags);
    assert_int_equal(read_plan(&plan, &a, changes), 0);
    s->rc = bp_plan_sort(&plan, s->o.force_delete, &s->e);
    if (s->rc == 0)
        s->rc = bp_apply_run(&plan, &s->target.base, &s->o, &s->totals, &s->e);
    bp_plan_release(&plan);
    bp_diags_free(diags, NULL);
    bp_arena_release(&a);
}

#define DOC(name, depends) \
    "{'kind':'K','metadata':{'name':'" name "','annotations':{'bp/depends-on':'" depends "'}}}"
#define SPEC(name, depends, spec)                                                        \
    "{'kind':'K','metadata':{'name':'" name "','annotations':{'bp/depends-on':'" depends \
    "'}},'spec':" spec "}"
#define CREATE(name, depends) \
    "{'action':'create','kind':'K','name':'" name "','new':" DOC(name, depends) "}"
#define UPDATE(name, depends, from, to)           \
    "{'action':'update','kind':'K','name':'" name \
    "','old':" SPEC(name, depends, from) ",'new':" SPEC(name, depends, to) "}"
#define DELETE(name, depends) \
    "{'action':'delete','kind':'K','name':'" name "','old':" DOC(name, depends) "}"
#define NOOP(name, depends) \
    "{'action':'noop','kind':'K','name':'" name "','old':" DOC(name, depends) "}"

/* ---- the plan ---- */

static void what_is_no_change_is_found(void **state)
{
    static const char *const bad[] = {
        "[{'kind':'K'}]",
        "[1]",
        "[{'action':'create','kind':'K','name':'a'}]",
        "[" CREATE("a", "") "," CREATE("a", "") "]",
        "[" CREATE("a", "") "," DELETE("a", "") "]",
        "[{'action':'create','kind':'K','name':'a','new':{'kind':'K','metadata':{'name':'a',"
        "'annotations':{'bp/wave':'soon'}}}}]",
        "[{'action':'create','kind':'K','name':'a','new':{'kind':'K','metadata':{'name':'a',"
        "'annotations':{'bp/depends-on':['b']}}}}]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct bp_arena a = BP_ARENA_INIT;
        struct bp_diags *diags = bp_diags_new("/dev/null", false, true, NULL);
        struct bp_plan plan;

        bp_plan_init(&plan, diags);
        assert_int_equal(read_plan(&plan, &a, bad[i]), 1);
        bp_plan_release(&plan);
        bp_arena_release(&a);
        /* Not flushed: the findings themselves are bp_diags' own matter. */
        bp_diags_free(diags, NULL);
    }
}

static void what_is_live_can_go_whatever_its_annotations(void **state)
{
    struct scene *s = scene("[{'kind':'K','metadata':{'name':'a','annotations':{'bp/wave':'x'}}}]");

    (void)state;
    run(s, "[{'action':'delete','kind':'K','name':'a','old':{'kind':'K','metadata':{'name':'a',"
           "'annotations':{'bp/wave':'x'}}}}]");
    assert_string_equal(s->results.s, "applied a");
    scene_end(s);
}

/* ---- the run ---- */

static void creates_follow_their_dependencies_level_by_level(void **state)
{
    struct scene *s = scene("[]");

    (void)state;
    run(s, "[" CREATE("c", "b") "," CREATE("b", "a") "," CREATE("a", "") "," CREATE("z", "") "]");
    assert_int_equal(s->rc, 0);
    assert_string_equal(s->target.log.s, "+a +z | +b | +c | ");
    assert_string_equal(s->results.s, "applied a; applied z; applied b; applied c");
    assert_true(bp_totals_good(&s->totals));

    run(s, "[" CREATE("c", "b") "," CREATE("b", "a") "," CREATE("a", "") "," CREATE("z", "") "]");
    assert_string_equal(s->target.log.s, "");
    assert_string_equal(s->results.s, "unchanged a; unchanged z; unchanged b; unchanged c");
    assert_true(bp_totals_good(&s->totals));
    scene_end(s);
}

static void a_failure_holds_back_its_dependents_only(void **state)
{
    struct scene *s = scene("[]");

    (void)state;
    s->target.failing = "b";
    run(s, "[" CREATE("d", "c") "," CREATE("c", "b, a") "," CREATE("b", "a") "," CREATE(
               "a", "") "," CREATE("e", "a") "]");
    assert_string_equal(s->results.s, "applied a; failed b (no room for 'b'); applied e; "
                                      "skipped c (depends on 'K/b', which failed); "
                                      "skipped d (depends on 'K/c', which was skipped)");
    assert_false(bp_totals_good(&s->totals));
    scene_end(s);
}

static void a_noop_passes_on_what_failed_before_it(void **state)
{
    struct scene *s = scene("[" DOC("b", "a") "]");

    (void)state;
    s->target.failing = "a";
    run(s, "[" CREATE("c", "b") "," NOOP("b", "a") "," CREATE("a", "") "]");
    assert_string_equal(s->results.s, "failed a (no room for 'a'); unchanged b; "
                                      "skipped c (depends on 'K/a', which failed)");
    scene_end(s);
}

static void a_dependency_may_be_live_already_but_must_exist(void **state)
{
    struct scene *s = scene("[" DOC("there", "") "]");

    (void)state;
    s->target.broken = "broken";
    run(s, "[" CREATE("a", "there") "," CREATE("b", "nowhere") "," CREATE(
               "c", "nowhere") "," CREATE("d", "broken") "]");
    assert_string_equal(
        s->results.s, "applied a; failed b (depends on 'K/nowhere', which does not exist); "
                      "failed c (depends on 'K/nowhere', which does not exist); "
                      "failed d (depends on 'K/broken', which is unreadable: 'broken' is damaged)");
    scene_end(s);
}

static void a_conflict_holds_back_too(void **state)
{
    struct scene *s = scene("[" SPEC("a", "", "{'r':9}") "]");

    (void)state;
    run(s, "[" UPDATE("a", "", "{'r':1}", "{'r':2}") "," CREATE("b", "a") "]");
    assert_string_equal(s->results.s, "conflict a (has changed since the diff at /spec/r); "
                                      "skipped b (depends on 'K/a', which is in conflict)");
    assert_string_equal(s->target.log.s, "");
    scene_end(s);
}

static void deletes_go_last_and_the_other_way_round(void **state)
{
    struct scene *s = scene("[" DOC("a", "") "," DOC("b", "a") "," DOC("c", "b") "]");

    (void)state;
    run(s, "[" DELETE("a", "") "," DELETE("b", "a") "," DELETE("c", "b") "," CREATE("n", "") "]");
    assert_string_equal(s->target.log.s, "+n | -c | -b | -a | ");
    run(s, "[" DELETE("a", "") "]");
    assert_string_equal(s->results.s, "unchanged a (is gone already)");
    scene_end(s);
}

static void what_is_needed_is_not_deleted(void **state)
{
    struct scene *s = scene("[" DOC("a", "") "," DOC("b", "a") "," DOC("c", "b") "]");

    (void)state;
    run(s, "[" DELETE("a", "") "," DELETE("b", "a") "]");
    assert_string_equal(s->results.s, "failed b (still needed by 'K/c'); "
                                      "skipped a (needed by 'K/b', which failed)");
    s->o.force_delete = true;
    run(s, "[" DELETE("a", "") "," DELETE("b", "a") "]");
    assert_string_equal(s->results.s, "applied b; applied a");
    scene_end(s);
}

/* An update of this run can end a dependency, or begin one; also in a dry run. */
static void needs_are_those_after_the_updates(void **state)
{
    (void)state;
    for (int dry = 0; dry < 2; dry++) {
        struct scene *s = scene("[" DOC("a", "") "," DOC("b", "") "," DOC("c", "a") "]");

        s->o.dry_run = dry;
        run(s, "[" DELETE("a", "") "," DELETE("b", "") ",{'action':'update','kind':'K','name':'c',"
                                                       "'old':" DOC("c", "a") ",'new':" DOC(
                                                           "c", "b") "}]");
        assert_string_equal(s->results.s, "applied c; failed b (still needed by 'K/c'); applied a");
        assert_string_equal(s->target.log.s, dry ? "" : "+c | -a | ");
        scene_end(s);
    }
}

static void nothing_is_deleted_when_needs_are_unknown(void **state)
{
    struct scene *s = scene("[" DOC("a", "") "]");

    (void)state;
    s->target.deaf = true;
    run(s, "[" DELETE("a", "") "]");
    assert_string_equal(s->results.s, "failed a (can't tell who needs it: no list today)");
    scene_end(s);
}

#define DEFINITION(name, defines)                             \
    "{'kind':'BlueprintDefinition','metadata':{'name':'" name \
    "'},'spec':{'names':{'kind':'" defines "'}}}"

static void definitions_come_first_and_go_last(void **state)
{
    struct scene *s = scene("[]");
    const char *make = "[" CREATE("a", "") ",{'action':'create','kind':'BlueprintDefinition',"
                                           "'name':'k','new':" DEFINITION("k", "K") "}]";

    (void)state;
    run(s, make);
    assert_string_equal(s->target.log.s, "+k | +a | ");
    run(s, "[{'action':'delete','kind':'BlueprintDefinition','name':'k','old':" DEFINITION(
               "k", "K") "}]");
    assert_string_equal(s->results.s, "failed k (still needed by 'K/a')");
    run(s, "[{'action':'delete','kind':'BlueprintDefinition','name':'k','old':" DEFINITION(
               "k", "K") "}," DELETE("a", "") "]");
    assert_string_equal(s->target.log.s, "-a | -k | ");
    s->target.failing = "k";
    run(s, make);
    assert_string_equal(s->results.s,
                        "failed k (no room for 'k'); "
                        "skipped a (depends on 'BlueprintDefinition/k', which failed)");
    scene_end(s);
}

static void a_cycle_stops_everything(void **state)
{
    struct scene *s = scene("[" DOC("x", "y") "," DOC("y", "x") "]");

    (void)state;
    run(s, "[" CREATE("a", "b") "," CREATE("b", "a") "]");
    assert_int_equal(s->rc, BP_EINPUT);
    assert_string_equal(s->e.msg, "dependency cycle: K/a -> K/b -> K/a");
    run(s, "[" DELETE("x", "y") "," DELETE("y", "x") "]");
    assert_int_equal(s->rc, BP_EINPUT);
    assert_string_equal(s->e.msg, "the documents to be deleted have no order: "
                                  "dependency cycle: K/x -> K/y -> K/x");
    assert_string_equal(s->target.log.s, "");
    s->o.force_delete = true;
    run(s, "[" DELETE("x", "y") "," DELETE("y", "x") "]");
    assert_string_equal(s->results.s, "applied y; applied x");
    scene_end(s);
}

static void a_stop_ends_the_run_after_what_has_begun(void **state)
{
    struct scene *s = scene("[]");

    (void)state;
    s->target.stop_at = "a";
    run(s, "[" CREATE("a", "") "," CREATE("b", "") "," CREATE("c", "a") "]");
    assert_string_equal(s->results.s,
                        "applied a; skipped b (interrupted); skipped c (interrupted)");
    assert_string_equal(s->target.log.s, "+a | ");
    scene_end(s);
}

static void deletes_are_bounded(void **state)
{
    struct bp_prune_limit limit = {1, false};
    struct scene *s = scene("[" DOC("a", "") "," DOC("b", "") "," DOC("c", "") "]");

    (void)state;
    s->o.max_prune = &limit;
    run(s, "[" DELETE("a", "") "," DELETE("b", "") "]");
    assert_int_equal(s->rc, BP_ECONFLICT);
    assert_string_equal(s->e.msg, "2 documents would be deleted, at most 1 may be; "
                                  "raise --max-prune if that is meant");
    assert_string_equal(s->target.log.s, "");
    limit = (struct bp_prune_limit){50, true};
    run(s, "[" DELETE("a", "") "," DELETE("b", "") "]");
    assert_int_equal(s->rc, BP_ECONFLICT);
    limit = (struct bp_prune_limit){67, true};
    run(s, "[" DELETE("a", "") "," DELETE("b", "") "]");
    assert_int_equal(s->rc, 0);
    scene_end(s);
}

static void many_documents_of_one_level_go_in_several_batches(void **state)
{
    struct scene *s = scene("[]");
    struct bp_str changes = BP_STR_INIT;
    size_t commits = 0;

    (void)state;
    for (int i = 0; i < 600; i++)
        bp_str_addf(&changes,
                    "%c{'action':'create','kind':'K','name':'n%d','new':{'kind':'K','metadata':"
                    "{'name':'n%d'}}}",
                    i ? ',' : '[', i, i);
    bp_str_addc(&changes, ']');
    run(s, changes.s);
    for (const char *p = s->target.log.s; (p = strchr(p, '|')); p++)
        commits++;
    assert_int_equal(commits, 3);
    assert_int_equal(s->totals.of[BP_APPLIED], 600);
    bp_str_release(&changes);
    scene_end(s);
}

/* ---- small parts ---- */

static void limits_are_counts_or_shares(void **state)
{
    static const char *const bad[] = {"",     "%",          "x",    "-1", "1.5%",
                                      "101%", "4294967296", "10 %", "1%%"};
    struct bp_prune_limit limit;

    (void)state;
    assert_int_equal(bp_prune_limit_parse("12", &limit, NULL), 0);
    assert_int_equal(bp_prune_limit_of(&limit, 5), 12);
    assert_int_equal(bp_prune_limit_parse("10%", &limit, NULL), 0);
    assert_int_equal(bp_prune_limit_of(&limit, 5), 1);
    assert_int_equal(bp_prune_limit_of(&limit, 39), 3);
    assert_int_equal(bp_prune_limit_of(&limit, UINT64_MAX), UINT64_MAX / 10);
    assert_int_equal(bp_prune_limit_parse("0%", &limit, NULL), 0);
    assert_int_equal(bp_prune_limit_of(&limit, 1000), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(bp_prune_limit_parse(bad[i], &limit, NULL), BP_EUSAGE);
}

static void results_have_two_forms(void **state)
{
    const struct bp_result r[] = {
        {BP_CREATE, {"K", "a"}, BP_APPLIED, false, 0, NULL},
        {BP_DELETE, {"Kind", "long\x1b"}, BP_CONFLICT, false, 7, "say \"no\""},
        {BP_UPDATE, {"K", "b"}, BP_APPLIED, true, -1, NULL},
    };
    struct bp_totals totals = {{0}};
    struct bp_str out = BP_STR_INIT;

    (void)state;
    for (int i = 0; i < 3; i++)
        bp_result_write_json(&r[i], &out);
    assert_string_equal(out.s,
                        "{\"action\":\"create\",\"kind\":\"K\",\"name\":\"a\",\"result\":"
                        "\"applied\",\"generation\":0}\n"
                        "{\"action\":\"delete\",\"kind\":\"Kind\",\"name\":\"long\\u001b\","
                        "\"result\":\"conflict\",\"generation\":7,\"message\":\"say \\\"no\\\"\"}\n"
                        "{\"action\":\"update\",\"kind\":\"K\",\"name\":\"b\",\"result\":"
                        "\"applied\",\"dryRun\":true}\n");
    bp_str_clear(&out);
    for (int i = 0; i < 3; i++)
        bp_result_write_text(&r[i], bp_identity_width(r[1].id), false, &out);
    assert_string_equal(out.s, "applied    create  K/a            generation 0\n"
                               "conflict   delete  Kind/long\\x1b  say \"no\"\n"
                               "planned    update  K/b\n");
    bp_str_clear(&out);
    bp_totals_write(&totals, &out);
    assert_string_equal(out.s, "nothing to do");
    bp_str_clear(&out);
    totals.of[BP_APPLIED] = 5;
    totals.of[BP_CONFLICT] = 1;
    bp_totals_write(&totals, &out);
    assert_string_equal(out.s, "5 applied, 1 conflict");
    bp_str_release(&out);
}

static void targets_are_found_by_scheme(void **state)
{
    const struct bp_target_driver *const drivers[] = {&fake_driver, &bp_target_dir, NULL};
    struct bp_err e = BP_ERR_INIT;
    const char *rest;

    (void)state;
    assert_ptr_equal(bp_target_find(drivers, "dir:/a:b", &rest, &e), &bp_target_dir);
    assert_string_equal(rest, "/a:b");
    assert_null(bp_target_find(drivers, "/a", &rest, &e));
    assert_string_equal(e.msg, "'/a' is no store that can be written: write fake:, dir:PATH");
    assert_null(bp_target_find(drivers, "dir:", &rest, &e));
    assert_null(bp_target_find(drivers, "dirt:x", &rest, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_change_is_found),
        cmocka_unit_test(what_is_live_can_go_whatever_its_annotations),
        cmocka_unit_test(creates_follow_their_dependencies_level_by_level),
        cmocka_unit_test(a_failure_holds_back_its_dependents_only),
        cmocka_unit_test(a_noop_passes_on_what_failed_before_it),
        cmocka_unit_test(a_dependency_may_be_live_already_but_must_exist),
        cmocka_unit_test(a_conflict_holds_back_too),
        cmocka_unit_test(deletes_go_last_and_the_other_way_round),
        cmocka_unit_test(what_is_needed_is_not_deleted),
        cmocka_unit_test(needs_are_those_after_the_updates),
        cmocka_unit_test(nothing_is_deleted_when_needs_are_unknown),
        cmocka_unit_test(definitions_come_first_and_go_last),
        cmocka_unit_test(a_cycle_stops_everything),
        cmocka_unit_test(a_stop_ends_the_run_after_what_has_begun),
        cmocka_unit_test(deletes_are_bounded),
        cmocka_unit_test(many_documents_of_one_level_go_in_several_batches),
        cmocka_unit_test(limits_are_counts_or_shares),
        cmocka_unit_test(results_have_two_forms),
        cmocka_unit_test(targets_are_found_by_scheme),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
