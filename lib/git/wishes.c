/* What a stream asks for: see wishes.h. */
#include "git/wishes.h"

#include <string.h>

#include "json/write.h"

/* Kind, name and location become parts of a path. */
static bool is_fit(const cJSON *doc, struct bp_identity id, const char *location,
                   struct bp_diags *d)
{
    const char *problem = bp_name_problem(id.name);
    const cJSON *metadata = bp_json_get(doc, "metadata");

    if (problem) {
        bp_json_diag(d, BP_ERROR, "name", bp_json_get(metadata, "name"), "name '%s' %s", id.name,
                     problem);
        return false;
    }
    problem = bp_name_problem(id.kind);
    if (problem) {
        bp_json_diag(d, BP_ERROR, "name", bp_json_get(doc, "kind"), "kind '%s' %s", id.kind,
                     problem);
        return false;
    }
    problem = location ? bp_name_problem(location) : NULL;
    if (problem)
        bp_json_diag(d, BP_ERROR, "name", bp_json_get(metadata, "locationname"), "location '%s' %s",
                     location, problem);
    return !problem;
}

static struct bp_wish *copy_wish(struct bp_wishes *w, const cJSON *doc, struct bp_identity id,
                                 const char *location)
{
    struct bp_wish *wish = bp_arena_zalloc(&w->a, sizeof *wish);
    struct bp_str text = BP_STR_INIT;

    bp_json_write(doc, &text);
    wish->text = bp_arena_strndup(&w->a, text.s, text.len);
    wish->len = text.len;
    bp_str_release(&text);
    wish->id.kind = bp_arena_strdup(&w->a, id.kind);
    wish->id.name = bp_arena_strdup(&w->a, id.name);
    wish->location = location ? bp_arena_strdup(&w->a, location) : NULL;
    wish->tombstone = bp_document_is_tombstone(doc);
    wish->pos = bp_json_pos(doc);
    wish->from = bp_provenance_of(&w->a, doc);
    return wish;
}

void bp_wishes_add(struct bp_wishes *w, const cJSON *doc, struct bp_diags *d)
{
    struct bp_err err = BP_ERR_INIT;
    struct bp_map_entry *entry;
    struct bp_identity id;
    const char *location;
    char *key;

    if (bp_document_identity(doc, &id, &err)) {
        bp_diag_add_err(d, "document", &err);
        w->unfit++;
        return;
    }
    location = bp_json_get_text(bp_json_get(doc, "metadata"), "locationname");
    if (location && !*location)
        location = NULL;
    if (!is_fit(doc, id, location, d)) {
        w->unfit++;
        return;
    }
    key = bp_identity_text(&w->a, id);
    entry = bp_map_put(&w->by_id, key, strlen(key));
    if (entry->value) {
        const struct bp_wish *first = entry->value;

        bp_json_diag(d, BP_ERROR, "duplicate", doc, "'%s' comes a second time, first at %s:%u", key,
                     first->pos.file ? first->pos.file : "-", first->pos.line);
        w->duplicates++;
        return;
    }
    entry->value = copy_wish(w, doc, id, location);
}

void bp_wishes_release(struct bp_wishes *w)
{
    bp_map_release(&w->by_id);
    bp_arena_release(&w->a);
}

size_t bp_wishes_count(const struct bp_wishes *w)
{
    return w->by_id.count;
}

struct bp_wish *bp_wishes_at(const struct bp_wishes *w, size_t i)
{
    return w->by_id.entries[i].value;
}

struct bp_wish *bp_wishes_find(const struct bp_wishes *w, struct bp_identity id)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_wish *wish = bp_map_get(&w->by_id, bp_identity_text(&a, id));

    bp_arena_release(&a);
    return wish;
}
