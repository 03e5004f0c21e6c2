/* Collecting results. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "json/write.h"
#include "model/graph.h"
#include "render/render_impl.h"

void bp_render_names_add(struct bp_render_names *n, struct bp_identity id)
{
    n->ids = bp_grow(n->ids, &n->cap, n->count + 1, sizeof *n->ids);
    n->ids[n->count++] = id;
}

/* Many results are held at once: as text, and what is needed to put them in order. */
void bp_render_add(const struct bp_render_job *job, struct bp_identity id, cJSON *doc,
                   const char *depends_on)
{
    struct bp_render *r = job->r;
    struct bp_arena *a = &r->kept;
    struct bp_str text = BP_STR_INIT;
    struct bp_err e = BP_ERR_INIT;
    struct bp_render_result x = {
        .id = {bp_arena_strdup(a, id.kind), bp_arena_strdup(a, id.name)},
        .tombstone = bp_document_is_tombstone(doc),
        .depends_on = depends_on ? bp_arena_strdup(a, depends_on) : NULL,
        .pos = job->pos,
        .pointer = job->pointer ? bp_arena_strdup(a, job->pointer) : NULL,
    };

    if (bp_graph_wave_of(doc, &x.wave, &e) < 0)
        bp_diag_add_err(r->o->diags, "O004", &e);
    bp_json_sort(doc);
    bp_json_write(doc, &text);
    x.len = text.len;
    x.text = bp_arena_strndup(a, text.s, text.len);
    bp_str_release(&text);
    r->results = bp_grow(r->results, &r->cap, r->nresults + 1, sizeof *r->results);
    r->results[r->nresults++] = x;
    if (job->service_id && !bp_map_get(&r->services, job->service_id)) {
        const char *key = bp_arena_strdup(a, job->service_id);

        bp_map_put(&r->services, key, strlen(key))->value = r;
    }
}

/* ---- tombstones ---- */

static bool is_kept(const struct bp_render_names *kept, struct bp_identity id)
{
    for (size_t i = 0; kept && i < kept->count; i++)
        if (bp_identity_equal(kept->ids[i], id))
            return true;
    return false;
}

/* A tombstone tells which order it comes from, as a document does. */
static cJSON *tombstone_of(const struct bp_render_job *job, struct bp_identity id)
{
    struct bp_arena *a = &job->r->scratch;
    cJSON *doc = bp_document_tombstone(a, id);

    if (job->order->id)
        bp_document_annotate(a, doc, BP_ANN_ORDER_ID, job->order->id);
    bp_document_annotate(a, doc, BP_ANN_ORDER_ITEM, job->item->id);
    if (job->standing->specification)
        bp_document_annotate(a, doc, BP_ANN_SPECIFICATION, job->standing->specification);
    return doc;
}

void bp_render_bury(const struct bp_render_job *job, const struct bp_render_names *kept)
{
    for (const struct bp_standing *d = job->standing->documents; d; d = d->next) {
        if (!d->gone && !is_kept(kept, d->id))
            bp_render_add(job, d->id, tombstone_of(job, d->id), d->depends_on);
    }
}

/* ---- names of dependencies ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct words {
    const char **items;
    size_t count, cap;
};

static void split_names(struct bp_arena *arena, const char *kind, const char *list,
                        struct words *out)
{
    size_t nkind = strlen(kind);

    for (const char *p = list; p && *p;) {
        bool same;
        size_t len;
        size_t end;
        size_t skip;

        p += strspn(p, ", \t\n");
        len = strcspn(p, ",");
        end = len;
        while (end > 0 && strchr(" \t\n", p[end - 1]))
            end--;
        same = end > nkind && strncmp(p, kind, nkind) == 0 && p[nkind] == '/';
        skip = same ? nkind + 1 : 0;
        if (end > skip) {
            out->items = bp_grow(out->items, &out->cap, out->count + 1, sizeof *out->items);
            out->items[out->count++] = bp_arena_strndup(arena, p + skip, end - skip);
        }
        p += len;
    }
}

char *bp_render_merge_names(struct bp_arena *arena, const char *kind, const char *a, const char *b)
{
    struct words words = {0};
    struct bp_str out = BP_STR_INIT;
    char *text;

    split_names(arena, kind, a, &words);
    split_names(arena, kind, b, &words);
    if (words.count > 0)
        qsort(words.items, words.count, sizeof *words.items, by_text);
    for (size_t i = 0; i < words.count; i++)
        if (i == 0 || strcmp(words.items[i - 1], words.items[i]) != 0)
            bp_str_addf(&out, "%s%s", i > 0 ? "," : "", words.items[i]);
    text = out.len > 0 ? bp_arena_strndup(arena, out.s, out.len) : NULL;
    bp_str_release(&out);
    free(words.items);
    return text;
}
