/* lib/json/yaml: reading by the core schema, what is refused and where, and printing that comes
 * back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "json/write.h"
#include "json/yaml.h"
#include "json/yaml_scalar.h"

struct pair {
    const char *yaml, *json;
};

struct refusal {
    const char *yaml;
    int code;
    unsigned line, col;
    const char *says;
};

static void check_reads(const struct pair *t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct bp_arena a = BP_ARENA_INIT;
        struct bp_str out = BP_STR_INIT;
        struct bp_err e = BP_ERR_INIT;
        cJSON *doc = bp_yaml_parse(&a, t[i].yaml, strlen(t[i].yaml), "t", &e);

        if (!doc)
            fail_msg("%s: %u:%u: %s", t[i].yaml, e.pos.line, e.pos.col, e.msg);
        bp_json_write(doc, &out);
        assert_string_equal(out.s, t[i].json);
        bp_str_release(&out);
        bp_arena_release(&a);
    }
}

static void check_refused_text(const char *text, size_t len, const struct refusal *r)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_err e = BP_ERR_INIT;

    if (bp_yaml_parse(&a, text, len, "t", &e))
        fail_msg("not refused: %s", r->says);
    if (e.code != r->code || e.pos.line != r->line || e.pos.col != r->col ||
        !strstr(e.msg, r->says))
        fail_msg("%s\nis: %d %u:%u %s\nnot: %d %u:%u %s", len < 200 ? text : "long text", e.code,
                 e.pos.line, e.pos.col, e.msg, r->code, r->line, r->col, r->says);
    assert_string_equal(e.pos.file, "t");
    bp_arena_release(&a);
}

static void check_refused(const struct refusal *t, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_refused_text(t[i].yaml, strlen(t[i].yaml), &t[i]);
}

#define READS(t) check_reads(t, sizeof t / sizeof *t)
#define REFUSED(t) check_refused(t, sizeof t / sizeof *t)

/* ---- reading ---- */

static void test_core_schema(void **state)
{
    static const struct pair t[] = {
        {"[~, null, Null, NULL, ]", "[null,null,null,null]"},
        {"[nUll, nil, '', \"\"]", "[\"nUll\",\"nil\",\"\",\"\"]"},
        {"[true, True, TRUE, false, False, FALSE]", "[true,true,true,false,false,false]"},
        {"[tRue, yes, no, on, off, y, n, Yes, NO]",
         "[\"tRue\",\"yes\",\"no\",\"on\",\"off\",\"y\",\"n\",\"Yes\",\"NO\"]"},
        {"- |-\n  1\n- >-\n  true\n", "[\"1\",\"true\"]"},
        {"[12:30:45, 2001-01-01, 1_000, '2', 0b11, 0o8, 0xg, 0X1F, -0x1F, 1e, e1, ., +, -a]",
         "[\"12:30:45\",\"2001-01-01\",\"1_000\",\"2\",\"0b11\",\"0o8\",\"0xg\",\"0X1F\",\"-0x1F\","
         "\"1e\",\"e1\",\".\",\"+\",\"-a\"]"},
    };

    (void)state;
    READS(t);
}

static void test_numbers(void **state)
{
    static const struct pair t[] = {
        {"[1, -1, 0, -0, 1.10, 1e400, 12345678901234567890, 1E-7, 0.1e+3]",
         "[1,-1,0,-0,1.10,1e400,12345678901234567890,1E-7,0.1e+3]"},
        {"[+1, +0, -007, 007, 00, 0777, -00, 08.5]", "[1,0,-7,7,0,777,-0,8.5]"},
        {"[.5, -.5, +.5e3, 1., 1.e5, -0.]", "[0.5,-0.5,0.5e3,1.0,1.0e5,-0.0]"},
        {"[0x1F, 0x0, 0xffffffffffffffff, 0o17, 0o0, 0o1777777777777777777777]",
         "[31,0,18446744073709551615,15,0,18446744073709551615]"},
        {"0x100000000000000000000000000000000", "340282366920938463463374607431768211456"},
        {"0x3b9aca00", "1000000000"},
        {"0xde0b6b3a7640000", "1000000000000000000"},
    };

    (void)state;
    READS(t);
}

static void test_number_bound(void **state)
{
    static const struct refusal r = {"", BP_ELIMIT, 1, 1, "more than 1024 digits"};
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_err e = BP_ERR_INIT;
    char text[1028];

    (void)state;
    memset(text, '7', sizeof text);
    memcpy(text, "0x", 2);
    /* 2^4096 has 1234 digits, and so has this. */
    assert_int_equal(strlen(bp_yaml_scalar(&a, text, 1026, &e)->valuestring), 1233);
    check_refused_text(text, 1027, &r);
    bp_arena_release(&a);
}

