/* The embedded store: the server's rules, batches, what is refused. */
#include "dirstore_common.h"

#include <sys/resource.h>

static const char *written(const cJSON *n)
{
    struct bp_str out = BP_STR_INIT;
    const char *text;

    bp_json_write(n, &out);
    text = bp_arena_strdup(&arena, out.s);
    bp_str_release(&out);
    return text;
}

/* ---- the server's rules ---- */

static void a_new_document_gets_id_and_keeps_its_generation(void **state)
{
    struct bp_dirstore *s = open_store(new_path(), true);
    cJSON *doc;
    const char *id;

    (void)state;
    assert_int_equal(put(s, document("a", "{\"x\":1}")), 0);
    doc = get(s, "a");
    id = bp_json_get_text(doc, "blueprintid");
    assert_int_equal(strlen(id), 64);
    assert_int_equal(strspn(id, "0123456789abcdef"), 64);
    assert_null(bp_json_path(doc, "metadata", "generation", NULL));
    assert_null(bp_json_get(doc, "status"));

    doc = parse("{\"kind\":\"K\",\"blueprintid\":\"mine\",\"metadata\":{\"name\":\"b\","
                "\"generation\":7},\"spec\":null,\"status\":{},\"unknown\":1.10}");
    assert_int_equal(put(s, doc), 7);
    assert_string_equal(written(get(s, "b")),
                        "{\"blueprintid\":\"mine\",\"kind\":\"K\",\"metadata\":{\"generation\":7,"
                        "\"name\":\"b\"},\"spec\":{},\"unknown\":1.10}");
    assert_string_equal(history_text(s, "b"), "create 7");
    bp_dirstore_close(s);
}

static void an_update_keeps_id_and_status(void **state)
{
    struct bp_dirstore *s = open_store(new_path(), true);
    cJSON *doc = document("a", "{\"x\":1}");

    (void)state;
    bp_json_set_string(&arena, doc, "blueprintid", "first");
    bp_json_set(&arena, doc, "status", parse("{\"phase\":\"up\"}"));
    put(s, doc);
    doc = document("a", "{\"x\":2}");
    bp_json_set_string(&arena, doc, "blueprintid", "other");
    bp_json_set(&arena, bp_json_get(doc, "metadata"), "generation", bp_json_integer(&arena, 99));
    assert_int_equal(put(s, doc), 1);
    doc = get(s, "a");
    assert_string_equal(bp_json_get_text(doc, "blueprintid"), "first");
    assert_string_equal(written(bp_json_get(doc, "status")), "{\"phase\":\"up\"}");

    bp_json_set(&arena, doc, "status", parse("{\"phase\":\"down\"}"));
    assert_int_equal(put(s, doc), 1);
    assert_string_equal(written(bp_json_get(get(s, "a"), "status")), "{\"phase\":\"down\"}");
    bp_json_set(&arena, doc, "status", bp_json_null(&arena));
    assert_int_equal(put(s, doc), 1);
    assert_null(bp_json_get(get(s, "a"), "status"));
    assert_string_equal(history_text(s, "a"), "create 0, update 1");
    bp_dirstore_close(s);
}

static void only_a_changed_spec_raises_the_generation(void **state)
{
    struct bp_dirstore *s = open_store(new_path(), true);
    cJSON *doc = document("a", "{\"x\":[1,{\"y\":1.0,\"z\":null}]}");

    (void)state;
    put(s, doc);
    bp_json_set(&arena, bp_json_get(doc, "metadata"), "labels", parse("{\"k\":\"v\"}"));
    assert_int_equal(put(s, doc), 0);
    assert_non_null(bp_json_path(get(s, "a"), "metadata", "labels", NULL));
    assert_int_equal(put(s, document("a", "{\"x\":[1.0,{\"z\":null,\"y\":1}]}")), 0);
    assert_null(bp_json_path(get(s, "a"), "metadata", "labels", NULL));
    assert_int_equal(put(s, document("a", "{\"x\":[1,{\"y\":1}]}")), 1);
    assert_string_equal(history_text(s, "a"), "create 0, update 1");
    bp_dirstore_close(s);
}

