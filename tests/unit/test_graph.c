/* Levels out of dependencies and waves, and the cycles that make them impossible. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/read.h"
#include "model/graph.h"

static int add(struct bp_graph *g, const char *name, const char *depends_on, int64_t wave)
{
    struct bp_err e = BP_ERR_INIT;

    return bp_graph_add(g, (struct bp_identity){"K", name}, depends_on, wave, &e);
}

static void levels_follow_dependencies(void **state)
{
    struct bp_graph *g = bp_graph_new();
    struct bp_err e = BP_ERR_INIT;
    size_t n;

    (void)state;
    assert_int_equal(add(g, "gateway", "gatekeeper, db", 0), 0);
    assert_int_equal(add(g, "db", NULL, 0), 1);
    assert_int_equal(add(g, "gatekeeper", " db ,, K/registry", 0), 2);
    assert_int_equal(add(g, "registry", "db, K/db ,db", 0), 3);
    assert_int_equal(add(g, "lonely", "not-here, Other/db", 0), 4);
    assert_int_equal(bp_graph_order(g, &e), 0);
    assert_int_equal(bp_graph_count(g), 5);
    assert_int_equal(bp_graph_level(g, 0), 3);
    assert_int_equal(bp_graph_level(g, 1), 0);
    assert_int_equal(bp_graph_level(g, 2), 2);
    assert_int_equal(bp_graph_level(g, 3), 1);
    assert_int_equal(bp_graph_level(g, 4), 0);
    assert_memory_equal(bp_graph_sorted(g), ((uint32_t[]){1, 4, 3, 2, 0}), 5 * sizeof(uint32_t));
    assert_int_equal(bp_graph_dependencies(g, 3, &n)[0], 1);
    assert_int_equal(n, 1);
    assert_null(bp_graph_dependencies(g, 4, &n));
    bp_graph_free(g);
}

static void the_order_of_adding_stays_inside_a_level(void **state)
{
    struct bp_graph *g = bp_graph_new();

    (void)state;
    add(g, "c", NULL, 0);
    add(g, "b", NULL, 0);
    add(g, "a", NULL, 0);
    assert_int_equal(bp_graph_order(g, NULL), 0);
    assert_memory_equal(bp_graph_sorted(g), ((uint32_t[]){0, 1, 2}), 3 * sizeof(uint32_t));
    bp_graph_free(g);
}

static void waves_come_one_after_the_other(void **state)
{
    struct bp_graph *g = bp_graph_new();

    (void)state;
    add(g, "late", NULL, 10);
    add(g, "early2", "early1", -5);
    add(g, "middle", NULL, 0);
    add(g, "early1", NULL, -5);
    add(g, "later", "late, middle", 10);
    assert_int_equal(bp_graph_order(g, NULL), 0);
    assert_memory_equal(bp_graph_sorted(g), ((uint32_t[]){3, 1, 2, 0, 4}), 5 * sizeof(uint32_t));
    assert_int_equal(bp_graph_level(g, 2), 2);
    assert_int_equal(bp_graph_level(g, 0), 3);
    assert_int_equal(bp_graph_level(g, 4), 4);
    bp_graph_free(g);
}

static void a_dependency_on_a_later_wave_is_refused(void **state)
{
    struct bp_graph *g = bp_graph_new();
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    add(g, "a", "b", 1);
    add(g, "b", NULL, 2);
    assert_int_equal(bp_graph_order(g, &e), BP_EINPUT);
    assert_string_equal(e.msg, "'K/a' depends on 'K/b', which comes in a later wave");
    bp_graph_free(g);
}

static void cycles_are_named(void **state)
{
    struct bp_graph *g = bp_graph_new();
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    add(g, "outside", "a", 0);
    add(g, "a", "fine, b", 0);
    add(g, "fine", NULL, 0);
    add(g, "b", "c", 0);
    add(g, "c", "fine, a", 0);
    assert_int_equal(bp_graph_order(g, &e), BP_EINPUT);
    assert_string_equal(e.msg, "dependency cycle: K/a -> K/b -> K/c -> K/a");
    bp_graph_free(g);

    g = bp_graph_new();
    add(g, "self", "self", 0);
    assert_int_equal(bp_graph_order(g, &e), BP_EINPUT);
    assert_string_equal(e.msg, "dependency cycle: K/self -> K/self");
    bp_graph_free(g);
}

static void a_long_cycle_is_cut_in_the_message(void **state)
{
    struct bp_graph *g = bp_graph_new();
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        char name[16], next[16];

        snprintf(name, sizeof name, "n%d", i);
        snprintf(next, sizeof next, "n%d", (i + 1) % 1000);
        add(g, name, next, 0);
    }
    assert_int_equal(bp_graph_order(g, &e), BP_EINPUT);
    assert_non_null(strstr(e.msg, "K/n11 -> (988 more) -> K/n0"));
    bp_graph_free(g);
}

static void a_long_chain_needs_no_recursion(void **state)
{
    enum { N = 200000 };
    struct bp_graph *g = bp_graph_new();

    (void)state;
    for (int i = 0; i < N; i++) {
        char name[16], next[16];

        snprintf(name, sizeof name, "n%d", i);
        snprintf(next, sizeof next, "n%d", i + 1);
        add(g, name, next, 0);
    }
    assert_int_equal(bp_graph_order(g, NULL), 0);
    assert_int_equal(bp_graph_sorted(g)[0], N - 1);
    assert_int_equal(bp_graph_level(g, 0), N - 1);
    bp_graph_free(g);
}

static void identities_do_not_run_into_each_other(void **state)
{
    struct bp_graph *g = bp_graph_new();
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    assert_int_equal(bp_graph_add(g, (struct bp_identity){"ab", "c"}, NULL, 0, &e), 0);
    assert_int_equal(bp_graph_add(g, (struct bp_identity){"a", "bc"}, NULL, 0, &e), 1);
    assert_int_equal(bp_graph_add(g, (struct bp_identity){"ab", "c"}, NULL, 0, &e), BP_ECONFLICT);
    assert_string_equal(e.msg, "'ab/c' is there twice");
    bp_graph_free(g);
}

static void an_empty_graph_has_an_order(void **state)
{
    struct bp_graph *g = bp_graph_new();

    (void)state;
    assert_int_equal(bp_graph_order(g, NULL), 0);
    assert_int_equal(bp_graph_count(g), 0);
    bp_graph_free(g);
    bp_graph_free(NULL);
}

static int wave(const char *value, int64_t *out, struct bp_err *e)
{
    struct bp_arena a = BP_ARENA_INIT;
    char *text = bp_arena_printf(
        &a, "{\"kind\":\"K\",\"metadata\":{\"name\":\"n\",\"annotations\":{\"bp/wave\":%s}}}",
        value);
    cJSON *doc = bp_json_parse(&a, text, strlen(text), "t", e);
    int rc = bp_graph_wave_of(doc, out, e);

    bp_arena_release(&a);
    return rc;
}

static void waves_are_integers(void **state)
{
    static const char *const bad[] = {"\"\"",      "\"x\"", "\"1x\"",         "\"1.5\"", "null",
                                      "[1]",       "1.5",   "\"1000000001\"", "\" 1\"",  "\"+1\"",
                                      "\"1e300\"", "1e300", "-1000000001"};
    struct bp_err e = BP_ERR_INIT;
    int64_t w;

    (void)state;
    assert_int_equal(wave("\"10\"", &w, &e), 0);
    assert_int_equal(w, 10);
    assert_int_equal(wave("\"-3\"", &w, &e), 0);
    assert_int_equal(w, -3);
    assert_int_equal(wave("7", &w, &e), 0);
    assert_int_equal(w, 7);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        e = (struct bp_err)BP_ERR_INIT;
        assert_int_equal(wave(bad[i], &w, &e), BP_EINPUT);
        assert_int_equal(e.pos.line, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_follow_dependencies),
        cmocka_unit_test(the_order_of_adding_stays_inside_a_level),
        cmocka_unit_test(waves_come_one_after_the_other),
        cmocka_unit_test(a_dependency_on_a_later_wave_is_refused),
        cmocka_unit_test(cycles_are_named),
        cmocka_unit_test(a_long_cycle_is_cut_in_the_message),
        cmocka_unit_test(a_long_chain_needs_no_recursion),
        cmocka_unit_test(identities_do_not_run_into_each_other),
        cmocka_unit_test(an_empty_graph_has_an_order),
        cmocka_unit_test(waves_are_integers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
