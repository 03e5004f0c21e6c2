/* The embedded store: what a crash, a full disk or a failing call leaves, and readers beside a
 * writer.
 *
 * With arguments it is the writer that the tests stop at every call: see write_batch(). */
#include "dirstore_common.h"

#include <dirent.h>
#include <sys/wait.h>

static void what_a_crash_leaves_is_not_shown_and_goes(void **state)
{
    const char *path = new_path();
    struct bp_dirstore *s = open_store(path, true);
    const char *file = bp_arena_printf(&arena, "%s/history/K/a.jsonl", path);
    const char *doc = bp_arena_printf(&arena, "%s/docs/K/a.json", path);
    struct bp_str old = BP_STR_INIT, text = BP_STR_INIT;

    (void)state;
    put(s, document("a", "{\"x\":1}"));
    assert_int_equal(bp_read_file(AT_FDCWD, doc, &old, NULL), 0);
    put(s, document("a", "{\"x\":2}"));
    put_text(doc, old.s);
    assert_string_equal(history_text(s, "a"), "create 0");
    assert_int_equal(put(s, document("a", "{\"x\":3}")), 1);
    assert_string_equal(history_text(s, "a"), "create 0, update 1");
    assert_int_equal(bp_read_file(AT_FDCWD, file, &text, NULL), 0);
    put_text(file, bp_arena_printf(&arena, "%s{\"half\":", text.s));
    assert_string_equal(history_text(s, "a"), "create 0, update 1");
    assert_int_equal(put(s, document("a", "{\"x\":4}")), 2);
    assert_string_equal(history_text(s, "a"), "create 0, update 1, update 2");
    /* A document taken away by hand is no crash: its past stays. */
    unlink(doc);
    assert_string_equal(history_text(s, "a"), "create 0, update 1, update 2");
    put(s, document("a", "{}"));
    assert_string_equal(history_text(s, "a"), "create 0, update 1, update 2, create 0");
    bp_str_release(&old);
    bp_str_release(&text);
    bp_dirstore_close(s);
}

/* What a history is read from: longer than the first piece that is looked at. */
static void long_entries_are_found_from_the_end(void **state)
{
    struct bp_dirstore *s = open_store(new_path(), true);
    char *blob = bp_arena_alloc(&arena, 700 * 1000 + 1);

    (void)state;
    memset(blob, 'x', 700 * 1000);
    blob[700 * 1000] = '\0';
    for (int i = 0; i < 3; i++)
        put(s, document("a", bp_arena_printf(&arena, "{\"n\":%d,\"blob\":\"%s\"}", i, blob)));
    put(s, document("a", "{\"n\":3}"));
    assert_string_equal(history_text(s, "a"), "create 0, update 1, update 2, update 3");
    bp_dirstore_close(s);
}

static const char meta_before[] = "{\"kind\":\"K\",\"metadata\":{\"name\":\"meta\"},\"spec\":{}}";
static const char meta_after[] = "{\"kind\":\"K\",\"metadata\":{\"name\":\"meta\",\"labels\":{"
                                 "\"a\":\"b\"}},\"spec\":{}}";

/* Brings the store to the state that write_batch() changes. */
static void write_base(const char *path)
{
    struct bp_dirstore *s = open_store(path, true);

    put_in(s, document("up", "{\"x\":1}"));
    put_in(s, document("gone", "{\"x\":1}"));
    put_in(s, parse(meta_before));
    commit(s);
    bp_dirstore_close(s);
}

/* A create, an update, a change of metadata alone, a delete and a new kind in one batch. Run in a
 * process of its own, which the tests stop in the middle; run again, it completes. */
static int write_batch(const char *path)
{
    struct bp_err e = BP_ERR_INIT;
    struct bp_dirstore *s = bp_dirstore_open(path, true, 0, &e);
    int rc = s ? 0 : e.code;

    if (rc == 0)
        rc = bp_dirstore_put(s, document("up", "{\"x\":2}"), "", NULL, &e);
    if (rc == 0)
        rc = bp_dirstore_put(s, document("new", "{\"x\":1}"), "", NULL, &e);
    if (rc == 0)
        rc = bp_dirstore_put(s, parse(meta_after), "", NULL, &e);
    if (rc == 0)
        rc = bp_dirstore_put(s, parse("{\"kind\":\"L\",\"metadata\":{\"name\":\"l\"}}"), "", NULL,
                             &e);
    if (rc == 0 && bp_dirstore_get(s, &arena, named("gone"), NULL))
        rc = bp_dirstore_delete(s, named("gone"), "", &e);
    if (rc == 0)
        rc = bp_dirstore_commit(s, &e);
    bp_dirstore_close(s);
    bp_arena_release(&arena);
    if (rc)
        fprintf(stderr, "%s\n", e.msg);
    return rc ? 2 : 0;
}

