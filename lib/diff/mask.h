/* Secrets made unreadable, and still comparable: equal values get equal numbers within a run. */
#ifndef BP_DIFF_MASK_H
#define BP_DIFF_MASK_H

#include <stdbool.h>

#include "json/value.h"

struct bp_mask; /* the secrets seen so far; opaque */

struct bp_mask *bp_mask_new(void);
void bp_mask_free(struct bp_mask *m);

/* True when the place of `n` says that it is a secret: its member name does (bp_secret_name()), or
 * it is `value` beside a `name` that does, as in lists of environment variables. Members further up
 * are not looked at. */
bool bp_mask_is_secret(const cJSON *n);

/* A deep copy of `n` in `a` with "(secret #1)" in the place of every secret:
 * - strings and numbers, all of them when `secret` is set, else those at or below a place that
 *   bp_mask_is_secret();
 * - the value in text such as NAME=VALUE, `name: value` or --name value, line by line, where NAME
 * says secret;
 * - the password in a URL;
 * - text that holds a private key in PEM form.
 * References such as ${secret:NAME} are no secrets. */
cJSON *bp_mask_copy(struct bp_mask *m, struct bp_arena *a, const cJSON *n, bool secret);

#endif
