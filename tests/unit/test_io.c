/* Files, locks, spools, children. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/proc.h"
#include "base/spool.h"
#include "base/tmpfile.h"

/* Each test works in a directory of its own, removed afterwards. */
static char dir[] = "/tmp/test_io.XXXXXX";

static int enter_dir(void **state)
{
    (void)state;
    memcpy(strchr(dir, '.') + 1, "XXXXXX", 6);
    return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static int leave_dir(void **state)
{
    (void)state;
    return chdir("/") || nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static size_t files_here;

static int count_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)path;
    (void)st;
    (void)at;
    files_here += type == FTW_F;
    return 0;
}

static size_t count_files(void)
{
    files_here = 0;
    assert_int_equal(nftw(".", count_one, 16, FTW_PHYS), 0);
    return files_here;
}

static void assert_content(const char *path, const char *want)
{
    struct bp_str s = BP_STR_INIT;

    assert_int_equal(bp_read_file(AT_FDCWD, path, &s, NULL), 0);
    assert_string_equal(s.s, want);
    bp_str_release(&s);
}

/* ---- reading ---- */

static void test_read_file(void **state)
{
    struct bp_str s = BP_STR_INIT, big = BP_STR_INIT;
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    for (int i = 0; i < 300000; i++)
        bp_str_addc(&big, (char)('a' + i % 26));
    assert_int_equal(bp_file_replace(AT_FDCWD, "f", big.s, big.len, 0644, &e), 0);
    bp_str_adds(&s, ">");
    assert_int_equal(bp_read_file(AT_FDCWD, "f", &s, &e), 0);
    assert_int_equal(s.len, 300001);
    assert_memory_equal(s.s + 1, big.s, big.len + 1);
    bp_str_release(&s);
    /* A file of /proc says that its size is 0. */
    assert_int_equal(bp_read_file(AT_FDCWD, "/proc/self/status", &s, &e), 0);
    assert_true(s.len > 100);
    bp_str_release(&s);
    bp_str_release(&big);
}

static void test_read_limit(void **state)
{
    struct bp_str exact = BP_STR_LIMIT(6), small = BP_STR_LIMIT(5);
    struct bp_err e = BP_ERR_INIT;
    int fds[2];

    (void)state;
    assert_int_equal(bp_file_replace(AT_FDCWD, "f", "123456", 6, 0644, &e), 0);
    assert_int_equal(bp_read_file(AT_FDCWD, "f", &exact, &e), 0);
    assert_string_equal(exact.s, "123456");
    assert_int_equal(bp_read_file(AT_FDCWD, "f", &small, &e), BP_ELIMIT);
    assert_non_null(strstr(e.msg, "'f'"));
    bp_str_clear(&small);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "123456", 6), 6);
    close(fds[1]);
    assert_int_equal(bp_read_fd(fds[0], &small, &e), BP_ELIMIT);
    close(fds[0]);
    bp_str_release(&exact);
    bp_str_release(&small);
}

static void test_read_refused(void **state)
{
    struct bp_str s = BP_STR_INIT;
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    assert_int_equal(bp_read_file(AT_FDCWD, "missing", &s, &e), BP_ENOTFOUND);
    assert_string_equal(e.msg, "open 'missing': No such file or directory");
    assert_int_equal(bp_read_file(AT_FDCWD, "/dev/zero", &s, &e), BP_EINPUT);
    assert_string_equal(e.msg, "'/dev/zero' is not a regular file");
    assert_int_equal(bp_read_file(AT_FDCWD, ".", &s, &e), BP_EINPUT);
    /* Opening this one would wait for a writer. */
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(bp_read_file(AT_FDCWD, "fifo", &s, &e), BP_EINPUT);
    assert_int_equal(s.len, 0);
}

static void test_nonblocking(void **state)
{
    struct bp_str s = BP_STR_INIT;
    static char data[1 << 20];
    int fds[2];
    pid_t pid;

    (void)state;
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    pid = fork();
    if (pid == 0)
        _exit(bp_write_all(fds[1], data, sizeof data, NULL) != 0);
    close(fds[1]);
    assert_int_equal(bp_read_fd(fds[0], &s, NULL), 0);
    assert_int_equal(s.len, sizeof data);
    close(fds[0]);
    waitpid(pid, NULL, 0);
    bp_str_release(&s);
}

/* ---- replacing ---- */

