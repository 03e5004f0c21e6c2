/* Names of Git objects: see oid.h. */
#include "git/oid.h"

#include <string.h>

bool bp_oid_equal(const struct bp_oid *a, const struct bp_oid *b)
{
    return memcmp(a->id, b->id, sizeof a->id) == 0;
}

bool bp_oid_is_zero(const struct bp_oid *o)
{
    static const struct bp_oid zero;

    return bp_oid_equal(o, &zero);
}

void bp_oid_hex(const struct bp_oid *o, char out[BP_OID_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < sizeof o->id; i++) {
        out[2 * i] = digits[o->id[i] >> 4];
        out[2 * i + 1] = digits[o->id[i] & 15];
    }
    out[BP_OID_HEX] = '\0';
}
