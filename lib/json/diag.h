/* Findings about nodes: position and pointer are looked up. */
#ifndef BP_JSON_DIAG_H
#define BP_JSON_DIAG_H

#include "base/diag.h"
#include "json/value.h"

/* A finding about the value `n`. */
void bp_json_diag(struct bp_diags *d, enum bp_level level, const char *rule, const cJSON *n,
                  const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The same, at the name of the member instead of its value. */
void bp_json_diag_key(struct bp_diags *d, enum bp_level level, const char *rule, const cJSON *n,
                      const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
