/* lib/schema: what each keyword accepts and refuses, messages, malformed schemas, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "json/pointer.h"
#include "json/read.h"
#include "schema/schema.h"

static struct bp_arena arena = BP_ARENA_INIT;
static struct bp_str seen = BP_STR_INIT; /* findings, a line each */

static int teardown(void **state)
{
    (void)state;
    bp_arena_release(&arena);
    bp_str_release(&seen);
    return 0;
}

static cJSON *parse(const char *text)
{
    struct bp_err e = BP_ERR_INIT;
    cJSON *n = bp_json_parse(&arena, text, strlen(text), "t.json", &e);

    if (!n)
        fail_msg("%u:%u: %s in %s", e.pos.line, e.pos.col, e.msg, text);
    return n;
}

static void collect(void *ctx, const struct bp_violation *v)
{
    (void)ctx;
    bp_str_addf(&seen, "%s%s %s %s: %s\n", bp_json_pointer_of(&arena, v->node),
                v->at_key ? "#" : "", v->rule, v->schema_pointer, v->message);
}

static void collect_note(void *ctx, const cJSON *keyword, const char *message)
{
    (void)ctx;
    bp_str_addf(&seen, "%s %s\n", bp_json_pointer_of(&arena, keyword), message);
}

static struct bp_schema *compile(const char *text)
{
    struct bp_err e = BP_ERR_INIT;
    struct bp_schema *s = bp_schema_compile(parse(text), NULL, NULL, &e);

    if (!s)
        fail_msg("%u:%u: %s in %s", e.pos.line, e.pos.col, e.msg, text);
    return s;
}

/* The findings are `expected`; and the verdict is the same when nobody listens. */
static void check(const char *schema, const char *instance, const char *expected)
{
    struct bp_schema *s = compile(schema);
    cJSON *n = parse(instance);
    bool valid;

    bp_str_clear(&seen);
    valid = bp_schema_validate(s, n, collect, NULL);
    assert_string_equal(seen.s, expected);
    assert_int_equal(valid, *expected == '\0');
    assert_int_equal(bp_schema_validate(s, n, NULL, NULL), valid);
    bp_schema_free(s);
}

static void accepts(const char *schema, const char *instance)
{
    check(schema, instance, "");
}

static void refuses(const char *schema, const char *instance)
{
    struct bp_schema *s = compile(schema);

    if (bp_schema_validate(s, parse(instance), NULL, NULL))
        fail_msg("%s accepts %s", schema, instance);
    bp_schema_free(s);
}

static void test_boolean_schemas(void **state)
{
    (void)state;
    accepts("true", "[1]");
    accepts("{}", "null");
    check("false", "1", " schema-false : nothing is allowed here\n");
    check("{\"properties\":{\"a\":false,\"b\":true}}", "{\"a\":1,\"b\":2}",
          "/a# schema-false /properties/a: member 'a' is not allowed here\n");
    accepts("{\"items\":false}", "[]");
    refuses("{\"items\":false}", "[1]");
}

static void test_type(void **state)
{
    (void)state;
    accepts("{\"type\":\"null\"}", "null");
    accepts("{\"type\":\"boolean\"}", "false");
    accepts("{\"type\":\"number\"}", "1");
    accepts("{\"type\":\"number\"}", "1.5");
    accepts("{\"type\":\"string\"}", "\"\"");
    accepts("{\"type\":[\"string\",\"null\"]}", "null");
    refuses("{\"type\":\"null\"}", "0");
    refuses("{\"type\":\"boolean\"}", "0");
    refuses("{\"type\":\"object\"}", "[]");
    refuses("{\"type\":\"array\"}", "{}");
    check("{\"type\":\"integer\"}", "\"1\"",
          " schema-type /type: the value is a string, must be an integer\n");
    check("{\"type\":[\"string\",\"integer\",\"null\"]}", "true",
          " schema-type /type: the value is true, must be a string, an integer or null\n");
    check("{\"items\":{\"type\":\"string\"}}", "[\"a\",1]",
          "/1 schema-type /items/type: this element is a number, must be a string\n");
}

