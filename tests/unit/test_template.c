/* Templates, forms, parameters, overlays: the parts of lib/render, without files. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/str.h"
#include "json/input.h"
#include "json/write.h"
#include "render/catalog.h"
#include "render/expr.h"
#include "render/form.h"
#include "render/inventory.h"
#include "render/name.h"
#include "render/params.h"
#include "render/site.h"
#include "render/template.h"
#include "render/text.h"

/* ---- helpers ---- */

struct fixture {
    struct bp_arena a;
    struct bp_diags *d;
    char report[64];
    struct bp_str findings; /* the report, once findings() was called */
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->findings = (struct bp_str)BP_STR_INIT;
    snprintf(f->report, sizeof f->report, "/tmp/bp-test-template-XXXXXX");
    int fd = mkstemp(f->report);
    assert_true(fd >= 0);
    close(fd);
    f->d = bp_diags_new(f->report, false, true, NULL);
    assert_non_null(f->d);
    *state = f;
    return 0;
}

/* Ends the collecting: the findings as JSON lines. What goes to standard error is for people. */
static const char *findings(struct fixture *f)
{
    if (f->d) {
        int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        bp_diags_free(f->d, NULL);
        dup2(saved, STDERR_FILENO);
        close(saved);
        close(null);
        f->d = NULL;
        assert_int_equal(bp_read_file(AT_FDCWD, f->report, &f->findings, NULL), 0);
    }
    return f->findings.s;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    findings(f);
    unlink(f->report);
    bp_str_release(&f->findings);
    bp_arena_release(&f->a);
    free(f);
    return 0;
}

static cJSON *yaml(struct fixture *f, const char *text)
{
    struct bp_err e = BP_ERR_INIT;
    cJSON *all = bp_input_text(&f->a, text, strlen(text), "t.yaml", &e);
    if (!all)
        fail_msg("%s", e.msg);
    return all->child;
}

static const char *text_of(struct fixture *f, cJSON *n)
{
    struct bp_str s = BP_STR_INIT;
    if (!n)
        return "(nothing)";
    bp_json_write_canonical(n, &s);
    char *text = bp_arena_strndup(&f->a, s.s, s.len);
    bp_str_release(&s);
    return text;
}

static const char *expand_with(struct fixture *f, const char *template, const char *params,
                               struct bp_budget budget)
{
    bool failed = false;
    cJSON *builtins = yaml(f, "{name: n-1, service: {name: N 1}, site: {name: s, root: /r}}");
    const struct bp_scope scope = {.params = yaml(f, params), .builtins = builtins};
    cJSON *made = bp_template_expand(&f->a, yaml(f, template), &scope, &budget, f->d, &failed);
    return failed ? "(failed)" : text_of(f, made);
}

static const char *expand(struct fixture *f, const char *template, const char *params)
{
    return expand_with(f, template, params, (struct bp_budget)BP_BUDGET_INIT);
}

#define assert_expands(f, template, params, expected) \
    assert_string_equal(expand(f, template, params), expected)

#define assert_finding(f, text)                                   \
    do {                                                          \
        if (!strstr(findings(f), text))                           \
            fail_msg("not found: %s\nin: %s", text, findings(f)); \
    } while (0)

/* ---- expansion ---- */

static void test_whole_values_keep_their_type(void **state)
{
    struct fixture *f = *state;
    assert_expands(f, "{a: '${x}'}", "{x: 3}", "{\"a\":3}");
    assert_expands(f, "{a: '${x}'}", "{x: [1, {b: true}]}", "{\"a\":[1,{\"b\":true}]}");
    assert_expands(f, "{a: '${x}'}", "{x: {y: z}}", "{\"a\":{\"y\":\"z\"}}");
    assert_expands(f, "{a: '${x.y}'}", "{x: {y: '1.10'}}", "{\"a\":\"1.10\"}");
    assert_expands(f, "[1, null, true]", "{}", "[1,null,true]");
}

static void test_exact_numbers_survive(void **state)
{
    struct fixture *f = *state;
    bool failed = false;
    struct bp_str s = BP_STR_INIT;
    struct bp_budget budget = BP_BUDGET_INIT;
    const struct bp_scope scope = {.params = yaml(f, "{x: 1.10, y: 12345678901234567890}")};
    cJSON *t = yaml(f, "{a: '${x}', b: 'v${y}'}");
    bp_json_write(bp_template_expand(&f->a, t, &scope, &budget, f->d, &failed), &s);
    assert_string_equal(s.s, "{\"a\":1.10,\"b\":\"v12345678901234567890\"}");
    bp_str_release(&s);
}

