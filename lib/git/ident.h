/* Who made a commit, and when. */
#ifndef BP_GIT_IDENT_H
#define BP_GIT_IDENT_H

#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

struct bp_ident {
    const char *name, *email;
    int64_t time; /* seconds since 1970 */
    int offset;   /* of the local time from UTC, in minutes */
};

/* "Name <address>" into `id`, the texts in `a`; BP_EUSAGE when it is not of that form. */
int bp_ident_parse(struct bp_arena *a, const char *text, struct bp_ident *id, struct bp_err *e);

/* A name and an address become lines of the commit: they must be UTF-8, not empty, without control
 * characters and angle brackets. `who` is for the message: "author". */
int bp_ident_check(const struct bp_ident *id, const char *who, struct bp_err *e);

/* A date as Git takes it: "SECONDS +HHMM" (with or without '@'), ISO 8601
 * ("2024-05-06T07:08:09+02:00", a blank for the T, Z or no zone: local time), RFC 2822 ("Mon, 06
 * May 2024 07:08:09 +0200"), or as "git log" shows it ("Mon May 6 07:08:09 2024 +0200"). Those that
 * Git has to guess about (04/07/2005) are refused. */
int bp_ident_date(const char *text, struct bp_ident *id, struct bp_err *e);

/* The present time in the local zone. */
void bp_ident_now(struct bp_ident *id);

#endif