static char *self_path(void)
{
    char buf[4096];
    ssize_t n = readlink("/proc/self/exe", buf, sizeof buf);

    assert_true(n > 0 && n < (ssize_t)sizeof buf);
    return bp_arena_strndup(&arena, buf, (size_t)n);
}

static const char *shim_path(void)
{
    const char *self = self_path();
    const char *slash = strrchr(self, '/');

    return bp_arena_printf(&arena, "%.*s/../crash.so", (int)(slash - self), self);
}

/* The status of the writer; its messages go to `said`. */
static int run_writer(const char *path, int at, const char *how, const char *said)
{
    const char *asan = getenv("ASAN_OPTIONS");
    char *argv[] = {self_path(), bp_arena_strdup(&arena, path), NULL};
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        int fd = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0666);

        dup2(fd, STDERR_FILENO);
        if (at) {
            setenv("LD_PRELOAD", shim_path(), 1);
            setenv("CRASH_AT", bp_arena_printf(&arena, "%d", at), 1);
            setenv("CRASH_HOW", how, 1);
            setenv("ASAN_OPTIONS",
                   bp_arena_printf(&arena, "%s:verify_asan_link_order=0", asan ? asan : ""), 1);
        }
        execv(argv[0], argv);
        _exit(126);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What is live must be what the newest entry of its history says. */
static void assert_history_fits(struct bp_dirstore *s, const char *name)
{
    cJSON *live = get(s, name), *newest = history(s, name)->child;
    int64_t generation;

    if (!live) {
        if (newest)
            assert_string_equal(bp_json_get_text(newest, "changetype"), "delete");
        return;
    }
    assert_non_null(newest);
    assert_string_not_equal(bp_json_get_text(newest, "changetype"), "delete");
    assert_string_equal(bp_json_get_text(newest, "blueprintid"),
                        bp_json_get_text(live, "blueprintid"));
    assert_true(bp_json_int(bp_json_get(newest, "generation"), &generation));
    assert_int_equal(generation, bp_document_generation(live));
    assert_true(bp_json_equal(bp_json_get(newest, "spec"), bp_json_get(live, "spec")));
}

