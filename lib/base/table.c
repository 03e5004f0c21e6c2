/* Tables for people: see table.h. */
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/term.h"
#include "base/utf8.h"

static void add_cell(struct bp_table *t, size_t column, const char *text)
{
    struct bp_str shown = BP_STR_INIT;
    size_t width;

    if (text && *text)
        bp_term_escape(text, strlen(text), &shown);
    else
        bp_str_addc(&shown, '-');
    width = bp_utf8_count(shown.s, shown.len);
    if (width > t->widths[column])
        t->widths[column] = width;
    t->cells = bp_grow(t->cells, &t->cap, t->count + 1, sizeof *t->cells);
    t->cells[t->count++] = bp_arena_strndup(&t->arena, shown.s, shown.len);
    bp_str_release(&shown);
}

void bp_table_head(struct bp_table *t, const char *const headings[])
{
    while (headings[t->ncolumns] && t->ncolumns < BP_TABLE_COLUMNS_MAX) {
        add_cell(t, t->ncolumns, headings[t->ncolumns]);
        t->ncolumns++;
    }
}

void bp_table_row(struct bp_table *t, const char *const cells[])
{
    for (size_t i = 0; i < t->ncolumns; i++)
        add_cell(t, i, cells[i]);
}

/* No spaces behind the last column: what is copied from a terminal has none to lose. */
static void write_row(const struct bp_table *t, const char *const *cells, struct bp_str *out)
{
    for (size_t i = 0; i < t->ncolumns; i++) {
        size_t width = bp_utf8_count(cells[i], strlen(cells[i]));

        bp_str_adds(out, cells[i]);
        if (i + 1 < t->ncolumns)
            bp_str_addf(out, "%*s", (int)(t->widths[i] - width) + 2, "");
    }
}

void bp_table_write(const struct bp_table *t, bool colour, struct bp_str *out)
{
    if (t->count <= t->ncolumns)
        return;
    for (size_t i = 0; i < t->count; i += t->ncolumns) {
        bp_str_adds(out, bp_term_style(BP_BOLD, colour && i == 0));
        write_row(t, t->cells + i, out);
        bp_str_adds(out, bp_term_style(BP_PLAIN, colour && i == 0));
        bp_str_addc(out, '\n');
    }
}

void bp_table_release(struct bp_table *t)
{
    free(t->cells);
    bp_arena_release(&t->arena);
    *t = (struct bp_table)BP_TABLE_INIT;
}