static void test_text_is_interpolated(void **state)
{
    struct fixture *f = *state;
    assert_expands(f, "{a: 'tcp://${host}:${port}/${tls}'}", "{host: h, port: 80, tls: true}",
                   "{\"a\":\"tcp://h:80/true\"}");
    assert_expands(f, "{a: '${name} at ${site.name}, ${service.name}'}", "{}",
                   "{\"a\":\"n-1 at s, N 1\"}");
    assert_expands(f, "{'k-${x}': 1}", "{x: y}", "{\"k-y\":1}");
}

static void test_dollars(void **state)
{
    struct fixture *f = *state;
    assert_expands(f, "{a: '$${x}', b: '$5', c: 'a$$b', d: '$$${x}'}", "{x: 1}",
                   "{\"a\":\"${x}\",\"b\":\"$5\",\"c\":\"a$$b\",\"d\":\"$${x}\"}");
    assert_expands(f, "{a: '${secret:s/p#k}', b: 'u:${secret:s/p}@h'}", "{}",
                   "{\"a\":\"${secret:s/p#k}\",\"b\":\"u:${secret:s/p}@h\"}");
    assert_expands(f, "{$$ref: '#/a'}", "{}", "{\"$ref\":\"#/a\"}");
}

static void test_values_are_never_expanded_again(void **state)
{
    struct fixture *f = *state;
    assert_expands(f, "{a: '${x}', b: '<${x}>', '${x}': 1}", "{x: '${y}', y: no}",
                   "{\"${y}\":1,\"a\":\"${y}\",\"b\":\"<${y}>\"}");
    assert_expands(f, "{a: '${x}'}", "{x: {$if: y, $each: z, '$merge': 1}}",
                   "{\"a\":{\"$each\":\"z\",\"$if\":\"y\",\"$merge\":1}}");
    assert_expands(f, "{a: 'x${x}'}", "{x: \"\\\"}\\n, b: 1\"}", "{\"a\":\"x\\\"}\\n, b: 1\"}");
}

static void test_secret_is_not_made_of_parts(void **state)
{
    struct fixture *f = *state;
    assert_expands(f, "{a: '${x}${y}'}", "{x: '${sec', y: 'ret:root}'}", "(failed)");
    assert_expands(f, "{a: '$${sec${y}'}", "{y: 'ret:root}'}", "(failed)");
    assert_finding(f, "O006");
}

static void test_no_value_drops_the_member(void **state)
{
    struct fixture *f = *state;
    assert_expands(f, "{a: '${x}', b: 1, c: ['${x}', 2]}", "{}", "{\"b\":1,\"c\":[2]}");
    assert_expands(f, "{a: 'x ${x}'}", "{}", "(failed)");
    assert_finding(f, "'x' has no value");
}

static void test_structure_in_text_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_expands(f, "b: 1\na: 'x ${x}'", "{x: {y: 1}}", "(failed)");
    assert_finding(f, "\"line\":2");
    assert_finding(f, "is an object and can't stand inside a text");
}

static void test_unknown_site_variable_is_an_error(void **state)
{
    struct fixture *f = *state;
    assert_expands(f, "{a: '${site.root}'}", "{}", "{\"a\":\"/r\"}");
    assert_expands(f, "{a: '${site.roof}'}", "{}", "(failed)");
    assert_finding(f, "site 's' has no variable 'roof' (did you mean 'root'?)");
}

static void test_conditions(void **state)
{
    struct fixture *f = *state;
    assert_expands(f, "{a: {$if: x, b: 1}}", "{x: true}", "{\"a\":{\"b\":1}}");
    assert_expands(f, "{a: {$if: x, b: 1}}", "{x: false}", "{}");
    assert_expands(f, "{a: {$if: '!x', b: 1}}", "{}", "{\"a\":{\"b\":1}}");
    assert_expands(f, "{a: {$if: x == tcp, $value: 1, $else: 2}}", "{x: tcp}", "{\"a\":1}");
    assert_expands(f, "{a: {$if: x == tcp, $value: 1, $else: 2}}", "{x: udp}", "{\"a\":2}");
    assert_expands(f, "{a: {$if: x != 3, b: 1}}", "{x: 3.0}", "{}");
    assert_expands(f, "{a: {$if: 'x == \"a b\"', $value: ok}}", "{x: a b}", "{\"a\":\"ok\"}");
    assert_expands(f, "[{$if: x, a: 1}, {b: 2}]", "{}", "[{\"b\":2}]");
    assert_expands(f, "{$if: x, kind: K}", "{}", "(nothing)");
    assert_expands(f, "{a: {$if: x.y, $value: 1}}", "{x: {y: []}}", "{}");
}

