/* RFC 6901: see pointer.h. */
#include "json/pointer.h"

#include <string.h>

/* One reference token against a member name: ~1 is '/', ~0 is '~'. */
static bool token_is(const char *token, size_t len, const char *name)
{
    for (size_t i = 0; i < len; i++) {
        char c = token[i];

        if (c == '~' && i + 1 < len)
            c = token[++i] == '1' ? '/' : '~';
        if (*name++ != c)
            return false;
    }
    return *name == '\0';
}

static cJSON *element(const cJSON *array, const char *token, size_t len)
{
    cJSON *n = array->child;
    size_t index = 0;

    if (len == 0 || len > 9 || (token[0] == '0' && len > 1))
        return NULL;
    for (size_t i = 0; i < len; i++) {
        if (token[i] < '0' || token[i] > '9')
            return NULL;
        index = index * 10 + (size_t)(token[i] - '0');
    }
    while (n && index--)
        n = n->next;
    return n;
}

static cJSON *member(const cJSON *object, const char *token, size_t len)
{
    for (cJSON *m = object->child; m; m = m->next)
        if (token_is(token, len, m->string))
            return m;
    return NULL;
}

cJSON *bp_pointer_get(const cJSON *root, const char *pointer)
{
    cJSON *n = (cJSON *)(uintptr_t)root;

    if (!bp_pointer_valid(pointer))
        return NULL;
    while (n && *pointer == '/') {
        size_t len = strcspn(++pointer, "/");

        if (cJSON_IsObject(n))
            n = member(n, pointer, len);
        else if (cJSON_IsArray(n))
            n = element(n, pointer, len);
        else
            n = NULL;
        pointer += len;
    }
    return n;
}

void bp_pointer_add(struct bp_str *out, const char *name)
{
    bp_str_addc(out, '/');
    for (;;) {
        size_t plain = strcspn(name, "~/");

        bp_str_add(out, name, plain);
        name += plain;
        if (!*name)
            return;
        bp_str_add(out, *name++ == '~' ? "~0" : "~1", 2);
    }
}

void bp_pointer_add_index(struct bp_str *out, size_t index)
{
    bp_str_addf(out, "/%zu", index);
}

bool bp_pointer_valid(const char *pointer)
{
    if (*pointer && *pointer != '/')
        return false;
    for (; *pointer; pointer++)
        if (*pointer == '~' && pointer[1] != '0' && pointer[1] != '1')
            return false;
    return true;
}

bool bp_pointer_under(const char *pointer, const char *prefix)
{
    size_t n = strlen(prefix);

    return strncmp(pointer, prefix, n) == 0 && (pointer[n] == '\0' || pointer[n] == '/');
}
