/* One line a document: see show.h. */
#include <stdlib.h>
#include <string.h>

#include "base/term.h"
#include "base/utf8.h"
#include "diff/show.h"

/* A longer name pushes its own line out, and no other. */
enum { NAME_WIDTH_MAX = 72 };

struct bp_stat_row {
    enum bp_action action;
    const char *name; /* kind/name, escaped */
    size_t width;     /* of it, in characters */
    size_t added, removed, modified;
};

/* How many values a tree holds: scalars and what is empty. */
static size_t count_values(const cJSON *n)
{
    const cJSON *child;
    size_t sum = 0;

    if (!n->child)
        return 1;
    cJSON_ArrayForEach(child, n)
    {
        sum += count_values(child);
    }
    return sum;
}

static size_t count_document(struct bp_arena *a, const cJSON *doc)
{
    cJSON *copy = bp_json_copy(a, doc);

    bp_states_settle(copy, NULL);
    return count_values(copy);
}

static void count_fields(const struct bp_fields *fields, struct bp_stat_row *row)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (fields->items[i].type == BP_FIELD_ADDED)
            row->added++;
        else if (fields->items[i].type == BP_FIELD_REMOVED)
            row->removed++;
        else
            row->modified++;
    }
}

void bp_stat_add(struct bp_stat *s, const struct bp_change *c, const struct bp_fields *fields)
{
    struct bp_stat_row row = {.action = c->action};
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_str name = BP_STR_INIT;

    if (c->action == BP_NOOP)
        return;
    bp_term_escape(c->id.kind, strlen(c->id.kind), &name);
    bp_str_addc(&name, '/');
    bp_term_escape(c->id.name, strlen(c->id.name), &name);
    row.name = bp_arena_strndup(&s->arena, name.s, name.len);
    row.width = bp_utf8_count(name.s, name.len);
    if (c->action == BP_CREATE)
        row.added = count_document(&a, c->now);
    else if (c->action == BP_DELETE)
        row.removed = count_document(&a, c->old);
    else
        count_fields(fields, &row);
    s->rows = bp_grow(s->rows, &s->cap, s->count + 1, sizeof *s->rows);
    s->rows[s->count++] = row;
    bp_str_release(&name);
    bp_arena_release(&a);
}

static int digits(size_t n)
{
    int width = 1;

    while (n /= 10)
        width++;
    return width;
}

static void show_row(const struct bp_stat_row *row, size_t width, int total_width, bool colour,
                     struct bp_str *out)
{
    const char *plain = bp_term_style(BP_PLAIN, colour);

    bp_str_addf(out, "%s %s", bp_action_name(row->action), row->name);
    for (size_t k = row->width; k < width; k++)
        bp_str_addc(out, ' ');
    bp_str_addf(out, " | %*zu %s+%zu%s %s-%zu%s %s~%zu%s\n", total_width,
                row->added + row->removed + row->modified, bp_term_style(BP_GREEN, colour),
                row->added, plain, bp_term_style(BP_RED, colour), row->removed, plain,
                bp_term_style(BP_YELLOW, colour), row->modified, plain);
}

void bp_stat_show(const struct bp_stat *s, bool colour, struct bp_str *out)
{
    size_t width = 0, total = 0;

    for (size_t i = 0; i < s->count; i++) {
        const struct bp_stat_row *row = &s->rows[i];
        size_t sum = row->added + row->removed + row->modified;

        if (row->width > width)
            width = row->width;
        if (sum > total)
            total = sum;
    }
    if (width > NAME_WIDTH_MAX)
        width = NAME_WIDTH_MAX;
    for (size_t i = 0; i < s->count; i++)
        show_row(&s->rows[i], width, digits(total), colour, out);
}

void bp_stat_release(struct bp_stat *s)
{
    free(s->rows);
    bp_arena_release(&s->arena);
    *s = (struct bp_stat)BP_STAT_INIT;
}
