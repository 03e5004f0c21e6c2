/* Differences of documents and of states; secrets in them; changes in and out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "diff/align.h"
#include "diff/lines.h"
#include "diff/show.h"
#include "diff_patch.h"
#include "json/read.h"
#include "json/write.h"

struct fixture {
    struct bp_arena arena;
    struct bp_digest_key key;
    struct bp_fields fields;
    struct bp_mask *mask;
    struct bp_str text;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->text = (struct bp_str)BP_STR_INIT;
    f->mask = bp_mask_new();
    bp_digest_key_init(&f->key);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    bp_mask_free(f->mask);
    bp_fields_release(&f->fields);
    bp_str_release(&f->text);
    bp_arena_release(&f->arena);
    free(f);
    return 0;
}

static cJSON *parse(struct fixture *f, const char *text)
{
    struct bp_err e = BP_ERR_INIT;
    cJSON *n = bp_json_parse(&f->arena, text, strlen(text), "test", &e);

    if (!n)
        fail_msg("%s: %s", text, e.msg);
    return n;
}

/* The fields as "type label;", in order. */
static const char *labels(struct fixture *f, const char *old, const char *now)
{
    bp_fields_diff(&f->arena, &f->key, parse(f, old), parse(f, now), &f->fields);
    bp_str_clear(&f->text);
    for (size_t i = 0; i < f->fields.count; i++)
        bp_str_addf(&f->text, "%s %s;", bp_field_type_name(f->fields.items[i].type),
                    f->fields.items[i].label);
    return f->text.s;
}

static const char *paths(struct fixture *f, const char *old, const char *now)
{
    bp_fields_diff(&f->arena, &f->key, parse(f, old), parse(f, now), &f->fields);
    bp_str_clear(&f->text);
    for (size_t i = 0; i < f->fields.count; i++)
        bp_str_addf(&f->text, "%s %s;", bp_field_type_name(f->fields.items[i].type),
                    f->fields.items[i].path);
    return f->text.s;
}

/* ---- fields ---- */

static void fields_are_as_deep_as_the_change(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(paths(f, "{\"spec\":{\"a\":{\"b\":{\"c\":1,\"d\":2}}}}",
                              "{\"spec\":{\"a\":{\"b\":{\"c\":2,\"d\":2}}}}"),
                        "modified /spec/a/b/c;");
    assert_string_equal(paths(f, "{\"a\":1,\"b\":{\"x\":1}}", "{\"b\":{\"y\":1},\"c\":[]}"),
                        "removed /a;removed /b/x;added /b/y;added /c;");
    assert_string_equal(paths(f, "{\"a\":{\"b\":1}}", "{\"a\":[1]}"), "modified /a;");
    assert_string_equal(paths(f, "{\"a/b\":{\"~\":1}}", "{\"a/b\":{\"~\":2}}"),
                        "modified /a~1b/~0;");
}

static void numbers_are_compared_by_value(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(paths(f, "{\"a\":1.0,\"b\":1e400,\"c\":-0,\"d\":1e2}",
                              "{\"a\":1,\"b\":10e399,\"c\":0,\"d\":100}"),
                        "");
    assert_string_equal(paths(f, "{\"a\":12345678901234567890}", "{\"a\":12345678901234567891}"),
                        "modified /a;");
    assert_string_equal(paths(f, "{\"a\":1}", "{\"a\":\"1\"}"), "modified /a;");
    assert_string_equal(paths(f, "{\"a\":true}", "{\"a\":false}"), "modified /a;");
    assert_string_equal(paths(f, "{\"a\":null}", "{}"), "removed /a;");
}

static void named_elements_are_matched_by_name(void **state)
{
    struct fixture *f = *state;
    const char *old = "{\"l\":[{\"name\":\"x\",\"v\":1},{\"name\":\"y\",\"v\":1}]}";

    assert_string_equal(
        paths(f, old,
              "{\"l\":[{\"name\":\"n\"},{\"name\":\"x\",\"v\":1},{\"name\":\"y\",\"v\":2}]}"),
        "added /l/0;modified /l/2/v;");
    assert_string_equal(labels(f, old, "{\"l\":[{\"name\":\"y\",\"v\":2}]}"),
                        "removed l[x];modified l[y].v;");
    /* A removed field is named by its place in the old document. */
    assert_string_equal(paths(f, old, "{\"l\":[{\"name\":\"y\"}]}"),
                        "removed /l/0;removed /l/1/v;");
    assert_string_equal(paths(f, old, "{\"l\":[]}"), "removed /l/0;removed /l/1;");
}

