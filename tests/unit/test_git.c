/* The git layer: files of documents, texts around YAML, messages, identities, the index, conflicts.
 * Real repositories are in tests/bats; here is what needs a look inside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "git/commit.h"
#include "git/docfile.h"
#include "git/ident.h"
#include "git/index_file.h"
#include "git/message.h"
#include "git/tree.h"
#include "git/yaml_text.h"
#include "json/read.h"
#include "json/write.h"

/* ---- files of documents ---- */

static cJSON *json(struct bp_arena *a, const char *text)
{
    cJSON *n = bp_json_parse(a, text, strlen(text), "test", NULL);

    assert_non_null(n);
    return n;
}

/* `text` with document K/`name` replaced by `doc`, or removed (NULL), must be `expected`. */
static void check_edit(const char *path, const char *text, const char *name, const char *doc,
                       const char *expected, bool comments)
{
    struct bp_docfile f = BP_DOCFILE_INIT;
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_str out = BP_STR_INIT;
    struct bp_err err = BP_ERR_INIT;
    struct bp_docpart *part;
    bool lost;

    if (bp_docfile_parse(&f, &a, text, strlen(text), path, &err))
        fail_msg("%s", err.msg);
    part = bp_docfile_find(&f, &a, (struct bp_identity){"K", name});
    assert_non_null(part);
    if (doc)
        bp_docfile_replace(&f, part, json(&a, doc));
    else
        bp_docfile_remove(&f, part);
    bp_docfile_write(&f, &out, &lost);
    assert_string_equal(out.s, expected);
    assert_int_equal(lost, comments);
    bp_str_release(&out);
    bp_docfile_release(&f);
    bp_arena_release(&a);
}

#define A1 "{\"kind\":\"K\",\"metadata\":{\"name\":\"a\"}}"
#define A2 "{\"kind\":\"K\",\"metadata\":{\"name\":\"a\"},\"x\":1}"
#define B1 "{\"kind\":\"K\",\"metadata\":{\"name\":\"b\"}}"
#define A2_PRETTY \
    "{\n  \"kind\": \"K\",\n  \"metadata\": {\n    \"name\": \"a\"\n  },\n  \"x\": 1\n}"
#define A2_YAML "kind: K\nmetadata:\n  name: a\nx: 1\n"

static void test_json_files(void **state)
{
    (void)state;
    check_edit("f.json", A1, "a", A2, A2_PRETTY "\n", false);
    check_edit("f.json", A1 "\n" B1 "\n", "a", A2, A2 "\n" B1 "\n", false);
    check_edit("f.json", "{\"kind\":\"K\",\n\"metadata\":{\"name\":\"a\"}}\n" B1, "a", A2,
               A2_PRETTY "\n" B1 "\n", false);
    check_edit("f.jsonl", A1, "a", A2, A2 "\n", false);
    check_edit("f.ndjson", "  " A1 "\r\n\n" B1 "\n", "a", NULL, "  \n" B1 "\n", false);
    check_edit("f.jsonl", A1 "\n" B1, "b", NULL, A1 "\n", false);
    check_edit("f.json", "[" A1 "," B1 "]", "b", NULL,
               "[\n  {\n    \"kind\": \"K\",\n    \"metadata\": {\n      \"name\": \"a\"\n    }\n  "
               "}\n]\n",
               false);
}

