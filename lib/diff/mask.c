/* Finding secrets in documents and numbering them: see mask.h. */
#include "diff/mask.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "model/order.h"

struct bp_mask {
    struct bp_arena arena; /* the secrets */
    struct bp_map numbers; /* secret -> its number */
};

struct bp_mask *bp_mask_new(void)
{
    return bp_calloc(1, sizeof(struct bp_mask));
}

void bp_mask_free(struct bp_mask *m)
{
    if (!m)
        return;
    bp_map_release(&m->numbers);
    bp_arena_release(&m->arena);
    free(m);
}

static size_t number_of(struct bp_mask *m, const char *s, size_t len)
{
    struct bp_map_entry *entry = bp_map_find(&m->numbers, s, len);

    if (!entry) {
        entry = bp_map_put(&m->numbers, bp_arena_strndup(&m->arena, s, len), len);
        entry->value = (void *)(uintptr_t)m->numbers.live;
    }
    return (size_t)(uintptr_t)entry->value;
}

static void add_masked(struct bp_mask *m, const char *s, size_t len, struct bp_str *out)
{
    bp_str_addf(out, "(secret #%zu)", number_of(m, s, len));
}

/* ---- secrets inside text ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

/* Calls the checks of the model, which take C strings, on a part of a text. */
static bool part_is(bool (*check)(const char *), const char *s, size_t len)
{
    struct bp_str part = BP_STR_INIT;
    bool yes;

    bp_str_add(&part, s, len);
    yes = check(part.s);
    bp_str_release(&part);
    return yes;
}

/* A part of a line that is a secret: [at, at + n); n = 0 for none. */
struct range {
    size_t at, n;
};

/* True when a value follows the name that ends at `end`; `*at` becomes where it begins. Known are
 * NAME=VALUE, `name: value`, "name":value and --name value. */
static bool finds_value(const char *line, size_t len, size_t begin, size_t end, size_t *at)
{
    bool quoted = end < len && (line[end] == '"' || line[end] == '\'');
    bool option = begin && line[begin - 1] == '-';
    size_t i = end + quoted;

    while (i < len && is_blank(line[i]))
        i++;
    if (i < len &&
        (line[i] == '=' || (line[i] == ':' && (quoted || (i + 1 < len && is_blank(line[i + 1]))))))
        i++;
    else if (!option || i == end || (i < len && line[i] == '-'))
        return false;
    while (i < len && is_blank(line[i]))
        i++;
    *at = i;
    return i < len;
}

/* A value in quotes ends where they end, any other one with the line. */
static struct range value_range(const char *line, size_t len, size_t at)
{
    char quote = line[at];
    size_t end = at + 1;

    if (quote != '"' && quote != '\'')
        return (struct range){at, len - at};
    while (end < len && line[end] != quote)
        end += line[end] == '\\' ? 2 : 1;
    if (end >= len)
        end = len;
    return (struct range){at + 1, end - at - 1};
}

/* The first value behind `from` whose name says secret. */
static struct range next_named(const char *line, size_t len, size_t from)
{
    while (from < len) {
        size_t begin, at;

        while (from < len && (!is_name_byte(line[from]) || line[from] == '-'))
            from++;
        begin = from;
        while (from < len && is_name_byte(line[from]))
            from++;
        if (from > begin && finds_value(line, len, begin, from, &at) &&
            part_is(bp_secret_name, line + begin, from - begin)) {
            struct range r = value_range(line, len, at);

            if (r.n && !part_is(bp_secret_reference, line + r.at, r.n))
                return r;
            from = r.at + r.n;
        }
    }
    return (struct range){len, 0};
}

/* The password in the URL whose "://" is at `at`: scheme://user:password@host. */
static struct range url_password(const char *line, size_t len, size_t at)
{
    size_t begin = at + 3, colon = 0, end = 0;

    for (size_t i = begin; i < len && !strchr("/?# \t\"'", line[i]); i++) {
        if (line[i] == '@')
            end = i;
        else if (line[i] == ':' && !colon)
            colon = i;
    }
    if (!colon || end <= colon + 1 ||
        part_is(bp_secret_reference, line + colon + 1, end - colon - 1))
        return (struct range){begin, 0};
    return (struct range){colon + 1, end - colon - 1};
}

/* The first password in a URL behind `from`. */
static struct range next_url(const char *line, size_t len, size_t from)
{
    while (from < len) {
        const char *scheme = memmem(line + from, len - from, "://", 3);
        struct range r;

        if (!scheme)
            break;
        r = url_password(line, len, (size_t)(scheme - line));
        if (r.n)
            return r;
        from = r.at;
    }
    return (struct range){len, 0};
}

