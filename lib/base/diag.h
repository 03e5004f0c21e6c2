/* Findings about input: what a person has to mend. They are collected while a document is looked
 * at, and come out in the order of the text, as `file:line:col: level: text [rule]` on stderr and,
 * on request, as JSON lines in a report. They are data, not failures of the tool: those are bp_err.
 */
#ifndef BP_BASE_DIAG_H
#define BP_BASE_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum bp_level { BP_NOTE, BP_WARNING, BP_ERROR };

struct bp_diags; /* opaque */

/* `report` is a path for JSON lines, "-" for standard output, NULL for none; it is created at once
 * and written at every flush. NULL with `e` when it can't be created. `strict` turns warnings into
 * errors. `quiet` keeps notes off stderr. */
struct bp_diags *bp_diags_new(const char *report, bool strict, bool quiet, struct bp_err *e);

/* Adds a finding. `rule` is a stable name in kebab-case or a code such as O004 and must be a
 * literal; `pointer` (copied, may be NULL) is the RFC 6901 pointer of what is meant. `pos.file`
 * must live until the next flush. */
void bp_diag_add(struct bp_diags *d, enum bp_level level, const char *rule, struct bp_pos pos,
                 const char *pointer, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
void bp_diag_vadd(struct bp_diags *d, enum bp_level level, const char *rule, struct bp_pos pos,
                  const char *pointer, const char *fmt, va_list ap)
    __attribute__((format(printf, 6, 0)));

/* An error of the library as a finding of level error; `rule` as above. */
void bp_diag_add_err(struct bp_diags *d, const char *rule, const struct bp_err *e);

/* Prints what was collected, sorted by position inside each file in order of appearance, and
 * forgets it. Called after each document or input, so that memory stays flat. */
void bp_diags_flush(struct bp_diags *d);

/* True when the next finding before a flush would only be counted: a document made of faults costs
 * bounded memory, and nobody reads a thousand of them. A last line tells how many there were. */
bool bp_diags_full(const struct bp_diags *d);

/* How many findings of this level were added so far (flushed ones included). */
size_t bp_diags_count(const struct bp_diags *d, enum bp_level level);

/* Flushes, closes the report and frees. 0, or a code when the report could not be written. */
int bp_diags_free(struct bp_diags *d, struct bp_err *e);

#endif