static void test_integers(void **state)
{
    (void)state;
    accepts("{\"type\":\"integer\"}", "1");
    accepts("{\"type\":\"integer\"}", "1.0");
    accepts("{\"type\":\"integer\"}", "1e2");
    accepts("{\"type\":\"integer\"}", "1.50e1");
    accepts("{\"type\":\"integer\"}", "123456789012345678901234567890");
    accepts("{\"type\":\"integer\"}", "1e400");
    accepts("{\"type\":[\"integer\",\"number\"]}", "1.5");
    refuses("{\"type\":\"integer\"}", "12345678901234567890.5");
    check("{\"type\":\"integer\"}", "1.5",
          " schema-type /type: the value is a number with a fraction, must be an integer\n");
}

static void test_enum(void **state)
{
    const char *odd = "{\"enum\":[1,\"x\",[1,2],{\"a\":1,\"b\":[true]},null,false]}";

    (void)state;
    accepts(odd, "1.0");
    accepts(odd, "10e-1");
    accepts(odd, "{\"b\":[true],\"a\":1.00}");
    accepts(odd, "[1,2]");
    accepts(odd, "false");
    refuses(odd, "0");
    refuses(odd, "true");
    refuses(odd, "[2,1]");
    refuses(odd, "{\"a\":1,\"b\":[1]}");
    refuses(odd, "{}");
    refuses("{\"enum\":[]}", "1");
    check("{\"properties\":{\"p\":{\"enum\":[\"tcp\",\"udp\"]}}}", "{\"p\":\"tpc\"}",
          "/p schema-enum /properties/p/enum: 'p' is 'tpc', not one of 'tcp', 'udp' (did you mean "
          "'tcp'?)\n");
    check("{\"enum\":[\"a\",1]}", "[1]",
          " schema-enum /enum: the value is an array, not one of 'a', 1\n");
}

/* More than a few values are found by hash; the rules are the same. */
static void test_large_enum(void **state)
{
    const char *many = "{\"enum\":[1,2,3,4,5,6,7,8,9,\"x\",{\"a\":1,\"b\":2},[1.0],\"1\"]}";

    (void)state;
    accepts(many, "7.0");
    accepts(many, "{\"b\":2.0,\"a\":1}");
    accepts(many, "[1]");
    accepts(many, "\"1\"");
    refuses(many, "true");
    refuses(many, "\"7\"");
    check(many, "10",
          " schema-enum /enum: the value is 10, not one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 'x' and 3 "
          "more\n");
}

static void test_const(void **state)
{
    (void)state;
    accepts("{\"const\":0}", "-0.0");
    refuses("{\"const\":0}", "false");
    refuses("{\"const\":null}", "\"\"");
    accepts("{\"const\":{\"a\":[1,{}]}}", "{\"a\":[1.0,{}]}");
    check("{\"const\":\"v1\"}", "\"v2\"",
          " schema-const /const: the value is 'v2', must be 'v1'\n");
}

static void test_numbers(void **state)
{
    (void)state;
    accepts("{\"minimum\":1,\"maximum\":5}", "1");
    accepts("{\"minimum\":1,\"maximum\":5}", "5.0");
    accepts("{\"minimum\":1,\"maximum\":5}", "\"99\"");
    check("{\"maximum\":5}", "7",
          " schema-maximum /maximum: the value is 7, more than the maximum 5\n");
    check("{\"minimum\":1}", "0.5",
          " schema-minimum /minimum: the value is 0.5, less than the minimum 1\n");
    check("{\"exclusiveMinimum\":1}", "1",
          " schema-exclusive-minimum /exclusiveMinimum: the value is 1, must be more than 1\n");
    check("{\"exclusiveMaximum\":1}", "1.0",
          " schema-exclusive-maximum /exclusiveMaximum: the value is 1.0, must be less than 1\n");
    /* Exact where doubles are not. */
    accepts("{\"maximum\":9007199254740993}", "9007199254740993");
    refuses("{\"maximum\":9007199254740992}", "9007199254740993");
    refuses("{\"maximum\":1e400}", "1e401");
    accepts("{\"minimum\":-1e400}", "-1e399");
    refuses("{\"exclusiveMaximum\":0.1}", "0.10000000000000000000");
}

