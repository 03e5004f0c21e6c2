/* Files and descriptors: whole reads and writes, atomic replacement, locks. */
#ifndef BP_BASE_IO_H
#define BP_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

enum { BP_READ_MAX = 256 * 1024 * 1024 }; /* most bytes of a file that is read whole */

/* Appends all of `fd` to `out`; BP_ELIMIT past the limit of `out`. */
int bp_read_fd(int fd, struct bp_str *out, struct bp_err *e);
/* Appends the regular file `path` (relative to `dirfd`, AT_FDCWD allowed) to `out`. Directories,
 * devices and FIFOs are refused; symbolic links are followed. */
int bp_read_file(int dirfd, const char *path, struct bp_str *out, struct bp_err *e);
/* Writes all, across partial writes and EINTR. */
int bp_write_all(int fd, const void *data, size_t len, struct bp_err *e);

/* Replaces `path` as one step that survives a crash: temporary file in the same directory, fsync,
 * rename, fsync of the directory. Readers see the old or the new content. A symbolic link at `path`
 * is replaced, not followed. */
int bp_file_replace(int dirfd, const char *path, const void *data, size_t len, mode_t mode,
                    struct bp_err *e);

/* The same in steps, so that many files share the cost of syncing: stage each (temporary written),
 * sync each, then commit each (rename), then bp_sync_dir() each directory. `tmp` gets the name of
 * the temporary, relative to `dirfd`. */
int bp_file_stage(int dirfd, const char *path, const void *data, size_t len, mode_t mode,
                  struct bp_str *tmp, int *fd, struct bp_err *e);
int bp_sync_dir(int dirfd, const char *path, struct bp_err *e);

/* Makes directory `path` and its missing parents (mode 0777 less umask), each durable. */
int bp_mkdirs(int dirfd, const char *path, struct bp_err *e);

/* An exclusive or shared lock on the file `path`, made when missing. Waits up to `timeout_ms` (0 =
 * not at all), then BP_EBUSY with the owner (pid, command) in the message. The lock ends with
 * bp_unlock() or the process, so that none is ever stale. */
struct bp_lock {
    int fd;
};
#define BP_LOCK_INIT \
    {                \
        -1           \
    }
int bp_lock(struct bp_lock *l, int dirfd, const char *path, bool shared, int timeout_ms,
            struct bp_err *e);
void bp_unlock(struct bp_lock *l);

#endif
