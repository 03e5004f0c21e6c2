/* RFC 3339 date-times: see datetime.h. */
#include "model/datetime.h"

#include <stddef.h>

/* A text being taken apart; `ok` is false from the first thing that does not fit. */
struct cursor {
    const char *p;
    bool ok;
};

static int digits(struct cursor *c, int count)
{
    int n = 0;

    for (; c->ok && count; count--, c->p++) {
        c->ok = *c->p >= '0' && *c->p <= '9';
        n = n * 10 + (*c->p - '0');
        if (!c->ok)
            return 0;
    }
    return n;
}

/* One of the two characters (letters in either case). */
static void expect(struct cursor *c, char a, char b)
{
    c->ok = c->ok && (*c->p == a || *c->p == b);
    c->p += c->ok;
}

static uint32_t fraction(struct cursor *c)
{
    uint32_t nanos = 0, unit = 100000000;

    if (!c->ok || *c->p != '.')
        return 0;
    c->p++;
    c->ok = *c->p >= '0' && *c->p <= '9';
    for (; *c->p >= '0' && *c->p <= '9'; c->p++) {
        nanos += (uint32_t)(*c->p - '0') * unit;
        unit /= 10;
    }
    return nanos;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 in the Gregorian calendar. The year is taken to begin in March, so that the
 * leap day is its last. */
static int64_t days_since_epoch(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t century_rules, day_of_year;

    y += 400; /* keeps the divisions below positive; 400 years are 146097 days */
    day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    century_rules = y / 4 - y / 100 + y / 400;
    return y * 365 + century_rules + day_of_year - 719468 - 146097;
}

/* Minutes east of UTC. */
static int offset(struct cursor *c, const char **problem)
{
    int sign = *c->p == '-' ? -1 : 1;
    int hour, minute;

    if (!c->ok)
        return 0;
    if (*c->p == '\0') {
        *problem = "the time zone is missing: 'Z' or an offset such as '+02:00'";
        return 0;
    }
    if (*c->p == 'Z' || *c->p == 'z') {
        c->p++;
        return 0;
    }
    expect(c, '+', '-');
    hour = digits(c, 2);
    expect(c, ':', ':');
    minute = digits(c, 2);
    if (c->ok && (hour > 23 || minute > 59))
        *problem = "there is no such offset";
    return sign * (hour * 60 + minute);
}

const char *bp_datetime_parse(const char *text, struct bp_datetime *out)
{
    struct cursor c = {text, true};
    const char *problem = NULL;
    int year, month, day, hour, minute, second, east;

    year = digits(&c, 4);
    expect(&c, '-', '-');
    month = digits(&c, 2);
    expect(&c, '-', '-');
    day = digits(&c, 2);
    expect(&c, 'T', 't');
    hour = digits(&c, 2);
    expect(&c, ':', ':');
    minute = digits(&c, 2);
    expect(&c, ':', ':');
    second = digits(&c, 2);
    out->nanos = fraction(&c);
    east = offset(&c, &problem);
    if (problem)
        return problem;
    if (!c.ok || *c.p)
        return "not of the form 2026-03-02T06:00:00Z (RFC 3339)";
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return "there is no such day";
    if (hour == 24)
        return "there is no hour 24: write 00:00:00 of the next day";
    if (hour > 23 || minute > 59 || second > 60)
        return "there is no such time of day";
    out->seconds = days_since_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second -
                   (int64_t)east * 60;
    /* Leap seconds are put in only at the end of a day in UTC. */
    if (second == 60 && out->seconds % 86400 != 0)
        return "there is no such time of day";
    return NULL;
}

bool bp_datetime_guess(const char *text, struct bp_datetime *out)
{
    struct cursor c = {text, true};
    int year, month, day, hour = 0, minute = 0;

    day = digits(&c, 2);
    expect(&c, '/', '.');
    month = digits(&c, 2);
    expect(&c, '/', '.');
    year = digits(&c, 4);
    if (c.ok && *c.p) {
        expect(&c, ' ', 'T');
        hour = digits(&c, 2);
        expect(&c, ':', ':');
        minute = digits(&c, 2);
    }
    if (!c.ok || month < 1 || month > 12 || day < 1 || day > days_in(year, month) || hour > 23 ||
        minute > 59)
        return false;
    out->seconds = days_since_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60;
    out->nanos = 0;
    return true;
}

int bp_datetime_cmp(struct bp_datetime a, struct bp_datetime b)
{
    if (a.seconds != b.seconds)
        return a.seconds < b.seconds ? -1 : 1;
    return (a.nanos > b.nanos) - (a.nanos < b.nanos);
}
