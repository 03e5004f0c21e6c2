/* What fields.h promises about the list of fields, carried out: the old document becomes the new
 * one. */
#ifndef TESTS_DIFF_PATCH_H
#define TESTS_DIFF_PATCH_H

#include <stdlib.h>
#include <string.h>

#include "diff/fields.h"
#include "json/pointer.h"

static void patch_fail(void)
{
    abort();
}

/* Puts `value` at `index` of a list: what stands behind it is taken out and put back. */
static void patch_insert(cJSON *list, size_t index, cJSON *value)
{
    size_t n = bp_json_count(list), k = 0;
    cJSON **behind = malloc((n + 1) * sizeof *behind);
    cJSON *child = list->child;

    if (index > n)
        patch_fail();
    for (size_t i = 0; i < n; i++) {
        cJSON *next = child->next;

        if (i >= index) {
            bp_json_unlink(child);
            behind[k++] = child;
        }
        child = next;
    }
    bp_json_append(list, value);
    for (size_t i = 0; i < k; i++)
        bp_json_append(list, behind[i]);
    free(behind);
}

static void patch_add(struct bp_arena *a, cJSON *doc, const char *path, cJSON *value)
{
    const char *last = strrchr(path, '/');
    cJSON *parent;
    char *name, *to;

    if (!last)
        patch_fail();
    parent = bp_pointer_get(doc, bp_arena_strndup(a, path, (size_t)(last - path)));
    if (cJSON_IsArray(parent)) {
        patch_insert(parent, strtoul(last + 1, NULL, 10), value);
        return;
    }
    name = to = bp_arena_strdup(a, last + 1);
    for (const char *s = last + 1; *s; s++) {
        if (s[0] == '~')
            *to++ = *++s == '1' ? '/' : '~';
        else
            *to++ = *s;
    }
    *to = '\0';
    if (!cJSON_IsObject(parent) || bp_json_get(parent, name))
        patch_fail();
    bp_json_set(a, parent, name, value);
}

/* Sorts the elements of the list that are there by the order of `names`. */
static void patch_reorder(cJSON *list, const cJSON *names)
{
    const cJSON *name;
    cJSON *n, *next;

    cJSON_ArrayForEach(name, names)
    {
        for (n = list->child; n; n = next) {
            next = n->next;
            if (strcmp(bp_json_get_text(n, "name"), bp_json_text(name)) == 0) {
                bp_json_unlink(n);
                bp_json_append(list, n);
                break;
            }
        }
    }
}

/* A copy of `old` with the fields carried out. */
static cJSON *patch_apply(struct bp_arena *a, const cJSON *old, const struct bp_fields *f)
{
    cJSON *doc = bp_json_copy(a, old);
    cJSON **removed = malloc((f->count + 1) * sizeof *removed);

    for (size_t i = 0; i < f->count; i++) {
        if (f->items[i].type == BP_FIELD_REMOVED &&
            !(removed[i] = bp_pointer_get(doc, f->items[i].path)))
            patch_fail();
    }
    for (size_t i = 0; i < f->count; i++) {
        if (f->items[i].type == BP_FIELD_REMOVED)
            bp_json_unlink(removed[i]);
    }
    free(removed);
    for (size_t i = 0; i < f->count; i++) {
        const struct bp_field *field = &f->items[i];
        cJSON *at = bp_pointer_get(doc, field->path);
        cJSON *now = field->now ? bp_json_copy(a, field->now) : NULL;

        if (field->type == BP_FIELD_ADDED)
            patch_add(a, doc, field->path, now);
        else if (field->type == BP_FIELD_REORDERED)
            patch_reorder(at, now);
        else if (field->type == BP_FIELD_MODIFIED && !*field->path)
            doc = now;
        else if (field->type == BP_FIELD_MODIFIED)
            bp_json_replace(at, now);
    }
    return doc;
}

#endif
