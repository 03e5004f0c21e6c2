/* What is a secret by its name, and what only refers to one: see order.h. */
#include <stddef.h>
#include <string.h>

#include "base/str.h"
#include "model/order.h"

/* The letters and digits of `name` in lower case: "API-Key", "apiKey" and "api_key" are alike. */
static void squeeze(const char *name, struct bp_str *out)
{
    for (; *name; name++) {
        char c = *name;

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            bp_str_addc(out, c);
    }
}

static bool ends_with(const struct bp_str *s, const char *end)
{
    size_t n = strlen(end);

    return s->len >= n && memcmp(s->s + s->len - n, end, n) == 0;
}

/* "passwordFile", "tokenTtl": about a secret, and none. */
static bool is_about_a_secret(const struct bp_str *name)
{
    static const char *const ends[] = {"file",   "path",     "dir",      "name",    "url",
                                       "uri",    "ref",      "expiry",   "expires", "ttl",
                                       "type",   "lifetime", "timeout",  "length",  "enabled",
                                       "policy", "size",     "endpoint", "required"};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (ends_with(name, ends[i]))
            return true;
    }
    return false;
}

bool bp_secret_name(const char *name)
{
    static const char *const words[] = {"password", "passwd",     "passphrase", "secret",
                                        "token",    "privatekey", "prvkey",     "privkey",
                                        "apikey",   "credential"};
    struct bp_str squeezed = BP_STR_INIT;
    bool found = false;

    squeeze(name, &squeezed);
    for (size_t i = 0; i < sizeof words / sizeof *words && !found; i++)
        found = strstr(squeezed.s, words[i]);
    found = found && !is_about_a_secret(&squeezed);
    bp_str_release(&squeezed);
    return found;
}

bool bp_secret_reference(const char *value)
{
    static const char site[] = "secretref:", here[] = "${secret:";
    size_t len = strlen(value);

    if (strncmp(value, site, sizeof site - 1) == 0)
        return len > sizeof site - 1;
    /* One reference and nothing around it. */
    return strncmp(value, here, sizeof here - 1) == 0 && len > sizeof here &&
           strchr(value, '}') == value + len - 1;
}
