/* lib/model/document: identity, annotations, what stripping leaves, names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json/read.h"
#include "json/write.h"
#include "model/definition.h"
#include "model/document.h"

static struct bp_arena arena = BP_ARENA_INIT;

static int teardown(void **state)
{
    (void)state;
    bp_arena_release(&arena);
    return 0;
}

static cJSON *parse(const char *text)
{
    struct bp_err e = BP_ERR_INIT;
    cJSON *n = bp_json_parse(&arena, text, strlen(text), "t.json", &e);

    if (!n)
        fail_msg("%u:%u: %s", e.pos.line, e.pos.col, e.msg);
    return n;
}

static void assert_json(const cJSON *n, const char *expected)
{
    struct bp_str out = BP_STR_INIT;

    bp_json_write(n, &out);
    assert_string_equal(out.s, expected);
    bp_str_release(&out);
}

static void assert_identity(const char *text, const char *kind, const char *name)
{
    struct bp_identity id;

    assert_int_equal(bp_document_identity(parse(text), &id, NULL), 0);
    assert_string_equal(id.kind, kind);
    assert_string_equal(id.name, name);
}

static void assert_no_identity(const char *text, uint32_t col, const char *message)
{
    struct bp_err e = BP_ERR_INIT;
    struct bp_identity id;

    assert_int_equal(bp_document_identity(parse(text), &id, &e), BP_EINPUT);
    assert_string_equal(e.msg, message);
    assert_string_equal(e.pos.file, "t.json");
    assert_int_equal(e.pos.line, 1);
    assert_int_equal(e.pos.col, col);
}

static void test_identity(void **state)
{
    (void)state;
    assert_identity("{\"kind\":\"K\",\"metadata\":{\"name\":\"n\"}}", "K", "n");
    assert_identity("{\"metadata\":{\"name\":\"d\"},\"spec\":{\"names\":{}}}", BP_KIND_DEFINITION,
                    "d");
    assert_identity("{\"kind\":\"\",\"metadata\":{\"name\":\"d\"},\"spec\":{\"names\":{}}}",
                    BP_KIND_DEFINITION, "d");
    /* A blueprint stays one, whatever its spec holds. */
    assert_identity("{\"kind\":\"K\",\"metadata\":{\"name\":\"n\"},\"spec\":{\"names\":{}}}", "K",
                    "n");
}

static void test_no_identity(void **state)
{
    (void)state;
    assert_no_identity("[]", 1, "a document must be an object, not an array");
    assert_no_identity("{\"metadata\":{\"name\":\"n\"}}", 1, "the document has no 'kind'");
    assert_no_identity("{\"kind\":\"\",\"metadata\":{\"name\":\"n\"}}", 9, "'kind' is empty");
    assert_no_identity("{\"kind\":7,\"metadata\":{\"name\":\"n\"}}", 9,
                       "'kind' is a number, must be a string");
    /* Names are exact in case, unlike on the server. */
    assert_no_identity("{\"Kind\":\"K\",\"metadata\":{\"name\":\"n\"}}", 1,
                       "the document has no 'kind'");
    assert_no_identity("{\"kind\":\"K\"}", 1, "the document has no 'metadata'");
    assert_no_identity("{\"kind\":\"K\",\"metadata\":[]}", 24,
                       "'metadata' is an array, must be an object");
    assert_no_identity("{\"kind\":\"K\",\"metadata\":{}}", 24,
                       "the document has no 'metadata.name'");
    assert_no_identity("{\"kind\":\"K\",\"metadata\":{\"name\":null}}", 32,
                       "'metadata.name' is null, must be a string");
    assert_no_identity("{\"kind\":\"K\",\"metadata\":{\"name\":\"\"}}", 32,
                       "'metadata.name' is empty");
}

static void test_tombstone(void **state)
{
    struct bp_identity id = {"K", "n"}, same = {"K", "n"}, other = {"K", "m"};
    cJSON *doc = bp_document_tombstone(&arena, id);

    (void)state;
    assert_json(doc, "{\"kind\":\"K\",\"metadata\":{\"name\":\"n\"},\"deleted\":true}");
    assert_true(bp_document_is_tombstone(doc));
    assert_false(bp_document_is_tombstone(parse("{\"deleted\":false}")));
    assert_false(bp_document_is_tombstone(parse("{\"deleted\":\"true\"}")));
    assert_false(bp_document_is_tombstone(parse("[]")));
    assert_string_equal(bp_identity_text(&arena, id), "K/n");
    assert_true(bp_identity_equal(id, same));
    assert_false(bp_identity_equal(id, other));
}

