/* The characteristics of a service, O003 and O006: see order_reader.h. */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "json/diag.h"
#include "json/read.h"
#include "model/order_reader.h"

/* What is known of the characteristic being read. */
struct reading {
    struct bp_order_reader *r;
    const char *name;
    const char *type;   /* upper case; NULL when absent */
    const cJSON *value; /* the member, for positions */
};

static bool is_one_of(const char *word, const char *const words[])
{
    for (; word && *words; words++) {
        if (strcmp(word, *words) == 0)
            return true;
    }
    return false;
}

static bool is_list_type(const char *type)
{
    return is_one_of(type, (const char *const[]){"ARRAY", "SET", NULL});
}

static bool is_object_type(const char *type)
{
    return is_one_of(type, (const char *const[]){"MAP", "OBJECT", NULL});
}

/* {value, alias}, with what OpenSlice puts into every object. */
static bool is_wrapper(const cJSON *n)
{
    static const char *const names[] = {
        "value", "alias", "uuid", "id", "href", "@type", "@baseType", "@schemaLocation", NULL};
    const cJSON *member;

    if (!cJSON_IsObject(n) || !(bp_json_get(n, "value") || bp_json_get(n, "alias")))
        return false;
    cJSON_ArrayForEach(member, n)
    {
        if (!is_one_of(member->string, names))
            return false;
    }
    return true;
}

/* What a text holds is found at the text: positions inside it mean nothing in the order. */
static void move_to(cJSON *n, const cJSON *place)
{
    cJSON *child;

    bp_json_set_pos(n, place);
    cJSON_ArrayForEach(child, n)
    {
        move_to(child, place);
    }
}

static cJSON *parse_text(const struct reading *g, const cJSON *n)
{
    const char *text = bp_json_text(n);
    struct bp_err e = BP_ERR_INIT;
    cJSON *value = bp_json_parse(g->r->a, text, strlen(text), NULL, &e);

    if (value) {
        move_to(value, n);
        return value;
    }
    bp_json_diag(g->r->d, BP_ERROR, "O003", n,
                 "the JSON text of '%s' (%s) is broken at its line %u, column %u: %s", g->name,
                 g->type, (unsigned)e.pos.line, (unsigned)e.pos.col, e.msg);
    return NULL;
}

static void no_value(const struct reading *g, const cJSON *n)
{
    bp_json_diag(g->r->d, BP_ERROR, "O003", n, "characteristic '%s' has no value", g->name);
}

/* A list of its own, elements out of their {value, alias}. */
static cJSON *unwrap_list(const struct reading *g, const cJSON *list)
{
    cJSON *out = bp_json_array(g->r->a);
    const cJSON *element;
    size_t i = 0;

    bp_json_set_pos(out, list);
    cJSON_ArrayForEach(element, list)
    {
        const cJSON *inner = is_wrapper(element) ? bp_order_member(element, "value") : element;

        if (!inner || cJSON_IsNull(inner))
            bp_json_diag(g->r->d, BP_ERROR, "O003", g->value, "element %zu of '%s' has no value", i,
                         g->name);
        else
            bp_json_append(out, bp_json_copy(g->r->a, inner));
        i++;
    }
    return out;
}

static cJSON *wrong_value(const struct reading *g, const cJSON *n, const char *wanted)
{
    bp_json_diag(g->r->d, BP_ERROR, "O003", n, "the value of '%s' is %s; %s must be %s", g->name,
                 bp_json_a_type(n), g->type ? g->type : "it", wanted);
    return NULL;
}

/* The value out of its wrapping; NULL when there is none that could be read. */
static cJSON *read_value(const struct reading *g, const cJSON *n)
{
    cJSON *value;

    if (is_list_type(g->type)) {
        const cJSON *list = cJSON_IsString(n) ? parse_text(g, n) : n;

        if (!list)
            return NULL;
        return cJSON_IsArray(list) ? unwrap_list(g, list)
                                   : wrong_value(g, n, "a list, or the JSON text of one");
    }
    if (is_object_type(g->type)) {
        value = cJSON_IsString(n) ? parse_text(g, n) : bp_json_copy(g->r->a, n);
        if (!value)
            return NULL;
        return cJSON_IsObject(value) ? value
                                     : wrong_value(g, n, "an object, or the JSON text of one");
    }
    if (cJSON_IsArray(n))
        return unwrap_list(g, n);
    if (cJSON_IsObject(n) && g->type)
        return wrong_value(g, n, "a text, a number, true or false");
    return bp_json_copy(g->r->a, n);
}

/* The value that is written, in {value, alias} or not; NULL when there is none. OpenSlice writes
 * null, or an empty list text, for what nobody has set: that is absent, and no fault. */
static const cJSON *written_value(const struct reading *g, const cJSON *node)
{
    bool openslice = g->r->order->dialect == BP_ORDER_OPENSLICE;
    const cJSON *n = bp_order_member(node, "value");
    const char *text;

    if (n && is_wrapper(n))
        n = bp_order_member(n, "value");
    text = bp_json_text(n);
    if (openslice && text && !*text && (is_list_type(g->type) || is_object_type(g->type)))
        return NULL;
    if (!n && !(openslice && bp_json_get(node, "value")))
        no_value(g, g->value ? g->value : node);
    return n;
}

/* A modify takes a parameter back with null. In OpenSlice null is what nobody has set. */
static bool takes_back(const struct reading *g, const struct bp_order_item *item, const cJSON *node)
{
    return item->action == BP_ORDER_MODIFY && g->r->order->dialect == BP_ORDER_TMF641 &&
           cJSON_IsNull(bp_json_get(node, "value"));
}

