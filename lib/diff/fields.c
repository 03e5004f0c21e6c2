/* The walk down two documents: see fields.h. */
#include "diff/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "diff/align.h"
#include "diff/label.h"
#include "json/number.h"
#include "json/pointer.h"

/* Past these a list of fields helps nobody and costs a multiple of the documents. */
enum { FIELDS_MAX = 1 << 16, PATHS_MAX = 8 << 20 };

/* One step from a value down to a part of it; the chain of steps leads back to the document. */
struct step {
    const struct step *up;
    const char *member;  /* NULL in a list */
    const char *element; /* in a list matched by name: that name, else NULL */
    size_t old_index, now_index;
    bool secret; /* this step or one above it leads to a secret */
};

struct walk {
    struct bp_arena *arena;
    const struct bp_digest_key *key;
    struct bp_fields *out;
    struct bp_str path;
    size_t effort;   /* for aligning lists */
    size_t paths;    /* bytes of paths so far */
    int depth_max;   /* deeper values are compared as a whole */
    bool overflowed; /* a bound was reached: the result is not complete */
};

const char *bp_field_type_name(enum bp_field_type type)
{
    static const char *const names[] = {"added", "removed", "modified", "reordered"};

    return names[type];
}

/* ---- paths ---- */

static void add_path(const struct step *s, bool old, struct bp_str *out)
{
    if (!s)
        return;
    add_path(s->up, old, out);
    if (s->member)
        bp_pointer_add(out, s->member);
    else
        bp_pointer_add_index(out, old ? s->old_index : s->now_index);
}

static void add_label(const struct step *s, bool old, struct bp_str *out)
{
    if (!s)
        return;
    add_label(s->up, old, out);
    if (s->element)
        bp_label_add_element(out, s->element);
    else if (s->member)
        bp_label_add_member(out, s->member);
    else
        bp_label_add_index(out, old ? s->old_index : s->now_index);
}

static char *render(struct walk *w, void (*add)(const struct step *, bool, struct bp_str *),
                    const struct step *s, bool old)
{
    bp_str_clear(&w->path);
    add(s, old, &w->path);
    w->paths += w->path.len;
    return bp_arena_strndup(w->arena, w->path.s, w->path.len);
}

static void emit(struct walk *w, const struct step *s, enum bp_field_type type, const cJSON *old,
                 const cJSON *now)
{
    struct bp_fields *f = w->out;
    bool in_old = type == BP_FIELD_REMOVED;

    if ((w->paths > PATHS_MAX || f->count == FIELDS_MAX) && w->depth_max > 1) {
        w->overflowed = true;
        return;
    }
    f->items = bp_grow(f->items, &f->cap, f->count + 1, sizeof *f->items);
    f->items[f->count++] = (struct bp_field){
        .type = type,
        .path = render(w, add_path, s, in_old),
        .label = render(w, add_label, s, in_old),
        .old = old,
        .now = now,
        .secret = s && s->secret,
    };
}

/* ---- values ---- */

static void walk_value(struct walk *w, const struct step *up, const cJSON *old, const cJSON *now,
                       int depth);

static bool same_scalar(const cJSON *a, const cJSON *b)
{
    if (cJSON_IsString(a) && cJSON_IsString(b))
        return strcmp(a->valuestring, b->valuestring) == 0;
    if (cJSON_IsNumber(a) && cJSON_IsNumber(b))
        return bp_number_cmp(a->valuestring, b->valuestring) == 0;
    return (cJSON_IsNull(a) && cJSON_IsNull(b)) || (cJSON_IsTrue(a) && cJSON_IsTrue(b)) ||
           (cJSON_IsFalse(a) && cJSON_IsFalse(b));
}

/* The children of `n`, to be freed; `*count` says how many. */
static const cJSON **children(const cJSON *n, size_t *count)
{
    const cJSON **list;
    const cJSON *child;
    size_t i = 0;

    *count = bp_json_count(n);
    list = bp_alloc((*count + 1) * sizeof *list);
    cJSON_ArrayForEach(child, n)
    {
        list[i++] = child;
    }
    return list;
}

/* ---- objects: both sides sorted, then merged ---- */

static int by_name(const void *a, const void *b)
{
    const cJSON *const *x = a, *const *y = b;

    return bp_json_key_order((*x)->string, (*y)->string);
}

static const cJSON **sorted_members(const cJSON *object, size_t *count)
{
    const cJSON **list = children(object, count);

    qsort(list, *count, sizeof *list, by_name);
    return list;
}

