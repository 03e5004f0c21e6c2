/* Which driver reads a state: see state.h. */
#include "store/state.h"

#include <fnmatch.h>
#include <string.h>

#include "base/str.h"

/* The length of what looks like a scheme in front of a colon, 0 when there is none. '.' and '/' are
 * in no scheme, so that './a:b' is a path. */
static size_t scheme_length(const char *word)
{
    size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz+");

    return word[n] == ':' ? n : 0;
}

static int unknown_scheme(const struct bp_state_driver *const drivers[], const char *word,
                          size_t len, struct bp_err *e)
{
    struct bp_str known = BP_STR_INIT;
    int rc;

    for (size_t i = 0; drivers[i]; i++) {
        bp_str_adds(&known, known.len ? ", " : "");
        if (drivers[i]->scheme)
            bp_str_addf(&known, "%s:", drivers[i]->scheme);
        else
            bp_str_adds(&known, "PATH, -");
    }
    rc = bp_err_set(e, BP_EUSAGE,
                    "state word '%.*s:' is not supported (known: %s; write './%s' for a file of "
                    "that name)",
                    (int)len, word, known.s, word);
    bp_str_release(&known);
    return rc;
}

int bp_state_read(const struct bp_state_driver *const drivers[], const char *word,
                  struct bp_input *in, bp_input_fn *fn, void *ctx, struct bp_err *e)
{
    size_t len = scheme_length(word);

    if (!*word)
        return bp_err_set(e, BP_EUSAGE, "the word for a state is empty");
    for (size_t i = 0; drivers[i]; i++) {
        const char *scheme = drivers[i]->scheme;

        if (!scheme && !len)
            return drivers[i]->read(word, in, fn, ctx, e);
        if (scheme && len == strlen(scheme) && strncmp(word, scheme, len) == 0)
            return drivers[i]->read(word + len + 1, in, fn, ctx, e);
    }
    if (len)
        return unknown_scheme(drivers, word, len, e);
    return bp_err_set(e, BP_EUSAGE, "'%s' names no state that is read here", word);
}

bool bp_state_matches(const struct bp_state_filter *f, struct bp_identity id)
{
    return (!f->kind || strcmp(f->kind, id.kind) == 0) &&
           (!f->name || fnmatch(f->name, id.name, 0) == 0);
}