static void moved_elements_are_one_change(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(paths(f, "{\"l\":[{\"name\":\"x\"},{\"name\":\"y\"}]}",
                              "{\"l\":[{\"name\":\"y\"},{\"name\":\"x\"}]}"),
                        "reordered /l;");
    bp_json_write(f->fields.items[0].now, &f->text);
    assert_string_equal(f->text.s, "reordered /l;[\"y\",\"x\"]");
}

static void lists_without_distinct_names_go_by_content(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(paths(f, "[1,2,3,4]", "[1,3,4]"), "removed /1;");
    assert_string_equal(paths(f, "[1,2,3]", "[0,1,2,3]"), "added /0;");
    assert_string_equal(paths(f, "[1,2,3]", "[1,9,3]"), "modified /1;");
    assert_string_equal(paths(f, "[{\"p\":1,\"q\":1},{\"p\":2}]", "[{\"p\":1,\"q\":2},{\"p\":2}]"),
                        "modified /0/q;");
    assert_string_equal(labels(f, "[{\"name\":\"x\"},{\"name\":\"x\",\"v\":1}]",
                               "[{\"name\":\"x\"},{\"name\":\"x\",\"v\":2}]"),
                        "modified [1].v;");
}

static void labels_quote_what_could_be_misread(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(labels(f, "{}", "{\"a.b\":1}"), "added [\"a.b\"];");
    assert_string_equal(labels(f, "{\"x\":{}}", "{\"x\":{\"bp/wave\":1}}"), "added x.bp/wave;");
    assert_string_equal(labels(f, "{\"x\":[]}", "{\"x\":[{\"name\":\"7\"}]}"), "added x[\"7\"];");
}

static void too_many_fields_are_told_as_one(void **state)
{
    struct fixture *f = *state;
    struct bp_str old = BP_STR_INIT, now = BP_STR_INIT;

    bp_str_adds(&old, "{\"m\":1,\"spec\":{\"x\":0");
    bp_str_adds(&now, "{\"m\":2,\"spec\":{\"x\":0");
    for (int i = 0; i < 70000; i++) {
        bp_str_addf(&old, ",\"k%d\":1", i);
        bp_str_addf(&now, ",\"k%d\":2", i);
    }
    bp_str_adds(&old, "}}");
    bp_str_adds(&now, "}}");
    assert_string_equal(paths(f, old.s, now.s), "modified /m;modified /spec;");
    bp_str_release(&old);
    bp_str_release(&now);
}

static void too_long_paths_are_cut_short(void **state)
{
    struct fixture *f = *state;
    struct bp_str old = BP_STR_INIT, now = BP_STR_INIT;
    struct bp_str *sides[] = {&old, &now};

    for (int k = 0; k < 2; k++) {
        bp_str_adds(sides[k], "{\"z\":1,\"");
        for (int i = 0; i < 1 << 16; i++)
            bp_str_addc(sides[k], 'k');
        bp_str_adds(sides[k], "\":[");
        for (int i = 0; i < 2000; i++)
            bp_str_addf(sides[k], "%s{\"v\":%d}", i ? "," : "", i * 2 + k);
        bp_str_adds(sides[k], "]}");
    }
    bp_fields_diff(&f->arena, &f->key, parse(f, old.s), parse(f, now.s), &f->fields);
    assert_int_equal(f->fields.count, 1);
    assert_int_equal(f->fields.items[0].type, BP_FIELD_MODIFIED);
    bp_str_release(&old);
    bp_str_release(&now);
}

/* ---- properties ---- */

static uint32_t random_state = 1;

static uint32_t below(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % n;
}

static const char *const words[] = {"name", "a", "b", "spec", "a/b", "~x", "value", "c", "d"};

