/* Printing YAML: see yaml.h. Block style as people write it: two spaces a level, the dashes of a
 * list under the first letter of its name, text of several lines as it stands behind a '|'. A
 * string goes without quotes only where every reader, of YAML 1.1 too, takes it for that string. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"
#include "json/yaml.h"
#include "json/yaml_scalar.h"

enum {
    STEP = 2,             /* spaces a level */
    LITERAL_MAX = 64,     /* deepest indentation of a literal block: it repeats on every line */
    SIMPLE_KEY_MAX = 1000 /* bytes of a name before ':'; parsers stop at 1024 characters */
};

enum style { PLAIN, SINGLE, DOUBLE, LITERAL };

static void write_value(const cJSON *n, size_t indent, struct bp_str *out);
static void write_items(const cJSON *n, size_t indent, struct bp_str *out);
static void write_members(const cJSON *n, size_t indent, struct bp_str *out);

static void add_spaces(struct bp_str *out, size_t n)
{
    char *p = bp_str_room(out, n);

    if (!p)
        return;
    memset(p, ' ', n);
    out->len += n;
    out->s[out->len] = '\0';
}

/* ---- which style ---- */

/* True for a character that stands for itself and nothing else wherever YAML allows text: no
 * control character, no line break of Unicode, no byte order mark, nothing that turns the direction
 * of what follows and so shows a reviewer another text. */
static bool is_visible(uint32_t cp)
{
    if (cp < 0xA0)
        return cp >= 0x20 && cp < 0x7F;
    if (cp >= 0x2028 && cp <= 0x202E)
        return false;
    if ((cp >= 0x2066 && cp <= 0x2069) || cp == 0x200E || cp == 0x200F || cp == 0xFEFF)
        return false;
    return (cp & 0xFFFE) != 0xFFFE;
}

/* What the choice of the style depends on. */
struct looks {
    bool lines;   /* has a line feed */
    bool tabs;    /* has a tab */
    bool escapes; /* has something that only double quotes can hold */
    bool quotes;  /* has '"' or '\' */
    bool ragged;  /* has white space at the end of a line */
    bool empty;   /* has nothing but white space */
};

static struct looks look_at(const char *s, size_t len)
{
    struct looks l = {.empty = true};

    for (size_t i = 0, n; i < len; i += n) {
        uint32_t cp = 0;

        n = bp_utf8_decode(s + i, len - i, &cp);
        if (n == 0) {
            l.escapes = true;
            n = 1;
        } else if (cp == '\n') {
            l.lines = true;
        } else if (cp == '\t') {
            l.tabs = true;
        } else if (!is_visible(cp)) {
            l.escapes = true;
        }
        l.quotes |= cp == '"' || cp == '\\';
        l.empty &= cp == ' ' || cp == '\t' || cp == '\n';
        l.ragged |= (cp == ' ' || cp == '\t') && (i + n == len || s[i + n] == '\n');
    }
    return l;
}

/* True when no part of a visible one-line text means something to YAML. */
static bool has_no_syntax(const char *s, size_t len)
{
    if (strchr("?:,[]{}#&*!|>'\"%@` ", s[0]) || s[len - 1] == ' ' || s[len - 1] == ':')
        return false;
    if (s[0] == '-' && (len == 1 || s[1] == ' ' || strncmp(s, "---", 3) == 0))
        return false;
    if (strncmp(s, "...", 3) == 0)
        return false;
    return !strstr(s, ": ") && !strstr(s, " #");
}

static enum style style_of(const char *s, size_t len, size_t indent, bool key)
{
    struct looks l = look_at(s, len);

    if (l.escapes || len == 0)
        return DOUBLE;
    if (l.lines)
        return key || l.ragged || l.empty || indent > LITERAL_MAX ? DOUBLE : LITERAL;
    if (l.tabs)
        return DOUBLE;
    if (has_no_syntax(s, len) && bp_yaml_always_string(s, len))
        return PLAIN;
    return l.quotes ? SINGLE : DOUBLE;
}

/* ---- scalars ---- */

static void add_single(const char *s, size_t len, struct bp_str *out)
{
    bp_str_addc(out, '\'');
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '\'')
            bp_str_addc(out, '\'');
        bp_str_addc(out, s[i]);
    }
    bp_str_addc(out, '\'');
}

static void add_escape(uint32_t cp, struct bp_str *out)
{
    static const char values[] = "\"\\\n\t\r\b\f\a\v\033", names[] = "\"\\ntrbfave";
    const char *at = cp < 0x80 ? strchr(values, (int)cp) : NULL;

    if (at && cp)
        bp_str_addf(out, "\\%c", names[at - values]);
    else if (cp <= 0xFF)
        bp_str_addf(out, "\\x%02X", (unsigned)cp);
    else if (cp <= 0xFFFF)
        bp_str_addf(out, "\\u%04X", (unsigned)cp);
    else
        bp_str_addf(out, "\\U%08X", (unsigned)cp);
}