/* The step to a member that is on one side or on both. */
static struct step member_step(const struct step *up, const cJSON *old, const cJSON *now)
{
    return (struct step){
        .up = up,
        .member = old ? old->string : now->string,
        .secret = (up && up->secret) || (old && bp_mask_is_secret(old)) ||
                  (now && bp_mask_is_secret(now)),
    };
}

static void walk_objects(struct walk *w, const struct step *up, const cJSON *old, const cJSON *now,
                         int depth)
{
    size_t nold, nnow;
    const cJSON **olds = sorted_members(old, &nold), **nows = sorted_members(now, &nnow);

    for (size_t i = 0, j = 0; (i < nold || j < nnow) && !w->overflowed;) {
        int order = i == nold   ? 1
                    : j == nnow ? -1
                                : bp_json_key_order(olds[i]->string, nows[j]->string);
        struct step s = member_step(up, order <= 0 ? olds[i] : NULL, order >= 0 ? nows[j] : NULL);

        if (order < 0)
            emit(w, &s, BP_FIELD_REMOVED, olds[i++], NULL);
        else if (order > 0)
            emit(w, &s, BP_FIELD_ADDED, NULL, nows[j++]);
        else
            walk_value(w, &s, olds[i++], nows[j++], depth + 1);
    }
    free(olds);
    free(nows);
}

/* ---- lists ---- */

/* Two lists and which element of the new one goes with which of the old one. */
struct pairing {
    const cJSON **old, **now;
    size_t nold, nnow;
    ptrdiff_t *match; /* for each new one: index in the old list, or -1 */
    bool named;
};

/* Indexes named objects by name; false when an element has none or two have the same one. */
static bool index_names(const cJSON *const *list, size_t n, struct bp_map *index)
{
    for (size_t i = 0; i < n; i++) {
        const char *name = bp_json_get_text(list[i], "name");
        struct bp_map_entry *entry;

        if (!name || !*name)
            return false;
        entry = bp_map_put(index, name, strlen(name));
        if (entry->value)
            return false;
        entry->value = (void *)(uintptr_t)(i + 1);
    }
    return true;
}

static bool match_by_name(struct pairing *p)
{
    struct bp_map olds = BP_MAP_INIT, nows = BP_MAP_INIT;
    bool named = index_names(p->old, p->nold, &olds) && index_names(p->now, p->nnow, &nows);

    for (size_t j = 0; named && j < p->nnow; j++) {
        uintptr_t index = (uintptr_t)bp_map_get(&olds, bp_json_get_text(p->now[j], "name"));

        p->match[j] = (ptrdiff_t)index - 1;
    }
    bp_map_release(&olds);
    bp_map_release(&nows);
    return named;
}

static void match_by_content(struct walk *w, struct pairing *p)
{
    uint64_t *a = bp_alloc((p->nold + 1) * sizeof *a);
    uint64_t *b = bp_alloc((p->nnow + 1) * sizeof *b);

    for (size_t i = 0; i < p->nold; i++)
        a[i] = bp_digest_sketch(w->key, p->old[i]);
    for (size_t j = 0; j < p->nnow; j++)
        b[j] = bp_digest_sketch(w->key, p->now[j]);
    bp_align(a, p->nold, b, p->nnow, false, &w->effort, p->match);
    free(a);
    free(b);
}

/* The step to element `i` of the old list or `j` of the new one, or both; -1 for a side that has
 * none. */
static struct step element_step(const struct step *up, const struct pairing *p, ptrdiff_t i,
                                ptrdiff_t j)
{
    const cJSON *n = j >= 0 ? p->now[j] : p->old[i];

    return (struct step){
        .up = up,
        .element = p->named ? bp_json_get_text(n, "name") : NULL,
        .old_index = (size_t)i,
        .now_index = (size_t)j,
        .secret = (up && up->secret) || (i >= 0 && bp_mask_is_secret(p->old[i])) ||
                  (j >= 0 && bp_mask_is_secret(p->now[j])),
    };
}

static void emit_removed_elements(struct walk *w, const struct step *up, const struct pairing *p)
{
    bool *kept = bp_calloc(p->nold + 1, sizeof *kept);

    for (size_t j = 0; j < p->nnow; j++) {
        if (p->match[j] >= 0)
            kept[p->match[j]] = true;
    }
    for (size_t i = 0; i < p->nold && !w->overflowed; i++) {
        struct step s = element_step(up, p, (ptrdiff_t)i, -1);

        if (!kept[i])
            emit(w, &s, BP_FIELD_REMOVED, p->old[i], NULL);
    }
    free(kept);
}