static void test_scalar_function(void **state)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    assert_true(cJSON_IsNull(bp_yaml_scalar(&a, "", 0, &e)));
    assert_true(cJSON_IsTrue(bp_yaml_scalar(&a, "True", 4, &e)));
    assert_string_equal(bp_json_text(bp_yaml_scalar(&a, "no", 2, &e)), "no");
    assert_string_equal(bp_yaml_scalar(&a, "0o17", 4, &e)->valuestring, "15");
    assert_null(bp_yaml_scalar(&a, "-.Inf", 5, &e));
    assert_int_equal(e.code, BP_EINPUT);
    bp_arena_release(&a);
}

static void test_names(void **state)
{
    static const struct pair t[] = {
        {"no: 1\ntrue: 2\n1: 3\n1.10: 4\n0x1F: 5\nnull: 6\n~: 7\n.nan: 8\n",
         "{\"no\":1,\"true\":2,\"1\":3,\"1.10\":4,\"0x1F\":5,\"null\":6,\"~\":7,\".nan\":8}"},
        {"\"\": 1\n'<<': 2\n\"=\": 3\n", "{\"\":1,\"<<\":2,\"=\":3}"},
        {"? a\n: 1\n? |\n  b\n: 2\n", "{\"a\":1,\"b\\n\":2}"},
        {"{a: , b: {c: 1}, \"d\":2, e}", "{\"a\":null,\"b\":{\"c\":1},\"d\":2,\"e\":null}"},
        {"http://x: 1", "{\"http://x\":1}"},
        {"{http://x: 1}", "{\"http://x\":1}"},
        {"!!str 1: a\n!!int 2: b\n", "{\"1\":\"a\",\"2\":\"b\"}"},
        {"a:\nb:\n- x\n-\n", "{\"a\":null,\"b\":[\"x\",null]}"},
    };
    static const struct refusal r[] = {
        {"a: 1\nb: 2\na: 3\n", BP_EINPUT, 3, 1, "duplicate member 'a', first at line 1 column 1"},
        {"x: {b: 1, 'b': 2}", BP_EINPUT, 1, 11, "duplicate member 'b', first at line 1 column 5"},
        {"1: a\n\"1\": b\n", BP_EINPUT, 2, 1, "duplicate"},
        {"[a]: 1", BP_EINPUT, 1, 1, "an array can't be the name"},
        {"? {a: 1}\n: 2", BP_EINPUT, 1, 3, "an object can't be the name"},
        {"a: {{ .Values.x }}", BP_EINPUT, 1, 5, "put a value that begins with '{{' in quotes"},
        {": 1", BP_EINPUT, 1, 1, "did not find expected key"},
        {"{: 1}", BP_EINPUT, 1, 2, "did not find expected node content"},
        {"a: 1\n?\n: 2\n", BP_EINPUT, 2, 2, "a member without a name"},
        {"{? , a: 1}", BP_EINPUT, 1, 4, "a member without a name"},
        {"a: &x 1\n*x : 2", BP_EINPUT, 2, 1, "an alias can't be the name"},
        {"b: &b {x: 1}\na:\n  <<: *b\n", BP_EINPUT, 3, 3, "merge keys"},
        {"{a:1}", BP_EINPUT, 1, 2, "member 'a:1' has no value; put a space"},
        {"{b: 1, http://x}", BP_EINPUT, 1, 8, "has no value"},
        {"\"a\\0b\": 1", BP_EINPUT, 1, 1, "NUL"},
    };

    (void)state;
    READS(t);
    REFUSED(r);
}

static void test_many_members(void **state)
{
    static const struct refusal r = {"", BP_EINPUT, 200001, 1, "'m7', first at line 8 column 1"};
    struct bp_str text = BP_STR_INIT;
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_err e = BP_ERR_INIT;
    cJSON *doc;

    (void)state;
    for (int i = 0; i < 200000; i++)
        bp_str_addf(&text, "m%d: %d\n", i, i);
    doc = bp_yaml_parse(&a, text.s, text.len, "t", &e);
    assert_non_null(doc);
    assert_int_equal(bp_json_count(doc), 200000);
    bp_str_adds(&text, "m7: 1\n");
    check_refused_text(text.s, text.len, &r);
    for (int at = 13; at < 20; at++) {
        const struct refusal near = {"", BP_EINPUT, (unsigned)at + 1, 1, "'m0', first at line 1"};

        bp_str_clear(&text);
        for (int i = 0; i < at; i++)
            bp_str_addf(&text, "m%d: %d\n", i, i);
        bp_str_adds(&text, "m0: 1\n");
        check_refused_text(text.s, text.len, &near);
    }
    bp_arena_release(&a);
    bp_str_release(&text);
}