static void test_lengths(void **state)
{
    (void)state;
    accepts("{\"minLength\":2,\"maxLength\":2}", "\"\\ud83d\\ude00\xc3\xa9\"");
    accepts("{\"minLength\":2.0}", "7");
    accepts("{\"maxLength\":1e400}", "\"abc\"");
    check("{\"minLength\":2}", "\"\xc3\xa9\"",
          " schema-min-length /minLength: the value has 1 character, must have at least 2\n");
    check("{\"maxLength\":2}", "\"abc\"",
          " schema-max-length /maxLength: the value has 3 characters, must have at most 2\n");
    check("{\"minItems\":1}", "[]",
          " schema-min-items /minItems: the value has 0 elements, must have at least 1\n");
    refuses("{\"maxItems\":1}", "[1,2]");
    accepts("{\"minItems\":9}", "{}");
    refuses("{\"minProperties\":1}", "{}");
    refuses("{\"maxProperties\":0}", "{\"a\":1}");
}

static void test_unique_items(void **state)
{
    (void)state;
    accepts("{\"uniqueItems\":true}", "[1,true,0,false,\"1\",[1],{\"a\":1},null]");
    accepts("{\"uniqueItems\":false}", "[1,1]");
    check("{\"uniqueItems\":true}", "[{\"a\":1,\"b\":2},3,{\"b\":2.0,\"a\":1},3e0]",
          "/2 schema-unique-items /uniqueItems: this element is the same as element 0, all must "
          "differ\n"
          "/3 schema-unique-items /uniqueItems: this element is the same as element 1, all must "
          "differ\n");
}

static void test_objects(void **state)
{
    (void)state;
    accepts("{\"required\":[\"a\"]}", "{\"a\":null}");
    accepts("{\"required\":[\"a\"]}", "[]");
    accepts("{\"required\":[]}", "{}");
    check("{\"properties\":{\"image\":{},\"name\":{}},\"required\":[\"image\",\"name\",\"name\"]}",
          "{\"imgae\":1}",
          " schema-required /required: member 'image' is missing (is 'imgae' meant to be it?)\n"
          " schema-required /required: member 'name' is missing\n");
    check("{\"properties\":{\"replicas\":{}},\"additionalProperties\":false}",
          "{\"replcas\":1,\"zzz\":2}",
          "/replcas# schema-additional-properties /additionalProperties: member 'replcas' is not "
          "known here (did you mean 'replicas'?)\n"
          "/zzz# schema-additional-properties /additionalProperties: member 'zzz' is not known "
          "here\n");
    accepts("{\"additionalProperties\":false}", "{}");
    accepts("{\"properties\":{\"a\":{\"type\":\"null\"}},\"additionalProperties\":true}",
            "{\"b\":1}");
    check("{\"additionalProperties\":{\"type\":\"string\"}}", "{\"a\":\"x\",\"b\":8080}",
          "/b schema-type /additionalProperties/type: 'b' is a number, must be a string\n");
    /* A member that only `required` knows is unknown all the same. */
    refuses("{\"required\":[\"a\"],\"additionalProperties\":false}", "{\"a\":1}");
}

/* Names that mean something elsewhere are plain names. */
static void test_odd_names(void **state)
{
    const char *schema = "{\"properties\":{\"__proto__\":{\"type\":\"string\"},\"\":{\"type\":"
                         "\"string\"},\"$ref\":{\"type\":\"string\"},\"a/b~c\":{\"type\":"
                         "\"string\"}},\"additionalProperties\":false}";

    (void)state;
    accepts(schema, "{\"__proto__\":\"\",\"\":\"\",\"$ref\":\"\"}");
    refuses(schema, "{\"toString\":\"\"}");
    check(schema, "{\"\":1,\"a/b~c\":2}",
          "/ schema-type /properties//type: '' is a number, must be a string\n"
          "/a~1b~0c schema-type /properties/a~1b~0c/type: 'a/b~c' is a number, must be a string\n");
}

