/* The core schema, and what YAML 1.1 makes of the same text: see yaml_scalar.h. */
#include "json/yaml_scalar.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "json/number.h"
#include "json/yaml.h"

enum { MAX_RADIX_DIGITS = 1024 };

struct word {
    const char *text;
    enum bp_yaml_kind kind;
};

static const struct word core_words[] = {
    {"~", BP_YAML_NULL},      {"null", BP_YAML_NULL},   {"Null", BP_YAML_NULL},
    {"NULL", BP_YAML_NULL},   {"true", BP_YAML_TRUE},   {"True", BP_YAML_TRUE},
    {"TRUE", BP_YAML_TRUE},   {"false", BP_YAML_FALSE}, {"False", BP_YAML_FALSE},
    {"FALSE", BP_YAML_FALSE}, {".inf", BP_YAML_INF},    {".Inf", BP_YAML_INF},
    {".INF", BP_YAML_INF},    {".nan", BP_YAML_NAN},    {".NaN", BP_YAML_NAN},
    {".NAN", BP_YAML_NAN},
};

/* In any case of letters; a sign before it makes no difference. */
static const char *const old_words[] = {"y",     "n",    "yes", "no",   "on",   "off", "true",
                                        "false", "null", "~",   ".inf", ".nan", "<<",  "="};

enum { WORD_MAX = 6 }; /* the longest of both tables, with a sign */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_sign(char c)
{
    return c == '+' || c == '-';
}

static int digit_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static size_t span_digits(const char *s, size_t len)
{
    size_t n = 0;

    while (n < len && is_digit(s[n]))
        n++;
    return n;
}

static bool all_digits(const char *s, size_t len, int radix)
{
    for (size_t i = 0; i < len; i++)
        if (digit_value(s[i]) >= radix)
            return false;
    return len > 0;
}

static enum bp_yaml_kind word_kind(const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof core_words / sizeof *core_words; i++)
        if (strlen(core_words[i].text) == len && memcmp(core_words[i].text, text, len) == 0)
            return core_words[i].kind;
    if (len > 1 && is_sign(text[0]) && word_kind(text + 1, len - 1) == BP_YAML_INF)
        return BP_YAML_INF;
    return BP_YAML_STRING;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?, 0o[0-7]+, 0x[0-9a-fA-F]+ */
static enum bp_yaml_kind number_kind(const char *s, size_t len)
{
    size_t i = is_sign(s[0]), whole, part = 0;

    if (len > 2 && s[0] == '0' && s[1] == 'o')
        return all_digits(s + 2, len - 2, 8) ? BP_YAML_OCT : BP_YAML_STRING;
    if (len > 2 && s[0] == '0' && s[1] == 'x')
        return all_digits(s + 2, len - 2, 16) ? BP_YAML_HEX : BP_YAML_STRING;
    whole = span_digits(s + i, len - i);
    i += whole;
    if (whole && i == len)
        return BP_YAML_INT;
    if (i < len && s[i] == '.') {
        part = span_digits(s + i + 1, len - i - 1);
        i += 1 + part;
    }
    if (!whole && !part)
        return BP_YAML_STRING;
    if (i < len && (s[i] | 0x20) == 'e') {
        i += i + 1 < len && is_sign(s[i + 1]) ? 2 : 1;
        if (i == len || span_digits(s + i, len - i) != len - i)
            return BP_YAML_STRING;
        i = len;
    }
    return i == len ? BP_YAML_FLOAT : BP_YAML_STRING;
}

enum bp_yaml_kind bp_yaml_kind_of(const char *text, size_t len)
{
    enum bp_yaml_kind kind = BP_YAML_STRING;

    if (len == 0)
        return BP_YAML_NULL;
    if (len <= WORD_MAX)
        kind = word_kind(text, len);
    if (kind == BP_YAML_STRING && (is_digit(text[0]) || is_sign(text[0]) || text[0] == '.'))
        kind = number_kind(text, len);
    return kind;
}

/* limbs = limbs * factor + add, to the base of 10^9, lowest first; returns the new count. */
static size_t mul_add(uint32_t *limbs, size_t n, uint32_t factor, uint32_t add)
{
    uint64_t carry = add;

    for (size_t i = 0; i < n; i++) {
        carry += (uint64_t)limbs[i] * factor;
        limbs[i] = (uint32_t)(carry % 1000000000);
        carry /= 1000000000;
    }
    if (carry)
        limbs[n++] = (uint32_t)carry;
    return n;
}

/* Octal and hexadecimal digits in decimal. Each step takes 27 or 28 bits of them. */
static cJSON *make_radix(struct bp_arena *a, const char *digits, size_t len, unsigned bits,
                         struct bp_err *e)
{
    uint32_t limbs[MAX_RADIX_DIGITS * 4 / 28 + 2];
    struct bp_str text = BP_STR_INIT;
    size_t n = 0, i = 0;
    cJSON *node;

