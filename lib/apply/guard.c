/* What a Change saw against what is live: see guard.h. */
#include "apply/guard.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "diff/states.h"
#include "json/pointer.h"

enum { SHOWN = 3 }; /* most pointers that a message names */

/* ---- where two documents differ ---- */

struct difference {
    struct bp_str path, list;
    size_t count;
};

static void note(struct difference *d)
{
    if (d->count++ < SHOWN)
        bp_str_addf(&d->list, "%s%s", d->count > 1 ? ", " : "", d->path.s);
}

static void walk(struct difference *d, const cJSON *x, const cJSON *y);

static void walk_elements(struct difference *d, const cJSON *x, const cJSON *y)
{
    size_t mark = d->path.len, i = 0;

    for (x = x->child, y = y->child; x || y; i++) {
        bp_pointer_add_index(&d->path, i);
        walk(d, x, y);
        bp_str_cut(&d->path, mark);
        x = x ? x->next : NULL;
        y = y ? y->next : NULL;
    }
}

/* Both objects are sorted, so that one step on either side is enough. */
static void walk_members(struct difference *d, const cJSON *x, const cJSON *y)
{
    size_t mark = d->path.len;

    for (x = x->child, y = y->child; x || y;) {
        int order = !x ? 1 : !y ? -1 : bp_json_key_order(x->string, y->string);

        bp_pointer_add(&d->path, order <= 0 ? x->string : y->string);
        walk(d, order <= 0 ? x : NULL, order >= 0 ? y : NULL);
        bp_str_cut(&d->path, mark);
        x = order <= 0 ? x->next : x;
        y = order >= 0 ? y->next : y;
    }
}

static void walk(struct difference *d, const cJSON *x, const cJSON *y)
{
    if (x && y && cJSON_IsObject(x) && cJSON_IsObject(y))
        walk_members(d, x, y);
    else if (x && y && cJSON_IsArray(x) && cJSON_IsArray(y))
        walk_elements(d, x, y);
    else if (!x || !y || !bp_json_equal(x, y))
        note(d);
}

/* "/spec/image, /spec/replicas and 4 more"; sorts both trees. */
static const char *describe(struct bp_arena *a, cJSON *x, cJSON *y)
{
    struct difference d = {BP_STR_INIT, BP_STR_INIT, 0};
    char *text;

    bp_json_sort(x);
    bp_json_sort(y);
    walk(&d, x, y);
    if (d.count > SHOWN)
        bp_str_addf(&d.list, " and %zu more", d.count - SHOWN);
    text = bp_arena_strndup(a, d.list.s, d.list.len);
    bp_str_release(&d.path);
    bp_str_release(&d.list);
    return text;
}

/* NULL when both have the same content, else where they differ. */
static const char *content_differs(struct bp_arena *a, const cJSON *x, const cJSON *y)
{
    cJSON *xs = bp_json_copy(a, x);
    cJSON *ys = bp_json_copy(a, y);

    bp_states_settle(xs, y);
    bp_states_settle(ys, x);
    return bp_json_equal(xs, ys) ? NULL : describe(a, xs, ys);
}

/* ---- the guard ---- */

static bool is_from_store(const cJSON *doc)
{
    return bp_document_id(doc) || bp_json_path(doc, "metadata", "generation", NULL);
}

/* NULL when `live` is still what was seen as `old`, else what has happened. A generation that moved
 * with what is ignored is none of ours. */
static const char *what_moved(struct bp_arena *a, const cJSON *old, const cJSON *live)
{
    const char *old_id = bp_document_id(old), *live_id = bp_document_id(live);
    int64_t seen = bp_document_generation(old), now = bp_document_generation(live);
    const char *where;

    if (old_id && (!live_id || strcmp(old_id, live_id) != 0))
        return "was deleted and made anew since the diff";
    where = content_differs(a, old, live);
    if (is_from_store(old) && seen != now && (where || bp_document_same_spec(old, live)))
        return bp_arena_printf(a, "has moved since the diff: generation %" PRId64 " -> %" PRId64,
                               seen, now);
    return where ? bp_arena_printf(a, "has changed since the diff at %s", where) : NULL;
}