static cJSON *random_scalar(struct bp_arena *a)
{
    static const char *const numbers[] = {"0", "-0", "1", "1.0", "2", "1e400", "20e399", "10"};
    const char *number = numbers[below(sizeof numbers / sizeof *numbers)];

    switch (below(4)) {
    case 0:
        return bp_json_null(a);
    case 1:
        return bp_json_bool(a, below(2));
    case 2:
        return bp_json_string(a, words[below(9)]);
    default:
        return bp_json_number(a, number, strlen(number));
    }
}

static cJSON *random_tree(struct bp_arena *a, int depth)
{
    uint32_t kind = depth ? below(5) : 0;
    bool named = kind == 4;
    cJSON *n;

    if (kind < 2)
        return random_scalar(a);
    if (kind == 2) {
        n = bp_json_object(a);
        for (uint32_t k = below(5); k > 0; k--)
            bp_json_set(a, n, words[below(9)], random_tree(a, depth - 1));
        return n;
    }
    n = bp_json_array(a);
    for (uint32_t k = below(6); k > 0; k--) {
        cJSON *element = named ? bp_json_object(a) : random_tree(a, depth - 1);

        if (named) {
            bp_json_set(a, element, "v", random_tree(a, depth - 1));
            bp_json_set_string(a, element, "name", words[below(9)]);
        }
        bp_json_append(n, element);
    }
    return n;
}

/* Changes a tree here and there. */
static void mutate(struct bp_arena *a, cJSON *n)
{
    cJSON *child, *next;

    for (child = n->child; child; child = next) {
        next = child->next;
        mutate(a, child);
        if (below(12) == 0)
            bp_json_replace(child, random_tree(a, 2));
        else if (below(12) == 0)
            bp_json_unlink(child);
        else if (cJSON_IsArray(n) && below(8) == 0) {
            bp_json_unlink(child);
            patch_insert(n, below((uint32_t)bp_json_count(n) + 1), child);
        }
    }
    if (cJSON_IsArray(n) && below(6) == 0)
        patch_insert(n, below((uint32_t)bp_json_count(n) + 1), random_tree(a, 1));
    if (cJSON_IsObject(n) && below(6) == 0)
        bp_json_set(a, n, words[below(9)], random_tree(a, 1));
}

static void check_both_ways(struct fixture *f, const cJSON *x, const cJSON *y)
{
    bool equal = bp_json_equal(x, y);

    bp_fields_diff(&f->arena, &f->key, x, y, &f->fields);
    assert_int_equal(f->fields.count == 0, equal);
    assert_true(bp_json_equal(patch_apply(&f->arena, x, &f->fields), y));
    bp_fields_diff(&f->arena, &f->key, y, x, &f->fields);
    assert_true(bp_json_equal(patch_apply(&f->arena, y, &f->fields), x));
    assert_int_equal(equal,
                     bp_digest_equal(bp_digest_tree(&f->key, x), bp_digest_tree(&f->key, y)));
}

static void applying_what_differs_gives_the_new_one(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 20000; i++) {
        cJSON *x = random_tree(&f->arena, 5);
        cJSON *y = bp_json_copy(&f->arena, x);

        bp_fields_diff(&f->arena, &f->key, x, y, &f->fields);
        assert_int_equal(f->fields.count, 0);
        mutate(&f->arena, y);
        check_both_ways(f, x, y);
        if (i % 8 == 0)
            check_both_ways(f, x, random_tree(&f->arena, 4));
        bp_arena_reset(&f->arena);
    }
}

static void matches_never_cross(void **state)
{
    (void)state;
    for (int round = 0; round < 2000; round++) {
        uint64_t a[12], b[12];
        size_t na = below(12), nb = below(12), effort = below(3) ? BP_ALIGN_EFFORT : 0;
        bool exact = below(2);
        ptrdiff_t match[12], last = -1;

        for (size_t i = 0; i < na; i++)
            a[i] = below(4);
        for (size_t j = 0; j < nb; j++)
            b[j] = below(4);
        bp_align(a, na, b, nb, exact, &effort, match);
        for (size_t j = 0; j < nb; j++) {
            if (match[j] < 0)
                continue;
            assert_true(match[j] > last && (size_t)match[j] < na);
            assert_true(!exact || a[match[j]] == b[j]);
            last = match[j];
        }
    }
}

