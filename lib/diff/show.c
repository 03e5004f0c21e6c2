/* Changes for people: see show.h. */
#include "diff/show.h"

#include <string.h>

#include "base/term.h"
#include "base/utf8.h"
#include "diff/label.h"
#include "diff/lines.h"
#include "json/write.h"

enum {
    VALUE_MAX = 72, /* bytes of a value on one line */
    LEAD = 24,      /* of them before the first difference, when the beginning is cut off */
    LINE_MAX = 160, /* bytes of a line of a text */
    LINES_MAX = 40, /* lines for one field, or for a whole document */
};

/* What is being written, and where to. */
struct pen {
    const struct bp_show *show;
    struct bp_arena *arena;
    struct bp_str *out;
    struct bp_str scratch;
    size_t lines; /* that may still be written for the field at hand */
    size_t more;  /* that were left out */
};

/* ---- lines ---- */

static const char *style_of(const struct pen *p, char sign)
{
    enum bp_style style = sign == '+'   ? BP_GREEN
                          : sign == '-' ? BP_RED
                          : sign == '~' ? BP_YELLOW
                                        : BP_DIM;

    return bp_term_style(style, p->show->colour && !p->show->markdown);
}

/* One line of a change, escaped. `inner`: it is a line of a text and stands further in. */
static void add_line(struct pen *p, char sign, bool inner, const char *text, size_t len)
{
    bool colour = p->show->colour && !p->show->markdown;

    if (!p->lines) {
        p->more++;
        return;
    }
    p->lines--;
    if (!p->show->markdown)
        bp_str_adds(p->out, inner ? "      " : "  ");
    bp_str_adds(p->out, style_of(p, sign));
    bp_str_addc(p->out, sign);
    if (len)
        bp_str_addc(p->out, ' ');
    bp_term_escape(text, len, p->out);
    bp_str_adds(p->out, bp_term_style(BP_PLAIN, colour));
    bp_str_addc(p->out, '\n');
}

static void begin_field(struct pen *p)
{
    p->lines = LINES_MAX;
    p->more = 0;
}

static void end_field(struct pen *p)
{
    if (!p->more)
        return;
    p->lines = 1;
    bp_str_clear(&p->scratch);
    bp_str_addf(&p->scratch, "... %zu more", p->more);
    add_line(p, ' ', false, p->scratch.s, p->scratch.len);
}

/* ---- values ---- */

/* The value as one line of JSON in the arena, secrets masked. */
static const char *value_text(struct pen *p, const cJSON *n)
{
    bp_str_clear(&p->scratch);
    bp_json_write(n, &p->scratch);
    return bp_arena_strndup(p->arena, p->scratch.s, p->scratch.len);
}

/* Appends at most VALUE_MAX bytes of `s`, so that byte `at` is among them. */
static void add_cut(const char *s, size_t at, struct bp_str *out)
{
    size_t len = strlen(s);
    size_t from = 0, n;

    if (len <= VALUE_MAX) {
        bp_str_add(out, s, len);
        return;
    }
    if (at > VALUE_MAX - LEAD)
        from = bp_utf8_cut(s, at - LEAD);
    if (from > len - VALUE_MAX)
        from = bp_utf8_cut(s, len - VALUE_MAX);
    n = bp_utf8_cut(s + from, len - from < VALUE_MAX ? len - from : VALUE_MAX);
    bp_str_adds(out, from ? "…" : "");
    bp_str_add(out, s + from, n);
    bp_str_adds(out, from + n < len ? "…" : "");
}

static size_t first_difference(const char *a, const char *b)
{
    size_t i = 0;

    while (a[i] && a[i] == b[i])
        i++;
    return i;
}

/* "label: value" as one line. */
static void add_labelled(struct pen *p, char sign, const char *label, const char *value, size_t at)
{
    bp_str_clear(&p->scratch);
    bp_str_adds(&p->scratch, *label ? label : "document");
    bp_str_adds(&p->scratch, ": ");
    add_cut(value, at, &p->scratch);
    add_line(p, sign, false, p->scratch.s, p->scratch.len);
}

/* True when every element of the list is an object with a name. */
static bool is_named(const cJSON *list)
{
    const cJSON *n;

    cJSON_ArrayForEach(n, list)
    {
        if (!bp_json_get_text(n, "name"))
            return false;
    }
    return true;
}

/* True when the tree has at most `*left` bytes, roughly; it looks no further than that. */
static bool is_short(const cJSON *n, size_t *left)
{
    size_t need =
        2 + (n->string ? strlen(n->string) + 2 : 0) + (n->valuestring ? strlen(n->valuestring) : 0);
    const cJSON *child;

    if (need > *left)
        return false;
    *left -= need;
    cJSON_ArrayForEach(child, n)
    {
        if (!is_short(child, left))
            return false;
    }
    return true;
}

