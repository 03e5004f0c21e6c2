/* The order that dependencies demand: bp/depends-on and bp/wave. */
#ifndef BP_MODEL_GRAPH_H
#define BP_MODEL_GRAPH_H

#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/document.h"

struct bp_graph; /* opaque */

/* bp/wave lies within this range on both sides of 0, so that callers can put nodes before or after
 * all waves by adding or taking away more than that. */
#define BP_WAVE_MAX INT64_C(1000000000)

struct bp_graph *bp_graph_new(void);
void bp_graph_free(struct bp_graph *g);

/* Adds a node; `kind` and `name` are copied. Returns its number, counting from 0 in order of
 * adding, or BP_ECONFLICT when the identity is there already. `depends_on` (may be NULL) is the
 * text of the annotation: names of the same kind or kind/name, separated by commas, blanks allowed;
 * `wave` 0 when there is none. */
int bp_graph_add(struct bp_graph *g, struct bp_identity id, const char *depends_on, int64_t wave,
                 struct bp_err *e);

/* Reads bp/wave of a document into `*wave` (0 when absent); BP_EINPUT with a position when it is no
 * integer within BP_WAVE_MAX. */
int bp_graph_wave_of(const cJSON *doc, int64_t *wave, struct bp_err *e);

/* One name of a bp/depends-on text: what it says between two commas, taken apart. */
struct bp_dependency {
    const char *kind, *name; /* not terminated */
    size_t kind_len, name_len;
};

/* The next name of a bp/depends-on text into `*d`; `*text` (NULL is an empty one) moves on behind
 * it. `own_kind` is the kind that a bare name has. Empty names are passed over. False at the end.
 */
bool bp_dependency_next(const char **text, const char *own_kind, struct bp_dependency *d);

/* Replaces `key` by "kind\0name", which no two identities share: the key for maps of documents. */
void bp_dependency_key(const struct bp_dependency *d, struct bp_str *key);
/* An identity as a dependency on it. */
struct bp_dependency bp_dependency_on(struct bp_identity id);

/* Works the levels out: a node's level is one above the highest of what it depends on, and every
 * node of a wave comes in a later level than all nodes of lower waves. A dependency that names no
 * node of the graph is passed over (it is taken to exist already). BP_EINPUT on a cycle, with the
 * cycle in the message: "dependency cycle: K/a -> K/b -> K/a"; BP_EINPUT too when a node depends on
 * one of a later wave. */
int bp_graph_order(struct bp_graph *g, struct bp_err *e);

size_t bp_graph_count(const struct bp_graph *g);
/* After bp_graph_order(): nodes in order of (level, order of adding), their levels, and what each
 * depends on (node numbers, `*n` of them; borrowed). */
const uint32_t *bp_graph_sorted(const struct bp_graph *g);
uint32_t bp_graph_level(const struct bp_graph *g, uint32_t node);
const uint32_t *bp_graph_dependencies(const struct bp_graph *g, uint32_t node, size_t *n);

#endif
