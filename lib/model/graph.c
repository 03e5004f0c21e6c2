/* Dependencies into levels, in time linear in nodes and edges (but for sorting by wave): see
 * graph.h. */
#include "model/graph.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "json/number.h"

enum { CYCLE_SHOWN = 12 }; /* most documents of a cycle that a message names */

struct node {
    struct bp_identity id;
    const char *depends_on;
    int64_t wave;
    uint32_t first, count; /* its dependencies in `edges` */
    uint32_t level;
    uint32_t waiting; /* dependencies not yet placed; 0 once it is placed itself */
};

struct bp_graph {
    struct bp_arena arena;
    struct bp_map by_id; /* "kind\0name" to the node's number + 1 */
    struct node *nodes;
    size_t count, cap;
    uint32_t *edges;
    size_t nedges, edges_cap;
    uint32_t *sorted;
    struct bp_str key; /* the last one asked for */
};

struct bp_graph *bp_graph_new(void)
{
    struct bp_graph *g = bp_calloc(1, sizeof *g);

    g->key = (struct bp_str)BP_STR_INIT;
    return g;
}

void bp_graph_free(struct bp_graph *g)
{
    if (!g)
        return;
    bp_map_release(&g->by_id);
    bp_arena_release(&g->arena);
    bp_str_release(&g->key);
    free(g->nodes);
    free(g->edges);
    free(g->sorted);
    free(g);
}

/* ---- adding ---- */

void bp_dependency_key(const struct bp_dependency *d, struct bp_str *key)
{
    bp_str_clear(key);
    bp_str_add(key, d->kind, d->kind_len);
    bp_str_addc(key, '\0');
    bp_str_add(key, d->name, d->name_len);
}

struct bp_dependency bp_dependency_on(struct bp_identity id)
{
    return (struct bp_dependency){id.kind, id.name, strlen(id.kind), strlen(id.name)};
}

int bp_graph_add(struct bp_graph *g, struct bp_identity id, const char *depends_on, int64_t wave,
                 struct bp_err *e)
{
    const struct bp_dependency d = bp_dependency_on(id);
    struct bp_map_entry *entry;
    struct node *n;
    char *key;

    if (g->count >= INT32_MAX)
        return bp_err_set(e, BP_ELIMIT, "more documents than %d", INT32_MAX);
    bp_dependency_key(&d, &g->key);
    key = bp_arena_strndup(&g->arena, g->key.s, g->key.len);
    entry = bp_map_put(&g->by_id, key, g->key.len);
    if (entry->value)
        return bp_err_set(e, BP_ECONFLICT, "'%s/%s' is there twice", id.kind, id.name);
    entry->value = (void *)(uintptr_t)(g->count + 1);
    g->nodes = bp_grow(g->nodes, &g->cap, g->count + 1, sizeof *g->nodes);
    n = &g->nodes[g->count];
    *n = (struct node){.id = {key, key + d.kind_len + 1}, .wave = wave};
    n->depends_on = depends_on ? bp_arena_strdup(&g->arena, depends_on) : NULL;
    return (int)g->count++;
}

