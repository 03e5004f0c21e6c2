/* The items of an order, O001, O002, O007 and O008: see order_reader.h. */
#include <string.h>

#include "json/diag.h"
#include "model/order_reader.h"

/* False when there is no action that is known. */
static bool read_action(struct bp_order_reader *r, const cJSON *node, struct bp_order_item *item)
{
    static const char *const names[] = {"add", "modify", "delete", "noChange"};
    const cJSON *member = bp_order_member(node, "action");
    const char *text = bp_order_text(r, "O002", node, "action");

    if (!text) {
        if (!member || cJSON_IsString(member))
            bp_json_diag(r->d, BP_ERROR, "O002", node,
                         "the item has no action: add, modify, delete or noChange");
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (bp_order_word_equal(text, names[i])) {
            item->action = (enum bp_order_action)i;
            return true;
        }
    }
    bp_json_diag(r->d, BP_ERROR, "O002", member,
                 "action '%s' is none of add, modify, delete, noChange", text);
    return false;
}

static void check_quantity(struct bp_order_reader *r, const cJSON *node)
{
    const cJSON *n = bp_order_member(node, "quantity");
    int64_t quantity = 1;

    if (!n)
        return;
    if (!bp_json_int(n, &quantity))
        bp_json_diag(r->d, BP_ERROR, "O002", n, "'quantity' is no integer");
    else if (quantity < 1)
        bp_json_diag(r->d, BP_ERROR, "O002", n,
                     "quantity %lld is below 1; to take a service "
                     "away, write action delete",
                     (long long)quantity);
    else if (quantity > 1)
        bp_json_diag(r->d, BP_ERROR, "O002", n,
                     "quantity %lld is above 1; write one item per service, or a number of "
                     "replicas",
                     (long long)quantity);
}

/* ---- the service ---- */

static void read_specification(struct bp_order_reader *r, const cJSON *service,
                               struct bp_order_item *item)
{
    const cJSON *spec = bp_order_object(r, "O002", service, "serviceSpecification");

    item->spec_id = bp_order_text(r, "O002", spec, "id");
    item->spec_name = bp_order_text(r, "O002", spec, "name");
    item->spec_version = bp_order_text(r, "O002", spec, "version");
}

static void check_specification(struct bp_order_reader *r, const cJSON *service,
                                const struct bp_order_item *item)
{
    const cJSON *spec = bp_order_member(service, "serviceSpecification");

    if (item->spec_id || (spec && !cJSON_IsObject(spec)))
        return;
    if (!spec)
        bp_json_diag(r->d, BP_ERROR, "O002", service,
                     "the service to add has no serviceSpecification");
    else if (item->spec_name && item->spec_version)
        bp_json_diag(r->d, BP_WARNING, "O002", spec,
                     "the specification has no id; it is looked up as '%s@%s'", item->spec_name,
                     item->spec_version);
    else
        bp_json_diag(r->d, BP_ERROR, "O002", spec,
                     "the specification has no id, and no name with a version to look it up by");
}

static void check_service_id(struct bp_order_reader *r, const cJSON *service,
                             const struct bp_order_item *item)
{
    if (item->service_id)
        return;
    if (item->action == BP_ORDER_NOCHANGE) {
        bp_json_diag(r->d, BP_WARNING, "O002", service, "the service to leave as it is has no id");
        return;
    }
    bp_json_diag(r->d, BP_ERROR, "O002", service,
                 "the service to %s has no id: give service.id; where the service was added "
                 "without one, its name and %s",
                 item->action == BP_ORDER_MODIFY ? "modify" : "delete",
                 item->action == BP_ORDER_MODIFY ? "the id that it has from now on" : "any new id");
}

/* The parts of a name that a document's name, a container's alias and a host's name have in common:
 * lower case letters, digits, '-'. Others are replaced, as long as something is left. */
static void check_name(struct bp_order_reader *r, const cJSON *service, const char *name)
{
    size_t usable = 0, odd = 0;

    for (const char *p = name; *p; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');
        bool upper = *p >= 'A' && *p <= 'Z';

        usable += plain || upper;
        odd += !plain && *p != '-';
    }
    if (usable == 0)
        bp_json_diag(r->d, BP_ERROR, "O007", bp_json_get(service, "name"),
                     "no legal name can be made of '%s': it has no letter of a-z and no digit",
                     name);
    else if (odd)
        bp_json_diag(r->d, BP_NOTE, "O007", bp_json_get(service, "name"),
                     "the name '%s' has other characters than a-z, 0-9 and '-': names made of it "
                     "have lower case, and '-' in place of the rest",
                     name);
}

