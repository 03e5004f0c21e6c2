/* Service orders: the samples, a table of single faults, dates and secrets. Run from the top
 * directory. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "json/input.h"
#include "json/read.h"
#include "json/write.h"
#include "model/datetime.h"
#include "model/order.h"

/* ---- reading an order, and what was found in it ---- */

static struct bp_arena arena = BP_ARENA_INIT;
static struct bp_str found = BP_STR_INIT; /* JSON lines of the report */

static int release_all(void **state)
{
    (void)state;
    bp_arena_release(&arena);
    bp_str_release(&found);
    return 0;
}

/* Findings go to a report; what people would see is of no interest here. NULL for a faulty order.
 */
static struct bp_order *read_order(const cJSON *doc)
{
    char path[] = "/tmp/test_order.XXXXXX";
    int null = open("/dev/null", O_WRONLY), err = dup(STDERR_FILENO);
    struct bp_diags *d;
    struct bp_order *order;

    close(mkstemp(path));
    d = bp_diags_new(path, false, false, NULL);
    assert_non_null(d);
    order = bp_order_read(&arena, doc, d);
    dup2(null, STDERR_FILENO);
    assert_int_equal(bp_diags_free(d, NULL), 0);
    dup2(err, STDERR_FILENO);
    close(null);
    close(err);
    bp_str_clear(&found);
    assert_int_equal(bp_read_file(AT_FDCWD, path, &found, NULL), 0);
    unlink(path);
    return order && !order->faulty ? order : NULL;
}

static struct bp_order *read_text(const char *text)
{
    struct bp_err e = BP_ERR_INIT;
    cJSON *doc = bp_json_parse(&arena, text, strlen(text), "order", &e);

    if (!doc)
        fail_msg("%s", e.msg);
    return read_order(doc);
}

static struct bp_order *read_file(const char *path)
{
    struct bp_err e = BP_ERR_INIT;
    cJSON *doc = bp_input_file(&arena, path, &e);

    if (!doc)
        fail_msg("%s: run from the top directory", e.msg);
    assert_true(bp_order_is(doc));
    return read_order(doc);
}

/* "error O002 /pointer" for each finding. */
static void summary(struct bp_str *out)
{
    struct bp_json_cursor c;

    bp_json_cursor_init(&c, found.s, found.len, "report");
    while (bp_json_cursor_more(&c)) {
        const cJSON *f = bp_json_next(&c, &arena, NULL, NULL);

        bp_str_addf(out, "%s %s %s\n", bp_json_get_text(f, "level"), bp_json_get_text(f, "rule"),
                    bp_json_get_text(f, "pointer"));
    }
}

static const struct bp_characteristic *characteristic(const struct bp_order_item *item,
                                                      const char *name)
{
    for (size_t i = 0; i < item->ncharacteristics; i++) {
        if (strcmp(item->characteristics[i].name, name) == 0)
            return &item->characteristics[i];
    }
    return NULL;
}

static void assert_value(const struct bp_order_item *item, const char *name, const char *json)
{
    const struct bp_characteristic *c = characteristic(item, name);
    struct bp_str s = BP_STR_INIT;

    assert_non_null(c);
    bp_json_write(c->value, &s);
    assert_string_equal(s.s, json);
    bp_str_release(&s);
}

/* ---- the samples ---- */

static void test_add_single(void **state)
{
    struct bp_order *o = read_file("testdata/orders/01-add-single.json");
    const struct bp_order_item *item;

    (void)state;
    assert_non_null(o);
    assert_string_equal(found.s, "");
    assert_int_equal(o->dialect, BP_ORDER_TMF641);
    assert_string_equal(o->id, "PO-2026-0117");
    assert_string_equal(o->external_id, "PO-2026-0117");
    assert_false(o->final);
    assert_int_equal(o->nitems, 1);
    item = o->items;
    assert_string_equal(item->id, "1");
    assert_int_equal(item->action, BP_ORDER_ADD);
    assert_null(item->service_id);
    assert_string_equal(item->service_name, "conveyor-collector");
    assert_string_equal(item->spec_id, "c05a3415-ac56-53f6-bdf0-8fb7224e2bbb");
    assert_string_equal(item->spec_name, "Edge container");
    assert_string_equal(item->spec_version, "1.0.0");
    assert_string_equal(item->place, "north-mine");
    assert_int_equal(item->ndependencies, 0);
    assert_int_equal(item->ncharacteristics, 11);
    assert_value(item, "replicas", "\"1\"");
    assert_string_equal(characteristic(item, "replicas")->value_type, "INTEGER");
    assert_value(item, "ports", "[\"9102:9102/tcp\"]");
    assert_value(item, "env.BROKER_PASSWORD", "\"secretref:site/north-mine/broker#password\"");
}

