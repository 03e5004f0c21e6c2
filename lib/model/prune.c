/* The bound on deletions: see prune.h. */
#include "model/prune.h"

#include <string.h>

int bp_prune_limit_parse(const char *text, struct bp_prune_limit *limit, struct bp_err *e)
{
    uint64_t value = 0;
    const char *s = text;

    for (; *s >= '0' && *s <= '9' && value <= UINT32_MAX; s++)
        value = value * 10 + (uint64_t)(*s - '0');
    *limit = (struct bp_prune_limit){(uint32_t)value, strcmp(s, "%") == 0};
    if (s == text || value > UINT32_MAX || (*s && !limit->percent))
        return bp_err_set(e, BP_EUSAGE,
                          "'%s' is neither a count such as 20 nor a share such as 10%%", text);
    if (limit->percent && value > 100)
        return bp_err_set(e, BP_EUSAGE, "'%s' is more than all: at most 100%%", text);
    return 0;
}

uint64_t bp_prune_limit_of(const struct bp_prune_limit *limit, uint64_t total)
{
    uint64_t n;

    if (!limit->percent)
        return limit->value;
    n = total / 100 * limit->value + total % 100 * limit->value / 100;
    return n == 0 && limit->value ? 1 : n;
}
