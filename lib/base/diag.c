/* Findings about input: see diag.h. */
#include "base/diag.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/quote.h"
#include "base/str.h"
#include "base/term.h"
#include "base/tmpfile.h"
#include "base/utf8.h"

/* Kept between two flushes; what is beyond is counted only, so that input made of faults costs
 * bounded memory. */
enum { FINDINGS_MAX = 1000 };

/* Most bytes of a message or pointer: names in them come from input and may be of any length. */
enum { TEXT_MAX = 2000 };

struct finding {
    enum bp_level level;
    const char *rule;
    struct bp_pos pos;
    const char *pointer; /* "" when there is none */
    const char *message;
    size_t file_rank; /* in which order files were first named */
    size_t seq;
};

struct bp_diags {
    struct finding *items;
    size_t count, cap;
    size_t dropped; /* since the last flush */
    size_t totals[BP_ERROR + 1];
    struct bp_arena arena; /* pointers and messages until the flush */
    struct bp_map files;   /* name -> rank + 1 */
    struct bp_str line;
    bool strict, quiet, colour;
    int report;            /* descriptor; -1 = none */
    char *report_path;     /* NULL for standard output */
    struct bp_str tmp;     /* the temporary that becomes the report; empty when written directly */
    struct bp_err failure; /* the first failure to write the report */
};

static const char *level_name(enum bp_level level)
{
    static const char *const names[] = {"note", "warning", "error"};

    return names[level];
}

/* Devices and FIFOs are written directly, files through a temporary. */
static int open_report(struct bp_diags *d, const char *path, struct bp_err *e)
{
    struct stat st;

    if (strcmp(path, "-") == 0) {
        d->report = STDOUT_FILENO;
        return 0;
    }
    if (!*path)
        return bp_err_set(e, BP_EUSAGE, "the name of the report is empty");
    d->report_path = bp_strdup(path);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        d->report = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        return d->report < 0 ? bp_err_sys(e, "open report '%s'", path) : 0;
    }
    d->report = bp_tmpfile_open(AT_FDCWD, path, 0666, &d->tmp, e);
    if (d->report < 0) {
        int rc = d->report;

        d->report = -1;
        return rc;
    }
    bp_tmpfile_guard(AT_FDCWD, d->tmp.s);
    return 0;
}

static void release(struct bp_diags *d)
{
    free(d->items);
    free(d->report_path);
    bp_map_release(&d->files);
    bp_arena_release(&d->arena);
    bp_str_release(&d->line);
    bp_str_release(&d->tmp);
    free(d);
}

struct bp_diags *bp_diags_new(const char *report, bool strict, bool quiet, struct bp_err *e)
{
    struct bp_diags *d = bp_calloc(1, sizeof *d);

    d->line = d->tmp = (struct bp_str)BP_STR_INIT;
    d->strict = strict;
    d->quiet = quiet;
    d->colour = bp_term_colour(STDERR_FILENO);
    d->report = -1;
    if (report && open_report(d, report, e)) {
        release(d);
        return NULL;
    }
    return d;
}

static size_t rank_of(struct bp_diags *d, const char *file)
{
    struct bp_map_entry *entry;

    file = file ? file : "";
    entry = bp_map_put(&d->files, file, strlen(file));
    if (!entry->value)
        entry->value = (void *)(uintptr_t)d->files.count;
    return (size_t)(uintptr_t)entry->value;
}

/* A copy until the flush, cut at a character when it is long. */
static const char *keep_text(struct bp_diags *d, const char *s, size_t len)
{
    size_t cut = len > TEXT_MAX ? bp_utf8_cut(s, TEXT_MAX) : len;

    return bp_arena_printf(&d->arena, "%.*s%s", (int)cut, s, cut < len ? "..." : "");
}

void bp_diag_vadd(struct bp_diags *d, enum bp_level level, const char *rule, struct bp_pos pos,
                  const char *pointer, const char *fmt, va_list ap)
{
    struct finding *f;

    if (level == BP_WARNING && d->strict)
        level = BP_ERROR;
    d->totals[level]++;
    if (bp_diags_full(d)) {
        d->dropped++;
        return;
    }
    bp_str_clear(&d->line);
    bp_str_vaddf(&d->line, fmt, ap);
    d->items = bp_grow(d->items, &d->cap, d->count + 1, sizeof *d->items);
    f = &d->items[d->count];
    *f = (struct finding){.level = level,
                          .rule = rule,
                          .pos = pos,
                          .pointer = pointer ? keep_text(d, pointer, strlen(pointer)) : "",
                          .message = keep_text(d, d->line.s, d->line.len),
                          .file_rank = rank_of(d, pos.file),
                          .seq = d->count++};
}

void bp_diag_add(struct bp_diags *d, enum bp_level level, const char *rule, struct bp_pos pos,
                 const char *pointer, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    bp_diag_vadd(d, level, rule, pos, pointer, fmt, ap);
    va_end(ap);
}

void bp_diag_add_err(struct bp_diags *d, const char *rule, const struct bp_err *e)
{
    bp_diag_add(d, BP_ERROR, rule, e->pos, NULL, "%s", e->msg);
}