static void test_repetition(void **state)
{
    struct fixture *f = *state;
    assert_expands(f, "[{$each: p in ports, n: '${p.host}'}]", "{ports: [{host: 1}, {host: 2}]}",
                   "[{\"n\":1},{\"n\":2}]");
    assert_expands(f, "[{$each: 'p, i in ports', $value: '${i}:${p}'}, z]", "{ports: [a, b]}",
                   "[\"0:a\",\"1:b\",\"z\"]");
    assert_expands(f, "[{$each: e in env, $value: '${e.key}=${e.value}'}]", "{env: {B: 2, A: 1}}",
                   "[\"A=1\",\"B=2\"]");
    assert_expands(f, "[{$each: p in ports, $if: p.on, n: '${p.n}'}]",
                   "{ports: [{n: 1, on: true}, {n: 2}]}", "[{\"n\":1}]");
    assert_expands(f, "[{$each: p in ports, a: 1}]", "{}", "[]");
    assert_expands(f, "[{$each: r in rows, cells: [{$each: c in r.cells, $value: '${r.n}${c}'}]}]",
                   "{rows: [{n: a, cells: [1, 2]}]}", "[{\"cells\":[\"a1\",\"a2\"]}]");
    assert_expands(f, "[{$each: p in ports, a: '${p}'}]", "{ports: x}", "(failed)");
}

static void test_merge(void **state)
{
    struct fixture *f = *state;
    assert_expands(f, "{a: 1, $merge: '${x}'}", "{x: {b: 2, c: {d: 3}}}",
                   "{\"a\":1,\"b\":2,\"c\":{\"d\":3}}");
    assert_expands(f, "{$merge: ['${x}', '${y}']}", "{x: {b: 2}, y: {c: 3}}", "{\"b\":2,\"c\":3}");
    assert_expands(f, "{$merge: '${x}'}", "{}", "{}");
    assert_expands(f, "{b: 1, $merge: '${x}'}", "{x: {b: 2}}", "(failed)");
    assert_finding(f, "duplicate-member");
}

static void test_computed_names_do_not_collide(void **state)
{
    struct fixture *f = *state;
    assert_expands(f, "{'${x}': 1, '${y}': 2}", "{x: a, y: a}", "(failed)");
    assert_finding(f, "member 'a' is there twice");
}

static void test_budget_is_kept(void **state)
{
    struct fixture *f = *state;
    struct bp_budget small = {.nodes = 50, .bytes = 1000};
    const char *bomb = "[{$each: a in l, $value: [{$each: b in l, $value: ['${a}', '${b}']}]}]";
    assert_string_equal(expand_with(f, bomb, "{l: [1, 2, 3, 4, 5, 6, 7, 8]}", small), "(failed)");
    small = (struct bp_budget){.nodes = 1000, .bytes = 20};
    assert_string_equal(expand_with(f, "{a: '${x}${x}${x}'}", "{x: '0123456789'}", small),
                        "(failed)");
    assert_finding(f, "too-large");
}

/* ---- checks before any order ---- */

static void on_used(void *ctx, const char *path, size_t len)
{
    bp_str_addf(ctx, "%.*s ", (int)len, path);
}

static const char schema_text[] =
    "properties:\n"
    "  image: {type: string}\n"
    "  env: {type: object, properties: {TZ: {type: string}}, additionalProperties: false}\n"
    "  open: {type: object}\n"
    "  ports: {type: array, items: {type: object, properties: {host: {type: integer}},"
    " additionalProperties: false}}\n";

static bool check(struct fixture *f, const char *template)
{
    struct bp_str used = BP_STR_INIT;
    size_t variables = 0;
    bool fine = bp_template_check(yaml(f, template), yaml(f, schema_text), on_used, &used,
                                  &variables, f->d);
    bp_str_release(&used);
    return fine;
}