/* Where our numbers are exact and the server's are doubles, we differ from it on purpose. */
static bool vector_bumps(const cJSON *v)
{
    const char *note = bp_json_get_text(v, "note");

    if (strcmp(note, "beyond 2^53") == 0)
        return true;
    return strcmp(note, "0 vs -0") != 0 && cJSON_IsTrue(bp_json_get(v, "generation_bump"));
}

static void the_vectors_of_the_server_hold(void **state)
{
    struct bp_dirstore *s = open_store(new_path(), true);
    struct bp_str text = BP_STR_INIT;
    const cJSON *v;
    int n = 0;

    (void)state;
    if (bp_read_file(AT_FDCWD, "testdata/store/generation-rule.json", &text, NULL))
        fail_msg("testdata/store/generation-rule.json can't be read: run from the top directory");
    cJSON_ArrayForEach(v, bp_json_get(parse(text.s), "vectors"))
    {
        const char *name = bp_arena_printf(&arena, "v%d", n++);
        int64_t before = put(s, document(name, bp_json_get_text(v, "old_spec")));
        int64_t after = put(s, document(name, bp_json_get_text(v, "new_spec")));

        if ((after != before) != vector_bumps(v))
            fail_msg("%s", bp_json_get_text(v, "note"));
    }
    assert_true(n >= 19);
    bp_str_release(&text);
    bp_dirstore_close(s);
}

static void history_has_the_shape_of_the_server(void **state)
{
    static const char *const members[] = {"historyid", "blueprintid", "kind",      "namespace",
                                          "name",      "generation",  "spec",      "status",
                                          "timestamp", "changedby",   "changetype"};
    struct bp_dirstore *s = open_store(new_path(), true);
    cJSON *doc = document("a", "{\"x\":1}");
    const cJSON *m;
    size_t n = 0;

    (void)state;
    bp_json_set(&arena, doc, "status", parse("{\"phase\":\"up\"}"));
    put(s, doc);
    cJSON_ArrayForEach(m, history(s, "a")->child)
    {
        assert_string_equal(m->string, members[n++]);
    }
    assert_int_equal(n, sizeof members / sizeof *members);
    m = history(s, "a")->child;
    assert_int_equal(strlen(bp_json_get_text(m, "historyid")), 36);
    assert_int_equal(bp_json_get_text(m, "historyid")[14], '4');
    assert_string_equal(bp_json_get_text(m, "namespace"), "mine");
    assert_string_equal(bp_json_get_text(m, "changedby"), "tester");
    assert_int_equal(bp_json_get_text(m, "timestamp")[26], 'Z');
    assert_string_equal(bp_json_get_text(m, "blueprintid"),
                        bp_json_get_text(get(s, "a"), "blueprintid"));
    bp_dirstore_close(s);
}

static void history_survives_deletion(void **state)
{
    struct bp_dirstore *s = open_store(new_path(), true);
    struct bp_err e = BP_ERR_INIT;
    cJSON *list;

    (void)state;
    put(s, document("a", "{\"x\":1}"));
    put(s, document("a", "{\"x\":2}"));
    drop(s, "a");
    assert_null(get(s, "a"));
    assert_string_equal(history_text(s, "a"), "create 0, update 1, delete 1");
    assert_int_equal(put(s, document("a", "{\"x\":3}")), 0);
    assert_string_equal(history_text(s, "a"), "create 0, update 1, delete 1, create 0");
    list = bp_dirstore_history(s, &arena, named("a"), 2, &e);
    assert_int_equal(bp_json_count(list), 2);
    assert_string_not_equal(bp_json_get_text(list->child, "blueprintid"),
                            bp_json_get_text(list->child->next, "blueprintid"));
    assert_int_equal(bp_json_count(history(s, "never")), 0);
    bp_dirstore_close(s);
}

static void definitions_are_stored_alike(void **state)
{
    struct bp_dirstore *s = open_store(new_path(), true);
    struct bp_identity id = {.kind = BP_KIND_DEFINITION, .name = "d"};
    cJSON *doc = parse("{\"kind\":\"\",\"metadata\":{\"name\":\"d\"},\"spec\":{\"names\":{}}}");

    (void)state;
    put(s, doc);
    doc = bp_dirstore_get(s, &arena, id, NULL);
    assert_non_null(doc);
    assert_int_equal(strlen(bp_json_get_text(doc, "blueprintdefinitionid")), 64);
    assert_null(bp_json_get(doc, "blueprintid"));
    assert_string_equal(bp_json_get_text(doc, "kind"), "");
    bp_dirstore_close(s);
}