/* The same order in both dialects gives the same items but for ids. */
static void test_dialects_agree(void **state)
{
    struct bp_order *tmf = read_file("testdata/orders/02-add-arrowhead-cloud.json");
    struct bp_order *osl;

    (void)state;
    assert_string_equal(found.s, "");
    osl = read_file("testdata/orders/03-add-arrowhead-cloud.openslice.json");
    assert_string_equal(found.s, "");
    assert_non_null(tmf);
    assert_non_null(osl);
    assert_int_equal(osl->dialect, BP_ORDER_OPENSLICE);
    assert_string_equal(osl->id, "74665634-d77f-5400-843e-77bd8f6465a3");
    assert_string_equal(osl->external_id, "PO-2026-0121");
    assert_int_equal(tmf->nitems, 7);
    assert_int_equal(osl->nitems, 7);
    for (size_t i = 0; i < 7; i++) {
        const struct bp_order_item *a = &tmf->items[i], *b = &osl->items[i];

        assert_string_equal(a->service_name, b->service_name);
        assert_string_equal(a->spec_id, b->spec_id);
        assert_null(a->service_id);
        assert_int_equal(strlen(b->service_id), 36);
        assert_int_equal(a->ndependencies, b->ndependencies);
        for (size_t k = 0; k < a->ndependencies; k++) {
            assert_int_equal(a->dependencies[k], b->dependencies[k]);
            assert_true(a->dependencies[k] < i);
        }
        assert_int_equal(a->ncharacteristics, b->ncharacteristics);
        for (size_t k = 0; k < a->ncharacteristics; k++)
            assert_true(bp_json_equal(a->characteristics[k].value, b->characteristics[k].value));
    }
}

static void test_modify_and_delete(void **state)
{
    struct bp_order *o = read_file("testdata/orders/04-modify-scale-out.json");

    (void)state;
    assert_non_null(o);
    assert_string_equal(found.s, "");
    assert_int_equal(o->items[0].action, BP_ORDER_MODIFY);
    assert_string_equal(o->items[0].service_id, "46e23dab-a82c-5312-a6b2-aa8c162609de");
    assert_int_equal(o->items[0].ncharacteristics, 2);
    assert_int_equal(o->items[1].action, BP_ORDER_NOCHANGE);
    o = read_file("testdata/orders/05-delete.json");
    assert_non_null(o);
    assert_string_equal(found.s, "");
    assert_int_equal(o->items[1].action, BP_ORDER_DELETE);
    assert_int_equal(o->items[1].ndependencies, 1);
    assert_int_equal(o->items[1].dependencies[0], 0);
}

/* Every fault at once, with its place, against testdata/orders/06-malformed.findings. */
static void test_malformed(void **state)
{
    struct bp_str want = BP_STR_INIT;

    (void)state;
    assert_null(read_file("testdata/orders/06-malformed.json"));
    assert_int_equal(bp_read_file(AT_FDCWD, "testdata/orders/06-malformed.findings", &want, NULL),
                     0);
    assert_string_equal(found.s, want.s);
    assert_null(strstr(found.s, "123456"));
    bp_str_release(&want);
}

/* ---- single faults ---- */

#define SPEC "\"serviceSpecification\":{\"id\":\"s\"}"
#define ITEM(id, more) \
    "{\"id\":\"" id "\",\"action\":\"add\",\"service\":{\"name\":\"n\"," SPEC "}" more "}"
#define ORDER(items) "{\"serviceOrderItem\":[" items "]}"
#define WITH(members) "{" members ",\"serviceOrderItem\":[" ITEM("1", "") "]}"
#define SERVICE(action, members) \
    ORDER("{\"id\":\"1\",\"action\":\"" action "\",\"service\":{" members "}}")
#define CHARS(list) SERVICE("add", SPEC ",\"serviceCharacteristic\":" list)
#define DEP(id) "{\"relationshipType\":\"dependency\",\"orderItem\":{\"itemId\":\"" id "\"}}"
#define NEEDS(list) ",\"serviceOrderItemRelationship\":[" list "]"

