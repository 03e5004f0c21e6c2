/* Patches over documents: see site.h. */
#include <fnmatch.h>
#include <string.h>

#include "base/map.h"
#include "json/input.h"
#include "model/document.h"
#include "render/site.h"

/* ---- merging ---- */

/* True when the list is one of objects with distinct names; `names` gets them. */
static bool is_named_list(const cJSON *list, struct bp_map *names)
{
    const cJSON *element;

    if (!cJSON_IsArray(list))
        return false;
    cJSON_ArrayForEach(element, list)
    {
        const char *name = bp_json_get_text(element, "name");
        struct bp_map_entry *entry = name ? bp_map_put(names, name, strlen(name)) : NULL;

        if (!entry || entry->value)
            return false;
        entry->value = (void *)(uintptr_t)element;
    }
    return true;
}

static bool is_removal(const cJSON *patch)
{
    return cJSON_IsTrue(bp_json_get(patch, "$remove"));
}

static void merge_element(struct bp_arena *a, cJSON *list, const struct bp_map *names,
                          const cJSON *patch)
{
    cJSON *old = bp_map_get(names, bp_json_get_text(patch, "name"));

    if (is_removal(patch)) {
        if (old)
            bp_json_unlink(old);
    } else if (old) {
        /* An object stays where it is: the merge works on it in place. */
        bp_overlay_merge(a, old, patch);
    } else {
        bp_json_append(list, bp_overlay_merge(a, NULL, patch));
    }
}

/* A list that takes the place of another, or of none: there is nothing to take out. */
static cJSON *new_list(struct bp_arena *a, const cJSON *patch)
{
    cJSON *list = bp_json_array(a);
    const cJSON *element;

    bp_json_set_pos(list, patch);
    cJSON_ArrayForEach(element, patch)
    {
        if (!is_removal(element))
            bp_json_append(list, bp_json_copy(a, element));
    }
    return list;
}

static cJSON *merge_list(struct bp_arena *a, cJSON *target, const cJSON *patch)
{
    struct bp_map old = BP_MAP_INIT, new = BP_MAP_INIT;
    const cJSON *element;
    cJSON *result = target;

    if (target && is_named_list(target, &old) && is_named_list(patch, &new)) {
        cJSON_ArrayForEach(element, patch)
        {
            merge_element(a, target, &old, element);
        }
    } else {
        result = new_list(a, patch);
    }
    bp_map_release(&old);
    bp_map_release(&new);
    return result;
}

static void merge_member(struct bp_arena *a, cJSON *target, const cJSON *patch)
{
    cJSON *old = bp_json_get(target, patch->string);
    cJSON *made;

    if (cJSON_IsNull(patch)) {
        bp_json_remove(target, patch->string);
        return;
    }
    made = bp_overlay_merge(a, old, patch);
    if (!old)
        bp_json_add(target, bp_arena_strdup(a, patch->string), made);
    else if (made != old)
        bp_json_replace(old, made);
}

cJSON *bp_overlay_merge(struct bp_arena *a, cJSON *target, const cJSON *patch)
{
    const cJSON *m;

    if (cJSON_IsArray(patch))
        return merge_list(a, target, patch);
    if (!cJSON_IsObject(patch))
        return bp_json_copy(a, patch);
    if (!cJSON_IsObject(target)) {
        target = bp_json_object(a);
        bp_json_set_pos(target, patch);
    }
    cJSON_ArrayForEach(m, patch)
    {
        merge_member(a, target, m);
    }
    return target;
}

/* ---- matching ---- */

static bool labels_match(const cJSON *doc, const cJSON *labels)
{
    const cJSON *l;

    cJSON_ArrayForEach(l, labels)
    {
        const char *have = bp_document_label(doc, l->string);

        if (!have || !cJSON_IsString(l) || strcmp(have, l->valuestring) != 0)
            return false;
    }
    return true;
}

static bool matches(const cJSON *doc, struct bp_identity id, const cJSON *match)
{
    const char *kind = bp_json_get_text(match, "kind");
    const char *name = bp_json_get_text(match, "name");

    return (!kind || strcmp(kind, id.kind) == 0) && (!name || fnmatch(name, id.name, 0) == 0) &&
           labels_match(doc, bp_json_get(match, "labels"));
}

static cJSON *lay_over(struct bp_arena *a, cJSON *doc, const cJSON *overlay,
                       const struct bp_scope *scope, struct bp_budget *budget, struct bp_diags *d,
                       bool *failed)
{
    struct bp_identity before, after;
    const cJSON *patch = bp_json_get(overlay, "patch");
    char *kind, *name;
    cJSON *expanded;

    if (bp_document_identity(doc, &before, NULL) < 0 ||
        !matches(doc, before, bp_json_get(overlay, "match")))
        return doc;
    kind = bp_arena_strdup(a, before.kind);
    name = bp_arena_strdup(a, before.name);
    expanded = bp_template_expand(a, patch, scope, budget, d, failed);
    if (!expanded)
        return doc;
    doc = bp_overlay_merge(a, doc, expanded);
    if (bp_document_identity(doc, &after, NULL) < 0 || strcmp(kind, after.kind) != 0 ||
        strcmp(name, after.name) != 0) {
        *failed = true;
        bp_json_diag(d, BP_ERROR, "site", patch,
                     "this overlay changes kind or metadata.name of '%s/%s': names are stable",
                     kind, name);
    }
    return doc;
}

cJSON *bp_site_overlay(struct bp_arena *a, const struct bp_site *site, cJSON *doc,
                       const struct bp_scope *scope, struct bp_budget *budget, struct bp_diags *d,
                       bool *failed)
{
    const struct bp_scope builtins = {.builtins = scope->builtins};
    const cJSON *overlay;

    cJSON_ArrayForEach(overlay, site->overlays)
    {
        doc = lay_over(a, doc, overlay, &builtins, budget, d, failed);
        if (*failed)
            return doc;
    }
    bp_json_set_string(a, bp_json_get(doc, "metadata"), "locationname", site->location);
    return doc;
}
