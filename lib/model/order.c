/* Reading a service order as a whole, O001, O005 and O008: see order.h and order_reader.h. */
#include "model/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "json/diag.h"
#include "model/datetime.h"
#include "model/order_reader.h"

static const char tmf_items[] = "serviceOrderItem", openslice_items[] = "orderItem";

/* "ServiceOrder", bare or as a class name such as org.etsi.osl.tmf.so641.model.ServiceOrder. */
static bool type_says_order(const cJSON *doc)
{
    static const char word[] = "ServiceOrder";
    const char *type = bp_json_get_text(doc, "@type");
    const char *dot = type ? strrchr(type, '.') : NULL;

    return type && strcmp(dot ? dot + 1 : type, word) == 0;
}

bool bp_order_is(const cJSON *doc)
{
    return bp_json_get(doc, tmf_items) || bp_json_get(doc, openslice_items) || type_says_order(doc);
}

/* ---- the order itself ---- */

static void read_ids(struct bp_order_reader *r)
{
    struct bp_order *order = r->order;
    const char *uuid = bp_order_text(r, "O001", r->doc, "uuid");

    order->external_id = bp_order_text(r, "O001", r->doc, "externalId");
    order->id = bp_order_text(r, "O001", r->doc, "id");
    if (!order->id)
        order->id = order->external_id ? order->external_id : uuid;
}

/* True when something is to be done. */
static bool read_order_state(struct bp_order_reader *r)
{
    enum bp_order_phase phase = bp_order_phase_of(r, r->doc);
    const cJSON *node = bp_json_get(r->doc, "state");
    const char *state = bp_json_text(node);

    switch (phase) {
    case BP_PHASE_DONE:
    case BP_PHASE_DROPPED:
        r->order->final = true;
        bp_json_diag(r->d, BP_NOTE, "O008", node, "the order is '%s': nothing is to be done",
                     state);
        return false;
    case BP_PHASE_NEW:
        bp_json_diag(r->d, BP_ERROR, "O008", node,
                     "the order is '%s': it must be acknowledged before it is carried out", state);
        return true;
    case BP_PHASE_WAIT:
        bp_json_diag(r->d, BP_ERROR, "O008", node,
                     "the order is '%s': it is carried out when it is acknowledged or in progress",
                     state);
        return true;
    default:
        return true;
    }
}

enum date_read { DATE_NONE, DATE_GOOD, DATE_GUESSED };

/* A wrong date is a finding, and is guessed at for what else there is to say. */
static enum date_read read_date(struct bp_order_reader *r, const char *name,
                                struct bp_datetime *out)
{
    const char *text = bp_order_text(r, "O005", r->doc, name);
    const char *problem;

    if (!text)
        return DATE_NONE;
    problem = bp_datetime_parse(text, out);
    if (!problem)
        return DATE_GOOD;
    bp_json_diag(r->d, BP_ERROR, "O005", bp_json_get(r->doc, name), "'%s' is no date and time: %s",
                 text, problem);
    return bp_datetime_guess(text, out) ? DATE_GUESSED : DATE_NONE;
}

/* `first` must not be later than `second`. */
static void check_span(struct bp_order_reader *r, const char *first, const char *second)
{
    struct bp_datetime from, to;
    enum date_read begin = read_date(r, first, &from);
    enum date_read end = read_date(r, second, &to);

    if (begin && end && bp_datetime_cmp(from, to) > 0)
        bp_json_diag(
            r->d, BP_ERROR, "O005", bp_json_get(r->doc, second), "%s '%s' is before %s '%s'%s",
            second, bp_json_get_text(r->doc, second), first, bp_json_get_text(r->doc, first),
            begin == DATE_GUESSED || end == DATE_GUESSED ? ", read with the day first" : "");
}

static void check_dates(struct bp_order_reader *r)
{
    static const char *const alone[] = {"orderDate", "expectedCompletionDate", "cancellationDate"};
    struct bp_datetime unused;

    check_span(r, "requestedStartDate", "requestedCompletionDate");
    check_span(r, "startDate", "completionDate");
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
        read_date(r, alone[i], &unused);
}

