/* Child processes: an argument vector, never a shell. */
#ifndef BP_BASE_PROC_H
#define BP_BASE_PROC_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

struct bp_proc {
    pid_t pid;
    int out; /* read end of the child's standard output */
};

/* Appends the path of `name` beside our own executable; false when that is not known. */
bool bp_proc_beside(const char *name, struct bp_str *path);

/* Starts argv[0] (looked up beside our own executable first, then in PATH) with standard input from
 * /dev/null, standard output to a pipe and our standard error. A failing exec is an error here, not
 * a silent end of data. */
int bp_proc_start(struct bp_proc *p, const char *const argv[], struct bp_err *e);

/* Waits for the end and closes `out`. The exit status (0 to 255), or 128 + the signal that ended
 * it. */
int bp_proc_wait(struct bp_proc *p);

#endif