static const struct {
    const char *order;
    const char *findings; /* NULL: none */
} faults[] = {
    /* O001: shape */
    {"[]", "error O001 \n"},
    {"{\"@type\":\"ServiceOrder\"}", "error O001 \n"},
    {"{\"serviceOrderItem\":null}", "error O001 \n"},
    {"{\"serviceOrderItem\":[]}", "error O001 /serviceOrderItem\n"},
    {"{\"serviceOrderItem\":{}}", "error O001 /serviceOrderItem\n"},
    {"{\"orderItem\":[],\"serviceOrderItem\":[]}", "error O001 /orderItem\n"},
    {ORDER("7"), "error O001 /serviceOrderItem/0\n"},
    {ORDER("{\"action\":\"noChange\",\"service\":{\"id\":\"x\"}}"),
     "error O001 /serviceOrderItem/0\n"},
    {ORDER("{\"id\":\"\",\"action\":\"noChange\",\"service\":{\"id\":\"x\"}}"),
     "error O001 /serviceOrderItem/0\n"},
    {ORDER("{\"id\":1,\"action\":\"noChange\",\"service\":{\"id\":\"x\"}}"),
     "error O001 /serviceOrderItem/0/id\n"},
    {ORDER(ITEM("1", "") "," ITEM("1", "")), "error O001 /serviceOrderItem/1/id\n"},
    {ORDER(ITEM("1", ",\"serviceOrderItem\":[" ITEM("1", "") "]")),
     "error O001 /serviceOrderItem/0/serviceOrderItem/0/id\n"},
    {ORDER(ITEM("1", ",\"serviceOrderItem\":7")),
     "error O001 /serviceOrderItem/0/serviceOrderItem\n"},
    {WITH("\"id\":7"), "error O001 /id\n"},
    {WITH("\"relatedParty\":[{\"id\":\"x\"}]"), "warning O001 /relatedParty/0\n"},
    {WITH("\"relatedParty\":[7]"), "error O001 /relatedParty/0\n"},
    {SERVICE("add", SPEC ",\"place\":{}"), "error O001 /serviceOrderItem/0/service/place\n"},
    {SERVICE("add", SPEC ",\"place\":[{\"role\":\"deploymentSite\",\"name\":\"a\"},"
                         "{\"role\":\"DEPLOYMENT_SITE\",\"name\":\"b\"}]"),
     "error O001 /serviceOrderItem/0/service/place/1\n"},
    /* O002: what is to be done with what */
    {ORDER("{\"id\":\"1\",\"service\":{}}"), "error O002 /serviceOrderItem/0\n"},
    {SERVICE("create", ""), "error O002 /serviceOrderItem/0/action\n"},
    {SERVICE("NO_CHANGE", "\"id\":\"x\""), NULL},
    {ORDER("{\"id\":\"1\",\"action\":\"add\"}"), "error O002 /serviceOrderItem/0\n"},
    {ORDER("{\"id\":\"1\",\"action\":\"add\",\"service\":[]}"),
     "error O002 /serviceOrderItem/0/service\n"},
    {SERVICE("add", ""), "error O002 /serviceOrderItem/0/service\n"},
    {SERVICE("add", "\"serviceSpecification\":{\"name\":\"x\"}"),
     "error O002 /serviceOrderItem/0/service/serviceSpecification\n"},
    {SERVICE("add", "\"serviceSpecification\":{\"name\":\"x\",\"version\":\"1\"}"),
     "warning O002 /serviceOrderItem/0/service/serviceSpecification\n"},
    {SERVICE("add", "\"serviceSpecification\":\"x\""),
     "error O002 /serviceOrderItem/0/service/serviceSpecification\n"},
    {SERVICE("modify", "\"name\":\"x\""), "error O002 /serviceOrderItem/0/service\n"},
    {SERVICE("delete", "\"id\":null"), "error O002 /serviceOrderItem/0/service\n"},
    {SERVICE("delete", "\"uuid\":\"x\""), NULL},
    {SERVICE("noChange", ""), "warning O002 /serviceOrderItem/0/service\n"},
    {ORDER(ITEM("1", ",\"quantity\":1.0")), NULL},
    {ORDER(ITEM("1", ",\"quantity\":0")), "error O002 /serviceOrderItem/0/quantity\n"},
    {ORDER(ITEM("1", ",\"quantity\":-1")), "error O002 /serviceOrderItem/0/quantity\n"},
    {ORDER(ITEM("1", ",\"quantity\":2")), "error O002 /serviceOrderItem/0/quantity\n"},
    {ORDER(ITEM("1", ",\"quantity\":1.5")), "error O002 /serviceOrderItem/0/quantity\n"},
    {ORDER(ITEM("1", ",\"quantity\":\"1\"")), "error O002 /serviceOrderItem/0/quantity\n"},
    /* O003: characteristics */
    {CHARS("{}"), "error O003 /serviceOrderItem/0/service/serviceCharacteristic\n"},
    {CHARS("[7]"), "error O003 /serviceOrderItem/0/service/serviceCharacteristic/0\n"},
    {CHARS("[{\"value\":1}]"), "error O003 /serviceOrderItem/0/service/serviceCharacteristic/0\n"},
    {CHARS("[{\"name\":7,\"value\":1}]"),
     "error O003 /serviceOrderItem/0/service/serviceCharacteristic/0/name\n"},
    {CHARS("[{\"name\":\"a\"}]"),
     "error O003 /serviceOrderItem/0/service/serviceCharacteristic/0\n"},
    {CHARS("[{\"name\":\"a\",\"value\":null}]"),
     "error O003 /serviceOrderItem/0/service/serviceCharacteristic/0\n"},
    {CHARS("[{\"name\":\"a\",\"value\":{\"alias\":\"a\"}}]"),
     "error O003 /serviceOrderItem/0/service/serviceCharacteristic/0/value\n"},
    {CHARS("[{\"name\":\"a\",\"value\":1},{\"name\":\"a\",\"value\":1}]"),
     "error O003 /serviceOrderItem/0/service/serviceCharacteristic/1/name\n"},
    {CHARS("[{\"name\":\"a\",\"value\":1},{\"name\":\"A\",\"value\":1}]"), NULL},
    {CHARS("[{\"name\":\"a\",\"valueType\":\"ARRAY\",\"value\":{\"value\":\"[\"}}]"),
     "error O003 /serviceOrderItem/0/service/serviceCharacteristic/0/value/value\n"},
    {CHARS("[{\"name\":\"a\",\"valueType\":\"set\",\"value\":\"{}\"}]"),
     "error O003 /serviceOrderItem/0/service/serviceCharacteristic/0/value\n"},
    {CHARS("[{\"name\":\"a\",\"valueType\":\"ARRAY\",\"value\":[{\"value\":null}]}]"),
     "error O003 /serviceOrderItem/0/service/serviceCharacteristic/0/value\n"},
    {CHARS("[{\"name\":\"a\",\"valueType\":\"MAP\",\"value\":\"[]\"}]"),
     "error O003 /serviceOrderItem/0/service/serviceCharacteristic/0/value\n"},
    {CHARS("[{\"name\":\"a\",\"valueType\":\"TEXT\",\"value\":{\"b\":1}}]"),
     "error O003 /serviceOrderItem/0/service/serviceCharacteristic/0/value\n"},
    /* O004: relations */
    {ORDER(ITEM("1", NEEDS(DEP("2"))) "," ITEM("2", "")), NULL},
    {ORDER(ITEM("1", ",\"serviceOrderItemRelationship\":{}")),
     "error O004 /serviceOrderItem/0/serviceOrderItemRelationship\n"},
    {ORDER(ITEM("1", NEEDS("7"))),
     "error O004 /serviceOrderItem/0/serviceOrderItemRelationship/0\n"},
    {ORDER(ITEM("1", NEEDS(DEP("9")))),
     "error O004 /serviceOrderItem/0/serviceOrderItemRelationship/0\n"},
    {ORDER(ITEM("1", NEEDS("{\"relationshipType\":\"dependency\"}"))),
     "error O004 /serviceOrderItem/0/serviceOrderItemRelationship/0\n"},
    {ORDER(ITEM("1", NEEDS("{\"orderItem\":{\"itemId\":\"1\"}}"))),
     "error O004 /serviceOrderItem/0/serviceOrderItemRelationship/0\n"},
    {ORDER(
         ITEM("1", NEEDS("{\"relationshipType\":\"dependsOn\",\"orderItem\":{\"itemId\":\"9\"}}"))),
     "warning O004 /serviceOrderItem/0/serviceOrderItemRelationship/0/relationshipType\n"},
    {ORDER(ITEM("1", NEEDS("{\"relationshipType\":\"dependency\",\"orderItem\":"
                           "{\"itemId\":\"1\",\"serviceOrderId\":\"other\"}}"))),
     "error O004 /serviceOrderItem/0/serviceOrderItemRelationship/0/orderItem\n"},
    {ORDER(ITEM("1", NEEDS(DEP("1")))), "error O004 /serviceOrderItem/0\n"},
    {ORDER(
         ITEM("1", NEEDS(DEP("2"))) "," ITEM("2", NEEDS(DEP("1"))) "," ITEM("3", NEEDS(DEP("1")))),
     "error O004 /serviceOrderItem/0\n"},
    {ORDER(ITEM("1", ",\"state\":\"cancelled\"") "," ITEM("2", NEEDS(DEP("1")))),
     "note O008 /serviceOrderItem/0/state\n"
     "error O004 /serviceOrderItem/1/serviceOrderItemRelationship/0\n"},
    /* O005: dates */
    {WITH("\"requestedStartDate\":\"2026-03-02 06:00\""), "error O005 /requestedStartDate\n"},
    {WITH("\"requestedStartDate\":7"), "error O005 /requestedStartDate\n"},
    {WITH("\"completionDate\":\"soon\""), "error O005 /completionDate\n"},
    {WITH("\"orderDate\":\"2026-02-29T00:00:00Z\""), "error O005 /orderDate\n"},
    {WITH("\"requestedStartDate\":\"2026-06-30T20:00:00+02:00\","
          "\"requestedCompletionDate\":\"2026-06-30T18:00:00Z\""),
     NULL},
    {WITH("\"requestedStartDate\":\"2026-06-30T20:00:00+02:00\","
          "\"requestedCompletionDate\":\"2026-06-30T17:59:59Z\""),
     "error O005 /requestedCompletionDate\n"},
    /* O006: secrets */
    {CHARS("[{\"name\":\"env.DB_PASSWORD\",\"value\":\"hunter2\"}]"),
     "error O006 /serviceOrderItem/0/service/serviceCharacteristic/0/value\n"},
    {CHARS("[{\"name\":\"apiKey\",\"value\":1234}]"),
     "error O006 /serviceOrderItem/0/service/serviceCharacteristic/0/value\n"},
    {CHARS("[{\"name\":\"env.DB_PASSWORD\",\"value\":\"\"}]"), NULL},
    {CHARS("[{\"name\":\"tokens\",\"valueType\":\"ARRAY\",\"value\":[\"${secret:a}\",\"secretref:"
           "b\"]}]"),
     NULL},
    {CHARS("[{\"name\":\"tokens\",\"valueType\":\"ARRAY\",\"value\":[\"${secret:a}\",\"b\"]}]"),
     "error O006 /serviceOrderItem/0/service/serviceCharacteristic/0/value\n"},
    {CHARS("[{\"name\":\"env\",\"valueType\":\"ARRAY\",\"value\":[\"A=1\",\"DB_PASSWORD=x\"]}]"),
     "error O006 /serviceOrderItem/0/service/serviceCharacteristic/0/value\n"},
    {CHARS("[{\"name\":\"env\",\"valueType\":\"MAP\",\"value\":{\"DB\":{\"password\":\"x\"}}}]"),
     "error O006 /serviceOrderItem/0/service/serviceCharacteristic/0/value\n"},
    {CHARS("[{\"name\":\"db\",\"value\":\"mysql://root:pw@db:3306/x\"}]"),
     "error O006 /serviceOrderItem/0/service/serviceCharacteristic/0/value\n"},
    {CHARS("[{\"name\":\"db\",\"value\":\"mysql://root@db:3306/x?a=b:c@d\"}]"), NULL},
    {CHARS("[{\"name\":\"db\",\"value\":\"http://a/ mysql://root:pw@db:3306/x\"}]"),
     "error O006 /serviceOrderItem/0/service/serviceCharacteristic/0/value\n"},
    {CHARS("[{\"name\":\"env\",\"value\":\"A=1\\r\\nDB_PASSWORD=x\\nB=2\"}]"),
     "error O006 /serviceOrderItem/0/service/serviceCharacteristic/0/value\n"},
    {CHARS("[{\"name\":\"env\",\"value\":\"A=1\\nDB_PASSWORD=\\nTOKEN=${secret:a}\\n"
           "see /etc/TOKEN=x\"}]"),
     NULL},
    {CHARS("[{\"name\":\"tls\",\"value\":\"-----BEGIN EC PRIVATE KEY-----\\nx\"}]"),
     "error O006 /serviceOrderItem/0/service/serviceCharacteristic/0/value\n"},
    /* O007: names */
    {SERVICE("add", SPEC ",\"name\":\"Conveyor_Collector\""),
     "note O007 /serviceOrderItem/0/service/name\n"},
    {SERVICE("add", SPEC ",\"name\":\"-_-\""), "error O007 /serviceOrderItem/0/service/name\n"},
    {SERVICE("add", SPEC ",\"name\":7"), "error O007 /serviceOrderItem/0/service/name\n"},
    /* O008: states */
    {WITH("\"state\":\"IN_PROGRESS\""), NULL},
    {WITH("\"state\":\"done\""), "error O008 /state\n"},
    {WITH("\"state\":\"INITIAL\""), "error O008 /state\n"},
    {WITH("\"state\":\"held\""), "error O008 /state\n"},
    {WITH("\"state\":7"), "error O008 /state\n"},
    {ORDER(ITEM("1", ",\"state\":\"lost\"")), "error O008 /serviceOrderItem/0/state\n"},
    {ORDER(ITEM("1", ",\"state\":\"INITIAL\"")), NULL},
    {SERVICE("add", SPEC ",\"state\":\"asleep\""),
     "warning O008 /serviceOrderItem/0/service/state\n"},
};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const char *want = faults[i].findings ? faults[i].findings : "";
        struct bp_order *o = read_text(faults[i].order);
        struct bp_str got = BP_STR_INIT;

        summary(&got);
        if (strcmp(got.s, want) != 0)
            fail_msg("%s\nwanted: %s\ngot: %s", faults[i].order, want, got.s);
        assert_int_equal(o == NULL, strstr(got.s, "error ") != NULL);
        assert_null(strstr(found.s, "hunter2"));
        bp_str_release(&got);
        bp_arena_reset(&arena);
    }
}

