/* A strict JSON reader: see read.h. */
#include "json/read.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/utf8.h"
#include "json/number.h"

/* Duplicate names in objects up to this many members are found by comparing, in larger ones by
 * hash. */
enum { FEW_MEMBERS = 12 };

struct parser {
    struct bp_json_cursor *c;
    struct bp_arena *a;
    struct bp_err *e;
    struct bp_str text; /* a string with escapes while it is put together */
    size_t values;      /* read so far */
    bool cut;           /* the text ended inside the value */
};

void bp_json_cursor_init(struct bp_json_cursor *c, const char *text, size_t len, const char *file)
{
    *c = (struct bp_json_cursor){
        .p = text, .end = text + len, .line_start = text, .file = file, .line = 1};
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        c->p += 3;
        c->tails = 3; /* a byte order mark takes no column */
    }
}

static uint32_t column_of(const struct bp_json_cursor *c, const char *p)
{
    return (uint32_t)(p - c->line_start) - c->tails + 1;
}

struct bp_pos bp_json_cursor_pos(const struct bp_json_cursor *c)
{
    return (struct bp_pos){c->file, c->line, column_of(c, c->p)};
}

static void skip_space(struct bp_json_cursor *c)
{
    const char *p = c->p;

    for (; p < c->end; p++) {
        if (*p == '\n') {
            c->line++;
            c->line_start = p + 1;
            c->tails = 0;
        } else if (*p != ' ' && *p != '\t' && *p != '\r') {
            break;
        }
    }
    c->p = p;
}

bool bp_json_cursor_more(struct bp_json_cursor *c)
{
    skip_space(c);
    return c->p < c->end;
}

static struct bp_pos here(const struct parser *s)
{
    return bp_json_cursor_pos(s->c);
}

static bool refuse(struct parser *s, const char *what)
{
    if (s->c->p >= s->c->end) {
        s->cut = true;
        bp_err_at(s->e, BP_EINPUT, here(s), "unexpected end of input: %s", what);
    } else if (*s->c->p == '\0') {
        bp_err_at(s->e, BP_EINPUT, here(s),
                  "NUL character: the text must be UTF-8, not UTF-16 or UTF-32");
    } else {
        bp_err_at(s->e, BP_EINPUT, here(s), "%s", what);
    }
    return false;
}

static cJSON *fail(struct parser *s, const char *what)
{
    refuse(s, what);
    return NULL;
}

/* Four hex digits at the cursor, which moves behind them; -1 when they are not there. */
static int32_t hex4(struct parser *s)
{
    int32_t v = 0;

    for (int i = 0; i < 4; i++) {
        unsigned char c = s->c->p < s->c->end ? (unsigned char)*s->c->p : 0;

        if (c >= '0' && c <= '9')
            v = v << 4 | (c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            v = v << 4 | ((c | 0x20) - 'a' + 10);
        else
            return -1;
        s->c->p++;
    }
    return v;
}

/* \uXXXX, the cursor behind the 'u'; a pair of surrogates is one character. */
static bool unicode_escape(struct parser *s)
{
    struct bp_json_cursor *c = s->c;
    int32_t hi = hex4(s), lo;
    uint32_t cp;
    char utf8[4];

    if (hi < 0)
        return refuse(s, "\\u must be followed by four hexadecimal digits");
    cp = (uint32_t)hi;
    if (cp == 0)
        return refuse(s, "a string must not contain NUL (\\u0000)");
    if (cp >= 0xDC00 && cp <= 0xDFFF)
        return refuse(s, "lone surrogate in a string");
    if (cp >= 0xD800 && cp <= 0xDBFF) {
        if (c->end - c->p < 2 || c->p[0] != '\\' || c->p[1] != 'u')
            return refuse(s, "lone surrogate in a string");
        c->p += 2;
        lo = hex4(s);
        if (lo < 0xDC00 || lo > 0xDFFF)
            return refuse(s, "lone surrogate in a string");
        cp = 0x10000 + ((cp - 0xD800) << 10) + ((uint32_t)lo - 0xDC00);
    }
    bp_str_add(&s->text, utf8, bp_utf8_encode(cp, utf8));
    return true;
}

static bool escape(struct parser *s)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    struct bp_json_cursor *c = s->c;
    const char *at;

    c->p++;
    if (c->p >= c->end)
        return refuse(s, "string is not closed");
    if (*c->p == 'u') {
        c->p++;
        return unicode_escape(s);
    }
    at = *c->p ? strchr(names, *c->p) : NULL;
    if (!at)
        return refuse(s, "unknown escape in a string");
    bp_str_addc(&s->text, values[at - names]);
    c->p++;
    return true;
}