static void test_check_accepts(void **state)
{
    struct fixture *f = *state;
    assert_true(check(f, "{a: '${image}', b: '${env.TZ}', c: '${open.any.thing}', d: '${name}'}"));
    assert_true(check(f, "[{$each: p in ports, h: '${p.host}'}]"));
    assert_true(check(f, "{$if: '!image', $value: '${service.id}', $else: '${site.x}'}"));
}

static void test_check_finds_unknown_names(void **state)
{
    struct fixture *f = *state;
    assert_false(check(f, "a: 1\nb: '${imgae}'"));
    assert_false(check(f, "{a: '${env.TX}'}"));
    assert_false(check(f, "[{$each: p in ports, h: '${p.hots}'}]"));
    assert_false(check(f, "{a: '${service.nmae}'}"));
    assert_false(check(f, "{a: '${image.tag}'}"));
    assert_false(check(f, "{$if: imag, a: 1}"));
    assert_finding(f, "parameter 'imgae' is not declared (did you mean 'image'?)");
    assert_finding(f, "(did you mean 'env.TZ'?)");
    assert_finding(f, "(did you mean 'p.host'?)");
    assert_finding(f, "(did you mean 'service.name'?)");
    assert_finding(f, "'image' is no object");
}

static void test_check_finds_bad_syntax(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {
        "{a: '${'}",
        "{a: '${image'}",
        "{a: '${a b}'}",
        "{a: '${}'}",
        "{a: '${secret:}'}",
        "{a: '${secret:../x}'}",
        "{a: {$each: p in ports, b: '${p.host}'}}",
        "[{$each: ports, b: 1}]",
        "[{$each: p of ports, b: 1}]",
        "[{$each: image in ports, b: '${image}'}]",
        "[{$each: site in ports, b: '${site.x}'}]",
        "[{$each: p in ports, b: 1}]",
        "{$if: image ==, a: 1}",
        "{$if: image = 1, a: 1}",
        "{$if: '!image == 1', a: 1}",
        "{$if: 1, a: 1}",
        "{$if: image, $value: 1, b: 2}",
        "{$else: 1, a: '${image}'}",
        "{$iff: image, a: 1}",
        "{$merge: image}",
        "{$merge: {a: 1}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (check(f, bad[i]))
            fail_msg("accepted: %s", bad[i]);
    }
}

/* ---- forms ---- */

static const char *split(struct fixture *f, const char *form, const char *text)
{
    cJSON *schema = bp_json_object(&f->a);
    bp_json_set(&f->a, schema, "bp:form", yaml(f, form));
    return text_of(f, bp_form_split(&f->a, schema, text));
}

static void test_forms(void **state)
{
    struct fixture *f = *state;
    const char *ports = "['${host}:${container}/${protocol}', '${container}/${protocol}']";
    const char *volume = "'${type}:${source}:${path}:${mode}'";
    assert_string_equal(split(f, ports, "80:8080/tcp"),
                        "{\"container\":\"8080\",\"host\":\"80\",\"protocol\":\"tcp\"}");
    assert_string_equal(split(f, ports, "53/udp"), "{\"container\":\"53\",\"protocol\":\"udp\"}");
    assert_string_equal(split(f, ports, "80"), "(nothing)");
    assert_string_equal(split(f, ports, ":80/tcp"), "(nothing)");
    assert_string_equal(split(f, ports, "1:2:3/tcp"), "(nothing)");
    assert_string_equal(split(f, ports, "1:2/tcp/udp"), "(nothing)");
    assert_string_equal(split(f, volume, "bind:${site.a:b}/x:/y:ro"),
                        "{\"mode\":\"ro\",\"path\":\"/y\",\"source\":\"${site.a:b}/x\","
                        "\"type\":\"bind\"}");
    assert_string_equal(split(f, volume, "bind:/x:/y:ro:z"), "(nothing)");
    assert_string_equal(split(f, volume, "bind:/x:/y:"), "(nothing)");
    assert_string_equal(split(f, volume, ""), "(nothing)");
}

/* ---- names ---- */