/* ---- texts ---- */

static void collect_line(void *ctx, char sign, const char *text, size_t len)
{
    struct bp_str *out = ctx;

    if (sign == '@')
        bp_str_addf(out, "@%zu;", len);
    else
        bp_str_addf(out, "%c%.*s;", sign, text ? (int)len : 0, text ? text : "");
}

static const char *lines(struct fixture *f, const char *old, const char *now)
{
    bp_str_clear(&f->text);
    bp_lines_diff(old, now, collect_line, &f->text);
    return f->text.s;
}

static void texts_are_compared_by_line(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(lines(f, "1\n2\n3\n4\n5\n6\n", "1\n2\n3\nx\n5\n6\n"), "@2; 3;-4;+x; 5;@1;");
    assert_string_equal(lines(f, "a\n", "a\nb\n"), " a;+b;");
    assert_string_equal(lines(f, "a\nb\n", "b\n"), "-a; b;");
    assert_string_equal(lines(f, "a\n", "a"), "-a;+a;\\;");
    assert_string_equal(lines(f, "", "a\nb\n"), "+a;+b;");
    assert_string_equal(lines(f, "a\n\n\nb\n", "a\n\nb\n"), "@1; ;-; b;");
}

/* ---- secrets ---- */

static const char *masked(struct fixture *f, const char *text)
{
    bp_str_clear(&f->text);
    bp_json_write(bp_mask_copy(f->mask, &f->arena, parse(f, text), false), &f->text);
    return f->text.s;
}

static void secrets_are_masked_where_their_name_says_so(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(
        masked(f, "{\"password\":\"x\",\"user\":\"x\",\"token\":7,\"n\":7}"),
        "{\"password\":\"(secret #1)\",\"user\":\"x\",\"token\":\"(secret #2)\",\"n\":7}");
    assert_string_equal(
        masked(f, "{\"credentials\":{\"a\":[\"x\",\"y\"]},\"password\":\"\"}"),
        "{\"credentials\":{\"a\":[\"(secret #1)\",\"(secret #3)\"]},\"password\":\"\"}");
    assert_string_equal(
        masked(f, "[{\"name\":\"DB_PASSWORD\",\"value\":\"y\"},{\"name\":\"A\",\"value\":\"y\"}]"),
        "[{\"name\":\"DB_PASSWORD\",\"value\":\"(secret #3)\"},{\"name\":\"A\",\"value\":\"y\"}]");
    assert_string_equal(masked(f, "{\"password\":\"${secret:DB}\",\"secret\":true}"),
                        "{\"password\":\"${secret:DB}\",\"secret\":true}");
}

static void secrets_are_masked_inside_text(void **state)
{
    struct fixture *f = *state;

#define MASKED(in, out) assert_string_equal(masked(f, "[\"" in "\"]"), "[\"" out "\"]")
    MASKED("A=1\\nPASSWORD=x\\nexport API_TOKEN='y'",
           "A=1\\nPASSWORD=(secret #1)\\nexport API_TOKEN='(secret #2)'");
    MASKED("--db-password=x", "--db-password=(secret #1)");
    MASKED("mysql --password x", "mysql --password (secret #1)");
    MASKED("mysql --password -v", "mysql --password -v");
    MASKED("- password: x", "- password: (secret #1)");
    MASKED("mode: password", "mode: password");
    MASKED("the password was changed", "the password was changed");
    MASKED("{'password':'x','n':1,'token':'a\\\\'b','u':'a://b:y@c'}",
           "{'password':'(secret #1)','n':1,'token':'(secret #3)','u':'a://b:(secret #2)@c'}");
    MASKED("a://u:x@h/db b://u:x@h", "a://u:(secret #1)@h/db b://u:(secret #1)@h");
    MASKED("http://h:80/a@b", "http://h:80/a@b");
    MASKED("a://u:${secret:P}@h", "a://u:${secret:P}@h");
    MASKED("PASSWORD=${secret:P}", "PASSWORD=${secret:P}");
    MASKED("--password\",\"x\",\"y", "--password\",\"(secret #1)\",\"y");
    MASKED("-----BEGIN RSA PRIVATE KEY-----\\nabc\\n", "(secret #4)");
    MASKED("-----BEGIN CERTIFICATE-----\\nabc\\n", "-----BEGIN CERTIFICATE-----\\nabc\\n");
    MASKED("password=", "password=");
    MASKED("password='", "password='");
}