    if (len > MAX_RADIX_DIGITS) {
        bp_err_set(e, BP_ELIMIT, "octal or hexadecimal number of more than %d digits",
                   MAX_RADIX_DIGITS);
        return NULL;
    }
    while (i < len) {
        uint32_t factor = 1, chunk = 0;

        for (; i < len && factor < 1u << 25; i++) {
            chunk = chunk << bits | (uint32_t)digit_value(digits[i]);
            factor <<= bits;
        }
        n = mul_add(limbs, n, factor, chunk);
    }
    bp_str_addf(&text, "%u", n ? (unsigned)limbs[n - 1] : 0);
    for (i = n; i > 1; i--)
        bp_str_addf(&text, "%09u", (unsigned)limbs[i - 2]);
    node = bp_json_number(a, text.s, text.len);
    bp_str_release(&text);
    return node;
}

/* A decimal number as JSON writes it: no plus sign, no leading zeros, digits on both sides of a
 * point. Digits and exponent are kept as they stand. */
static cJSON *make_decimal(struct bp_arena *a, const char *s, size_t len)
{
    struct bp_str text = BP_STR_INIT;
    size_t i = is_sign(s[0]), whole;
    cJSON *node;

    if (bp_number_scan(s, len) == len)
        return bp_json_number(a, s, len);
    if (s[0] == '-')
        bp_str_addc(&text, '-');
    whole = span_digits(s + i, len - i);
    for (; whole > 1 && s[i] == '0'; i++)
        whole--;
    if (whole)
        bp_str_add(&text, s + i, whole);
    else
        bp_str_addc(&text, '0');
    i += whole;
    if (i < len && s[i] == '.') {
        bp_str_addc(&text, '.');
        if (++i == len || !is_digit(s[i]))
            bp_str_addc(&text, '0');
    }
    bp_str_add(&text, s + i, len - i);
    node = bp_json_number(a, text.s, text.len);
    bp_str_release(&text);
    return node;
}

cJSON *bp_yaml_make_scalar(struct bp_arena *a, enum bp_yaml_kind kind, const char *text, size_t len,
                           struct bp_err *e)
{
    switch (kind) {
    case BP_YAML_NULL:
        return bp_json_null(a);
    case BP_YAML_TRUE:
    case BP_YAML_FALSE:
        return bp_json_bool(a, kind == BP_YAML_TRUE);
    case BP_YAML_INT:
    case BP_YAML_FLOAT:
        return make_decimal(a, text, len);
    case BP_YAML_OCT:
        return make_radix(a, text + 2, len - 2, 3, e);
    case BP_YAML_HEX:
        return make_radix(a, text + 2, len - 2, 4, e);
    case BP_YAML_INF:
    case BP_YAML_NAN:
        bp_err_set(e, BP_EINPUT,
                   "'%.*s' is a number that JSON can't hold; put it in quotes if the text is meant",
                   (int)len, text);
        return NULL;
    default:
        return bp_json_stringn(a, text, len);
    }
}

cJSON *bp_yaml_scalar(struct bp_arena *a, const char *text, size_t len, struct bp_err *e)
{
    return bp_yaml_make_scalar(a, bp_yaml_kind_of(text, len), text, len, e);
}

/* ---- YAML 1.1 ---- */

static bool is_old_word(const char *text, size_t len)
{
    if (len > 1 && is_sign(text[0])) {
        text++;
        len--;
    }
    if (len > WORD_MAX)
        return false;
    for (size_t i = 0; i < sizeof old_words / sizeof *old_words; i++)
        if (strlen(old_words[i]) == len && strncasecmp(old_words[i], text, len) == 0)
            return true;
    return false;
}

/* Digits with at most one point and with the signs that some reader takes for part of a number:
 * 1_000, 1,000, 12:30:45, 0777. Two points (1.2.3, 10.0.0.1) make a string everywhere. */
static bool is_old_decimal(const char *s, size_t len)
{
    size_t i = is_sign(s[0]), points = 0;

    for (; i < len && (is_digit(s[i]) || strchr("_,:.", s[i])); i++)
        points += s[i] == '.';
    if (points > 1)
        return false;
    if (i < len && (s[i] | 0x20) == 'e') {
        i += i + 1 < len && is_sign(s[i + 1]) ? 2 : 1;
        while (i < len && (is_digit(s[i]) || s[i] == '_'))
            i++;
    }
    return i == len;
}

/* 0x1F, 0b101, 0o17, also with a sign and underscores. */
static bool is_old_radix(const char *s, size_t len)
{
    size_t i = is_sign(s[0]);

    if (len < i + 3 || s[i] != '0' || !strchr("xXbBoO", s[i + 1]))
        return false;
    for (i += 2; i < len; i++)
        if (s[i] != '_' && s[i] != ',' && digit_value(s[i]) > 15)
            return false;
    return true;
}

static bool is_old_date(const char *s, size_t len)
{
    return len >= 8 && span_digits(s, len) == 4 && s[4] == '-' && is_digit(s[5]);
}

bool bp_yaml_always_string(const char *text, size_t len)
{
    if (bp_yaml_kind_of(text, len) != BP_YAML_STRING || is_old_word(text, len))
        return false;
    if (!is_digit(text[0]) && !is_sign(text[0]) && text[0] != '.')
        return true;
    return !is_old_decimal(text, len) && !is_old_radix(text, len) && !is_old_date(text, len);
}

bool bp_yaml_always_number(const char *text)
{
    size_t mark = strcspn(text, "eE");

    return !text[mark] || (memchr(text, '.', mark) && is_sign(text[mark + 1]));
}