static void test_yaml_files(void **state)
{
    (void)state;
    check_edit("f.yaml", "kind: K\nmetadata: {name: a}\n", "a", A2, A2_YAML, false);
    check_edit("f.yml", "# c\n\n# d\nkind: K\nmetadata: {name: a}\n", "a", A2,
               "# c\n\n# d\n" A2_YAML, false);
    check_edit("f.yaml", "kind: K # e\nmetadata: {name: a}\n", "a", A2, A2_YAML, true);
    check_edit("f.yaml", "--- {kind: K, metadata: {name: a}}\n", "a", A2, "---\n" A2_YAML, false);
    check_edit("f.yaml", "%YAML 1.2\n--- {kind: K, metadata: {name: a}}\n", "a", A2,
               "%YAML 1.2\n---\n" A2_YAML, false);
    check_edit("f.yaml", "kind: K\nmetadata: {name: a}\n---\n" B1 " # kept", "a", A2,
               A2_YAML "---\n" B1 " # kept", false);
    check_edit("f.yaml", "---\n" B1 " # kept\n---\nkind: K\nmetadata: {name: a}\n", "a", NULL,
               "---\n" B1 " # kept\n", false);
    check_edit("f.yaml", "kind: K\nmetadata: {name: a}\ns: |\n  # text\n", "a", A2, A2_YAML, false);
    check_edit("f.yaml", "kind: K\nmetadata: {name: a}\ns: 'x # y'\n", "a", A2, A2_YAML, false);
    check_edit("f.yaml", "kind: K\nmetadata: {name: a}\n...\n# c\n---\n" B1 "\n", "a", A2,
               A2_YAML "...\n# c\n---\n" B1 "\n", false);
    check_edit("f.yaml",
               "---\n" B1 "\n---\nkind: K\nmetadata: {name: a}\n...\n%YAML 1.2\n---\nz: 1\n", "a",
               NULL, "---\n" B1 "\n...\n%YAML 1.2\n---\nz: 1\n", false);
}

static void test_spans_are_the_whole_text(void **state)
{
    static const char *const texts[] = {"",
                                        "\n",
                                        "---",
                                        "---\n---\n",
                                        "a: 1\n...\n...\n# x\n---",
                                        "%YAML 1.2\n# c\n--- a\n--- |\n x\n...",
                                        "--- a\r\n---\r\n"};
    static const size_t counts[] = {0, 1, 1, 2, 3, 2, 2};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct bp_yaml_span s = {0};
        size_t n = 0, end = 0;

        while (bp_yaml_span_next(texts[i], strlen(texts[i]), &s)) {
            assert_int_equal(s.start, end);
            end = s.end;
            n++;
        }
        assert_int_equal(end, strlen(texts[i]));
        assert_int_equal(n, counts[i]);
    }
}

static void test_malformed_files(void **state)
{
    struct bp_docfile f = BP_DOCFILE_INIT;
    struct bp_arena a = BP_ARENA_INIT;

    (void)state;
    assert_int_not_equal(bp_docfile_parse(&f, &a, "{", 1, "x.json", NULL), 0);
    assert_int_not_equal(bp_docfile_parse(&f, &a, "a: [", 4, "x.yaml", NULL), 0);
    assert_int_equal(bp_docfile_parse(&f, &a, "", 0, "x.yaml", NULL), 0);
    assert_true(bp_docfile_is_empty(&f));
    assert_int_equal(bp_docfile_parse(&f, &a, " 7 ", 3, "x.json", NULL), 0);
    assert_false(bp_docfile_is_empty(&f));
    bp_docfile_release(&f);
    bp_arena_release(&a);
}

/* More parts than are searched one by one, and one identity twice. */
static void test_find_among_many(void **state)
{
    struct bp_docfile f = BP_DOCFILE_INIT;
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_str text = BP_STR_INIT;
    struct bp_docpart *part;

    (void)state;
    for (int i = 0; i < 50; i++)
        bp_str_addf(&text, "{\"kind\":\"K\",\"metadata\":{\"name\":\"n%d\"},\"i\":%d}\n", i % 49,
                    i);
    assert_int_equal(bp_docfile_parse(&f, &a, text.s, text.len, "x.jsonl", NULL), 0);
    part = bp_docfile_find(&f, &a, (struct bp_identity){"K", "n7"});
    assert_ptr_equal(part, &f.parts[7]);
    assert_false(part->twice);
    part = bp_docfile_find(&f, &a, (struct bp_identity){"K", "n0"});
    assert_ptr_equal(part, &f.parts[0]);
    assert_true(part->twice);
    assert_null(bp_docfile_find(&f, &a, (struct bp_identity){"L", "n0"}));
    bp_str_release(&text);
    bp_docfile_release(&f);
    bp_arena_release(&a);
}

