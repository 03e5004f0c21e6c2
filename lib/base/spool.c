/* Output that is whole or nothing: see spool.h. */
#include "base/spool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

enum { SPOOL_MEMORY = 32 * 1024 * 1024, SPOOL_CHUNK = 1024 * 1024 };

static int open_unnamed(struct bp_err *e)
{
    char name[] = P_tmpdir "/bp-spool.XXXXXX";
    int fd = open(P_tmpdir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0)
        return fd;
    fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0)
        return bp_err_sys(e, "make a temporary file in '" P_tmpdir "'");
    unlink(name);
    return fd;
}

/* Moves what memory holds to the file. */
static void spill(struct bp_spool *s)
{
    if (s->fd < 0)
        s->fd = open_unnamed(&s->err);
    if (s->fd < 0) {
        s->fd = -1;
    } else if (bp_write_all(s->fd, s->mem.s, s->mem.len, &s->err)) {
        bp_err_wrap(&s->err, "hold back the output in '" P_tmpdir "'");
    }
    bp_str_clear(&s->mem);
}

void bp_spool_add(struct bp_spool *s, const void *data, size_t len)
{
    if (s->err.code)
        return;
    if (s->mem.len && len > SPOOL_MEMORY - s->mem.len)
        spill(s);
    if (s->err.code)
        return;
    bp_str_add(&s->mem, data, len);
    if (s->mem.len > SPOOL_MEMORY)
        spill(s);
}

static int copy_file(int from, int to, struct bp_err *e)
{
    char *buf = bp_alloc(SPOOL_CHUNK);
    off_t at = 0;
    ssize_t n;
    int rc = 0;

    while ((n = pread(from, buf, SPOOL_CHUNK, at)) > 0) {
        rc = bp_write_all(to, buf, (size_t)n, e);
        if (rc)
            break;
        at += n;
    }
    if (n < 0)
        rc = bp_err_sys(e, "read back the output from '" P_tmpdir "'");
    free(buf);
    return rc;
}

int bp_spool_flush(struct bp_spool *s, int fd, struct bp_err *e)
{
    int rc = s->err.code;

    if (rc) {
        if (e)
            *e = s->err;
    } else {
        if (s->fd >= 0)
            rc = copy_file(s->fd, fd, e);
        if (rc == 0)
            rc = bp_write_all(fd, s->mem.s, s->mem.len, e);
    }
    bp_spool_release(s);
    return rc;
}

void bp_spool_release(struct bp_spool *s)
{
    bp_str_release(&s->mem);
    if (s->fd >= 0)
        close(s->fd);
    *s = (struct bp_spool)BP_SPOOL_INIT;
}
