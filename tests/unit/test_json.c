/* lib/json: reading, printing, numbers, pointers, streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "json/input.h"
#include "json/number.h"
#include "json/pointer.h"
#include "json/read.h"
#include "json/write.h"

static cJSON *parse(struct bp_arena *a, const char *text)
{
    struct bp_err e = BP_ERR_INIT;
    cJSON *n = bp_json_parse(a, text, strlen(text), "t", &e);

    if (!n)
        print_message("%u:%u: %s\n", e.pos.line, e.pos.col, e.msg);
    assert_non_null(n);
    return n;
}

static void assert_written(const char *text, const char *compact, const char *canonical)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_str out = BP_STR_INIT;
    cJSON *n = parse(&a, text);

    bp_json_write(n, &out);
    assert_string_equal(out.s, compact);
    bp_str_clear(&out);
    bp_json_write_canonical(n, &out);
    assert_string_equal(out.s, canonical);
    bp_str_release(&out);
    bp_arena_release(&a);
}

static void test_values(void **state)
{
    (void)state;
    assert_written("null", "null", "null");
    assert_written(" [ true , false ] ", "[true,false]", "[true,false]");
    assert_written("{\"b\":1,\"a\":{}}", "{\"b\":1,\"a\":{}}", "{\"a\":{},\"b\":1}");
    assert_written("\"\\u00e9\\ud83d\\ude00\\/\\n\\u0001\"", "\"é😀/\\n\\u0001\"",
                   "\"é😀/\\n\\u0001\"");
    /* The example of RFC 8785, section 3.2.3: names in order of UTF-16 code units. */
    assert_written(
        "{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,"
        "\"\\u00f6\":7}",
        "{\"€\":1,\"\\r\":2,\"\xef\xac\xb3\":3,\"1\":4,\"😀\":5,\"\xc2\x80\":6,\"ö\":7}",
        "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\xef\xac\xb3\":3}");
}