static void test_tags(void **state)
{
    static const struct pair t[] = {
        {"[!!str 12, !!str , !!str true, !!int 12, !!int \"0x10\", !!float 1, !!float 1e5]",
         "[\"12\",\"\",\"true\",12,16,1,1e5]"},
        {"[!!bool 'true', !!null '', !!null ~, !<tag:yaml.org,2002:str> 1]",
         "[true,null,null,\"1\"]"},
        {"[! 12, ! true, ! '', !  , &a ! 12, ! &b 12, ! \"x\", \"\\u00e9\", ! 1]",
         "[\"12\",\"true\",\"\",\"\",\"12\",\"12\",\"x\",\"é\",\"1\"]"},
        {"!!map {a: !!seq [1], b: ! [2], c: ! {}}", "{\"a\":[1],\"b\":[2],\"c\":{}}"},
        {"%TAG !y! tag:yaml.org,2002:\n--- !y!str 12\n", "\"12\""},
    };
    static const struct refusal r[] = {
        {"a: !foo 1", BP_EINPUT, 1, 4, "tag '!foo' is not known"},
        {"a: !foo {}", BP_EINPUT, 1, 4, "tag '!foo' is not known"},
        {"a: !!binary aGk=", BP_EINPUT, 1, 4, "tag '!!binary' is not known"},
        {"- !!set {a}", BP_EINPUT, 1, 3, "tag '!!set'"},
        {"- !!map x", BP_EINPUT, 1, 3, "tag '!!map'"},
        {"- !!seq {}", BP_EINPUT, 1, 3, "tag '!!seq'"},
        {"- !!str []", BP_EINPUT, 1, 3, "tag '!!str'"},
        {"- !!int x", BP_EINPUT, 1, 3, "'x' is not what its tag '!!int' says"},
        {"- !!int 1.0", BP_EINPUT, 1, 3, "not what its tag"},
        {"- !!bool no", BP_EINPUT, 1, 3, "not what its tag"},
        {"- !!null 0", BP_EINPUT, 1, 3, "not what its tag"},
        {"- !!float .inf", BP_EINPUT, 1, 3, "JSON can't hold"},
        {"!!foo a: 1", BP_EINPUT, 1, 1, "tag '!!foo'"},
        {"- !x!y z", BP_EINPUT, 1, 3, "undefined tag handle"},
    };

    (void)state;
    READS(t);
    REFUSED(r);
}

static void test_anchors(void **state)
{
    static const struct pair t[] = {
        {"a: &x {k: [1, two]}\nb: *x\nc: [*x, *x]\n",
         "{\"a\":{\"k\":[1,\"two\"]},\"b\":{\"k\":[1,\"two\"]},\"c\":[{\"k\":[1,\"two\"]},"
         "{\"k\":[1,\"two\"]}]}"},
        {"[&a 1, *a, &a 2, *a]", "[1,1,2,2]"},
        {"&k key: *k", "{\"key\":\"key\"}"},
        {"[&a , *a]", "[null,null]"},
        {"&a [&a 1, *a]", "[1,1]"},
    };
    static const struct refusal r[] = {
        {"a: *x", BP_EINPUT, 1, 4, "alias '*x' has no anchor before it"},
        {"a: *x\nb: &x 1", BP_EINPUT, 1, 4, "no anchor before it"},
        {"&a [*a]", BP_EINPUT, 1, 5, "alias '*a' stands inside its own anchor"},
        {"&a {b: {c: *a}}", BP_EINPUT, 1, 12, "inside its own anchor"},
    };
    static const char two[] = "--- &a 1\n--- *a\n";
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_err e = BP_ERR_INIT;
    struct bp_yaml *y = bp_yaml_new(two, sizeof two - 1, "t");
    cJSON *doc;

    (void)state;
    READS(t);
    REFUSED(r);
    /* Anchors end with their document. */
    assert_int_equal(bp_yaml_next(y, &a, &doc, &e), 1);
    assert_int_equal(bp_yaml_next(y, &a, &doc, &e), BP_EINPUT);
    assert_int_equal(e.pos.line, 2);
    assert_null(doc);
    /* Nothing more can be read. */
    assert_int_equal(bp_yaml_next(y, &a, &doc, &e), BP_EINPUT);
    bp_yaml_free(y);
    bp_arena_release(&a);
}