static void test_names(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(bp_slug(&f->a, "Conveyor_Collector  (North)"), "conveyor-collector-north");
    assert_string_equal(bp_slug(&f->a, "../../x"), "x");
    assert_null(bp_slug(&f->a, "../.."));
    assert_null(bp_slug(&f->a, ""));
    assert_int_equal(strlen(bp_slug(&f->a, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-"
                                           "bbbbbbbbb")),
                     53);
    assert_string_equal(
        bp_service_document_name(&f->a, "A b", "46E23DAB-a82c-5312-a6b2-aa8c162609de"),
        "a-b-46e23dab");
    assert_string_equal(bp_service_document_name(&f->a, "a", NULL), "a");
    /* Ids that are no UUIDs and differ at the end only. */
    assert_string_not_equal(bp_service_document_name(&f->a, "a", "service-00000001"),
                            bp_service_document_name(&f->a, "a", "service-00000002"));
    assert_true(bp_name_is_path("../../x"));
    assert_true(bp_name_is_path("/etc"));
    assert_true(bp_name_is_path("a/../b"));
    assert_false(bp_name_is_path("Conveyor / North"));
    assert_false(bp_name_is_path("v1.2..3"));
}

static void test_secret_paths(void **state)
{
    (void)state;
    assert_true(bp_text_is_secret("${secret:site/north-mine/broker#password}"));
    assert_false(bp_text_is_secret("${secret:}"));
    assert_false(bp_text_is_secret("${secret:a/../b}"));
    assert_false(bp_text_is_secret("${secret:/etc/passwd}"));
    assert_false(bp_text_is_secret("${secret:a} "));
    assert_false(bp_text_is_secret("${secret:a}${secret:b}"));
    assert_false(bp_text_is_secret("${secret:a b}"));
}

/* ---- parameters ---- */

static const char params_schema[] =
    "type: object\n"
    "required: [image]\n"
    "additionalProperties: false\n"
    "properties:\n"
    "  image: {type: string, minLength: 1}\n"
    "  replicas: {type: integer, minimum: 0, default: 1}\n"
    "  on: {type: boolean}\n"
    "  ratio: {type: number}\n"
    "  env.X: {type: string}\n"
    "  env:\n"
    "    type: object\n"
    "    additionalProperties: {type: string}\n"
    "    properties:\n"
    "      TZ: {type: string, default: '${site.tz}'}\n"
    "      PASSWORD: {type: string, secret: true}\n"
    "  ports:\n"
    "    type: array\n"
    "    items:\n"
    "      type: object\n"
    "      bp:form: '${host}:${container}'\n"
    "      properties: {host: {type: integer, maximum: 65535}, container: {type: integer}}\n"
    "  tags: {type: array, items: {type: string}}\n";

struct built {
    bool fine;
    const char *given, *typed;
};

/* `values` is an object: name -> value. */
static struct built build(struct fixture *f, const char *values, const char *base)
{
    struct bp_err e = BP_ERR_INIT;
    struct bp_entry entry = {.schema = yaml(f, params_schema)};
    const struct bp_spec spec = {.label = "Spec@1"};
    const struct bp_site site = {.name = "s", .variables = yaml(f, "{tz: UTC, root: /r, n: 8}")};
    struct bp_param items[32];
    size_t n = 0;
    const cJSON *v;
    entry.compiled = bp_schema_compile(entry.schema, NULL, NULL, &e);
    assert_non_null(entry.compiled);
    cJSON_ArrayForEach(v, yaml(f, values))
    {
        items[n++] = (struct bp_param){v->string, v, bp_json_pos(v), "/from"};
    }
    const struct bp_params_request q = {.spec = &spec,
                                        .entry = &entry,
                                        .site = &site,
                                        .document_name = "doc",
                                        .base = base ? yaml(f, base) : NULL,
                                        .items = items,
                                        .count = n};
    struct bp_params out = {0};
    struct built b = {.fine = bp_params_build(&f->a, &q, &out, f->d)};
    b.given = text_of(f, out.given);
    b.typed = text_of(f, out.typed);
    bp_schema_free(entry.compiled);
    return b;
}