/* ---- batches ---- */

static void nothing_is_visible_before_the_commit(void **state)
{
    const char *path = new_path();
    struct bp_dirstore *w = open_store(path, true), *r;

    (void)state;
    put(w, document("a", "{\"x\":1}"));
    put_in(w, document("a", "{\"x\":2}"));
    put_in(w, document("b", "{}"));
    r = open_store(path, false);
    assert_string_equal(written(bp_json_get(get(r, "a"), "spec")), "{\"x\":1}");
    assert_null(get(r, "b"));
    assert_string_equal(history_text(r, "a"), "create 0");
    bp_dirstore_close(w);
    w = open_store(path, true);
    assert_null(get(w, "b"));
    assert_int_equal(put(w, document("a", "{\"x\":1}")), 0);
    bp_dirstore_close(w);
    bp_dirstore_close(r);
}

static void a_batch_changes_a_document_once(void **state)
{
    struct bp_dirstore *s = open_store(new_path(), true);
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    put_in(s, document("a", "{\"x\":1}"));
    assert_int_equal(bp_dirstore_put(s, document("a", "{\"x\":2}"), "", NULL, &e), BP_EUSAGE);
    commit(s);
    assert_int_equal(bp_dirstore_delete(s, named("b"), "", &e), BP_ENOTFOUND);
    assert_int_equal(put(s, document("a", "{\"x\":1}")), 0);
    assert_string_equal(history_text(s, "a"), "create 0");
    bp_dirstore_close(s);
}

static void names_are_in_byte_order_whatever_they_hold(void **state)
{
    static const char *const names[] = {"b",   "a", "../../x",  ".hidden", "%41",
                                        "A b", "~", "\xc3\xa9", "a.json"};
    struct bp_dirstore *s = open_store(new_path(), true);

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        put_in(s, document(names[i], "{}"));
    put_in(s, parse("{\"kind\":\"../J\",\"metadata\":{\"name\":\"..\"}}"));
    commit(s);
    assert_string_equal(all_names(s, 0), "../J/.. K/%41 K/../../x K/.hidden K/A b K/a K/a.json K/b "
                                         "K/~ K/\xc3\xa9 ");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_non_null(get(s, names[i]));
    bp_dirstore_close(s);
}

static void a_large_batch_needs_few_descriptors(void **state)
{
    static const rlim_t limits[] = {320, 32};
    struct rlimit old, few;

    (void)state;
    getrlimit(RLIMIT_NOFILE, &old);
    few.rlim_max = old.rlim_max;
    for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
        struct bp_dirstore *s = open_store(new_path(), true);

        few.rlim_cur = limits[k];
        setrlimit(RLIMIT_NOFILE, &few);
        for (int i = 0; i < 700; i++)
            put_in(s, document(bp_arena_printf(&arena, "d%d", i), "{}"));
        commit(s);
        setrlimit(RLIMIT_NOFILE, &old);
        assert_int_equal(bp_json_count(history(s, "d699")), 1);
        bp_dirstore_close(s);
    }
}

/* ---- what is refused ---- */

static void assert_refused(const char *path, bool write, int code, const char *part)
{
    struct bp_err e = BP_ERR_INIT;

    assert_null(bp_dirstore_open(path, write, 0, &e));
    assert_int_equal(e.code, code);
    if (!strstr(e.msg, part))
        fail_msg("no '%s' in: %s", part, e.msg);
}