static void test_alias_bounds(void **state)
{
    static const struct refusal laughs = {"", BP_ELIMIT, 4, 48, "aliases expand to too much"};
    static const struct refusal wide = {"", BP_ELIMIT, 33, 3, "aliases expand to too much"};
    static const struct refusal deep = {"", BP_ELIMIT, 2, 259, "deeper than 512"};
    struct bp_str text = BP_STR_INIT;
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    bp_str_adds(&text, "- &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 9; i++) {
        bp_str_addf(&text, "- &a%d [", i);
        for (int k = 0; k < 10; k++)
            bp_str_addf(&text, "%s*a%d", k ? ", " : "", i - 1);
        bp_str_adds(&text, "]\n");
    }
    check_refused_text(text.s, text.len, &laughs);

    /* Few values, much text: one of 50 kB, some 70 times, or as the name of a member. */
    bp_str_clear(&text);
    bp_str_adds(&text, "- &a ");
    for (int i = 0; i < 50000; i++)
        bp_str_addc(&text, 'x');
    for (int i = 0; i < 70; i++)
        bp_str_adds(&text, "\n- *a");
    check_refused_text(text.s, text.len, &wide);
    bp_str_cut(&text, 0);
    bp_str_adds(&text, "? ");
    for (int i = 0; i < 50000; i++)
        bp_str_addc(&text, 'x');
    bp_str_adds(&text, "\n: &a 1\nb: [*a");
    for (int i = 0; i < 1000; i++)
        bp_str_adds(&text, ",*a");
    bp_str_adds(&text, "]\n");
    assert_non_null(bp_yaml_parse(&a, text.s, text.len, "t", &e));
    assert_in_range(a.total, 1, 1000000);

    bp_str_clear(&text);
    bp_str_adds(&text, "- &a ");
    for (int i = 0; i < 256; i++)
        bp_str_addc(&text, '[');
    for (int i = 0; i < 256; i++)
        bp_str_addc(&text, ']');
    bp_str_adds(&text, "\n- ");
    for (int i = 0; i < 255; i++)
        bp_str_addc(&text, '[');
    e = (struct bp_err)BP_ERR_INIT;
    bp_str_adds(&text, "*a");
    for (int i = 0; i < 255; i++)
        bp_str_addc(&text, ']');
    assert_non_null(bp_yaml_parse(&a, text.s, text.len, "t", &e));
    bp_str_cut(&text, text.len - 257);
    bp_str_adds(&text, "[*a]");
    for (int i = 0; i < 255; i++)
        bp_str_addc(&text, ']');
    check_refused_text(text.s, text.len, &deep);
    bp_arena_release(&a);
    bp_str_release(&text);
}

static cJSON *read_nested(struct bp_arena *a, const char *open, int depth, struct bp_err *e)
{
    struct bp_str text = BP_STR_INIT;
    cJSON *doc;

    for (int i = 0; i < depth; i++)
        bp_str_adds(&text, open);
    if (open[0] == '-')
        bp_str_adds(&text, "x");
    for (int i = 0; i < depth && open[0] != '-'; i++)
        bp_str_addc(&text, open[0] == '[' ? ']' : '}');
    doc = bp_yaml_parse(a, text.s, text.len, "t", e);
    bp_str_release(&text);
    return doc;
}

static void test_depth(void **state)
{
    static const char *const open[] = {"[", "{a: ", "- "};
    struct bp_arena a = BP_ARENA_INIT;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct bp_err e = BP_ERR_INIT;

        assert_non_null(read_nested(&a, open[i], BP_JSON_MAX_DEPTH, &e));
        assert_null(read_nested(&a, open[i], BP_JSON_MAX_DEPTH + 1, &e));
        assert_int_equal(e.code, BP_ELIMIT);
        assert_int_equal(e.pos.col, 1 + BP_JSON_MAX_DEPTH * strlen(open[i]));
        assert_null(read_nested(&a, open[i], 300000, &e));
        assert_int_equal(e.code, BP_ELIMIT);
    }
    bp_arena_release(&a);
}

/* What costs libyaml quadratic time is refused, and soon. */
static void test_quadratic(void **state)
{
    static const struct refusal tags = {"", BP_ELIMIT, 101, 1, "more than 100 %TAG"};
    struct bp_str text = BP_STR_INIT;
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_err e = BP_ERR_INIT;
    clock_t begin = clock();

    (void)state;
    for (int i = 0; i < 500; i++)
        bp_str_addc(&text, '[');
    for (int i = 0; i < 1000000; i++)
        bp_str_adds(&text, i % 100 ? "1," : "1,\n");
    assert_null(bp_yaml_parse(&a, text.s, text.len, "t", &e));
    assert_int_equal(e.code, BP_ELIMIT);
    assert_non_null(strstr(e.msg, "too much is nested too deeply"));
    bp_str_clear(&text);
    for (int i = 0; i < 100000; i++)
        bp_str_addf(&text, "%%TAG !a%d! x\n", i);
    check_refused_text(text.s, text.len, &tags);
    assert_true((clock() - begin) / CLOCKS_PER_SEC < 10);
    bp_arena_release(&a);
    bp_str_release(&text);
}

static void test_positions(void **state)
{
    static const char text[] = "# é\nmetadata:\n  name: 'é'\n  list: [é, {k: v}]\nspec:\n- a\n";
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_err e = BP_ERR_INIT;
    cJSON *doc = bp_yaml_parse(&a, text, sizeof text - 1, "file.yaml", &e);
    cJSON *list = bp_json_path(doc, "metadata", "list", NULL);
    const cJSON *k = bp_json_get(list->child->next, "k");

    (void)state;
    assert_int_equal(bp_json_pos(doc).line, 2);
    assert_string_equal(bp_json_pos(doc).file, "file.yaml");
    assert_int_equal(bp_json_pos(list).line, 4);
    assert_int_equal(bp_json_pos(list).col, 9);
    assert_int_equal(bp_json_key_pos(list).col, 3);
    assert_int_equal(bp_json_pos(k).col, 17);
    assert_int_equal(bp_json_key_pos(k).col, 14);
    assert_int_equal(bp_json_pos(bp_json_get(doc, "spec")->child).line, 6);
    assert_int_equal(bp_json_pos(bp_json_get(doc, "spec")->child).col, 3);
    assert_ptr_equal(bp_json_parent(k), list->child->next);
    bp_arena_release(&a);
}

