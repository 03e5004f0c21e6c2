/* Digests of document trees: two trees that are equal as bp_json_equal() sees it (numbers by value,
 * objects without regard to order) have the same digest. The key is made at random, so that no
 * input can be prepared to collide; a digest means nothing outside the process. */
#ifndef BP_DIFF_DIGEST_H
#define BP_DIFF_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "json/value.h"

struct bp_digest_key {
    uint64_t lane[2];
    uint64_t seed[2];
};

/* 128 bits: equal digests are taken for equal trees. */
struct bp_digest {
    uint64_t lane[2];
};

void bp_digest_key_init(struct bp_digest_key *key);

struct bp_digest bp_digest_tree(const struct bp_digest_key *key, const cJSON *n);
bool bp_digest_equal(struct bp_digest a, struct bp_digest b);

/* A rough digest that looks at a bounded part of the tree, however large it is: to find which
 * elements of two lists may belong together, never to tell that they are equal. */
uint64_t bp_digest_sketch(const struct bp_digest_key *key, const cJSON *n);

/* The same for bytes, all of them. */
uint64_t bp_digest_text(const struct bp_digest_key *key, const char *s, size_t len);

#endif