static void fields_below_a_secret_are_masked(void **state)
{
    struct fixture *f = *state;
    cJSON *object;

    paths(f, "{\"spec\":{\"secrets\":{\"db\":{\"v\":\"old\"}}}}",
          "{\"spec\":{\"secrets\":{\"db\":{\"v\":\"fresh\"}}}}");
    object = bp_fields_object(&f->arena, &f->fields, f->mask);
    bp_str_clear(&f->text);
    bp_json_write(object, &f->text);
    assert_string_equal(
        f->text.s,
        "{\"specChanges\":[{\"path\":\"/spec/secrets/db/v\",\"oldValue\":\"(secret #1)\","
        "\"newValue\":\"(secret #2)\",\"type\":\"modified\"}],\"metadataChanges\":[],"
        "\"hasChanges\":true}");
}

static void an_argument_behind_a_secret_option_is_masked(void **state)
{
    struct fixture *f = *state;

    paths(f, "{\"args\":[\"--password\",\"old\"]}", "{\"args\":[\"--password\",\"fresh\"]}");
    assert_int_equal(f->fields.count, 1);
    assert_true(f->fields.items[0].secret);
}

/* ---- states ---- */

static int collect_change(void *ctx, struct bp_arena *a, struct bp_change *c,
                          const struct bp_fields *fields, struct bp_err *e)
{
    struct bp_str *out = ctx;

    (void)a;
    (void)e;
    bp_str_addf(out, "%s %s/%s %zu;", bp_action_name(c->action), c->id.kind, c->id.name,
                fields->count);
    assert_int_equal(c->old != NULL, c->action == BP_UPDATE || c->action == BP_DELETE);
    assert_int_equal(c->now != NULL, c->action == BP_UPDATE || c->action == BP_CREATE);
    return 0;
}

/* What bp_states makes of two lists of documents; the findings are counted in `*errors`. */
static const char *changes(struct fixture *f, const char *old, const char *now, bool prune,
                           size_t *errors)
{
    struct bp_diags *diags = bp_diags_new("/dev/null", false, true, NULL);
    struct bp_states *s;
    cJSON *doc;
    const char *sides[] = {old, now};

    bp_str_clear(&f->text);
    s = bp_states_new(diags, collect_change, &f->text);
    for (int k = 0; k < 2; k++) {
        struct bp_json_cursor c;

        bp_json_cursor_init(&c, sides[k], strlen(sides[k]), k ? "new" : "old");
        while (bp_json_cursor_more(&c)) {
            doc = bp_json_next(&c, &f->arena, NULL, NULL);
            assert_int_equal((k ? bp_states_add_new : bp_states_add_old)(s, &f->arena, doc, NULL),
                             0);
        }
    }
    if (prune)
        assert_int_equal(bp_states_prune(s, NULL), 0);
    if (errors)
        *errors = bp_diags_count(diags, BP_ERROR);
    bp_states_free(s);
    bp_diags_free(diags, NULL);
    return f->text.s;
}

#define DOC(name, rest) "{\"kind\":\"K\",\"metadata\":{\"name\":\"" name "\"" rest "}\n"
#define GONE(name) "{\"kind\":\"K\",\"metadata\":{\"name\":\"" name "\"},\"deleted\":true}\n"

static void states_become_changes(void **state)
{
    struct fixture *f = *state;
    const char *old = DOC("b", "},\"spec\":{\"v\":1}") DOC("a", "},\"spec\":{}") DOC("c", "}");

    assert_string_equal(
        changes(f, old, DOC("n", "}") DOC("b", "},\"spec\":{\"v\":2}"), false, NULL),
        "create K/n 0;update K/b 1;");
    assert_string_equal(changes(f, old, DOC("b", "},\"spec\":{\"v\":1.0}"), true, NULL),
                        "noop K/b 0;delete K/a 0;delete K/c 0;");
    assert_string_equal(changes(f, old, GONE("c") GONE("z"), false, NULL),
                        "delete K/c 0;noop K/z 0;");
    assert_string_equal(changes(f, GONE("a"), GONE("a"), true, NULL), "noop K/a 0;");
    assert_string_equal(changes(f, GONE("a"), DOC("a", "}"), true, NULL), "create K/a 0;");
    assert_string_equal(changes(f, "", "", true, NULL), "");
}