static void test_syntax_errors(void **state)
{
    static const struct refusal r[] = {
        {"a: [1, 2\nb: 3\n", BP_EINPUT, 2, 2, "begun at line 1 column 4"},
        {"a: {b: [1\n\n", BP_EINPUT, 3, 1, "begun at line 1 column 8"},
        {"a: \"x\n", BP_EINPUT, 2, 1, "found unexpected end of stream"},
        {"a:\n\tb: 1\n", BP_EINPUT, 2, 1, "a tab can't indent; use spaces"},
        {"é: 1\na: @x", BP_EINPUT, 2, 4, "a value can't begin with '@'; put it in quotes"},
        {"a: b: c", BP_EINPUT, 1, 5, "mapping values are not allowed"},
        {"a: 1\n b: 2", BP_EINPUT, 2, 3, "mapping values are not allowed"},
        {"a: 1\nb\nc: 2", BP_EINPUT, 3, 1, "could not find expected ':'"},
        {"\"a\" \"b\"", BP_EINPUT, 1, 5, "expected <document start> behind the end"},
        {"a: \"\\q\"", BP_EINPUT, 1, 5, "unknown escape"},
        {"%YAML 1.3\n--- a", BP_EINPUT, 1, 1, "incompatible YAML document"},
        {"%YAML 2.0\n--- a", BP_EINPUT, 1, 1, "incompatible YAML document"},
        {"a: .inf", BP_EINPUT, 1, 4, "'.inf' is a number that JSON can't hold"},
        {"a: -.INF", BP_EINPUT, 1, 4, "JSON can't hold"},
        {"- .nan", BP_EINPUT, 1, 3, "JSON can't hold"},
        {"- \"a\\0b\"", BP_EINPUT, 1, 3, "must not contain NUL"},
        {"", BP_EINPUT, 1, 1, "there is no document"},
        {"# only\n---\n...\n", BP_EINPUT, 1, 1, "there is no document"},
        {"a: 1\n---\nb: 1\n", BP_EINPUT, 3, 1, "a second document"},
    };

    (void)state;
    REFUSED(r);
}

static void test_encoding(void **state)
{
    static const struct {
        struct refusal r;
        size_t len;
    } t[] = {
        {{"a: é\xFF\n", BP_EINPUT, 1, 5, "malformed UTF-8"}, 7},
        {{"é: 1\r\nü: \xC3(", BP_EINPUT, 2, 4, "malformed UTF-8"}, 14},
        {{"a: \xED\xA0\x80", BP_EINPUT, 1, 4, "malformed UTF-8"}, 6},
        {{"a: \xC0\x80", BP_EINPUT, 1, 4, "malformed UTF-8"}, 5},
        {{"a: \xE2\x82", BP_EINPUT, 1, 4, "malformed UTF-8"}, 5},
        {{"a: 1\nb: \x07\n", BP_EINPUT, 2, 4, "character U+0007 is not allowed"}, 11},
        {{"a: \x7F", BP_EINPUT, 1, 4, "character U+007F"}, 4},
        {{"abc: \0", BP_EINPUT, 1, 6, "NUL"}, 6},
        {{"\xFF\xFE\x61\0", BP_EINPUT, 1, 1, "not UTF-8"}, 4},
        {{"\xFE\xFF\0\x61", BP_EINPUT, 1, 1, "not UTF-8"}, 4},
        {{"\0\x61\0\x3A", BP_EINPUT, 1, 1, "not UTF-8"}, 4},
        {{"\x61\0\x3A\0", BP_EINPUT, 1, 2, "not UTF-8"}, 4},
        {{"\xEF\xBB\xBF"
          "a: @",
          BP_EINPUT, 1, 4, "begin with '@'"},
         7},
        {{"\xEF\xBB\xBF"
          "a: \x01",
          BP_EINPUT, 1, 4, "U+0001"},
         7},
    };
    static const struct pair bom[] = {{"\xEF\xBB\xBF"
                                       "a: \"\\uFEFF\"",
                                       "{\"a\":\"\xEF\xBB\xBF\"}"}};

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++)
        check_refused_text(t[i].r.yaml, t[i].len, &t[i].r);
    READS(bom);
}

static void test_streams(void **state)
{
    static const char text[] =
        "# nothing\n---\n# nothing\n---\na: 1\n...\n%YAML 1.1\n---\n- no\n- 010\n"
        "--- ~\n--- ''\n--- # nothing\n---\nb: 2\n";
    static const char *const docs[] = {"{\"a\":1}", "[\"no\",10]", "null", "\"\"", "{\"b\":2}"};
    struct bp_yaml *y = bp_yaml_new(text, sizeof text - 1, "t");
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_str out = BP_STR_INIT;
    struct bp_err e = BP_ERR_INIT;
    size_t n = 0;
    cJSON *doc;

    (void)state;
    while (bp_yaml_next(y, &a, &doc, &e) == 1) {
        assert_in_range(n, 0, 4);
        bp_str_clear(&out);
        bp_json_write(doc, &out);
        assert_string_equal(out.s, docs[n++]);
        bp_arena_reset(&a);
    }
    assert_int_equal(n, 5);
    assert_int_equal(e.code, 0);
    assert_null(doc);
    assert_int_equal(bp_yaml_next(y, &a, &doc, &e), 0);
    bp_yaml_free(y);
    bp_yaml_free(NULL);
    bp_str_release(&out);
    bp_arena_release(&a);
}