static void test_annotations(void **state)
{
    cJSON *doc = parse("{\"metadata\":{\"labels\":{\"l\":\"1\",\"n\":2}}}");

    (void)state;
    assert_string_equal(bp_document_label(doc, "l"), "1");
    assert_null(bp_document_label(doc, "n"));
    assert_null(bp_document_annotation(doc, "a"));
    bp_document_annotate(&arena, doc, "a", "x");
    bp_document_annotate(&arena, doc, "a", "y");
    assert_string_equal(bp_document_annotation(doc, "a"), "y");
    assert_json(doc,
                "{\"metadata\":{\"labels\":{\"l\":\"1\",\"n\":2},\"annotations\":{\"a\":\"y\"}}}");
    doc = parse("{}");
    bp_document_annotate(&arena, doc, "a", "x");
    assert_json(doc, "{\"metadata\":{\"annotations\":{\"a\":\"x\"}}}");
    doc = parse("{\"metadata\":{\"annotations\":null}}");
    bp_document_annotate(&arena, doc, "a", "x");
    assert_json(doc, "{\"metadata\":{\"annotations\":{\"a\":\"x\"}}}");
}

static void test_generation(void **state)
{
    (void)state;
    assert_int_equal(bp_document_generation(parse("{\"metadata\":{\"generation\":7}}")), 7);
    assert_int_equal(bp_document_generation(parse("{\"metadata\":{\"generation\":2.0}}")), 2);
    assert_int_equal(bp_document_generation(parse("{\"metadata\":{\"generation\":\"7\"}}")), 0);
    assert_int_equal(bp_document_generation(parse("{\"metadata\":{}}")), 0);
    assert_int_equal(bp_document_generation(parse("{}")), 0);
}

static void test_strip(void **state)
{
    cJSON *doc =
        parse("{\"blueprintid\":\"b\",\"blueprintdefinitionid\":\"d\",\"kind\":\"K\",\"metadata\":{"
              "\"name\":\"n\",\"generation\":3,\"createdAt\":\"x\",\"updatedAt\":\"x\","
              "\"lastReconciliationProcess\":\"\",\"lastReconciliationTime\":\"x\",\"labels\":{}},"
              "\"spec\":{\"a\":1},\"status\":{}}");

    (void)state;
    bp_document_strip(doc, NULL);
    assert_json(doc,
                "{\"kind\":\"K\",\"metadata\":{\"name\":\"n\",\"labels\":{}},\"spec\":{\"a\":1}}");
}

static void test_strip_ignored(void **state)
{
    /* Both elements go although the second moves when the first is taken out; what is named twice,
     * or lies in what is gone, is no trouble; the identity stays. */
    cJSON *doc =
        parse("{\"kind\":\"K\",\"metadata\":{\"name\":\"n\",\"annotations\":{\"bp/ignore\":"
              "\"/spec/l/0, /spec/l/1,/spec/l/0,,/spec/none,/metadata/name,/kind,\"}},"
              "\"spec\":{\"l\":[1,2,3],\"o\":{\"p\":{\"q\":1}},\"a/b\":1}}");
    cJSON *also = parse("{\"metadata\":{\"annotations\":{\"bp/ignore\":"
                        "\"/metadata/annotations,/spec/o,/spec/o/p,/spec/a~1b,nonsense\"}}}");

    (void)state;
    bp_document_strip(doc, also);
    assert_json(doc, "{\"kind\":\"K\",\"metadata\":{\"name\":\"n\"},\"spec\":{\"l\":[3]}}");
}

static void test_ignore_is_bounded(void **state)
{
    struct bp_str text = BP_STR_INIT;
    struct bp_ignore i;
    cJSON *doc;
    int n = 0;

    (void)state;
    bp_str_adds(&text, "{\"metadata\":{\"annotations\":{\"bp/ignore\":\"");
    for (int k = 0; k < BP_IGNORE_MAX + 1; k++)
        bp_str_addf(&text, " /spec/m%d ,", k);
    bp_str_addf(&text, "\"}},\"spec\":{\"m0\":0,\"m%d\":1,\"m%d\":2}}", BP_IGNORE_MAX - 1,
                BP_IGNORE_MAX);
    doc = parse(text.s);
    for (i = bp_ignore_of(doc); bp_ignore_next(&i); n++)
        ;
    assert_int_equal(n, BP_IGNORE_MAX);
    assert_string_equal(i.pointer.s, "/spec/m63");
    assert_string_equal(i.rest, " /spec/m64 ,");
    bp_ignore_release(&i);
    bp_document_strip(doc, NULL);
    assert_json(bp_json_get(doc, "spec"), "{\"m64\":2}");

    /* A pointer that does not end in time does not count at all. */
    bp_str_clear(&text);
    bp_str_adds(&text, "{\"metadata\":{\"annotations\":{\"bp/ignore\":\"/spec/a,/spec/");
    for (int k = 0; k < BP_IGNORE_BYTES_MAX; k++)
        bp_str_addc(&text, 'x');
    bp_str_adds(&text, ",/spec/b\"}},\"spec\":{\"a\":0,\"b\":1}}");
    doc = parse(text.s);
    bp_document_strip(doc, NULL);
    assert_json(bp_json_get(doc, "spec"), "{\"b\":1}");
    bp_str_release(&text);
}

