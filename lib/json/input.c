/* Documents out of files, directories and standard input: see input.h. */
#include "json/input.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "json/stream.h"
#include "json/yaml.h"

#define MAX_DOCUMENT (UINT64_C(64) << 20)

/* FORMAT_JSON has at least one value; FORMAT_LINES may be empty. */
enum format { FORMAT_BY_CONTENT, FORMAT_JSON, FORMAT_LINES, FORMAT_YAML };

struct reader {
    struct bp_input *in;
    bp_input_fn *fn;
    void *ctx;
    struct bp_arena a; /* of the current document */
    struct bp_json_stream stream;
    uint64_t max;
};

static bool has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name), k = strlen(suffix);

    return n > k && strcmp(name + n - k, suffix) == 0;
}

static enum format format_of_name(const char *name)
{
    if (has_suffix(name, ".json"))
        return FORMAT_JSON;
    if (has_suffix(name, ".jsonl") || has_suffix(name, ".ndjson"))
        return FORMAT_LINES;
    if (has_suffix(name, ".yaml") || has_suffix(name, ".yml"))
        return FORMAT_YAML;
    return FORMAT_BY_CONTENT;
}

bool bp_input_is_document_name(const char *name)
{
    return format_of_name(name) != FORMAT_BY_CONTENT;
}

static void reader_init(struct reader *r, struct bp_input *in, bp_input_fn *fn, void *ctx)
{
    *r = (struct reader){.in = in, .fn = fn, .ctx = ctx, .a = BP_ARENA_INIT};
    r->stream.text = (struct bp_str)BP_STR_INIT;
    r->max = in->max_document ? in->max_document : MAX_DOCUMENT;
}

static void reader_release(struct reader *r)
{
    bp_json_stream_release(&r->stream);
    bp_arena_release(&r->a);
}

static int deliver(struct reader *r, cJSON *doc, struct bp_err *e)
{
    int rc;

    r->in->documents++;
    rc = r->fn(r->ctx, &r->a, doc, e);
    if (r->in->diags)
        bp_diags_flush(r->in->diags);
    bp_arena_reset(&r->a);
    return rc;
}

/* In all of the following `*bad` gets set when the input, and not the callback, is at fault. */

static int read_json(struct reader *r, bool *bad, struct bp_err *e)
{
    cJSON *doc;
    int rc;

    while ((rc = bp_json_stream_next(&r->stream, &r->a, &doc, e)) == 1) {
        rc = deliver(r, doc, e);
        if (rc < 0)
            return rc;
    }
    *bad = rc < 0;
    return rc;
}

/* What a crash or a full disk leaves of a file is often its name alone. */
static int check_not_empty(struct reader *r, bool *bad, struct bp_err *e)
{
    if (r->stream.found)
        return 0;
    *bad = true;
    return bp_err_at(e, BP_EINPUT, bp_json_cursor_pos(&r->stream.c),
                     "the file is empty, a JSON value is expected: remove it if that is right");
}

static int read_yaml(struct reader *r, bool *bad, struct bp_err *e)
{
    struct bp_json_cursor *c = &r->stream.c;
    struct bp_yaml *y;
    cJSON *doc;
    int rc = bp_json_stream_slurp(&r->stream, e);

    if (rc) {
        *bad = true;
        return rc;
    }
    y = bp_yaml_new_at(c->p, (size_t)(c->end - c->p), c->file, c->line);
    while ((rc = bp_yaml_next(y, &r->a, &doc, e)) == 1) {
        rc = deliver(r, doc, e);
        if (rc < 0)
            break;
    }
    *bad = rc < 0 && !doc;
    bp_yaml_free(y);
    return rc;
}