/* Plain characters from the cursor on, up to a quote, an escape or an error. */
static bool skip_plain(struct parser *s)
{
    struct bp_json_cursor *c = s->c;
    const char *p = c->p, *end = c->end;

    while (p < end) {
        unsigned char ch = (unsigned char)*p;
        size_t n;

        if (ch == '"' || ch == '\\')
            break;
        if (ch >= 0x20 && ch < 0x80) {
            p++;
            continue;
        }
        c->p = p;
        if (ch < 0x20)
            return refuse(s, "control character in a string: write it as an escape");
        n = bp_utf8_decode(p, (size_t)(end - p), NULL);
        if (n == 0)
            return refuse(s, "invalid UTF-8");
        p += n;
        c->tails += (uint32_t)n - 1;
    }
    c->p = p;
    return p < end ? true : refuse(s, "string is not closed");
}

/* A string, the cursor on its opening quote: its text in the arena, NULL on error. */
static char *parse_string(struct parser *s)
{
    struct bp_json_cursor *c = s->c;
    const char *from = ++c->p;

    if (!skip_plain(s))
        return NULL;
    if (*c->p == '"')
        return bp_arena_strndup(s->a, from, (size_t)(c->p++ - from));
    bp_str_clear(&s->text);
    bp_str_add(&s->text, from, (size_t)(c->p - from));
    while (*c->p != '"') {
        if (!escape(s))
            return NULL;
        from = c->p;
        if (!skip_plain(s))
            return NULL;
        bp_str_add(&s->text, from, (size_t)(c->p - from));
    }
    c->p++;
    return bp_arena_strndup(s->a, s->text.s, s->text.len);
}

static cJSON *parse_number(struct parser *s)
{
    struct bp_json_cursor *c = s->c;
    size_t n = bp_number_scan(c->p, (size_t)(c->end - c->p));
    struct bp_number num;
    cJSON *node;

    if (n == 0)
        return fail(s, "malformed number");
    if (c->p + n < c->end && strchr("0123456789.eE+-", c->p[n]) && c->p[n])
        return fail(s, "malformed number");
    bp_number_parse(c->p, n, &num);
    if (num.exp > BP_NUMBER_MAX_EXP / 2 || num.exp < -BP_NUMBER_MAX_EXP / 2)
        return fail(s, "exponent of a number is out of bounds");
    node = bp_json_number(s->a, c->p, n);
    c->p += n;
    return node;
}

static cJSON *parse_word(struct parser *s, const char *word, int type)
{
    struct bp_json_cursor *c = s->c;
    size_t n = strlen(word), left = (size_t)(c->end - c->p);
    cJSON *node;

    if (left < n && memcmp(c->p, word, left) == 0) {
        c->p = c->end;
        return fail(s, "a value is cut off");
    }
    if (left < n || memcmp(c->p, word, n) != 0)
        return fail(s, "expected a JSON value");
    node = type == cJSON_NULL ? bp_json_null(s->a) : bp_json_bool(s->a, type == cJSON_True);
    c->p += n;
    return node;
}

static bool duplicate(struct parser *s, const cJSON *first, const cJSON *second)
{
    struct bp_pos a = bp_json_key_pos(first);

    bp_err_at(s->e, BP_EINPUT, bp_json_key_pos(second),
              "duplicate member name '%.100s' (first at line %u)", second->string, a.line);
    return false;
}

static bool check_duplicates(struct parser *s, const cJSON *obj, size_t count)
{
    struct bp_map seen = BP_MAP_INIT;
    bool ok = true;

    if (count <= FEW_MEMBERS) {
        for (const cJSON *m = obj->child; m; m = m->next)
            for (const cJSON *n = obj->child; n != m; n = n->next)
                if (m->string[0] == n->string[0] && strcmp(m->string, n->string) == 0)
                    return duplicate(s, n, m);
        return true;
    }
    for (cJSON *m = obj->child; ok && m; m = m->next) {
        struct bp_map_entry *at = bp_map_put(&seen, m->string, strlen(m->string));

        if (at->value)
            ok = duplicate(s, at->value, m);
        else
            at->value = m;
    }
    bp_map_release(&seen);
    return ok;
}

static cJSON *parse_value(struct parser *s, unsigned depth);

static bool parse_member(struct parser *s, cJSON *obj, unsigned depth)
{
    struct bp_pos key = here(s);
    struct bp_node *node;
    cJSON *value;
    char *name;

    if (s->c->p >= s->c->end || *s->c->p != '"')
        return refuse(s, "expected a member name in double quotes");
    name = parse_string(s);
    if (!name)
        return false;
    skip_space(s->c);
    if (s->c->p >= s->c->end || *s->c->p != ':')
        return refuse(s, "expected ':' after a member name");
    s->c->p++;
    skip_space(s->c);
    value = parse_value(s, depth + 1);
    if (!value)
        return false;
    bp_json_add(obj, name, value);
    node = (struct bp_node *)value;
    node->key_line = key.line;
    node->key_col = key.col;
    return true;
}