/* What cJSON's own printer loses: see the table of its pitfalls. */
static void test_numbers_survive(void **state)
{
    static const char *const rows[][2] = {
        {"9007199254740991", "9007199254740991"},
        {"1234567890123460", "1234567890123460"},
        {"1234567890123456789", "1234567890123456789"},
        {"12345678901234567890", "12345678901234567890"},
        {"0.30000000000000004", "0.30000000000000004"},
        {"3.0000000000000004", "3.0000000000000004"},
        {"1.7976931348623157e308", "1.7976931348623157e+308"},
        {"1e400", "1e+400"},
        {"1e-400", "1e-400"},
        {"1.0", "1"},
        {"1.10", "1.1"},
        {"100000000000000000000", "100000000000000000000"},
        {"1e21", "1e+21"},
        {"-0", "0"},
        {"-0.0e5", "0"},
        {"0.000001", "0.000001"},
        {"0.0000001", "1e-7"},
        {"123e-20", "1.23e-18"},
        {"120.50e1", "1205"},
        {"-12.5", "-12.5"},
        {"0.00120e5", "120"},
        {"333333333.33333329", "333333333.33333329"},
        {"4.50", "4.5"},
        {"2e-3", "0.002"},
        {"123456789012345678901234567890", "1.2345678901234567890123456789e+29"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_written(rows[i][0], rows[i][0], rows[i][1]);
}

static void test_number_order(void **state)
{
    static const char *const ascending[] = {"-1e400",
                                            "-10",
                                            "-9.5",
                                            "-0.1",
                                            "0",
                                            "1e-400",
                                            "0.1",
                                            "0.11",
                                            "0.2",
                                            "1",
                                            "1.0001",
                                            "2",
                                            "10",
                                            "1e2",
                                            "101",
                                            "9007199254740992",
                                            "9007199254740993",
                                            "1e400"};
    size_t n = sizeof ascending / sizeof *ascending;
    int64_t v;

    (void)state;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            assert_int_equal(bp_number_cmp(ascending[i], ascending[k]), (i > k) - (i < k));
    assert_int_equal(bp_number_cmp("1.0", "10e-1"), 0);
    assert_int_equal(bp_number_cmp("-0", "0.000"), 0);
    assert_true(bp_number_is_integer("1.0"));
    assert_true(bp_number_is_integer("1.5e1"));
    assert_false(bp_number_is_integer("1.5"));
    assert_true(bp_number_to_int64("-9223372036854775808", &v));
    assert_true(v == INT64_MIN);
    assert_true(bp_number_to_int64("9223372036854775807", &v));
    assert_true(v == INT64_MAX);
    assert_false(bp_number_to_int64("9223372036854775808", &v));
    assert_true(bp_number_to_int64("1.20e2", &v));
    assert_true(v == 120);
    assert_false(bp_number_to_int64("1e19", &v));
}

struct refusal {
    const char *text;
    unsigned line, col;
    const char *message;
};

static void test_refused(void **state)
{
    static const struct refusal rows[] = {
        {"", 1, 1, "unexpected end"},
        {"{", 1, 2, "unexpected end"},
        {"{\"a\":1", 1, 7, "unexpected end"},
        {"[1,\n 2,\n", 3, 1, "unexpected end"},
        {"\"abc", 1, 5, "not closed"},
        {"tru", 1, 4, "cut off"},
        {"{} x", 1, 4, "something follows"},
        {"nullnull", 1, 5, "something follows"},
        {"01", 1, 1, "malformed number"},
        {"1.", 1, 1, "malformed number"},
        {"1.e5", 1, 1, "malformed number"},
        {"-", 1, 1, "malformed number"},
        {"0x10", 1, 2, "something follows"},
        {"+1", 1, 1, "expected a JSON value"},
        {"NaN", 1, 1, "expected a JSON value"},
        {"[1,]", 1, 4, "expected a JSON value"},
        {"{\"a\":1,}", 1, 8, "member name"},
        {"{a:1}", 1, 2, "member name"},
        {"{\"a\" 1}", 1, 6, "expected ':'"},
        {"[1 2]", 1, 4, "expected ','"},
        {"\"a\tb\"", 1, 3, "control character"},
        {"\"\\x\"", 1, 3, "unknown escape"},
        {"\"\\u00g0\"", 1, 6, "hexadecimal"},
        {"\"\\u0000\"", 1, 8, "NUL"},
        {"\"\\ud800\"", 1, 8, "surrogate"},
        {"\"\\udc00\"", 1, 8, "surrogate"},
        {"\"\\ud800\\u0041\"", 1, 14, "surrogate"},
        {"\"\xff\"", 1, 2, "UTF-8"},
        {"\"\xc0\xaf\"", 1, 2, "UTF-8"},
        {"\"\xed\xa0\x80\"", 1, 2, "UTF-8"},
        {"{\"a\":1,\n \"a\":2}", 2, 2, "duplicate member name 'a' (first at line 1)"},
        {"{\"é\":1,\"é\":2}", 1, 8, "duplicate"},
        {"[\"é\", x]", 1, 7, "expected a JSON value"},
        {"1e9999999999999999", 1, 1, "out of bounds"},
        {"[\xff]", 1, 2, "invalid UTF-8"},
        {"[\xEF\xBB\xBF]", 1, 2, "a byte order mark can only stand at the very beginning"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bp_arena a = BP_ARENA_INIT;
        struct bp_err e = BP_ERR_INIT;

        assert_null(bp_json_parse(&a, rows[i].text, strlen(rows[i].text), "t", &e));
        if (e.pos.line != rows[i].line || e.pos.col != rows[i].col ||
            !strstr(e.msg, rows[i].message))
            fail_msg("'%s': %u:%u: %s", rows[i].text, e.pos.line, e.pos.col, e.msg);
        bp_arena_release(&a);
    }
}

static void test_large_objects(void **state)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_str text = BP_STR_INIT;
    struct bp_err e = BP_ERR_INIT;
    cJSON *n, *copy;

    (void)state;
    bp_str_addc(&text, '{');
    for (int i = 0; i < 20000; i++)
        bp_str_addf(&text, "\"k%d\":%d,", i, i);
    bp_str_adds(&text, "\"last\":0}");
    n = parse(&a, text.s);
    assert_int_equal(bp_json_count(n), 20001);
    copy = bp_json_copy(&a, n);
    bp_json_sort(copy);
    assert_true(bp_json_equal(n, copy));
    bp_json_set_string(&a, copy, "k7", "x");
    assert_false(bp_json_equal(n, copy));
    bp_str_cut(&text, text.len - 9);
    bp_str_adds(&text, "\"k19\":0}");
    assert_null(bp_json_parse(&a, text.s, text.len, "t", &e));
    assert_non_null(strstr(e.msg, "duplicate member name 'k19'"));
    bp_str_release(&text);
    bp_arena_release(&a);
}

static void test_depth(void **state)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_err e = BP_ERR_INIT;
    char *text = calloc(1, 200001);

    (void)state;
    memset(text, '[', 200000);
    assert_null(bp_json_parse(&a, text, 200000, "t", &e));
    assert_int_equal(e.code, BP_ELIMIT);
    memset(text, '[', BP_JSON_MAX_DEPTH);
    memset(text + BP_JSON_MAX_DEPTH, ']', BP_JSON_MAX_DEPTH);
    assert_non_null(bp_json_parse(&a, text, 2 * BP_JSON_MAX_DEPTH, "t", &e));
    free(text);
    bp_arena_release(&a);
}

/* Indexes are right whatever was done to the list before. */
static void test_pointers_of_changed_lists(void **state)
{
    struct bp_arena a = BP_ARENA_INIT;
    cJSON *list = parse(&a, "[0,1,2,3]");
    cJSON *copy;

    (void)state;
    bp_json_replace(list->child->next, bp_json_null(&a));
    assert_string_equal(bp_json_pointer_of(&a, list->child->next), "/1");
    bp_json_unlink(list->child);
    assert_string_equal(bp_json_pointer_of(&a, list->child), "/0");
    assert_string_equal(bp_json_pointer_of(&a, bp_json_append(list, bp_json_null(&a))), "/3");
    copy = bp_json_copy(&a, list);
    assert_string_equal(bp_json_pointer_of(&a, copy->child->next->next), "/2");
    bp_arena_release(&a);
}

static void test_positions_and_pointers(void **state)
{
    struct bp_arena a = BP_ARENA_INIT;
    cJSON *n = parse(&a, "{\n  \"sp/ec~\": {\"é\": [1,\n   {\"x\": true}]}}");
    cJSON *x = bp_pointer_get(n, "/sp~1ec~0/é/1/x");

    (void)state;
    assert_non_null(x);
    assert_int_equal(bp_json_pos(x).line, 3);
    assert_int_equal(bp_json_pos(x).col, 10);
    assert_int_equal(bp_json_key_pos(x).col, 5);
    assert_string_equal(bp_json_pointer_of(&a, x), "/sp~1ec~0/é/1/x");
    assert_string_equal(bp_json_pointer_of(&a, n), "");
    assert_ptr_equal(bp_pointer_get(n, ""), n);
    assert_null(bp_pointer_get(n, "/sp~1ec~0/é/01"));
    assert_null(bp_pointer_get(n, "/sp~1ec~0/é/2"));
    assert_null(bp_pointer_get(n, "sp"));
    assert_null(bp_pointer_get(n, "/a~2"));
    assert_true(bp_pointer_under("/a/b", "/a"));
    assert_false(bp_pointer_under("/ab", "/a"));
    assert_null(bp_json_get(n, "SP/EC~"));
    bp_arena_release(&a);
}

static void test_editing(void **state)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_str out = BP_STR_INIT;
    cJSON *n = parse(&a, "{\"a\":1,\"b\":[1,2,3],\"c\":3}");
    cJSON *b = bp_json_get(n, "b");

    (void)state;
    bp_json_unlink(b->child->next);
    bp_json_append(b, bp_json_integer(&a, -4));
    bp_json_unlink(b->child);
    bp_json_replace(b->child->next, bp_json_string(&a, "end"));
    bp_json_append(b, bp_json_null(&a));
    bp_json_set(&a, n, "a", bp_json_bool(&a, true));
    assert_true(bp_json_remove(n, "c"));
    assert_false(bp_json_remove(n, "c"));
    bp_json_set_string(&a, n, "d", "x");
    bp_json_write(n, &out);
    assert_string_equal(out.s, "{\"a\":true,\"b\":[3,\"end\",null],\"d\":\"x\"}");
    bp_str_release(&out);
    bp_arena_release(&a);
}

