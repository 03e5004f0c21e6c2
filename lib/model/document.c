/* Documents: identity, annotations, what the far side sets: see document.h. */
#include "model/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"
#include "json/pointer.h"

enum { NAME_MAX_LEN = 253 };

/* ---- identity ---- */

/* ColonyOS writes a definition without `kind`, or with an empty one. */
static bool is_bare_definition(const cJSON *doc)
{
    const cJSON *kind = bp_json_get(doc, "kind");
    const char *text = bp_json_text(kind);

    if (kind && !(text && !*text))
        return false;
    return cJSON_IsObject(bp_json_path(doc, "spec", "names", NULL));
}

bool bp_document_is_definition(const cJSON *doc)
{
    const char *kind = bp_json_get_text(doc, "kind");

    return is_bare_definition(doc) || (kind && strcmp(kind, BP_KIND_DEFINITION) == 0);
}

/* The text of member `name` of `obj`, which messages call `what`. */
static int identity_text(const cJSON *obj, const char *name, const char *what, const char **out,
                         struct bp_err *e)
{
    const cJSON *n = bp_json_get(obj, name);

    if (!n)
        return bp_err_at(e, BP_EINPUT, bp_json_pos(obj), "the document has no '%s'", what);
    if (!cJSON_IsString(n))
        return bp_err_at(e, BP_EINPUT, bp_json_pos(n), "'%s' is %s, must be a string", what,
                         bp_json_a_type(n));
    *out = bp_json_text(n);
    if (!**out)
        return bp_err_at(e, BP_EINPUT, bp_json_pos(n), "'%s' is empty", what);
    return 0;
}

int bp_document_identity(const cJSON *doc, struct bp_identity *id, struct bp_err *e)
{
    const cJSON *metadata = bp_json_get(doc, "metadata");
    int rc;

    *id = (struct bp_identity){0};
    if (!cJSON_IsObject(doc))
        return bp_err_at(e, BP_EINPUT, bp_json_pos(doc), "a document must be an object, not %s",
                         bp_json_a_type(doc));
    if (is_bare_definition(doc))
        id->kind = BP_KIND_DEFINITION;
    else if ((rc = identity_text(doc, "kind", "kind", &id->kind, e)))
        return rc;
    if (!metadata)
        return bp_err_at(e, BP_EINPUT, bp_json_pos(doc), "the document has no 'metadata'");
    if (!cJSON_IsObject(metadata))
        return bp_err_at(e, BP_EINPUT, bp_json_pos(metadata), "'metadata' is %s, must be an object",
                         bp_json_a_type(metadata));
    return identity_text(metadata, "name", "metadata.name", &id->name, e);
}

char *bp_identity_text(struct bp_arena *a, struct bp_identity id)
{
    return bp_arena_printf(a, "%s/%s", id.kind, id.name);
}

static int brief_length(const char *s)
{
    size_t n = strlen(s);

    return (int)(n > NAME_MAX_LEN ? bp_utf8_cut(s, NAME_MAX_LEN) : n);
}

char *bp_identity_brief(struct bp_arena *a, struct bp_identity id)
{
    int kind = brief_length(id.kind), name = brief_length(id.name);

    return bp_arena_printf(a, "%.*s%s/%.*s%s", kind, id.kind, id.kind[kind] ? "..." : "", name,
                           id.name, id.name[name] ? "..." : "");
}

bool bp_identity_equal(struct bp_identity a, struct bp_identity b)
{
    return strcmp(a.name, b.name) == 0 && strcmp(a.kind, b.kind) == 0;
}

/* ---- tombstones ---- */

bool bp_document_is_tombstone(const cJSON *doc)
{
    return cJSON_IsTrue(bp_json_get(doc, "deleted"));
}

cJSON *bp_document_tombstone(struct bp_arena *a, struct bp_identity id)
{
    cJSON *doc = bp_json_object(a);
    cJSON *metadata = bp_json_object(a);

    bp_json_add(doc, "kind", bp_json_string(a, id.kind));
    bp_json_add(metadata, "name", bp_json_string(a, id.name));
    bp_json_add(doc, "metadata", metadata);
    bp_json_add(doc, "deleted", bp_json_bool(a, true));
    return doc;
}

/* ---- annotations and labels ---- */

const char *bp_document_annotation(const cJSON *doc, const char *name)
{
    return bp_json_get_text(bp_json_path(doc, "metadata", "annotations", NULL), name);
}

const char *bp_document_label(const cJSON *doc, const char *name)
{
    return bp_json_get_text(bp_json_path(doc, "metadata", "labels", NULL), name);
}

/* Member `name` of `obj`, made an object when it is none. */
static cJSON *object_member(struct bp_arena *a, cJSON *obj, const char *name)
{
    cJSON *n = bp_json_get(obj, name);

    return cJSON_IsObject(n) ? n : bp_json_set(a, obj, name, bp_json_object(a));
}

void bp_document_annotate(struct bp_arena *a, cJSON *doc, const char *name, const char *value)
{
    cJSON *metadata = object_member(a, doc, "metadata");

    bp_json_set_string(a, object_member(a, metadata, "annotations"), name, value);
}

