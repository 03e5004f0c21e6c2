/* Slugs. The length leaves room for "-" and 8 digits within the 63 characters of a DNS label. */
#include "render/name.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

enum { SLUG_MAX = 54, ID_DIGITS = 8 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

char *bp_slug(struct bp_arena *a, const char *display)
{
    char slug[SLUG_MAX];
    size_t n = 0;
    bool gap = false;

    for (const char *p = display; *p && n < SLUG_MAX; p++) {
        char c = lower(*p);

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) {
            gap = n > 0;
            continue;
        }
        if (gap && n + 1 < SLUG_MAX)
            slug[n++] = '-';
        else if (gap)
            break;
        gap = false;
        slug[n++] = c;
    }
    return n > 0 ? bp_arena_strndup(a, slug, n) : NULL;
}

/* The first digits of a UUID; of any other id a short digest (FNV-1a), so that ids that differ only
 * at the end give different names. */
static char *short_id(struct bp_arena *a, const char *id)
{
    size_t n = 0;
    uint64_t h = 0xcbf29ce484222325;

    while (n < ID_DIGITS && is_hex(lower(id[n])))
        n++;
    if (n == ID_DIGITS && id[n] == '-') {
        char *digits = bp_arena_strndup(a, id, n);

        for (char *p = digits; *p; p++)
            *p = lower(*p);
        return digits;
    }
    for (const char *p = id; *p; p++)
        h = (h ^ (unsigned char)*p) * 0x100000001b3;
    return bp_arena_printf(a, "%08" PRIx32, (uint32_t)(h ^ h >> 32));
}

char *bp_service_document_name(struct bp_arena *a, const char *display, const char *service_id)
{
    char *slug = display ? bp_slug(a, display) : NULL;

    if (!slug || !service_id || !*service_id)
        return slug;
    return bp_arena_printf(a, "%s-%s", slug, short_id(a, service_id));
}

bool bp_name_is_path(const char *display)
{
    if (display[0] == '/' || display[0] == '\\')
        return true;
    for (const char *p = display; *p;) {
        size_t n = strcspn(p, "/\\");
        bool dots = (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.');

        if (dots)
            return true;
        p += n;
        p += *p != '\0';
    }
    return false;
}
