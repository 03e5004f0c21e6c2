/* The inside of rendering: private to render.c, service.c, output.c and
 * finish.c. */
#ifndef BP_RENDER_RENDER_IMPL_H
#define BP_RENDER_RENDER_IMPL_H

#include "base/map.h"
#include "render/render.h"
#include "render/template.h"

/* One document that shall be, or one that shall no longer be. */
struct bp_render_result {
    struct bp_identity id;
    const char *text; /* one line of JSON, members in canonical order */
    size_t len;
    bool tombstone;
    bool repeated;          /* the same as a result before it: not given */
    const char *depends_on; /* of a tombstone: what the document that stands depends on */
    int64_t wave;
    struct bp_pos pos; /* of the order item */
    const char *pointer;
};

struct bp_render {
    const struct bp_render_options *o;
    struct bp_arena kept;    /* what results are made of */
    struct bp_arena scratch; /* what is needed for one item */
    struct bp_render_result *results;
    size_t nresults, cap;
    struct bp_map services;  /* ids of the services rendered in this run */
    struct bp_budget budget; /* of the whole run */
};

/* The identities that an item stands for, so that others can depend on them. */
struct bp_render_names {
    struct bp_identity *ids;
    size_t count, cap;
};

/* What is known of a service before it is rendered. */
struct bp_render_job {
    struct bp_render *r;
    const struct bp_order *order;      /* NULL without an order, */
    const struct bp_order_item *item;  /* and NULL then */
    const struct bp_service *standing; /* NULL: it is new */
    bool overlay; /* what was given before still counts, and so do its dependencies */
    const struct bp_spec *spec;
    const struct bp_site *site; /* NULL: none */
    const char *service_id;     /* NULL: none */
    const char *service_name;
    const char *document_name; /* ${name} */
    const char *depends_on; /* from relations: "kind/name,kind/name"; NULL: the order gives none */
    struct bp_pos pos;
    const char *pointer;
};

/* Renders the job's documents and adds them, and tombstones for those of the service that no longer
 * result. `names` gets the identities of the documents. */
void bp_render_service(const struct bp_render_job *job, struct bp_render_names *names);

/* Only checks what the order says of the job's parameters: findings, and nothing else. */
void bp_render_check_parameters(const struct bp_render_job *job);

void bp_render_names_add(struct bp_render_names *n, struct bp_identity id);

/* Adds a result: a document, or a tombstone. Its tree is sorted, and no longer needed then.
 * `depends_on` as the annotation has it, or NULL. */
void bp_render_add(const struct bp_render_job *job, struct bp_identity id, cJSON *doc,
                   const char *depends_on);
/* Adds tombstones for every document of the job's service that stands and is not in `kept` (may be
 * NULL). */
void bp_render_bury(const struct bp_render_job *job, const struct bp_render_names *kept);

/* A finding about the order item. */
void bp_render_say(const struct bp_render_job *job, enum bp_level level, const char *rule,
                   const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Puts names for bp/depends-on together: each once, in byte order, kinds left out where they are
 * `kind`. `a` and `b` are lists as the annotation holds them, or NULL. NULL when both are empty. */
char *bp_render_merge_names(struct bp_arena *arena, const char *kind, const char *a, const char *b);

#endif
