/* The way to libyaml: see yaml_events.h. */
#include "json/yaml_events.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

enum {
    FLOW_WORK = 1000000,     /* what a small text may cost, see check_flow() */
    FLOW_WORK_PER_BYTE = 16, /* and what each byte adds to it */
    MAX_TAG_DIRECTIVES = 100
};

/* ---- positions ---- */

struct bp_pos bp_yaml_pos(const struct bp_yaml_events *y, yaml_mark_t m)
{
    return (struct bp_pos){y->file, (uint32_t)m.line + 1, (uint32_t)m.column + 1};
}

/* libyaml counts characters; a look at the text needs bytes. */
static size_t byte_at(const struct bp_yaml_events *y, size_t index)
{
    size_t byte = 0;

    for (size_t n; index && byte < y->len; index--, byte += n) {
        n = bp_utf8_decode(y->text + byte, y->len - byte, NULL);
        if (n == 0)
            n = 1;
    }
    return byte;
}

/* Line and column of a byte, with the line breaks that libyaml counts. */
static struct bp_pos pos_of_byte(const struct bp_yaml_events *y, size_t byte)
{
    struct bp_pos p = {y->file, y->line, 1};

    for (size_t i = 0, n; i < byte && i < y->len; i += n) {
        uint32_t cp = 0;

        n = bp_utf8_decode(y->text + i, y->len - i, &cp);
        if (n == 0)
            n = 1;
        if (cp == '\r' && i + 1 < y->len && y->text[i + 1] == '\n')
            continue;
        p.col++;
        if (cp == '\n' || cp == '\r' || cp == 0x85 || cp == 0x2028 || cp == 0x2029) {
            p.line++;
            p.col = 1;
        }
    }
    return p;
}

/* ---- errors ---- */

/* The reader's errors carry an offset and no mark. */
static int encoding_error(struct bp_yaml_events *y)
{
    const yaml_parser_t *p = &y->parser;
    struct bp_pos pos = pos_of_byte(y, p->problem_offset);
    const unsigned char *s = (const unsigned char *)y->text;

    if (y->len >= 2 && (s[0] >= 0xFE || s[0] == 0 || s[1] == 0))
        return bp_err_at(&y->err, BP_EINPUT, pos,
                         "the text is not UTF-8 (UTF-16 or UTF-32?); convert it");
    if (!strstr(p->problem, "control char"))
        return bp_err_at(&y->err, BP_EINPUT, pos_of_byte(y, bp_utf8_check(y->text, y->len)),
                         "malformed UTF-8");
    if (p->problem_value == 0)
        return bp_err_at(&y->err, BP_EINPUT, pos, "NUL character");
    return bp_err_at(&y->err, BP_EINPUT, pos,
                     "character U+%04X is not allowed; write it as an escape in double quotes",
                     (unsigned)p->problem_value);
}

/* What to do about the mistakes that are made most. */
static const char *advice(const char *problem)
{
    if (strstr(problem, "mapping values are not allowed"))
        return "; mend the indentation, or put a text with ': ' in quotes";
    if (strstr(problem, "expected <document start>"))
        return " behind the end of a document; the next one begins with '---'";
    return "";
}

static int syntax_error(struct bp_yaml_events *y)
{
    const yaml_parser_t *p = &y->parser;
    const char *problem = p->problem ? p->problem : "syntax error";
    struct bp_pos pos = bp_yaml_pos(y, p->problem_mark);
    size_t byte;

    if (p->error == YAML_MEMORY_ERROR)
        bp_out_of_memory();
    if (p->error == YAML_READER_ERROR)
        return encoding_error(y);
    byte = byte_at(y, p->problem_mark.index);
    if (strstr(problem, "cannot start any token") && byte < y->len) {
        if (y->text[byte] == '\t')
            return bp_err_at(&y->err, BP_EINPUT, pos, "a tab can't indent; use spaces");
        return bp_err_at(&y->err, BP_EINPUT, pos, "a value can't begin with '%c'; put it in quotes",
                         y->text[byte]);
    }
    if (!p->context)
        return bp_err_at(&y->err, BP_EINPUT, pos, "%s%s", problem, advice(problem));
    if (p->context_mark.line == p->problem_mark.line)
        return bp_err_at(&y->err, BP_EINPUT, pos, "%s %s", problem, p->context);
    return bp_err_at(&y->err, BP_EINPUT, pos, "%s %s begun at line %zu column %zu", problem,
                     p->context, p->context_mark.line + 1, p->context_mark.column + 1);
}

/* ---- bounds ---- */

/* For every token libyaml looks at every flow collection around it. The sum of that, not the depth,
 * is bounded, so that a text which is only deep passes. */
static int check_flow(struct bp_yaml_events *y, const yaml_event_t *ev)
{
    y->flow_work += (size_t)y->parser.flow_level;
    if (y->flow_work / FLOW_WORK_PER_BYTE <= FLOW_WORK / FLOW_WORK_PER_BYTE + y->len)
        return 0;
    return bp_err_at(&y->err, BP_ELIMIT, bp_yaml_pos(y, ev->start_mark),
                     "too much is nested too deeply in '[' and '{'; write it as JSON or in lines");
}

static bool is_break(char c)
{
    /* The last bytes of U+0085, U+2028 and U+2029 too; others that end alike do no harm. */
    return c == '\n' || c == '\r' || c == '\x85' || c == '\xA8' || c == '\xA9';
}

/* Every %TAG is compared with all before it, in one call, so they are counted beforehand. */
static void check_directives(struct bp_yaml_events *y)
{
    const char *p = y->text, *end = y->text + y->len;
    size_t count = 0;

    while (p < end && (p = memmem(p, (size_t)(end - p), "%TAG", 4))) {
        count += p == y->text || is_break(p[-1]);
        if (count > MAX_TAG_DIRECTIVES) {
            bp_err_at(&y->err, BP_ELIMIT, pos_of_byte(y, (size_t)(p - y->text)),
                      "more than %d %%TAG directives", MAX_TAG_DIRECTIVES);
            return;
        }
        p += 4;
    }
}

void bp_yaml_events_init(struct bp_yaml_events *y, const char *text, size_t len, const char *file,
                         uint32_t line)
{
    /* With the encoding forced libyaml no longer passes over a byte order mark. */
    size_t mark = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    *y =
        (struct bp_yaml_events){.text = text + mark, .len = len - mark, .file = file, .line = line};
    if (!yaml_parser_initialize(&y->parser))
        bp_out_of_memory();
    y->parser.mark.line = line - 1;
    yaml_parser_set_encoding(&y->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&y->parser, (const unsigned char *)y->text, y->len);
    check_directives(y);
}

void bp_yaml_events_release(struct bp_yaml_events *y)
{
    yaml_parser_delete(&y->parser);
}

int bp_yaml_events_next(struct bp_yaml_events *y, yaml_event_t *ev)
{
    if (y->err.code)
        return y->err.code;
    if (!yaml_parser_parse(&y->parser, ev))
        return syntax_error(y);
    y->count++;
    if (!check_flow(y, ev))
        return 0;
    yaml_event_delete(ev);
    return y->err.code;
}