static void test_params_are_typed(void **state)
{
    struct fixture *f = *state;
    struct built b = build(f,
                           "{image: i, replicas: '3', on: 'true', ratio: '0.5', env.A: 7, "
                           "env.X: x, tags: '[\"a\", 1]'}",
                           NULL);
    assert_true(b.fine);
    assert_string_equal(b.given,
                        "{\"env\":{\"A\":\"7\"},\"env.X\":\"x\",\"image\":\"i\",\"on\":true,"
                        "\"ratio\":0.5,\"replicas\":3,\"tags\":[\"a\",\"1\"]}");
    assert_string_equal(b.typed,
                        "{\"env\":{\"A\":\"7\",\"PASSWORD\":\"${secret:doc/env.PASSWORD}\","
                        "\"TZ\":\"UTC\"},\"env.X\":\"x\",\"image\":\"i\",\"on\":true,"
                        "\"ratio\":0.5,\"replicas\":3,\"tags\":[\"a\",\"1\"]}");
}

static void test_params_site_references(void **state)
{
    struct fixture *f = *state;
    struct built b = build(f,
                           "{image: '${site.root}/x ${y} $${site.root}', replicas: '${site.n}', "
                           "env.TZ: x, env.PASSWORD: 'secretref:a/b#c', ports: ['${site.n}:1']}",
                           NULL);
    assert_true(b.fine);
    /* Nothing in what is kept looks like a reference that bp-apply resolves. */
    assert_string_equal(b.given, "{\"env\":{\"PASSWORD\":\"secretref:a/b#c\",\"TZ\":\"x\"},"
                                 "\"image\":\"${site.root}/x ${y} $${site.root}\","
                                 "\"ports\":[\"${site.n}:1\"],\"replicas\":\"${site.n}\"}");
    assert_string_equal(b.typed, "{\"env\":{\"PASSWORD\":\"${secret:a/b#c}\",\"TZ\":\"x\"},"
                                 "\"image\":\"/r/x ${y} ${site.root}\","
                                 "\"ports\":[{\"container\":1,\"host\":8}],\"replicas\":8}");
}

static void test_params_overlay_the_base(void **state)
{
    struct fixture *f = *state;
    struct built b = build(f, "{replicas: 3, env.B: '2', on: null}",
                           "{image: i, on: true, env: {A: '1'}, gone: 1}");
    assert_true(b.fine);
    assert_string_equal(b.given,
                        "{\"env\":{\"A\":\"1\",\"B\":\"2\"},\"image\":\"i\",\"replicas\":3}");
    assert_finding(f, "'gone' of the base is no longer known");
}

static void test_params_every_fault_is_found(void **state)
{
    struct fixture *f = *state;
    struct built b =
        build(f,
              "{replicas: two, imgae: i, ports: ['99999:1', '1'], env.PASSWORD: hunter2, "
              "on: maybe, env.Y: 'a ${secret:x} b', image.tag: 1, env.Z: 'secretref:../x'}",
              NULL);
    assert_false(b.fine);
    assert_finding(f, "parameter 'replicas' is a string, must be");
    assert_finding(f, "parameter 'imgae' is not known to 'Spec@1' (did you mean 'image'?)");
    assert_finding(f, "parameter 'ports.0.host'");
    assert_finding(f, "'1' does not fit the form");
    assert_finding(f, "parameter 'env.PASSWORD' is a secret");
    assert_finding(f, "parameter 'on'");
    assert_finding(f, "parameter 'env.Y' holds a reference");
    assert_finding(f, "member 'image' is missing");
    assert_finding(f, "parameter 'env.Z' must refer");
    assert_null(strstr(findings(f), "hunter2"));
    assert_null(strstr(b.given, "hunter2"));
}

/* ---- overlays ---- */

static const char *merge(struct fixture *f, const char *target, const char *patch)
{
    return text_of(f, bp_overlay_merge(&f->a, yaml(f, target), yaml(f, patch)));
}

static void test_overlay_is_a_merge_patch(void **state)
{
    struct fixture *f = *state;
    /* Cases of RFC 7396, appendix A. */
    assert_string_equal(merge(f, "{a: b}", "{a: c}"), "{\"a\":\"c\"}");
    assert_string_equal(merge(f, "{a: b}", "{b: c}"), "{\"a\":\"b\",\"b\":\"c\"}");
    assert_string_equal(merge(f, "{a: b}", "{a: null}"), "{}");
    assert_string_equal(merge(f, "{a: [b]}", "{a: c}"), "{\"a\":\"c\"}");
    assert_string_equal(merge(f, "{a: {b: c}}", "{a: {b: d, c: null}}"), "{\"a\":{\"b\":\"d\"}}");
    assert_string_equal(merge(f, "{a: [{b: c}]}", "{a: [1]}"), "{\"a\":[1]}");
    assert_string_equal(merge(f, "[a, b]", "[c, d]"), "[\"c\",\"d\"]");
    assert_string_equal(merge(f, "{a: foo}", "bar"), "\"bar\"");
    assert_string_equal(merge(f, "{}", "{a: {bb: {ccc: null}}}"), "{\"a\":{\"bb\":{}}}");
}

