/* Strings, UTF-8, arenas, maps, escaping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/quote.h"
#include "base/str.h"
#include "base/term.h"
#include "base/utf8.h"

/* ---- UTF-8 ---- */

static const struct {
    const char *text;
    size_t good; /* bytes before the first malformed one */
} utf8_rows[] = {
    {"", 0},
    {"plain", 5},
    {"\xC3\xA5\xE2\x82\xAC\xF0\x9F\x98\x80", 9},
    {"\xF4\x8F\xBF\xBF", 4}, /* U+10FFFF */
    {"\xF4\x90\x80\x80", 0}, /* above */
    {"\xF5\x80\x80\x80", 0}, /* no such first byte */
    {"ab\xC0\x80", 2},       /* overlong NUL */
    {"\xC1\xBF", 0},         /* overlong */
    {"\xE0\x9F\xBF", 0},     /* overlong */
    {"\xF0\x8F\xBF\xBF", 0}, /* overlong */
    {"\xED\x9F\xBF", 3},     /* just below the surrogates */
    {"\xED\xA0\x80", 0},     /* a surrogate */
    {"\xEE\x80\x80", 3},     /* just above */
    {"x\x80", 1},            /* a tail alone */
    {"x\xE2\x82", 1},        /* cut off */
    {"\xE2\x28\xA1", 0},     /* a tail missing */
    {"\xFE", 0},
    {"\xFF", 0},
};

static void test_utf8_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof utf8_rows / sizeof *utf8_rows; i++)
        assert_int_equal(bp_utf8_check(utf8_rows[i].text, strlen(utf8_rows[i].text)),
                         utf8_rows[i].good);
}

static void test_utf8_roundtrip(void **state)
{
    char bytes[4];
    uint32_t back = 0;

    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        size_t n = bp_utf8_encode(c, bytes);

        if (c >= 0xD800 && c <= 0xDFFF) {
            assert_int_equal(n, 0);
            continue;
        }
        assert_int_equal(bp_utf8_decode(bytes, n, &back), n);
        assert_int_equal(back, c);
        assert_int_equal(bp_utf8_decode(bytes, n - 1, &back), 0);
    }
    assert_int_equal(bp_utf8_encode(0x110000, bytes), 0);
}

static void test_utf8_cut_and_count(void **state)
{
    const char *s = "a\xC3\xA5\xE2\x82\xAC";

    (void)state;
    assert_int_equal(bp_utf8_cut(s, 2), 1);
    assert_int_equal(bp_utf8_cut(s, 3), 3);
    assert_int_equal(bp_utf8_cut(s, 5), 3);
    assert_int_equal(bp_utf8_cut(s, 6), 6);
    assert_int_equal(bp_utf8_count(s, 6), 3);
}

/* ---- strings ---- */

static void test_str_grows(void **state)
{
    struct bp_str s = BP_STR_INIT;

    (void)state;
    assert_string_equal(s.s, "");
    for (int i = 0; i < 1000; i++)
        bp_str_addf(&s, "%03d", i);
    assert_int_equal(s.len, 3000);
    assert_int_equal(strlen(s.s), 3000);
    assert_memory_equal(s.s + 2997, "999", 3);
    bp_str_cut(&s, 3);
    assert_string_equal(s.s, "000");
    bp_str_cut(&s, 9);
    assert_int_equal(s.len, 3);
    bp_str_release(&s);
    assert_string_equal(s.s, "");
}

static void test_str_limit(void **state)
{
    struct bp_str s = BP_STR_LIMIT(5);

    (void)state;
    bp_str_adds(&s, "abc");
    bp_str_adds(&s, "def");
    assert_true(s.full);
    assert_string_equal(s.s, "abc");
    bp_str_adds(&s, "de");
    assert_string_equal(s.s, "abcde");
    assert_null(bp_str_room(&s, 1));
    assert_non_null(bp_str_room(&s, 0));
    bp_str_clear(&s);
    assert_false(s.full);
    bp_str_addf(&s, "%s", "123456");
    assert_true(s.full);
    bp_str_release(&s);
}

