/* Findings about nodes: see diag.h. */
#include "json/diag.h"

#include <stdarg.h>

__attribute__((format(printf, 6, 0))) __attribute__((format(printf, 6, 0))) static void
add(struct bp_diags *d, enum bp_level level, const char *rule, const cJSON *n, struct bp_pos pos,
    const char *fmt, va_list ap)
{
    struct bp_arena a = BP_ARENA_INIT;

    /* A pointer into a long list takes time to find: not for what is only counted. */
    bp_diag_vadd(d, level, rule, pos, bp_diags_full(d) ? NULL : bp_json_pointer_of(&a, n), fmt, ap);
    bp_arena_release(&a);
}

void bp_json_diag(struct bp_diags *d, enum bp_level level, const char *rule, const cJSON *n,
                  const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    add(d, level, rule, n, bp_json_pos(n), fmt, ap);
    va_end(ap);
}

void bp_json_diag_key(struct bp_diags *d, enum bp_level level, const char *rule, const cJSON *n,
                      const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    add(d, level, rule, n, bp_json_key_pos(n), fmt, ap);
    va_end(ap);
}
