/* Where each document stands in a tree: identity -> path, without reading the tree.
 *
 * The index lies beside the repository, in `bp/` of its directory, one file for a branch and
 * prefix. It says for which tree it holds. When the branch has moved it is brought up to date from
 * what differs between the two trees; when it is missing, damaged, of another version, or for a
 * tree that is gone, it is built anew from all files. It is a cache and nothing more: a file it
 * names must be read before it is believed, and bp_index_rebuild() is there for when it was wrong.
 */
#ifndef BP_GIT_INDEX_H
#define BP_GIT_INDEX_H

#include "git/repo.h"
#include "model/document.h"

struct bp_index; /* opaque */

/* The index of the documents under `prefix` ("" for all) of branch `ref`, for `tree`, which is the
 * tree of the prefix itself (zero: nothing is there). Paths are relative to it. Nothing is written
 * yet. */
int bp_index_open(struct bp_repo *r, const char *ref, const char *prefix, const struct bp_oid *tree,
                  struct bp_index **out, struct bp_err *e);
void bp_index_free(struct bp_index *ix);

/* Brings it to another tree by what differs. */
int bp_index_follow(struct bp_index *ix, const struct bp_oid *tree, struct bp_err *e);
/* Builds it anew for the tree it is for. */
int bp_index_rebuild(struct bp_index *ix, struct bp_err *e);

/* The number under which an identity is kept. Different identities may share one, so what is found
 * by it must be looked at. */
uint64_t bp_index_hash(struct bp_identity id);

/* Appends the paths (const char *, good until the index changes) of the files that may hold `id` to
 * `paths`. BP_ECORRUPT when the index is damaged there. */
struct bp_index_paths {
    const char **items;
    size_t n, cap;
};
int bp_index_find(struct bp_index *ix, struct bp_identity id, struct bp_index_paths *paths,
                  struct bp_err *e);

/* All entries, as (hash, path), in order of paths; the array is the caller's, the paths are
 * borrowed. */
struct bp_index_entry;
int bp_index_list(struct bp_index *ix, struct bp_index_entry **entries, size_t *n,
                  struct bp_err *e);

/* What a commit of ours changes: collected, then taken over with the tree that it made. */
void bp_index_note(struct bp_index *ix, struct bp_identity id, const char *path, bool removed);
void bp_index_forget_notes(struct bp_index *ix);
void bp_index_advance(struct bp_index *ix, const struct bp_oid *tree);

/* Writes what is new: by appending, or the whole file when it was built anew or has grown long.
 * Fails with no harm done; another writer's newer file is left as it is. */
int bp_index_save(struct bp_index *ix, struct bp_err *e);

/* How many files could not be read as documents when it was last built or brought up to date. */
size_t bp_index_malformed(const struct bp_index *ix);

#endif
