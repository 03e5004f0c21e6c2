/* One file of a repository as the documents in it: see docfile.h. */
#include "git/docfile.h"

#include <stdlib.h>
#include <string.h>

#include "git/yaml_text.h"
#include "json/read.h"
#include "json/write.h"
#include "json/yaml.h"

enum { FEW = 8 }; /* parts that are searched one by one */

static bool has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name), k = strlen(suffix);

    return n > k && strcmp(name + n - k, suffix) == 0;
}

static struct bp_docpart *add_part(struct bp_docfile *f, cJSON *doc, size_t start, size_t end)
{
    struct bp_docpart *part;

    f->parts = bp_grow(f->parts, &f->cap, f->nparts + 1, sizeof *f->parts);
    part = &f->parts[f->nparts++];
    *part = (struct bp_docpart){.doc = doc, .start = start, .end = end};
    if (doc && bp_document_identity(doc, &part->id, NULL))
        part->id = (struct bp_identity){0};
    return part;
}

/* ---- reading ---- */

static void add_elements(struct bp_docfile *f, cJSON *array, size_t start, size_t end)
{
    cJSON *element;

    cJSON_ArrayForEach(element, array)
    {
        add_part(f, element, start, end)->element = true;
    }
}

static int parse_json(struct bp_docfile *f, struct bp_arena *a, const char *path, struct bp_err *e)
{
    struct bp_json_cursor c;
    cJSON *doc;

    bp_json_cursor_init(&c, f->text, f->len, path);
    while (bp_json_cursor_more(&c)) {
        size_t start = (size_t)(c.p - f->text);

        doc = bp_json_next(&c, a, NULL, e);
        if (!doc)
            return BP_EINPUT;
        if (cJSON_IsArray(doc))
            add_elements(f, doc, start, (size_t)(c.p - f->text));
        else
            add_part(f, doc, start, (size_t)(c.p - f->text));
    }
    return 0;
}

/* The documents come from the YAML reader, the borders of their text from the lines that mark
 * them; what fits together is found by the line. */
static int parse_yaml(struct bp_docfile *f, struct bp_arena *a, const char *path, struct bp_err *e)
{
    struct bp_yaml *y = bp_yaml_new(f->text, f->len, path);
    struct bp_yaml_span span = {0};
    cJSON *doc = NULL;
    int rc = bp_yaml_next(y, a, &doc, e);

    while (bp_yaml_span_next(f->text, f->len, &span)) {
        cJSON *inside = NULL;

        if (rc == 1 && bp_json_pos(doc).line < span.line_end) {
            inside = doc;
            rc = bp_yaml_next(y, a, &doc, e);
        }
        add_part(f, inside, span.start, span.end);
    }
    bp_yaml_free(y);
    if (rc == 1)
        return bp_err_at(e, BP_EINPUT, bp_json_pos(doc), "documents can't be told apart");
    return rc;
}

int bp_docfile_parse(struct bp_docfile *f, struct bp_arena *a, const char *text, size_t len,
                     const char *path, struct bp_err *e)
{
    f->bom = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    f->text = text + 3 * f->bom;
    f->len = len - 3 * f->bom;
    f->nparts = 0;
    f->changed = false;
    bp_map_clear(&f->by_id);
    f->lines = has_suffix(path, ".jsonl") || has_suffix(path, ".ndjson");
    if (has_suffix(path, ".yaml") || has_suffix(path, ".yml")) {
        f->form = BP_DOCFILE_YAML;
        return parse_yaml(f, a, path, e);
    }
    f->form = BP_DOCFILE_JSON;
    return parse_json(f, a, path, e);
}

void bp_docfile_release(struct bp_docfile *f)
{
    free(f->parts);
    bp_map_release(&f->by_id);
    *f = (struct bp_docfile)BP_DOCFILE_INIT;
}

static void make_map(struct bp_docfile *f, struct bp_arena *a)
{
    for (size_t i = 0; i < f->nparts; i++) {
        char *key = f->parts[i].id.kind ? bp_identity_text(a, f->parts[i].id) : NULL;
        struct bp_map_entry *entry = key ? bp_map_put(&f->by_id, key, strlen(key)) : NULL;

        if (!entry)
            continue;
        if (entry->value)
            ((struct bp_docpart *)entry->value)->twice = true;
        else
            entry->value = &f->parts[i];
    }
}

static struct bp_docpart *find_by_map(struct bp_docfile *f, struct bp_arena *a,
                                      struct bp_identity id)
{
    if (f->by_id.count == 0)
        make_map(f, a);
    return bp_map_get(&f->by_id, bp_identity_text(a, id));
}

struct bp_docpart *bp_docfile_find(struct bp_docfile *f, struct bp_arena *a, struct bp_identity id)
{
    struct bp_docpart *found = NULL;

    if (f->nparts > FEW)
        return find_by_map(f, a, id);
    for (size_t i = 0; i < f->nparts; i++) {
        if (!f->parts[i].id.kind || !bp_identity_equal(f->parts[i].id, id))
            continue;
        if (found)
            found->twice = true;
        else
            found = &f->parts[i];
    }
    return found;
}

/* ---- changing ---- */

void bp_docfile_replace(struct bp_docfile *f, struct bp_docpart *part, const cJSON *doc)
{
    part->now = doc;
    f->changed = true;
}

void bp_docfile_remove(struct bp_docfile *f, struct bp_docpart *part)
{
    part->removed = true;
    f->changed = true;
}

bool bp_docfile_is_empty(const struct bp_docfile *f)
{
    for (size_t i = 0; i < f->nparts; i++)
        if (f->parts[i].doc && !f->parts[i].removed)
            return false;
    return true;
}