/* ---- messages and identities ---- */

static void test_message(void **state)
{
    struct bp_trailers t = BP_TRAILERS_INIT;
    struct bp_str out = BP_STR_INIT;
    struct bp_provenance p = {.order_id = "o", .order_item = "1"};

    (void)state;
    bp_message_write("\n subject \n\n", &t, &out);
    assert_string_equal(out.s, " subject\n");
    assert_int_equal(bp_trailers_give(&t, "A-b= c ", NULL), 0);
    bp_trailers_add(&t, &p);
    bp_trailers_add(&t, &p);
    bp_str_clear(&out);
    bp_message_write("s: looks like one", &t, &out);
    assert_string_equal(out.s, "s: looks like one\n\nA-b: c \nOrder-Id: o\nOrder-Item: 1\n");
    bp_str_clear(&out);
    bp_message_write("s\n\nX: y\nZ: w\n", &t, &out);
    assert_string_equal(out.s, "s\n\nX: y\nZ: w\nA-b: c \nOrder-Id: o\nOrder-Item: 1\n");
    bp_str_clear(&out);
    bp_message_write("s\n\nX: y\nnot one", &t, &out);
    assert_string_equal(out.s, "s\n\nX: y\nnot one\n\nA-b: c \nOrder-Id: o\nOrder-Item: 1\n");
    bp_str_release(&out);
    bp_trailers_release(&t);
}

static void test_dates(void **state)
{
    static const struct {
        const char *text;
        int64_t time;
        int offset;
    } good[] = {{"1700000000", 1700000000, 0},
                {"@1700000000 -0730", 1700000000, -450},
                {"2024-05-06T07:08:09Z", 1714979289, 0},
                {"2024-05-06T07:08:09+02:00", 1714972089, 120},
                {"2024-05-06 07:08:09 -0200", 1714986489, -120},
                {"Mon, 06 May 2024 07:08:09 +0200", 1714972089, 120},
                {"6 May 2024 07:08:09 +0200", 1714972089, 120},
                {"Mon May 6 07:08:09 2024 +0200", 1714972089, 120},
                {"2024-05-06T07:08:09.999+02", 1714972089, 120},
                {"2024-05-06 07:08 GMT", 1714979280, 0},
                {" 2024-05-06T07:08:09Z ", 1714979289, 0},
                {"@0 +0000", 0, 0},
                {"1700000000 +02", 1700000000, 120}};
    static const char *const bad[] = {"",
                                      "now",
                                      "2024",
                                      "2024-05-06",
                                      "1700000000 +2500",
                                      "1700000000 +0",
                                      "1700000000x",
                                      "2024-13-06T07:08:09Z",
                                      "99999999999999",
                                      "1950-01-01T00:00:00Z",
                                      "2024-05-06T07:08:61Z",
                                      "2024-05-06T07:08:09Zulu",
                                      "04/07/2005 22:13:13",
                                      "@"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct bp_ident id = {0};

        assert_int_equal(bp_ident_date(good[i].text, &id, NULL), 0);
        assert_int_equal(id.time, good[i].time);
        assert_int_equal(id.offset, good[i].offset);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct bp_ident id = {0};

        if (bp_ident_date(bad[i], &id, NULL) == 0)
            fail_msg("'%s' was taken for a date", bad[i]);
    }
}

static void test_idents(void **state)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_ident id = {0};

    (void)state;
    assert_int_equal(bp_ident_parse(&a, "A B  <c@d>", &id, NULL), 0);
    assert_string_equal(id.name, "A B");
    assert_string_equal(id.email, "c@d");
    assert_int_equal(bp_ident_check(&id, "author", NULL), 0);
    assert_int_equal(bp_ident_parse(&a, "A <b> c", &id, NULL), BP_EUSAGE);
    assert_int_equal(bp_ident_parse(&a, "A b@c", &id, NULL), BP_EUSAGE);
    id = (struct bp_ident){.name = "\xff", .email = ""};
    assert_int_equal(bp_ident_check(&id, "author", NULL), BP_EUSAGE);
    id = (struct bp_ident){.name = "x", .email = "a\nb"};
    assert_int_equal(bp_ident_check(&id, "author", NULL), BP_EUSAGE);
    bp_arena_release(&a);
}

