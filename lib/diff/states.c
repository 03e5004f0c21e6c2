/* Comparing states document by document: see states.h. */
#include "diff/states.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "json/diag.h"
#include "json/read.h"
#include "json/write.h"

/* What is kept of a document. */
struct entry {
    const char *kind, *name;
    char *text; /* the old document, compact, without status; NULL when it is not there */
    size_t len;
    struct bp_digest digest;        /* of what is left of it when settled */
    struct bp_pos old_pos, new_pos; /* where it was read */
    bool in_old, in_new;
};

struct bp_states {
    struct bp_diags *diags;
    bp_states_fn *fn;
    void *ctx;
    struct bp_digest_key key;
    struct bp_arena arena; /* entries, keys and texts */
    struct bp_map entries; /* "kind\0name" -> struct entry */
    struct bp_str text;    /* of the document at hand */
    struct bp_fields fields;
    struct bp_states_count count;
};

struct bp_states *bp_states_new(struct bp_diags *diags, bp_states_fn *fn, void *ctx)
{
    struct bp_states *s = bp_calloc(1, sizeof *s);

    s->diags = diags;
    s->fn = fn;
    s->ctx = ctx;
    s->text = (struct bp_str)BP_STR_INIT;
    bp_digest_key_init(&s->key);
    return s;
}

void bp_states_free(struct bp_states *s)
{
    if (!s)
        return;
    bp_map_release(&s->entries);
    bp_arena_release(&s->arena);
    bp_str_release(&s->text);
    bp_fields_release(&s->fields);
    free(s);
}

const struct bp_states_count *bp_states_counts(const struct bp_states *s)
{
    return &s->count;
}

/* ---- what is no difference ---- */

static void remove_empty(cJSON *obj, const char *name)
{
    cJSON *n = bp_json_get(obj, name);

    if (n && (bp_document_is_blank(n) || (cJSON_IsString(n) && !*n->valuestring)))
        bp_json_unlink(n);
}

void bp_states_settle(cJSON *doc, const cJSON *also)
{
    cJSON *metadata = bp_json_get(doc, "metadata");

    bp_document_strip(doc, also);
    bp_json_remove(doc, "kind");
    remove_empty(doc, "spec");
    bp_json_remove(bp_json_get(metadata, "annotations"), BP_ANN_SOURCE_COMMIT);
    remove_empty(metadata, "annotations");
    remove_empty(metadata, "labels");
    remove_empty(metadata, "locationname");
}

/* ---- entries ---- */

/* The entry of an identity, made when it is new. */
static struct entry *entry_of(struct bp_states *s, struct bp_identity id)
{
    struct bp_map_entry *slot;
    struct entry *entry;
    char *key;

    bp_str_clear(&s->text);
    bp_str_add(&s->text, id.kind, strlen(id.kind) + 1);
    bp_str_adds(&s->text, id.name);
    slot = bp_map_find(&s->entries, s->text.s, s->text.len);
    if (slot)
        return slot->value;
    key = bp_arena_strndup(&s->arena, s->text.s, s->text.len);
    entry = bp_arena_zalloc(&s->arena, sizeof *entry);
    entry->kind = key;
    entry->name = key + strlen(id.kind) + 1;
    bp_map_put(&s->entries, key, s->text.len)->value = entry;
    return entry;
}

/* NULL, and a finding, when the document has no identity or its identity was there before. */
static struct entry *take_document(struct bp_states *s, const cJSON *doc, bool new)
{
    struct bp_identity id;
    struct bp_err e = BP_ERR_INIT;
    struct entry *entry;
    struct bp_pos *pos;
    bool *seen;

    if (bp_document_identity(doc, &id, &e)) {
        bp_diag_add_err(s->diags, "identity", &e);
        return NULL;
    }
    entry = entry_of(s, id);
    pos = new ? &entry->new_pos : &entry->old_pos;
    seen = new ? &entry->in_new : &entry->in_old;
    if (*seen) {
        bp_json_diag(s->diags, BP_ERROR, "duplicate-document", doc,
                     "'%s/%s' is twice in the %s state; the first is at %s:%u", id.kind, id.name,
                     new ? "new" : "old", pos->file ? pos->file : "?", pos->line);
        return NULL;
    }
    *seen = true;
    *pos = bp_json_pos(doc);
    return entry;
}

static struct bp_identity identity_of(const struct entry *entry)
{
    return (struct bp_identity){.kind = entry->kind, .name = entry->name};
}

int bp_states_add_old(void *states, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    struct bp_states *s = states;
    struct entry *entry = take_document(s, doc, false);

    (void)a;
    (void)e;
    if (!entry || bp_document_is_tombstone(doc))
        return 0;
    bp_json_remove(doc, "status");
    bp_str_clear(&s->text);
    bp_json_write(doc, &s->text);
    entry->text = bp_arena_strndup(&s->arena, s->text.s, s->text.len);
    entry->len = s->text.len;
    bp_states_settle(doc, NULL);
    entry->digest = bp_digest_tree(&s->key, doc);
    return 0;
}

