/* The states PATH and `-`: files, directories, standard input. */
#include <unistd.h>

#include "base/str.h"
#include "store/state.h"

static bool has(const char *dir, const char *name)
{
    struct bp_str path = BP_STR_INIT;
    bool there;

    bp_str_addf(&path, "%s/%s", dir, name);
    there = access(path.s, F_OK) == 0;
    bp_str_release(&path);
    return there;
}

/* A word that lacks its scheme would read as a directory with other files in it, or with none. */
static int check_word(const char *word, struct bp_err *e)
{
    if (has(word, "bp-store"))
        return bp_err_set(e, BP_EUSAGE, "'%s' is a store: write dir:%s", word, word);
    if (has(word, "HEAD") && has(word, "objects") && has(word, "refs"))
        return bp_err_set(e, BP_EUSAGE, "'%s' is a Git repository: write git:%s", word, word);
    return 0;
}

static int read_files(const char *rest, struct bp_input *in, bp_input_fn *fn, void *ctx,
                      struct bp_err *e)
{
    int rc = check_word(rest, e);

    return rc ? rc : bp_input_read(in, &rest, 1, fn, ctx, e);
}

const struct bp_state_driver bp_state_files = {.scheme = NULL, .read = read_files};