/* ---- printing ---- */

static void test_write_golden(void **state)
{
    static const char text[] =
        "{\"kind\":\"K\",\"metadata\":{\"name\":\"site\",\"labels\":{}},\"spec\":{\"list\":[1,"
        "\"two\","
        "[],"
        "[[1,2],[3]],{\"b\":[true,false],\"a\":null},{\"text\":\"l1\\n\\nl3\\n\"}],\"none\":[],"
        "\"args\":[\"--flag=x\",\"-\",\"8080\",\"80:80\",\"1.2.3\",\"10.0.0.1\"],"
        "\"text\":\"a\\n b\",\"keep\":\"a\\n\\n\",\"lead\":\" a\\nb\\n\",\"json\":\"{\\\"a\\\": "
        "'b'}\","
        "\"no\":\"no\",\"n\":1.10,\"e\":1e5,\"url\":\"http://h:1/p?q#f\",\"sp\":\"a  b \"}}";
    static const char yaml[] = "kind: K\n"
                               "metadata:\n"
                               "  labels: {}\n"
                               "  name: site\n"
                               "spec:\n"
                               "  args:\n"
                               "  - --flag=x\n"
                               "  - \"-\"\n"
                               "  - \"8080\"\n"
                               "  - \"80:80\"\n"
                               "  - 1.2.3\n"
                               "  - 10.0.0.1\n"
                               "  e: !!float 1e5\n"
                               "  json: '{\"a\": ''b''}'\n"
                               "  keep: |+\n"
                               "    a\n"
                               "\n"
                               "  lead: |2\n"
                               "     a\n"
                               "    b\n"
                               "  list:\n"
                               "  - 1\n"
                               "  - two\n"
                               "  - []\n"
                               "  - - - 1\n"
                               "      - 2\n"
                               "    - - 3\n"
                               "  - a: null\n"
                               "    b:\n"
                               "    - true\n"
                               "    - false\n"
                               "  - text: |\n"
                               "      l1\n"
                               "\n"
                               "      l3\n"
                               "  \"n\": 1.10\n"
                               "  \"no\": \"no\"\n"
                               "  none: []\n"
                               "  sp: \"a  b \"\n"
                               "  text: |-\n"
                               "    a\n"
                               "     b\n"
                               "  url: http://h:1/p?q#f\n";
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_str out = BP_STR_INIT;
    cJSON *doc = bp_yaml_parse(&a, text, sizeof text - 1, "t", NULL);

    (void)state;
    assert_non_null(doc);
    bp_yaml_write(doc, &out);
    assert_string_equal(out.s, yaml);
    bp_str_release(&out);
    bp_arena_release(&a);
}

static void check_round(struct bp_arena *a, const cJSON *n)
{
    struct bp_str yaml = BP_STR_INIT, was = BP_STR_INIT, is = BP_STR_INIT;
    struct bp_err e = BP_ERR_INIT;
    cJSON *back;

    bp_yaml_write(n, &yaml);
    assert_int_equal(yaml.s[yaml.len - 1], '\n');
    back = bp_yaml_parse(a, yaml.s, yaml.len, "t", &e);
    bp_json_write_pretty(n, &was);
    if (!back)
        fail_msg("%u:%u: %s\n%s\n%s", e.pos.line, e.pos.col, e.msg, was.s, yaml.s);
    bp_json_write_pretty(back, &is);
    assert_string_equal(is.s, was.s);
    bp_str_release(&yaml);
    bp_str_release(&was);
    bp_str_release(&is);
}

static cJSON *object_of(struct bp_arena *a, const char *s)
{
    cJSON *o = bp_json_object(a);

    bp_json_set_string(a, o, s, s);
    return o;
}

/* The string in every place that a string can have. */
static void check_string(const char *s)
{
    struct bp_arena a = BP_ARENA_INIT;
    cJSON *o = bp_json_object(&a), *list = bp_json_array(&a), *deep = bp_json_array(&a);

    check_round(&a, bp_json_string(&a, s));
    bp_json_append(list, bp_json_string(&a, s));
    check_round(&a, list);
    bp_json_append(list, bp_json_string(&a, s));
    bp_json_append(deep, bp_json_string(&a, s));
    bp_json_append(deep, object_of(&a, s));
    bp_json_append(list, deep);
    bp_json_append(list, bp_json_string(&a, "z"));
    bp_json_set_string(&a, o, s, s);
    check_round(&a, o);
    bp_json_set(&a, o, "list", list);
    bp_json_set_string(&a, o, "zz", s);
    bp_json_set(&a, o, s, object_of(&a, s));
    check_round(&a, o);
    bp_arena_release(&a);
}