static void assert_old_or_new(const char *path)
{
    struct bp_dirstore *s = open_store(path, false);
    static const char *const names[] = {"up", "gone", "meta", "new"};
    cJSON *up = get(s, "up"), *meta = get(s, "meta");
    int64_t x = 0;

    all_names(s, 0);
    assert_non_null(up);
    assert_non_null(meta);
    assert_true(bp_json_int(bp_json_path(up, "spec", "x", NULL), &x));
    assert_int_equal(bp_document_generation(up), x - 1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_history_fits(s, names[i]);
    bp_dirstore_close(s);
}

static void assert_complete(const char *path)
{
    struct bp_dirstore *s = open_store(path, false);
    DIR *tmp = opendir(bp_arena_printf(&arena, "%s/tmp", path));
    int n = 0;

    assert_string_equal(all_names(s, 0), "K/meta K/new K/up L/l ");
    assert_string_equal(history_text(s, "up"), "create 0, update 1");
    assert_string_equal(history_text(s, "gone"), "create 0, delete 0");
    assert_string_equal(history_text(s, "new"), "create 0");
    assert_string_equal(history_text(s, "meta"), "create 0");
    assert_non_null(bp_json_path(get(s, "meta"), "metadata", "labels", NULL));
    assert_non_null(tmp);
    while (readdir(tmp))
        n++;
    assert_int_equal(n, 2);
    closedir(tmp);
    bp_dirstore_close(s);
}

/* Stops the writer at its first call, its second, and so on until it survives. */
static void stop_everywhere(const char *how)
{
    const char *said = bp_arena_printf(&arena, "%s/said", top);
    int at, status = -1;

    if (access(shim_path(), R_OK))
        skip();
    for (at = 1; status != 0 && at < 1000; at++) {
        const char *path = new_path();
        struct stat st;

        write_base(path);
        status = run_writer(path, at, how, said);
        assert_true(status == 0 || status == 2 || status == 137);
        if (status == 2)
            assert_true(stat(said, &st) == 0 && st.st_size > 10);
        assert_old_or_new(path);
        assert_int_equal(run_writer(path, 0, "", said), 0);
        assert_complete(path);
    }
    assert_true(at > 20 && at < 1000);
}

static void a_kill_at_any_call_leaves_old_or_new(void **state)
{
    (void)state;
    stop_everywhere("exit");
}

static void a_half_written_call_leaves_old_or_new(void **state)
{
    (void)state;
    stop_everywhere("half");
}

static size_t raw_lines(const char *file)
{
    struct bp_str text = BP_STR_INIT;
    size_t n = 0;

    if (bp_read_file(AT_FDCWD, file, &text, NULL) == 0)
        for (const char *p = text.s; (p = strchr(p, '\n')); p++)
            n++;
    bp_str_release(&text);
    return n;
}

/* A failure, other than a crash, takes its history entries back itself. */
static void assert_no_trace(const char *path)
{
    struct bp_dirstore *s = open_store(path, false);
    static const char *const names[] = {"up", "gone", "new"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(
            raw_lines(bp_arena_printf(&arena, "%s/history/K/%s.jsonl", path, names[i])),
            bp_json_count(history(s, names[i])));
    bp_dirstore_close(s);
}

/* A failure of one call may be one that does not matter: then it goes on to the next. */
static void fail_everywhere(const char *how, int most)
{
    const char *said = bp_arena_printf(&arena, "%s/said", top);

    if (access(shim_path(), R_OK))
        skip();
    for (int at = 1; at < most; at++) {
        const char *path = new_path();
        int status;

        write_base(path);
        status = run_writer(path, at, how, said);
        assert_true(status == 0 || status == 2);
        assert_old_or_new(path);
        if (strcmp(how, "full") == 0)
            assert_no_trace(path);
        assert_int_equal(run_writer(path, 0, "", said), 0);
        assert_complete(path);
    }
}

static void a_full_disk_at_any_call_leaves_old_or_new(void **state)
{
    (void)state;
    fail_everywhere("full", 60);
}

static void an_error_at_any_call_leaves_old_or_new(void **state)
{
    (void)state;
    fail_everywhere("once", 60);
}

static void a_store_whose_making_was_stopped_is_completed(void **state)
{
    const char *said = bp_arena_printf(&arena, "%s/said", top);
    int at, status = -1;

    (void)state;
    if (access(shim_path(), R_OK))
        skip();
    for (at = 1; status != 0 && at < 1000; at++) {
        const char *path = new_path();
        struct bp_dirstore *s;

        status = run_writer(path, at, "exit", said);
        if (access(path, F_OK) == 0) {
            s = open_store(path, false);
            all_names(s, 0);
            bp_dirstore_close(s);
        }
        assert_int_equal(run_writer(path, 0, "", said), 0);
        s = open_store(path, false);
        assert_string_equal(all_names(s, 0), "K/meta K/new K/up L/l ");
        bp_dirstore_close(s);
    }
    assert_true(at > 20 && at < 1000);
}

/* ---- readers beside a writer ---- */

enum { ROUNDS = 60, BESIDE = 40 };

static void keep_writing(const char *path)
{
    struct bp_dirstore *s = open_store(path, true);

    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < BESIDE; i++)
            put_in(s, document(bp_arena_printf(&arena, "d%d", i),
                               bp_arena_printf(&arena, "{\"round\":%d}", round)));
        put_in(s, document(bp_arena_printf(&arena, "x%d", round), "{}"));
        commit(s);
        drop(s, bp_arena_printf(&arena, "x%d", round));
    }
    bp_dirstore_close(s);
}

static int count_steady(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    struct bp_identity id;
    size_t *n = ctx;

    (void)a;
    assert_int_equal(bp_document_identity(doc, &id, e), 0);
    *n += *id.name == 'd';
    return 0;
}

static void read_beside(const char *path)
{
    struct bp_err e = BP_ERR_INIT;
    pid_t pid;
    int status;

    keep_writing(path);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        keep_writing(path);
        _exit(0);
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        struct bp_dirstore *s = open_store(path, false);
        size_t n = 0;

        if (bp_dirstore_each(s, count_steady, &n, &e))
            fail_msg("each: %s", e.msg);
        assert_int_equal(n, BESIDE);
        assert_history_fits(s, "never");
        assert_true(bp_json_count(history(s, "d0")) > 0);
        bp_dirstore_close(s);
    }
    assert_int_equal(status, 0);
}

static void a_reader_misses_nothing_beside_a_writer(void **state)
{
    (void)state;
    read_beside(new_path());
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_crash_leaves_is_not_shown_and_goes),
        cmocka_unit_test(long_entries_are_found_from_the_end),
        cmocka_unit_test(a_kill_at_any_call_leaves_old_or_new),
        cmocka_unit_test(a_half_written_call_leaves_old_or_new),
        cmocka_unit_test(a_full_disk_at_any_call_leaves_old_or_new),
        cmocka_unit_test(an_error_at_any_call_leaves_old_or_new),
        cmocka_unit_test(a_store_whose_making_was_stopped_is_completed),
        cmocka_unit_test(a_reader_misses_nothing_beside_a_writer),
    };

    if (argc > 1)
        return write_batch(argv[1]);
    return cmocka_run_group_tests(tests, make_top, remove_top);
}
