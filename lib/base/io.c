/* Reading, writing and replacing files: see io.h. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/tmpfile.h"

enum { READ_CHUNK = 64 * 1024 };

/* Descriptors that others made non-blocking are waited for, as if they were not. */
static bool retry_after(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};

    if (errno == EINTR)
        return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return false;
    return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

/* Appends the rest of `fd`, as long as `out` holds no more than `limit` bytes. */
static int read_rest(int fd, struct bp_str *out, size_t limit, struct bp_err *e)
{
    for (;;) {
        size_t spare = out->cap > out->len ? out->cap - out->len - 1 : 0;
        size_t left = limit > out->len ? limit - out->len : 0;
        size_t want = spare ? spare : READ_CHUNK;
        char probe; /* at the limit: is there more? */
        char *to = &probe;
        ssize_t n;

        if (want > left)
            want = left;
        if (want)
            to = bp_str_room(out, want);
        n = read(fd, to, want ? want : 1);
        if (n == 0)
            return 0;
        if (n < 0) {
            if (retry_after(fd, POLLIN))
                continue;
            return bp_err_sys(e, "read");
        }
        if (want == 0)
            return bp_err_set(e, BP_ELIMIT, "more than %zu bytes", limit);
        out->len += (size_t)n;
        out->s[out->len] = '\0';
    }
}

int bp_read_fd(int fd, struct bp_str *out, struct bp_err *e)
{
    return read_rest(fd, out, out->max ? out->max : SIZE_MAX / 2, e);
}

static int check_regular(int fd, const char *path, struct stat *st, struct bp_err *e)
{
    if (fstat(fd, st))
        return bp_err_sys(e, "look at '%s'", path);
    if (S_ISDIR(st->st_mode))
        return bp_err_set(e, BP_EINPUT, "'%s' is a directory, not a file", path);
    if (!S_ISREG(st->st_mode))
        return bp_err_set(e, BP_EINPUT, "'%s' is not a regular file", path);
    return 0;
}

int bp_read_file(int dirfd, const char *path, struct bp_str *out, struct bp_err *e)
{
    size_t limit = out->max ? out->max : out->len + BP_READ_MAX;
    struct stat st;
    int rc;
    int fd = openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return bp_err_sys(e, "open '%s'", path);
    rc = check_regular(fd, path, &st, e);
    if (rc == 0) {
        if (st.st_size > 0 && (uintmax_t)st.st_size < limit)
            bp_str_room(out, (size_t)st.st_size);
        rc = read_rest(fd, out, limit, e);
        if (rc)
            bp_err_wrap(e, "read '%s'", path);
    }
    close(fd);
    return rc;
}

int bp_write_all(int fd, const void *data, size_t len, struct bp_err *e)
{
    const char *p = data;

    while (len) {
        ssize_t n = write(fd, p, len);

        if (n >= 0) {
            p += n;
            len -= (size_t)n;
        } else if (!retry_after(fd, POLLOUT)) {
            return bp_err_sys(e, fd == STDOUT_FILENO ? "write to standard output" : "write");
        }
    }
    return 0;
}

/* Leaves the temporary guarded on success. */
static int stage_guarded(int dirfd, const char *path, const void *data, size_t len, mode_t mode,
                         struct bp_str *tmp, struct bp_err *e)
{
    int fd = bp_tmpfile_open(dirfd, path, mode, tmp, e);
    int rc;

    if (fd < 0)
        return fd;
    bp_tmpfile_guard(dirfd, tmp->s);
    rc = bp_write_all(fd, data, len, e);
    if (rc == 0)
        return fd;
    bp_err_wrap(e, "write '%s'", path);
    unlinkat(dirfd, tmp->s, 0);
    bp_tmpfile_unguard(tmp->s);
    close(fd);
    return rc;
}

int bp_file_stage(int dirfd, const char *path, const void *data, size_t len, mode_t mode,
                  struct bp_str *tmp, int *fd, struct bp_err *e)
{
    int got = stage_guarded(dirfd, path, data, len, mode, tmp, e);

    *fd = got < 0 ? -1 : got;
    if (got < 0)
        return got;
    bp_tmpfile_unguard(tmp->s);
    return 0;
}

/* Syncs and closes; the result of both counts. */
static int finish_file(int fd, const char *path, struct bp_err *e)
{
    int rc = 0;

    if (fsync(fd))
        rc = bp_err_sys(e, "write '%s' to disk", path);
    if (close(fd) && rc == 0)
        rc = bp_err_sys(e, "close '%s'", path);
    return rc;
}

static int sync_parent(int dirfd, const char *path, struct bp_err *e)
{
    const char *slash = strrchr(path, '/');
    struct bp_str dir = BP_STR_INIT;
    int rc;

    if (slash)
        bp_str_add(&dir, path, slash == path ? 1 : (size_t)(slash - path));
    rc = bp_sync_dir(dirfd, dir.s, e);
    bp_str_release(&dir);
    return rc;
}

int bp_file_replace(int dirfd, const char *path, const void *data, size_t len, mode_t mode,
                    struct bp_err *e)
{
    struct bp_str tmp = BP_STR_INIT;
    int rc = stage_guarded(dirfd, path, data, len, mode, &tmp, e);

    if (rc < 0)
        goto done;
    rc = finish_file(rc, path, e);
    if (rc == 0 && renameat(dirfd, tmp.s, dirfd, path))
        rc = bp_err_sys(e, "replace '%s'", path);
    if (rc)
        unlinkat(dirfd, tmp.s, 0);
    bp_tmpfile_unguard(tmp.s);
    if (rc == 0)
        rc = sync_parent(dirfd, path, e);
done:
    bp_str_release(&tmp);
    return rc;
}

int bp_sync_dir(int dirfd, const char *path, struct bp_err *e)
{
    int rc = 0;
    int fd = openat(dirfd, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return bp_err_sys(e, "open directory '%s'", *path ? path : ".");
    /* EINVAL: a file system that can't sync directories has nothing to be synced. */
    if (fsync(fd) && errno != EINVAL)
        rc = bp_err_sys(e, "write directory '%s' to disk", *path ? path : ".");
    close(fd);
    return rc;
}

/* Makes one directory whose parent is there. */
static int make_dir(int dirfd, const char *path, struct bp_err *e)
{
    struct stat st;

    if (mkdirat(dirfd, path, 0777) == 0)
        return sync_parent(dirfd, path, e);
    if (errno == EEXIST || errno == EISDIR) {
        if (fstatat(dirfd, path, &st, 0) == 0 && S_ISDIR(st.st_mode))
            return 0;
        errno = ENOTDIR;
    }
    return bp_err_sys(e, "make directory '%s'", path);
}

int bp_mkdirs(int dirfd, const char *path, struct bp_err *e)
{
    struct bp_str dir = BP_STR_INIT;
    struct stat st;
    int rc = 0;

    if (*path == '\0')
        return bp_err_set(e, BP_EUSAGE, "the name of a directory is empty");
    if (fstatat(dirfd, path, &st, 0) == 0 && S_ISDIR(st.st_mode))
        return 0;
    for (const char *p = path; *p && rc == 0;) {
        size_t slashes = strspn(p, "/");
        size_t part = strcspn(p + slashes, "/");

        if (part == 0)
            break;
        bp_str_add(&dir, p, (slashes ? 1 : 0));
        bp_str_add(&dir, p + slashes, part);
        rc = make_dir(dirfd, dir.s, e);
        p += slashes + part;
    }
    bp_str_release(&dir);
    return rc;
}
