/* What bp-apply lets pass, what it calls a conflict, and what an update keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "apply/guard.h"
#include "base/str.h"
#include "json/read.h"
#include "parse_quoted.h"

#define PLAIN "'kind':'K','metadata':{'name':'a'}"
#define STORED(generation) "'kind':'K','metadata':{'name':'a','generation':" generation "}"

#define SCALED(generation)                                       \
    "'kind':'K','metadata':{'name':'a','generation':" generation \
    ",'annotations':{'bp/ignore':'/spec/r'}}"

static void the_guard_binds_what_was_seen(void **state)
{
    static const struct {
        const char *change, *live;
        enum bp_verdict verdict;
        const char *why;
    } rows[] = {
        {"'action':'create','new':{" PLAIN ",'spec':{'r':1}}", NULL, BP_GO, NULL},
        {"'action':'create','new':{" PLAIN ",'spec':{'r':1}}",
         "{'blueprintid':'x'," PLAIN ",'spec':{'r':1.0},'status':{'up':true}}", BP_SAME, NULL},
        {"'action':'create','new':{" PLAIN ",'spec':{'r':1}}", "{" PLAIN ",'spec':{'r':2}}",
         BP_MOVED, "was made by others since the diff and differs at /spec/r"},
        {"'action':'update','old':{" PLAIN ",'spec':{'r':1}},'new':{" PLAIN ",'spec':{'r':2}}",
         NULL, BP_MOVED, "was deleted since the diff"},
        {"'action':'update','old':{" PLAIN ",'spec':{'r':1}},'new':{" PLAIN ",'spec':{'r':2}}",
         "{'blueprintid':'x'," PLAIN ",'spec':{'r':1}}", BP_GO, NULL},
        {"'action':'update','old':{" PLAIN ",'spec':{'r':1}},'new':{" PLAIN ",'spec':{'r':2}}",
         "{'blueprintid':'x'," PLAIN ",'spec':{'r':2}}", BP_SAME, NULL},
        {"'action':'update','old':{" PLAIN ",'spec':{'r':1}},'new':{" PLAIN ",'spec':{'r':2}}",
         "{" PLAIN ",'spec':{'a/b':[1],'r':3}}", BP_MOVED,
         "has changed since the diff at /spec/a~1b, /spec/r"},
        {"'action':'update','old':{" PLAIN ",'spec':{'l':[1,2,3,4,5]}},'new':{" PLAIN "}",
         "{" PLAIN ",'spec':{'l':[2,2,4,5,6,7]}}", BP_MOVED,
         "has changed since the diff at /spec/l/0, /spec/l/2, /spec/l/3 and 2 more"},
        {"'action':'update','old':{"
         "'blueprintid':'i'," STORED("3") ",'spec':{'r':1}},'new':{" PLAIN ",'spec':{'r':2}}",
         "{'blueprintid':'i'," STORED("5") ",'spec':{'r':1}}", BP_MOVED,
         "has moved since the diff: generation 3 -> 5"},
        {"'action':'update','old':{"
         "'blueprintid':'i'," STORED("3") ",'spec':{'r':1}},'new':{" PLAIN ",'spec':{'r':2}}",
         "{'blueprintid':'j'," STORED("3") ",'spec':{'r':1}}", BP_MOVED,
         "was deleted and made anew since the diff"},
        {"'action':'update','old':{"
         "'blueprintid':'i'," STORED("3") ",'spec':{'r':1}},'new':{" PLAIN ",'spec':{'r':2}}",
         "{'blueprintid':'i'," STORED("3") ",'spec':{'r':1},'status':1}", BP_GO, NULL},
        /* What others may do meanwhile: change what is ignored, and nothing else. */
        {"'action':'update','old':{'blueprintid':'i'," SCALED(
             "3") ",'spec':{'r':1,'x':1}},'new':"
                  "{" SCALED("0") ",'spec':{'r':1,'x':2}}",
         "{'blueprintid':'i'," SCALED("4") ",'spec':{'r':9,'x':1}}", BP_GO, NULL},
        {"'action':'update','old':{'blueprintid':'i'," SCALED(
             "3") ",'spec':{'r':1,'x':1}},'new':"
                  "{" SCALED("0") ",'spec':{'r':1,'x':2}}",
         "{'blueprintid':'i'," SCALED("4") ",'spec':{'r':9,'x':3}}", BP_MOVED,
         "has moved since the diff: generation 3 -> 4"},
        {"'action':'update','old':{"
         "'blueprintid':'i'," STORED("3") ",'spec':{'r':1}},'new':{" PLAIN ",'spec':{'r':2}}",
         "{'blueprintid':'i','kind':'K','metadata':{'name':'a','generation':3,'labels':{'l':''}},"
         "'spec':{'r':1}}",
         BP_MOVED, "has changed since the diff at /metadata/labels"},
        {"'action':'delete','old':{'blueprintid':'i'," PLAIN "}", "{'blueprintid':'j'," PLAIN "}",
         BP_MOVED, "was deleted and made anew since the diff"},
        {"'action':'delete','old':{" PLAIN "}", NULL, BP_SAME, NULL},
        {"'action':'delete','old':{" PLAIN "}", "{" PLAIN ",'spec':{}}", BP_GO, NULL},
        {"'action':'delete','old':{" PLAIN "}", "{" PLAIN ",'spec':{'r':1}}", BP_MOVED,
         "has changed since the diff at /spec"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bp_arena a = BP_ARENA_INIT;
        const char *change = bp_arena_printf(&a, "{'kind':'K','name':'a',%s}", rows[i].change);
        struct bp_change c;
        const char *why;

        assert_int_equal(bp_change_parse(parse_quoted(&a, change), &c, NULL), 0);
        assert_int_equal(
            bp_guard(&a, &c, rows[i].live ? parse_quoted(&a, rows[i].live) : NULL, &why),
            rows[i].verdict);
        if (rows[i].why)
            assert_string_equal(why, rows[i].why);
        else
            assert_null(why);
        bp_arena_release(&a);
    }
}

