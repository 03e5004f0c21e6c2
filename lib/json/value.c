/* Nodes of the document tree: see value.h. */
#include "json/value.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "json/number.h"
#include "json/pointer.h"

/* Objects up to this many members are compared by searching, larger ones by sorting. */
enum { FEW_MEMBERS = 16 };

static struct bp_node *node_of(const cJSON *n)
{
    return (struct bp_node *)(uintptr_t)n;
}

/* ---- looking ---- */

cJSON *bp_json_get(const cJSON *obj, const char *name)
{
    if (!cJSON_IsObject(obj))
        return NULL;
    for (cJSON *m = obj->child; m; m = m->next)
        if (strcmp(m->string, name) == 0)
            return m;
    return NULL;
}

cJSON *bp_json_path(const cJSON *obj, ...)
{
    cJSON *n = (cJSON *)(uintptr_t)obj;
    const char *name;
    va_list ap;

    va_start(ap, obj);
    while (n && (name = va_arg(ap, const char *)))
        n = bp_json_get(n, name);
    va_end(ap);
    return n;
}

const char *bp_json_text(const cJSON *n)
{
    return cJSON_IsString(n) ? n->valuestring : NULL;
}

const char *bp_json_get_text(const cJSON *obj, const char *name)
{
    return bp_json_text(bp_json_get(obj, name));
}

size_t bp_json_count(const cJSON *n)
{
    size_t count = 0;

    if (n)
        for (const cJSON *m = n->child; m; m = m->next)
            count++;
    return count;
}

bool bp_json_int(const cJSON *n, int64_t *out)
{
    return cJSON_IsNumber(n) && bp_number_to_int64(n->valuestring, out);
}

const char *bp_json_type_name(const cJSON *n)
{
    switch (n ? n->type & 0xFF : cJSON_NULL) {
    case cJSON_Object:
        return "object";
    case cJSON_Array:
        return "array";
    case cJSON_String:
        return "string";
    case cJSON_Number:
        return "number";
    case cJSON_True:
    case cJSON_False:
        return "true or false";
    default:
        return "null";
    }
}

const char *bp_json_a_type(const cJSON *n)
{
    switch (n ? n->type & 0xFF : cJSON_NULL) {
    case cJSON_Object:
        return "an object";
    case cJSON_Array:
        return "an array";
    case cJSON_String:
        return "a string";
    case cJSON_Number:
        return "a number";
    case cJSON_True:
        return "true";
    case cJSON_False:
        return "false";
    default:
        return "null";
    }
}

static int by_name(const void *a, const void *b)
{
    const cJSON *const *x = a, *const *y = b;

    return strcmp((*x)->string, (*y)->string);
}

static const cJSON **sorted_members(const cJSON *obj, size_t count)
{
    const cJSON **list = bp_calloc(count, sizeof *list), *m;
    size_t i = 0;

    cJSON_ArrayForEach(m, obj) list[i++] = m;
    qsort(list, count, sizeof *list, by_name);
    return list;
}

static bool large_objects_equal(const cJSON *a, const cJSON *b, size_t count)
{
    const cJSON **x = sorted_members(a, count), **y = sorted_members(b, count);
    bool equal = true;

    for (size_t i = 0; equal && i < count; i++)
        equal = strcmp(x[i]->string, y[i]->string) == 0 && bp_json_equal(x[i], y[i]);
    free(x);
    free(y);
    return equal;
}

static bool objects_equal(const cJSON *a, const cJSON *b)
{
    size_t count = bp_json_count(a);
    const cJSON *n, *hint = b->child;

    if (count != bp_json_count(b))
        return false;
    if (count > FEW_MEMBERS)
        return large_objects_equal(a, b, count);
    for (const cJSON *m = a->child; m; m = m->next) {
        /* Mostly both have the same order. */
        n = hint && strcmp(m->string, hint->string) == 0 ? hint : bp_json_get(b, m->string);
        if (!n || !bp_json_equal(m, n))
            return false;
        hint = n->next;
    }
    return true;
}

static bool arrays_equal(const cJSON *a, const cJSON *b)
{
    const cJSON *m = a->child, *n = b->child;

    for (; m && n; m = m->next, n = n->next)
        if (!bp_json_equal(m, n))
            return false;
    return !m && !n;
}

bool bp_json_equal(const cJSON *a, const cJSON *b)
{
    if ((a->type & 0xFF) != (b->type & 0xFF))
        return false;
    switch (a->type & 0xFF) {
    case cJSON_Object:
        return objects_equal(a, b);
    case cJSON_Array:
        return arrays_equal(a, b);
    case cJSON_String:
        return strcmp(a->valuestring, b->valuestring) == 0;
    case cJSON_Number:
        return strcmp(a->valuestring, b->valuestring) == 0 ||
               bp_number_cmp(a->valuestring, b->valuestring) == 0;
    default:
        return true;
    }
}

