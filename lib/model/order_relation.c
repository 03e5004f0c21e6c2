/* The relations of items and the order that they demand, O004: see order_reader.h. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "json/diag.h"
#include "model/order_reader.h"

enum { CYCLE_SHOWN = 20 };

/* ---- resolving ---- */

struct resolver {
    struct bp_order_reader *r;
    struct bp_map ids, uuids; /* -> entry */
    size_t *marked;           /* by entry: 1 + the last entry that was found to depend on it */
};

static void add_names(struct resolver *v)
{
    for (size_t i = 0; i < v->r->count; i++) {
        struct bp_order_entry *entry = &v->r->entries[i];
        const char *id = entry->item.id;
        struct bp_map_entry *slot;

        if (entry->uuid)
            bp_map_put(&v->uuids, entry->uuid, strlen(entry->uuid))->value = entry;
        if (!id)
            continue;
        slot = bp_map_put(&v->ids, id, strlen(id));
        if (slot->value) {
            const struct bp_order_entry *first = slot->value;

            bp_json_diag(v->r->d, BP_ERROR, "O001", bp_json_get(entry->item.node, "id"),
                         "item '%s' is there already, on line %u", id,
                         (unsigned)bp_json_pos(bp_json_get(first->item.node, "id")).line);
        } else {
            slot->value = entry;
        }
    }
}

static bool is_this_order(const struct resolver *v, const char *id)
{
    static const char *const names[] = {"id", "externalId", "uuid"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *own = bp_json_get_text(v->r->doc, names[i]);

        if (own && strcmp(own, id) == 0)
            return true;
    }
    return false;
}

/* The id of the item that a relation names: in `orderItem` as TMF641 has it, or beside the type. */
static const char *target_id(const struct resolver *v, const cJSON *relation)
{
    const cJSON *ref = bp_order_object(v->r, "O004", relation, "orderItem");
    const char *id = bp_order_text(v->r, "O004", ref, "itemId");
    const char *order;

    if (!ref) {
        id = bp_order_text(v->r, "O004", relation, "id");
        if (!id)
            bp_json_diag(v->r->d, BP_ERROR, "O004", relation, "the relation names no item");
        return id;
    }
    order = bp_order_text(v->r, "O004", ref, "serviceOrderId");
    if (order && !is_this_order(v, order)) {
        bp_json_diag(v->r->d, BP_ERROR, "O004", ref,
                     "depends on an item of another order, '%s'; only items of the same order can "
                     "be waited for",
                     order);
        return NULL;
    }
    if (!id)
        id = bp_order_text(v->r, "O004", ref, "id");
    if (!id)
        bp_json_diag(v->r->d, BP_ERROR, "O004", ref, "the relation names no item");
    return id;
}

static struct bp_order_entry *resolve(const struct resolver *v, const cJSON *relation)
{
    const char *id = target_id(v, relation);
    struct bp_order_entry *entry;

    if (!id)
        return NULL;
    entry = bp_map_get(&v->ids, id);
    if (!entry)
        entry = bp_map_get(&v->uuids, id);
    if (!entry)
        bp_json_diag(v->r->d, BP_ERROR, "O004", relation,
                     "depends on item '%s', which is not in the order", id);
    else if (entry->passed_over)
        bp_json_diag(v->r->d, BP_ERROR, "O004", relation, "depends on item '%s', which is '%s'", id,
                     entry->passed_over);
    return entry;
}

/* True when the relation says that one item waits for another. */
static bool is_dependency(const struct resolver *v, const cJSON *relation)
{
    const char *type;

    if (!cJSON_IsObject(relation)) {
        bp_json_diag(v->r->d, BP_ERROR, "O004", relation, "a relation must be an object, not %s",
                     bp_json_a_type(relation));
        return false;
    }
    type = bp_order_text(v->r, "O004", relation, "relationshipType");
    if (type && bp_order_word_equal(type, "dependency"))
        return true;
    if (type)
        bp_json_diag(v->r->d, BP_WARNING, "O004", bp_json_get(relation, "relationshipType"),
                     "relation '%s' is passed over: only 'dependency' puts items in order", type);
    else if (!bp_order_member(relation, "relationshipType") ||
             cJSON_IsString(bp_json_get(relation, "relationshipType")))
        bp_json_diag(v->r->d, BP_ERROR, "O004", relation, "the relation has no relationshipType");
    return false;
}

