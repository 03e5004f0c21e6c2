/* JSON in tests, written with single quotes to keep it readable. Behind <cmocka.h>. */
#ifndef TESTS_UNIT_PARSE_QUOTED_H
#define TESTS_UNIT_PARSE_QUOTED_H

#include "base/str.h"
#include "json/read.h"

static cJSON *parse_quoted(struct bp_arena *a, const char *text)
{
    struct bp_err e = BP_ERR_INIT;
    struct bp_str json = BP_STR_INIT;
    cJSON *n;

    bp_str_adds(&json, text);
    for (size_t i = 0; i < json.len; i++)
        json.s[i] = json.s[i] == '\'' ? '"' : json.s[i];
    n = bp_json_parse(a, json.s, json.len, "test", &e);
    if (!n)
        fail_msg("%s: %s", text, e.msg);
    bp_str_release(&json);
    return n;
}

#endif