static void test_many_names(void **state)
{
    const char *schema =
        "{\"properties\":{\"a\":{},\"b\":{},\"c\":{},\"d\":{},\"e\":{},\"f\":{},\"g\":{},\"h\":{},"
        "\"i\":{\"type\":\"null\"}},\"required\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\","
        "\"i\"],\"additionalProperties\":false}";

    (void)state;
    check(schema, "{\"i\":1,\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"h\":1,\"x\":1}",
          "/i schema-type /properties/i/type: 'i' is a number, must be null\n"
          " schema-required /required: member 'g' is missing\n"
          "/x# schema-additional-properties /additionalProperties: member 'x' is not known here\n");
}

static void test_secrets(void **state)
{
    (void)state;
    check("{\"properties\":{\"password\":{\"secret\":true,\"enum\":[\"a\",\"b\"]}}}",
          "{\"password\":\"hunter2\"}",
          "/password schema-enum /properties/password/enum: 'password' is a hidden value, not one "
          "of 'a', 'b'\n");
    check("{\"secret\":true,\"items\":{\"maximum\":3}}", "[1234]",
          "/0 schema-maximum /items/maximum: this element is a hidden value, more than the maximum "
          "3\n");
    /* The name alone is enough. */
    check(
        "{\"properties\":{\"apiToken\":{\"const\":\"x\"}}}", "{\"apiToken\":\"hunter2\"}",
        "/apiToken schema-const /properties/apiToken/const: 'apiToken' is a hidden value, must be "
        "'x'\n");
    /* Only below it. */
    check("{\"properties\":{\"p\":{\"secret\":true},\"q\":{\"const\":1}}}", "{\"p\":1,\"q\":2}",
          "/q schema-const /properties/q/const: 'q' is 2, must be 1\n");
}

static void test_long_values(void **state)
{
    (void)state;
    check("{\"const\":1}",
          "\"0123456789012345678901234567890123456789012345678901234567\xc3\xa9\xc3\xa9x\"",
          " schema-const /const: the value is "
          "'0123456789012345678901234567890123456789012345678901234567\xc3\xa9...', must be 1\n");
}

static void malformed(const char *schema, uint32_t col, const char *message)
{
    struct bp_err e = BP_ERR_INIT;

    assert_null(bp_schema_compile(parse(schema), NULL, NULL, &e));
    assert_int_equal(e.code, BP_EINPUT);
    assert_string_equal(e.msg, message);
    assert_int_equal(e.pos.col, col);
}

static void test_malformed(void **state)
{
    (void)state;
    malformed("7", 1, "schema at '': is a number, must be an object, true or false");
    malformed("{\"type\":5}", 9,
              "schema at '/type': is a number, must be the name of a type or a list of names");
    malformed("{\"type\":\"strnig\"}", 9,
              "schema at '/type': 'strnig' is no type (did you mean 'string'?)");
    malformed("{\"type\":\"file\"}", 9, "schema at '/type': 'file' is no type");
    malformed("{\"type\":[]}", 9, "schema at '/type': the list of types is empty");
    malformed("{\"required\":\"a\"}", 13,
              "schema at '/required': is a string, must be an array of member names");
    malformed("{\"required\":[\"a\",1]}", 18,
              "schema at '/required': is a list with a number in it, must hold names only");
    malformed("{\"properties\":[]}", 15, "schema at '/properties': is an array, must be an object");
    malformed("{\"properties\":{\"a\":{\"items\":null}}}", 29,
              "schema at '/properties/a/items': is null, must be an object, true or false");
    malformed("{\"enum\":\"a\"}", 9, "schema at '/enum': is a string, must be an array of values");
    malformed("{\"minimum\":\"1\"}", 12, "schema at '/minimum': is a string, must be a number");
    malformed("{\"minLength\":-1}", 14,
              "schema at '/minLength': must be an integer that is not negative");
    malformed("{\"maxItems\":1.5}", 13,
              "schema at '/maxItems': must be an integer that is not negative");
    malformed("{\"uniqueItems\":1}", 16,
              "schema at '/uniqueItems': is a number, must be true or false");
    malformed("{\"additionalProperties\":1}", 25,
              "schema at '/additionalProperties': is a number, must be an object, true or false");
}