static void read_relations(struct resolver *v, size_t from, const cJSON *list)
{
    struct bp_order_item *item = &v->r->entries[from].item;
    const cJSON *relation;

    cJSON_ArrayForEach(relation, list)
    {
        const struct bp_order_entry *entry =
            is_dependency(v, relation) ? resolve(v, relation) : NULL;
        size_t to;

        if (!entry)
            continue;
        to = (size_t)(entry - v->r->entries);
        if (v->marked[to] == from + 1)
            continue;
        v->marked[to] = from + 1;
        item->dependencies[item->ndependencies++] = to;
    }
}

static void read_all_relations(struct bp_order_reader *r)
{
    struct resolver v = {.r = r, .marked = bp_calloc(r->count, sizeof *v.marked)};

    add_names(&v);
    for (size_t i = 0; i < r->count; i++) {
        struct bp_order_item *item = &r->entries[i].item;
        const cJSON *tmf, *osl;

        if (r->entries[i].passed_over)
            continue;
        tmf = bp_order_list(r, "O004", item->node, "serviceOrderItemRelationship");
        osl = bp_order_list(r, "O004", item->node, "orderItemRelationship");
        item->dependencies = bp_arena_alloc(r->a, (bp_json_count(tmf) + bp_json_count(osl)) *
                                                      sizeof *item->dependencies);
        read_relations(&v, i, tmf);
        read_relations(&v, i, osl);
    }
    bp_map_release(&v.ids);
    bp_map_release(&v.uuids);
    free(v.marked);
}

/* ---- ordering ---- */

/* Entries that nothing holds up any more; the one given first comes out first. */
struct heap {
    size_t *items;
    size_t count;
};

static void heap_put(struct heap *h, size_t item)
{
    size_t i = h->count++;

    for (; i > 0 && h->items[(i - 1) / 2] > item; i = (i - 1) / 2)
        h->items[i] = h->items[(i - 1) / 2];
    h->items[i] = item;
}

static size_t heap_take(struct heap *h)
{
    size_t top = h->items[0];
    size_t last = h->items[--h->count];
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;

        if (child + 1 < h->count && h->items[child + 1] < h->items[child])
            child++;
        if (child >= h->count || h->items[child] >= last)
            break;
        h->items[i] = h->items[child];
        i = child;
    }
    h->items[i] = last;
    return top;
}

/* Who depends on whom, the other way round: the dependents of entry i are
 * items[start[i]] to items[start[i + 1] - 1]. */
struct dependents {
    size_t *start, *items;
};

static struct dependents turn_round(const struct bp_order_reader *r)
{
    struct dependents d = {.start = bp_calloc(r->count + 2, sizeof *d.start)};

    for (size_t i = 0; i < r->count; i++) {
        for (size_t k = 0; k < r->entries[i].item.ndependencies; k++)
            d.start[r->entries[i].item.dependencies[k] + 2]++;
    }
    for (size_t i = 2; i < r->count + 2; i++)
        d.start[i] += d.start[i - 1];
    d.items = bp_calloc(d.start[r->count + 1], sizeof *d.items);
    for (size_t i = 0; i < r->count; i++) {
        for (size_t k = 0; k < r->entries[i].item.ndependencies; k++)
            d.items[d.start[r->entries[i].item.dependencies[k] + 1]++] = i;
    }
    return d;
}

/* Puts the entries that can come into `sorted`; how many. What is left lies on a cycle or behind
 * one. `waits` gets for each entry how many of its dependencies are left. */