/* A tree on one line where it fits, else one line for each of its parts, and so on. `label` is the
 * path to `n`; it comes back as it was. */
static void add_tree(struct pen *p, char sign, struct bp_str *label, const cJSON *n)
{
    size_t room = VALUE_MAX;
    bool named = cJSON_IsArray(n) && is_named(n);
    size_t len = label->len, index = 0;
    const cJSON *child;

    if (!n->child || is_short(n, &room)) {
        add_labelled(p, sign, label->s, value_text(p, n), 0);
        return;
    }
    cJSON_ArrayForEach(child, n)
    {
        if (!cJSON_IsArray(n))
            bp_label_add_member(label, child->string);
        else if (named)
            bp_label_add_element(label, bp_json_get_text(child, "name"));
        else
            bp_label_add_index(label, index++);
        if (p->lines)
            add_tree(p, sign, label, child);
        else
            p->more++;
        bp_str_cut(label, len);
    }
}

/* ---- fields ---- */

static void add_whole(struct pen *p, char sign, const char *label, const cJSON *n)
{
    struct bp_str text = BP_STR_INIT;

    bp_str_adds(&text, label);
    add_tree(p, sign, &text, n);
    bp_str_release(&text);
}

static void add_text_line(void *ctx, char sign, const char *text, size_t len)
{
    struct pen *p = ctx;

    bp_str_clear(&p->scratch);
    if (sign == '@') {
        bp_str_addf(&p->scratch, "... %zu unchanged", len);
        add_line(p, ' ', true, p->scratch.s, p->scratch.len);
        return;
    }
    if (sign == '\\') {
        bp_str_adds(&p->scratch, "no line end at the end");
        add_line(p, sign, true, p->scratch.s, p->scratch.len);
        return;
    }
    bp_str_add(&p->scratch, text, len > LINE_MAX ? bp_utf8_cut(text, LINE_MAX) : len);
    bp_str_adds(&p->scratch, len > LINE_MAX ? "…" : "");
    add_line(p, sign, true, p->scratch.s, p->scratch.len);
}

/* A text of several lines: only the lines that differ. */
static void add_modified_text(struct pen *p, const char *label, const cJSON *old, const cJSON *now)
{
    bp_str_clear(&p->scratch);
    bp_str_adds(&p->scratch, label);
    bp_str_adds(&p->scratch, p->show->markdown ? " @@" : ":");
    if (p->show->markdown) {
        bp_str_adds(p->out, "@@ ");
        bp_term_escape(p->scratch.s, p->scratch.len, p->out);
        bp_str_addc(p->out, '\n');
    } else {
        add_line(p, '~', false, p->scratch.s, p->scratch.len);
    }
    bp_lines_diff(old->valuestring, now->valuestring, add_text_line, p);
}

static void add_modified(struct pen *p, const char *label, const char *old, const char *now)
{
    size_t at = first_difference(old, now);

    if (p->show->markdown) {
        add_labelled(p, '-', label, old, at);
        add_labelled(p, '+', label, now, at);
        return;
    }
    bp_str_clear(&p->scratch);
    bp_str_adds(&p->scratch, *label ? label : "document");
    bp_str_adds(&p->scratch, ": ");
    add_cut(old, at, &p->scratch);
    bp_str_adds(&p->scratch, " -> ");
    add_cut(now, at, &p->scratch);
    add_line(p, '~', false, p->scratch.s, p->scratch.len);
}

static const char *order_text(struct pen *p, const cJSON *names)
{
    return bp_arena_printf(p->arena, "order %s", value_text(p, names));
}

static bool is_text(const cJSON *n)
{
    return cJSON_IsString(n) && strchr(n->valuestring, '\n');
}

static void add_field(struct pen *p, const struct bp_field *f)
{
    struct bp_mask *mask = p->show->mask;
    cJSON *old = f->old ? bp_mask_copy(mask, p->arena, f->old, f->secret) : NULL;
    cJSON *now = f->now ? bp_mask_copy(mask, p->arena, f->now, f->secret) : NULL;

    begin_field(p);
    if (f->type == BP_FIELD_ADDED)
        add_whole(p, '+', f->label, now);
    else if (f->type == BP_FIELD_REMOVED)
        add_whole(p, '-', f->label, old);
    else if (f->type == BP_FIELD_REORDERED)
        add_modified(p, f->label, order_text(p, old), order_text(p, now));
    else if (cJSON_IsString(old) && cJSON_IsString(now) && (is_text(old) || is_text(now)))
        add_modified_text(p, f->label, old, now);
    else
        add_modified(p, f->label, value_text(p, old), value_text(p, now));
    end_field(p);
}

