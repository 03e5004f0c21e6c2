/* The rows of a command's table and, after them, those that every command has. Only for base. */
#ifndef BP_BASE_ROWS_H
#define BP_BASE_ROWS_H

#include "base/cmd.h"

enum { BP_OPT_ROWS_STANDARD = 6, BP_OPT_ROWS_MAX = 64 };

/* Where the flags of the standard options go. */
struct bp_opt_asked {
    bool help, version, dump;
};

struct bp_opt_rows {
    const struct bp_opt *items[BP_OPT_ROWS_MAX];
    size_t count; /* the hidden one, which is the last, included */
    size_t visible;
    struct bp_opt standard[BP_OPT_ROWS_STANDARD]; /* `items` points into it */
    char output_help[80];                         /* of -o: its default depends on the command */
};

/* `run` and `asked` may be NULL when nothing is parsed. */
void bp_opt_rows_of(const struct bp_cmd *cmd, struct bp_run *run, struct bp_opt_asked *asked,
                    struct bp_opt_rows *rows);

#endif