static void test_str_take(void **state)
{
    struct bp_str s = BP_STR_INIT;
    char *none = bp_str_take(&s);
    char *some;

    (void)state;
    bp_str_add(&s, "a\0b", 3);
    some = bp_str_take(&s);
    assert_string_equal(none, "");
    assert_memory_equal(some, "a\0b", 4);
    assert_int_equal(s.len, 0);
    free(none);
    free(some);
    bp_str_release(&s);
}

/* ---- arenas ---- */

static void test_arena(void **state)
{
    struct bp_arena a = BP_ARENA_INIT;
    char *first, *big;

    (void)state;
    first = bp_arena_strdup(&a, "kept");
    for (int i = 0; i < 10000; i++) {
        char *p = bp_arena_alloc(&a, (size_t)(i % 97));

        assert_int_equal((uintptr_t)p % 16, 0);
        memset(p, 0xAA, (size_t)(i % 97));
    }
    big = bp_arena_zalloc(&a, 3 * 1024 * 1024);
    assert_int_equal(big[3 * 1024 * 1024 - 1], 0);
    assert_string_equal(first, "kept");
    assert_string_equal(bp_arena_printf(&a, "%s-%d", "x", 7), "x-7");
    assert_string_equal(bp_arena_strndup(&a, "abcdef", 3), "abc");
    bp_arena_reset(&a);
    assert_true(a.total <= 1024 * 1024);
    assert_string_equal(bp_arena_strdup(&a, "again"), "again");
    bp_arena_release(&a);
    assert_int_equal(a.total, 0);
    assert_null(a.head);
}

static void test_grow(void **state)
{
    size_t cap = 0;
    int *p = bp_grow(NULL, &cap, 1, sizeof *p);

    (void)state;
    assert_true(cap >= 1);
    p = bp_grow(p, &cap, 100000, sizeof *p);
    assert_true(cap >= 100000);
    p[99999] = 1;
    free(p);
}

/* ---- maps ---- */

static void test_map_basics(void **state)
{
    struct bp_map m = BP_MAP_INIT;
    int one = 1, two = 2;

    (void)state;
    assert_null(bp_map_get(&m, "a"));
    assert_null(bp_map_remove(&m, "a"));
    bp_map_put(&m, "a", 1)->value = &one;
    bp_map_put(&m, "b", 1)->value = &two;
    assert_ptr_equal(bp_map_put(&m, "a", 1)->value, &one);
    assert_int_equal(m.live, 2);
    bp_map_put(&m, "", 0)->value = &two;
    assert_ptr_equal(bp_map_get(&m, ""), &two);
    /* A key may hold any byte, and is as long as it is. */
    bp_map_put(&m, "a\0x", 3)->value = &two;
    assert_ptr_equal(bp_map_get(&m, "a"), &one);
    assert_ptr_equal(bp_map_find(&m, "a\0x", 3)->value, &two);
    assert_null(bp_map_find(&m, "a\0y", 3));
    assert_ptr_equal(bp_map_remove(&m, "a"), &one);
    assert_null(bp_map_get(&m, "a"));
    assert_int_equal(m.live, 3);
    bp_map_clear(&m);
    assert_null(bp_map_get(&m, "b"));
    assert_int_equal(m.live, 0);
    bp_map_release(&m);
    bp_map_release(&m);
}

enum { KEYS = 20000 };
static char keys[KEYS][24];

static void test_map_large(void **state)
{
    struct bp_map m = BP_MAP_INIT;
    size_t next = 1;

    (void)state;
    for (size_t i = 0; i < KEYS; i++) {
        snprintf(keys[i], sizeof keys[i], "key-%zu", i);
        bp_map_put(&m, keys[i], strlen(keys[i]))->value = keys[i];
    }
    for (size_t i = 0; i < KEYS; i += 2)
        assert_ptr_equal(bp_map_remove(&m, keys[i]), keys[i]);
    assert_int_equal(m.live, KEYS / 2);
    for (size_t i = 0; i < KEYS; i++)
        assert_ptr_equal(bp_map_get(&m, keys[i]), i % 2 ? keys[i] : NULL);
    for (size_t i = 0; i < m.count; i++) {
        if (!m.entries[i].key)
            continue;
        assert_ptr_equal(m.entries[i].value, keys[next]);
        next += 2;
    }
    assert_int_equal(next, KEYS + 1);
    bp_map_release(&m);
}

