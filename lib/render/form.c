/* Taking texts apart by form: see form.h. */
#include "render/form.h"

#include <string.h>

#include "render/text.h"

const cJSON *bp_form_of(const cJSON *schema)
{
    return bp_json_get(schema, "bp:form");
}

const char *bp_form_example(const cJSON *schema)
{
    const cJSON *form = bp_form_of(schema);

    return bp_json_text(cJSON_IsArray(form) ? form->child : form);
}

static int check_part(const cJSON *schema, const cJSON *form, const struct bp_part *part,
                      enum bp_part_kind before, struct bp_arena *a, struct bp_err *e)
{
    const char *name;

    if (part->kind == BP_PART_TEXT)
        return 0;
    if (part->kind != BP_PART_REF || before == BP_PART_REF) {
        return bp_err_at(e, BP_EINPUT, bp_json_pos(form),
                         "form '%s' is not made of names with text between them",
                         form->valuestring);
    }
    name = bp_arena_strndup(a, part->s, part->len);
    if (!bp_json_get(bp_json_get(schema, "properties"), name)) {
        return bp_err_at(e, BP_EINPUT, bp_json_pos(form),
                         "form '%s' names '%s', which is no property here", form->valuestring,
                         name);
    }
    return 0;
}

static int check_form(const cJSON *schema, const cJSON *form, struct bp_arena *a, struct bp_err *e)
{
    const char *p;
    struct bp_part part;
    enum bp_part_kind before = BP_PART_TEXT;
    size_t names = 0;

    if (!cJSON_IsString(form))
        return bp_err_at(e, BP_EINPUT, bp_json_pos(form), "bp:form is no text");
    p = form->valuestring;
    for (bp_part_next(&p, &part); part.kind != BP_PART_END; bp_part_next(&p, &part)) {
        int r = check_part(schema, form, &part, before, a, e);

        if (r < 0)
            return r;
        before = part.kind;
        names += part.kind == BP_PART_REF;
    }
    return names > 0 ? 0
                     : bp_err_at(e, BP_EINPUT, bp_json_pos(form), "form '%s' holds no name",
                                 form->valuestring);
}

int bp_form_check(const cJSON *schema, struct bp_err *e)
{
    const cJSON *form = bp_form_of(schema), *one;
    struct bp_arena a = BP_ARENA_INIT;
    int r = 0;

    if (cJSON_IsArray(form) && form->child) {
        cJSON_ArrayForEach(one, form)
        {
            r = r < 0 ? r : check_form(schema, one, &a, e);
        }
    } else if (form) {
        r = check_form(schema, form, &a, e);
    }
    bp_arena_release(&a);
    return r;
}

/* Where `sep` begins in `text` for the first time, outside of `${...}`; NULL when it does not. */
static const char *find_outside(const char *text, const char *sep, size_t len)
{
    for (const char *p = text; *p; p++) {
        const char *close = strncmp(p, "${", 2) == 0 ? strchr(p, '}') : NULL;

        if (close)
            p = close;
        else if (strncmp(p, sep, len) == 0)
            return p;
    }
    return NULL;
}

/* True when a part of a text holds something that separates parts in the form. */
static bool holds_separator(const char *form, const char *value)
{
    struct bp_part part;

    for (bp_part_next(&form, &part); part.kind != BP_PART_END; bp_part_next(&form, &part))
        if (part.kind == BP_PART_TEXT && find_outside(value, part.s, part.len))
            return true;
    return false;
}

/* The same for all the forms of a schema: `:80/tcp` shall not pass for a port ":80" of a shorter
 * form. */
static bool is_clean(const cJSON *forms, const char *value)
{
    const cJSON *one;

    if (!cJSON_IsArray(forms))
        return !holds_separator(forms->valuestring, value);
    cJSON_ArrayForEach(one, forms)
    {
        if (holds_separator(one->valuestring, value))
            return false;
    }
    return true;
}

static cJSON *split(struct bp_arena *a, const cJSON *forms, const char *form, const char *text)
{
    cJSON *object = bp_json_object(a);
    const char *p = form;
    struct bp_part part, next;

    for (bp_part_next(&p, &part); part.kind != BP_PART_END; part = next) {
        const char *end;
        cJSON *value;

        bp_part_next(&p, &next);
        if (part.kind == BP_PART_TEXT) {
            if (strncmp(text, part.s, part.len) != 0)
                return NULL;
            text += part.len;
            continue;
        }
        end =
            next.kind == BP_PART_TEXT ? find_outside(text, next.s, next.len) : text + strlen(text);
        if (!end || end == text)
            return NULL;
        value = bp_json_stringn(a, text, (size_t)(end - text));
        if (!is_clean(forms, value->valuestring))
            return NULL;
        bp_json_add(object, bp_arena_strndup(a, part.s, part.len), value);
        text = end;
    }
    return *text ? NULL : object;
}

cJSON *bp_form_split(struct bp_arena *a, const cJSON *schema, const char *text)
{
    const cJSON *form = bp_form_of(schema), *one;

    if (!cJSON_IsArray(form))
        return form ? split(a, form, form->valuestring, text) : NULL;
    cJSON_ArrayForEach(one, form)
    {
        cJSON *object = split(a, form, one->valuestring, text);

        if (object)
            return object;
    }
    return NULL;
}
