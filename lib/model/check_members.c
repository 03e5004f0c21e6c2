/* The fixed structure around a spec: which members the server knows, and of which type. */
#include <string.h>
#include <strings.h>

#include "base/nearest.h"
#include "json/diag.h"
#include "model/check_internal.h"
#include "model/datetime.h"

/* What the server reads a member as. OBJECT and TEXTS are objects, the values of TEXTS being
 * strings; WORDS is a list of strings; ANY is looked at elsewhere. */
enum type { ANY, TEXT, TIME, INTEGER, OBJECT, TEXTS, WORDS, DELETED };

struct member {
    const char *name;
    enum type type;
    bool required;
};

#define METADATA                 \
    {                            \
        "metadata", OBJECT, true \
    }
#define SPEC                 \
    {                        \
        "spec", OBJECT, true \
    }

static const struct member blueprint[] = {
    {"blueprintid", TEXT, false}, {"kind", TEXT, true},        METADATA, SPEC,
    {"status", OBJECT, false},    {"deleted", DELETED, false}, {0},
};

static const struct member definition[] = {
    {"blueprintdefinitionid", TEXT, false},
    {"kind", TEXT, false},
    METADATA,
    SPEC,
    {"deleted", DELETED, false},
    {0},
};

static const struct member metadata[] = {
    {"name", TEXT, true},
    {"colonyname", TEXT, false},
    {"locationname", TEXT, false},
    {"labels", TEXTS, false},
    {"annotations", TEXTS, false},
    {"generation", INTEGER, false},
    {"createdAt", TIME, false},
    {"updatedAt", TIME, false},
    {"lastReconciliationProcess", TEXT, false},
    {"lastReconciliationTime", TIME, false},
    {0},
};

/* The spec of a definition; what is ANY here is judged where definitions are read. */
static const struct member definition_spec[] = {
    {"group", TEXT, false},
    {"version", TEXT, false},
    {"names", ANY, false},
    {"scope", TEXT, false},
    {"schema", ANY, false},
    {"handler", OBJECT, false},
    {0},
};

static const struct member definition_names[] = {
    {"kind", ANY, false},    {"listKind", TEXT, false},    {"singular", TEXT, false},
    {"plural", TEXT, false}, {"shortNames", WORDS, false}, {0},
};

static const struct member definition_handler[] = {
    {"executorType", TEXT, false},
    {"functionName", TEXT, false},
    {"reconcileInterval", INTEGER, false},
    {0},
};

/* ---- values ---- */

static void check_texts(const cJSON *obj, struct bp_diags *d)
{
    const cJSON *m;

    cJSON_ArrayForEach(m, obj)
    {
        if (cJSON_IsNumber(m) || cJSON_IsBool(m))
            bp_broken(d, BP_RULE_TEXT_VALUE, m,
                      "value of '%s' is %s, must be a string: write it in quotes", m->string,
                      bp_json_a_type(m));
        else if (!cJSON_IsString(m))
            bp_broken(d, BP_RULE_TEXT_VALUE, m, "value of '%s' is %s, must be a string", m->string,
                      bp_json_a_type(m));
    }
}

static void wrong_type(const cJSON *n, const char *must, struct bp_diags *d)
{
    bp_broken(d, BP_RULE_WRONG_TYPE, n,
              "'%s' is %s, must be %s: the server would refuse the document", n->string,
              bp_json_a_type(n), must);
}

/* The server takes no fraction and no exponent for an integer, not even 1.0. */
static void check_integer(const cJSON *n, struct bp_diags *d)
{
    int64_t value;

    if (!bp_json_int(n, &value) || strpbrk(n->valuestring, ".eE"))
        wrong_type(n, cJSON_IsNumber(n) ? "an integer in plain digits" : "an integer", d);
}

static void check_time(const cJSON *n, struct bp_diags *d)
{
    struct bp_datetime time;
    const char *problem;

    if (!cJSON_IsString(n)) {
        wrong_type(n, "a string", d);
        return;
    }
    problem = bp_datetime_parse(n->valuestring, &time);
    if (problem)
        bp_broken(d, BP_RULE_WRONG_TYPE, n,
                  "'%s' is '%s', which is no date and time (%s): the server would refuse the "
                  "document",
                  n->string, n->valuestring, problem);
}

static void check_words(const cJSON *n, struct bp_diags *d)
{
    const cJSON *word;

    if (!cJSON_IsArray(n)) {
        wrong_type(n, "an array of strings", d);
        return;
    }
    cJSON_ArrayForEach(word, n)
    {
        if (!cJSON_IsString(word))
            bp_broken(d, BP_RULE_WRONG_TYPE, word,
                      "'%s' has %s in it, must hold strings only: the server would refuse the "
                      "document",
                      n->string, bp_json_a_type(word));
    }
}

