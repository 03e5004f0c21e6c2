/* Names of Git objects, for code that does not see libgit2. */
#ifndef BP_GIT_OID_H
#define BP_GIT_OID_H

#include <stdbool.h>

struct bp_oid {
    unsigned char id[20];
};

enum { BP_OID_HEX = 40 };

bool bp_oid_equal(const struct bp_oid *a, const struct bp_oid *b);
/* True for the id of no object: what "nothing there" is written as. */
bool bp_oid_is_zero(const struct bp_oid *o);
/* 40 hexadecimal digits and a terminator. */
void bp_oid_hex(const struct bp_oid *o, char out[BP_OID_HEX + 1]);

#endif
