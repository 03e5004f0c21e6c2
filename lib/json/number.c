/* Exact decimal numbers: see number.h. */
#include "json/number.h"

#include <string.h>

enum { EXP_DIGITS = 15 }; /* an exponent of more digits is out of bounds */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t scan_digits(const char *s, size_t i, size_t len)
{
    while (i < len && is_digit(s[i]))
        i++;
    return i;
}

size_t bp_number_scan(const char *s, size_t len)
{
    size_t i = 0, from;

    if (i < len && s[i] == '-')
        i++;
    if (i >= len || !is_digit(s[i]))
        return 0;
    i = s[i] == '0' ? i + 1 : scan_digits(s, i, len);
    if (i < len && s[i] == '.') {
        from = ++i;
        i = scan_digits(s, i, len);
        if (i == from)
            return 0;
    }
    if (i < len && (s[i] == 'e' || s[i] == 'E')) {
        i++;
        if (i < len && (s[i] == '+' || s[i] == '-'))
            i++;
        from = i;
        i = scan_digits(s, i, len);
        if (i == from)
            return 0;
    }
    return i;
}

/* The exponent behind 'e', clamped. */
static int64_t parse_exponent(const char *s, const char *end)
{
    bool negative = false;
    int64_t v = 0;

    if (s < end && (*s == '+' || *s == '-'))
        negative = *s++ == '-';
    while (s < end && *s == '0')
        s++;
    if (end - s > EXP_DIGITS)
        return negative ? -BP_NUMBER_MAX_EXP : BP_NUMBER_MAX_EXP;
    for (; s < end; s++)
        v = v * 10 + (*s - '0');
    return negative ? -v : v;
}

void bp_number_parse(const char *text, size_t len, struct bp_number *out)
{
    const char *p = text, *end = text + len, *point = NULL, *first = NULL, *last = NULL;
    int64_t exp = 0;

    *out = (struct bp_number){.digits = text};
    if (p < end && *p == '-') {
        out->negative = true;
        p++;
    }
    for (; p < end && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.') {
            point = p;
        } else if (*p != '0') {
            last = p;
            if (!first)
                first = p;
        }
    }
    if (!first) {
        out->negative = false;
        return;
    }
    if (!point)
        point = p;
    if (p < end)
        exp = parse_exponent(p + 1, end);
    out->digits = first;
    out->len = (size_t)(last - first) + 1;
    out->ndigit = out->len - (first < point && last > point);
    out->exp = exp + (last < point ? point - last - 1 : point - last);
    out->negative = *text == '-';
}

static int cmp_digits(const struct bp_number *a, const struct bp_number *b)
{
    const char *p = a->digits, *pe = p + a->len, *q = b->digits, *qe = q + b->len;

    for (;;) {
        if (p < pe && *p == '.')
            p++;
        if (q < qe && *q == '.')
            q++;
        if (p == pe || q == qe)
            return (p < pe) - (q < qe);
        if (*p != *q)
            return *p < *q ? -1 : 1;
        p++;
        q++;
    }
}

int bp_number_cmp(const char *a, const char *b)
{
    struct bp_number x, y;
    int64_t px, py;
    int r;

    bp_number_parse(a, strlen(a), &x);
    bp_number_parse(b, strlen(b), &y);
    if (x.ndigit == 0 || y.ndigit == 0) {
        if (x.ndigit == y.ndigit)
            return 0;
        return x.ndigit == 0 ? (y.negative ? 1 : -1) : (x.negative ? -1 : 1);
    }
    if (x.negative != y.negative)
        return x.negative ? -1 : 1;
    px = x.exp + (int64_t)x.ndigit;
    py = y.exp + (int64_t)y.ndigit;
    r = px != py ? (px < py ? -1 : 1) : cmp_digits(&x, &y);
    return x.negative ? -r : r;
}

bool bp_number_is_integer(const char *text)
{
    struct bp_number n;

    bp_number_parse(text, strlen(text), &n);
    return n.exp >= 0;
}

bool bp_number_to_int64(const char *text, int64_t *out)
{
    struct bp_number n;
    int64_t v = 0;

    bp_number_parse(text, strlen(text), &n);
    if (n.exp < 0 || n.exp > 19 || n.ndigit > 19)
        return false;
    /* Counting downwards reaches INT64_MIN too. */
    for (size_t i = 0; i < n.len; i++) {
        if (n.digits[i] == '.')
            continue;
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, n.digits[i] - '0', &v))
            return false;
    }
    for (int64_t i = 0; i < n.exp; i++)
        if (__builtin_mul_overflow(v, 10, &v))
            return false;
    if (!n.negative && __builtin_sub_overflow(0, v, &v))
        return false;
    *out = v;
    return true;
}

static void add_digits(const struct bp_number *n, size_t from, size_t to, struct bp_str *out)
{
    size_t i = 0;

    for (const char *p = n->digits; p < n->digits + n->len && i < to; p++) {
        if (*p == '.')
            continue;
        if (i >= from)
            bp_str_addc(out, *p);
        i++;
    }
}

static void add_zeros(int64_t n, struct bp_str *out)
{
    while (n-- > 0)
        bp_str_addc(out, '0');
}

void bp_number_canonical(const char *text, struct bp_str *out)
{
    struct bp_number n;
    int64_t k, point;

    bp_number_parse(text, strlen(text), &n);
    if (n.ndigit == 0) {
        bp_str_addc(out, '0');
        return;
    }
    /* ECMAScript Number::toString: `k` digits, the decimal point behind the `point`-th. */
    k = (int64_t)n.ndigit;
    point = n.exp + k;
    if (n.negative)
        bp_str_addc(out, '-');
    if (k <= point && point <= 21) {
        add_digits(&n, 0, n.ndigit, out);
        add_zeros(point - k, out);
    } else if (0 < point && point <= 21) {
        add_digits(&n, 0, (size_t)point, out);
        bp_str_addc(out, '.');
        add_digits(&n, (size_t)point, n.ndigit, out);
    } else if (-6 < point && point <= 0) {
        bp_str_adds(out, "0.");
        add_zeros(-point, out);
        add_digits(&n, 0, n.ndigit, out);
    } else {
        add_digits(&n, 0, 1, out);
        if (k > 1) {
            bp_str_addc(out, '.');
            add_digits(&n, 1, n.ndigit, out);
        }
        bp_str_addf(out, "e%c%lld", point - 1 < 0 ? '-' : '+',
                    (long long)(point - 1 < 0 ? 1 - point : point - 1));
    }
}