static void notes(const char *schema, const char *expected)
{
    struct bp_schema *s;

    bp_str_clear(&seen);
    s = bp_schema_compile(parse(schema), collect_note, NULL, NULL);
    assert_non_null(s);
    assert_string_equal(seen.s, expected);
    bp_schema_free(s);
}

static void test_notes(void **state)
{
    (void)state;
    notes(
        "{\"$schema\":\"s\",\"$id\":\"i\",\"$comment\":\"c\",\"title\":\"t\",\"description\":\"d\","
        "\"default\":1,\"examples\":[],\"deprecated\":true,\"readOnly\":true,\"writeOnly\":true,"
        "\"format\":\"uri\",\"x-mine\":1,\"bp:mine\":1,\"secret\":true,\"order\":1}",
        "");
    notes("{\"properties\":{\"a\":{\"pattern\":\"^a$\"}},\"allOf\":[]}",
          "/properties/a/pattern keyword 'pattern' is not checked yet\n"
          "/allOf keyword 'allOf' is not checked yet\n");
    notes("{\"requird\":[\"a\"],\"colour\":\"red\"}",
          "/requird unknown keyword 'requird' is not checked (did you mean 'required'?)\n"
          "/colour unknown keyword 'colour' is not checked\n");
    notes("{\"items\":[{\"type\":\"string\"}]}",
          "/items keyword 'items' with a list of schemas is not checked yet\n");
    accepts("{\"items\":[{\"type\":\"string\"}]}", "[1]");
    /* Names of members are no keywords. */
    notes("{\"properties\":{\"pattern\":{},\"whatever\":{}}}", "");
}

/* The tree of the schema may go away, and what was compiled be used again and again. */
static void test_lifetime(void **state)
{
    struct bp_arena a = BP_ARENA_INIT;
    const char *text =
        "{\"properties\":{\"a\":{\"enum\":[\"x\",{\"y\":[1]}]}},\"required\":[\"a\"]}";
    cJSON *tree = bp_json_parse(&a, text, strlen(text), "t", NULL);
    struct bp_schema *s = bp_schema_compile(tree, NULL, NULL, NULL);

    (void)state;
    bp_arena_release(&a);
    for (int i = 0; i < 3; i++) {
        assert_true(bp_schema_validate(s, parse("{\"a\":{\"y\":[1]}}"), NULL, NULL));
        assert_false(bp_schema_validate(s, parse("{\"a\":\"z\"}"), NULL, NULL));
    }
    bp_schema_free(s);
    bp_schema_free(NULL);
}

static void add_repeated(struct bp_str *out, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        bp_str_adds(out, text);
}

/* A schema and an instance as deep as the reader lets them be. */
static void test_depth(void **state)
{
    enum { LEVELS = BP_JSON_MAX_DEPTH - 2 };
    struct bp_str schema = BP_STR_INIT, instance = BP_STR_INIT;

    (void)state;
    add_repeated(&schema, "{\"items\":", LEVELS);
    bp_str_adds(&schema, "{\"type\":\"string\"}");
    add_repeated(&schema, "}", LEVELS);
    add_repeated(&instance, "[", LEVELS);
    bp_str_adds(&instance, "1");
    add_repeated(&instance, "]", LEVELS);
    refuses(schema.s, instance.s);
    bp_str_release(&schema);
    bp_str_release(&instance);
}

static void count(void *ctx, const struct bp_violation *v)
{
    (void)v;
    ++*(size_t *)ctx;
}

/* 20,000 members, each known, wrong and unknown in turn, and as many values and elements: whatever
 * is quadratic here takes minutes. */
