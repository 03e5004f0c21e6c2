/* Who made a commit, and when: see ident.h. */
#include "git/ident.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"

/* A moment that Git and the commit format take: years 1970 to 2099. */
#define LAST_TIME INT64_C(4102444799)

static const char *text_problem(const char *s)
{
    size_t n = strlen(s);

    if (bp_utf8_check(s, n) != n)
        return "is not UTF-8";
    for (; *s; s++) {
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return "has a control character in it";
        if (*s == '<' || *s == '>')
            return "has an angle bracket in it";
    }
    return NULL;
}

/* False when nothing is left of it in a commit: Git strips these characters from both ends. */
static bool has_substance(const char *s)
{
    return s[strspn(s, " .,:;<>\"\\'")] != '\0';
}

int bp_ident_check(const struct bp_ident *id, const char *who, struct bp_err *e)
{
    const char *problem = text_problem(id->name);

    if (!problem && !has_substance(id->name))
        problem = "is empty";
    if (problem)
        return bp_err_set(e, BP_EUSAGE, "the name of the %s %s: '%s'", who, problem, id->name);
    problem = text_problem(id->email);
    if (!problem && !has_substance(id->email))
        problem = "is empty";
    if (problem)
        return bp_err_set(e, BP_EUSAGE, "the address of the %s %s: '%s'", who, problem, id->email);
    return 0;
}

int bp_ident_parse(struct bp_arena *a, const char *text, struct bp_ident *id, struct bp_err *e)
{
    const char *open = strchr(text, '<');
    const char *close = open ? strchr(open, '>') : NULL;
    const char *end = open;

    if (!close || close[1])
        return bp_err_set(e, BP_EUSAGE, "'%s' is not of the form 'Name <address>'", text);
    while (end > text && end[-1] == ' ')
        end--;
    id->name = bp_arena_strndup(a, text, (size_t)(end - text));
    id->email = bp_arena_strndup(a, open + 1, (size_t)(close - open - 1));
    return 0;
}

void bp_ident_now(struct bp_ident *id)
{
    time_t now = time(NULL);
    struct tm tm;

    id->time = now;
    id->offset = localtime_r(&now, &tm) ? (int)(tm.tm_gmtoff / 60) : 0;
}

static bool digits(const char **p, int n, int *out)
{
    *out = 0;
    while (n-- > 0) {
        if (**p < '0' || **p > '9')
            return false;
        *out = *out * 10 + (*(*p)++ - '0');
    }
    return true;
}

static bool skip_word(const char **p, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(*p, word, n) != 0)
        return false;
    *p += n;
    return true;
}

/* "Z", "UTC", "GMT", "+HHMM", "+HH:MM" or "+HH". */
static bool parse_zone(const char **p, int *minutes)
{
    int sign = **p == '-' ? -1 : 1, h, m = 0;

    *minutes = 0;
    if (skip_word(p, "Z") || skip_word(p, "UTC") || skip_word(p, "GMT"))
        return true;
    if (**p != '+' && **p != '-')
        return false;
    ++*p;
    if (!digits(p, 2, &h))
        return false;
    *p += **p == ':';
    if ((**p >= '0' && **p <= '9' && !digits(p, 2, &m)) || h > 14 || m > 59)
        return false;
    *minutes = sign * (h * 60 + m);
    return true;
}

static bool is_end(const char *s)
{
    return s[strspn(s, " ")] == '\0';
}

/* "SECONDS" or "SECONDS +HHMM", after an optional '@'. */
static bool parse_epoch(const char *s, struct bp_ident *id)
{
    bool sure = *s == '@';
    struct tm tm;
    int64_t t = 0;
    time_t local;
    size_t n = 0;

    s += sure;
    for (; *s >= '0' && *s <= '9' && n < 12; s++, n++)
        t = t * 10 + (*s - '0');
    /* Fewer digits than that could be a year or a day. */
    if (n == 0 || (n < 9 && !sure) || t > LAST_TIME)
        return false;
    id->time = local = t;
    if (is_end(s)) {
        id->offset = localtime_r(&local, &tm) ? (int)(tm.tm_gmtoff / 60) : 0;
        return true;
    }
    return *s++ == ' ' && parse_zone(&s, &id->offset) && is_end(s);
}

static bool set_local(struct tm *tm, struct bp_ident *id)
{
    tm->tm_isdst = -1;
    id->time = mktime(tm);
    id->offset = (int)(tm->tm_gmtoff / 60);
    return id->time >= 0 && id->time <= LAST_TIME;
}

/* The rest of a date behind its time: a zone, or nothing for local time. */
static bool finish_date(const char *s, struct tm *tm, struct bp_ident *id)
{
    s += strspn(s, " ");
    if (!*s)
        return set_local(tm, id);
    if (!parse_zone(&s, &id->offset) || !is_end(s))
        return false;
    id->time = (int64_t)timegm(tm) - (int64_t)id->offset * 60;
    return id->time >= 0 && id->time <= LAST_TIME;
}

/* ":SS" and a fraction, which is dropped; both may be missing. */
static bool parse_seconds(const char **p, struct tm *tm)
{
    if (**p != ':')
        return true;
    ++*p;
    if (!digits(p, 2, &tm->tm_sec) || tm->tm_sec > 60)
        return false;
    if (**p == '.')
        *p += 1 + strspn(*p + 1, "0123456789");
    return true;
}

static bool parse_calendar(const char *text, struct bp_ident *id)
{
    static const char *const forms[] = {
        "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",       "%Y/%m/%d %H:%M", "%a, %d %b %Y %H:%M",
        "%d %b %Y %H:%M", "%a %b %d %H:%M:%S %Y", /* as "git log" shows them */
    };

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm tm = {0};
        const char *rest = strptime(text, forms[i], &tm);

        if (rest && parse_seconds(&rest, &tm) && finish_date(rest, &tm, id))
            return true;
    }
    return false;
}

int bp_ident_date(const char *text, struct bp_ident *id, struct bp_err *e)
{
    const char *start = text + strspn(text, " ");

    if (parse_epoch(start, id) || parse_calendar(start, id))
        return 0;
    return bp_err_set(e, BP_EUSAGE,
                      "'%s' is not a date; write it as '2024-05-06T07:08:09+02:00' or "
                      "'1714972089 +0200'",
                      text);
}
