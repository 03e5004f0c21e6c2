/* The same beginning, options and end for every command.
 *
 * A command is one table: its options, their help, what they take. From it come parsing, usage
 * errors, --help and (through the hidden --dump-options) the completions and the check that the
 * manual lists the same options. --help, --version, -q, -v and -o (--output) are in every command
 * and are not listed by it. */
#ifndef BP_BASE_CMD_H
#define BP_BASE_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/spool.h"

#define BP_VERSION "0.1.0"

/* Exit status, the same everywhere. */
enum {
    BP_EXIT_YES = 0,
    BP_EXIT_NO = 1,      /* the answer is no: differences, invalid, conflict */
    BP_EXIT_TROUBLE = 2, /* wrong usage, unreadable input, broken configuration */
    BP_EXIT_LATER = 75,  /* locked, network, busy: the same call may succeed later */
};

enum bp_opt_type {
    BP_OPT_FLAG,   /* `dest` is bool: true */
    BP_OPT_STRING, /* const char *: the argument; given twice is a usage error */
    BP_OPT_LIST,   /* struct bp_list: the arguments in order */
    BP_OPT_COUNT,  /* uint32_t: a decimal number */
    BP_OPT_CHOICE, /* const char *: one of the words of `choices` */
};

/* What an argument names, for completion. */
enum bp_opt_hint { BP_HINT_NONE, BP_HINT_FILE, BP_HINT_DIR, BP_HINT_STATE };

struct bp_opt {
    char letter;      /* 0 = no short form */
    const char *name; /* long form, without dashes */
    enum bp_opt_type type;
    const char *arg;     /* placeholder in help, upper case; NULL for flags */
    const char *help;    /* one line, lower case, no full stop */
    void *dest;          /* see enum bp_opt_type */
    const char *choices; /* BP_OPT_CHOICE: words separated by '|' */
    enum bp_opt_hint hint;
    bool required;
};

/* The row of --report, which is the same wherever findings are made; see bp_diags_new(). `path` is
 * the address of a const char *. */
#define BP_OPT_REPORT(path)                                                                       \
    {                                                                                             \
        .name = "report", .type = BP_OPT_STRING, .arg = "FILE",                                   \
        .help = "write the findings as JSON lines to FILE", .dest = (path), .hint = BP_HINT_FILE, \
    }

struct bp_list {
    const char **items;
    size_t count, cap;
};

struct bp_cmd {
    const char *name;          /* "bp-diff" */
    const char *summary;       /* one line, lower case */
    const char *synopsis;      /* after the name: "[-r] OLD NEW"; several forms separated by '\n' */
    const struct bp_opt *opts; /* ended by an all-zero row; NULL for none */
    const char *formats;       /* words that -o takes, the default for pipes first: "json|text" */
    enum bp_opt_hint operand;  /* what the operands are, for completion */
    int min_operands, max_operands; /* max < 0: any number */
    const char *epilog;             /* more help, or NULL */
};

/* The run of a command. */
struct bp_run {
    const struct bp_cmd *cmd;
    bool quiet, verbose;
    const char *format; /* what -o said; else "text" on a terminal, else the first of `formats` */
    bool colour_out, colour_err;
    char **operands;
    int noperands;
};

/* Makes descriptors 0 to 2 valid, makes characters UTF-8 (LC_CTYPE, and no other locale category:
 * they would be read from files), parses the options into their `dest`, and sees to it that
 * temporary files go when a signal ends the process. --help and
 * --version print and exit 0; a usage error prints itself and the usage, and exits 2. */
void bp_start(struct bp_run *run, const struct bp_cmd *cmd, int argc, char **argv);

/* Prints `bp-NAME: error: message`, with position when there is one; control characters escaped. */
void bp_complain(const struct bp_run *run, const struct bp_err *e);
/* A progress line or a remark for people on stderr: not with -q. */
void bp_say(const struct bp_run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A remark for -v. */
void bp_tell(const struct bp_run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A usage error found after parsing, such as options that exclude each other: prints and exits 2.
 */
_Noreturn void bp_usage_error(const struct bp_run *run, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The exit status for a code of the library. */
int bp_exit_of(int code);

/* Writes the spool to standard output, closes it and returns the status to exit with: `status`, or
 * BP_EXIT_TROUBLE when standard output could not be written. A reader that has gone is no error. */
int bp_finish(struct bp_run *run, struct bp_spool *out, int status);

void bp_list_release(struct bp_list *l);

#endif
