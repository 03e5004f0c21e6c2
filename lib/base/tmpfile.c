/* Temporary files: see tmpfile.h. */
#include "base/tmpfile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

enum { RANDOM_CHARS = 6, NAME_PART_MAX = 200, TRIES = 100, GUARD_SLOTS = 16 };

/* The handler reads this table at any moment: `name` is set last and cleared first. */
static struct {
    int dirfd;
    char *_Atomic name;
} guards[GUARD_SLOTS];
static pthread_mutex_t guards_lock = PTHREAD_MUTEX_INITIALIZER;

static void random_chars(char out[RANDOM_CHARS])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char raw[RANDOM_CHARS];
    struct timespec now;

    if (getrandom(raw, sizeof raw, GRND_NONBLOCK) != (ssize_t)sizeof raw) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        for (size_t i = 0; i < sizeof raw; i++)
            raw[i] = (unsigned char)((uint64_t)now.tv_nsec >> (3 * i) ^ (uint64_t)getpid() >> i);
    }
    for (size_t i = 0; i < RANDOM_CHARS; i++)
        out[i] = alphabet[raw[i] % (sizeof alphabet - 1)];
}

int bp_tmpfile_open(int dirfd, const char *path, mode_t mode, struct bp_str *name, struct bp_err *e)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t at;

    bp_str_clear(name);
    bp_str_add(name, path, (size_t)(base - path));
    bp_str_addc(name, '.');
    bp_str_add(name, base, strnlen(base, NAME_PART_MAX));
    bp_str_addc(name, '.');
    at = name->len;
    bp_str_adds(name, "XXXXXX.tmp");
    for (int i = 0; i < TRIES; i++) {
        int fd;

        random_chars(name->s + at);
        fd = openat(dirfd, name->s, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, mode);
        if (fd >= 0)
            return fd;
        if (errno != EEXIST)
            break;
    }
    return bp_err_sys(e, "make a temporary file for '%s'", path);
}

void bp_tmpfile_guard(int dirfd, const char *name)
{
    pthread_mutex_lock(&guards_lock);
    for (size_t i = 0; i < GUARD_SLOTS; i++) {
        if (!atomic_load(&guards[i].name)) {
            guards[i].dirfd = dirfd;
            atomic_store(&guards[i].name, bp_strdup(name));
            break;
        }
    }
    pthread_mutex_unlock(&guards_lock);
}

void bp_tmpfile_unguard(const char *name)
{
    pthread_mutex_lock(&guards_lock);
    for (size_t i = 0; i < GUARD_SLOTS; i++) {
        char *held = atomic_load(&guards[i].name);

        if (held && strcmp(held, name) == 0) {
            atomic_store(&guards[i].name, NULL);
            free(held);
            break;
        }
    }
    pthread_mutex_unlock(&guards_lock);
}

/* SA_RESETHAND put the default action back: the signal raised here ends the process. */
static void remove_and_die(int sig)
{
    for (size_t i = 0; i < GUARD_SLOTS; i++) {
        const char *name = atomic_load(&guards[i].name);

        if (name)
            unlinkat(guards[i].dirfd, name, 0);
    }
    raise(sig);
}

void bp_tmpfile_handle_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction act = {.sa_handler = remove_and_die, .sa_flags = SA_RESETHAND};
    struct sigaction old;

    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            sigaction(signals[i], &act, NULL);
    }
}