static void test_large(void **state)
{
    enum { MANY = 20000 };
    struct bp_str schema = BP_STR_INIT, instance = BP_STR_INIT;
    size_t found = 0;
    clock_t begin = clock();
    struct bp_schema *s;

    (void)state;
    bp_str_adds(&schema, "{\"properties\":{\"m\":{\"uniqueItems\":true,\"items\":{\"enum\":[0");
    for (int i = 1; i < MANY; i++)
        bp_str_addf(&schema, ",\"value %d\"", i);
    bp_str_adds(&schema, "]}}");
    for (int i = 0; i < MANY; i++)
        bp_str_addf(&schema, ",\"member-%d\":{\"type\":\"string\"}", i);
    bp_str_adds(&schema, "},\"additionalProperties\":false,\"required\":[\"m\"");
    for (int i = 0; i < MANY; i++)
        bp_str_addf(&schema, ",\"member-%d\"", i);
    bp_str_adds(&schema, "]}");
    bp_str_adds(&instance, "{\"m\":[\"value 0\"");
    for (int i = 1; i < MANY; i++)
        bp_str_addf(&instance, ",\"value %d\"", i);
    bp_str_adds(&instance, "]");
    for (int i = 0; i < MANY; i++)
        bp_str_addf(&instance, ",\"member-%d%s\":%d", i, i % 2 ? "" : "x", i);
    bp_str_adds(&instance, "}");
    s = compile(schema.s);
    assert_false(bp_schema_validate(s, parse(instance.s), count, &found));
    /* One value is not listed; half the members have the wrong type; the others are unknown, and
     * missing. */
    assert_int_equal(found, 1 + MANY / 2 * 3);
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 20);
    bp_schema_free(s);
    bp_str_release(&schema);
    bp_str_release(&instance);
}

/* Many keywords, and then many violations, below names that are long: a pointer written out at each
 * of them would be thousands of times the text. */
static void test_long_places(void **state)
{
    enum { DEEP = 150, LONG = 490, MANY = 50000 };
    struct bp_str schema = BP_STR_INIT, instance = BP_STR_INIT, name = BP_STR_INIT;
    size_t found = 0;
    clock_t begin = clock();
    struct bp_schema *s;

    (void)state;
    add_repeated(&name, "n", LONG);
    for (int i = 0; i < DEEP; i++) {
        bp_str_addf(&schema, "{\"properties\":{\"%s\":", name.s);
        bp_str_addf(&instance, "{\"%s\":", name.s);
    }
    bp_str_adds(&schema, "{\"items\":{\"type\":\"string\"},\"properties\":{\"m\":{}");
    for (int i = 0; i < MANY; i++)
        bp_str_addf(&schema, ",\"m%d\":{\"type\":\"string\"}", i);
    bp_str_adds(&schema, "}}");
    add_repeated(&schema, "}}", DEEP);
    bp_str_adds(&instance, "[0");
    add_repeated(&instance, ",1", MANY - 1);
    bp_str_adds(&instance, "]");
    add_repeated(&instance, "}", DEEP);
    s = compile(schema.s);
    assert_false(bp_schema_validate(s, parse(instance.s), count, &found));
    assert_int_equal(found, MANY);
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 10);
    bp_schema_free(s);
    bp_str_release(&schema);
    bp_str_release(&instance);
    bp_str_release(&name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_boolean_schemas, teardown),
        cmocka_unit_test_teardown(test_long_places, teardown),
        cmocka_unit_test_teardown(test_type, teardown),
        cmocka_unit_test_teardown(test_integers, teardown),
        cmocka_unit_test_teardown(test_enum, teardown),
        cmocka_unit_test_teardown(test_large_enum, teardown),
        cmocka_unit_test_teardown(test_const, teardown),
        cmocka_unit_test_teardown(test_numbers, teardown),
        cmocka_unit_test_teardown(test_lengths, teardown),
        cmocka_unit_test_teardown(test_unique_items, teardown),
        cmocka_unit_test_teardown(test_objects, teardown),
        cmocka_unit_test_teardown(test_odd_names, teardown),
        cmocka_unit_test_teardown(test_many_names, teardown),
        cmocka_unit_test_teardown(test_secrets, teardown),
        cmocka_unit_test_teardown(test_long_values, teardown),
        cmocka_unit_test_teardown(test_malformed, teardown),
        cmocka_unit_test_teardown(test_notes, teardown),
        cmocka_unit_test_teardown(test_lifetime, teardown),
        cmocka_unit_test_teardown(test_depth, teardown),
        cmocka_unit_test_teardown(test_large, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
