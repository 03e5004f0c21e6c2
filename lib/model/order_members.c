/* Members of orders, with their type checked: see order_reader.h. */
#include <string.h>

#include "json/diag.h"
#include "model/order_reader.h"

const cJSON *bp_order_member(const cJSON *obj, const char *name)
{
    const cJSON *n = bp_json_get(obj, name);

    return n && !cJSON_IsNull(n) ? n : NULL;
}

static void wrong_type(struct bp_order_reader *r, const char *rule, const cJSON *n,
                       const char *wanted)
{
    bp_json_diag(r->d, BP_ERROR, rule, n, "'%s' is %s, must be %s", n->string, bp_json_a_type(n),
                 wanted);
}

const char *bp_order_text(struct bp_order_reader *r, const char *rule, const cJSON *obj,
                          const char *name)
{
    const cJSON *n = bp_order_member(obj, name);
    const char *text = bp_json_text(n);

    if (n && !text)
        wrong_type(r, rule, n, "a string");
    return text && *text ? text : NULL;
}

const cJSON *bp_order_object(struct bp_order_reader *r, const char *rule, const cJSON *obj,
                             const char *name)
{
    const cJSON *n = bp_order_member(obj, name);

    if (n && !cJSON_IsObject(n)) {
        wrong_type(r, rule, n, "an object");
        return NULL;
    }
    return n;
}

const cJSON *bp_order_list(struct bp_order_reader *r, const char *rule, const cJSON *obj,
                           const char *name)
{
    const cJSON *n = bp_order_member(obj, name);

    if (n && !cJSON_IsArray(n)) {
        wrong_type(r, rule, n, "a list");
        return NULL;
    }
    return n;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool bp_order_word_equal(const char *a, const char *b)
{
    for (;;) {
        a += strspn(a, "_");
        b += strspn(b, "_");
        if (lower(*a) != lower(*b))
            return false;
        if (!*a)
            return true;
        a++, b++;
    }
}

enum bp_order_phase bp_order_phase_of(struct bp_order_reader *r, const cJSON *obj)
{
    static const struct {
        const char *name;
        enum bp_order_phase phase;
    } states[] = {
        {"acknowledged", BP_PHASE_OPEN},
        {"inProgress", BP_PHASE_OPEN},
        {"initial", BP_PHASE_NEW},
        {"pending", BP_PHASE_WAIT},
        {"held", BP_PHASE_WAIT},
        {"assessingCancellation", BP_PHASE_WAIT},
        {"pendingCancellation", BP_PHASE_WAIT},
        {"completed", BP_PHASE_DONE},
        {"partial", BP_PHASE_DONE},
        {"rejected", BP_PHASE_DROPPED},
        {"cancelled", BP_PHASE_DROPPED},
        {"failed", BP_PHASE_DROPPED},
    };
    const char *text = bp_order_text(r, "O008", obj, "state");

    if (!text)
        return BP_PHASE_OPEN;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (bp_order_word_equal(text, states[i].name))
            return states[i].phase;
    }
    bp_json_diag(r->d, BP_ERROR, "O008", bp_json_get(obj, "state"),
                 "state '%s' is unknown; an order and its items are acknowledged, inProgress, "
                 "pending, held, assessingCancellation, pendingCancellation, completed, partial, "
                 "failed, rejected or cancelled",
                 text);
    return BP_PHASE_UNKNOWN;
}
