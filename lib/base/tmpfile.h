/* Temporary files beside what they replace, removed when a signal ends the process. Only for base.
 */
#ifndef BP_BASE_TMPFILE_H
#define BP_BASE_TMPFILE_H

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/* Makes '.NAME.XXXXXX.tmp' in the directory of `path`; `name` (emptied first) gets its path,
 * relative to `dirfd`. The descriptor, or a negative code. */
int bp_tmpfile_open(int dirfd, const char *path, mode_t mode, struct bp_str *name,
                    struct bp_err *e);

/* From the guard to its lifting, SIGINT, SIGTERM and SIGHUP remove the file before they end the
 * process, if bp_tmpfile_handle_signals() was called. `dirfd` must stay open until then. */
void bp_tmpfile_guard(int dirfd, const char *name);
void bp_tmpfile_unguard(const char *name);

/* Installs the handlers; a signal that is ignored (nohup) stays ignored. */
void bp_tmpfile_handle_signals(void);

#endif