/* Members or elements up to the closing character; their number, -1 on error. */
static ptrdiff_t parse_children(struct parser *s, cJSON *parent, char close, unsigned depth)
{
    struct bp_json_cursor *c = s->c;
    ptrdiff_t count = 0;

    if (depth >= BP_JSON_MAX_DEPTH) {
        bp_err_at(s->e, BP_ELIMIT, here(s), "nested deeper than %d levels", BP_JSON_MAX_DEPTH);
        return -1;
    }
    c->p++;
    skip_space(c);
    if (c->p < c->end && *c->p == close) {
        c->p++;
        return 0;
    }
    for (;;) {
        if (close == '}') {
            if (!parse_member(s, parent, depth))
                return -1;
        } else {
            cJSON *value = parse_value(s, depth + 1);

            if (!value)
                return -1;
            bp_json_append(parent, value);
        }
        count++;
        skip_space(c);
        if (c->p < c->end && *c->p == close) {
            c->p++;
            return count;
        }
        if (c->p >= c->end || *c->p != ',') {
            refuse(s, close == '}' ? "expected ',' or '}' in an object"
                                   : "expected ',' or ']' in an array");
            return -1;
        }
        c->p++;
        skip_space(c);
    }
}

static cJSON *parse_object(struct parser *s, unsigned depth)
{
    cJSON *obj = bp_json_object(s->a);
    ptrdiff_t count = parse_children(s, obj, '}', depth);

    if (count < 0 || !check_duplicates(s, obj, (size_t)count))
        return NULL;
    return obj;
}

static cJSON *parse_array(struct parser *s, unsigned depth)
{
    cJSON *array = bp_json_array(s->a);

    return parse_children(s, array, ']', depth) < 0 ? NULL : array;
}

static cJSON *parse_text(struct parser *s)
{
    char *text = parse_string(s);
    cJSON *n;

    if (!text)
        return NULL;
    n = bp_json_null(s->a);
    n->type = cJSON_String;
    n->valuestring = text;
    return n;
}

/* No value begins at the cursor; what stands there instead may explain it. */
static cJSON *no_value(struct parser *s)
{
    uint32_t c = 0;
    size_t n = bp_utf8_decode(s->c->p, (size_t)(s->c->end - s->c->p), &c);

    if (n == 0)
        return fail(s, "invalid UTF-8");
    if (c == 0xFEFF)
        return fail(s, "a byte order mark can only stand at the very beginning of a text");
    return fail(s, "expected a JSON value");
}

static cJSON *parse_any(struct parser *s, unsigned depth)
{
    if (++s->values > BP_JSON_MAX_VALUES) {
        bp_err_at(s->e, BP_ELIMIT, here(s), "a document of more than %d values",
                  BP_JSON_MAX_VALUES);
        return NULL;
    }
    if (s->c->p >= s->c->end)
        return fail(s, "expected a JSON value");
    switch (*s->c->p) {
    case '{':
        return parse_object(s, depth);
    case '[':
        return parse_array(s, depth);
    case '"':
        return parse_text(s);
    case 't':
        return parse_word(s, "true", cJSON_True);
    case 'f':
        return parse_word(s, "false", cJSON_False);
    case 'n':
        return parse_word(s, "null", cJSON_NULL);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return parse_number(s);
    default:
        return no_value(s);
    }
}

static cJSON *parse_value(struct parser *s, unsigned depth)
{
    struct bp_pos pos = here(s);
    cJSON *n = parse_any(s, depth);
    struct bp_node *node = (struct bp_node *)n;

    if (node) {
        node->file = pos.file;
        node->line = pos.line;
        node->col = pos.col;
    }
    return n;
}

cJSON *bp_json_next(struct bp_json_cursor *c, struct bp_arena *a, bool *cut, struct bp_err *e)
{
    struct parser s = {.c = c, .a = a, .e = e, .text = BP_STR_INIT};
    cJSON *n;

    skip_space(c);
    n = parse_value(&s, 0);
    bp_str_release(&s.text);
    if (cut)
        *cut = s.cut;
    return n;
}

cJSON *bp_json_parse(struct bp_arena *a, const char *text, size_t len, const char *file,
                     struct bp_err *e)
{
    struct bp_json_cursor c;
    cJSON *n;

    bp_json_cursor_init(&c, text, len, file);
    n = bp_json_next(&c, a, NULL, e);
    if (n && bp_json_cursor_more(&c)) {
        bp_err_at(e, BP_EINPUT, bp_json_cursor_pos(&c), "something follows the value");
        return NULL;
    }
    return n;
}