struct bp_pos bp_json_pos(const cJSON *n)
{
    const struct bp_node *node = node_of(n);

    return node ? (struct bp_pos){node->file, node->line, node->col} : (struct bp_pos){0};
}

struct bp_pos bp_json_key_pos(const cJSON *n)
{
    const struct bp_node *node = node_of(n);

    if (!node || !node->key_line)
        return bp_json_pos(n);
    return (struct bp_pos){node->file, node->key_line, node->key_col};
}

cJSON *bp_json_parent(const cJSON *n)
{
    return n && node_of(n)->parent ? &node_of(n)->parent->json : NULL;
}

/* Counted only when it must be: many findings about one long list shall not take quadratic time. */
static size_t index_of(const cJSON *parent, const cJSON *n)
{
    size_t index = 0;

    if (!node_of(parent)->gaps)
        return node_of(n)->index;
    for (const cJSON *m = parent->child; m != n; m = m->next)
        index++;
    return index;
}

static void add_path(const cJSON *n, struct bp_str *out)
{
    const cJSON *parent = bp_json_parent(n);

    if (!parent)
        return;
    add_path(parent, out);
    if (cJSON_IsObject(parent))
        bp_pointer_add(out, n->string);
    else
        bp_pointer_add_index(out, index_of(parent, n));
}

char *bp_json_pointer_of(struct bp_arena *a, const cJSON *n)
{
    struct bp_str path = BP_STR_INIT;
    char *text;

    if (n)
        add_path(n, &path);
    text = bp_arena_strndup(a, path.s, path.len);
    bp_str_release(&path);
    return text;
}

/* ---- making ---- */

static cJSON *new_node(struct bp_arena *a, int type)
{
    struct bp_node *n = bp_arena_zalloc(a, sizeof *n);

    n->json.type = type;
    return &n->json;
}

cJSON *bp_json_object(struct bp_arena *a)
{
    return new_node(a, cJSON_Object);
}

cJSON *bp_json_array(struct bp_arena *a)
{
    return new_node(a, cJSON_Array);
}

cJSON *bp_json_null(struct bp_arena *a)
{
    return new_node(a, cJSON_NULL);
}

cJSON *bp_json_bool(struct bp_arena *a, bool v)
{
    return new_node(a, v ? cJSON_True : cJSON_False);
}

cJSON *bp_json_stringn(struct bp_arena *a, const char *s, size_t len)
{
    cJSON *n = new_node(a, cJSON_String);

    n->valuestring = bp_arena_strndup(a, s, len);
    return n;
}

cJSON *bp_json_string(struct bp_arena *a, const char *s)
{
    return bp_json_stringn(a, s, strlen(s));
}

cJSON *bp_json_integer(struct bp_arena *a, int64_t v)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%lld", (long long)v);

    return bp_json_number(a, text, (size_t)len);
}

cJSON *bp_json_number(struct bp_arena *a, const char *text, size_t len)
{
    cJSON *n = new_node(a, cJSON_Number);
    int64_t v = 0;

    n->valuestring = bp_arena_strndup(a, text, len);
    if (len <= 15 && strspn(n->valuestring, "-0123456789") == len) {
        for (size_t i = text[0] == '-'; i < len; i++)
            v = v * 10 + (text[i] - '0');
        n->valuedouble = (double)(text[0] == '-' ? -v : v);
    } else {
        n->valuedouble = strtod(n->valuestring, NULL);
    }
    n->valueint = n->valuedouble >= INT_MAX   ? INT_MAX
                  : n->valuedouble <= INT_MIN ? INT_MIN
                                              : (int)n->valuedouble;
    return n;
}

/* Puts `value` at the end of the children. cJSON keeps the last child in the first one's `prev`. */
static cJSON *link_last(cJSON *parent, cJSON *value)
{
    cJSON *first = parent->child;

    value->next = NULL;
    if (first) {
        node_of(value)->index = node_of(first->prev)->index + 1;
        value->prev = first->prev;
        first->prev->next = value;
        first->prev = value;
    } else {
        node_of(value)->index = 0;
        value->prev = value;
        parent->child = value;
    }
    node_of(value)->parent = node_of(parent);
    return value;
}

cJSON *bp_json_append(cJSON *array, cJSON *value)
{
    value->string = NULL;
    return link_last(array, value);
}

cJSON *bp_json_add(cJSON *obj, const char *name, cJSON *value)
{
    value->string = (char *)(uintptr_t)name;
    return link_last(obj, value);
}

cJSON *bp_json_set(struct bp_arena *a, cJSON *obj, const char *name, cJSON *value)
{
    cJSON *old = bp_json_get(obj, name);

    if (old) {
        bp_json_replace(old, value);
        return value;
    }
    return bp_json_add(obj, bp_arena_strdup(a, name), value);
}

cJSON *bp_json_set_string(struct bp_arena *a, cJSON *obj, const char *name, const char *s)
{
    return bp_json_set(a, obj, name, bp_json_string(a, s));
}