/* Parts that share a text: one value, or the elements of one array. */
struct group {
    const struct bp_docpart *parts;
    size_t n;
    bool changed, left; /* some are changed; some are left */
};

/* The group that begins with part `i`. */
static struct group group_at(const struct bp_docfile *f, size_t i)
{
    struct group g = {.parts = &f->parts[i]};

    do {
        const struct bp_docpart *part = &f->parts[i + g.n++];

        g.changed = g.changed || part->now || part->removed;
        g.left = g.left || !part->removed;
    } while (i + g.n < f->nparts && g.parts->element && f->parts[i + g.n].element &&
             f->parts[i + g.n].start == g.parts->start);
    return g;
}

/* The value that a group is now; NULL when nothing is left. */
static const cJSON *value_of(const struct group *g, struct bp_arena *a)
{
    cJSON *array;

    if (!g->left || !g->parts->element)
        return g->left ? g->parts->now : NULL;
    array = bp_json_array(a);
    for (size_t i = 0; i < g->n; i++) {
        const struct bp_docpart *part = &g->parts[i];

        if (!part->removed)
            bp_json_append(array, bp_json_copy(a, part->now ? part->now : part->doc));
    }
    return array;
}

/* In the layout of the text that it replaces. A file of one value is always written indented,
 * unless its name says that it holds lines. */
static void write_value(const struct bp_docfile *f, const struct group *g, const cJSON *value,
                        struct bp_str *out)
{
    size_t start = g->parts->start, end = g->parts->end;
    bool one_line = !memchr(f->text + start, '\n', end - start);

    if (f->lines || (f->nparts > g->n && one_line)) {
        bp_json_write(value, out);
    } else {
        bp_json_write_pretty(value, out);
        bp_str_cut(out, out->len - 1);
    }
}

/* Where the text behind a removed value goes on: after its line end. */
static size_t skip_line_end(const struct bp_docfile *f, size_t at)
{
    while (at < f->len && (f->text[at] == ' ' || f->text[at] == '\t' || f->text[at] == '\r'))
        at++;
    return at < f->len && f->text[at] == '\n' ? at + 1 : at;
}

static void write_json(const struct bp_docfile *f, struct bp_str *out)
{
    struct bp_arena a = BP_ARENA_INIT;
    size_t at = 0;

    for (size_t i = 0; i < f->nparts;) {
        struct group g = group_at(f, i);
        const cJSON *value = g.changed ? value_of(&g, &a) : NULL;

        i += g.n;
        if (!g.changed)
            continue;
        bp_str_add(out, f->text + at, g.parts->start - at);
        if (value)
            write_value(f, &g, value, out);
        at = value ? g.parts->end : skip_line_end(f, g.parts->end);
        bp_arena_reset(&a);
    }
    bp_str_add(out, f->text + at, f->len - at);
    if (out->len && out->s[out->len - 1] != '\n')
        bp_str_addc(out, '\n');
    bp_arena_release(&a);
}

/* A changed document: what stood above it, and the new text. */
static void write_yaml_part(const struct bp_docpart *part, const char *text, size_t len,
                            struct bp_str *out, bool *comments_lost)
{
    size_t head = bp_yaml_head(text, len);

    bp_str_add(out, text, head);
    if (bp_yaml_is_marked(text + head, len - head))
        bp_str_adds(out, "---\n");
    bp_yaml_write(part->now, out);
    if (bp_yaml_is_ended(text, len))
        bp_str_adds(out, "...\n");
    if (bp_yaml_has_comments(text, len, part->doc))
        *comments_lost = true;
}

static void write_yaml(const struct bp_docfile *f, struct bp_str *out, bool *comments_lost)
{
    bool open = false; /* a document was written and its end not marked */

    for (size_t i = 0; i < f->nparts; i++) {
        const struct bp_docpart *part = &f->parts[i];
        const char *text = f->text + part->start;
        size_t len = part->end - part->start;

        if (part->removed)
            continue;
        if (open && out->s[out->len - 1] != '\n')
            bp_str_addc(out, '\n');
        if (open && !bp_yaml_is_marked(text, len))
            bp_str_adds(out, "...\n");
        if (part->now)
            write_yaml_part(part, text, len, out, comments_lost);
        else
            bp_str_add(out, text, len);
        open = !bp_yaml_is_ended(text, len);
    }
}

void bp_docfile_write(const struct bp_docfile *f, struct bp_str *out, bool *comments_lost)
{
    *comments_lost = false;
    if (f->bom)
        bp_str_adds(out, "\xef\xbb\xbf");
    if (f->form == BP_DOCFILE_YAML)
        write_yaml(f, out, comments_lost);
    else
        write_json(f, out);
}

/* The next part from `*i` on that has something in it and stays. */
static const struct bp_docpart *next_left(const struct bp_docfile *f, size_t *i)
{
    while (*i < f->nparts) {
        const struct bp_docpart *part = &f->parts[(*i)++];

        if (part->doc && !part->removed)
            return part;
    }
    return NULL;
}

bool bp_docfile_verify(const struct bp_docfile *f, struct bp_arena *a, const char *path,
                       const struct bp_str *written)
{
    struct bp_docfile now = BP_DOCFILE_INIT;
    size_t i = 0, k = 0;
    bool same;

    /* One JSON value has no neighbours. */
    if (f->form == BP_DOCFILE_JSON && f->nparts == 1)
        return true;
    same = bp_docfile_parse(&now, a, written->s, written->len, path, NULL) == 0;
    while (same) {
        const struct bp_docpart *wanted = next_left(f, &i), *found = next_left(&now, &k);

        same = !wanted == !found;
        if (!wanted || !found)
            break;
        same = bp_json_equal(wanted->now ? wanted->now : wanted->doc, found->doc);
    }
    bp_docfile_release(&now);
    return same;
}
