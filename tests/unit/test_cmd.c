/* Options, messages, findings and the end of a command: each case runs in a child of its own, whose
 * standard output and error are files. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cmd.h"
#include "base/diag.h"
#include "base/io.h"

static bool prune, strict;
static const char *key, *format, *report;
static struct bp_list sets;
static uint32_t wait_seconds;

static const struct bp_opt opts[] = {
    {'p', "prune", BP_OPT_FLAG, NULL, "delete what is not in NEW", &prune},
    {'k', "key", BP_OPT_STRING, "KEY", "sign with KEY", &key, NULL, BP_HINT_FILE, true},
    {'s', "set", BP_OPT_LIST, "NAME=VALUE", "set a parameter", &sets},
    {'w', "wait", BP_OPT_COUNT, "SECONDS", "wait at most this long", &wait_seconds},
    {'f', "format", BP_OPT_CHOICE, "FORMAT", "kind of signature", &format, "minisign|ssh"},
    {0, "report", BP_OPT_STRING, "FILE", "findings as JSON lines", &report},
    {0, "strict", BP_OPT_FLAG, NULL,
     "warnings are errors, even those that people have learnt to live with over the years",
     &strict},
    {0},
};

static const struct bp_cmd cmd = {
    .name = "bp-t",
    .summary = "try things",
    .synopsis = "[-p] -k KEY OLD [NEW]\n-k KEY -s NAME=VALUE",
    .opts = opts,
    .formats = "json|text",
    .operand = BP_HINT_STATE,
    .min_operands = 1,
    .max_operands = 2,
    .epilog = "A word at the end.",
};

/* ---- running a case ---- */

static char out_path[] = "/tmp/test_cmd.out.XXXXXX";
static char err_path[] = "/tmp/test_cmd.err.XXXXXX";
static struct bp_str out_text = BP_STR_INIT, err_text = BP_STR_INIT;

static int make_files(void **state)
{
    (void)state;
    close(mkstemp(out_path));
    close(mkstemp(err_path));
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    unlink(out_path);
    unlink(err_path);
    bp_str_release(&out_text);
    bp_str_release(&err_text);
    return 0;
}

static void redirect(int fd, const char *path)
{
    int to = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);

    if (to < 0 || dup2(to, fd) < 0)
        _exit(120);
    close(to);
}