static void test_replace(void **state)
{
    struct stat st;

    (void)state;
    umask(022);
    assert_int_equal(bp_file_replace(AT_FDCWD, "f", "old", 3, 0600, NULL), 0);
    assert_int_equal(bp_file_replace(AT_FDCWD, "f", "new", 3, 0666, NULL), 0);
    assert_content("f", "new");
    assert_int_equal(stat("f", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    assert_int_equal(symlink("f", "link"), 0);
    assert_int_equal(bp_file_replace(AT_FDCWD, "link", "mine", 4, 0644, NULL), 0);
    assert_content("f", "new");
    assert_content("link", "mine");
    assert_int_equal(count_files(), 2);
}

static void test_replace_failures(void **state)
{
    struct bp_err e = BP_ERR_INIT;
    char name[256];

    (void)state;
    assert_int_equal(bp_file_replace(AT_FDCWD, "no/f", "x", 1, 0644, &e), BP_ENOTFOUND);
    assert_non_null(strstr(e.msg, "'no/f'"));
    assert_int_equal(mkdir("d", 0755), 0);
    assert_int_equal(bp_file_replace(AT_FDCWD, "d", "x", 1, 0644, &e), BP_ESYS);
    assert_int_equal(count_files(), 0);
    /* The temporary's name must fit where the file's own does. */
    memset(name, 'n', 255);
    name[255] = '\0';
    assert_int_equal(bp_file_replace(AT_FDCWD, name, "x", 1, 0644, &e), 0);
    assert_content(name, "x");
    assert_int_equal(count_files(), 1);
}

/* A disk that fills up: what was there stays, and nothing else does. */
static void test_replace_full(void **state)
{
    static char big[100000];
    struct rlimit old, small;
    struct bp_err e = BP_ERR_INIT;
    int rc;

    (void)state;
    assert_int_equal(bp_file_replace(AT_FDCWD, "f", "old", 3, 0644, &e), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){4096, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    rc = bp_file_replace(AT_FDCWD, "f", big, sizeof big, 0644, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(rc, BP_ESYS);
    assert_string_equal(e.msg, "write 'f': write: File too large");
    assert_content("f", "old");
    assert_int_equal(count_files(), 1);
}

static void test_stage(void **state)
{
    struct bp_str tmp = BP_STR_INIT;
    int fd = -1;
    int here;

    (void)state;
    assert_int_equal(mkdir("d", 0755), 0);
    here = open(".", O_RDONLY | O_DIRECTORY);
    assert_int_equal(bp_file_stage(here, "d/f", "text", 4, 0644, &tmp, &fd, NULL), 0);
    assert_int_equal(strncmp(tmp.s, "d/.f.", 5), 0);
    assert_string_equal(tmp.s + tmp.len - 4, ".tmp");
    assert_int_equal(access("d/f", F_OK), -1);
    assert_int_equal(fsync(fd), 0);
    close(fd);
    assert_int_equal(renameat(here, tmp.s, here, "d/f"), 0);
    assert_int_equal(bp_sync_dir(here, "d", NULL), 0);
    assert_content("d/f", "text");
    close(here);
    bp_str_release(&tmp);
}

static void test_signal_removes_temporary(void **state)
{
    int status = 0;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        struct bp_str tmp = BP_STR_INIT;

        signal(SIGTERM, SIG_DFL);
        bp_tmpfile_handle_signals();
        if (bp_tmpfile_open(AT_FDCWD, "f", 0600, &tmp, NULL) < 0)
            _exit(1);
        bp_tmpfile_guard(AT_FDCWD, tmp.s);
        raise(SIGTERM);
        _exit(2);
    }
    waitpid(pid, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    assert_int_equal(count_files(), 0);
}

static void test_mkdirs(void **state)
{
    struct bp_err e = BP_ERR_INIT;
    struct stat st;

    (void)state;
    assert_int_equal(bp_mkdirs(AT_FDCWD, "a//b/c/", &e), 0);
    assert_int_equal(bp_mkdirs(AT_FDCWD, "a/b/c", &e), 0);
    assert_int_equal(bp_mkdirs(AT_FDCWD, "a/b/../d", &e), 0);
    assert_int_equal(stat("a/d", &st), 0);
    assert_int_equal(bp_mkdirs(AT_FDCWD, "/", &e), 0);
    assert_int_equal(bp_mkdirs(AT_FDCWD, ".", &e), 0);
    assert_int_equal(bp_mkdirs(AT_FDCWD, "", &e), BP_EUSAGE);
    assert_int_equal(bp_file_replace(AT_FDCWD, "f", "", 0, 0644, &e), 0);
    assert_true(bp_mkdirs(AT_FDCWD, "f/x", &e) < 0);
    assert_string_equal(e.msg, "make directory 'f': Not a directory");
}

/* ---- locks ---- */

/* A child that holds the lock `path` until the returned descriptor is closed. */
static pid_t hold_lock(const char *path, bool shared, int *until)
{
    int ready[2], go[2];
    char c;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    pid = fork();
    if (pid == 0) {
        struct bp_lock l = BP_LOCK_INIT;

        close(go[1]);
        if (bp_lock(&l, AT_FDCWD, path, shared, 0, NULL))
            _exit(1);
        (void)!write(ready[1], "x", 1);
        (void)!read(go[0], &c, 1);
        _exit(0);
    }
    close(go[0]);
    close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    *until = go[1];
    return pid;
}

static void test_lock_excludes(void **state)
{
    struct bp_lock l = BP_LOCK_INIT;
    struct bp_err e = BP_ERR_INIT;
    char owner[64];
    int until;
    pid_t pid = hold_lock("lock", false, &until);

    (void)state;
    assert_int_equal(bp_lock(&l, AT_FDCWD, "lock", false, 0, &e), BP_EBUSY);
    snprintf(owner, sizeof owner, "(process %ld)", (long)pid);
    assert_non_null(strstr(e.msg, owner));
    assert_non_null(strstr(e.msg, "test_io"));
    assert_int_equal(bp_lock(&l, AT_FDCWD, "lock", true, 60, &e), BP_EBUSY);
    assert_int_equal(l.fd, -1);
    close(until);
    waitpid(pid, NULL, 0);
    /* The end of the process was the end of its lock; its name in the file means nothing now. */
    assert_int_equal(bp_lock(&l, AT_FDCWD, "lock", false, 0, &e), 0);
    bp_unlock(&l);
    bp_unlock(&l);
    assert_content("lock", "");
}

static void test_lock_shared(void **state)
{
    struct bp_lock l = BP_LOCK_INIT;
    struct bp_err e = BP_ERR_INIT;
    int until;
    pid_t pid = hold_lock("lock", true, &until);

    (void)state;
    assert_int_equal(bp_lock(&l, AT_FDCWD, "lock", true, 0, &e), 0);
    bp_unlock(&l);
    assert_int_equal(bp_lock(&l, AT_FDCWD, "lock", false, 0, &e), BP_EBUSY);
    assert_string_equal(e.msg, "'lock' is locked by another process");
    close(until);
    waitpid(pid, NULL, 0);
}

static void test_lock_waits(void **state)
{
    struct bp_lock l = BP_LOCK_INIT;
    pid_t pid = fork();
    struct timespec pause = {.tv_nsec = 100000000};

    (void)state;
    if (pid == 0) {
        if (bp_lock(&l, AT_FDCWD, "lock", false, 0, NULL))
            _exit(1);
        nanosleep(&pause, NULL);
        _exit(0);
    }
    while (access("lock", F_OK))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    assert_int_equal(bp_lock(&l, AT_FDCWD, "lock", false, 10000, NULL), 0);
    bp_unlock(&l);
    waitpid(pid, NULL, 0);
}

static void test_lock_no_regular_file(void **state)
{
    struct bp_lock l = BP_LOCK_INIT;
    struct bp_err e = BP_ERR_INIT;

    (void)state;
    assert_int_equal(bp_lock(&l, AT_FDCWD, "/dev/null", false, 0, &e), BP_EINPUT);
    assert_int_equal(bp_lock(&l, AT_FDCWD, "no/lock", false, 0, &e), BP_ENOTFOUND);
    assert_int_equal(symlink("elsewhere", "link"), 0);
    assert_int_equal(bp_lock(&l, AT_FDCWD, "link", false, 0, &e), BP_ESYS);
    assert_int_equal(access("elsewhere", F_OK), -1);
}

/* ---- spools ---- */

static void test_spool_small(void **state)
{
    struct bp_spool s = BP_SPOOL_INIT;
    int fd = open("out", O_RDWR | O_CREAT, 0600);

    (void)state;
    bp_spool_add(&s, "one\n", 4);
    bp_spool_add(&s, "two\n", 4);
    assert_int_equal(s.fd, -1);
    assert_int_equal(bp_spool_flush(&s, fd, NULL), 0);
    assert_int_equal(bp_spool_flush(&s, fd, NULL), 0);
    close(fd);
    assert_content("out", "one\ntwo\n");
}

static void test_spool_large(void **state)
{
    enum { LINES = 9, LINE = 8 * 1024 * 1024 };
    struct bp_spool s = BP_SPOOL_INIT;
    char *line = malloc(LINE);
    struct stat st;
    int fd = open("out", O_RDWR | O_CREAT, 0600);

    (void)state;
    for (int i = 0; i < LINES; i++) {
        memset(line, 'a' + i, LINE);
        bp_spool_add(&s, line, LINE);
    }
    assert_true(s.fd >= 0);
    assert_true(s.mem.cap <= 64 * 1024 * 1024);
    assert_int_equal(bp_spool_flush(&s, fd, NULL), 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, (off_t)LINES * LINE);
    for (int i = 0; i < LINES; i++) {
        char c;

        assert_int_equal(pread(fd, &c, 1, (off_t)(i + 1) * LINE - 1), 1);
        assert_int_equal(c, 'a' + i);
    }
    close(fd);
    free(line);
}

static void test_spool_full_disk(void **state)
{
    struct bp_spool s = BP_SPOOL_INIT;
    struct bp_err e = BP_ERR_INIT;
    int fd = open("/dev/full", O_WRONLY);

    (void)state;
    bp_spool_add(&s, "text", 4);
    assert_int_equal(bp_spool_flush(&s, fd, &e), BP_ESYS);
    assert_int_equal(e.sys, ENOSPC);
    close(fd);
}

/* What could not be held back is not written in part either. */
static void test_spool_no_room(void **state)
{
    struct bp_spool s = BP_SPOOL_INIT;
    struct bp_err e = BP_ERR_INIT;
    struct rlimit old, small;
    struct stat st;
    char *data = calloc(1, 20 * 1024 * 1024);
    int fd = open("out", O_RDWR | O_CREAT, 0600);

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){4096, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (int i = 0; i < 3; i++)
        bp_spool_add(&s, data, 20 * 1024 * 1024);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(bp_spool_flush(&s, fd, &e), BP_ESYS);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 0);
    close(fd);
    free(data);
}

/* ---- children ---- */

static void test_proc_output(void **state)
{
    const char *const argv[] = {"sh", "-c", "cat; echo out; exit 7", NULL};
    struct bp_str s = BP_STR_INIT;
    struct bp_proc p;

    (void)state;
    assert_int_equal(bp_proc_start(&p, argv, NULL), 0);
    assert_int_equal(bp_read_fd(p.out, &s, NULL), 0);
    assert_string_equal(s.s, "out\n");
    assert_int_equal(bp_proc_wait(&p), 7);
    bp_str_release(&s);
}

static void test_proc_missing(void **state)
{
    const char *const argv[] = {"bp-no-such-command", NULL};
    struct bp_err e = BP_ERR_INIT;
    struct bp_proc p;

    (void)state;
    assert_int_equal(bp_proc_start(&p, argv, &e), BP_ENOTFOUND);
    assert_string_equal(e.msg, "start 'bp-no-such-command': No such file or directory");
    assert_int_equal(p.out, -1);
}

static void test_proc_signal(void **state)
{
    const char *const argv[] = {"/bin/sh", "-c", "kill -KILL $$", NULL};
    const char *const endless[] = {"yes", NULL};
    struct bp_proc p;

    (void)state;
    assert_int_equal(bp_proc_start(&p, argv, NULL), 0);
    assert_int_equal(bp_proc_wait(&p), 128 + SIGKILL);
    /* Waiting for one that still writes ends it. */
    assert_int_equal(bp_proc_start(&p, endless, NULL), 0);
    assert_int_equal(bp_proc_wait(&p), 128 + SIGPIPE);
}

/* Our own executable is in the directory that is looked in first. */
static void test_proc_beside(void **state)
{
    const char *const argv[] = {"test_io", "--beside", NULL};
    struct bp_str s = BP_STR_INIT;
    struct bp_proc p;

    (void)state;
    assert_int_equal(bp_proc_start(&p, argv, NULL), 0);
    assert_int_equal(bp_read_fd(p.out, &s, NULL), 0);
    assert_string_equal(s.s, "beside\n");
    assert_int_equal(bp_proc_wait(&p), 0);
    bp_str_release(&s);
}

#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, enter_dir, leave_dir)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(test_read_file),
        IN_DIR(test_read_limit),
        IN_DIR(test_read_refused),
        IN_DIR(test_nonblocking),
        IN_DIR(test_replace),
        IN_DIR(test_replace_failures),
        IN_DIR(test_replace_full),
        IN_DIR(test_stage),
        IN_DIR(test_signal_removes_temporary),
        IN_DIR(test_mkdirs),
        IN_DIR(test_lock_excludes),
        IN_DIR(test_lock_shared),
        IN_DIR(test_lock_waits),
        IN_DIR(test_lock_no_regular_file),
        IN_DIR(test_spool_small),
        IN_DIR(test_spool_large),
        IN_DIR(test_spool_full_disk),
        IN_DIR(test_spool_no_room),
        cmocka_unit_test(test_proc_output),
        cmocka_unit_test(test_proc_missing),
        cmocka_unit_test(test_proc_signal),
        cmocka_unit_test(test_proc_beside),
    };

    if (argc > 1 && strcmp(argv[1], "--beside") == 0)
        return puts("beside") < 0;
    signal(SIGPIPE, SIG_DFL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
