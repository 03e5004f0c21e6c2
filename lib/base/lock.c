/* Locks on files: see io.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"

enum { POLL_FIRST_MS = 1, POLL_MOST_MS = 50 };

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void sleep_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&t, NULL);
}

static int open_lock(int dirfd, const char *path, bool shared, struct bp_err *e)
{
    const int flags = O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK;
    struct stat st;
    int fd = openat(dirfd, path, O_RDWR | O_CREAT | flags, 0666);

    /* Who may only read can still share. */
    if (fd < 0 && shared && (errno == EACCES || errno == EROFS || errno == EPERM))
        fd = openat(dirfd, path, O_RDONLY | flags);
    if (fd < 0)
        return bp_err_sys(e, "open lock '%s'", path);
    if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
        close(fd);
        return bp_err_set(e, BP_EINPUT, "lock '%s' is not a regular file", path);
    }
    return fd;
}

/* True when the file that was locked is still the one that `path` names. */
static bool is_current(int fd, int dirfd, const char *path)
{
    struct stat locked, named;

    return fstat(fd, &locked) == 0 && fstatat(dirfd, path, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
}

/* The name is for messages only: a full disk must not keep anybody from locking. */
static void write_owner(int fd)
{
    struct bp_str owner = BP_STR_INIT;

    bp_str_addf(&owner, "%ld %s\n", (long)getpid(), program_invocation_short_name);
    if (ftruncate(fd, 0) == 0 && pwrite(fd, owner.s, owner.len, 0) < (ssize_t)owner.len)
        (void)!ftruncate(fd, 0);
    bp_str_release(&owner);
}

static int busy(int fd, const char *path, struct bp_err *e)
{
    char owner[256];
    ssize_t n = pread(fd, owner, sizeof owner - 1, 0);
    char *command;

    owner[n > 0 ? n : 0] = '\0';
    owner[strcspn(owner, "\n")] = '\0';
    command = strchr(owner, ' ');
    if (!command)
        return bp_err_set(e, BP_EBUSY, "'%s' is locked by another process", path);
    *command++ = '\0';
    return bp_err_set(e, BP_EBUSY, "'%s' is locked by %s (process %s)", path, command, owner);
}

/* 0 when locked, BP_EBUSY when the time is over, or another code. */
static int wait_for_lock(int fd, const char *path, bool shared, int64_t until, struct bp_err *e)
{
    int64_t pause = POLL_FIRST_MS;

    while (flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB)) {
        int64_t left = until - now_ms();

        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return bp_err_sys(e, "lock '%s'", path);
        if (left <= 0)
            return busy(fd, path, e);
        sleep_ms(pause < left ? pause : left);
        pause = pause * 2 < POLL_MOST_MS ? pause * 2 : POLL_MOST_MS;
    }
    return 0;
}

int bp_lock(struct bp_lock *l, int dirfd, const char *path, bool shared, int timeout_ms,
            struct bp_err *e)
{
    int64_t until = now_ms() + timeout_ms;

    l->fd = -1;
    for (;;) {
        int fd = open_lock(dirfd, path, shared, e);
        int rc;

        if (fd < 0)
            return fd;
        rc = wait_for_lock(fd, path, shared, until, e);
        if (rc == 0 && is_current(fd, dirfd, path)) {
            if (!shared)
                write_owner(fd);
            l->fd = fd;
            return 0;
        }
        close(fd);
        if (rc)
            return rc;
    }
}

void bp_unlock(struct bp_lock *l)
{
    if (l->fd < 0)
        return;
    (void)!ftruncate(l->fd, 0);
    close(l->fd);
    l->fd = -1;
}