static void what_the_server_sets_is_no_difference(void **state)
{
    struct fixture *f = *state;
    const char *live = "{\"blueprintid\":\"x\",\"kind\":\"K\",\"metadata\":{\"name\":\"a\","
                       "\"generation\":4,\"createdAt\":\"2024-01-01T00:00:00Z\","
                       "\"annotations\":{\"bp/source-commit\":\"abc\"}},\"spec\":{},"
                       "\"status\":{\"x\":1}}";

    assert_string_equal(changes(f, live,
                                DOC("a", ",\"labels\":{},\"locationname\":\"\"},\"spec\":null"),
                                true, NULL),
                        "noop K/a 0;");
    assert_string_equal(changes(f, live, DOC("a", ",\"labels\":{\"x\":\"y\"}}"), true, NULL),
                        "update K/a 1;");
}

static void ignored_pointers_count_on_either_side(void **state)
{
    struct fixture *f = *state;
    const char *ignoring =
        DOC("a", ",\"annotations\":{\"bp/ignore\":\"/spec/v, /metadata/annotations\"}}"
                 ",\"spec\":{\"v\":1}");

    assert_string_equal(changes(f, ignoring, DOC("a", "},\"spec\":{\"v\":2}"), true, NULL),
                        "noop K/a 0;");
    assert_string_equal(changes(f, DOC("a", "},\"spec\":{\"v\":2}"), ignoring, true, NULL),
                        "noop K/a 0;");
    assert_string_equal(changes(f, ignoring, DOC("a", "},\"spec\":{\"w\":2}"), true, NULL),
                        "update K/a 1;");
}

static void kept_documents_are_not_pruned(void **state)
{
    struct fixture *f = *state;
    const char *old = DOC("a", ",\"annotations\":{\"bp/prune\":\"keep\"}}") DOC("b", "}");

    assert_string_equal(changes(f, old, "", true, NULL), "delete K/b 0;");
    assert_string_equal(changes(f, old, GONE("a"), false, NULL), "delete K/a 0;");
}

static void what_has_no_single_identity_is_a_finding(void **state)
{
    struct fixture *f = *state;
    size_t errors;

    changes(f, DOC("a", "}") DOC("a", "}"), "", false, &errors);
    assert_int_equal(errors, 1);
    changes(f, "", DOC("a", "}") GONE("a"), false, &errors);
    assert_int_equal(errors, 1);
    changes(f, "{\"kind\":\"K\"}", "[1]", false, &errors);
    assert_int_equal(errors, 2);
    /* A slash in a kind or a name makes no two identities one. */
    changes(f, "",
            "{\"kind\":\"a/"
            "b\",\"metadata\":{\"name\":\"c\"}}{\"kind\":\"a\",\"metadata\":{\"name\":\"b/c\"}}",
            false, &errors);
    assert_int_equal(errors, 0);
}

/* ---- changes ---- */

static const char *refusal(struct fixture *f, const char *text)
{
    struct bp_change c;
    struct bp_err e = BP_ERR_INIT;

    bp_str_clear(&f->text);
    if (bp_change_parse(parse(f, text), &c, &e) == 0)
        return "";
    assert_int_equal(e.code, BP_EINPUT);
    bp_str_adds(&f->text, e.msg);
    return f->text.s;
}