/* A value that is there and not null. */
static void check_type(const struct member *row, const cJSON *n, struct bp_diags *d)
{
    switch (row->type) {
    case TEXT:
        if (!cJSON_IsString(n))
            wrong_type(n, "a string", d);
        else if (row->required && !*n->valuestring)
            bp_broken(d, BP_RULE_EMPTY_MEMBER, n, "'%s' is empty", n->string);
        break;
    case TIME:
        check_time(n, d);
        break;
    case INTEGER:
        check_integer(n, d);
        break;
    case OBJECT:
    case TEXTS:
        if (!cJSON_IsObject(n))
            wrong_type(n, "an object", d);
        else if (row->type == TEXTS)
            check_texts(n, d);
        break;
    case WORDS:
        check_words(n, d);
        break;
    default:
        break;
    }
}

static void check_value(const struct member *row, const cJSON *n, struct bp_diags *d)
{
    if (row->type == DELETED) {
        if (!cJSON_IsTrue(n))
            bp_broken(d, BP_RULE_DELETED_FORM, n, "'deleted' must be true, or left out");
    } else if (!cJSON_IsNull(n)) {
        check_type(row, n, d);
    } else if (row->required) {
        bp_broken(d, BP_RULE_MISSING_MEMBER, n, "'%s' is null, which is as good as missing",
                  n->string);
    } else if (row->type != ANY) {
        bp_broken(d, BP_RULE_NULL_MEMBER, n, "'%s' is null: leave it out", n->string);
    }
}

/* ---- names ---- */

/* The row that `name` hits but for its case; what the server would take it for. */
static const struct member *find_row(const struct member *rows, const char *name, bool any_case)
{
    for (; rows->name; rows++) {
        if ((any_case ? strcasecmp : strcmp)(name, rows->name) == 0)
            return rows;
    }
    return NULL;
}

/* The absent member that `name` was probably meant to be. */
static const char *meant_by(const struct member *rows, uint32_t present, const char *name)
{
    struct bp_nearest near;

    bp_nearest_init(&near, name);
    for (size_t i = 0; rows[i].name; i++) {
        if (!(present & UINT32_C(1) << i))
            bp_nearest_try(&near, rows[i].name);
    }
    return near.best;
}

/* A member that is in no row. Returns the name of the row that it may stand for, so that this one
 * is not reported as missing on top. */
static const char *unknown_member(const struct member *rows, uint32_t present, const cJSON *m,
                                  struct bp_diags *d)
{
    const struct member *same = find_row(rows, m->string, true);
    const char *meant;

    if (same) {
        bp_broken_key(d, BP_RULE_MEMBER_CASE, m,
                      "member '%s' must be written '%s': the server would take it for that",
                      m->string, same->name);
        return same->name;
    }
    meant = meant_by(rows, present, m->string);
    if (meant)
        bp_broken_key(d, BP_RULE_UNKNOWN_MEMBER, m,
                      "unknown member '%s' (did you mean '%s'?): the server would drop it",
                      m->string, meant);
    else
        bp_broken_key(d, BP_RULE_UNKNOWN_MEMBER, m, "unknown member '%s': the server would drop it",
                      m->string);
    return meant;
}

static uint32_t bit_of(const struct member *rows, const struct member *row)
{
    return UINT32_C(1) << (row - rows);
}

/* Returns the rows that unknown members may stand for. */
static uint32_t report_unknown(const struct member *rows, uint32_t present, const cJSON *obj,
                               struct bp_diags *d)
{
    uint32_t excused = 0;
    const cJSON *m;

    cJSON_ArrayForEach(m, obj)
    {
        const char *meant = NULL;

        if (!find_row(rows, m->string, false))
            meant = unknown_member(rows, present, m, d);
        if (meant)
            excused |= bit_of(rows, find_row(rows, meant, false));
    }
    return excused;
}

static void check_object(const struct member *rows, const cJSON *obj, struct bp_diags *d)
{
    uint32_t present = 0;
    bool unknown = false;
    const cJSON *m;

    cJSON_ArrayForEach(m, obj)
    {
        const struct member *row = find_row(rows, m->string, false);

        if (row)
            check_value(row, m, d);
        if (row)
            present |= bit_of(rows, row);
        else
            unknown = true;
    }
    if (unknown)
        present |= report_unknown(rows, present, obj, d);
    for (const struct member *row = rows; row->name; row++) {
        if (row->required && !(present & bit_of(rows, row)))
            bp_broken(d, BP_RULE_MISSING_MEMBER, obj, "member '%s' is missing", row->name);
    }
}

static void check_part(const struct member *rows, const cJSON *obj, struct bp_diags *d)
{
    if (cJSON_IsObject(obj))
        check_object(rows, obj, d);
}

void bp_check_members(const cJSON *doc, struct bp_diags *d)
{
    const cJSON *status = bp_json_get(doc, "status"), *spec = bp_json_get(doc, "spec");
    bool defines = bp_document_is_definition(doc);

    check_object(defines ? definition : blueprint, doc, d);
    check_part(metadata, bp_json_get(doc, "metadata"), d);
    if (defines) {
        check_part(definition_spec, spec, d);
        check_part(definition_names, bp_json_get(spec, "names"), d);
        check_part(definition_handler, bp_json_get(spec, "handler"), d);
    } else if (cJSON_IsObject(status)) {
        bp_broken_key(
            d, BP_RULE_STATUS_IN_FILE, status,
            "'status' is what the far side reports, and would overwrite it: leave it out");
    }
}