int bp_graph_wave_of(const cJSON *doc, int64_t *wave, struct bp_err *e)
{
    const cJSON *n = bp_json_path(doc, "metadata", "annotations", BP_ANN_WAVE, NULL);
    const char *text = bp_json_text(n);
    int64_t value;

    *wave = 0;
    if (!n)
        return 0;
    if (text && *text && strlen(text) == bp_number_scan(text, strlen(text)) &&
        bp_number_to_int64(text, &value))
        *wave = value;
    else if (!bp_json_int(n, wave))
        return bp_err_at(e, BP_EINPUT, bp_json_pos(n),
                         "annotation '" BP_ANN_WAVE "' must be an integer such as \"10\"");
    if (*wave < -BP_WAVE_MAX || *wave > BP_WAVE_MAX)
        return bp_err_at(e, BP_EINPUT, bp_json_pos(n),
                         "annotation '" BP_ANN_WAVE "' is %" PRId64 ", must lie within +-%" PRId64,
                         *wave, BP_WAVE_MAX);
    return 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool bp_dependency_next(const char **text, const char *own_kind, struct bp_dependency *d)
{
    while (*text && **text) {
        const char *s = *text;
        size_t len = strcspn(s, ",");
        const char *slash;

        *text = s + len + (s[len] == ',');
        while (len && is_blank(*s))
            s++, len--;
        while (len && is_blank(s[len - 1]))
            len--;
        if (!len)
            continue;
        slash = memchr(s, '/', len);
        *d = (struct bp_dependency){own_kind, s, strlen(own_kind), len};
        if (slash) {
            *d = (struct bp_dependency){s, slash + 1, (size_t)(slash - s), 0};
            d->name_len = len - d->kind_len - 1;
        }
        return true;
    }
    return false;
}

/* ---- ordering ---- */

/* Reads every node's text into `edges`. `seen` drops what one text names twice. */
static void resolve(struct bp_graph *g)
{
    uint32_t *seen = bp_calloc(g->count + 1, sizeof *seen);

    g->nedges = 0;
    for (size_t i = 0; i < g->count; i++) {
        struct node *n = &g->nodes[i];
        const char *text = n->depends_on;
        struct bp_dependency d;

        n->first = (uint32_t)g->nedges;
        while (bp_dependency_next(&text, n->id.kind, &d)) {
            const struct bp_map_entry *entry;
            uint32_t to;

            bp_dependency_key(&d, &g->key);
            entry = bp_map_find(&g->by_id, g->key.s, g->key.len);
            to = entry ? (uint32_t)((uintptr_t)entry->value - 1) : 0;
            if (!entry || seen[to] == i + 1)
                continue;
            seen[to] = (uint32_t)i + 1;
            g->edges = bp_grow(g->edges, &g->edges_cap, g->nedges + 1, sizeof *g->edges);
            g->edges[g->nedges++] = to;
        }
        n->count = n->waiting = (uint32_t)g->nedges - n->first;
    }
    free(seen);
}

/* The edges the other way round: those who wait for node i are users[start[i]] to
 * users[start[i + 1] - 1]. */
struct reverse {
    uint32_t *start, *users;
};

static struct reverse reverse_edges(const struct bp_graph *g)
{
    struct reverse r = {bp_calloc(g->count + 2, sizeof *r.start),
                        bp_calloc(g->nedges + 1, sizeof *r.users)};

    for (size_t i = 0; i < g->nedges; i++)
        r.start[g->edges[i] + 2]++;
    for (size_t i = 2; i < g->count + 2; i++)
        r.start[i] += r.start[i - 1];
    for (size_t i = 0; i < g->count; i++) {
        for (uint32_t k = 0; k < g->nodes[i].count; k++)
            r.users[r.start[g->edges[g->nodes[i].first + k] + 1]++] = (uint32_t)i;
    }
    return r;
}

/* Fills `sorted` so that everything comes behind what it depends on; returns how many nodes could
 * be placed: all of them unless there is a cycle. */
static size_t place_all(struct bp_graph *g)
{
    struct reverse r = reverse_edges(g);
    size_t placed = 0;

    for (size_t i = 0; i < g->count; i++) {
        if (g->nodes[i].waiting == 0)
            g->sorted[placed++] = (uint32_t)i;
    }
    for (size_t next = 0; next < placed; next++) {
        uint32_t n = g->sorted[next];

        for (uint32_t k = r.start[n]; k < r.start[n + 1]; k++) {
            if (--g->nodes[r.users[k]].waiting == 0)
                g->sorted[placed++] = r.users[k];
        }
    }
    free(r.start);
    free(r.users);
    return placed;
}

/* A dependency of `node` that still waits itself: there is one for every node that waits. */
static uint32_t waiting_dependency(const struct bp_graph *g, uint32_t node)
{
    const struct node *n = &g->nodes[node];
    uint32_t k = 0;

    while (k + 1 < n->count && g->nodes[g->edges[n->first + k]].waiting == 0)
        k++;
    return g->edges[n->first + k];
}

/* Every node that waits depends on another that waits, so walking along them must meet a node
 * again: that one lies on a cycle. */
static int report_cycle(const struct bp_graph *g, struct bp_err *e)
{
    struct bp_str path = BP_STR_INIT;
    bool *met = bp_calloc(g->count, sizeof *met);
    uint32_t start = 0, at;
    size_t shown = 0, length = 0;

    while (g->nodes[start].waiting == 0)
        start++;
    while (!met[start]) {
        met[start] = true;
        start = waiting_dependency(g, start);
    }
    at = start;
    do {
        if (++length <= CYCLE_SHOWN)
            bp_str_addf(&path, "%s/%s -> ", g->nodes[at].id.kind, g->nodes[at].id.name), shown++;
        at = waiting_dependency(g, at);
    } while (at != start);
    if (length > shown)
        bp_str_addf(&path, "(%zu more) -> ", length - shown);
    bp_err_set(e, BP_EINPUT, "dependency cycle: %s%s/%s", path.s, g->nodes[start].id.kind,
               g->nodes[start].id.name);
    bp_str_release(&path);
    free(met);
    return BP_EINPUT;
}

static int check_waves(const struct bp_graph *g, struct bp_err *e)
{
    for (size_t i = 0; i < g->count; i++) {
        const struct node *n = &g->nodes[i];

        for (uint32_t k = 0; k < n->count; k++) {
            const struct node *d = &g->nodes[g->edges[n->first + k]];

            if (d->wave > n->wave)
                return bp_err_set(e, BP_EINPUT,
                                  "'%s/%s' depends on '%s/%s', which comes in a later wave",
                                  n->id.kind, n->id.name, d->id.kind, d->id.name);
        }
    }
    return 0;
}

struct place {
    int64_t major;  /* wave, then level */
    uint32_t minor; /* position, then order of adding */
    uint32_t node;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->major != y->major)
        return x->major < y->major ? -1 : 1;
    return (x->minor > y->minor) - (x->minor < y->minor);
}

