/* New objects in memory, and their way to the disk: see memodb.h.
 *
 * It is an object database backend in front of the repository's own ones. Durability is ours to see
 * to: libgit2 syncs nothing unless told so, and when told so waits for each object's file and
 * directory in turn. Here the disk gets all files to work on first, and then each is waited for. */
#include "git/memodb.h"

#include <fcntl.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "git/oid_git.h"
#include "git/repo_priv.h"

/* Past this many objects one pack is written: 10,000 loose files would cost a sync each, and every
 * later reader an open each. */
enum { LOOSE_MAX = 64, RETRIES = 4 };

struct object {
    git_oid id;
    git_object_t type;
    size_t len;
    void *data;
};

struct bp_memodb {
    git_odb_backend backend; /* first: libgit2's pointer is ours */
    struct bp_repo *r;
    struct bp_arena a;
    struct bp_map by_id; /* the objects, in order of writing */
};

static struct object *find(git_odb_backend *b, const git_oid *id)
{
    struct bp_memodb *m = (struct bp_memodb *)b;
    struct bp_map_entry *entry;

    entry = bp_map_find(&m->by_id, (const char *)id->id, sizeof id->id);
    return entry ? entry->value : NULL;
}

static int backend_read(void **data, size_t *len, git_object_t *type, git_odb_backend *b,
                        const git_oid *id)
{
    struct object *o = find(b, id);

    if (!o)
        return GIT_ENOTFOUND;
    *data = git_odb_backend_data_alloc(b, o->len ? o->len : 1);
    if (!*data)
        bp_out_of_memory();
    memcpy(*data, o->data, o->len);
    *len = o->len;
    *type = o->type;
    return 0;
}

static int backend_read_header(size_t *len, git_object_t *type, git_odb_backend *b,
                               const git_oid *id)
{
    struct object *o = find(b, id);

    if (!o)
        return GIT_ENOTFOUND;
    *len = o->len;
    *type = o->type;
    return 0;
}

static int backend_exists(git_odb_backend *b, const git_oid *id)
{
    return find(b, id) != NULL;
}

static int backend_write(git_odb_backend *b, const git_oid *id, const void *data, size_t len,
                         git_object_t type)
{
    struct bp_memodb *m = (struct bp_memodb *)b;
    struct bp_map_entry *entry;
    struct object *o;

    o = bp_arena_alloc(&m->a, sizeof *o);
    *o = (struct object){.id = *id, .type = type, .len = len};
    o->data = bp_arena_alloc(&m->a, len ? len : 1);
    memcpy(o->data, data, len);
    entry = bp_map_put(&m->by_id, (const char *)o->id.id, sizeof o->id.id);
    entry->value = o;
    return 0;
}

static void backend_free(git_odb_backend *b)
{
    struct bp_memodb *m = (struct bp_memodb *)b;

    bp_map_release(&m->by_id);
    bp_arena_release(&m->a);
    free(m);
}

int bp_memodb_attach(struct bp_repo *r, struct bp_memodb **out, struct bp_err *e)
{
    struct bp_memodb *m = bp_calloc(1, sizeof *m);
    int rc;

    m->r = r;
    git_odb_init_backend(&m->backend, GIT_ODB_BACKEND_VERSION);
    m->backend.read = backend_read;
    m->backend.read_header = backend_read_header;
    m->backend.exists = backend_exists;
    m->backend.write = backend_write;
    m->backend.free = backend_free;
    /* In front of all others: theirs are 1 and 2. */
    rc = git_odb_add_backend(r->odb, &m->backend, 100);
    if (rc < 0) {
        free(m);
        return bp_git_error(e, rc, "cannot prepare repository '%s' for writing", r->name);
    }
    *out = m;
    return 0;
}

size_t bp_memodb_count(const struct bp_memodb *m)
{
    return m->by_id.live;
}

void bp_memodb_drop(struct bp_memodb *m)
{
    bp_map_clear(&m->by_id);
    bp_arena_reset(&m->a);
}

/* ---- loose ---- */

static void loose_path(const struct bp_memodb *m, const git_oid *id, struct bp_str *path)
{
    struct bp_oid o = bp_oid_of_git(id);
    char hex[BP_OID_HEX + 1];

    bp_oid_hex(&o, hex);
    bp_str_clear(path);
    bp_str_addf(path, "%sobjects/%.2s/%s", m->r->dir, hex, hex + 2);
}

/* Straight to the backend for loose objects: that they are new was found out when they came here.
 */
