/* Beginning, messages and end of every command: see cmd.h. */
#include "base/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/term.h"
#include "base/tmpfile.h"

/* A closed descriptor is opened the wrong way round: no file of ours can take its place by
 * accident, and using it is still an error. */
static void open_standard_fds(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(BP_EXIT_TROUBLE);
    }
}

/* The line goes out in one write, so that commands of one pipe don't mix theirs. */
static void write_line(struct bp_str *line)
{
    bp_str_addc(line, '\n');
    bp_write_all(STDERR_FILENO, line->s, line->len, NULL);
    bp_str_release(line);
}

__attribute__((format(printf, 2, 0))) static void add_escaped(struct bp_str *out, const char *fmt,
                                                              va_list ap)
{
    struct bp_str text = BP_STR_INIT;

    bp_str_vaddf(&text, fmt, ap);
    bp_term_escape(text.s, text.len, out);
    bp_str_release(&text);
}

static void add_error_word(const struct bp_run *run, struct bp_str *out)
{
    bp_str_addf(out, "%serror:%s ", bp_term_style(BP_RED, run->colour_err),
                bp_term_style(BP_PLAIN, run->colour_err));
}

static void add_position(struct bp_pos pos, struct bp_str *out)
{
    if (!pos.file)
        return;
    bp_term_escape(pos.file, strlen(pos.file), out);
    if (pos.line)
        bp_str_addf(out, ":%u", (unsigned)pos.line);
    if (pos.line && pos.col)
        bp_str_addf(out, ":%u", (unsigned)pos.col);
    bp_str_adds(out, ": ");
}

void bp_complain(const struct bp_run *run, const struct bp_err *e)
{
    struct bp_str line = BP_STR_INIT;

    bp_str_addf(&line, "%s: ", run->cmd->name);
    add_position(e->pos, &line);
    add_error_word(run, &line);
    bp_term_escape(e->msg, strlen(e->msg), &line);
    write_line(&line);
}

__attribute__((format(printf, 2, 0))) static void remark(const struct bp_run *run, const char *fmt,
                                                         va_list ap)
{
    struct bp_str line = BP_STR_INIT;

    bp_str_addf(&line, "%s: ", run->cmd->name);
    add_escaped(&line, fmt, ap);
    write_line(&line);
}

void bp_say(const struct bp_run *run, const char *fmt, ...)
{
    va_list ap;

    if (run->quiet)
        return;
    va_start(ap, fmt);
    remark(run, fmt, ap);
    va_end(ap);
}

void bp_tell(const struct bp_run *run, const char *fmt, ...)
{
    va_list ap;

    if (!run->verbose)
        return;
    va_start(ap, fmt);
    remark(run, fmt, ap);
    va_end(ap);
}

_Noreturn void bp_usage_error(const struct bp_run *run, const char *fmt, ...)
{
    struct bp_str text = BP_STR_INIT;
    va_list ap;

    bp_str_addf(&text, "%s: ", run->cmd->name);
    add_error_word(run, &text);
    va_start(ap, fmt);
    add_escaped(&text, fmt, ap);
    va_end(ap);
    bp_str_addc(&text, '\n');
    bp_options_usage(run->cmd, &text);
    bp_str_addf(&text, "try '%s --help'", run->cmd->name);
    write_line(&text);
    exit(BP_EXIT_TROUBLE);
}

int bp_exit_of(int code)
{
    switch (code) {
    case BP_OK:
    case BP_ESTOP:
        return BP_EXIT_YES;
    case BP_ECONFLICT:
        return BP_EXIT_NO;
    case BP_EBUSY:
        return BP_EXIT_LATER;
    default:
        return BP_EXIT_TROUBLE;
    }
}

/* Writes what --help and the like ask for and ends. */
static _Noreturn void answer(struct bp_run *run, enum bp_asked asked)
{
    struct bp_str text = BP_STR_INIT;
    struct bp_spool out = BP_SPOOL_INIT;

    if (asked == BP_ASKED_HELP)
        bp_options_help(run->cmd, &text);
    else if (asked == BP_ASKED_VERSION)
        bp_str_addf(&text, "%s (bp) %s\n", run->cmd->name, BP_VERSION);
    else
        bp_options_dump(run->cmd, &text);
    bp_spool_add(&out, text.s, text.len);
    bp_str_release(&text);
    exit(bp_finish(run, &out, BP_EXIT_YES));
}

/* "text" when it is among the formats and a person is looking, else the first of them. */
static const char *default_format(const struct bp_run *run)
{
    static char *first; /* kept until the process ends, as run->format is */
    const char *formats = run->cmd->formats ? run->cmd->formats : BP_DEFAULT_FORMATS;

    if (isatty(STDOUT_FILENO) && bp_options_choose(formats, "text"))
        return "text";
    free(first);
    first = bp_strdup(formats);
    first[strcspn(first, "|")] = '\0';
    return first;
}

void bp_start(struct bp_run *run, const struct bp_cmd *cmd, int argc, char **argv)
{
    enum bp_asked asked;

    open_standard_fds();
    /* A file over the limit of the process is a failed write with a message, not a death. */
    signal(SIGXFSZ, SIG_IGN);
    setlocale(LC_CTYPE, "C.UTF-8");
    *run = (struct bp_run){.cmd = cmd,
                           .colour_out = bp_term_colour(STDOUT_FILENO),
                           .colour_err = bp_term_colour(STDERR_FILENO)};
    asked = bp_options_parse(run, argc, argv);
    if (asked != BP_ASKED_WORK)
        answer(run, asked);
    if (!run->format)
        run->format = default_format(run);
    bp_tmpfile_handle_signals();
}

int bp_finish(struct bp_run *run, struct bp_spool *out, int status)
{
    struct bp_err e = BP_ERR_INIT;
    int rc = out ? bp_spool_flush(out, STDOUT_FILENO, &e) : 0;

    /* Some file systems tell only here that the data could not be kept. */
    if (close(STDOUT_FILENO) && rc == 0)
        rc = bp_err_sys(&e, "write to standard output");
    if (rc == 0 || e.sys == EPIPE)
        return status;
    bp_complain(run, &e);
    return BP_EXIT_TROUBLE;
}

void bp_list_release(struct bp_list *l)
{
    free(l->items);
    *l = (struct bp_list){0};
}