static void test_overlay_matches_lists_by_name(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(merge(f, "{l: [{name: a, x: 1, y: 2}, {name: b}]}",
                              "{l: [{name: c, z: 3}, {name: a, x: 9, y: null}]}"),
                        "{\"l\":[{\"name\":\"a\",\"x\":9},{\"name\":\"b\"},"
                        "{\"name\":\"c\",\"z\":3}]}");
    assert_string_equal(merge(f, "{l: [{name: a}, {name: b}]}", "{l: [{name: a, $remove: true}]}"),
                        "{\"l\":[{\"name\":\"b\"}]}");
    /* Names that are not distinct match nothing: the list is replaced. */
    assert_string_equal(merge(f, "{l: [{name: a}, {name: a}]}", "{l: [{name: a, x: 1}]}"),
                        "{\"l\":[{\"name\":\"a\",\"x\":1}]}");
}

/* ---- what stands ---- */

static void add_standing(struct fixture *f, struct bp_inventory *inv, const char *name,
                         const char *annotations)
{
    struct bp_err e = BP_ERR_INIT;
    const char *text = bp_arena_printf(&f->a, "{kind: K, metadata: {name: %s, annotations: %s}}",
                                       name, annotations);
    if (bp_inventory_add(inv, yaml(f, text), &e) < 0)
        fail_msg("%s", e.msg);
}

static void test_inventory(void **state)
{
    struct fixture *f = *state;
    struct bp_inventory *inv = bp_inventory_new();
    struct bp_err e = BP_ERR_INIT;
    add_standing(f, inv, "a", "{bp/service-id: i1, bp/service-name: n}");
    add_standing(f, inv, "b", "{bp/service-id: i1, bp/service-name: n}");
    add_standing(f, inv, "c", "{bp/service-name: n}");
    add_standing(f, inv, "d", "{bp/service-name: m}");
    const struct bp_service *s = bp_inventory_service(inv, "i1", "n", NULL);
    assert_string_equal(s->documents->next->id.name, "b");
    assert_string_equal(bp_inventory_service(inv, "i2", "n", NULL)->documents->id.name, "c");
    assert_null(bp_inventory_service(inv, NULL, "n", &e));
    assert_int_equal(e.code, BP_ECONFLICT);
    assert_non_null(bp_inventory_service(inv, NULL, "m", NULL));
    assert_null(bp_inventory_service(inv, "i2", "zz", NULL));
    assert_int_equal(bp_inventory_add(inv, yaml(f, "{kind: K, metadata: {name: a}}"), &e),
                     BP_ECONFLICT);
    assert_int_equal(
        bp_inventory_add(inv, yaml(f, "{kind: K, metadata: {name: d}, deleted: true}"), &e), 0);
    assert_null(bp_inventory_service(inv, NULL, "m", NULL));
    bp_inventory_free(inv);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_whole_values_keep_their_type),
        T(test_exact_numbers_survive),
        T(test_text_is_interpolated),
        T(test_dollars),
        T(test_values_are_never_expanded_again),
        T(test_secret_is_not_made_of_parts),
        T(test_no_value_drops_the_member),
        T(test_structure_in_text_is_refused),
        T(test_unknown_site_variable_is_an_error),
        T(test_conditions),
        T(test_repetition),
        T(test_merge),
        T(test_computed_names_do_not_collide),
        T(test_budget_is_kept),
        T(test_check_accepts),
        T(test_check_finds_unknown_names),
        T(test_check_finds_bad_syntax),
        T(test_forms),
        T(test_names),
        T(test_secret_paths),
        T(test_params_are_typed),
        T(test_params_site_references),
        T(test_params_overlay_the_base),
        T(test_params_every_fault_is_found),
        T(test_overlay_is_a_merge_patch),
        T(test_overlay_matches_lists_by_name),
        T(test_inventory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
