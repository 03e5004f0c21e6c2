/* Parsing and answering: see expr.h. */
#include "render/expr.h"

#include <string.h>

#include "json/read.h"
#include "json/yaml.h"
#include "render/text.h"

static const char *skip_blanks(const char *p)
{
    return p + strspn(p, " \t");
}

/* A parameter path at `*p`. */
static bool take_path(const char **p, const char **path, size_t *len)
{
    *path = skip_blanks(*p);
    *len = strcspn(*path, " \t!=,");
    *p = skip_blanks(*path + *len);
    return bp_text_is_name(*path, *len);
}

static const cJSON *literal_of(struct bp_arena *a, const char *text, struct bp_err *e)
{
    size_t len = strlen(text);

    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    if (len == 0) {
        bp_err_set(e, BP_EINPUT, "nothing stands behind the comparison");
        return NULL;
    }
    if (text[0] == '"')
        return bp_json_parse(a, text, len, NULL, e);
    if (memchr(text, '"', len) || memchr(text, '$', len)) {
        bp_err_set(e, BP_EINPUT, "'%.*s' is no literal: write a word, a number or \"text\"",
                   (int)len, text);
        return NULL;
    }
    return bp_yaml_scalar(a, text, len, e);
}

int bp_condition_parse(struct bp_arena *a, const char *text, struct bp_condition *c,
                       struct bp_err *e)
{
    struct bp_err cause = BP_ERR_INIT;
    const char *p;
    bool bang;

    *c = (struct bp_condition){0};
    p = skip_blanks(text);
    bang = *p == '!';
    p += bang;
    if (!take_path(&p, &c->path, &c->len)) {
        return bp_err_set(e, BP_EINPUT,
                          "condition '%s' does not begin with a name: write "
                          "'name', '!name', 'name == value' or 'name != value'",
                          text);
    }
    c->negated = bang;
    if (*p == '\0')
        return 0;
    if (bang || (strncmp(p, "==", 2) != 0 && strncmp(p, "!=", 2) != 0)) {
        return bp_err_set(e, BP_EINPUT,
                          "condition '%s' is none of 'name', '!name', "
                          "'name == value', 'name != value'",
                          text);
    }
    c->negated = p[0] == '!';
    c->literal = literal_of(a, skip_blanks(p + 2), &cause);
    if (!c->literal)
        return bp_err_set(e, BP_EINPUT, "condition '%s': %s", text, cause.msg);
    return 0;
}

static bool is_true(const cJSON *v)
{
    if (!v || cJSON_IsNull(v) || cJSON_IsFalse(v))
        return false;
    if (cJSON_IsString(v))
        return v->valuestring[0] != '\0';
    return !(cJSON_IsArray(v) || cJSON_IsObject(v)) || v->child != NULL;
}

bool bp_condition_holds(const struct bp_condition *c, const cJSON *value)
{
    bool yes;

    if (!c->literal)
        yes = is_true(value);
    else if (!value)
        yes = cJSON_IsNull(c->literal);
    else
        yes = bp_json_equal(value, c->literal);
    return yes != c->negated;
}

/* A variable of `$each` is one word: no dots, so that `${port.host}` is always a member. */
static char *take_variable(struct bp_arena *a, const char **p)
{
    const char *s;
    size_t len;

    if (!take_path(p, &s, &len) || memchr(s, '.', len) || memchr(s, '/', len))
        return NULL;
    return bp_arena_strndup(a, s, len);
}

int bp_each_parse(struct bp_arena *a, const char *text, struct bp_each *each, struct bp_err *e)
{
    *each = (struct bp_each){0};
    const char *p = text;
    bool fine = (each->name = take_variable(a, &p)) != NULL;
    if (fine && *p == ',') {
        p++;
        fine = (each->index = take_variable(a, &p)) != NULL;
    }
    if (!fine || strncmp(p, "in", 2) != 0 || (p[2] != ' ' && p[2] != '\t')) {
        return bp_err_set(e, BP_EINPUT,
                          "'%s' is no repetition: write \"port in ports\" or "
                          "\"port, i in ports\"",
                          text);
    }
    p += 2;
    if (!take_path(&p, &each->path, &each->len) || *p) {
        return bp_err_set(e, BP_EINPUT, "repetition '%s' does not end with the name of a list",
                          text);
    }
    return 0;
}
