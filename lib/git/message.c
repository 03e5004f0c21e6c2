/* The text of a commit: see message.h. */
#include "git/message.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"
#include "model/document.h"

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

static size_t key_length(const char *s)
{
    return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
}

enum { GIVEN, ORDER_ID, ORDER_ITEM, SPECIFICATION, GROUPS };

static const char *const keys[GROUPS] = {
    [ORDER_ID] = "Order-Id", [ORDER_ITEM] = "Order-Item", [SPECIFICATION] = "Specification"};

static void add_line(struct bp_trailers *t, int group, const char *key, const char *value)
{
    char *line = bp_arena_printf(&t->a, "%s: %s", key, value);

    bp_map_put(&t->lines[group], line, strlen(line));
}

int bp_trailers_give(struct bp_trailers *t, const char *text, struct bp_err *e)
{
    size_t n = key_length(text), len = strlen(text);
    const char *value = text + n;
    char *key;

    if (n == 0 || n > 64 || (*value != '=' && *value != ':'))
        return bp_err_set(e, BP_EUSAGE, "trailer '%s' is not of the form KEY=VALUE", text);
    value++;
    value += strspn(value, " ");
    if (!*value || bp_utf8_check(text, len) != len)
        return bp_err_set(e, BP_EUSAGE, "trailer '%s' has no value that is UTF-8", text);
    for (const char *p = value; *p; p++)
        if (is_control(*p))
            return bp_err_set(e, BP_EUSAGE, "trailer '%s' has a control character in it", text);
    key = bp_arena_strndup(&t->a, text, n);
    bp_map_put(&t->given, key, n);
    add_line(t, GIVEN, key, value);
    return 0;
}

static const char *copy_annotation(struct bp_arena *a, const cJSON *doc, const char *name)
{
    const char *value = bp_document_annotation(doc, name);

    return value ? bp_arena_strdup(a, value) : NULL;
}

struct bp_provenance bp_provenance_of(struct bp_arena *a, const cJSON *doc)
{
    return (struct bp_provenance){
        .order_id = copy_annotation(a, doc, BP_ANN_ORDER_ID),
        .order_item = copy_annotation(a, doc, BP_ANN_ORDER_ITEM),
        .specification = copy_annotation(a, doc, BP_ANN_SPECIFICATION),
    };
}

static void add_value(struct bp_trailers *t, int group, const char *value)
{
    char *clean;

    if (!value || bp_map_find(&t->given, keys[group], strlen(keys[group])))
        return;
    clean = bp_arena_strdup(&t->a, value);
    for (char *p = clean; *p; p++)
        if (is_control(*p))
            *p = ' ';
    clean += strspn(clean, " ");
    if (*clean)
        add_line(t, group, keys[group], clean);
}

void bp_trailers_add(struct bp_trailers *t, const struct bp_provenance *p)
{
    add_value(t, ORDER_ID, p->order_id);
    add_value(t, ORDER_ITEM, p->order_item);
    add_value(t, SPECIFICATION, p->specification);
}

void bp_trailers_release(struct bp_trailers *t)
{
    bp_map_release(&t->given);
    for (int i = 0; i < GROUPS; i++)
        bp_map_release(&t->lines[i]);
    bp_arena_release(&t->a);
}

int bp_message_check(const char *text, struct bp_err *e)
{
    size_t n = strlen(text);

    if (bp_utf8_check(text, n) != n)
        return bp_err_set(e, BP_EUSAGE, "the message is not UTF-8");
    if (!text[strspn(text, " \t\n")])
        return bp_err_set(e, BP_EUSAGE, "the message is empty");
    for (; *text; text++)
        if (is_control(*text) && *text != '\t' && *text != '\n')
            return bp_err_set(e, BP_EUSAGE, "the message has a control character in it");
    return 0;
}

/* True when the last paragraph, which is not the first, has only trailers in it. */
static bool ends_with_trailers(const char *text, size_t len)
{
    size_t at = len;

    while (at > 1 && !(text[at - 1] == '\n' && text[at - 2] == '\n'))
        at--;
    if (at <= 1)
        return false;
    while (at < len) {
        const char *nl = memchr(text + at, '\n', len - at);
        size_t n = key_length(text + at);

        if (n == 0 || text[at + n] != ':' || text[at + n + 1] != ' ')
            return false;
        at = nl ? (size_t)(nl - text) + 1 : len;
    }
    return true;
}

void bp_message_write(const char *text, const struct bp_trailers *t, struct bp_str *out)
{
    size_t len = strlen(text), start = strspn(text, "\n");
    bool first = true;

    while (len > start && strchr(" \t\n", text[len - 1]))
        len--;
    bp_str_add(out, text + start, len - start);
    bp_str_addc(out, '\n');
    for (int g = 0; g < GROUPS; g++) {
        for (size_t i = 0; i < t->lines[g].count; i++) {
            if (first && !ends_with_trailers(text + start, len - start))
                bp_str_addc(out, '\n');
            first = false;
            bp_str_addf(out, "%s\n", t->lines[g].entries[i].key);
        }
    }
}
