/* Paths for people: see label.h. */
#include "diff/label.h"

#include <stdbool.h>
#include <string.h>

#include "base/quote.h"
#include "json/write.h"

/* True for names that need no quotes: letters, digits and what `also` lists, but no bare number. */
static bool is_plain(const char *name, const char *also)
{
    if (!name[strspn(name, "0123456789")])
        return false;
    for (; *name; name++) {
        if (!(*name >= 'a' && *name <= 'z') && !(*name >= 'A' && *name <= 'Z') &&
            !(*name >= '0' && *name <= '9') && !strchr(also, *name))
            return false;
    }
    return true;
}

static void add_bracketed(struct bp_str *out, const char *name, bool plain)
{
    bp_str_addc(out, '[');
    if (plain)
        bp_str_adds(out, name);
    else
        bp_quote_json(name, strlen(name), out);
    bp_str_addc(out, ']');
}

void bp_label_add_member(struct bp_str *out, const char *name)
{
    if (!is_plain(name, "_/-")) {
        add_bracketed(out, name, false);
        return;
    }
    if (out->len)
        bp_str_addc(out, '.');
    bp_str_adds(out, name);
}

void bp_label_add_element(struct bp_str *out, const char *name)
{
    add_bracketed(out, name, is_plain(name, "._/:-"));
}

void bp_label_add_index(struct bp_str *out, size_t index)
{
    bp_str_addf(out, "[%zu]", index);
}
