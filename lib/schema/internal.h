/* The inside of lib/schema: the compiled form, and what a keyword needs to compile and to check. */
#ifndef BP_SCHEMA_INTERNAL_H
#define BP_SCHEMA_INTERNAL_H

#include "base/map.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/str.h"
#include "json/trail.h"
#include "json/value.h"
#include "schema/schema.h"

/* Types of instances are the type bits of cJSON; "integer" is no type of its own but a kind of
 * number. */
enum {
    BP_SCHEMA_BOOLEAN = cJSON_False | cJSON_True,
    BP_SCHEMA_INTEGER = cJSON_Raw, /* a bit that no instance has */
    BP_SCHEMA_ANY = 0x7F,
};

struct bp_schema_rule;
struct bp_schema_build;
struct bp_schema_run;

/* A row of the table of keywords. */
struct bp_schema_keyword {
    const char *name;
    const char *rule; /* of its violations, see struct bp_violation */
    int applies;      /* types of instances that it says something about */
    /* Turns the keyword's value into `r->data`; or sets no check (`r->check` NULL) when there is
     * nothing to check. BP_EINPUT with a position when the value is malformed. */
    int (*compile)(struct bp_schema_build *b, const cJSON *value, struct bp_schema_rule *r);
    void (*check)(struct bp_schema_run *run, const struct bp_schema_rule *r, const cJSON *n);
};

/* Ended by a row without name. The order is that of compiling and checking: a keyword that needs
 * the result of another stands behind it. */
extern const struct bp_schema_keyword bp_schema_keywords[];

/* ---- the compiled form: everything in the arena of the schema ---- */

/* Where something stands in the schema. The pointer is put together only for who asks: written out
 * at every keyword it would be many times the schema. */
struct bp_schema_place {
    const struct bp_schema_place *up; /* NULL: the schema itself */
    const char *name;
};

struct bp_schema_rule {
    const struct bp_schema_keyword *keyword;
    void (*check)(struct bp_schema_run *run, const struct bp_schema_rule *r, const cJSON *n);
    int applies;
    const struct bp_schema_place *place;
    const void *data; /* what compile() left for check() */
};

struct bp_schema_node {
    enum { BP_SCHEMA_RULES, BP_SCHEMA_FALSE } form; /* `true` is a node without rules */
    bool secret;                                    /* values below are never shown in messages */
    const struct bp_schema_place *place;
    struct bp_schema_rule *rules;
    size_t nrules;
};

/* A hash map with the life of the schema. */
struct bp_schema_map {
    struct bp_map map;
    struct bp_schema_map *next;
};

struct bp_schema {
    struct bp_arena arena;
    struct bp_schema_map *maps;
    const struct bp_schema_node *root;
};

/* ---- compiling ---- */

struct bp_schema_build {
    struct bp_schema *schema;
    struct bp_arena *arena;              /* of the schema */
    const struct bp_schema_place *place; /* of what is being compiled */
    struct bp_schema_node *node;         /* the schema object being compiled: rules so far */
    uint32_t depth;
    bp_schema_note_fn *note;
    void *ctx;
    struct bp_err *e;
};

/* The subschema `value`, which stands at `name` (NULL: where the build is) below the keyword; NULL
 * with the error set when it is malformed. */
const struct bp_schema_node *bp_schema_build_node(struct bp_schema_build *b, const char *name,
                                                  const cJSON *value);
