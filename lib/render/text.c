/* Scanning `${...}`. Everything here looks at bytes only: what a name means is the scope's
 * business. */
#include "render/text.h"

#include <string.h>

#define SECRET_OPEN "${secret:"
#define SITE_OPEN "${site."

enum { SECRET_PATH_MAX = 512 };

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool bp_text_is_name(const char *s, size_t len)
{
    if (len == 0 || !(is_alpha(s[0]) || s[0] == '_'))
        return false;
    for (size_t i = 1; i < len; i++)
        if (!is_alpha(s[i]) && !is_digit(s[i]) && !memchr("_-./", s[i], 4))
            return false;
    return s[len - 1] != '.';
}

static bool starts(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

/* `s` is behind the `${`. */
static void reference(const char **p, const char *s, struct bp_part *part)
{
    const char *close = strchr(s, '}');
    size_t len;

    if (!close) {
        *part = (struct bp_part){BP_PART_BAD, *p, strlen(*p)};
        *p += part->len;
        return;
    }
    len = (size_t)(close - s);
    if (starts(*p, SECRET_OPEN)) {
        bool fine = bp_text_is_secret_path(s + 7, len - 7);

        *part = (struct bp_part){fine ? BP_PART_SECRET : BP_PART_BAD, *p, len + 3};
    } else if (bp_text_is_name(s, len)) {
        *part = (struct bp_part){BP_PART_REF, s, len};
    } else {
        *part = (struct bp_part){BP_PART_BAD, *p, len + 3};
    }
    *p = close + 1;
}

void bp_part_next(const char **p, struct bp_part *part)
{
    const char *s = *p;

    if (*s == '\0') {
        *part = (struct bp_part){BP_PART_END, s, 0};
    } else if (starts(s, "$${")) {
        *part = (struct bp_part){BP_PART_TEXT, s + 1, 2};
        *p = s + 3;
    } else if (starts(s, "${")) {
        reference(p, s + 2, part);
    } else {
        const char *q = s + 1;

        while (*q && !starts(q, "${") && !starts(q, "$${"))
            q++;
        *part = (struct bp_part){BP_PART_TEXT, s, (size_t)(q - s)};
        *p = q;
    }
}

const char *bp_text_whole_ref(const char *text, size_t *len)
{
    struct bp_part part;
    const char *p = text;

    bp_part_next(&p, &part);
    if (part.kind != BP_PART_REF || *p)
        return NULL;
    *len = part.len;
    return part.s;
}

const char *bp_text_site_ref(const char *p, const char **name, size_t *len, const char **end,
                             bool *escaped)
{
    const char *from = p;

    for (const char *s = strstr(p, SITE_OPEN); s; s = strstr(s + 1, SITE_OPEN)) {
        *name = s + strlen(SITE_OPEN);
        const char *close = strchr(*name, '}');
        *len = close ? (size_t)(close - *name) : 0;
        if (!close || !bp_text_is_name(*name, *len))
            continue;
        *escaped = s > from && s[-1] == '$';
        *end = *escaped ? s : close + 1;
        return *escaped ? s - 1 : s;
    }
    return NULL;
}

bool bp_text_has_site_ref(const char *text)
{
    return strstr(text, SITE_OPEN) != NULL;
}

size_t bp_text_count_secrets(const char *text)
{
    size_t n = 0;

    for (const char *s = strstr(text, SECRET_OPEN); s; s = strstr(s + 1, SECRET_OPEN))
        n++;
    return n;
}

bool bp_text_is_secret_path(const char *path, size_t len)
{
    size_t part = 0; /* where the part between slashes begins */

    if (len == 0 || len > SECRET_PATH_MAX)
        return false;
    for (size_t i = 0; i <= len; i++) {
        if (i == len || path[i] == '/') {
            size_t n = i - part;

            if (n == 0 || (n == 1 && path[part] == '.') ||
                (n == 2 && path[part] == '.' && path[part + 1] == '.'))
                return false;
            part = i + 1;
        } else if (!is_alpha(path[i]) && !is_digit(path[i]) && !memchr("._#@+-", path[i], 6)) {
            return false;
        }
    }
    return true;
}

bool bp_text_is_secret(const char *text)
{
    size_t len = strlen(text), open = strlen(SECRET_OPEN);

    return len > open && starts(text, SECRET_OPEN) && text[len - 1] == '}' &&
           bp_text_is_secret_path(text + open, len - open - 1);
}
