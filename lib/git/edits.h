/* What a commit changes: wishes held against a tree. Nothing is written here. */
#ifndef BP_GIT_EDITS_H
#define BP_GIT_EDITS_H

#include "git/index.h"
#include "git/wishes.h"
#include "model/prune.h"

enum bp_edit_kind { BP_EDIT_NONE, BP_EDIT_ADD, BP_EDIT_CHANGE, BP_EDIT_REMOVE };

/* One document, and what happens to it. */
struct bp_edit {
    struct bp_identity id;
    enum bp_edit_kind kind;
    const char *path; /* relative to the prefix; NULL where a tombstone found nothing */
    bool pruned;      /* removed because the stream does not have it */
    struct bp_provenance from;
};

/* One file that gets another content, or goes. */
struct bp_file_change {
    const char *path;
    const char *text; /* NULL: it goes */
    size_t len;
};

struct bp_edits {
    struct bp_arena a;
    struct bp_edit *items; /* wishes in order of the stream, then what is pruned */
    size_t nitems, items_cap;
    struct bp_file_change *files;
    size_t nfiles, files_cap;
    const char **comments_lost; /* paths of YAML files that lose comments */
    size_t ncomments_lost, comments_cap;
    size_t count[4]; /* documents by kind of edit */
    size_t total;    /* documents there were, when pruning */
    size_t pruned;
    uint64_t prune_most; /* how many may be pruned */
};

#define BP_EDITS_INIT      \
    {                      \
        .a = BP_ARENA_INIT \
    }

struct bp_edits_options {
    bool prune;
    struct bp_prune_limit prune_limit;
};

/* Works out what is to change in `tree`, the tree of the prefix, which `ix` is for. An index that
 * turns out to be wrong is built anew. BP_EUSAGE: a document stands in the tree twice, or a new one
 * has no place; BP_ECONFLICT: more would be pruned than may. */
int bp_edits_make(struct bp_edits *p, struct bp_repo *r, const struct bp_oid *tree,
                  struct bp_index *ix, const struct bp_wishes *w,
                  const struct bp_edits_options *options, struct bp_err *e);
void bp_edits_release(struct bp_edits *p);

/* Tells the index what the plan changes; it is taken over by bp_index_advance(). */
void bp_edits_note(const struct bp_edits *p, struct bp_index *ix);

#endif