static int read_fd(struct reader *r, int fd, uint64_t size, const char *name, enum format format,
                   bool *bad, struct bp_err *e)
{
    char c;
    int rc;

    bp_json_stream_begin(&r->stream, fd, size, name, r->max);
    if (format == FORMAT_BY_CONTENT) {
        rc = bp_json_stream_first(&r->stream, &c, e);
        *bad = rc < 0;
        if (rc <= 0)
            return rc;
        format = c == '{' || c == '[' ? FORMAT_LINES : FORMAT_YAML;
    }
    if (format == FORMAT_YAML)
        return read_yaml(r, bad, e);
    rc = read_json(r, bad, e);
    return rc == 0 && format == FORMAT_JSON ? check_not_empty(r, bad, e) : rc;
}

/* What could not be read becomes a finding; the code of a callback is passed on. */
static int settle(struct reader *r, const char *name, int rc, bool bad, struct bp_err *e)
{
    if (rc >= 0)
        return 0;
    if (!bad)
        return rc;
    if (!e->pos.file)
        e->pos.file = name;
    if (e->sys) {
        r->in->unreadable++;
        bp_diag_add_err(r->in->diags, "unreadable", e);
    } else {
        r->in->malformed++;
        bp_diag_add_err(r->in->diags, "syntax", e);
    }
    bp_diags_flush(r->in->diags);
    bp_arena_reset(&r->a);
    return 0;
}

static int unreadable(struct reader *r, const char *name, struct bp_err *e)
{
    e->pos.file = name;
    r->in->unreadable++;
    bp_diag_add_err(r->in->diags, "unreadable", e);
    bp_diags_flush(r->in->diags);
    return 0;
}

/* One file; `explicit` when the user named it, so that it may also be a pipe or a device. */
static int read_path(struct reader *r, const char *path, bool explicit, struct bp_err *e)
{
    const char *name = r->in->names ? bp_arena_strdup(r->in->names, path) : path;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (explicit ? 0 : O_NONBLOCK)), rc;
    struct stat st;
    bool bad = false;

    if (fd < 0 || fstat(fd, &st) < 0) {
        bp_err_sys(e, "cannot open");
        if (fd >= 0)
            close(fd);
        return unreadable(r, name, e);
    }
    if (!explicit && !S_ISREG(st.st_mode)) {
        close(fd);
        bp_err_set(e, BP_EINPUT, "%s",
                   S_ISDIR(st.st_mode) ? "a link to a directory: it is not followed"
                                       : "not a regular file: it is not read");
        return unreadable(r, name, e);
    }
    r->in->files++;
    rc = read_fd(r, fd, S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0, name, format_of_name(path),
                 &bad, e);
    close(fd);
    return settle(r, name, rc, bad, e);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int visit(struct reader *r, FTS *fts, FTSENT *ent, struct bp_err *e)
{
    switch (ent->fts_info) {
    case FTS_D:
        if (ent->fts_level > FTS_ROOTLEVEL && ent->fts_name[0] == '.')
            fts_set(fts, ent, FTS_SKIP);
        return 0;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        errno = ent->fts_errno;
        bp_err_sys(e, "cannot read");
        return unreadable(
            r, r->in->names ? bp_arena_strdup(r->in->names, ent->fts_path) : ent->fts_path, e);
    case FTS_DP:
    case FTS_DC:
    case FTS_DOT:
        return 0;
    default:
        if (ent->fts_name[0] == '.' || !bp_input_is_document_name(ent->fts_name))
            return 0;
        return read_path(r, ent->fts_path, false, e);
    }
}

static int read_directory(struct reader *r, const char *path, struct bp_err *e)
{
    char *paths[] = {(char *)(uintptr_t)path, NULL};
    FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR | FTS_NOSTAT, by_name);
    FTSENT *ent;
    int rc = 0;

    if (!fts) {
        bp_err_sys(e, "cannot read");
        return unreadable(r, path, e);
    }
    while (rc == 0 && (ent = fts_read(fts)))
        rc = visit(r, fts, ent, e);
    fts_close(fts);
    return rc;
}

static int read_operand(struct reader *r, const char *path, struct bp_err *e)
{
    struct stat st;
    bool bad = false;
    int rc;

    if (strcmp(path, "-") == 0) {
        r->in->files++;
        rc = read_fd(r, STDIN_FILENO, 0, "<stdin>", FORMAT_BY_CONTENT, &bad, e);
        return settle(r, "<stdin>", rc, bad, e);
    }
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return read_directory(r, path, e);
    return read_path(r, path, true, e);
}

