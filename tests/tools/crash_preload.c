/* Fault injection for the tests: loaded with LD_PRELOAD, it counts the calls that change files and
 * lets the one with number CRASH_AT go wrong. CRASH_HOW says how:
 *
 *   exit  the process ends there with status 137, as if killed (the default)
 *   half  the same, but a write has written its first half
 *   once  this call fails with EIO, all others work
 *   full  from this call on, calls that need room on the disk fail with ENOSPC
 *
 * A process that makes fewer calls than CRASH_AT runs undisturbed: so a test counts up until the
 * command survives. Writes to pipes and terminals are not counted, nor are those to descriptors 0
 * to 2. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { STATUS_KILLED = 137 };

static atomic_long calls;

static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

static bool how_is(const char *word)
{
    const char *how = getenv("CRASH_HOW");

    return strcmp(how ? how : "exit", word) == 0;
}

/* True when this call shall fail, with errno set. `room`: it needs room on the disk. */
static bool goes_wrong(bool room)
{
    const char *at = getenv("CRASH_AT");
    long target = at ? strtol(at, NULL, 10) : 0;
    long n = atomic_fetch_add(&calls, 1) + 1;

    if (target <= 0 || n < target)
        return false;
    if (how_is("full")) {
        errno = ENOSPC;
        return room;
    }
    if (n > target)
        return false;
    if (how_is("once")) {
        errno = EIO;
        return true;
    }
    _exit(STATUS_KILLED);
}

static bool is_next_to_crash(void)
{
    const char *at = getenv("CRASH_AT");

    return at && how_is("half") && strtol(at, NULL, 10) == atomic_load(&calls) + 1;
}

static bool counts(int fd)
{
    struct stat st;

    return fd > 2 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

typedef ssize_t write_fn(int, const void *, size_t);
typedef ssize_t pwrite_fn(int, const void *, size_t, off_t);

ssize_t write(int fd, const void *data, size_t len)
{
    write_fn *real = (write_fn *)next("write");

    if (counts(fd)) {
        if (is_next_to_crash())
            (void)!real(fd, data, len / 2);
        if (goes_wrong(true))
            return -1;
    }
    return real(fd, data, len);
}

static ssize_t pwrite_as(const char *name, int fd, const void *data, size_t len, off_t at)
{
    pwrite_fn *real = (pwrite_fn *)next(name);

    if (counts(fd)) {
        if (is_next_to_crash())
            (void)!real(fd, data, len / 2, at);
        if (goes_wrong(true))
            return -1;
    }
    return real(fd, data, len, at);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    return pwrite_as("pwrite", fd, data, len, at);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off_t at)
{
    return pwrite_as("pwrite64", fd, data, len, at);
}

int fsync(int fd)
{
    return goes_wrong(true) ? -1 : ((int (*)(int))next("fsync"))(fd);
}

int fdatasync(int fd)
{
    return goes_wrong(true) ? -1 : ((int (*)(int))next("fdatasync"))(fd);
}

int ftruncate(int fd, off_t len)
{
    return goes_wrong(false) ? -1 : ((int (*)(int, off_t))next("ftruncate"))(fd, len);
}

int rename(const char *from, const char *to)
{
    typedef int fn(const char *, const char *);

    return goes_wrong(true) ? -1 : ((fn *)next("rename"))(from, to);
}

int renameat(int fromdir, const char *from, int todir, const char *to)
{
    typedef int fn(int, const char *, int, const char *);

    return goes_wrong(true) ? -1 : ((fn *)next("renameat"))(fromdir, from, todir, to);
}

int link(const char *from, const char *to)
{
    typedef int fn(const char *, const char *);

    return goes_wrong(true) ? -1 : ((fn *)next("link"))(from, to);
}

int unlink(const char *path)
{
    return goes_wrong(false) ? -1 : ((int (*)(const char *))next("unlink"))(path);
}

int unlinkat(int dir, const char *path, int flags)
{
    typedef int fn(int, const char *, int);

    return goes_wrong(false) ? -1 : ((fn *)next("unlinkat"))(dir, path, flags);
}

int mkdir(const char *path, mode_t mode)
{
    return goes_wrong(true) ? -1 : ((int (*)(const char *, mode_t))next("mkdir"))(path, mode);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
    typedef int fn(int, const char *, mode_t);

    return goes_wrong(true) ? -1 : ((fn *)next("mkdirat"))(dir, path, mode);
}

typedef int open_fn(const char *, int, ...);
typedef int openat_fn(int, const char *, int, ...);

static mode_t mode_of(int flags, va_list ap)
{
    return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(ap, int) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list ap;
    mode_t mode;

    va_start(ap, flags);
    mode = mode_of(flags, ap);
    va_end(ap);
    if ((flags & O_CREAT) && goes_wrong(true))
        return -1;
    return ((open_fn *)next("open"))(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list ap;
    mode_t mode;

    va_start(ap, flags);
    mode = mode_of(flags, ap);
    va_end(ap);
    if ((flags & O_CREAT) && goes_wrong(true))
        return -1;
    return ((open_fn *)next("open64"))(path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
    va_list ap;
    mode_t mode;

    va_start(ap, flags);
    mode = mode_of(flags, ap);
    va_end(ap);
    if ((flags & O_CREAT) && goes_wrong(true))
        return -1;
    return ((openat_fn *)next("openat"))(dir, path, flags, mode);
}

int openat64(int dir, const char *path, int flags, ...)
{
    va_list ap;
    mode_t mode;

    va_start(ap, flags);
    mode = mode_of(flags, ap);
    va_end(ap);
    if ((flags & O_CREAT) && goes_wrong(true))
        return -1;
    return ((openat_fn *)next("openat64"))(dir, path, flags, mode);
}
