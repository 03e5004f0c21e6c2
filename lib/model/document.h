/* A document: one JSON object with `kind` and `metadata.name`. Its identity is kind/name. */
#ifndef BP_MODEL_DOCUMENT_H
#define BP_MODEL_DOCUMENT_H

#include "base/diag.h"
#include "base/str.h"
#include "json/value.h"

struct bp_identity {
    const char *kind, *name; /* borrowed from the document */
};

/* The kind of blueprint definitions, as they travel between commands. */
#define BP_KIND_DEFINITION "BlueprintDefinition"

/* The annotations that bp gives a meaning. */
#define BP_ANN_DEPENDS_ON "bp/depends-on" /* names or kind/name, comma-separated */
#define BP_ANN_WAVE "bp/wave"             /* integer: lower waves first */
#define BP_ANN_PRUNE "bp/prune"           /* "keep": never pruned */
#define BP_ANN_IGNORE "bp/ignore"         /* pointers, comma-separated, left out of diffs */
#define BP_ANN_ORDER_ID "bp/order-id"     /* id or externalId of the service order */
#define BP_ANN_ORDER_ITEM "bp/order-item" /* id of the order item */
#define BP_ANN_SERVICE_ID "bp/service-id" /* id of the service in the inventory */
#define BP_ANN_SERVICE_NAME \
    "bp/service-name" /* display name at creation; later ones don't rename */
#define BP_ANN_SPECIFICATION "bp/specification" /* catalog entry: id, or name@version */
#define BP_ANN_PARAMETERS "bp/parameters" /* JSON text: what it was rendered from, no secrets */
#define BP_ANN_SITE "bp/site"             /* the site it was rendered for */
#define BP_ANN_SOURCE_COMMIT "bp/source-commit" /* the commit it was applied from */

/* Reads kind and metadata.name; BP_EINPUT with a position when either is missing, empty or no
 * string, or the document is no object. A BlueprintDefinition may leave out `kind` (ColonyOS's own
 * form: spec.names is there): it counts as BP_KIND_DEFINITION. */
int bp_document_identity(const cJSON *doc, struct bp_identity *id, struct bp_err *e);

/* True when the kind is BP_KIND_DEFINITION, or counts as it. */
bool bp_document_is_definition(const cJSON *doc);

/* "kind/name" in `a`. */
char *bp_identity_text(struct bp_arena *a, struct bp_identity id);
/* The same for messages: what is longer than any good name is cut, so that a message about many
 * documents stays short whatever they depend on. */
char *bp_identity_brief(struct bp_arena *a, struct bp_identity id);
bool bp_identity_equal(struct bp_identity a, struct bp_identity b);

/* True for {"kind":K,"metadata":{"name":N},"deleted":true}. */
bool bp_document_is_tombstone(const cJSON *doc);
cJSON *bp_document_tombstone(struct bp_arena *a, struct bp_identity id);

/* The text of an annotation or label, NULL when it is not there. */
const char *bp_document_annotation(const cJSON *doc, const char *name);
const char *bp_document_label(const cJSON *doc, const char *name);
/* Sets an annotation, making metadata.annotations when missing. */
void bp_document_annotate(struct bp_arena *a, cJSON *doc, const char *name, const char *value);

/* The id that the far side gave, blueprintid or blueprintdefinitionid; NULL when there is none. */
const char *bp_document_id(const cJSON *doc);

/* metadata.generation; 0 when it is absent, as ColonyOS leaves it out then. */
int64_t bp_document_generation(const cJSON *doc);

/* Takes out of `doc` what the far side sets by itself: blueprintid, blueprintdefinitionid, status,
 * metadata.generation, createdAt, updatedAt, lastReconciliationProcess, lastReconciliationTime, and
 * every pointer of bp/ignore (of `doc` or of `also`, which may be NULL). What is left is what
 * people decide. */
void bp_document_strip(cJSON *doc, const cJSON *also);
/* The same without the pointers of bp/ignore: only what the far side sets goes. */
void bp_document_strip_server(cJSON *doc);

/* True for a spec or status that says nothing: absent, null or {}, which are one and the same. */
bool bp_document_is_blank(const cJSON *n);
/* True when a server sees no new spec in `b`: equal by value, or both blank. */
bool bp_document_same_spec(const cJSON *a, const cJSON *b);

/* Looking a pointer up costs the members on its way, so only so much of a bp/ignore counts: the
 * rest is as if it were not there, for all commands alike (bp-validate calls it an error). */
enum { BP_IGNORE_MAX = 64, BP_IGNORE_BYTES_MAX = 64 * 1024 };

/* The walk over the pointers of a bp/ignore. */
struct bp_ignore {
    struct bp_str pointer;  /* the current one, blanks trimmed */
    const char *rest;       /* what comes behind it; at the end: what does not count */
    size_t pointers, bytes; /* how many more count */
};

/* Begins before the first pointer of the bp/ignore of `doc`, which may be NULL and must outlive the
 * walk. */
struct bp_ignore bp_ignore_of(const cJSON *doc);
/* On to the next one; false at the end. */
bool bp_ignore_next(struct bp_ignore *i);
void bp_ignore_release(struct bp_ignore *i);

/* True for what bp/ignore may name: a well-formed pointer, and no part of the identity. */
bool bp_ignore_allowed(const char *pointer);

/* 1 to 253 characters of [A-Za-z0-9._-], beginning with a letter or digit: what can be a container
 * name, a file name and a branch part alike. NULL when fine, else what is wrong, for a message. */
const char *bp_name_problem(const char *name);

#endif
