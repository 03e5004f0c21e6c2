/* What the tests of the embedded store share: stores in a directory of the run, documents, what is
 * in them. */
#ifndef BP_TEST_DIRSTORE_H
#define BP_TEST_DIRSTORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "json/read.h"
#include "json/write.h"
#include "store/dirstore.h"

static char *top;       /* a directory of this run */
static unsigned serial; /* of the stores in it */
static struct bp_arena arena = BP_ARENA_INIT;

static const char *new_path(void)
{
    return bp_arena_printf(&arena, "%s/store-%u", top, serial++);
}

static cJSON *parse(const char *text)
{
    struct bp_err e = BP_ERR_INIT;
    cJSON *n = bp_json_parse(&arena, text, strlen(text), "t", &e);

    if (!n)
        fail_msg("%s: %s", text, e.msg);
    return n;
}

static cJSON *document(const char *name, const char *spec)
{
    return parse(bp_arena_printf(&arena,
                                 "{\"kind\":\"K\",\"metadata\":{\"name\":\"%s\",\"colonyname\":"
                                 "\"mine\"},\"spec\":%s}",
                                 name, spec));
}

static struct bp_identity named(const char *name)
{
    return (struct bp_identity){.kind = "K", .name = name};
}

static struct bp_dirstore *open_store(const char *path, bool write)
{
    struct bp_err e = BP_ERR_INIT;
    struct bp_dirstore *s = bp_dirstore_open(path, write, 0, &e);

    if (!s)
        fail_msg("open: %s", e.msg);
    return s;
}

static int64_t put_in(struct bp_dirstore *s, const cJSON *doc)
{
    struct bp_err e = BP_ERR_INIT;
    int64_t generation = -1;

    if (bp_dirstore_put(s, doc, "tester", &generation, &e))
        fail_msg("put: %s", e.msg);
    return generation;
}

static void commit(struct bp_dirstore *s)
{
    struct bp_err e = BP_ERR_INIT;

    if (bp_dirstore_commit(s, &e))
        fail_msg("commit: %s", e.msg);
}

static int64_t put(struct bp_dirstore *s, const cJSON *doc)
{
    int64_t generation = put_in(s, doc);

    commit(s);
    return generation;
}

static void drop(struct bp_dirstore *s, const char *name)
{
    struct bp_err e = BP_ERR_INIT;

    if (bp_dirstore_delete(s, named(name), "tester", &e))
        fail_msg("delete: %s", e.msg);
    commit(s);
}

static cJSON *get(struct bp_dirstore *s, const char *name)
{
    struct bp_err e = BP_ERR_INIT;
    cJSON *doc = bp_dirstore_get(s, &arena, named(name), &e);

    if (!doc && e.code != BP_ENOTFOUND)
        fail_msg("get: %s", e.msg);
    return doc;
}

static cJSON *history(struct bp_dirstore *s, const char *name)
{
    struct bp_err e = BP_ERR_INIT;
    cJSON *list = bp_dirstore_history(s, &arena, named(name), 0, &e);

    if (!list)
        fail_msg("history: %s", e.msg);
    return list;
}

/* "create 0, update 1": oldest first. */
static const char *history_text(struct bp_dirstore *s, const char *name)
{
    const cJSON *entry;
    char *text = bp_arena_strdup(&arena, "");

    cJSON_ArrayForEach(entry, history(s, name))
    {
        text =
            bp_arena_printf(&arena, "%s %s%s%s", bp_json_get_text(entry, "changetype"),
                            bp_json_get(entry, "generation")->valuestring, *text ? ", " : "", text);
    }
    return text;
}

struct seen {
    struct bp_str names;
    size_t count;
};

static int see(void *ctx, struct bp_arena *a, cJSON *doc, struct bp_err *e)
{
    struct seen *seen = ctx;
    struct bp_identity id;

    (void)a;
    assert_int_equal(bp_document_identity(doc, &id, e), 0);
    bp_str_addf(&seen->names, "%s/%s ", id.kind, id.name);
    seen->count++;
    return 0;
}

static const char *all_names(struct bp_dirstore *s, int expected)
{
    struct seen seen = {.names = BP_STR_INIT};
    struct bp_err e = BP_ERR_INIT;
    const char *text;
    int rc = bp_dirstore_each(s, see, &seen, &e);

    if (rc != expected)
        fail_msg("each: %d, %s", rc, e.msg);
    text = bp_arena_strdup(&arena, seen.names.s);
    bp_str_release(&seen.names);
    return text;
}

static void put_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int make_top(void **state)
{
    const char *base = getenv("TMPDIR");

    (void)state;
    top = bp_arena_printf(&arena, "%s/dirstore-XXXXXX", base && *base ? base : "/tmp");
    top = bp_strdup(top);
    return mkdtemp(top) ? 0 : -1;
}

static int remove_top(void **state)
{
    (void)state;
    nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(top);
    bp_arena_release(&arena);
    return 0;
}

#endif
