/* The queue of our own writers: see branch.h and queue.h.
 *
 * Git has no way to tell the lock of a killed process from one that is held, and asks the user. We
 * know more: who holds `bp/lock` is the only writer of ours, and `bp/intent` says which branch the
 * last one was about to move, and where to. */
#include "git/queue.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "git/repo_priv.h"

enum { EMPTY_AGE = 2 }; /* seconds after which an empty lock is no longer being written by Git */

struct bp_branch_queue {
    struct bp_lock lock;
    char *repo_dir;
    int dir;            /* of bp/, -1 when it can't be had */
    struct bp_str left; /* the note of a writer that did not come to its end: "REF ID\n" */
};

/* The lock of the branch that the note begins with, "" for a note that makes no sense. */
static void lock_path(const struct bp_branch_queue *q, struct bp_str *path)
{
    const char *blank = strchr(q->left.s, ' ');

    if (blank && strncmp(q->left.s, "refs/", 5) == 0)
        bp_str_addf(path, "%s%.*s.lock", q->repo_dir, (int)(blank - q->left.s), q->left.s);
}

/* A note without a lock is of a writer that was killed before or after: nothing is left to do. */
static void read_note(struct bp_branch_queue *q)
{
    struct bp_str path = BP_STR_INIT;

    (void)bp_read_file(q->dir, "intent", &q->left, NULL);
    lock_path(q, &path);
    if (q->left.len && (!path.len || access(path.s, F_OK) < 0))
        bp_str_clear(&q->left);
    bp_str_release(&path);
}

struct bp_branch_queue *bp_branch_queue_enter(struct bp_repo *r, int wait_ms)
{
    struct bp_branch_queue *q = bp_calloc(1, sizeof *q);
    struct bp_str path = BP_STR_INIT;

    q->lock = (struct bp_lock)BP_LOCK_INIT;
    q->left = (struct bp_str)BP_STR_LIMIT(8192);
    q->repo_dir = bp_strdup(r->dir);
    bp_str_addf(&path, "%sbp", r->dir);
    q->dir = open(path.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (q->dir < 0 && mkdir(path.s, 0777) == 0)
        q->dir = open(path.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bp_str_release(&path);
    if (q->dir >= 0 && bp_lock(&q->lock, q->dir, "lock", false, wait_ms, NULL) == 0)
        read_note(q);
    return q;
}

void bp_branch_queue_leave(struct bp_branch_queue *q)
{
    if (!q)
        return;
    bp_unlock(&q->lock);
    if (q->dir >= 0)
        close(q->dir);
    bp_str_release(&q->left);
    free(q->repo_dir);
    free(q);
}

void bp_branch_queue_intend(struct bp_branch_queue *q, const char *ref, const struct bp_oid *to)
{
    struct bp_str note = BP_STR_INIT;
    char hex[BP_OID_HEX + 1];
    int fd;

    /* What is left from another one is kept until it is settled. */
    if (!q || q->lock.fd < 0 || q->left.len)
        return;
    fd = openat(q->dir, "intent", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        return;
    bp_oid_hex(to, hex);
    bp_str_addf(&note, "%s %s\n", ref, hex);
    (void)bp_write_all(fd, note.s, note.len, NULL);
    close(fd);
    bp_str_release(&note);
}

void bp_branch_queue_done(struct bp_branch_queue *q)
{
    if (!q || q->lock.fd < 0 || q->left.len)
        return;
    (void)unlinkat(q->dir, "intent", 0);
}

/* True when the lock file is what the writer of the note left: `id` is "ID\n". */
static bool is_left_over(const char *path, const char *id)
{
    struct bp_str text = BP_STR_LIMIT(256);
    struct stat st;
    bool yes = false;

    if (stat(path, &st) == 0 && bp_read_file(AT_FDCWD, path, &text, NULL) == 0)
        yes = text.len ? strcmp(text.s, id) == 0 : time(NULL) - st.st_mtime >= EMPTY_AGE;
    bp_str_release(&text);
    return yes;
}

void bp_branch_queue_heal(struct bp_branch_queue *q, const char *ref)
{
    struct bp_str path = BP_STR_INIT;
    size_t n = strlen(ref);

    if (!q || q->lock.fd < 0 || q->left.len <= n + 1 || strncmp(q->left.s, ref, n) != 0 ||
        q->left.s[n] != ' ')
        return;
    lock_path(q, &path);
    if (is_left_over(path.s, q->left.s + n + 1) && unlink(path.s) == 0)
        bp_str_clear(&q->left);
    bp_str_release(&path);
}