/* What a keyword compiled before left in the same schema object; NULL when it is not there. */
const void *bp_schema_sibling(const struct bp_schema_build *b, const char *keyword);
/* Appends the pointer of a place, for people: long ones are cut. */
void bp_schema_add_pointer(const struct bp_schema_place *place, struct bp_str *out);
struct bp_map *bp_schema_new_map(struct bp_schema_build *b);
/* A malformed value: message with the position of `n`; returns BP_EINPUT. */
int bp_schema_malformed(struct bp_schema_build *b, const cJSON *n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Reports something about `n` that is not honoured. */
void bp_schema_note(struct bp_schema_build *b, const cJSON *n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- checking ---- */

struct bp_schema_run {
    bp_violation_fn *fn;
    void *ctx;
    bool failed;
    bool stop;                    /* nobody listens: the first violation is enough */
    uint32_t secret;              /* above 0 inside a secret node */
    uint32_t suggestions;         /* searches for the nearest word that may still be made */
    const struct bp_trail *trail; /* the instance being checked, on top of those around it */
    /* Of the violation being told. */
    struct bp_str text, pointer, schema_pointer;
};

/* Checks `n`, the `index`th in what is being checked (0 for a member), against a node. */
void bp_schema_check(struct bp_schema_run *run, const struct bp_schema_node *node, const cJSON *n,
                     size_t index);

/* Reports a violation at the value of `n`, or at its name. The message is not made when nobody
 * listens. */
void bp_schema_violation(struct bp_schema_run *run, const struct bp_schema_rule *r, const cJSON *n,
                         bool at_key, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* A violation at the value of `n`, the message beginning with what `n` is called: "'replicas' ". */
void bp_schema_fault(struct bp_schema_run *run, const struct bp_schema_rule *r, const cJSON *n,
                     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* True when the value of `n` must not be told: its schema or its name says that it is a secret. */
bool bp_schema_hidden(const struct bp_schema_run *run, const cJSON *n);
/* Appends a value for a message: text in single quotes, all of it cut when long, nothing of it when
 * it is hidden. `run` is NULL for values of the schema itself. */
void bp_schema_show(const struct bp_schema_run *run, const cJSON *n, struct bp_str *out);

/* Appends " (did you mean 'x'?)" when the search has found something. */
void bp_schema_show_nearest(const struct bp_nearest *near, struct bp_str *out);
/* True when another search for the nearest word may be made in this run. */
bool bp_schema_may_search(struct bp_schema_run *run);

/* ---- keywords, by what they look at ---- */

#define BP_SCHEMA_KEYWORD(name)                                                            \
    int bp_schema_compile_##name(struct bp_schema_build *b, const cJSON *value,            \
                                 struct bp_schema_rule *r);                                \
    void bp_schema_check_##name(struct bp_schema_run *run, const struct bp_schema_rule *r, \
                                const cJSON *n)

BP_SCHEMA_KEYWORD(type);
BP_SCHEMA_KEYWORD(enum);
BP_SCHEMA_KEYWORD(const);

/* minimum and its like share the compiled form: the text of a number. */
int bp_schema_compile_number(struct bp_schema_build *b, const cJSON *value,
                             struct bp_schema_rule *r);
void bp_schema_check_minimum(struct bp_schema_run *run, const struct bp_schema_rule *r,
                             const cJSON *n);
void bp_schema_check_maximum(struct bp_schema_run *run, const struct bp_schema_rule *r,
                             const cJSON *n);
void bp_schema_check_above(struct bp_schema_run *run, const struct bp_schema_rule *r,
                           const cJSON *n);
void bp_schema_check_below(struct bp_schema_run *run, const struct bp_schema_rule *r,
                           const cJSON *n);

/* minLength and its like share the compiled form: a count. */
int bp_schema_compile_count(struct bp_schema_build *b, const cJSON *value,
                            struct bp_schema_rule *r);
void bp_schema_check_min_length(struct bp_schema_run *run, const struct bp_schema_rule *r,
                                const cJSON *n);
void bp_schema_check_max_length(struct bp_schema_run *run, const struct bp_schema_rule *r,
                                const cJSON *n);
void bp_schema_check_min_items(struct bp_schema_run *run, const struct bp_schema_rule *r,
                               const cJSON *n);
void bp_schema_check_max_items(struct bp_schema_run *run, const struct bp_schema_rule *r,
                               const cJSON *n);
void bp_schema_check_min_properties(struct bp_schema_run *run, const struct bp_schema_rule *r,
                                    const cJSON *n);
void bp_schema_check_max_properties(struct bp_schema_run *run, const struct bp_schema_rule *r,
                                    const cJSON *n);

BP_SCHEMA_KEYWORD(items);
BP_SCHEMA_KEYWORD(unique_items);

BP_SCHEMA_KEYWORD(properties);
BP_SCHEMA_KEYWORD(required);
BP_SCHEMA_KEYWORD(additional_properties);

#endif