static const char *const nasty[] = {
    "",
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "a\rb",
    "a\r\nb\r\n",
    "a\n",
    "a\n\n",
    "a\n\n\n",
    "\na",
    "\n\na\n",
    " a",
    "a ",
    " a ",
    "\ta",
    "a\t",
    "a\tb",
    " \n",
    "\n ",
    "a\n ",
    "a\n \n",
    "a \nb",
    " a\nb",
    "  a\n b\n",
    "\ta\nb",
    "a\n\tb",
    "a\n\n\n b\n\n",
    "a\n b\n  c",
    "#",
    "#a",
    "a#",
    "a #b",
    "a# b",
    ":",
    "a:",
    ":a",
    "a: b",
    "a:b",
    "a : b",
    "-",
    "- ",
    "- a",
    "-a",
    "--",
    "---",
    "--- a",
    "---a",
    "...",
    "... ",
    "...a",
    "a\n---\nb",
    "a\n...\n",
    "?",
    "? a",
    "?a",
    "&a",
    "*a",
    "!a",
    "!",
    "!!str",
    "|",
    ">",
    "|-\n a",
    "%",
    "%YAML 1.2",
    "@",
    "`",
    "\"",
    "'",
    "\"a\"",
    "'a'",
    "a'b",
    "a\"b",
    "it's",
    "\\",
    "\\n",
    "a\\",
    "{",
    "}",
    "[",
    "]",
    "{}",
    "[]",
    "{a: 1}",
    "[1, 2]",
    ",",
    "a,b",
    "a, b",
    "<<",
    "=",
    "~",
    "null",
    "Null",
    "NULL",
    "nUll",
    "true",
    "True",
    "TRUE",
    "tRUE",
    "false",
    "yes",
    "Yes",
    "YES",
    "no",
    "No",
    "on",
    "off",
    "OFF",
    "y",
    "Y",
    "n",
    "N",
    "0",
    "-0",
    "+0",
    "1",
    "-1",
    "+1",
    "01",
    "007",
    "08",
    "0o7",
    "0x1f",
    "0X1F",
    "0b1",
    "1_000",
    "1,000",
    "1e5",
    "1e400",
    "1.5e-3",
    ".5",
    "5.",
    ".",
    "..",
    "1.2.3",
    "1.2",
    "12:30:45",
    "1:2",
    "190:20:30.15",
    "2001-01-01",
    "2001-1-1",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43",
    ".inf",
    "-.inf",
    "+.Inf",
    ".NAN",
    ".nan",
    "inf",
    "\x01",
    "\x02\x1F",
    "\x7F",
    "\x1B[31m",
    "\xC2\x80",
    "\xC2\x85",
    "a\xC2\x85"
    "b",
    "\xC2\x9F",
    "\xC2\xA0",
    "\xC2\xA0"
    "a",
    "\xE2\x80\xA8",
    "a\xE2\x80\xA9"
    "b",
    "\xEF\xBB\xBF",
    "\xEF\xBB\xBF"
    "a",
    "a\xEF\xBB\xBF",
    "a\n\xEF\xBB\xBF"
    "b",
    "\xE2\x80\xAE"
    "abc",
    "\xEF\xBF\xBD",
    "\xEF\xBF\xBE",
    "\xEF\xBF\xBF",
    "\xEE\x80\x80",
    "\xED\x9F\xBF",
    "é",
    "日本語",
    "😀",
    "😀 : 😀",
    "\xF4\x8F\xBF\xBF",
    "\xF0\x9F\xBF\xBE",
    "a\n😀\n",
    "/a/b",
    "a=b",
    "$(x)",
    "${x}",
    "a|b",
    "x > y",
    "key: |",
    "* a",
    "*",
};

static void test_round_strings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof nasty / sizeof *nasty; i++)
        check_string(nasty[i]);
}

/* All characters up to U+02FF and some beyond: alone, at either end, in the middle, beside a line.
 */
static void test_round_characters(void **state)
{
    static const char *const around[][2] = {{"", ""},   {"a", ""},    {"", "a"},    {"a", "b"},
                                            {"a ", ""}, {"", " a"},   {"a\n", ""},  {"", "\na"},
                                            {"1", ""},  {"a\n", "b"}, {"- ", " - "}};
    struct bp_str text = BP_STR_INIT;

    (void)state;
    for (uint32_t cp = 1; cp < 0x3000; cp += cp < 0x300 || (cp >= 0x2000 && cp < 0x2080) ? 1 : 61) {
        char utf8[4];
        size_t n = bp_utf8_encode(cp, utf8);

        for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
            bp_str_clear(&text);
            bp_str_adds(&text, around[i][0]);
            bp_str_add(&text, utf8, n);
            bp_str_adds(&text, around[i][1]);
            check_string(text.s);
        }
    }
    bp_str_release(&text);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void test_round_mixtures(void **state)
{
    static const char *const parts[] = {" ",  "\n",   "-", ":", "#", "a",  "'", "\"",
                                        "\\", "\t",   "é", "0", ".", "e",  "?", "|",
                                        "  ", "\n\n", "[", "}", ",", "\r", "%", "1"};
    struct bp_str text = BP_STR_INIT;
    uint32_t seed = 7;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        bp_str_clear(&text);
        for (uint32_t n = next_random(&seed) % 7; n; n--)
            bp_str_adds(&text, parts[next_random(&seed) % (sizeof parts / sizeof *parts)]);
        check_string(text.s);
    }
    bp_str_release(&text);
}