/* Putting and removing for ever takes no more room than what is there at a time. */
static void test_map_churn(void **state)
{
    struct bp_map m = BP_MAP_INIT;

    (void)state;
    bp_map_put(&m, "stays", 5)->value = keys;
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < 1000; i++) {
            snprintf(keys[i], sizeof keys[i], "k%d.%zu", round, i);
            bp_map_put(&m, keys[i], strlen(keys[i]))->value = keys[i];
            assert_ptr_equal(bp_map_remove(&m, keys[i]), keys[i]);
        }
    }
    assert_ptr_equal(bp_map_get(&m, "stays"), keys);
    assert_int_equal(m.live, 1);
    assert_true(m.cap <= 64 && m.nslots <= 64);
    bp_map_release(&m);
}

/* ---- what people see, what programs read ---- */

static const struct {
    const char *raw, *shown, *json;
} texts[] = {
    {"plain /-~", "plain /-~", "\"plain /-~\""},
    {"a\nb\tc\rd", "a\\nb\\tc\\rd", "\"a\\nb\\tc\\rd\""},
    {"\x1b[31m\x07", "\\x1b[31m\\x07", "\"\\u001b[31m\\u0007\""},
    {"\b\f\"\\", "\\x08\\x0c\"\\", "\"\\b\\f\\\"\\\\\""},
    {"\x7F", "\\x7f", "\"\x7F\""},
    {"\xC2\x9B", "\\u009b", "\"\xC2\x9B\""},
    {"x\xE2\x80\xAEy", "x\\u202ey", "\"x\xE2\x80\xAEy\""},
    {"\xE2\x80\xA8", "\\u2028", "\"\xE2\x80\xA8\""},
    {"\xF3\xA0\x81\x81", "\\U000e0041", "\"\xF3\xA0\x81\x81\""},
    {"\xC3\xA5\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xA5\xE2\x82\xAC\xF0\x9F\x98\x80",
     "\"\xC3\xA5\xE2\x82\xAC\xF0\x9F\x98\x80\""},
    {"\xFFz\xC3", "\\xffz\\xc3", "\"\xEF\xBF\xBDz\xEF\xBF\xBD\""},
};

static void test_escape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct bp_str shown = BP_STR_INIT, json = BP_STR_INIT;

        bp_term_escape(texts[i].raw, strlen(texts[i].raw), &shown);
        bp_quote_json(texts[i].raw, strlen(texts[i].raw), &json);
        assert_string_equal(shown.s, texts[i].shown);
        assert_string_equal(json.s, texts[i].json);
        bp_str_release(&shown);
        bp_str_release(&json);
    }
}

static void test_escape_nul(void **state)
{
    struct bp_str shown = BP_STR_INIT;

    (void)state;
    bp_term_escape("a\0b", 3, &shown);
    assert_string_equal(shown.s, "a\\x00b");
    bp_str_clear(&shown);
    bp_quote_json("a\0b", 3, &shown);
    assert_string_equal(shown.s, "\"a\\u0000b\"");
    bp_str_release(&shown);
}

static void test_colour(void **state)
{
    (void)state;
    assert_string_equal(bp_term_style(BP_RED, false), "");
    assert_string_equal(bp_term_style(BP_PLAIN, true), "\x1b[0m");
    assert_false(bp_term_colour(-1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8_check),
        cmocka_unit_test(test_utf8_roundtrip),
        cmocka_unit_test(test_utf8_cut_and_count),
        cmocka_unit_test(test_str_grows),
        cmocka_unit_test(test_str_limit),
        cmocka_unit_test(test_str_take),
        cmocka_unit_test(test_arena),
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_map_basics),
        cmocka_unit_test(test_map_large),
        cmocka_unit_test(test_map_churn),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_escape_nul),
        cmocka_unit_test(test_colour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