static void check_service_state(struct bp_order_reader *r, const cJSON *service)
{
    static const char *const states[] = {"feasibilityChecked", "designed", "reserved",
                                         "inactive",           "active",   "terminated"};
    const char *text = bp_order_text(r, "O008", service, "state");

    if (!text)
        return;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (bp_order_word_equal(text, states[i]))
            return;
    }
    bp_json_diag(r->d, BP_WARNING, "O008", bp_json_get(service, "state"),
                 "'%s' is no state of a service", text);
}

static const char *place_name(struct bp_order_reader *r, const cJSON *place)
{
    const char *name = bp_order_text(r, "O001", place, "name");

    return name ? name : bp_order_text(r, "O001", place, "id");
}

/* The site: of the places the one with the role deploymentSite, or the only one. */
static void read_place(struct bp_order_reader *r, const cJSON *service, struct bp_order_item *item)
{
    const cJSON *list = bp_order_list(r, "O001", service, "place");
    const cJSON *site = NULL, *place;

    cJSON_ArrayForEach(place, list)
    {
        const char *role;

        if (!cJSON_IsObject(place)) {
            bp_json_diag(r->d, BP_ERROR, "O001", place, "a place must be an object, not %s",
                         bp_json_a_type(place));
            continue;
        }
        role = bp_order_text(r, "O001", place, "role");
        if (!role || !bp_order_word_equal(role, "deploymentSite"))
            continue;
        if (site)
            bp_json_diag(r->d, BP_ERROR, "O001", place,
                         "a second deploymentSite; write one item per site");
        site = place;
    }
    if (!site && bp_json_count(list) == 1 && cJSON_IsObject(list->child))
        site = list->child;
    if (site)
        item->place = place_name(r, site);
}

static void read_service(struct bp_order_reader *r, const cJSON *node, bool known_action,
                         struct bp_order_item *item)
{
    const cJSON *service = bp_order_object(r, "O002", node, "service");

    if (!service) {
        if (!bp_order_member(node, "service"))
            bp_json_diag(r->d, BP_ERROR, "O002", node, "the item has no service");
        return;
    }
    item->service_id = bp_order_text(r, "O002", service, "id");
    if (!item->service_id)
        item->service_id = bp_order_text(r, "O002", service, "uuid");
    item->service_name = bp_order_text(r, "O007", service, "name");
    read_specification(r, service, item);
    read_place(r, service, item);
    check_service_state(r, service);
    bp_order_read_characteristics(r, service, item);
    /* With a wrong action nobody knows what must be there: only what is there is looked at. */
    if (known_action && item->action != BP_ORDER_ADD) {
        check_service_id(r, service, item);
        return;
    }
    if (known_action || bp_order_member(service, "serviceSpecification"))
        check_specification(r, service, item);
    if (item->service_name)
        check_name(r, service, item->service_name);
}

static void read_state(struct bp_order_reader *r, const cJSON *node, struct bp_order_entry *entry)
{
    enum bp_order_phase phase = bp_order_phase_of(r, node);

    if (phase != BP_PHASE_WAIT && phase != BP_PHASE_DROPPED)
        return;
    entry->passed_over = bp_json_get_text(node, "state");
    bp_json_diag(r->d, BP_NOTE, "O008", bp_json_get(node, "state"),
                 "the item is '%s': nothing is done for it", entry->passed_over);
}

void bp_order_read_item(struct bp_order_reader *r, const cJSON *node, struct bp_order_entry *entry)
{
    struct bp_order_item *item = &entry->item;
    const cJSON *id;
    bool known_action;

    item->node = node;
    if (!cJSON_IsObject(node)) {
        bp_json_diag(r->d, BP_ERROR, "O001", node, "an item must be an object, not %s",
                     bp_json_a_type(node));
        return;
    }
    id = bp_order_member(node, "id");
    item->id = bp_order_text(r, "O001", node, "id");
    entry->uuid = bp_order_text(r, "O001", node, "uuid");
    if (!item->id && (!id || cJSON_IsString(id)))
        bp_json_diag(r->d, BP_ERROR, "O001", node, "the item has no id");
    read_state(r, node, entry);
    known_action = read_action(r, node, item);
    check_quantity(r, node);
    read_service(r, node, known_action, item);
}