static void changes_come_back_as_they_went_out(void **state)
{
    struct fixture *f = *state;
    struct bp_change c = {.action = BP_UPDATE, .id = {"K", "a"}}, back;
    cJSON *object;

    c.old = parse(f, DOC("a", ",\"generation\":2}"));
    c.now = parse(f, DOC("a", "},\"spec\":{}"));
    c.diff = parse(f, "{\"hasChanges\":true}");
    object = bp_change_object(&f->arena, &c);
    bp_json_write(object, &f->text);
    assert_int_equal(bp_change_parse(parse(f, f->text.s), &back, NULL), 0);
    assert_int_equal(back.action, BP_UPDATE);
    assert_string_equal(back.id.name, "a");
    assert_int_equal(bp_document_generation(back.old), 2);
    assert_non_null(back.now);
    assert_non_null(back.diff);
    c = (struct bp_change){.action = BP_NOOP, .id = {"K", "a"}};
    bp_str_clear(&f->text);
    bp_json_write(bp_change_object(&f->arena, &c), &f->text);
    assert_string_equal(
        f->text.s,
        "{\"action\":\"noop\",\"kind\":\"K\",\"name\":\"a\",\"diff\":{\"hasChanges\":false}}");
}

static void changes_that_do_not_fit_are_refused(void **state)
{
    struct fixture *f = *state;

#define CHANGE(action, rest) "{\"action\":\"" action "\",\"kind\":\"K\",\"name\":\"a\"" rest "}"
#define SIDE(member, name) ",\"" member "\":{\"kind\":\"K\",\"metadata\":{\"name\":\"" name "\"}}"
    assert_string_equal(refusal(f, CHANGE("create", SIDE("new", "a") ",\"old\":null")), "");
    assert_string_equal(refusal(f, CHANGE("delete", SIDE("old", "a"))), "");
    assert_string_equal(refusal(f, CHANGE("noop", "")), "");
    assert_non_null(strstr(refusal(f, DOC("a", "}")), "no 'action'"));
    assert_non_null(strstr(refusal(f, CHANGE("drop", "")), "not 'drop'"));
    assert_non_null(strstr(refusal(f, "{\"action\":\"noop\",\"kind\":\"K\"}"), "'name'"));
    assert_non_null(strstr(refusal(f, CHANGE("create", "")), "needs 'new'"));
    assert_non_null(strstr(refusal(f, CHANGE("create", SIDE("new", "a") SIDE("old", "a"))),
                           "must not have 'old'"));
    assert_non_null(strstr(refusal(f, CHANGE("update", SIDE("new", "a"))), "needs 'old'"));
    assert_non_null(strstr(refusal(f, CHANGE("delete", "")), "needs 'old'"));
    assert_non_null(strstr(refusal(f, CHANGE("delete", SIDE("old", "a") SIDE("new", "a"))),
                           "must not have 'new'"));
    assert_non_null(strstr(refusal(f, CHANGE("create", SIDE("new", "b"))), "has document 'K/b'"));
    assert_non_null(
        strstr(refusal(f, CHANGE("noop", ",\"diff\":{\"hasChanges\":true}")), "has changes"));
    assert_non_null(strstr(refusal(f, CHANGE("create", ",\"new\":" GONE("a"))), "tombstone"));
    assert_non_null(strstr(refusal(f, "[]"), "must be an object"));
}

#define DIFF_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DIFF_TEST(fields_are_as_deep_as_the_change),
        DIFF_TEST(numbers_are_compared_by_value),
        DIFF_TEST(named_elements_are_matched_by_name),
        DIFF_TEST(moved_elements_are_one_change),
        DIFF_TEST(lists_without_distinct_names_go_by_content),
        DIFF_TEST(labels_quote_what_could_be_misread),
        DIFF_TEST(too_many_fields_are_told_as_one),
        DIFF_TEST(too_long_paths_are_cut_short),
        DIFF_TEST(applying_what_differs_gives_the_new_one),
        DIFF_TEST(matches_never_cross),
        DIFF_TEST(texts_are_compared_by_line),
        DIFF_TEST(secrets_are_masked_where_their_name_says_so),
        DIFF_TEST(secrets_are_masked_inside_text),
        DIFF_TEST(fields_below_a_secret_are_masked),
        DIFF_TEST(an_argument_behind_a_secret_option_is_masked),
        DIFF_TEST(states_become_changes),
        DIFF_TEST(what_the_server_sets_is_no_difference),
        DIFF_TEST(ignored_pointers_count_on_either_side),
        DIFF_TEST(kept_documents_are_not_pruned),
        DIFF_TEST(what_has_no_single_identity_is_a_finding),
        DIFF_TEST(changes_come_back_as_they_went_out),
        DIFF_TEST(changes_that_do_not_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