static void test_cycle_text(void **state)
{
    struct bp_str text = BP_STR_INIT;

    (void)state;
    read_text(ORDER(ITEM("9", NEEDS(DEP("a"))) "," ITEM("a", NEEDS(DEP("b"))) "," //
                    ITEM("b", NEEDS(DEP("c"))) "," ITEM("c", NEEDS(DEP("a")))));
    assert_non_null(strstr(found.s, "\"dependency cycle: a -> b -> c -> a\""));
    /* A long one is cut. */
    bp_str_adds(&text, "{\"orderItem\":[");
    for (int i = 0; i < 5000; i++)
        bp_str_addf(
            &text,
            "%s{\"id\":\"%d\",\"action\":\"delete\",\"service\":{\"id\":\"x\"},"
            "\"orderItemRelationship\":[{\"id\":\"%d\",\"relationshipType\":\"dependency\"}]}",
            i ? "," : "", i, (i + 1) % 5000);
    bp_str_adds(&text, "]}");
    assert_null(read_text(text.s));
    assert_non_null(strstr(found.s, "dependency cycle: 0 -> 1 -> 2 -> "));
    assert_non_null(strstr(found.s, "19 -> ... 4980 more ... -> 0\""));
    assert_true(found.len < 1000);
    bp_str_release(&text);
}

