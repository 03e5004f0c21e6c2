/* JSON values out of a descriptor: see stream.h. */
#include "json/stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    CHUNK = 256 * 1024,
    MARK = 3,         /* bytes of a byte order mark */
    INDENT_MAX = 4096 /* white space before the first byte that is kept for YAML */
};

void bp_json_stream_begin(struct bp_json_stream *s, int fd, uint64_t size, const char *file,
                          uint64_t max)
{
    struct bp_str text = s->text;

    bp_str_clear(&text);
    *s = (struct bp_json_stream){.fd = fd, .size = size, .max = max, .text = text};
    bp_json_cursor_init(&s->c, s->text.s, 0, file);
}

void bp_json_stream_release(struct bp_json_stream *s)
{
    bp_str_release(&s->text);
}

/* Forgets what lies before the cursor. Columns stay right: what is taken from the line is taken
 * from its count too, modulo 2^32. */
static void drop_used(struct bp_json_stream *s)
{
    size_t used = (size_t)(s->c.p - s->text.s);

    s->c.tails -= (uint32_t)(s->c.p - s->c.line_start);
    memmove(s->text.s, s->c.p, s->text.len - used);
    bp_str_cut(&s->text, s->text.len - used);
    s->c.p = s->c.line_start = s->text.s;
    s->c.end = s->text.s + s->text.len;
}

static int read_chunk(struct bp_json_stream *s, struct bp_err *e)
{
    char *room = bp_str_room(&s->text, CHUNK);
    ssize_t n;

    do
        n = read(s->fd, room, CHUNK);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return bp_err_sys(e, "read '%s'", s->c.file);
    s->text.len += (size_t)n;
    s->text.s[s->text.len] = '\0';
    s->taken += (uint64_t)n;
    s->eof = n == 0 || (s->size && s->taken >= s->size);
    return 0;
}

/* Gets more text behind the cursor. */
static int refill(struct bp_json_stream *s, struct bp_err *e)
{
    int rc;

    drop_used(s);
    rc = read_chunk(s, e);
    /* A byte order mark may come in pieces. */
    while (rc == 0 && !s->begun && !s->eof && s->text.len < MARK)
        rc = read_chunk(s, e);
    if (rc)
        return rc;
    if (!s->begun)
        bp_json_cursor_init(&s->c, s->text.s, s->text.len, s->c.file);
    else
        s->c.p = s->c.line_start = s->text.s;
    s->c.end = s->text.s + s->text.len;
    s->begun = true;
    return 0;
}

/* 1 when something besides white space is at the cursor, 0 at the end of input. */
static int skip_space(struct bp_json_stream *s, struct bp_err *e)
{
    int rc;

    while (!bp_json_cursor_more(&s->c)) {
        if (s->eof)
            return 0;
        rc = refill(s, e);
        if (rc)
            return rc;
    }
    s->found = true;
    return 1;
}

int bp_json_stream_first(struct bp_json_stream *s, char *byte, struct bp_err *e)
{
    for (;;) {
        struct bp_json_cursor ahead = s->c;
        bool more = bp_json_cursor_more(&ahead);
        int rc;

        if (ahead.line != s->c.line) {
            s->c = ahead;
            s->c.p = s->c.line_start;
        }
        if (ahead.p - s->c.p > INDENT_MAX)
            s->c = ahead;
        if (more) {
            *byte = *ahead.p;
            return 1;
        }
        if (s->eof)
            return 0;
        rc = refill(s, e);
        if (rc)
            return rc;
    }
}

int bp_json_stream_slurp(struct bp_json_stream *s, struct bp_err *e)
{
    int rc;

    while (!s->eof) {
        if ((uint64_t)(s->c.end - s->c.p) > s->max)
            return bp_err_at(e, BP_ELIMIT, bp_json_cursor_pos(&s->c),
                             "longer than %llu MiB, the most that is read at once",
                             (unsigned long long)(s->max >> 20));
        rc = refill(s, e);
        if (rc)
            return rc;
    }
    return 0;
}

static bool ends_scalar(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',' || c == ']' || c == '}';
}

/* Looks on for the end of the value at the cursor; true when it is in the buffer. Only brackets and
 * strings matter: what is between them is the parser's to judge. */
static bool value_complete(struct bp_json_stream *s)
{
    struct bp_json_scan *k = &s->scan;
    const char *p = s->c.p + k->at;

    for (; p < s->c.end; p++) {
        char c = *p;

        if (k->in_string) {
            if (k->escaped)
                k->escaped = false;
            else if (c == '\\')
                k->escaped = true;
            else if (c == '"')
                k->in_string = false;
            if (!k->in_string && k->depth == 0)
                return true;
        } else if (k->scalar) {
            if (ends_scalar(c))
                return true;
        } else if (c == '"') {
            k->in_string = true;
        } else if (c == '{' || c == '[') {
            k->depth++;
        } else if (c == '}' || c == ']') {
            if (k->depth <= 1)
                return true;
            k->depth--;
        } else if (k->depth == 0) {
            k->scalar = true;
        }
    }
    k->at = (size_t)(p - s->c.p);
    return false;
}

/* Makes the whole value at the cursor present in the buffer, or all that there is. */
static int fetch_value(struct bp_json_stream *s, struct bp_err *e)
{
    int rc;

    s->scan = (struct bp_json_scan){0};
    while (!s->eof && !value_complete(s)) {
        if (s->scan.at > s->max)
            return bp_err_at(e, BP_ELIMIT, bp_json_cursor_pos(&s->c),
                             "a document is longer than %llu MiB",
                             (unsigned long long)(s->max >> 20));
        rc = refill(s, e);
        if (rc)
            return rc;
    }
    return 0;
}

static int array_error(struct bp_json_stream *s, const char *what, struct bp_err *e)
{
    return bp_err_at(e, BP_EINPUT, bp_json_cursor_pos(&s->c), "%s", what);
}

/* Between the elements of an array at the root: 1 when an element follows, 0 at its end. */
static int next_element(struct bp_json_stream *s, struct bp_err *e)
{
    int rc = skip_space(s, e);
    char c;

    if (rc < 0)
        return rc;
    if (rc == 0)
        return array_error(s, "unexpected end of input: the array is not closed", e);
    c = *s->c.p;
    if (c == ']' && !s->comma) {
        s->c.p++;
        s->in_array = false;
        return 0;
    }
    if (c == ',' && !s->first && !s->comma) {
        s->c.p++;
        s->comma = true;
        return next_element(s, e);
    }
    if (!s->first && !s->comma)
        return array_error(s, "expected ',' or ']' in an array", e);
    s->first = s->comma = false;
    return 1;
}

int bp_json_stream_next(struct bp_json_stream *s, struct bp_arena *a, cJSON **value,
                        struct bp_err *e)
{
    int rc;

    *value = NULL;
    for (;;) {
        if (s->in_array) {
            rc = next_element(s, e);
            if (rc < 0)
                return rc;
            if (rc == 1)
                break;
        }
        rc = skip_space(s, e);
        if (rc <= 0)
            return rc;
        if (*s->c.p != '[')
            break;
        s->c.p++;
        s->in_array = s->first = true;
        s->comma = false;
    }
    rc = fetch_value(s, e);
    if (rc)
        return rc;
    *value = bp_json_next(&s->c, a, NULL, e);
    return *value ? 1 : BP_EINPUT;
}