void bp_json_unlink(cJSON *n)
{
    cJSON *parent = bp_json_parent(n);

    if (!parent)
        return;
    node_of(parent)->gaps = true;
    if (parent->child == n) {
        parent->child = n->next;
        if (n->next)
            n->next->prev = n->prev;
    } else {
        n->prev->next = n->next;
        if (n->next)
            n->next->prev = n->prev;
        else
            parent->child->prev = n->prev;
    }
    n->next = n->prev = NULL;
    node_of(n)->parent = NULL;
}

void bp_json_replace(cJSON *old, cJSON *value)
{
    cJSON *parent = bp_json_parent(old);

    value->string = old->string;
    value->next = old->next;
    value->prev = old->prev == old ? value : old->prev;
    if (value->next)
        value->next->prev = value;
    else if (parent->child != old)
        parent->child->prev = value;
    if (parent->child == old)
        parent->child = value;
    else
        value->prev->next = value;
    node_of(value)->parent = node_of(parent);
    node_of(value)->index = node_of(old)->index;
    old->next = old->prev = NULL;
    node_of(old)->parent = NULL;
}

bool bp_json_remove(cJSON *obj, const char *name)
{
    cJSON *m = bp_json_get(obj, name);

    if (!m)
        return false;
    bp_json_unlink(m);
    return true;
}

cJSON *bp_json_copy(struct bp_arena *a, const cJSON *n)
{
    struct bp_node *to = bp_arena_alloc(a, sizeof *to);

    *to = *node_of(n);
    to->parent = NULL;
    to->gaps = false;
    to->json.next = to->json.prev = to->json.child = NULL;
    if (n->string)
        to->json.string = bp_arena_strdup(a, n->string);
    if (n->valuestring)
        to->json.valuestring = bp_arena_strdup(a, n->valuestring);
    for (const cJSON *m = n->child; m; m = m->next)
        link_last(&to->json, bp_json_copy(a, m));
    return &to->json;
}

void bp_json_set_pos(cJSON *n, const cJSON *from)
{
    struct bp_node *to = node_of(n);
    const struct bp_node *src = node_of(from);

    to->file = src->file;
    to->line = src->line;
    to->col = src->col;
    to->key_line = src->key_line;
    to->key_col = src->key_col;
}

/* ---- order ---- */

/* UTF-16 puts the characters beyond U+FFFF (lead byte F0 and up) before U+E000 to U+FFFF (EE, EF).
 */
static int utf16_rank(unsigned char lead)
{
    if (lead >= 0xF0)
        return 0xED * 2 + 1;
    return lead * 2;
}

int bp_json_key_order(const char *a, const char *b)
{
    const unsigned char *p = (const unsigned char *)a, *q = (const unsigned char *)b;
    int r;

    while (*p && *p == *q) {
        p++;
        q++;
    }
    if (*p < 0xEE || *q < 0xEE)
        return (*p > *q) - (*p < *q);
    r = utf16_rank(*p) - utf16_rank(*q);
    return r ? r : (*p > *q) - (*p < *q);
}

static int by_key(const void *a, const void *b)
{
    const cJSON *const *x = a, *const *y = b;

    return bp_json_key_order((*x)->string, (*y)->string);
}

static bool in_order(const cJSON *obj)
{
    for (const cJSON *m = obj->child; m && m->next; m = m->next)
        if (bp_json_key_order(m->string, m->next->string) > 0)
            return false;
    return true;
}

static void sort_members(cJSON *obj)
{
    size_t count = bp_json_count(obj), i = 0;
    cJSON **list = bp_calloc(count, sizeof *list), *m;

    cJSON_ArrayForEach(m, obj) list[i++] = m;
    qsort(list, count, sizeof *list, by_key);
    obj->child = NULL;
    for (i = 0; i < count; i++)
        link_last(obj, list[i]);
    free(list);
}

void bp_json_sort(cJSON *n)
{
    cJSON *m;

    if (cJSON_IsObject(n) && !in_order(n))
        sort_members(n);
    cJSON_ArrayForEach(m, n) bp_json_sort(m);
}

/* ---- RFC 7396 ---- */

cJSON *bp_json_merge_patch(struct bp_arena *a, cJSON *target, const cJSON *patch)
{
    const cJSON *m;

    if (!cJSON_IsObject(patch))
        return bp_json_copy(a, patch);
    if (!cJSON_IsObject(target)) {
        target = bp_json_object(a);
        bp_json_set_pos(target, patch);
    }
    cJSON_ArrayForEach(m, patch)
    {
        cJSON *old = bp_json_get(target, m->string), *value;

        if (cJSON_IsNull(m)) {
            if (old)
                bp_json_unlink(old);
            continue;
        }
        value = bp_json_merge_patch(a, old, m);
        if (value != old)
            bp_json_set(a, target, m->string, value);
    }
    return target;
}
