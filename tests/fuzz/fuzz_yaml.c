/* Every document of a stream, printed as YAML, must come back with the same values and number
 * texts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json/write.h"
#include "json/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

static void require_same(const struct bp_str *a, const struct bp_str *b)
{
    require(a->len == b->len && memcmp(a->s, b->s, a->len) == 0);
}

static void check(struct bp_arena *a, cJSON *n)
{
    struct bp_str json = BP_STR_INIT, yaml = BP_STR_INIT;
    struct bp_str json_back = BP_STR_INIT, yaml_back = BP_STR_INIT;
    cJSON *back;

    bp_yaml_write(n, &yaml);
    back = bp_yaml_parse(a, yaml.s, yaml.len, "back", NULL);
    require(back && bp_json_equal(n, back));
    bp_json_write_pretty(n, &json);
    bp_json_write_pretty(back, &json_back);
    require_same(&json, &json_back);
    bp_yaml_write(back, &yaml_back);
    require_same(&yaml, &yaml_back);
    bp_str_release(&json);
    bp_str_release(&yaml);
    bp_str_release(&json_back);
    bp_str_release(&yaml_back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bp_yaml *y = bp_yaml_new((const char *)data, size, "fuzz");
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_err e = BP_ERR_INIT;
    cJSON *doc;
    int rc;

    while ((rc = bp_yaml_next(y, &a, &doc, &e)) > 0) {
        check(&a, doc);
        bp_arena_reset(&a);
    }
    require(doc == NULL && (rc == 0 || (e.pos.line && e.pos.col && e.msg[0])));
    bp_yaml_free(y);
    bp_arena_release(&a);
    return 0;
}
