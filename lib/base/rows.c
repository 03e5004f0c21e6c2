/* The rows of an option table, and what is printed from them: see rows.h and options.h. */
#include "base/rows.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/options.h"
#include "base/str.h"
#include "base/utf8.h"

enum { HELP_WIDTH = 100, LEFT_MAX = 36, INDENT = 2, GAP = 2 };

static void describe_output(const char *formats, char *out, size_t size)
{
    int n = (int)strcspn(formats, "|");
    bool text_too = bp_options_choose(formats, "text") && strncmp(formats, "text", (size_t)n) != 0;

    snprintf(out, size, "output format (default: %.*s%s)", n, formats,
             text_too ? ", on a terminal text" : "");
}

void bp_opt_rows_of(const struct bp_cmd *cmd, struct bp_run *run, struct bp_opt_asked *asked,
                    struct bp_opt_rows *rows)
{
    const char *formats = cmd->formats ? cmd->formats : BP_DEFAULT_FORMATS;
    const struct bp_opt standard[BP_OPT_ROWS_STANDARD] = {
        {'o', "output", BP_OPT_CHOICE, "FORMAT", rows->output_help, run ? &run->format : NULL,
         formats},
        {'q', "quiet", BP_OPT_FLAG, NULL, "no remarks on standard error", run ? &run->quiet : NULL},
        {'v', "verbose", BP_OPT_FLAG, NULL, "more remarks on standard error",
         run ? &run->verbose : NULL},
        {0, "help", BP_OPT_FLAG, NULL, "show this help and exit", asked ? &asked->help : NULL},
        {0, "version", BP_OPT_FLAG, NULL, "show the version and exit",
         asked ? &asked->version : NULL},
        {0, "dump-options", BP_OPT_FLAG, NULL, "show the option table and exit",
         asked ? &asked->dump : NULL},
    };

    describe_output(formats, rows->output_help, sizeof rows->output_help);
    rows->count = 0;
    for (const struct bp_opt *o = cmd->opts; o && (o->name || o->letter); o++) {
        assert(rows->count < BP_OPT_ROWS_MAX - BP_OPT_ROWS_STANDARD);
        rows->items[rows->count++] = o;
    }
    memcpy(rows->standard, standard, sizeof standard);
    for (size_t i = 0; i < BP_OPT_ROWS_STANDARD; i++)
        rows->items[rows->count++] = &rows->standard[i];
    rows->visible = rows->count - 1;
}

void bp_options_usage(const struct bp_cmd *cmd, struct bp_str *out)
{
    const char *lead = "usage: ";
    const char *p = cmd->synopsis ? cmd->synopsis : "";

    for (;;) {
        size_t n = strcspn(p, "\n");

        bp_str_addf(out, "%s%s%s%.*s\n", lead, cmd->name, n ? " " : "", (int)n, p);
        if (p[n] == '\0')
            return;
        p += n + 1;
        lead = "       ";
    }
}

static void add_spaces(struct bp_str *out, size_t n)
{
    bp_str_addf(out, "%*s", (int)n, "");
}

/* "-k, --key KEY" */
static void add_left(const struct bp_opt *o, struct bp_str *out)
{
    if (o->letter && o->name)
        bp_str_addf(out, "-%c, --%s", o->letter, o->name);
    else if (o->letter)
        bp_str_addf(out, "-%c", o->letter);
    else
        bp_str_addf(out, "    --%s", o->name);
    if (o->type == BP_OPT_CHOICE)
        bp_str_addf(out, " %s", o->choices);
    else if (o->arg)
        bp_str_addf(out, " %s", o->arg);
}

static size_t left_width(const struct bp_opt *o)
{
    struct bp_str left = BP_STR_INIT;
    size_t n;

    add_left(o, &left);
    n = left.len;
    bp_str_release(&left);
    return n;
}

/* Breaks `text` between words; every line but the first is indented by `indent`. */
static void add_wrapped(const char *text, size_t indent, struct bp_str *out)
{
    size_t column = indent;

    while (*text) {
        size_t len = strcspn(text, " ");
        size_t width = bp_utf8_count(text, len);

        if (column > indent && column + 1 + width > HELP_WIDTH) {
            bp_str_addc(out, '\n');
            add_spaces(out, indent);
            column = indent;
        } else if (column > indent) {
            bp_str_addc(out, ' ');
            column++;
        }
        bp_str_add(out, text, len);
        column += width;
        text += len;
        text += strspn(text, " ");
    }
    bp_str_addc(out, '\n');
}

static void add_row(const struct bp_opt *o, size_t indent, struct bp_str *out)
{
    size_t start = out->len;
    size_t used;

    add_spaces(out, INDENT);
    add_left(o, out);
    used = out->len - start;
    if (used + GAP > indent) {
        bp_str_addc(out, '\n');
        used = 0;
    }
    add_spaces(out, indent - used);
    add_wrapped(o->help, indent, out);
}

void bp_options_help(const struct bp_cmd *cmd, struct bp_str *out)
{
    struct bp_opt_rows rows;
    size_t indent = 0;

    bp_opt_rows_of(cmd, NULL, NULL, &rows);
    bp_options_usage(cmd, out);
    bp_str_addc(out, '\n');
    add_wrapped(cmd->summary, 0, out);
    bp_str_adds(out, "\noptions:\n");
    for (size_t i = 0; i < rows.visible; i++) {
        size_t n = left_width(rows.items[i]);

        if (n > indent && n <= LEFT_MAX)
            indent = n;
    }
    for (size_t i = 0; i < rows.visible; i++)
        add_row(rows.items[i], indent + INDENT + GAP, out);
    if (cmd->epilog) {
        size_t n = strlen(cmd->epilog);

        bp_str_addf(out, "\n%s%s", cmd->epilog, n && cmd->epilog[n - 1] == '\n' ? "" : "\n");
    }
}

static const char *hint_name(enum bp_opt_hint hint)
{
    static const char *const names[] = {"-", "file", "dir", "state"};

    return names[hint];
}

static void dump_row(const struct bp_opt *o, struct bp_str *out)
{
    static const char *const types[] = {"flag", "string", "list", "count", "choice"};
    const char letter[2] = {o->letter ? o->letter : '-', '\0'};

    bp_str_addf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", letter, o->name ? o->name : "-",
                types[o->type], o->arg ? o->arg : "-", o->choices ? o->choices : "-",
                hint_name(o->hint), o->help);
}

void bp_options_dump(const struct bp_cmd *cmd, struct bp_str *out)
{
    struct bp_opt_rows rows;

    bp_opt_rows_of(cmd, NULL, NULL, &rows);
    bp_str_addf(out, "name\t%s\nsummary\t%s\nformats\t%s\noperand\t%s\t%d\t%d\n", cmd->name,
                cmd->summary, cmd->formats ? cmd->formats : BP_DEFAULT_FORMATS,
                hint_name(cmd->operand), cmd->min_operands, cmd->max_operands);
    for (size_t i = 0; i < rows.visible; i++)
        dump_row(rows.items[i], out);
}