/* ---- secrets ---- */

/* scheme://user:password@host, anywhere in the text */
static bool has_url_password(const char *text)
{
    for (const char *p = text; (p = strstr(p, "://"));) {
        const char *colon, *at;

        p += 3;
        colon = memchr(p, ':', strcspn(p, "/@ ?#"));
        at = colon ? colon + 1 + strcspn(colon + 1, "@/ ?#") : NULL;
        if (at && *at == '@' && at > colon + 1 && strncmp(colon + 1, "${", 2) != 0)
            return true;
    }
    return false;
}

static bool has_private_key(const char *text)
{
    const char *p = strstr(text, "-----BEGIN ");

    return p && strstr(p, "PRIVATE KEY-----");
}

/* The line `text` of `len` bytes is NAME=VALUE, as environment variables are listed. */
static bool is_secret_assignment(const char *text, size_t len)
{
    const char *eq = memchr(text, '=', len);
    struct bp_str part = BP_STR_INIT;
    bool secret = false;

    if (eq && eq + 1 < text + len) {
        bp_str_add(&part, text, (size_t)(eq - text));
        secret = !part.s[strcspn(part.s, " /:")] && bp_secret_name(part.s);
        bp_str_clear(&part);
        bp_str_add(&part, eq + 1, len - (size_t)(eq + 1 - text));
        secret = secret && !bp_secret_reference(part.s);
    }
    bp_str_release(&part);
    return secret;
}

static bool has_secret_assignment(const char *text)
{
    for (;; text++) {
        size_t len = strcspn(text, "\r\n");

        if (is_secret_assignment(text, len))
            return true;
        text += len;
        if (!*text)
            return false;
    }
}

/* True when `n`, whose name says that it is a secret or not, holds one in plain text. */
static bool holds_secret(const cJSON *n, bool named)
{
    const char *text = bp_json_text(n);
    const cJSON *child;

    if (text && *text && !bp_secret_reference(text) &&
        (named || has_url_password(text) || has_private_key(text) || has_secret_assignment(text)))
        return true;
    if (cJSON_IsNumber(n))
        return named;
    cJSON_ArrayForEach(child, n)
    {
        if (holds_secret(child, named || (child->string && bp_secret_name(child->string))))
            return true;
    }
    return false;
}

/* The value itself must not get into the message, nor anywhere else. */
static cJSON *without_secret(const struct reading *g, cJSON *value)
{
    if (!holds_secret(value, bp_secret_name(g->name)))
        return value;
    bp_json_diag(g->r->d, BP_ERROR, "O006", g->value,
                 "'%s' holds a secret in plain text; write a reference in its place: "
                 "secretref:SCOPE/PATH#KEY or ${secret:NAME}",
                 g->name);
    return bp_json_string(g->r->a, "${secret:refused}");
}

/* ---- the list ---- */

static const char *upper(struct bp_arena *a, const char *s)
{
    char *copy;

    if (!s)
        return NULL;
    copy = bp_arena_strdup(a, s);
    for (char *p = copy; *p; p++) {
        if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - 'a' + 'A');
    }
    return copy;
}

/* True when `name` is new; else a finding about the second one. */
static bool check_name(struct bp_order_reader *r, struct bp_map *names, const cJSON *node,
                       const char *name)
{
    struct bp_map_entry *entry = bp_map_put(names, name, strlen(name));
    const cJSON *first = entry->value;

    if (first) {
        bp_json_diag(r->d, BP_ERROR, "O003", bp_json_get(node, "name"),
                     "characteristic '%s' is there already, on line %u", name,
                     (unsigned)bp_json_pos(first).line);
        return false;
    }
    entry->value = bp_json_get(node, "name");
    return true;
}

/* True when `c` was filled. */
static bool read_one(struct bp_order_reader *r, const struct bp_order_item *item,
                     struct bp_map *names, const cJSON *node, struct bp_characteristic *c)
{
    struct reading g = {.r = r};
    const cJSON *written;

    if (!cJSON_IsObject(node)) {
        bp_json_diag(r->d, BP_ERROR, "O003", node, "a characteristic must be an object, not %s",
                     bp_json_a_type(node));
        return false;
    }
    g.name = bp_order_text(r, "O003", node, "name");
    g.type = upper(r->a, bp_order_text(r, "O003", node, "valueType"));
    g.value = bp_order_member(node, "value");
    if (!g.name) {
        if (!bp_order_member(node, "name") || cJSON_IsString(bp_json_get(node, "name")))
            bp_json_diag(r->d, BP_ERROR, "O003", node, "the characteristic has no name");
        return false;
    }
    if (!check_name(r, names, node, g.name))
        return false;
    *c = (struct bp_characteristic){.name = g.name, .value_type = g.type, .node = node};
    if (takes_back(&g, item, node)) {
        c->value = bp_json_null(r->a);
        return true;
    }
    written = written_value(&g, node);
    c->value = written ? read_value(&g, written) : NULL;
    if (c->value)
        c->value = without_secret(&g, c->value);
    return c->value;
}

void bp_order_read_characteristics(struct bp_order_reader *r, const cJSON *service,
                                   struct bp_order_item *item)
{
    const cJSON *list = bp_order_list(r, "O003", service, "serviceCharacteristic");
    struct bp_map names = BP_MAP_INIT;
    const cJSON *node;

    item->characteristics =
        bp_arena_alloc(r->a, bp_json_count(list) * sizeof *item->characteristics);
    cJSON_ArrayForEach(node, list)
    {
        item->ncharacteristics +=
            read_one(r, item, &names, node, &item->characteristics[item->ncharacteristics]);
    }
    bp_map_release(&names);
}