/* ---- the bytes of the index ---- */

enum { ENTRIES = 2000 };

static char paths[ENTRIES][16];

/* Two entries a file, hashes spread as real ones are. */
static unsigned char *build_image(struct bp_oid *scope, struct bp_oid *tree, size_t *len)
{
    static struct bp_index_entry entries[ENTRIES];
    unsigned char *data;

    memset(scope, 1, sizeof *scope);
    memset(tree, 2, sizeof *tree);
    for (uint64_t i = 0; i < ENTRIES; i++) {
        snprintf(paths[i], sizeof paths[i], "f%u.json", (unsigned)i / 2);
        entries[i].path = paths[i - i % 2];
        entries[i].hash = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    }
    assert_int_equal(bp_index_image_build(entries, ENTRIES, scope, tree, &data, len, NULL), 0);
    return data;
}

static void test_index_image(void **state)
{
    struct bp_index_image im;
    struct bp_index_entry entry;
    struct bp_oid scope, tree, got;
    size_t len, first, n;
    unsigned char *data = build_image(&scope, &tree, &len);

    (void)state;
    assert_int_equal(bp_index_image_open(&im, data, len, &scope, NULL), 0);
    got = bp_index_image_tree(&im);
    assert_true(bp_oid_equal(&got, &tree));
    assert_int_equal(bp_index_image_count(&im), ENTRIES);
    for (uint64_t i = 0; i < ENTRIES; i++) {
        uint64_t hash = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

        assert_int_equal(bp_index_image_find(&im, hash, &first, &n, NULL), 0);
        assert_int_equal(n, 1);
        assert_int_equal(bp_index_image_get(&im, first, &entry, NULL), 0);
        assert_string_equal(entry.path, paths[i - i % 2]);
        assert_int_equal(bp_index_image_find(&im, hash + 1, &first, &n, NULL), 0);
        assert_int_equal(n, 0);
    }
    bp_index_image_close(&im);
    assert_int_not_equal(bp_index_image_open(&im, data, len, &tree, NULL), 0);
    free(data);
}

/* Cut anywhere it is refused; a flipped bit in what is searched is never a wrong answer. */
static void test_index_damage(void **state)
{
    struct bp_index_image im;
    struct bp_oid scope, tree;
    size_t len, first, n;
    unsigned char *data = build_image(&scope, &tree, &len);
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15);

    (void)state;
    for (size_t cut = 0; cut < len; cut += 37) {
        assert_int_equal(bp_index_image_open(&im, data, cut, &scope, NULL), BP_ECORRUPT);
        bp_index_image_close(&im);
    }
    for (size_t at = 0; at < len; at += 11) {
        int rc;

        data[at] ^= 0x10;
        rc = bp_index_image_open(&im, data, len, &scope, NULL);
        if (rc == 0)
            rc = bp_index_image_find(&im, hash, &first, &n, NULL);
        if (rc == 0)
            assert_int_equal(n, 1);
        bp_index_image_close(&im);
        data[at] ^= 0x10;
    }
    free(data);
}

static void test_empty_image(void **state)
{
    struct bp_index_image im;
    struct bp_oid scope = {{1}}, tree = {{0}};
    unsigned char *data;
    size_t len, first, n;

    (void)state;
    assert_int_equal(bp_index_image_build(NULL, 0, &scope, &tree, &data, &len, NULL), 0);
    assert_int_equal(bp_index_image_open(&im, data, len, &scope, NULL), 0);
    assert_int_equal(bp_index_image_find(&im, 7, &first, &n, NULL), 0);
    assert_int_equal(n, 0);
    bp_index_image_close(&im);
    free(data);
}