static void strange_directories_are_refused(void **state)
{
    const char *path = new_path();
    const char *format = bp_arena_printf(&arena, "%s/bp-store", path);

    (void)state;
    assert_refused(path, false, BP_ENOTFOUND, "there is none");
    assert_int_equal(mkdir(path, 0777), 0);
    bp_dirstore_close(open_store(path, false));
    put_text(bp_arena_printf(&arena, "%s/letters", path), "x");
    assert_refused(path, false, BP_EINPUT, "no store");
    assert_refused(path, true, BP_EINPUT, "holds other things");
    put_text(format, "2\n");
    assert_refused(path, false, BP_EINPUT, "format is 2");
    assert_refused(path, true, BP_EINPUT, "newer bp");
    put_text(format, "one\n");
    assert_refused(path, false, BP_ECORRUPT, "bp-store");
    put_text(format, "1\n");
    bp_dirstore_close(open_store(path, false));
    assert_refused(format, true, BP_ENOTFOUND, "directory");
    /* No store yet is one thing, something else in its place another. */
    assert_refused(format, false, BP_EINPUT, "is no directory");
    assert_refused(bp_arena_printf(&arena, "%s/x", format), false, BP_EINPUT, "on its way");
}

static void one_writes_at_a_time(void **state)
{
    const char *path = new_path();
    struct bp_dirstore *s = open_store(path, true);

    (void)state;
    assert_refused(path, true, BP_EBUSY, "locked by");
    bp_dirstore_close(open_store(path, false));
    bp_dirstore_close(s);
    bp_dirstore_close(open_store(path, true));
}

static void a_reader_can_not_write(void **state)
{
    const char *path = new_path();
    struct bp_err e = BP_ERR_INIT;
    struct bp_dirstore *s;

    (void)state;
    bp_dirstore_close(open_store(path, true));
    s = open_store(path, false);
    assert_int_equal(bp_dirstore_put(s, document("a", "{}"), "", NULL, &e), BP_EUSAGE);
    assert_int_equal(bp_dirstore_commit(s, &e), BP_EUSAGE);
    bp_dirstore_close(s);
}

static void bad_documents_are_refused(void **state)
{
    struct bp_dirstore *s = open_store(new_path(), true);
    char *name = bp_arena_alloc(&arena, 260);
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    memset(name, 'n', 259);
    name[250] = '\0';
    assert_int_equal(bp_dirstore_put(s, document(name, "{}"), "", NULL, &e), BP_ELIMIT);
    assert_int_equal(bp_dirstore_check(document(name, "{}"), &e), BP_ELIMIT);
    name[249] = '\0';
    assert_int_equal(bp_dirstore_check(document(name, "{}"), &e), 0);
    put(s, document(name, "{}"));
    assert_int_equal(bp_json_count(history(s, name)), 1);
    assert_int_equal(bp_dirstore_put(s, document("a", "[]"), "", NULL, &e), BP_EINPUT);
    assert_int_equal(bp_dirstore_check(document("a", "[]"), &e), BP_EINPUT);
    assert_int_equal(bp_dirstore_put(s, parse("{\"kind\":\"K\"}"), "", NULL, &e), BP_EINPUT);
    assert_int_equal(bp_dirstore_put(s, bp_document_tombstone(&arena, named("a")), "", NULL, &e),
                     BP_EUSAGE);
    assert_int_equal(bp_dirstore_put(s,
                                     parse("{\"kind\":\"K\",\"metadata\":{\"name\":\"a\","
                                           "\"generation\":1.5}}"),
                                     "", NULL, &e),
                     BP_EINPUT);
    put(s, parse("{\"kind\":\"K\",\"metadata\":{\"name\":\"a\",\"generation\":9223372036854775807},"
                 "\"spec\":{}}"));
    assert_int_equal(bp_dirstore_put(s, document("a", "{\"x\":1}"), "", NULL, &e), BP_ELIMIT);
    commit(s);
    bp_dirstore_close(s);
}

static void links_are_not_followed(void **state)
{
    const char *path = new_path(), *other = new_path();
    struct bp_dirstore *s = open_store(other, true);
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    put(s, document("a", "{}"));
    bp_dirstore_close(s);
    bp_dirstore_close(open_store(path, true));
    assert_int_equal(symlink(bp_arena_printf(&arena, "%s/docs", other),
                             bp_arena_printf(&arena, "%s/docs", path)),
                     0);
    s = open_store(path, true);
    assert_null(bp_dirstore_get(s, &arena, named("a"), &e));
    assert_int_equal(e.code, BP_ECORRUPT);
    all_names(s, BP_ECORRUPT);
    assert_int_equal(bp_dirstore_put(s, document("a", "{}"), "", NULL, &e), BP_ECORRUPT);
    unlink(bp_arena_printf(&arena, "%s/docs", path));
    put(s, document("a", "{}"));
    put(s, document("b", "{}"));
    unlink(bp_arena_printf(&arena, "%s/docs/K/b.json", path));
    assert_int_equal(symlink("a.json", bp_arena_printf(&arena, "%s/docs/K/b.json", path)), 0);
    assert_string_equal(all_names(s, BP_ECORRUPT), "K/a ");
    bp_dirstore_close(s);
}

