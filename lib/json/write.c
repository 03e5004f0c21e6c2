/* Printing trees as JSON: see write.h. */
#include "json/write.h"

#include <stdlib.h>
#include <string.h>

#include "base/quote.h"
#include "json/number.h"

enum form { COMPACT, PRETTY, CANONICAL };

/* Members of an object up to this many are put in order on the stack. */
enum { FEW_MEMBERS = 32 };

static void add_indent(size_t depth, struct bp_str *out)
{
    char *p = bp_str_room(out, 1 + 2 * depth);

    if (!p)
        return;
    p[0] = '\n';
    memset(p + 1, ' ', 2 * depth);
    out->len += 1 + 2 * depth;
    out->s[out->len] = '\0';
}

static int by_key(const void *a, const void *b)
{
    const cJSON *const *x = a, *const *y = b;

    return bp_json_key_order((*x)->string, (*y)->string);
}

static void write_node(const cJSON *n, enum form form, size_t depth, struct bp_str *out);

static void write_member(const cJSON *m, enum form form, size_t depth, struct bp_str *out)
{
    if (form == PRETTY)
        add_indent(depth, out);
    bp_quote_json(m->string, strlen(m->string), out);
    bp_str_add(out, ": ", form == PRETTY ? 2 : 1);
    write_node(m, form, depth, out);
}

static void write_sorted(const cJSON *n, enum form form, size_t depth, struct bp_str *out)
{
    const cJSON *few[FEW_MEMBERS], **list = few, *m;
    size_t count = bp_json_count(n), i = 0;

    if (count > FEW_MEMBERS)
        list = bp_calloc(count, sizeof *list);
    cJSON_ArrayForEach(m, n) list[i++] = m;
    qsort(list, count, sizeof *list, by_key);
    for (i = 0; i < count; i++) {
        if (i > 0)
            bp_str_addc(out, ',');
        write_member(list[i], form, depth + 1, out);
    }
    if (list != few)
        free(list);
}

static void write_members(const cJSON *n, size_t depth, struct bp_str *out)
{
    for (const cJSON *m = n->child; m; m = m->next) {
        write_member(m, COMPACT, depth + 1, out);
        if (m->next)
            bp_str_addc(out, ',');
    }
}

static void write_elements(const cJSON *n, enum form form, size_t depth, struct bp_str *out)
{
    for (const cJSON *m = n->child; m; m = m->next) {
        if (form == PRETTY)
            add_indent(depth + 1, out);
        write_node(m, form, depth + 1, out);
        if (m->next)
            bp_str_addc(out, ',');
    }
}

static void write_container(const cJSON *n, enum form form, size_t depth, struct bp_str *out)
{
    bool object = cJSON_IsObject(n);

    bp_str_addc(out, object ? '{' : '[');
    if (!object)
        write_elements(n, form, depth, out);
    else if (form == COMPACT)
        write_members(n, depth, out);
    else
        write_sorted(n, form, depth, out);
    if (form == PRETTY && n->child)
        add_indent(depth, out);
    bp_str_addc(out, object ? '}' : ']');
}

static void write_node(const cJSON *n, enum form form, size_t depth, struct bp_str *out)
{
    switch (n->type & 0xFF) {
    case cJSON_Object:
    case cJSON_Array:
        write_container(n, form, depth, out);
        break;
    case cJSON_String:
        bp_quote_json(n->valuestring, strlen(n->valuestring), out);
        break;
    case cJSON_Number:
        if (form == CANONICAL)
            bp_number_canonical(n->valuestring, out);
        else
            bp_str_adds(out, n->valuestring);
        break;
    case cJSON_True:
        bp_str_add(out, "true", 4);
        break;
    case cJSON_False:
        bp_str_add(out, "false", 5);
        break;
    default:
        bp_str_add(out, "null", 4);
        break;
    }
}

void bp_json_write(const cJSON *n, struct bp_str *out)
{
    write_node(n, COMPACT, 0, out);
}

void bp_json_write_pretty(const cJSON *n, struct bp_str *out)
{
    write_node(n, PRETTY, 0, out);
    bp_str_addc(out, '\n');
}

void bp_json_write_canonical(const cJSON *n, struct bp_str *out)
{
    write_node(n, CANONICAL, 0, out);
}