/* ---- what comes out ---- */

static void assert_ids(const struct bp_order *o, const char *want)
{
    struct bp_str got = BP_STR_INIT;

    assert_non_null(o);
    for (size_t i = 0; i < o->nitems; i++)
        bp_str_addf(&got, "%s%s", i ? " " : "", o->items[i].id);
    assert_string_equal(got.s, want);
    bp_str_release(&got);
}

static void test_order_of_items(void **state)
{
    struct bp_order *o;

    (void)state;
    assert_ids(read_text(ORDER(ITEM("3", "") "," ITEM("1", "") "," ITEM("2", ""))), "3 1 2");
    o = read_text(ORDER(ITEM("1", NEEDS(DEP("3") "," DEP("3"))) "," ITEM("2", "") "," //
                        ITEM("3", "") "," ITEM("4", NEEDS(DEP("1")))));
    assert_ids(o, "2 3 1 4");
    assert_int_equal(o->items[2].ndependencies, 1);
    assert_int_equal(o->items[2].dependencies[0], 1);
    assert_int_equal(o->items[3].dependencies[0], 2);
    /* Nested ones stand behind their parent and wait for nobody. */
    o = read_text(
        ORDER(ITEM("1", ",\"serviceOrderItem\":[" ITEM("1.1", "") "," ITEM("1.2", "") "]") //
              "," ITEM("2", "")));
    assert_ids(o, "1 1.1 1.2 2");
    assert_int_equal(o->items[1].ndependencies, 0);
    /* What is held is passed over. */
    o = read_text(ORDER(ITEM("1", ",\"state\":\"held\"") "," ITEM("2", "")));
    assert_ids(o, "2");
}