const char *bp_document_id(const cJSON *doc)
{
    const char *id = bp_json_get_text(doc, "blueprintid");

    if (!id || !*id)
        id = bp_json_get_text(doc, "blueprintdefinitionid");
    return id && *id ? id : NULL;
}

int64_t bp_document_generation(const cJSON *doc)
{
    int64_t generation = 0;

    if (!bp_json_int(bp_json_path(doc, "metadata", "generation", NULL), &generation))
        return 0;
    return generation;
}

/* ---- what is left when the far side's own is taken out ---- */

bool bp_ignore_allowed(const char *pointer)
{
    static const char *const keep[] = {"", "/kind", "/metadata", "/metadata/name"};

    for (size_t i = 0; i < sizeof keep / sizeof *keep; i++) {
        if (strcmp(pointer, keep[i]) == 0)
            return false;
    }
    return bp_pointer_valid(pointer);
}

struct node_list {
    cJSON **items;
    size_t count, cap;
};

/* Adds the node that `pointer` names in `doc`, if there is one and it may be ignored. */
static void add_ignored(struct node_list *l, const cJSON *doc, const char *pointer)
{
    cJSON *n = bp_ignore_allowed(pointer) ? bp_pointer_get(doc, pointer) : NULL;

    if (!n)
        return;
    l->items = bp_grow(l->items, &l->cap, l->count + 1, sizeof *l->items);
    l->items[l->count++] = n;
}

struct bp_ignore bp_ignore_of(const cJSON *doc)
{
    const char *list = bp_document_annotation(doc, BP_ANN_IGNORE);

    return (struct bp_ignore){.pointer = BP_STR_INIT,
                              .rest = list ? list : "",
                              .pointers = BP_IGNORE_MAX,
                              .bytes = BP_IGNORE_BYTES_MAX};
}

bool bp_ignore_next(struct bp_ignore *i)
{
    const char *s = i->rest;
    size_t n = strcspn(s, ","), whole = n + (s[n] == ',');

    if (!*s || !i->pointers || whole > i->bytes)
        return false;
    i->pointers--;
    i->bytes -= whole;
    i->rest = s + whole;
    while (n && (*s == ' ' || *s == '\t'))
        s++, n--;
    while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        n--;
    bp_str_clear(&i->pointer);
    bp_str_add(&i->pointer, s, n);
    return true;
}

void bp_ignore_release(struct bp_ignore *i)
{
    bp_str_release(&i->pointer);
}

/* Collects what the pointers of the bp/ignore of `by` (may be NULL) name in `doc`. */
static void collect_ignored(struct node_list *l, const cJSON *doc, const cJSON *by)
{
    struct bp_ignore i = bp_ignore_of(by);

    while (bp_ignore_next(&i))
        add_ignored(l, doc, i.pointer.s);
    bp_ignore_release(&i);
}

/* All pointers are resolved before the first node goes: taking an element out of a list would move
 * the ones behind it. A node that two pointers name is gone the second time. */
static void strip_ignored(cJSON *doc, const cJSON *also)
{
    const char *own = bp_document_annotation(doc, BP_ANN_IGNORE);
    const char *other = bp_document_annotation(also, BP_ANN_IGNORE);
    struct node_list l = {0};

    collect_ignored(&l, doc, doc);
    if (other && !(own && strcmp(own, other) == 0))
        collect_ignored(&l, doc, also);
    for (size_t i = 0; i < l.count; i++) {
        if (bp_json_parent(l.items[i]))
            bp_json_unlink(l.items[i]);
    }
    free(l.items);
}

void bp_document_strip_server(cJSON *doc)
{
    static const char *const top[] = {"blueprintid", "blueprintdefinitionid", "status"};
    static const char *const meta[] = {"generation", "createdAt", "updatedAt",
                                       "lastReconciliationProcess", "lastReconciliationTime"};
    cJSON *metadata = bp_json_get(doc, "metadata");

    for (size_t i = 0; i < sizeof top / sizeof *top; i++)
        bp_json_remove(doc, top[i]);
    for (size_t i = 0; i < sizeof meta / sizeof *meta; i++)
        bp_json_remove(metadata, meta[i]);
}

void bp_document_strip(cJSON *doc, const cJSON *also)
{
    strip_ignored(doc, also);
    bp_document_strip_server(doc);
}

bool bp_document_is_blank(const cJSON *n)
{
    return !n || cJSON_IsNull(n) || (cJSON_IsObject(n) && !n->child);
}

bool bp_document_same_spec(const cJSON *a, const cJSON *b)
{
    const cJSON *x = bp_json_get(a, "spec"), *y = bp_json_get(b, "spec");

    return (bp_document_is_blank(x) && bp_document_is_blank(y)) || (x && y && bp_json_equal(x, y));
}

/* ---- names ---- */

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *bp_name_problem(const char *name)
{
    size_t len = strlen(name);

    if (!len)
        return "is empty";
    if (!is_alnum(name[0]))
        return "must begin with a letter or a digit";
    for (size_t i = 0; i < len; i++) {
        if (!is_alnum(name[i]) && !strchr("._-", name[i]))
            return "may hold only letters, digits, '.', '_' and '-'";
    }
    if (len > NAME_MAX_LEN)
        return "is longer than 253 characters";
    return NULL;
}