/* What TMF641 requires of a party. bp makes no use of it: whoever sent it should know, no more. */
static void check_party(struct bp_order_reader *r, const cJSON *party)
{
    static const char *const names[] = {"id", "@type", "@referredType"};
    size_t count = r->order->dialect == BP_ORDER_TMF641 ? 3 : 1;
    struct bp_str missing = BP_STR_INIT;

    if (!cJSON_IsObject(party)) {
        bp_json_diag(r->d, BP_ERROR, "O001", party, "a related party must be an object, not %s",
                     bp_json_a_type(party));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!bp_order_text(r, "O001", party, names[i]) && !bp_order_member(party, names[i]))
            bp_str_addf(&missing, "%s%s", missing.len ? ", " : "", names[i]);
    }
    if (missing.len)
        bp_json_diag(r->d, BP_WARNING, "O001", party, "the related party has no %s", missing.s);
    bp_str_release(&missing);
}

static void check_parties(struct bp_order_reader *r)
{
    const cJSON *list = bp_order_list(r, "O001", r->doc, "relatedParty");
    const cJSON *party;

    cJSON_ArrayForEach(party, list)
    {
        check_party(r, party);
    }
}

/* ---- the items ---- */

struct node_list {
    const cJSON **nodes;
    size_t count, cap;
};

/* Nested items stand behind their parent, and depend on it no more than it does on them: only
 * relations order items. */
static void collect_items(struct bp_order_reader *r, const cJSON *list, struct node_list *out)
{
    const cJSON *node;

    cJSON_ArrayForEach(node, list)
    {
        out->nodes = bp_grow(out->nodes, &out->cap, out->count + 1, sizeof *out->nodes);
        out->nodes[out->count++] = node;
        collect_items(r, bp_order_list(r, "O001", node, tmf_items), out);
        collect_items(r, bp_order_list(r, "O001", node, openslice_items), out);
    }
}

/* The list of items, from which the dialect follows; NULL when there is none. */
static const cJSON *find_items(struct bp_order_reader *r)
{
    const cJSON *tmf = bp_order_member(r->doc, tmf_items);
    const cJSON *openslice = bp_order_member(r->doc, openslice_items);
    const char *name = openslice ? openslice_items : tmf_items;
    const cJSON *list;

    if (tmf && openslice) {
        bp_json_diag_key(r->d, BP_ERROR, "O001", openslice,
                         "the order has both serviceOrderItem and orderItem");
        return NULL;
    }
    r->order->dialect = openslice ? BP_ORDER_OPENSLICE : BP_ORDER_TMF641;
    if (!tmf && !openslice) {
        bp_json_diag(r->d, BP_ERROR, "O001", r->doc,
                     "no items: a service order has a list serviceOrderItem (or orderItem)");
        return NULL;
    }
    list = bp_order_list(r, "O001", r->doc, name);
    if (list && bp_json_count(list) == 0)
        bp_json_diag(r->d, BP_ERROR, "O001", list, "the list of items is empty");
    return list;
}

static void read_items(struct bp_order_reader *r, const cJSON *list)
{
    struct node_list nodes = {0};

    collect_items(r, list, &nodes);
    r->entries = bp_arena_zalloc(r->a, nodes.count * sizeof *r->entries);
    r->count = nodes.count;
    for (size_t i = 0; i < nodes.count; i++)
        bp_order_read_item(r, nodes.nodes[i], &r->entries[i]);
    free(nodes.nodes);
    bp_order_make_items(r);
}

struct bp_order *bp_order_read(struct bp_arena *a, const cJSON *doc, struct bp_diags *d)
{
    size_t errors = bp_diags_count(d, BP_ERROR);
    struct bp_order *order = bp_arena_zalloc(a, sizeof *order);
    struct bp_order_reader r = {.a = a, .d = d, .order = order, .doc = doc};
    const cJSON *list;

    if (!cJSON_IsObject(doc)) {
        bp_json_diag(d, BP_ERROR, "O001", doc, "a service order must be an object, not %s",
                     bp_json_a_type(doc));
        return NULL;
    }
    list = find_items(&r);
    read_ids(&r);
    if (read_order_state(&r)) {
        check_dates(&r);
        check_parties(&r);
        if (list)
            read_items(&r, list);
    }
    order->faulty = bp_diags_count(d, BP_ERROR) > errors;
    return order;
}