static void damage_is_told_and_hides_nothing_else(void **state)
{
    const char *path = new_path();
    struct bp_dirstore *s = open_store(path, true);
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    put_in(s, document("a", "{}"));
    put_in(s, document("b", "{\"x\":1}"));
    put_in(s, document("c", "{}"));
    commit(s);
    put_text(bp_arena_printf(&arena, "%s/docs/K/b.json", path), "{\"kind\":\"K\",");
    assert_string_equal(all_names(s, BP_ECORRUPT), "K/a K/c ");
    assert_null(bp_dirstore_get(s, &arena, named("b"), &e));
    assert_int_equal(e.code, BP_ECORRUPT);
    assert_null(e.pos.file);
    assert_non_null(strstr(e.msg, "docs/K/b.json', line 1: "));
    assert_non_null(strstr(e.msg, "history/K/b.jsonl"));
    assert_int_equal(bp_dirstore_put(s, document("b", "{}"), "", NULL, &e), BP_ECORRUPT);
    assert_string_equal(history_text(s, "b"), "create 0");
    put_text(bp_arena_printf(&arena, "%s/docs/K/b.json", path),
             "{\"kind\":\"K\",\"metadata\":{\"name\":\"a\"}}");
    assert_string_equal(all_names(s, BP_ECORRUPT), "K/a K/c ");
    put_text(bp_arena_printf(&arena, "%s/docs/K/b b.json", path), "{}");
    assert_string_equal(all_names(s, BP_ECORRUPT), "K/a K/c ");
    bp_dirstore_close(s);
}

static void a_damaged_history_is_told(void **state)
{
    const char *path = new_path();
    struct bp_dirstore *s = open_store(path, true);
    const char *file = bp_arena_printf(&arena, "%s/history/K/a.jsonl", path);
    struct bp_str text = BP_STR_INIT;
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    put(s, document("a", "{\"x\":1}"));
    put(s, document("a", "{\"x\":2}"));
    assert_int_equal(bp_read_file(AT_FDCWD, file, &text, &e), 0);
    put_text(file, bp_arena_printf(&arena, "{]\n%s", text.s));
    assert_null(bp_dirstore_history(s, &arena, named("a"), 0, &e));
    assert_int_equal(e.code, BP_ECORRUPT);
    assert_non_null(strstr(e.msg, "line 1 "));
    assert_int_equal(bp_json_count(bp_dirstore_history(s, &arena, named("a"), 2, &e)), 2);
    bp_str_release(&text);
    bp_dirstore_close(s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_document_gets_id_and_keeps_its_generation),
        cmocka_unit_test(an_update_keeps_id_and_status),
        cmocka_unit_test(only_a_changed_spec_raises_the_generation),
        cmocka_unit_test(the_vectors_of_the_server_hold),
        cmocka_unit_test(history_has_the_shape_of_the_server),
        cmocka_unit_test(history_survives_deletion),
        cmocka_unit_test(definitions_are_stored_alike),
        cmocka_unit_test(nothing_is_visible_before_the_commit),
        cmocka_unit_test(a_batch_changes_a_document_once),
        cmocka_unit_test(names_are_in_byte_order_whatever_they_hold),
        cmocka_unit_test(a_large_batch_needs_few_descriptors),
        cmocka_unit_test(strange_directories_are_refused),
        cmocka_unit_test(one_writes_at_a_time),
        cmocka_unit_test(a_reader_can_not_write),
        cmocka_unit_test(bad_documents_are_refused),
        cmocka_unit_test(links_are_not_followed),
        cmocka_unit_test(damage_is_told_and_hides_nothing_else),
        cmocka_unit_test(a_damaged_history_is_told),
    };

    return cmocka_run_group_tests(tests, make_top, remove_top);
}