/* Runs `body` with the words of `line`; its status. What it wrote is in out_text and err_text. */
static int run(const char *line, const char *out_to, int (*body)(int argc, char **argv))
{
    char *words = strdup(line);
    char *argv[32] = {NULL};
    char *rest = words;
    int argc = 0, status = 0;
    pid_t pid;

    for (char *w; (w = strsep(&rest, " "));)
        argv[argc++] = w;
    pid = fork();
    if (pid == 0) {
        redirect(STDOUT_FILENO, out_to ? out_to : out_path);
        redirect(STDERR_FILENO, err_path);
        _exit(body(argc, argv));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    bp_str_clear(&out_text);
    bp_str_clear(&err_text);
    assert_int_equal(bp_read_file(AT_FDCWD, out_path, &out_text, NULL), 0);
    assert_int_equal(bp_read_file(AT_FDCWD, err_path, &err_text, NULL), 0);
    free(words);
    return WEXITSTATUS(status);
}

static int show_options(int argc, char **argv)
{
    struct bp_spool out = BP_SPOOL_INIT;
    struct bp_str s = BP_STR_INIT;
    struct bp_run r;

    bp_start(&r, &cmd, argc, argv);
    bp_str_addf(&s, "prune=%d key=%s wait=%u format=%s o=%s q=%d v=%d", prune, key, wait_seconds,
                format ? format : "", r.format, r.quiet, r.verbose);
    for (size_t i = 0; i < sets.count; i++)
        bp_str_addf(&s, " set=%s", sets.items[i]);
    for (int i = 0; i < r.noperands; i++)
        bp_str_addf(&s, " <%s>", r.operands[i]);
    bp_spool_add(&out, s.s, s.len);
    return bp_finish(&r, &out, BP_EXIT_NO);
}

/* ---- options ---- */

static void test_options(void **state)
{
    static const struct {
        const char *line, *want;
    } rows[] = {
        {"bp-t -k K a", "prune=0 key=K wait=0 format= o=json q=0 v=0 <a>"},
        {"bp-t -kK a b", "prune=0 key=K wait=0 format= o=json q=0 v=0 <a> <b>"},
        {"bp-t a --key K b", "prune=0 key=K wait=0 format= o=json q=0 v=0 <a> <b>"},
        {"bp-t --key=K=L a", "prune=0 key=K=L wait=0 format= o=json q=0 v=0 <a>"},
        {"bp-t --key= a", "prune=0 key= wait=0 format= o=json q=0 v=0 <a>"},
        {"bp-t -pqvk -p -", "prune=1 key=-p wait=0 format= o=json q=1 v=1 <->"},
        {"bp-t -k K -- -p --key", "prune=0 key=K wait=0 format= o=json q=0 v=0 <-p> <--key>"},
        {"bp-t -k K -s a=1 --set b=2 -sc a",
         "prune=0 key=K wait=0 format= o=json q=0 v=0 set=a=1 set=b=2 set=c <a>"},
        {"bp-t -k K -w 4294967295 -f ssh -o text a",
         "prune=0 key=K wait=4294967295 format=ssh o=text q=0 v=0 <a>"},
        {"bp-t -k K --output=json --verbose -p -p a",
         "prune=1 key=K wait=0 format= o=json q=0 v=1 <a>"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(run(rows[i].line, NULL, show_options), BP_EXIT_NO);
        assert_string_equal(out_text.s, rows[i].want);
        assert_string_equal(err_text.s, "");
    }
}

static void test_usage_errors(void **state)
{
    static const struct {
        const char *line, *want;
    } rows[] = {
        {"bp-t a", "option '-k KEY' is required"},
        {"bp-t -k", "option '-k' needs an argument: KEY"},
        {"bp-t a --key", "option '--key' needs an argument: KEY"},
        {"bp-t -k K", "an operand is missing"},
        {"bp-t -k K a b c", "unexpected operand 'c'"},
        {"bp-t -k K -k L a", "option '-k' is given twice"},
        {"bp-t --key=K --key=L a", "option '--key' is given twice"},
        {"bp-t --prune=yes", "option '--prune' takes no argument"},
        {"bp-t -w 1x", "option '-w' takes a number from 0 to 4294967295, not '1x'"},
        {"bp-t -w 4294967296", "option '-w' takes a number from 0 to 4294967295, not '4294967296'"},
        {"bp-t -w -1", "option '-w' takes a number from 0 to 4294967295, not '-1'"},
        {"bp-t --wait=", "option '--wait' takes a number from 0 to 4294967295, not ''"},
        {"bp-t -f gpg", "option '-f' takes one of minisign|ssh, not 'gpg'"},
        {"bp-t -f minisign|ssh", "option '-f' takes one of minisign|ssh, not 'minisign|ssh'"},
        {"bp-t -o yaml", "option '-o' takes one of json|text, not 'yaml'"},
        {"bp-t --prun", "unknown option '--prun'; did you mean '--prune'?"},
        {"bp-t --kye=K", "unknown option '--kye'; did you mean '--key'?"},
        {"bp-t --zzzzzzzz", "unknown option '--zzzzzzzz'"},
        {"bp-t -px", "unknown option '-x'"},
        {"bp-t -prune", "unknown option '-prune'; did you mean '--prune'?"},
        {"bp-t --\x1b[31m", "unknown option '--\\x1b[31m'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(run(rows[i].line, NULL, show_options), BP_EXIT_TROUBLE);
        assert_string_equal(out_text.s, "");
        assert_int_equal(strncmp(err_text.s, "bp-t: error: ", 13), 0);
        assert_int_equal(strncmp(err_text.s + 13, rows[i].want, strlen(rows[i].want)), 0);
        assert_string_equal(err_text.s + 13 + strlen(rows[i].want),
                            "\nusage: bp-t [-p] -k KEY OLD [NEW]\n"
                            "       bp-t -k KEY -s NAME=VALUE\n"
                            "try 'bp-t --help'\n");
    }
}

static void test_help(void **state)
{
    (void)state;
    assert_int_equal(run("bp-t --help --nonsense", NULL, show_options), 0);
    assert_string_equal(
        out_text.s,
        "usage: bp-t [-p] -k KEY OLD [NEW]\n"
        "       bp-t -k KEY -s NAME=VALUE\n"
        "\n"
        "try things\n"
        "\n"
        "options:\n"
        "  -p, --prune                delete what is not in NEW\n"
        "  -k, --key KEY              sign with KEY\n"
        "  -s, --set NAME=VALUE       set a parameter\n"
        "  -w, --wait SECONDS         wait at most this long\n"
        "  -f, --format minisign|ssh  kind of signature\n"
        "      --report FILE          findings as JSON lines\n"
        "      --strict               warnings are errors, even those that people "
        "have learnt to live with\n"
        "                             over the years\n"
        "  -o, --output json|text     output format (default: json, on a terminal text)\n"
        "  -q, --quiet                no remarks on standard error\n"
        "  -v, --verbose              more remarks on standard error\n"
        "      --help                 show this help and exit\n"
        "      --version              show the version and exit\n"
        "\n"
        "A word at the end.\n");
}

static void test_version_and_dump(void **state)
{
    const char *head = "name\tbp-t\n"
                       "summary\ttry things\n"
                       "formats\tjson|text\n"
                       "operand\tstate\t1\t2\n"
                       "p\tprune\tflag\t-\t-\t-\tdelete what is not in NEW\n"
                       "k\tkey\tstring\tKEY\t-\tfile\tsign with KEY\n";

    (void)state;
    assert_int_equal(run("bp-t --version", NULL, show_options), 0);
    assert_string_equal(out_text.s, "bp-t (bp) " BP_VERSION "\n");
    assert_int_equal(run("bp-t --dump-options", NULL, show_options), 0);
    assert_int_equal(strncmp(out_text.s, head, strlen(head)), 0);
    assert_non_null(
        strstr(out_text.s, "\n-\treport\tstring\tFILE\t-\t-\tfindings as JSON lines\n"));
    assert_null(strstr(out_text.s, "dump-options"));
}

/* ---- the end ---- */

static void test_full_disk(void **state)
{
    (void)state;
    assert_int_equal(run("bp-t -k K a", "/dev/full", show_options), BP_EXIT_TROUBLE);
    assert_string_equal(err_text.s,
                        "bp-t: error: write to standard output: No space left on device\n");
    assert_int_equal(run("bp-t --help", "/dev/full", show_options), BP_EXIT_TROUBLE);
}

static int with_closed_output(int argc, char **argv)
{
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    return show_options(argc, argv);
}

static int with_reader_gone(int argc, char **argv)
{
    int fds[2];

    if (pipe(fds) || dup2(fds[1], STDOUT_FILENO) < 0)
        return 120;
    close(fds[0]);
    close(fds[1]);
    signal(SIGPIPE, SIG_IGN);
    return show_options(argc, argv);
}

static void test_closed_output(void **state)
{
    (void)state;
    assert_int_equal(run("bp-t -k K a", NULL, with_closed_output), BP_EXIT_TROUBLE);
    assert_string_equal(err_text.s, "bp-t: error: write to standard output: Bad file descriptor\n");
    assert_int_equal(run("bp-t -k K a", NULL, with_reader_gone), BP_EXIT_NO);
    assert_string_equal(err_text.s, "");
}

static int talk(int argc, char **argv)
{
    struct bp_err e = {.code = BP_EINPUT, .pos = {"a\nb", 3, 4}, .msg = "bad \x1b thing"};
    struct bp_run r;

    bp_start(&r, &cmd, argc, argv);
    bp_say(&r, "said %d", 1);
    bp_tell(&r, "told %d", 2);
    bp_complain(&r, &e);
    e.pos = (struct bp_pos){0};
    bp_complain(&r, &e);
    return bp_exit_of(BP_EBUSY);
}

static void test_messages(void **state)
{
    const char *errors = "bp-t: a\\nb:3:4: error: bad \\x1b thing\nbp-t: error: bad \\x1b thing\n";

    (void)state;
    assert_int_equal(run("bp-t -k K -q a", NULL, talk), BP_EXIT_LATER);
    assert_string_equal(err_text.s, errors);
    run("bp-t -k K -v a", NULL, talk);
    assert_int_equal(strncmp(err_text.s, "bp-t: said 1\nbp-t: told 2\n", 26), 0);
    assert_string_equal(err_text.s + 26, errors);
}

static void test_exit_of(void **state)
{
    (void)state;
    assert_int_equal(bp_exit_of(0), BP_EXIT_YES);
    assert_int_equal(bp_exit_of(BP_ECONFLICT), BP_EXIT_NO);
    assert_int_equal(bp_exit_of(BP_EINPUT), BP_EXIT_TROUBLE);
    assert_int_equal(bp_exit_of(BP_ESYS), BP_EXIT_TROUBLE);
}

/* ---- findings ---- */

static int find_things(int argc, char **argv)
{
    struct bp_err e = BP_ERR_INIT;
    struct bp_err lib = {.code = BP_EINPUT, .pos = {"b.json", 1, 2}, .msg = "no end"};
    struct bp_run r;
    struct bp_diags *d;

    bp_start(&r, &cmd, argc, argv);
    d = bp_diags_new(report, strict, r.quiet, &e);
    if (!d) {
        bp_complain(&r, &e);
        return BP_EXIT_TROUBLE;
    }
    bp_diag_add(d, BP_WARNING, "O002", (struct bp_pos){"b.json", 9, 1}, "/spec/x", "late \"%s\"",
                "\xFF");
    bp_diag_add(d, BP_NOTE, "note-it", (struct bp_pos){"a.json", 4, 0}, NULL, "first file is b");
    bp_diag_add_err(d, "syntax", &lib);
    bp_diag_add(d, BP_ERROR, "O001", (struct bp_pos){"b.json", 9, 1}, "", "after");
    bp_diags_flush(d);
    bp_diag_add(d, BP_ERROR, "alone", (struct bp_pos){0}, NULL, "nowhere");
    if (bp_diags_count(d, BP_ERROR) != (strict ? 4 : 3) ||
        bp_diags_count(d, BP_WARNING) != (strict ? 0 : 1) || bp_diags_count(d, BP_NOTE) != 1)
        return 121;
    if (bp_diags_free(d, &e)) {
        bp_complain(&r, &e);
        return BP_EXIT_TROUBLE;
    }
    return bp_finish(&r, NULL, BP_EXIT_NO);
}

static void test_findings(void **state)
{
    (void)state;
    assert_int_equal(run("bp-t -k K a", NULL, find_things), BP_EXIT_NO);
    assert_string_equal(err_text.s, "b.json:1:2: error: no end [syntax]\n"
                                    "b.json:9:1: warning: late \"\\xff\" (at /spec/x) [O002]\n"
                                    "b.json:9:1: error: after [O001]\n"
                                    "a.json:4: note: first file is b [note-it]\n"
                                    "error: nowhere [alone]\n");
    assert_int_equal(run("bp-t -k K -q --strict a", NULL, find_things), BP_EXIT_NO);
    assert_string_equal(err_text.s, "b.json:1:2: error: no end [syntax]\n"
                                    "b.json:9:1: error: late \"\\xff\" (at /spec/x) [O002]\n"
                                    "b.json:9:1: error: after [O001]\n"
                                    "error: nowhere [alone]\n");
}

static const char report_text[] =
    "{\"file\":\"b.json\",\"line\":1,\"col\":2,\"level\":\"error\",\"rule\":\"syntax\","
    "\"pointer\":\"\",\"message\":\"no end\"}\n"
    "{\"file\":\"b.json\",\"line\":9,\"col\":1,\"level\":\"warning\",\"rule\":\"O002\","
    "\"pointer\":\"/spec/x\",\"message\":\"late \\\"\xEF\xBF\xBD\\\"\"}\n"
    "{\"file\":\"b.json\",\"line\":9,\"col\":1,\"level\":\"error\",\"rule\":\"O001\","
    "\"pointer\":\"\",\"message\":\"after\"}\n"
    "{\"file\":\"a.json\",\"line\":4,\"col\":0,\"level\":\"note\",\"rule\":\"note-it\","
    "\"pointer\":\"\",\"message\":\"first file is b\"}\n"
    "{\"file\":\"\",\"line\":0,\"col\":0,\"level\":\"error\",\"rule\":\"alone\","
    "\"pointer\":\"\",\"message\":\"nowhere\"}\n";

static void test_report(void **state)
{
    char line[256];
    struct bp_str s = BP_STR_INIT;

    (void)state;
    assert_int_equal(run("bp-t -k K --report - a", NULL, find_things), BP_EXIT_NO);
    assert_string_equal(out_text.s, report_text);
    snprintf(line, sizeof line, "bp-t -k K --report %s.report a", out_path);
    assert_int_equal(run(line, NULL, find_things), BP_EXIT_NO);
    snprintf(line, sizeof line, "%s.report", out_path);
    assert_int_equal(bp_read_file(AT_FDCWD, line, &s, NULL), 0);
    assert_string_equal(s.s, report_text);
    unlink(line);
    bp_str_release(&s);
}

static void test_report_failures(void **state)
{
    (void)state;
    assert_int_equal(run("bp-t -k K --report /no/where a", NULL, find_things), BP_EXIT_TROUBLE);
    assert_non_null(strstr(err_text.s, "'/no/where': No such file or directory"));
    assert_int_equal(run("bp-t -k K --report /dev/full a", NULL, find_things), BP_EXIT_TROUBLE);
    assert_non_null(strstr(err_text.s, "report '/dev/full': write: No space left on device\n"));
    assert_int_equal(run("bp-t -k K --report= a", NULL, find_things), BP_EXIT_TROUBLE);
    assert_non_null(strstr(err_text.s, "the name of the report is empty\n"));
}

static int find_many(int argc, char **argv)
{
    struct bp_run r;
    struct bp_diags *d;

    bp_start(&r, &cmd, argc, argv);
    d = bp_diags_new(NULL, false, false, NULL);
    for (uint32_t i = 0; i < 3000; i++)
        bp_diag_add(d, BP_ERROR, "many", (struct bp_pos){"f", i + 1, 1}, NULL, "x");
    if (bp_diags_count(d, BP_ERROR) != 3000)
        return 121;
    return bp_diags_free(d, NULL);
}

static void test_many_findings(void **state)
{
    (void)state;
    assert_int_equal(run("bp-t -k K a", NULL, find_many), 0);
    assert_non_null(strstr(err_text.s, "f:1000:1: error: x [many]\n"
                                       "f: warning: 2000 more findings are not shown"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_usage_errors),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_version_and_dump),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_closed_output),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_exit_of),
        cmocka_unit_test(test_findings),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_report_failures),
        cmocka_unit_test(test_many_findings),
    };

    return cmocka_run_group_tests(tests, make_files, remove_files);
}
