/* Looking names up. */
#include "render/scope.h"

#include <string.h>

#include "base/nearest.h"

const cJSON *bp_member(const cJSON *obj, const char *name, size_t len)
{
    const cJSON *n;

    if (!cJSON_IsObject(obj))
        return NULL;
    cJSON_ArrayForEach(n, obj)
    {
        if (strncmp(n->string, name, len) == 0 && n->string[len] == '\0')
            return n;
    }
    return NULL;
}

const cJSON *bp_member_path(const cJSON *obj, const char *path, size_t len)
{
    for (size_t n = len; n > 0;) {
        const cJSON *found = bp_member(obj, path, n);

        if (found)
            return n == len ? found : bp_member_path(found, path + n + 1, len - n - 1);
        do {
            n--;
        } while (n > 0 && path[n] != '.');
    }
    return NULL;
}

static const char *nearest_member(const cJSON *obj, const char *name)
{
    struct bp_nearest near;
    const cJSON *n;

    bp_nearest_init(&near, name);
    if (cJSON_IsObject(obj)) {
        cJSON_ArrayForEach(n, obj)
        {
            bp_nearest_try(&near, n->string);
        }
    }
    return near.best;
}

const char *bp_member_nearest(struct bp_arena *a, const cJSON *obj, const char *path, size_t len)
{
    const char *word = bp_arena_strndup(a, path, len), *rest = word, *dot, *best;
    const cJSON *next;

    while ((dot = strchr(rest, '.')) && (next = bp_member(obj, rest, (size_t)(dot - rest)))) {
        obj = next;
        rest = dot + 1;
    }
    best = nearest_member(obj, rest);
    if (best || !dot)
        return best ? bp_arena_printf(a, "%.*s%s", (int)(rest - word), word, best) : NULL;
    best = nearest_member(obj, bp_arena_strndup(a, rest, (size_t)(dot - rest)));
    return best ? bp_arena_printf(a, "%.*s%s%s", (int)(rest - word), word, best, dot) : NULL;
}

bool bp_is_builtin(const char *name, size_t len)
{
    static const char *const words[] = {"name", "service", "order", "spec", "site"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == len && memcmp(words[i], name, len) == 0)
            return true;
    return false;
}

static const cJSON *lookup(const struct bp_scope *s, const char *path, size_t len)
{
    const char *dot = memchr(path, '.', len);
    size_t first = dot ? (size_t)(dot - path) : len;

    for (const struct bp_loop *l = s->loops; l; l = l->up)
        if (strncmp(l->name, path, first) == 0 && l->name[first] == '\0')
            return dot ? bp_member_path(l->value, dot + 1, len - first - 1) : l->value;
    if (bp_is_builtin(path, first))
        return bp_member_path(s->builtins, path, len);
    return bp_member_path(s->params, path, len);
}

const cJSON *bp_scope_get(const struct bp_scope *s, const char *path, size_t len)
{
    const cJSON *n = lookup(s, path, len);

    return cJSON_IsNull(n) ? NULL : n;
}