static void test_final_order(void **state)
{
    struct bp_order *o = read_text("{\"state\":\"COMPLETED\",\"uuid\":\"u\",\"orderItem\":[7]}");

    (void)state;
    assert_non_null(o);
    assert_true(o->final);
    assert_int_equal(o->nitems, 0);
    assert_string_equal(o->id, "u");
    assert_non_null(strstr(found.s, "\"level\":\"note\""));
}

static void test_values(void **state)
{
    struct bp_order *o = read_text(
        "{\"orderItem\":[{\"id\":\"i\",\"action\":\"add\",\"service\":{" SPEC
        ",\"place\":[{\"id\":\"p\",\"name\":null}],\"serviceCharacteristic\":["
        "{\"name\":\"scalar\",\"value\":1.10},"
        "{\"name\":\"text\",\"valueType\":\"String\",\"value\":\"007\"},"
        "{\"name\":\"list\",\"value\":[1,{\"value\":\"a\",\"alias\":\"b\"},{\"k\":{\"value\":2}}]},"
        "{\"name\":\"set\",\"valueType\":\"Set\",\"value\":{\"value\":\"[{\\\"value\\\":1e400}]\"}}"
        ","
        "{\"name\":\"map\",\"valueType\":\"MAP\",\"value\":{\"value\":\"{\\\"a\\\":null}\"}},"
        "{\"name\":\"object\",\"valueType\":\"OBJECT\",\"value\":{\"b\":[]}},"
        "{\"name\":\"unset\",\"valueType\":\"TEXT\",\"value\":null},"
        "{\"name\":\"unset2\",\"valueType\":\"TEXT\",\"value\":{\"value\":null,\"alias\":null}},"
        "{\"name\":\"unset3\",\"valueType\":\"ARRAY\",\"value\":{\"value\":\"\"}}]}}]}");
    const struct bp_order_item *item;

    (void)state;
    assert_string_equal(found.s, "");
    assert_non_null(o);
    item = o->items;
    assert_string_equal(item->place, "p");
    assert_int_equal(item->ncharacteristics, 6);
    assert_value(item, "scalar", "1.10");
    assert_value(item, "text", "\"007\"");
    assert_string_equal(characteristic(item, "text")->value_type, "STRING");
    assert_value(item, "list", "[1,\"a\",{\"k\":{\"value\":2}}]");
    assert_value(item, "set", "[1e400]");
    assert_value(item, "map", "{\"a\":null}");
    assert_value(item, "object", "{\"b\":[]}");
}