static void sort_places(struct bp_graph *g, struct place *places)
{
    qsort(places, g->count, sizeof *places, compare_places);
    for (size_t i = 0; i < g->count; i++)
        g->sorted[i] = places[i].node;
}

/* With nodes in order of wave, and behind their dependencies inside a wave, one pass gives levels.
 */
static void assign_levels(struct bp_graph *g)
{
    uint32_t floor = 0, top = 0; /* lowest level of this wave; first level that is free */

    for (size_t i = 0; i < g->count; i++) {
        struct node *n = &g->nodes[g->sorted[i]];

        if (i && n->wave != g->nodes[g->sorted[i - 1]].wave)
            floor = top;
        n->level = floor;
        for (uint32_t k = 0; k < n->count; k++) {
            uint32_t below = g->nodes[g->edges[n->first + k]].level + 1;

            if (below > n->level)
                n->level = below;
        }
        if (n->level >= top)
            top = n->level + 1;
    }
}

int bp_graph_order(struct bp_graph *g, struct bp_err *e)
{
    struct place *places;
    int rc;

    resolve(g);
    g->sorted = bp_realloc(g->sorted, g->count + 1, sizeof *g->sorted);
    if (place_all(g) < g->count)
        return report_cycle(g, e);
    if ((rc = check_waves(g, e)))
        return rc;
    places = bp_calloc(g->count + 1, sizeof *places);
    for (uint32_t i = 0; i < g->count; i++)
        places[i] = (struct place){g->nodes[g->sorted[i]].wave, i, g->sorted[i]};
    sort_places(g, places);
    assign_levels(g);
    for (uint32_t i = 0; i < g->count; i++)
        places[i] = (struct place){g->nodes[i].level, i, i};
    sort_places(g, places);
    free(places);
    return 0;
}

/* ---- looking ---- */

size_t bp_graph_count(const struct bp_graph *g)
{
    return g->count;
}

const uint32_t *bp_graph_sorted(const struct bp_graph *g)
{
    return g->sorted;
}

uint32_t bp_graph_level(const struct bp_graph *g, uint32_t node)
{
    return g->nodes[node].level;
}

const uint32_t *bp_graph_dependencies(const struct bp_graph *g, uint32_t node, size_t *n)
{
    *n = g->nodes[node].count;
    return *n ? &g->edges[g->nodes[node].first] : NULL;
}
