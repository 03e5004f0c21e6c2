/* Whatever is read must come back the same from every way of printing it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json/read.h"
#include "json/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct bp_arena *a, const cJSON *n, void (*print)(const cJSON *, struct bp_str *))
{
    struct bp_str once = BP_STR_INIT, again = BP_STR_INIT;
    cJSON *back;

    print(n, &once);
    back = bp_json_parse(a, once.s, once.len, "once", NULL);
    if (!back || !bp_json_equal(n, back))
        abort();
    print(back, &again);
    if (once.len != again.len || memcmp(once.s, again.s, once.len) != 0)
        abort();
    bp_str_release(&once);
    bp_str_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_err e = BP_ERR_INIT;
    cJSON *n = bp_json_parse(&a, (const char *)data, size, "fuzz", &e);

    if (n) {
        check(&a, n, bp_json_write);
        check(&a, n, bp_json_write_pretty);
        check(&a, n, bp_json_write_canonical);
        bp_json_sort(n);
        check(&a, n, bp_json_write);
    } else if (e.pos.line == 0 || !e.msg[0]) {
        abort();
    }
    bp_arena_release(&a);
    return 0;
}