/* The members of a part of a document, each by itself. */
static void add_part(struct pen *p, char sign, const cJSON *part)
{
    struct bp_str label = BP_STR_INIT;
    const cJSON *member;
    size_t len;

    bp_label_add_member(&label, part->string);
    len = label.len;
    if (!cJSON_IsObject(part) || !part->child)
        add_tree(p, sign, &label, part);
    for (member = cJSON_IsObject(part) ? part->child : NULL; member; member = member->next) {
        bp_label_add_member(&label, member->string);
        add_tree(p, sign, &label, member);
        bp_str_cut(&label, len);
    }
    bp_str_release(&label);
}

/* A document that comes or goes, as a whole. */
static void add_document(struct pen *p, char sign, const cJSON *doc)
{
    cJSON *copy = bp_mask_copy(p->show->mask, p->arena, doc, false);
    cJSON *metadata = bp_json_get(copy, "metadata");
    const cJSON *part;

    bp_states_settle(copy, NULL);
    bp_json_remove(metadata, "name");
    if (!metadata->child)
        bp_json_unlink(metadata);
    begin_field(p);
    cJSON_ArrayForEach(part, copy)
    {
        add_part(p, sign, part);
    }
    end_field(p);
}

static void add_body(struct pen *p, const struct bp_change *c, const struct bp_fields *fields)
{
    if (c->action == BP_CREATE)
        add_document(p, '+', c->now);
    if (c->action == BP_DELETE)
        add_document(p, '-', c->old);
    for (size_t i = 0; i < fields->count; i++)
        add_field(p, &fields->items[i]);
}

/* ---- documents ---- */

static void add_identity(const struct bp_change *c, struct bp_str *out)
{
    bp_term_escape(c->id.kind, strlen(c->id.kind), out);
    bp_str_addc(out, '/');
    bp_term_escape(c->id.name, strlen(c->id.name), out);
}

static void add_generation(const struct bp_change *c, struct bp_str *out)
{
    int64_t generation = c->old ? bp_document_generation(c->old) : 0;

    if (generation)
        bp_str_addf(out, " (generation %lld)", (long long)generation);
}

static void show_text(struct pen *p, const struct bp_change *c, const struct bp_fields *fields)
{
    static const char signs[] = {[BP_CREATE] = '+', [BP_UPDATE] = '~', [BP_DELETE] = '-'};
    bool colour = p->show->colour;

    bp_str_addf(p->out, "%s%s%s ", bp_term_style(BP_BOLD, colour), style_of(p, signs[c->action]),
                bp_action_name(c->action));
    add_identity(c, p->out);
    bp_str_adds(p->out, bp_term_style(BP_PLAIN, colour));
    add_generation(c, p->out);
    bp_str_addc(p->out, '\n');
    add_body(p, c, fields);
}

/* The longest run of backticks in a text. */
static int longest_run(const char *s)
{
    int longest = 0, run = 0;

    for (; *s; s++) {
        run = *s == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void add_ticks(int n, struct bp_str *out)
{
    while (n-- > 0)
        bp_str_addc(out, '`');
}

/* A fence, or the marks of a code span, must be longer than any run of backticks inside. */
static void show_markdown(struct pen *p, const struct bp_change *c, const struct bp_fields *fields)
{
    struct bp_str *out = p->out, name = BP_STR_INIT, body = BP_STR_INIT;
    int ticks;

    add_identity(c, &name);
    ticks = longest_run(name.s);
    bp_str_addf(out, "### %s ", bp_action_name(c->action));
    add_ticks(ticks + 1, out);
    bp_str_addf(out, ticks ? " %s " : "%s", name.s);
    add_ticks(ticks + 1, out);
    add_generation(c, out);
    p->out = &body;
    add_body(p, c, fields);
    p->out = out;
    ticks = longest_run(body.s);
    ticks = ticks < 3 ? 3 : ticks + 1;
    bp_str_adds(out, "\n\n");
    if (body.len) {
        add_ticks(ticks, out);
        bp_str_addf(out, "diff\n%s", body.s);
        add_ticks(ticks, out);
        bp_str_adds(out, "\n\n");
    }
    bp_str_release(&name);
    bp_str_release(&body);
}

void bp_show_change(const struct bp_show *show, struct bp_arena *a, const struct bp_change *c,
                    const struct bp_fields *fields, struct bp_str *out)
{
    struct pen p = {.show = show, .arena = a, .out = out, .scratch = BP_STR_INIT};

    if (c->action == BP_NOOP)
        return;
    if (show->markdown)
        show_markdown(&p, c, fields);
    else
        show_text(&p, c, fields);
    bp_str_release(&p.scratch);
}

void bp_show_count(const struct bp_show *show, const struct bp_states_count *count,
                   struct bp_str *out)
{
    const char *mark = show->markdown ? "**" : "";

    bp_str_addf(out, "%s%zu to create, %zu to update, %zu to delete, %zu unchanged", mark,
                count->creates, count->updates, count->deletes, count->unchanged);
    if (count->kept)
        bp_str_addf(out, ", %zu kept by bp/prune", count->kept);
    bp_str_addf(out, "%s\n", mark);
}