int bp_input_read(struct bp_input *in, const char *const *paths, size_t npaths, bp_input_fn *fn,
                  void *ctx, struct bp_err *e)
{
    struct bp_err mine = BP_ERR_INIT;
    struct reader r;
    int rc = 0;

    reader_init(&r, in, fn, ctx);
    for (size_t i = 0; rc == 0 && i < npaths; i++)
        rc = read_operand(&r, paths[i], e ? e : &mine);
    reader_release(&r);
    return rc;
}

int bp_input_read_fd(struct bp_input *in, int fd, const char *name, bp_input_fn *fn, void *ctx,
                     struct bp_err *e)
{
    struct reader r;
    bool bad = false;
    int rc;

    reader_init(&r, in, fn, ctx);
    in->files++;
    rc = read_fd(&r, fd, 0, name, FORMAT_LINES, &bad, e);
    reader_release(&r);
    return rc < 0 ? rc : 0;
}

/* ---- small texts, read whole into the caller's arena ---- */

static int collect_json(struct bp_arena *a, const char *text, size_t len, const char *name,
                        cJSON *list, struct bp_err *e)
{
    struct bp_json_cursor c;
    cJSON *value;

    bp_json_cursor_init(&c, text, len, name);
    while (bp_json_cursor_more(&c)) {
        value = bp_json_next(&c, a, NULL, e);
        if (!value)
            return BP_EINPUT;
        if (!cJSON_IsArray(value)) {
            bp_json_append(list, value);
            continue;
        }
        for (cJSON *m = value->child, *next; m; m = next) {
            next = m->next;
            bp_json_unlink(m);
            bp_json_append(list, m);
        }
    }
    return 0;
}

static int collect_yaml(struct bp_arena *a, const char *text, size_t len, const char *name,
                        cJSON *list, struct bp_err *e)
{
    struct bp_yaml *y = bp_yaml_new(text, len, name);
    cJSON *doc;
    int rc;

    while ((rc = bp_yaml_next(y, a, &doc, e)) == 1)
        bp_json_append(list, doc);
    bp_yaml_free(y);
    return rc;
}

cJSON *bp_input_text(struct bp_arena *a, const char *text, size_t len, const char *name,
                     struct bp_err *e)
{
    enum format format = format_of_name(name);
    cJSON *list = bp_json_array(a);
    int rc;

    if (format == FORMAT_BY_CONTENT) {
        size_t i = strspn(text, " \t\r\n");

        format = i < len && (text[i] == '{' || text[i] == '[') ? FORMAT_LINES : FORMAT_YAML;
    }
    rc = format == FORMAT_YAML ? collect_yaml(a, text, len, name, list, e)
                               : collect_json(a, text, len, name, list, e);
    return rc < 0 ? NULL : list;
}

cJSON *bp_input_file_all(struct bp_arena *a, const char *path, struct bp_err *e)
{
    struct bp_str text = BP_STR_LIMIT(BP_READ_MAX);
    cJSON *list = NULL;

    if (bp_read_file(AT_FDCWD, path, &text, e) == 0)
        list = bp_input_text(a, text.s, text.len, bp_arena_strdup(a, path), e);
    bp_str_release(&text);
    return list;
}

cJSON *bp_input_file(struct bp_arena *a, const char *path, struct bp_err *e)
{
    cJSON *list = bp_input_file_all(a, path, e);
    size_t count = bp_json_count(list);
    cJSON *doc;

    if (!list)
        return NULL;
    if (count != 1) {
        bp_err_at(e, BP_EINPUT, (struct bp_pos){bp_arena_strdup(a, path), 0, 0},
                  "expected exactly one document, found %zu", count);
        return NULL;
    }
    doc = list->child;
    bp_json_unlink(doc);
    return doc;
}
