/* Changes in and out of their JSON form: see change.h. */
#include "model/change.h"

#include <string.h>

static const char *const action_names[] = {
    [BP_CREATE] = "create",
    [BP_UPDATE] = "update",
    [BP_DELETE] = "delete",
    [BP_NOOP] = "noop",
};

enum { ACTIONS = sizeof action_names / sizeof *action_names };

const char *bp_action_name(enum bp_action action)
{
    return action_names[action];
}

/* ---- out ---- */

static cJSON *no_changes(struct bp_arena *a)
{
    cJSON *diff = bp_json_object(a);

    bp_json_add(diff, "hasChanges", bp_json_bool(a, false));
    return diff;
}

cJSON *bp_change_object(struct bp_arena *a, const struct bp_change *c)
{
    cJSON *object = bp_json_object(a);
    cJSON *diff = c->diff || c->action != BP_NOOP ? c->diff : no_changes(a);

    bp_json_add(object, "action", bp_json_string(a, bp_action_name(c->action)));
    bp_json_add(object, "kind", bp_json_string(a, c->id.kind));
    bp_json_add(object, "name", bp_json_string(a, c->id.name));
    if (c->old)
        bp_json_add(object, "old", c->old);
    if (c->now)
        bp_json_add(object, "new", c->now);
    if (diff)
        bp_json_add(object, "diff", diff);
    return object;
}

/* ---- in ---- */

static int parse_action(const cJSON *object, enum bp_action *out, struct bp_err *e)
{
    const cJSON *n = bp_json_get(object, "action");
    const char *text = bp_json_text(n);

    if (!n)
        return bp_err_at(e, BP_EINPUT, bp_json_pos(object),
                         "this is no change: it has no 'action' (bp-diff writes changes)");
    for (int i = 0; text && i < ACTIONS; i++) {
        if (strcmp(text, action_names[i]) == 0) {
            *out = (enum bp_action)i;
            return 0;
        }
    }
    return bp_err_at(e, BP_EINPUT, bp_json_pos(n),
                     "'action' must be create, update, delete or noop, not %s%s%s", text ? "'" : "",
                     text ? text : bp_json_a_type(n), text ? "'" : "");
}

static int parse_text(const cJSON *object, const char *member, const char **out, struct bp_err *e)
{
    const cJSON *n = bp_json_get(object, member);

    *out = bp_json_text(n);
    if (!*out || !**out)
        return bp_err_at(e, BP_EINPUT, bp_json_pos(n ? n : object),
                         "a change needs a '%s', a string that is not empty", member);
    return 0;
}

/* The document in `member`; NULL when it is absent or null, as Go's encoder writes absence. */
static int parse_side(const cJSON *object, const char *member, struct bp_identity id, cJSON **out,
                      struct bp_err *e)
{
    cJSON *n = bp_json_get(object, member);
    struct bp_identity own;

    *out = NULL;
    if (!n || cJSON_IsNull(n))
        return 0;
    if (bp_document_identity(n, &own, e))
        return bp_err_wrap(e, "'%s' of the change to '%s/%s'", member, id.kind, id.name);
    if (!bp_identity_equal(own, id))
        return bp_err_at(e, BP_EINPUT, bp_json_pos(n),
                         "the change to '%s/%s' has document '%s/%s' in '%s'", id.kind, id.name,
                         own.kind, own.name, member);
    if (bp_document_is_tombstone(n))
        return bp_err_at(e, BP_EINPUT, bp_json_pos(n),
                         "'%s' of the change to '%s/%s' is a tombstone: use action delete", member,
                         id.kind, id.name);
    *out = n;
    return 0;
}

static int parse_diff(const cJSON *object, struct bp_change *c, struct bp_err *e)
{
    cJSON *diff = bp_json_get(object, "diff");

    if (!diff || cJSON_IsNull(diff))
        return 0;
    if (!cJSON_IsObject(diff))
        return bp_err_at(e, BP_EINPUT, bp_json_pos(diff), "'diff' is %s, must be an object",
                         bp_json_a_type(diff));
    if (c->action == BP_NOOP && cJSON_IsTrue(bp_json_get(diff, "hasChanges")))
        return bp_err_at(e, BP_EINPUT, bp_json_pos(diff),
                         "the change to '%s/%s' has action noop, but its diff has changes",
                         c->id.kind, c->id.name);
    if (c->action != BP_NOOP)
        c->diff = diff;
    return 0;
}

/* A change says what it saw and what it wants, both no more and no less than its action needs. */
static int check_sides(const cJSON *object, struct bp_change *c, struct bp_err *e)
{
    bool needs_old = c->action == BP_UPDATE || c->action == BP_DELETE;
    bool needs_now = c->action == BP_CREATE || c->action == BP_UPDATE;
    const char *wrong = NULL;

    if (c->action == BP_NOOP) {
        c->now = NULL;
        return 0;
    }
    if (needs_old && !c->old)
        wrong = "needs 'old', the document that was seen";
    else if (!needs_old && c->old)
        wrong = "must not have 'old': it says that there is no such document yet";
    else if (needs_now && !c->now)
        wrong = "needs 'new', the document that shall be";
    else if (!needs_now && c->now)
        wrong = "must not have 'new'";
    if (!wrong)
        return 0;
    return bp_err_at(e, BP_EINPUT, bp_json_pos(object), "the %s of '%s/%s' %s",
                     bp_action_name(c->action), c->id.kind, c->id.name, wrong);
}

int bp_change_parse(cJSON *object, struct bp_change *c, struct bp_err *e)
{
    int rc;

    *c = (struct bp_change){.action = BP_NOOP};
    if (!cJSON_IsObject(object))
        return bp_err_at(e, BP_EINPUT, bp_json_pos(object), "a change must be an object, not %s",
                         bp_json_a_type(object));
    if ((rc = parse_action(object, &c->action, e)) ||
        (rc = parse_text(object, "kind", &c->id.kind, e)) ||
        (rc = parse_text(object, "name", &c->id.name, e)) ||
        (rc = parse_side(object, "old", c->id, &c->old, e)) ||
        (rc = parse_side(object, "new", c->id, &c->now, e)) || (rc = parse_diff(object, c, e)))
        return rc;
    return check_sides(object, c, e);
}