static void test_journal(void **state)
{
    struct bp_index_change in = {.hash = 42, .path = "a/b.json", .removed = true}, out;
    struct bp_oid from = {{1}}, to = {{2}}, end = {{3}};
    struct bp_str changes = BP_STR_INIT, journal = BP_STR_INIT;
    struct bp_index_batch batch;
    size_t at = 0;

    (void)state;
    bp_index_change_add(&changes, &in);
    in.removed = false;
    bp_index_change_add(&changes, &in);
    bp_index_batch_add(&journal, &from, &to, &changes);
    bp_str_clear(&changes);
    bp_index_batch_add(&journal, &to, &end, &changes);

    assert_true(bp_index_batch_next((unsigned char *)journal.s, journal.len, &at, &batch));
    assert_true(bp_oid_equal(&batch.from, &from) && bp_oid_equal(&batch.to, &to));
    assert_true(bp_index_change_next(&batch, &out));
    assert_true(out.removed && out.hash == 42);
    assert_string_equal(out.path, "a/b.json");
    assert_true(bp_index_change_next(&batch, &out));
    assert_false(out.removed);
    assert_false(bp_index_change_next(&batch, &out));
    assert_true(bp_index_batch_next((unsigned char *)journal.s, journal.len, &at, &batch));
    assert_false(bp_index_change_next(&batch, &out));
    assert_false(bp_index_batch_next((unsigned char *)journal.s, journal.len, &at, &batch));
    assert_int_equal(at, journal.len);

    /* No byte of a batch can change unnoticed, and none can be missing. */
    for (size_t i = 0; i < journal.len; i++) {
        size_t good = 0;

        at = 0;
        journal.s[i] ^= 4;
        while (bp_index_batch_next((unsigned char *)journal.s, journal.len, &at, &batch))
            good++;
        assert_true(good < 2);
        journal.s[i] ^= 4;
        at = good = 0;
        while (bp_index_batch_next((unsigned char *)journal.s, i, &at, &batch))
            good++;
        assert_true(good < 2);
    }
    bp_str_release(&changes);
    bp_str_release(&journal);
}

/* ---- a repository ---- */

struct place {
    char *dir;
    struct bp_repo *repo;
};