static void add_double(const char *s, size_t len, struct bp_str *out)
{
    bp_str_addc(out, '"');
    for (size_t i = 0, n; i < len; i += n) {
        uint32_t cp = 0;

        n = bp_utf8_decode(s + i, len - i, &cp);
        if (n == 0) {
            cp = 0xFFFD;
            n = 1;
        }
        if (is_visible(cp) && cp != '"' && cp != '\\' && cp != 0xFFFD)
            bp_str_add(out, s + i, n);
        else
            add_escape(cp, out);
    }
    bp_str_addc(out, '"');
}

/* The lines of `s` at `indent`, behind a header that says how to read them: the indentation where
 * the first line does not show it, '-' for no final line feed, '+' for more than one. */
static void add_literal(const char *s, size_t len, size_t indent, struct bp_str *out)
{
    const char *end = s + len, *stop;

    bp_str_addc(out, '|');
    if (strchr(" \t\n", s[0]))
        bp_str_addf(out, "%d", STEP);
    if (end[-1] != '\n')
        bp_str_addc(out, '-');
    else if (end[-2] == '\n')
        bp_str_addc(out, '+');
    for (; s < end; s = stop + 1) {
        stop = memchr(s, '\n', (size_t)(end - s));
        if (!stop)
            stop = end;
        bp_str_addc(out, '\n');
        if (stop > s)
            add_spaces(out, indent);
        bp_str_add(out, s, (size_t)(stop - s));
    }
}

static void add_text(const char *s, size_t len, size_t indent, bool key, struct bp_str *out)
{
    switch (style_of(s, len, indent, key)) {
    case PLAIN:
        bp_str_add(out, s, len);
        break;
    case SINGLE:
        add_single(s, len, out);
        break;
    case DOUBLE:
        add_double(s, len, out);
        break;
    case LITERAL:
        add_literal(s, len, indent, out);
        break;
    }
}

/* A scalar or an empty collection. Text of several lines goes to `indent`. */
static void write_scalar(const cJSON *n, size_t indent, struct bp_str *out)
{
    switch (n->type & 0xFF) {
    case cJSON_Object:
        bp_str_adds(out, "{}");
        break;
    case cJSON_Array:
        bp_str_adds(out, "[]");
        break;
    case cJSON_String:
        add_text(n->valuestring, strlen(n->valuestring), indent, false, out);
        break;
    case cJSON_Number:
        if (!bp_yaml_always_number(n->valuestring))
            bp_str_adds(out, "!!float ");
        bp_str_adds(out, n->valuestring);
        break;
    case cJSON_True:
        bp_str_adds(out, "true");
        break;
    case cJSON_False:
        bp_str_adds(out, "false");
        break;
    default:
        bp_str_adds(out, "null");
    }
    bp_str_addc(out, '\n');
}

/* ---- collections; the first line of each begins where the caller has got to ---- */

static int by_name(const void *a, const void *b)
{
    const cJSON *const *x = a, *const *y = b;

    return bp_json_key_order((*x)->string, (*y)->string);
}

/* "name:", or "? name" and ":" on the next line when it is too long for that. */
static void write_name(const char *name, size_t indent, struct bp_str *out)
{
    struct bp_str text = BP_STR_INIT;

    add_text(name, strlen(name), indent, true, &text);
    if (text.len > SIMPLE_KEY_MAX) {
        bp_str_adds(out, "? ");
        bp_str_add(out, text.s, text.len);
        bp_str_addc(out, '\n');
        add_spaces(out, indent);
    } else {
        bp_str_add(out, text.s, text.len);
    }
    bp_str_addc(out, ':');
    bp_str_release(&text);
}

static void write_members(const cJSON *obj, size_t indent, struct bp_str *out)
{
    size_t count = bp_json_count(obj), i = 0;
    const cJSON **list = bp_calloc(count, sizeof *list), *m;

    cJSON_ArrayForEach(m, obj) list[i++] = m;
    qsort(list, count, sizeof *list, by_name);
    for (i = 0; i < count; i++) {
        if (i > 0)
            add_spaces(out, indent);
        write_name(list[i]->string, indent, out);
        write_value(list[i], indent, out);
    }
    free(list);
}

static void write_items(const cJSON *array, size_t indent, struct bp_str *out)
{
    const cJSON *m;

    cJSON_ArrayForEach(m, array)
    {
        if (m != array->child)
            add_spaces(out, indent);
        bp_str_adds(out, "- ");
        if (!m->child)
            write_scalar(m, indent + STEP, out);
        else if (cJSON_IsObject(m))
            write_members(m, indent + STEP, out);
        else
            write_items(m, indent + STEP, out);
    }
}

/* What follows the ':' of a member whose name is at `indent`. */
static void write_value(const cJSON *n, size_t indent, struct bp_str *out)
{
    if (!n->child) {
        bp_str_addc(out, ' ');
        write_scalar(n, indent + STEP, out);
        return;
    }
    bp_str_addc(out, '\n');
    if (cJSON_IsObject(n))
        indent += STEP;
    add_spaces(out, indent);
    if (cJSON_IsObject(n))
        write_members(n, indent, out);
    else
        write_items(n, indent, out);
}

void bp_yaml_write(const cJSON *n, struct bp_str *out)
{
    if (!n->child)
        write_scalar(n, STEP, out);
    else if (cJSON_IsObject(n))
        write_members(n, 0, out);
    else
        write_items(n, 0, out);
}
