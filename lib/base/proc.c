/* Child processes: see proc.h. */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

enum { LINK_MAX_BYTES = 64 * 1024 };

bool bp_proc_beside(const char *name, struct bp_str *path)
{
    char *self = bp_alloc(LINK_MAX_BYTES);
    ssize_t n = readlink("/proc/self/exe", self, LINK_MAX_BYTES);
    char *slash = n > 0 && n < LINK_MAX_BYTES ? memrchr(self, '/', (size_t)n) : NULL;

    if (slash) {
        bp_str_add(path, self, (size_t)(slash - self) + 1);
        bp_str_adds(path, name);
    }
    free(self);
    return slash;
}

/* In the child: only calls that are safe after fork(). Does not return. */
static void become(const char *beside, char *const argv[], int in, int out, int report)
{
    int sys;

    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0) {
        if (beside)
            execv(beside, argv);
        if (!beside || errno == ENOENT)
            execvp(argv[0], argv);
    }
    sys = errno;
    (void)!write(report, &sys, sizeof sys);
    _exit(127);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* What the child wrote before it failed to start; 0 when it runs. */
static int read_start(int fd)
{
    int sys = 0;
    ssize_t n;

    do
        n = read(fd, &sys, sizeof sys);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof sys ? sys : 0;
}

int bp_proc_start(struct bp_proc *p, const char *const argv[], struct bp_err *e)
{
    struct bp_str beside = BP_STR_INIT;
    bool have_beside = !strchr(argv[0], '/') && bp_proc_beside(argv[0], &beside);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int out[2] = {-1, -1}, start[2] = {-1, -1};
    int rc = 0, sys;

    *p = (struct bp_proc){.pid = -1, .out = -1};
    if (null < 0 || pipe2(out, O_CLOEXEC) || pipe2(start, O_CLOEXEC) || (p->pid = fork()) < 0) {
        rc = bp_err_sys(e, "start '%s'", argv[0]);
        goto done;
    }
    if (p->pid == 0)
        become(have_beside ? beside.s : NULL, (char *const *)(uintptr_t)argv, null, out[1],
               start[1]);
    close_fd(&start[1]);
    sys = read_start(start[0]);
    if (sys) {
        bp_proc_wait(p);
        errno = sys;
        rc = bp_err_sys(e, "start '%s'", argv[0]);
        goto done;
    }
    p->out = out[0];
    out[0] = -1;
done:
    close_fd(&null);
    close_fd(&out[0]);
    close_fd(&out[1]);
    close_fd(&start[0]);
    close_fd(&start[1]);
    bp_str_release(&beside);
    return rc;
}

int bp_proc_wait(struct bp_proc *p)
{
    int status = 0;
    pid_t got;

    /* First, so that a child still writing ends instead of waiting for a reader. */
    close_fd(&p->out);
    do
        got = waitpid(p->pid, &status, 0);
    while (got < 0 && errno == EINTR);
    p->pid = -1;
    if (got < 0)
        return 127;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
