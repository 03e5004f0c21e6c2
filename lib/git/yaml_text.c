/* The text around YAML documents: see yaml_text.h. */
#include "git/yaml_text.h"

#include <string.h>

#include "json/yaml.h"

/* Places that look like a comment and are tried, and how much text may be read for that. */
enum { MAX_CANDIDATES = 64, MAX_TRIED = 64 * 1024 * 1024 };

/* The bytes of the line break at `at`, 0 when there is none. libyaml also counts those of Unicode,
 * as YAML 1.1 did, and what is counted otherwise here would be cut at the wrong place. */
static size_t break_length(const char *text, size_t len, size_t at)
{
    static const char *const breaks[] = {"\r\n",     "\n",           "\r",
                                         "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
    unsigned char first = (unsigned char)text[at];

    if (first > '\r' && first < 0xc2)
        return 0;
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        size_t n = strlen(breaks[i]);

        if (len - at >= n && memcmp(text + at, breaks[i], n) == 0)
            return n;
    }
    return 0;
}

/* The end of the line at `at`, its line break included. */
static size_t line_end(const char *text, size_t len, size_t at)
{
    while (at < len) {
        size_t n = break_length(text, len, at);

        if (n)
            return at + n;
        at++;
    }
    return len;
}

static bool is_marker(const char *text, size_t len, size_t at, const char *marker)
{
    if (len - at < 3 || memcmp(text + at, marker, 3) != 0)
        return false;
    at += 3;
    return at == len || text[at] == ' ' || text[at] == '\t' || break_length(text, len, at);
}

/* White space only, or white space and a comment. */
static bool is_blank(const char *text, size_t at, size_t end)
{
    while (at < end && (text[at] == ' ' || text[at] == '\t'))
        at++;
    return at == end || text[at] == '#' || break_length(text, end, at);
}

bool bp_yaml_span_next(const char *text, size_t len, struct bp_yaml_span *s)
{
    size_t at = s->end;
    bool begun = false, directives = false; /* content or a marker was seen; '%' lines were */

    if (at == len)
        return false;
    s->start = at;
    s->line_end += s->line_end == 0;
    while (at < len) {
        size_t next = line_end(text, len, at);

        if (is_marker(text, len, at, "---")) {
            if (begun)
                break;
            begun = true;
        } else if (is_marker(text, len, at, "...")) {
            at = next;
            s->line_end++;
            break;
        } else if (!begun && text[at] == '%') {
            directives = true;
        } else if (!is_blank(text, at, next) && !directives) {
            begun = true;
        }
        at = next;
        s->line_end++;
    }
    s->end = at;
    return true;
}

bool bp_yaml_is_marked(const char *text, size_t len)
{
    return is_marker(text, len, 0, "---");
}

bool bp_yaml_is_ended(const char *text, size_t len)
{
    size_t at = 0, last = 0;

    for (; at < len; at = line_end(text, len, at))
        last = at;
    return is_marker(text, len, last, "...");
}

size_t bp_yaml_head(const char *text, size_t len)
{
    size_t at = 0;

    while (at < len) {
        size_t next = line_end(text, len, at);
        bool marker = is_marker(text, len, at, "---");

        if (!is_blank(text, marker ? at + 3 : at, next) && text[at] != '%')
            break;
        at = next;
    }
    return at;
}

/* True when the text without what stands from `at` to the end of its line still gives `doc`: so it
 * was a comment, and not part of a scalar. */
static bool is_comment(const char *text, size_t len, size_t at, const cJSON *doc)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_str rest = BP_STR_INIT;
    size_t end = line_end(text, len, at);
    cJSON *now;
    bool same;

    bp_str_add(&rest, text, at);
    bp_str_addc(&rest, '\n');
    bp_str_add(&rest, text + end, len - end);
    now = bp_yaml_parse(&a, rest.s, rest.len, "", NULL);
    same = now && bp_json_equal(now, doc);
    bp_str_release(&rest);
    bp_arena_release(&a);
    return same;
}

bool bp_yaml_has_comments(const char *text, size_t len, const cJSON *doc)
{
    size_t tried = 0;

    for (size_t at = bp_yaml_head(text, len); at < len && tried < MAX_CANDIDATES; at++) {
        if (text[at] != '#' || (at > 0 && !memchr(" \t\r\n", text[at - 1], 4)))
            continue;
        if (is_comment(text, len, at, doc))
            return true;
        if (++tried * len > MAX_TRIED)
            break;
    }
    return false;
}