static cJSON *ignoring(struct bp_arena *a, const char *members)
{
    return parse_quoted(a,
                        bp_arena_printf(a,
                                        "{'kind':'K','metadata':{'name':'a','annotations':"
                                        "{'bp/ignore':'/spec/r , /spec/l/1,/kind,/metadata,'}},%s}",
                                        members));
}

static void what_is_ignored_stays_as_it_is_live(void **state)
{
    static const char *const rows[][3] = {
        /* new, live, what is written */
        {"'spec':{'r':1,'x':2}", "'spec':{'r':5,'x':1}", "'spec':{'r':5,'x':2}"},
        {"'spec':{'x':2}", "'spec':{'r':5}", "'spec':{'x':2,'r':5}"},
        {"'spec':{'r':1}", "'spec':{'x':1}", "'spec':{}"},
        {"'blueprintid':'q','status':{},'spec':{'l':[1,2]}", "'spec':{'l':[7,8]}",
         "'spec':{'l':[1,8]}"},
        {"'status':{'a':1},'spec':1", "'spec':{'r':5}", "'spec':1"},
        /* The elements of a list keep their places. */
        {"'spec':{'l':[1,2,3]}", "'spec':{'l':[1]}", "'spec':{'l':[1,2,3]}"},
        {"'spec':{'l':[1]}", "'spec':{'l':[7,8,9]}", "'spec':{'l':[1,8]}"},
        {"'spec':{'l':[]}", "'spec':{'l':[7,8]}", "'spec':{'l':[]}"},
        {"'spec':{'l':{}}", "'spec':{'l':[7,8]}", "'spec':{'l':{'1':8}}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bp_arena a = BP_ARENA_INIT;
        cJSON *now = ignoring(&a, rows[i][0]);
        cJSON *live = ignoring(&a, rows[i][1]);
        cJSON *want = ignoring(&a, rows[i][2]);

        assert_true(bp_json_equal(bp_desired(&a, now, live), want));
        bp_arena_release(&a);
    }
}

static void a_newly_ignored_value_is_set_once(void **state)
{
    struct bp_arena a = BP_ARENA_INIT;
    cJSON *now = parse_quoted(&a, "{'kind':'K','metadata':{'name':'a','annotations':{'bp/ignore':"
                                  "'/spec/r'}},'spec':{'r':1}}");
    cJSON *live = parse_quoted(&a, "{'kind':'K','metadata':{'name':'a'},'spec':{'x':1}}");

    (void)state;
    assert_true(bp_json_equal(bp_desired(&a, now, live), now));
    assert_true(bp_json_equal(bp_desired(&a, now, NULL), now));
    bp_arena_release(&a);
}

/* ---- what is written shows no difference to what was wanted ---- */

static uint32_t seed = 7;

static unsigned pick(unsigned n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 16) % n;
}

static cJSON *random_value(struct bp_arena *a, int depth)
{
    static const char *const names[] = {"a", "b", "0", "1", "2"};
    unsigned shape = depth < 3 ? pick(3) : 0;
    cJSON *n = shape == 0   ? bp_json_integer(a, pick(3))
               : shape == 1 ? bp_json_array(a)
                            : bp_json_object(a);

    for (unsigned i = shape ? pick(4) : 0; i > 0; i--) {
        if (shape == 1)
            bp_json_append(n, random_value(a, depth + 1));
        else
            bp_json_set(a, n, names[pick(5)], random_value(a, depth + 1));
    }
    return n;
}

static const char *random_pointers(struct bp_arena *a)
{
    const char *list = "/nowhere";

    for (unsigned i = pick(5); i > 0; i--) {
        list = bp_arena_printf(a, "%s,/spec", list);
        for (unsigned k = pick(4); k > 0; k--)
            list = bp_arena_printf(a, "%s/%c", list, "ab012"[pick(5)]);
    }
    return list;
}

static cJSON *random_document(struct bp_arena *a, const char *pointers)
{
    cJSON *doc = parse_quoted(a, "{'kind':'K','metadata':{'name':'a'}}");

    bp_document_annotate(a, doc, BP_ANN_IGNORE, pointers);
    bp_json_set(a, doc, "spec", random_value(a, 0));
    return doc;
}

static void what_is_written_is_what_was_wanted(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct bp_arena a = BP_ARENA_INIT;
        const char *pointers = random_pointers(&a);
        cJSON *now = random_document(&a, pointers);
        cJSON *live = random_document(&a, pick(2) ? pointers : random_pointers(&a));
        cJSON *written = bp_desired(&a, now, live);
        struct bp_change c = {.action = BP_UPDATE, .old = live, .now = now};
        const char *why;

        assert_int_equal(bp_guard(&a, &c, written, &why), BP_SAME);
        bp_arena_release(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_guard_binds_what_was_seen),
        cmocka_unit_test(what_is_ignored_stays_as_it_is_live),
        cmocka_unit_test(a_newly_ignored_value_is_set_once),
        cmocka_unit_test(what_is_written_is_what_was_wanted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