static int setup(void **state)
{
    struct place *p = bp_calloc(1, sizeof *p);
    const char *tmp = getenv("TMPDIR");
    struct bp_str dir = BP_STR_INIT;
    git_repository *git;

    bp_str_addf(&dir, "%s/bp-test-git-XXXXXX", tmp ? tmp : "/tmp");
    p->dir = bp_str_take(&dir);
    assert_non_null(mkdtemp(p->dir));
    git_libgit2_init();
    assert_int_equal(git_repository_init(&git, p->dir, 1), 0);
    git_repository_free(git);
    git_libgit2_shutdown();
    assert_int_equal(bp_repo_open(&p->repo, p->dir, NULL), 0);
    *state = p;
    return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int teardown(void **state)
{
    struct place *p = *state;

    bp_repo_close(p->repo);
    nftw(p->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(p->dir);
    free(p);
    return 0;
}

/* What happens between writing a commit and moving the branch. */
struct meanwhile {
    struct place *place;
    const char *documents; /* what another writer commits, once */
};

static struct bp_commit_request request(void)
{
    struct bp_ident me = {.name = "Me", .email = "m@e", .time = 1700000000};

    return (struct bp_commit_request){
        .author = me, .committer = me, .wait_ms = 100, .prune_limit = {100, true}};
}

/* Commits JSON lines; the code, and the result when it is wanted. */
static int commit_text(struct place *p, const struct bp_commit_request *q, const char *text,
                       struct bp_diags *d, struct bp_oid *id, struct bp_err *e)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_commit_result result;
    struct bp_json_cursor cursor;
    struct bp_repo *repo;
    struct bp_commit *c;

    assert_int_equal(bp_repo_open(&repo, p->dir, NULL), 0);
    assert_int_equal(bp_commit_begin(repo, q, &c, NULL), 0);
    bp_json_cursor_init(&cursor, text, strlen(text), "stream");
    while (bp_json_cursor_more(&cursor))
        bp_wishes_add(bp_commit_wishes(c), bp_json_next(&cursor, &a, NULL, NULL), d);
    int rc = bp_commit_run(c, d, &result, e);

    if (id)
        *id = result.commit;
    bp_commit_free(c);
    bp_repo_close(repo);
    bp_arena_release(&a);
    return rc;
}

static void interfere(void *ctx)
{
    struct meanwhile *m = ctx;
    struct bp_diags *d = bp_diags_new(NULL, false, true, NULL);
    struct bp_commit_request q = request();
    const char *documents = m->documents;

    m->documents = NULL;
    q.author.name = q.committer.name = "Somebody Else";
    if (documents)
        assert_int_equal(commit_text(m->place, &q, documents, d, NULL, NULL), 0);
    bp_diags_free(d, NULL);
}

static size_t count_commits(struct place *p)
{
    git_repository *git;
    git_revwalk *walk;
    git_oid id;
    size_t n = 0;

    assert_int_equal(git_repository_open(&git, p->dir), 0);
    git_revwalk_new(&walk, git);
    git_revwalk_push_head(walk);
    while (git_revwalk_next(&id, walk) == 0)
        n++;
    git_revwalk_free(walk);
    git_repository_free(git);
    return n;
}

static void test_lost_race(void **state)
{
    struct meanwhile m = {.place = *state, .documents = B1};
    struct bp_diags *d = bp_diags_new(NULL, false, true, NULL);
    struct bp_commit_request q = request();
    struct bp_err err = BP_ERR_INIT;
    struct bp_oid id, tree;
    enum bp_tree_kind kind;

    q.before_move = interfere;
    q.ctx = &m;
    /* The very first commit is raced for, too. */
    assert_int_equal(commit_text(*state, &q, A1, d, &id, &err), 0);
    assert_int_equal(count_commits(*state), 2);
    assert_int_equal(bp_repo_tree(m.place->repo, "HEAD", &tree, NULL), 0);
    bp_tree_find_once(m.place->repo, &tree, "all/a.json", &kind, &id, NULL);
    assert_int_equal(kind, BP_TREE_FILE);
    bp_tree_find_once(m.place->repo, &tree, "all/b.json", &kind, &id, NULL);
    assert_int_equal(kind, BP_TREE_FILE);
    bp_diags_free(d, NULL);
}

static void test_lost_race_with_conflict(void **state)
{
    struct meanwhile m = {.place = *state, .documents = A2};
    struct bp_diags *d = bp_diags_new(NULL, false, true, NULL);
    struct bp_commit_request q = request();
    struct bp_err err = BP_ERR_INIT;
    struct bp_oid id;

    assert_int_equal(commit_text(*state, &q, A1, d, NULL, NULL), 0);
    q.before_move = interfere;
    q.ctx = &m;
    assert_int_equal(commit_text(*state, &q, A2, d, &id, &err), 0);
    assert_true(bp_oid_is_zero(&id)); /* both wanted the same */
    m.documents = A1;
    assert_int_equal(commit_text(*state, &q,
                                 "{\"kind\":\"K\",\"metadata\":{\"name\":\"a\"},\"x\":2}", d, &id,
                                 &err),
                     BP_ECONFLICT);
    assert_true(bp_oid_is_zero(&id));
    assert_int_equal(bp_diags_count(d, BP_ERROR), 1);
    assert_int_equal(count_commits(*state), 3);
    bp_diags_free(d, NULL);
}

static int collect(void *ctx, const char *path, const struct bp_oid *was, const struct bp_oid *now,
                   struct bp_err *e)
{
    (void)e;
    bp_str_addf(ctx, "%c%s ", was && now ? '*' : was ? '-' : '+', path);
    return 0;
}

/* A tree of files (path, content) made straight with libgit2. */
static struct bp_oid make_tree(struct place *p, const char *const *files)
{
    git_repository *git;
    struct bp_oid out;
    git_tree_update updates[16];
    git_oid id;
    size_t n = 0;

    assert_int_equal(git_repository_open(&git, p->dir), 0);
    for (; files[2 * n]; n++) {
        updates[n] = (git_tree_update){
            .action = GIT_TREE_UPDATE_UPSERT, .filemode = GIT_FILEMODE_BLOB, .path = files[2 * n]};
        git_blob_create_from_buffer(&updates[n].id, git, files[2 * n + 1],
                                    strlen(files[2 * n + 1]));
    }
    assert_int_equal(git_tree_create_updated(&id, git, NULL, n, updates), 0);
    git_repository_free(git);
    memcpy(out.id, id.id, sizeof out.id);
    return out;
}

static void test_tree_diff(void **state)
{
    struct place *p = *state;
    struct bp_oid zero = {{0}}, gone = {{7}};
    struct bp_oid a = make_tree(p, (const char *[]){"a.json", "1", "d.json/x.json", "2", "e/f.yaml",
                                                    "3", "e/g.txt", "4", ".h/i.json", "5", NULL});
    struct bp_oid b = make_tree(p, (const char *[]){"a.json", "9", "d.json", "2", "e/f.yaml", "3",
                                                    "e/g.txt", "0", "e/z/y.yml", "6", NULL});
    struct bp_str out = BP_STR_INIT;

    assert_int_equal(bp_tree_diff(p->repo, &zero, &a, collect, &out, NULL), 0);
    assert_string_equal(out.s, "+a.json +d.json/x.json +e/f.yaml ");
    bp_str_clear(&out);
    assert_int_equal(bp_tree_diff(p->repo, &a, &b, collect, &out, NULL), 0);
    assert_string_equal(out.s, "*a.json +d.json -d.json/x.json +e/z/y.yml ");
    bp_str_clear(&out);
    assert_int_equal(bp_tree_diff(p->repo, &a, &a, collect, &out, NULL), 0);
    assert_string_equal(out.s, "");
    assert_int_equal(bp_tree_diff(p->repo, &gone, &a, collect, &out, NULL), BP_ENOTFOUND);
    assert_int_equal(bp_tree_diff(p->repo, &zero, &gone, collect, &out, NULL), BP_ECORRUPT);
    bp_str_release(&out);
}

static void test_tree_cursor(void **state)
{
    static const struct {
        const char *path;
        enum bp_tree_kind kind;
    } steps[] = {{"a/b/c.json", BP_TREE_FILE},   {"a/b/d.json", BP_TREE_FILE}, {"a/b", BP_TREE_DIR},
                 {"a/bb/x.json", BP_TREE_FILE},  {"a/b/nope", BP_TREE_NONE},   {"", BP_TREE_DIR},
                 {"a/b/c.json/x", BP_TREE_NONE}, {"z.json", BP_TREE_FILE},     {"a", BP_TREE_DIR},
                 {"a/b/c.json", BP_TREE_FILE},   {"nope/at/all", BP_TREE_NONE}};
    struct place *p = *state;
    struct bp_oid root = make_tree(p, (const char *[]){"a/b/c.json", "1", "a/b/d.json", "2",
                                                       "a/bb/x.json", "3", "z.json", "4", NULL});
    struct bp_tree_cursor *c = bp_tree_cursor_new(p->repo, &root);
    struct bp_oid id;
    enum bp_tree_kind kind;

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        assert_int_equal(bp_tree_find(c, steps[i].path, &kind, &id, NULL), 0);
        if (kind != steps[i].kind)
            fail_msg("'%s' is of kind %d", steps[i].path, (int)kind);
    }
    bp_tree_cursor_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_files),
        cmocka_unit_test(test_yaml_files),
        cmocka_unit_test(test_spans_are_the_whole_text),
        cmocka_unit_test(test_malformed_files),
        cmocka_unit_test(test_find_among_many),
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_idents),
        cmocka_unit_test(test_index_image),
        cmocka_unit_test(test_index_damage),
        cmocka_unit_test(test_empty_image),
        cmocka_unit_test(test_journal),
        cmocka_unit_test_setup_teardown(test_lost_race, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost_race_with_conflict, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tree_diff, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tree_cursor, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