static void mask_line(struct bp_mask *m, const char *line, size_t len, struct bp_str *out)
{
    struct range named = next_named(line, len, 0), url = next_url(line, len, 0);
    size_t from = 0;

    while (named.n || url.n) {
        struct range r = url.n && (!named.n || url.at < named.at) ? url : named;

        bp_str_add(out, line + from, r.at - from);
        add_masked(m, line + r.at, r.n, out);
        from = r.at + r.n;
        if (named.n && named.at < from)
            named = next_named(line, len, from);
        if (url.n && url.at < from)
            url = next_url(line, len, from);
    }
    bp_str_add(out, line + from, len - from);
}

static bool has_private_key(const char *s)
{
    const char *begin = s;

    while ((begin = strstr(begin, "-----BEGIN "))) {
        const char *name = begin + strlen("-----BEGIN ");
        const char *end = strstr(name, "-----");
        const char *key = end ? memmem(name, (size_t)(end - name), "PRIVATE KEY", 11) : NULL;

        if (key)
            return true;
        begin = name;
    }
    return false;
}

static void mask_text(struct bp_mask *m, const char *s, struct bp_str *out)
{
    if (has_private_key(s)) {
        add_masked(m, s, strlen(s), out);
        return;
    }
    for (;;) {
        size_t len = strcspn(s, "\n");

        mask_line(m, s, len, out);
        if (!s[len])
            return;
        bp_str_addc(out, '\n');
        s += len + 1;
    }
}

/* ---- secrets by where they stand ---- */

/* True for what stands behind "--password" in a list of arguments. */
static bool follows_secret_option(const cJSON *n, const cJSON *list)
{
    const char *before = n == list->child ? NULL : bp_json_text(n->prev);

    return before && *before == '-' && !strchr(before, '=') && bp_secret_name(before);
}

bool bp_mask_is_secret(const cJSON *n)
{
    const cJSON *parent = bp_json_parent(n);
    const char *beside;

    if (cJSON_IsArray(parent))
        return follows_secret_option(n, parent);
    if (!n->string)
        return false;
    if (bp_secret_name(n->string))
        return true;
    if (strcmp(n->string, "value") != 0)
        return false;
    beside = bp_json_get_text(parent, "name");
    return beside && bp_secret_name(beside);
}

static cJSON *masked_scalar(struct bp_mask *m, struct bp_arena *a, const cJSON *n)
{
    struct bp_str text = BP_STR_INIT;
    cJSON *copy;

    add_masked(m, n->valuestring, strlen(n->valuestring), &text);
    copy = bp_json_stringn(a, text.s, text.len);
    bp_str_release(&text);
    return copy;
}

static cJSON *mask_string(struct bp_mask *m, struct bp_arena *a, const cJSON *n)
{
    struct bp_str text = BP_STR_INIT;
    cJSON *copy;

    mask_text(m, n->valuestring, &text);
    copy = bp_json_stringn(a, text.s, text.len);
    bp_str_release(&text);
    return copy;
}

static cJSON *mask_node(struct bp_mask *m, struct bp_arena *a, const cJSON *n, bool secret)
{
    const cJSON *child;
    cJSON *copy;

    if (cJSON_IsObject(n)) {
        copy = bp_json_object(a);
        cJSON_ArrayForEach(child, n)
        {
            bool below = secret || bp_mask_is_secret(child);

            bp_json_add(copy, bp_arena_strdup(a, child->string), mask_node(m, a, child, below));
        }
        return copy;
    }
    if (cJSON_IsArray(n)) {
        copy = bp_json_array(a);
        cJSON_ArrayForEach(child, n)
        {
            bool below = secret || bp_mask_is_secret(child);

            bp_json_append(copy, mask_node(m, a, child, below));
        }
        return copy;
    }
    if (secret && cJSON_IsNumber(n))
        return masked_scalar(m, a, n);
    if (secret && cJSON_IsString(n) && *n->valuestring && !bp_secret_reference(n->valuestring))
        return masked_scalar(m, a, n);
    return cJSON_IsString(n) ? mask_string(m, a, n) : bp_json_copy(a, n);
}

cJSON *bp_mask_copy(struct bp_mask *m, struct bp_arena *a, const cJSON *n, bool secret)
{
    return mask_node(m, a, n, secret || bp_mask_is_secret(n));
}