/* A long chain, given backwards: neither deep nor slow. */
static void test_large_order(void **state)
{
    enum { ITEMS = 50000 };
    struct bp_str text = BP_STR_INIT;
    struct bp_order *o;

    (void)state;
    bp_str_adds(&text, "{\"orderItem\":[");
    for (int i = 0; i < ITEMS; i++)
        bp_str_addf(&text,
                    "%s{\"id\":\"%d\",\"action\":\"delete\",\"service\":{\"id\":\"x\"},"
                    "\"orderItemRelationship\":[{\"id\":\"%d\",\"relationshipType\":\"%s\"}]}",
                    i ? "," : "", i, i + 1, i + 1 < ITEMS ? "dependency" : "x");
    bp_str_adds(&text, "]}");
    o = read_text(text.s);
    assert_non_null(o);
    assert_int_equal(o->nitems, ITEMS);
    assert_string_equal(o->items[0].id, "49999");
    assert_string_equal(o->items[ITEMS - 1].id, "0");
    assert_int_equal(o->items[ITEMS - 1].dependencies[0], ITEMS - 2);
    bp_str_release(&text);
}

static void test_order_is(void **state)
{
    static const struct {
        const char *text;
        bool is;
    } rows[] = {
        {"{\"serviceOrderItem\":[]}", true},
        {"{\"orderItem\":null}", true},
        {"{\"@type\":\"ServiceOrder\"}", true},
        {"{\"@type\":\"org.etsi.osl.tmf.so641.model.ServiceOrder\"}", true},
        {"{\"@type\":\"ServiceOrderItem\"}", false},
        {"{\"kind\":\"Blueprint\",\"metadata\":{\"name\":\"x\"}}", false},
        {"[]", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cJSON *doc = bp_json_parse(&arena, rows[i].text, strlen(rows[i].text), "t", NULL);

        assert_int_equal(bp_order_is(doc), rows[i].is);
    }
}

/* ---- dates and secrets ---- */

static void test_datetime(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
        uint32_t nanos;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0, 0},
        {"1969-12-31T23:59:59z", -1, 0},
        {"2000-02-29t12:00:00Z", 951825600, 0},
        {"2026-03-02T06:00:00.305Z", 1772431200, 305000000},
        {"2026-06-30T20:00:00+02:00", 1782842400, 0},
        {"2026-06-30T18:00:00-00:00", 1782842400, 0},
        {"2026-01-01T00:00:00-23:59", 1767311940, 0},
        {"0000-03-01T00:00:00Z", -62162035200, 0},
        {"9999-12-31T23:59:59Z", 253402300799, 0},
        {"2016-12-31T23:59:60Z", 1483228800, 0},
        {"2017-01-01T00:59:60+01:00", 1483228800, 0},
        {"2026-03-02T06:00:00.1234567891234Z", 1772431200, 123456789},
    };
    static const char *const bad[] = {
        "",
        "2026-03-02",
        "2026-03-02T06:00Z",
        "2026-03-02T06:00:00",
        "2026-03-02 06:00:00Z",
        "2026-03-02T06:00:00+0200",
        "2026-03-02T06:00:00+24:00",
        "2026-03-02T06:00:00+02:60",
        "2026-03-02T06:00:00Zx",
        "2026-03-02T06:00:00.Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T06:60:00Z",
        "2026-03-02T06:00:60Z",
        "2026-03-02T06:00:61Z",
        "2026-00-02T06:00:00Z",
        "2026-13-02T06:00:00Z",
        "2026-02-29T06:00:00Z",
        "2100-02-29T06:00:00Z",
        "2026-04-31T06:00:00Z",
        "2026-04-00T06:00:00Z",
        "26-04-01T06:00:00Z",
        "+026-04-01T06:00:00Z",
    };
    struct bp_datetime t;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_null(bp_datetime_parse(good[i].text, &t));
        assert_int_equal(t.seconds, good[i].seconds);
        assert_int_equal(t.nanos, good[i].nanos);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_non_null(bp_datetime_parse(bad[i], &t));
    assert_true(bp_datetime_cmp((struct bp_datetime){1, 0}, (struct bp_datetime){1, 1}) < 0);
    assert_true(bp_datetime_cmp((struct bp_datetime){2, 0}, (struct bp_datetime){1, 1}) > 0);
    assert_true(bp_datetime_guess("02/03/2026 06:00", &t));
    assert_int_equal(t.seconds, 1772431200);
    assert_false(bp_datetime_guess("31/02/2026", &t));
    assert_false(bp_datetime_guess("soon", &t));
}