static size_t sort_entries(const struct bp_order_reader *r, size_t *sorted, size_t *waits)
{
    struct dependents d = turn_round(r);
    struct heap ready = {.items = bp_calloc(r->count, sizeof *ready.items)};
    size_t n = 0;

    for (size_t i = 0; i < r->count; i++) {
        waits[i] = r->entries[i].item.ndependencies;
        if (waits[i] == 0)
            heap_put(&ready, i);
    }
    while (ready.count) {
        size_t i = sorted[n++] = heap_take(&ready);

        for (size_t k = d.start[i]; k < d.start[i + 1]; k++) {
            if (--waits[d.items[k]] == 0)
                heap_put(&ready, d.items[k]);
        }
    }
    free(ready.items);
    free(d.start);
    free(d.items);
    return n;
}

/* A dependency of `i` that is left too; there is one for every entry that is left. */
static size_t next_left(const struct bp_order_reader *r, const size_t *waits, size_t i)
{
    const size_t *dep = r->entries[i].item.dependencies;

    while (waits[*dep] == 0)
        dep++;
    return *dep;
}

/* "2 -> 3 -> 2", beginning with the entry given first; each waits for the next. */
static void report_cycle(const struct bp_order_reader *r, const size_t *waits, size_t on_cycle)
{
    struct bp_str text = BP_STR_INIT;
    size_t first = on_cycle, shown = 0, at;

    for (at = next_left(r, waits, on_cycle); at != on_cycle; at = next_left(r, waits, at))
        first = at < first ? at : first;
    at = first;
    do {
        if (shown++ < CYCLE_SHOWN)
            bp_str_addf(&text, "%s -> ", r->entries[at].item.id);
        at = next_left(r, waits, at);
    } while (at != first);
    if (shown > CYCLE_SHOWN)
        bp_str_addf(&text, "... %zu more ... -> ", shown - CYCLE_SHOWN);
    bp_str_adds(&text, r->entries[first].item.id);
    bp_json_diag(r->d, BP_ERROR, "O004", r->entries[first].item.node, "dependency cycle: %s",
                 text.s);
    bp_str_release(&text);
}

/* From every entry that is left there is one way to go on, which ends in a cycle: each cycle that
 * is met this way is told once. */
static void report_cycles(const struct bp_order_reader *r, const size_t *waits)
{
    size_t *walk = bp_calloc(r->count, sizeof *walk); /* 1 + where the walk came from */

    for (size_t i = 0; i < r->count; i++) {
        size_t at = i;

        if (waits[i] == 0)
            continue;
        for (; walk[at] == 0; at = next_left(r, waits, at))
            walk[at] = i + 1;
        if (walk[at] == i + 1)
            report_cycle(r, waits, at);
    }
    free(walk);
}

/* Makes the order's items of the sorted entries, and dependencies indexes into them. */
static void make_sorted(struct bp_order_reader *r, const size_t *sorted, size_t *place)
{
    struct bp_order *order = r->order;

    for (size_t i = 0; i < r->count; i++) {
        struct bp_order_entry *entry = &r->entries[sorted[i]];

        if (entry->passed_over)
            continue;
        for (size_t k = 0; k < entry->item.ndependencies; k++)
            entry->item.dependencies[k] = place[entry->item.dependencies[k]];
        place[sorted[i]] = order->nitems;
        order->items[order->nitems++] = entry->item;
    }
}

/* There is no order among items that wait for each other: they come as they are given. */
static void make_unsorted(struct bp_order_reader *r)
{
    struct bp_order *order = r->order;

    for (size_t i = 0; i < r->count; i++) {
        if (r->entries[i].passed_over)
            continue;
        order->items[order->nitems] = r->entries[i].item;
        order->items[order->nitems++].ndependencies = 0;
    }
}

void bp_order_make_items(struct bp_order_reader *r)
{
    size_t *sorted = bp_calloc(r->count, sizeof *sorted);
    size_t *waits = bp_calloc(r->count, sizeof *waits);

    r->order->items = bp_arena_alloc(r->a, r->count * sizeof *r->order->items);
    read_all_relations(r);
    if (sort_entries(r, sorted, waits) < r->count) {
        report_cycles(r, waits);
        make_unsorted(r);
    } else {
        make_sorted(r, sorted, waits);
    }
    free(sorted);
    free(waits);
}