static int write_loose(struct bp_memodb *m, struct bp_err *e)
{
    struct bp_str dir = BP_STR_INIT;
    git_odb_backend *loose = NULL;
    int rc;

    bp_str_addf(&dir, "%sobjects", m->r->dir);
    rc = git_odb_backend_loose(&loose, dir.s, -1, 0, 0, 0);
    for (size_t i = 0; i < m->by_id.count && rc == 0; i++) {
        const struct object *o = m->by_id.entries[i].value;

        rc = loose->write(loose, &o->id, o->data, o->len, o->type);
    }
    if (rc < 0)
        rc = bp_git_error(e, rc, "cannot write to repository '%s'", m->r->name);
    if (loose)
        loose->free(loose);
    bp_str_release(&dir);
    return rc;
}

/* Opens each file and has the disk begin with it. */
static int begin_sync(struct bp_memodb *m, int *fds, struct bp_err *e)
{
    struct bp_str path = BP_STR_INIT;
    int rc = 0;

    for (size_t i = 0; i < m->by_id.count && rc == 0; i++) {
        const struct object *o = m->by_id.entries[i].value;

        loose_path(m, &o->id, &path);
        fds[i] = open(path.s, O_RDONLY | O_CLOEXEC);
        if (fds[i] >= 0)
            (void)sync_file_range(fds[i], 0, 0, SYNC_FILE_RANGE_WRITE);
        else
            rc = bp_err_sys(e, "open '%s'", path.s);
    }
    bp_str_release(&path);
    return rc;
}

/* ext4 and XFS write what they know of files in one journal, in order: a sync of a file that is
 * made later makes sure of all before it, once their data are written. Such a file comes: the one
 * that the branch is written in, which is synced before it takes the branch's name (repo.c). It
 * must be on the same file system. */
static bool is_synced_by_branch(const struct bp_memodb *m, int fd)
{
    struct bp_str refs = BP_STR_INIT;
    struct stat object, branch;
    struct statfs fs;
    bool yes;

    bp_str_addf(&refs, "%srefs/heads", m->r->dir);
    yes = fstatfs(fd, &fs) == 0 &&
          (fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == XFS_SUPER_MAGIC) &&
          fstat(fd, &object) == 0 && stat(refs.s, &branch) == 0 && object.st_dev == branch.st_dev;
    bp_str_release(&refs);
    return yes;
}

/* Waits for the data of a file; elsewhere than above also for all that leads to it: the sync of a
 * new file takes its name along on the file systems of Linux. */
static int end_sync(struct bp_memodb *m, const int *fds, struct bp_err *e)
{
    const unsigned all =
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    bool by_branch = m->by_id.count && is_synced_by_branch(m, fds[0]);

    for (size_t i = 0; i < m->by_id.count; i++) {
        if (by_branch && sync_file_range(fds[i], 0, 0, all) == 0)
            continue;
        if (fsync(fds[i]) < 0)
            return bp_err_sys(e, "sync an object of repository '%s'", m->r->name);
    }
    return 0;
}

static int try_loose(struct bp_memodb *m, struct bp_err *e)
{
    int fds[LOOSE_MAX];
    int rc;

    memset(fds, -1, sizeof fds);
    rc = write_loose(m, e);
    if (rc == 0)
        rc = begin_sync(m, fds, e);
    if (rc == 0)
        rc = end_sync(m, fds, e);
    for (size_t i = 0; i < LOOSE_MAX; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return rc;
}

/* `git gc` at the same time takes away directories that are empty for a moment, and objects that
 * it has packed: then all are written again. */
static int flush_loose(struct bp_memodb *m, struct bp_err *e)
{
    int rc = try_loose(m, e);

    for (int i = 0; rc && i < RETRIES; i++)
        rc = try_loose(m, e);
    return rc;
}

/* ---- packed ---- */

static int flush_pack(struct bp_memodb *m, struct bp_err *e)
{
    git_packbuilder *pb = NULL;
    int rc = git_packbuilder_new(&pb, m->r->git);

    if (rc == 0)
        git_packbuilder_set_threads(pb, 0);
    for (size_t i = 0; i < m->by_id.count && rc == 0; i++) {
        const struct object *o = m->by_id.entries[i].value;

        rc = git_packbuilder_insert(pb, &o->id, NULL);
    }
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    if (rc == 0)
        rc = git_packbuilder_write(pb, NULL, 0, NULL, NULL);
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0);
    git_packbuilder_free(pb);
    if (rc < 0)
        return bp_git_error(e, rc, "cannot write a pack to repository '%s'", m->r->name);
    return 0;
}

int bp_memodb_flush(struct bp_memodb *m, struct bp_err *e)
{
    int rc = m->by_id.count <= LOOSE_MAX ? flush_loose(m, e) : flush_pack(m, e);

    if (rc == 0)
        bp_memodb_drop(m);
    return rc;
}