enum bp_verdict bp_guard(struct bp_arena *a, const struct bp_change *c, const cJSON *live,
                         const char **why)
{
    const char *where = NULL;

    *why = NULL;
    if (!live) {
        if (c->action == BP_UPDATE)
            *why = "was deleted since the diff";
        return c->action == BP_CREATE ? BP_GO : c->action == BP_DELETE ? BP_SAME : BP_MOVED;
    }
    if (c->now) {
        where = content_differs(a, c->now, live);
        if (!where)
            return BP_SAME;
    }
    if (c->old)
        *why = what_moved(a, c->old, live);
    else
        *why = bp_arena_printf(a, "was made by others since the diff and differs at %s", where);
    return *why ? BP_MOVED : BP_GO;
}

/* ---- what to write ---- */

/* The container that `pointer` points into and, in `*token`, the last part of it, unescaped. */
static cJSON *container_of(struct bp_arena *a, const cJSON *root, const char *pointer,
                           const char **token)
{
    const char *slash = strrchr(pointer, '/');
    char *out, *name;

    if (!slash)
        return NULL;
    *token = name = out = bp_arena_strdup(a, slash + 1);
    for (const char *s = name; *s; s++) {
        bool escape = s[0] == '~' && (s[1] == '0' || s[1] == '1');

        *out++ = escape ? (s[1] == '0' ? '~' : '/') : *s;
        s += escape;
    }
    *out = '\0';
    return bp_pointer_get(root, bp_arena_strndup(a, pointer, (size_t)(slash - pointer)));
}

static bool is_ignored_by(const cJSON *doc, const char *pointer)
{
    struct bp_ignore i = bp_ignore_of(doc);
    bool found = false;

    while (!found && bp_ignore_next(&i))
        found = *i.pointer.s && bp_pointer_under(pointer, i.pointer.s);
    bp_ignore_release(&i);
    return found;
}

static bool is_end_of(const cJSON *list, const char *token)
{
    char end[24];

    snprintf(end, sizeof end, "%zu", bp_json_count(list));
    return strcmp(token, end) == 0;
}

/* Gives `doc` a value that it has not. What has no place in it, since the container is gone or is a
 * list that ends before, stays out. */
static void add_live(struct bp_arena *a, cJSON *doc, const char *pointer, const cJSON *value)
{
    const char *token = NULL;
    cJSON *container = container_of(a, doc, pointer, &token);

    if (cJSON_IsObject(container))
        bp_json_set(a, container, token, bp_json_copy(a, value));
    else if (cJSON_IsArray(container) && is_end_of(container, token))
        bp_json_append(container, bp_json_copy(a, value));
}

/* Gives `doc` the live value at `pointer`; where nothing is live and the live document ignores the
 * pointer too, it goes from `doc` as well. A list element stays: the pointers of the others would
 * no longer name the same ones. */
static void keep_live(struct bp_arena *a, cJSON *doc, const cJSON *live, const char *pointer)
{
    cJSON *mine = bp_pointer_get(doc, pointer);
    const cJSON *theirs = bp_pointer_get(live, pointer);

    if (mine && theirs) {
        bp_json_replace(mine, bp_json_copy(a, theirs));
    } else if (mine) {
        if (!cJSON_IsArray(bp_json_parent(mine)) && is_ignored_by(live, pointer))
            bp_json_unlink(mine);
    } else if (theirs) {
        add_live(a, doc, pointer, theirs);
    }
}

cJSON *bp_desired(struct bp_arena *a, const cJSON *now, const cJSON *live)
{
    struct bp_ignore i = bp_ignore_of(live ? now : NULL);
    cJSON *doc = bp_json_copy(a, now);

    while (bp_ignore_next(&i)) {
        if (bp_ignore_allowed(i.pointer.s))
            keep_live(a, doc, live, i.pointer.s);
    }
    bp_ignore_release(&i);
    bp_document_strip_server(doc);
    return doc;
}
