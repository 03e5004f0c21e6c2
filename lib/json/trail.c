/* Pointers along a walk: see trail.h. */
#include "json/trail.h"

#include <string.h>

#include "base/utf8.h"
#include "json/pointer.h"

/* Many findings below one huge name, or deep below long ones, must not copy them each time. */
enum { NAME_SHOWN = 500, POINTER_SHOWN = 3000 };

void bp_trail_add_name(const char *name, struct bp_str *out)
{
    size_t len = strnlen(name, NAME_SHOWN + 1);
    char cut[NAME_SHOWN + 4];

    if (out->len > POINTER_SHOWN)
        return;
    if (len <= NAME_SHOWN) {
        bp_pointer_add(out, name);
        return;
    }
    len = bp_utf8_cut(name, NAME_SHOWN);
    memcpy(cut, name, len);
    memcpy(cut + len, "...", 4);
    bp_pointer_add(out, cut);
}

void bp_trail_pointer(const struct bp_trail *t, struct bp_str *out)
{
    if (!t->up) {
        struct bp_arena a = BP_ARENA_INIT;

        bp_str_adds(out, bp_json_pointer_of(&a, t->node));
        bp_arena_release(&a);
        return;
    }
    bp_trail_pointer(t->up, out);
    if (t->node->string)
        bp_trail_add_name(t->node->string, out);
    else if (out->len <= POINTER_SHOWN)
        bp_pointer_add_index(out, t->index);
}