static void test_round_long(void **state)
{
    static const char *const fill[] = {"x", "a ", "a: ", "\"", "é", "\x01", "a\n", "\n"};

    (void)state;
    for (size_t i = 0; i < sizeof fill / sizeof *fill; i++) {
        static const size_t sizes[] = {127, 128, 129, 998, 1000, 1020, 1024, 1100, 5000, 100000};

        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            struct bp_str text = BP_STR_INIT;

            while (text.len < sizes[k])
                bp_str_adds(&text, fill[i]);
            check_string(text.s);
            bp_str_release(&text);
        }
    }
}

static void test_round_numbers(void **state)
{
    static const char *const numbers[] = {"0",
                                          "-0",
                                          "1",
                                          "-1",
                                          "1.10",
                                          "1.0",
                                          "1e5",
                                          "1E5",
                                          "1e+5",
                                          "1.5e5",
                                          "1.5e-5",
                                          "1e400",
                                          "-1e-400",
                                          "12345678901234567890",
                                          "0.30000000000000004",
                                          "1.0E+2",
                                          "0e0",
                                          "0.0e00",
                                          "100000000000000000000"};
    struct bp_arena a = BP_ARENA_INIT;
    cJSON *list = bp_json_array(&a);

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        cJSON *n = bp_json_number(&a, numbers[i], strlen(numbers[i]));

        check_round(&a, n);
        bp_json_append(list, bp_json_copy(&a, n));
    }
    check_round(&a, list);
    bp_arena_release(&a);
}

static void test_round_depth(void **state)
{
    struct bp_arena a = BP_ARENA_INIT;

    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        cJSON *n = bp_json_string(&a, "a\nb\n");

        for (int i = 0; i < BP_JSON_MAX_DEPTH; i++) {
            cJSON *outer =
                kind == 0 || (kind == 2 && i % 2) ? bp_json_array(&a) : bp_json_object(&a);

            if (cJSON_IsArray(outer))
                bp_json_append(outer, n);
            else
                bp_json_add(outer, "k", n);
            n = outer;
        }
        check_round(&a, n);
    }
    bp_arena_release(&a);
}

/* What YAML 1.1 would take for something else must not be plain, and the rest should be. */
static void test_other_readers(void **state)
{
    static const char *const quoted[] = {"y",   "Yes",   "NO",   "off",        "0o7", "0b1",
                                         "1_0", "12:30", "1,5",  "2001-01-01", "<<",  "=",
                                         "~",   "0777",  ".INF", "-0x1",       "1e3"};
    static const char *const plain[] = {"yes!", "1.2.3", "10.0.0.1", "v1", "nope", "a",
                                        "2001", "1a",    "12-x",     "e5", "-x",   "2001-x"};

    (void)state;
    for (size_t i = 0; i < sizeof quoted / sizeof *quoted; i++)
        assert_false(bp_yaml_always_string(quoted[i], strlen(quoted[i])));
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        assert_int_equal(bp_yaml_always_string(plain[i], strlen(plain[i])),
                         strcmp(plain[i], "2001") != 0);
    assert_true(bp_yaml_always_number("1.0e+5"));
    assert_true(bp_yaml_always_number("15"));
    assert_false(bp_yaml_always_number("1.0e5"));
    assert_false(bp_yaml_always_number("1e+5"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_core_schema),    cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_number_bound),   cmocka_unit_test(test_scalar_function),
        cmocka_unit_test(test_names),          cmocka_unit_test(test_many_members),
        cmocka_unit_test(test_tags),           cmocka_unit_test(test_anchors),
        cmocka_unit_test(test_alias_bounds),   cmocka_unit_test(test_depth),
        cmocka_unit_test(test_quadratic),      cmocka_unit_test(test_positions),
        cmocka_unit_test(test_syntax_errors),  cmocka_unit_test(test_encoding),
        cmocka_unit_test(test_streams),        cmocka_unit_test(test_write_golden),
        cmocka_unit_test(test_round_strings),  cmocka_unit_test(test_round_characters),
        cmocka_unit_test(test_round_mixtures), cmocka_unit_test(test_round_long),
        cmocka_unit_test(test_round_numbers),  cmocka_unit_test(test_round_depth),
        cmocka_unit_test(test_other_readers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
