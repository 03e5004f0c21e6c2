/* Points in time as orders write them: RFC 3339. */
#ifndef BP_MODEL_DATETIME_H
#define BP_MODEL_DATETIME_H

#include <stdbool.h>
#include <stdint.h>

/* Since 1970-01-01T00:00:00Z, so that times with different offsets compare. */
struct bp_datetime {
    int64_t seconds;
    uint32_t nanos; /* further digits of a fraction are passed over */
};

/* Reads a date-time of RFC 3339. NULL when it is one, else what is wrong, for a message. A leap
 * second counts as the second after it. */
const char *bp_datetime_parse(const char *text, struct bp_datetime *out);

/* What DD/MM/YYYY or DD.MM.YYYY, with or without HH:MM, would mean in UTC: only for telling people
 * more about a date that is refused. False when it is not of that form. */
bool bp_datetime_guess(const char *text, struct bp_datetime *out);

/* Below 0, 0, above 0. */
int bp_datetime_cmp(struct bp_datetime a, struct bp_datetime b);

#endif