/* The table of RFC 7396, appendix A. */
static void test_merge_patch(void **state)
{
    static const char *const rows[][3] = {
        {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
        {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
        {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
        {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
        {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
        {"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
        {"{\"a\":\"foo\"}", "null", "null"},
        {"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
        {"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
        {"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
        {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bp_arena a = BP_ARENA_INIT;
        struct bp_str out = BP_STR_INIT;

        bp_json_write(bp_json_merge_patch(&a, parse(&a, rows[i][0]), parse(&a, rows[i][1])), &out);
        assert_string_equal(out.s, rows[i][2]);
        bp_str_release(&out);
        bp_arena_release(&a);
    }
}

struct seen {
    struct bp_str text;
};

static int note(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    struct seen *seen = ctx;

    (void)a;
    (void)e;
    bp_str_addf(&seen->text, "%u:%u ", bp_json_pos(doc).line, bp_json_pos(doc).col);
    bp_json_write(doc, &seen->text);
    bp_str_addc(&seen->text, '\n');
    return 0;
}

static void write_slowly(int fd, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (write(fd, text + i, 1) != 1)
            _exit(1);
}

/* The same text a byte at a time and at once gives the same values and positions. */
static void assert_stream_of(const char *text, size_t len, const char *expected, const char *error)
{
    for (int slow = 0; slow < 2; slow++) {
        struct bp_err e = BP_ERR_INIT;
        struct bp_input in = {0};
        struct seen seen = {BP_STR_INIT};
        int fds[2], rc;

        assert_int_equal(pipe(fds), 0);
        if (fork() == 0) {
            close(fds[0]);
            if (slow)
                write_slowly(fds[1], text, len);
            else if (write(fds[1], text, len) != (ssize_t)len)
                _exit(1);
            _exit(0);
        }
        close(fds[1]);
        rc = bp_input_read_fd(&in, fds[0], "<pipe>", note, &seen, &e);
        close(fds[0]);
        assert_string_equal(seen.text.s, expected);
        if (error) {
            assert_true(rc < 0);
            assert_non_null(strstr(e.msg, error));
        } else {
            assert_int_equal(rc, 0);
        }
        bp_str_release(&seen.text);
    }
}

static void assert_stream(const char *text, const char *expected, const char *error)
{
    assert_stream_of(text, strlen(text), expected, error);
}

static void test_stream(void **state)
{
    (void)state;
    assert_stream("", "", NULL);
    assert_stream(" \n\n ", "", NULL);
    assert_stream("{\"a\":1}\n{\"b\":\"}{\\\"\"}\n", "1:1 {\"a\":1}\n2:1 {\"b\":\"}{\\\"\"}\n",
                  NULL);
    assert_stream("{\"a\":\n1}{\"b\":2} [3]", "1:1 {\"a\":1}\n2:3 {\"b\":2}\n2:12 3\n", NULL);
    assert_stream("[{\"é\":1}, {\"b\":2},\n{}] {}",
                  "1:2 {\"é\":1}\n1:11 {\"b\":2}\n2:1 {}\n2:5 {}\n", NULL);
    assert_stream("[]\n[]", "", NULL);
    assert_stream("12 true \"x\"", "1:1 12\n1:4 true\n1:9 \"x\"\n", NULL);
    assert_stream("{\"a\":1}\n{\"b\":", "1:1 {\"a\":1}\n", "unexpected end");
    assert_stream("[{},", "1:2 {}\n", "unexpected end");
    assert_stream("[{},]", "1:2 {}\n", "expected a JSON value");
    assert_stream("[{} {}]", "1:2 {}\n", "expected ',' or ']'");
    assert_stream("[,]", "", "expected a JSON value");
}

/* A NUL is no end, and a mark that comes in pieces is still one. */
static void test_stream_bytes(void **state)
{
    (void)state;
    assert_stream_of("{}\0{}", 5, "1:1 {}\n", "NUL character");
    assert_stream_of("\0", 1, "", "NUL character");
    assert_stream_of("[{}\0]", 5, "1:2 {}\n", "expected ',' or ']'");
    assert_stream_of("{\0\"\0a\0", 6, "", "not UTF-16");
    assert_stream("\xEF\xBB\xBF{\"é\":1} {}", "1:1 {\"é\":1}\n1:9 {}\n", NULL);
    assert_stream("\xEF\xBB\xBF", "", NULL);
    assert_stream("\xEF\xBB\xBF{}\n\xEF\xBB\xBF{}", "1:1 {}\n", "byte order mark");
}

/* A bound to the text alone would let "[0,0," take sixty times its memory. */
static void test_too_many_values(void **state)
{
    struct bp_str text = BP_STR_INIT;
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    bp_str_addc(&text, '[');
    for (int i = 0; i < BP_JSON_MAX_VALUES; i++)
        bp_str_add(&text, "0,", 2);
    bp_str_adds(&text, "0]");
    assert_null(bp_json_parse(&a, text.s, text.len, "t", &e));
    assert_int_equal(e.code, BP_ELIMIT);
    assert_non_null(strstr(e.msg, "more than 10000000 values"));
    bp_arena_release(&a);
    bp_str_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),          cmocka_unit_test(test_pointers_of_changed_lists),
        cmocka_unit_test(test_numbers_survive), cmocka_unit_test(test_number_order),
        cmocka_unit_test(test_refused),         cmocka_unit_test(test_large_objects),
        cmocka_unit_test(test_depth),           cmocka_unit_test(test_positions_and_pointers),
        cmocka_unit_test(test_editing),         cmocka_unit_test(test_merge_patch),
        cmocka_unit_test(test_stream),          cmocka_unit_test(test_stream_bytes),
        cmocka_unit_test(test_too_many_values),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