static cJSON *names_of(struct bp_arena *a, const cJSON *const *list, size_t n)
{
    cJSON *names = bp_json_array(a);

    for (size_t i = 0; i < n; i++)
        bp_json_append(names, bp_json_string(a, bp_json_get_text(list[i], "name")));
    return names;
}

/* Elements matched by name may have changed places; elements matched by content never cross. */
static void emit_reordered(struct walk *w, const struct step *up, const struct pairing *p)
{
    ptrdiff_t last = -1;

    for (size_t j = 0; j < p->nnow; j++) {
        if (p->match[j] >= 0 && p->match[j] < last) {
            emit(w, up, BP_FIELD_REORDERED, names_of(w->arena, p->old, p->nold),
                 names_of(w->arena, p->now, p->nnow));
            return;
        }
        if (p->match[j] >= 0)
            last = p->match[j];
    }
}

static void walk_lists(struct walk *w, const struct step *up, const cJSON *old, const cJSON *now,
                       int depth)
{
    struct pairing p = {0};

    p.old = children(old, &p.nold);
    p.now = children(now, &p.nnow);
    p.match = bp_alloc((p.nnow + 1) * sizeof *p.match);
    p.named = match_by_name(&p);
    if (!p.named)
        match_by_content(w, &p);
    emit_removed_elements(w, up, &p);
    if (p.named)
        emit_reordered(w, up, &p);
    for (size_t j = 0; j < p.nnow && !w->overflowed; j++) {
        ptrdiff_t i = p.match[j];
        struct step s = element_step(up, &p, i, (ptrdiff_t)j);

        if (i < 0)
            emit(w, &s, BP_FIELD_ADDED, NULL, p.now[j]);
        else
            walk_value(w, &s, p.old[i], p.now[j], depth + 1);
    }
    free(p.old);
    free(p.now);
    free(p.match);
}

static void walk_value(struct walk *w, const struct step *up, const cJSON *old, const cJSON *now,
                       int depth)
{
    bool deeper = depth < w->depth_max;

    if (deeper && cJSON_IsObject(old) && cJSON_IsObject(now))
        walk_objects(w, up, old, now, depth);
    else if (deeper && cJSON_IsArray(old) && cJSON_IsArray(now))
        walk_lists(w, up, old, now, depth);
    else if (deeper ? !same_scalar(old, now) : !bp_json_equal(old, now))
        emit(w, up, BP_FIELD_MODIFIED, old, now);
}

void bp_fields_diff(struct bp_arena *a, const struct bp_digest_key *key, const cJSON *old,
                    const cJSON *now, struct bp_fields *out)
{
    struct walk w = {
        .arena = a,
        .key = key,
        .out = out,
        .path = BP_STR_INIT,
        .effort = BP_ALIGN_EFFORT,
        .depth_max = BP_JSON_MAX_DEPTH + 1,
    };

    out->count = 0;
    walk_value(&w, NULL, old, now, 0);
    if (w.overflowed) {
        out->count = 0;
        w.overflowed = false;
        w.depth_max = 1;
        walk_value(&w, NULL, old, now, 0);
    }
    bp_str_release(&w.path);
}

void bp_fields_release(struct bp_fields *f)
{
    free(f->items);
    *f = (struct bp_fields){0};
}

/* ---- the JSON form ---- */

static cJSON *field_object(struct bp_arena *a, const struct bp_field *f, struct bp_mask *mask)
{
    cJSON *object = bp_json_object(a);

    bp_json_add(object, "path", bp_json_string(a, f->path));
    if (f->old)
        bp_json_add(object, "oldValue", bp_mask_copy(mask, a, f->old, f->secret));
    if (f->now)
        bp_json_add(object, "newValue", bp_mask_copy(mask, a, f->now, f->secret));
    bp_json_add(object, "type", bp_json_string(a, bp_field_type_name(f->type)));
    return object;
}

cJSON *bp_fields_object(struct bp_arena *a, const struct bp_fields *f, struct bp_mask *mask)
{
    cJSON *object = bp_json_object(a);
    cJSON *spec = bp_json_add(object, "specChanges", bp_json_array(a));
    cJSON *rest = bp_json_add(object, "metadataChanges", bp_json_array(a));

    for (size_t i = 0; i < f->count; i++) {
        bool in_spec = bp_pointer_under(f->items[i].path, "/spec");

        bp_json_append(in_spec ? spec : rest, field_object(a, &f->items[i], mask));
    }
    bp_json_add(object, "hasChanges", bp_json_bool(a, true));
    return object;
}