static void test_secrets(void **state)
{
    static const char *const secret[] = {
        "password",    "env.BROKER_PASSWORD", "DbPasswd",   "API-Key",
        "apikey",      "private_key",         "auth.token", "client secret",
        "credentials", "secretName.x",        "PASSWORD_1"};
    static const char *const open_names[] = {"name",      "env.TZ",    "passwordFile", "TOKEN_TTL",
                                             "publicKey", "key",       "secret_name",  "",
                                             "tokenUrl",  "passenger", "volumes"};

    (void)state;
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
        assert_true(bp_secret_name(secret[i]));
    for (size_t i = 0; i < sizeof open_names / sizeof *open_names; i++)
        assert_false(bp_secret_name(open_names[i]));
    assert_true(bp_secret_reference("secretref:site/a#b"));
    assert_true(bp_secret_reference("${secret:a}"));
    assert_false(bp_secret_reference("secretref:"));
    assert_false(bp_secret_reference("${secret:}"));
    assert_false(bp_secret_reference("${secret:a}b"));
    assert_false(bp_secret_reference("${secret:a} ${secret:b}"));
    assert_false(bp_secret_reference("${site.a}"));
    assert_false(bp_secret_reference(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_single),
        cmocka_unit_test(test_dialects_agree),
        cmocka_unit_test(test_modify_and_delete),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_cycle_text),
        cmocka_unit_test(test_order_of_items),
        cmocka_unit_test(test_final_order),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_large_order),
        cmocka_unit_test(test_order_is),
        cmocka_unit_test(test_datetime),
        cmocka_unit_test(test_secrets),
    };

    return cmocka_run_group_tests(tests, NULL, release_all);
}
