/* A table for people: a line of headings, then rows, columns aligned by what they hold. */
#ifndef BP_BASE_TABLE_H
#define BP_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"

enum { BP_TABLE_COLUMNS_MAX = 12 };

struct bp_table {
    struct bp_arena arena;
    const char **cells; /* row by row, the headings first */
    size_t count, cap;
    size_t ncolumns;
    size_t widths[BP_TABLE_COLUMNS_MAX]; /* in characters */
};

#define BP_TABLE_INIT \
    {                 \
        0             \
    }

/* Starts with the headings, ended by NULL; more than BP_TABLE_COLUMNS_MAX are left out. */
void bp_table_head(struct bp_table *t, const char *const headings[]);

/* Adds a row of as many cells as there are headings. Cells are copied and made harmless with
 * bp_term_escape(); NULL and "" show as '-'. */
void bp_table_row(struct bp_table *t, const char *const cells[]);

/* Appends the table, nothing when it has no rows. `colour` sets the headings off. */
void bp_table_write(const struct bp_table *t, bool colour, struct bp_str *out);

void bp_table_release(struct bp_table *t);

#endif