/* ---- changes ---- */

static int report(struct bp_states *s, struct bp_arena *a, struct bp_change *c, struct bp_err *e)
{
    size_t *counts[] = {
        [BP_CREATE] = &s->count.creates,
        [BP_UPDATE] = &s->count.updates,
        [BP_DELETE] = &s->count.deletes,
        [BP_NOOP] = &s->count.unchanged,
    };

    ++*counts[c->action];
    return s->fn(s->ctx, a, c, &s->fields, e);
}

static int report_plain(struct bp_states *s, struct bp_arena *a, const struct entry *entry,
                        enum bp_action action, cJSON *old, cJSON *now, struct bp_err *e)
{
    struct bp_change c = {.action = action, .id = identity_of(entry), .old = old, .now = now};

    s->fields.count = 0;
    return report(s, a, &c, e);
}

static cJSON *settled_copy(struct bp_arena *a, const cJSON *doc, const cJSON *also)
{
    cJSON *copy = bp_json_copy(a, doc);

    bp_states_settle(copy, also);
    return copy;
}

/* Both documents again, as trees: only for those whose digests differ. */
static int compare_fields(struct bp_states *s, struct bp_arena *a, const struct entry *entry,
                          struct bp_err *e)
{
    struct bp_change c = {.action = BP_UPDATE, .id = identity_of(entry)};

    c.old = bp_json_parse(a, entry->text, entry->len, entry->old_pos.file, e);
    c.now = c.old ? bp_json_parse(a, s->text.s, s->text.len, entry->new_pos.file, e) : NULL;
    if (!c.now)
        return bp_err_wrap(e, "comparing '%s/%s'", entry->kind, entry->name);
    bp_fields_diff(a, &s->key, settled_copy(a, c.old, c.now), settled_copy(a, c.now, c.old),
                   &s->fields);
    if (s->fields.count == 0)
        return report_plain(s, a, entry, BP_NOOP, NULL, NULL, e);
    return report(s, a, &c, e);
}

static int report_delete(struct bp_states *s, struct bp_arena *a, const struct entry *entry,
                         struct bp_err *e)
{
    cJSON *old = bp_json_parse(a, entry->text, entry->len, entry->old_pos.file, e);

    if (!old)
        return bp_err_wrap(e, "deleting '%s/%s'", entry->kind, entry->name);
    return report_plain(s, a, entry, BP_DELETE, old, NULL, e);
}

int bp_states_add_new(void *states, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    struct bp_states *s = states;
    struct entry *entry = take_document(s, doc, true);

    if (!entry)
        return 0;
    if (bp_document_is_tombstone(doc))
        return entry->text ? report_delete(s, a, entry, e)
                           : report_plain(s, a, entry, BP_NOOP, NULL, NULL, e);
    bp_json_remove(doc, "status");
    if (!entry->text)
        return report_plain(s, a, entry, BP_CREATE, NULL, doc, e);
    bp_str_clear(&s->text);
    bp_json_write(doc, &s->text);
    if (s->text.len == entry->len && memcmp(s->text.s, entry->text, entry->len) == 0)
        return report_plain(s, a, entry, BP_NOOP, NULL, NULL, e);
    bp_states_settle(doc, NULL);
    if (bp_digest_equal(bp_digest_tree(&s->key, doc), entry->digest))
        return report_plain(s, a, entry, BP_NOOP, NULL, NULL, e);
    return compare_fields(s, a, entry, e);
}

/* ---- pruning ---- */

static int by_identity(const void *a, const void *b)
{
    const struct entry *const *x = a, *const *y = b;
    int order = strcmp((*x)->kind, (*y)->kind);

    return order ? order : strcmp((*x)->name, (*y)->name);
}

static int prune_one(struct bp_states *s, struct bp_arena *a, const struct entry *entry,
                     struct bp_err *e)
{
    cJSON *old = bp_json_parse(a, entry->text, entry->len, entry->old_pos.file, e);
    const char *prune = bp_document_annotation(old, BP_ANN_PRUNE);

    if (!old)
        return bp_err_wrap(e, "pruning '%s/%s'", entry->kind, entry->name);
    if (prune && strcmp(prune, "keep") == 0) {
        s->count.kept++;
        return 0;
    }
    return report_plain(s, a, entry, BP_DELETE, old, NULL, e);
}

int bp_states_prune(struct bp_states *s, struct bp_err *e)
{
    const struct entry **gone = bp_alloc((s->entries.count + 1) * sizeof *gone);
    struct bp_arena a = BP_ARENA_INIT;
    size_t n = 0;
    int rc = 0;

    for (size_t i = 0; i < s->entries.count; i++) {
        const struct entry *entry = s->entries.entries[i].value;

        if (entry->text && !entry->in_new)
            gone[n++] = entry;
    }
    qsort(gone, n, sizeof *gone, by_identity);
    for (size_t i = 0; i < n && rc >= 0; i++) {
        rc = prune_one(s, &a, gone[i], e);
        bp_arena_reset(&a);
    }
    bp_arena_release(&a);
    free(gone);
    return rc;
}