static void test_brief_identity(void **state)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_str name = BP_STR_INIT;
    char *brief;

    (void)state;
    assert_string_equal(bp_identity_brief(&a, (struct bp_identity){"K", "a"}), "K/a");
    for (int i = 0; i < 1000; i++)
        bp_str_adds(&name, "\xc3\xa9");
    brief = bp_identity_brief(&a, (struct bp_identity){"K", name.s});
    /* Cut between two characters. */
    assert_int_equal(strlen(brief), strlen("K/") + 252 + strlen("..."));
    bp_str_release(&name);
    bp_arena_release(&a);
}

static void test_id(void **state)
{
    (void)state;
    assert_string_equal(bp_document_id(parse("{\"blueprintid\":\"i\"}")), "i");
    assert_string_equal(
        bp_document_id(parse("{\"blueprintid\":\"\",\"blueprintdefinitionid\":\"d\"}")), "d");
    assert_null(bp_document_id(parse("{\"blueprintid\":1}")));
    assert_null(bp_document_id(parse("{}")));
}

static void test_names(void **state)
{
    char longest[255];

    (void)state;
    assert_null(bp_name_problem("c1-serviceregistry"));
    assert_null(bp_name_problem("7.A_b"));
    assert_string_equal(bp_name_problem(""), "is empty");
    assert_string_equal(bp_name_problem("../x"), "must begin with a letter or a digit");
    assert_string_equal(bp_name_problem("-x"), "must begin with a letter or a digit");
    assert_non_null(bp_name_problem("a/b"));
    assert_non_null(bp_name_problem("a b"));
    assert_non_null(bp_name_problem("a\n"));
    assert_non_null(bp_name_problem("\xc3\xa9"));
    assert_non_null(bp_name_problem("a\xc3\xa9"));
    memset(longest, 'a', sizeof longest);
    longest[253] = '\0';
    assert_null(bp_name_problem(longest));
    longest[253] = 'a';
    longest[254] = '\0';
    assert_string_equal(bp_name_problem(longest), "is longer than 253 characters");
}

static void assert_no_definition(const char *spec, const char *message)
{
    struct bp_err e = BP_ERR_INIT;
    struct bp_definition def;
    char *text = bp_arena_printf(
        &arena, "{\"kind\":\"BlueprintDefinition\",\"metadata\":{\"name\":\"d\"}%s}", spec);

    assert_int_equal(bp_definition_read(parse(text), &def, &e), BP_EINPUT);
    assert_string_equal(e.msg, message);
}

static void test_definition(void **state)
{
    struct bp_definition def;

    (void)state;
    assert_int_equal(bp_definition_read(parse("{\"metadata\":{\"name\":\"d\"},\"spec\":{\"names\":{"
                                              "\"kind\":\"K\"},\"schema\":{\"type\":\"object\"}}}"),
                                        &def, NULL),
                     0);
    assert_string_equal(def.name, "d");
    assert_string_equal(def.kind, "K");
    assert_json(def.schema, "{\"type\":\"object\"}");
    assert_no_definition("", "the definition has no 'spec'");
    assert_no_definition(",\"spec\":[]", "'spec' is an array, must be an object");
    assert_no_definition(",\"spec\":{}", "the definition has no 'spec.names'");
    assert_no_definition(",\"spec\":{\"names\":{}}", "the definition has no 'spec.names.kind'");
    assert_no_definition(",\"spec\":{\"names\":{\"kind\":1}}",
                         "'spec.names.kind' is a number, must be a string");
    assert_no_definition(",\"spec\":{\"names\":{\"kind\":\"\"}}", "'spec.names.kind' is empty");
    assert_no_definition(",\"spec\":{\"names\":{\"kind\":\"K\"},\"schema\":true}",
                         "'spec.schema' is true, must be an object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_identity, teardown),
        cmocka_unit_test_teardown(test_no_identity, teardown),
        cmocka_unit_test_teardown(test_tombstone, teardown),
        cmocka_unit_test_teardown(test_annotations, teardown),
        cmocka_unit_test_teardown(test_generation, teardown),
        cmocka_unit_test_teardown(test_strip, teardown),
        cmocka_unit_test_teardown(test_strip_ignored, teardown),
        cmocka_unit_test_teardown(test_ignore_is_bounded, teardown),
        cmocka_unit_test_teardown(test_brief_identity, teardown),
        cmocka_unit_test_teardown(test_id, teardown),
        cmocka_unit_test_teardown(test_names, teardown),
        cmocka_unit_test_teardown(test_definition, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