static int order(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int by_position(const void *va, const void *vb)
{
    const struct finding *a = va, *b = vb;
    int c = order(a->file_rank, b->file_rank);

    if (c == 0)
        c = order(a->pos.line, b->pos.line);
    if (c == 0)
        c = order(a->pos.col, b->pos.col);
    return c ? c : order(a->seq, b->seq);
}

static void escape(struct bp_str *out, const char *s)
{
    bp_term_escape(s, strlen(s), out);
}

static void add_position(struct bp_str *out, struct bp_pos pos)
{
    if (!pos.file)
        return;
    escape(out, pos.file);
    if (pos.line)
        bp_str_addf(out, ":%u", (unsigned)pos.line);
    if (pos.line && pos.col)
        bp_str_addf(out, ":%u", (unsigned)pos.col);
    bp_str_adds(out, ":");
}

static void print_finding(struct bp_diags *d, const struct finding *f)
{
    static const enum bp_style styles[] = {BP_CYAN, BP_YELLOW, BP_RED};
    const char *plain = bp_term_style(BP_PLAIN, d->colour);
    struct bp_str *out = &d->line;

    bp_str_clear(out);
    if (f->pos.file) {
        bp_str_adds(out, bp_term_style(BP_BOLD, d->colour));
        add_position(out, f->pos);
        bp_str_addf(out, "%s ", plain);
    }
    bp_str_addf(out, "%s%s:%s ", bp_term_style(styles[f->level], d->colour), level_name(f->level),
                plain);
    escape(out, f->message);
    if (*f->pointer) {
        bp_str_adds(out, " (at ");
        escape(out, f->pointer);
        bp_str_addc(out, ')');
    }
    bp_str_addf(out, " %s[%s]%s\n", bp_term_style(BP_DIM, d->colour), f->rule, plain);
    /* Nowhere is left to tell that standard error is gone. */
    bp_write_all(STDERR_FILENO, out->s, out->len, NULL);
}

static void add_text_member(struct bp_str *out, const char *name, const char *value)
{
    bp_str_addf(out, ",\"%s\":", name);
    bp_quote_json(value, strlen(value), out);
}

static void report_finding(struct bp_diags *d, const struct finding *f)
{
    struct bp_str *out = &d->line;
    const char *file = f->pos.file ? f->pos.file : "";

    if (d->failure.code)
        return;
    bp_str_clear(out);
    bp_str_adds(out, "{\"file\":");
    bp_quote_json(file, strlen(file), out);
    bp_str_addf(out, ",\"line\":%u,\"col\":%u", (unsigned)f->pos.line, (unsigned)f->pos.col);
    add_text_member(out, "level", level_name(f->level));
    add_text_member(out, "rule", f->rule);
    add_text_member(out, "pointer", f->pointer);
    add_text_member(out, "message", f->message);
    bp_str_adds(out, "}\n");
    bp_write_all(d->report, out->s, out->len, &d->failure);
}

static void show(struct bp_diags *d, const struct finding *f)
{
    if (f->level != BP_NOTE || !d->quiet)
        print_finding(d, f);
    if (d->report >= 0)
        report_finding(d, f);
}

void bp_diags_flush(struct bp_diags *d)
{
    if (d->count)
        qsort(d->items, d->count, sizeof *d->items, by_position);
    for (size_t i = 0; i < d->count; i++)
        show(d, &d->items[i]);
    if (d->dropped) {
        struct finding rest = {.level = BP_WARNING,
                               .rule = "too-many-findings",
                               .pos.file = d->items[d->count - 1].pos.file,
                               .pointer = ""};

        rest.message = bp_arena_printf(&d->arena, "%zu more findings are not shown", d->dropped);
        show(d, &rest);
    }
    d->count = 0;
    d->dropped = 0;
    bp_map_clear(&d->files);
    bp_arena_reset(&d->arena);
}

bool bp_diags_full(const struct bp_diags *d)
{
    return d->count == FINDINGS_MAX;
}

size_t bp_diags_count(const struct bp_diags *d, enum bp_level level)
{
    return d->totals[level];
}

/* Closes the report and moves it into its place. */
static int finish_report(struct bp_diags *d, struct bp_err *e)
{
    const char *path = d->report_path;
    int rc = d->failure.code;

    if (rc && e)
        *e = d->failure;
    if (d->tmp.len && rc == 0 && fsync(d->report))
        rc = bp_err_sys(e, "write to disk");
    if (d->report_path && close(d->report) && rc == 0)
        rc = bp_err_sys(e, "close");
    if (d->tmp.len && rc == 0 && rename(d->tmp.s, path))
        rc = bp_err_sys(e, "rename");
    if (rc)
        bp_err_wrap(e, "report '%s'", path ? path : "-");
    if (d->tmp.len) {
        if (rc)
            unlink(d->tmp.s);
        bp_tmpfile_unguard(d->tmp.s);
    }
    return rc;
}

int bp_diags_free(struct bp_diags *d, struct bp_err *e)
{
    int rc = 0;

    if (!d)
        return 0;
    bp_diags_flush(d);
    if (d->report >= 0)
        rc = finish_report(d, e);
    release(d);
    return rc;
}
