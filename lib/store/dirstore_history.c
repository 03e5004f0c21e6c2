/* The history of the embedded store: one line an entry, appended before its document becomes live.
 *
 * So a history may end in what a stopped writer left: half a line, or one entry that the live side
 * never reached. Readers pass over both, the next writer takes them out. There is at most one such
 * entry, as a batch holds at most one change of a document. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "json/read.h"
#include "json/write.h"
#include "store/dirstore_impl.h"

enum { TAIL_FIRST = 64 * 1024 };

/* ---- making entries ---- */

/* A random UUID (RFC 9562, version 4). */
static char *new_uuid(struct bp_arena *a)
{
    unsigned char b[16];

    while (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
        ;
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    return bp_arena_printf(
        a, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
        b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* Now, by RFC 3339 in UTC. */
static char *timestamp(struct bp_arena *a)
{
    struct timespec now;
    struct tm tm;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    return bp_arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ", tm.tm_year + 1900,
                           tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                           now.tv_nsec / 1000);
}

char *bp_dirstore_entry_line(struct bp_arena *a, const cJSON *doc, struct bp_identity id,
                             const char *by, const char *type, size_t *len)
{
    const char *colony = bp_json_text(bp_json_path(doc, "metadata", "colonyname", NULL));
    const cJSON *status = bp_json_get(doc, "status");
    cJSON *entry = bp_json_object(a);
    struct bp_str line = BP_STR_INIT;
    char *copy;

    bp_json_add(entry, "historyid", bp_json_string(a, new_uuid(a)));
    bp_json_add(entry, "blueprintid", bp_json_string(a, bp_dirstore_id_of(doc)));
    bp_json_add(entry, "kind", bp_json_string(a, id.kind));
    bp_json_add(entry, "namespace", bp_json_string(a, colony ? colony : ""));
    bp_json_add(entry, "name", bp_json_string(a, id.name));
    bp_json_add(entry, "generation", bp_json_integer(a, bp_document_generation(doc)));
    bp_json_add(entry, "spec", bp_json_copy(a, bp_json_get(doc, "spec")));
    if (status)
        bp_json_add(entry, "status", bp_json_copy(a, status));
    bp_json_add(entry, "timestamp", bp_json_string(a, timestamp(a)));
    bp_json_add(entry, "changedby", bp_json_string(a, by ? by : ""));
    bp_json_add(entry, "changetype", bp_json_string(a, type));
    bp_json_write(entry, &line);
    bp_str_addc(&line, '\n');
    copy = bp_arena_strndup(a, line.s, line.len);
    *len = line.len;
    bp_str_release(&line);
    return copy;
}

/* ---- what the live side has reached ---- */

/* `live_id` NULL: there is no live document. A missing one whose last entry is an update was taken
 * away by hand, no crash does that: its history is left alone. */
static bool is_reached(const cJSON *entry, const char *live_id, int64_t live_generation)
{
    const char *type = bp_json_get_text(entry, "changetype");
    const char *id = bp_json_get_text(entry, "blueprintid");
    int64_t generation = 0;

    if (!type || !id)
        return false;
    if (!live_id)
        return strcmp(type, "create") != 0;
    if (strcmp(id, live_id) != 0)
        return true;
    bp_json_int(bp_json_get(entry, "generation"), &generation);
    return strcmp(type, "delete") != 0 && generation <= live_generation;
}

/* ---- appending ---- */

/* The last whole line of a file. */
struct tail {
    off_t start, end; /* of the line, its line end included; both 0 when there is none */
    struct bp_str line;
};

/* Reads from `from` to `to` into `out`. */
static int read_range(int fd, off_t from, off_t to, struct bp_str *out, struct bp_err *e)
{
    size_t want = (size_t)(to - from);
    char *room;

    bp_str_clear(out);
    room = bp_str_room(out, want);
    if (!room)
        return bp_err_set(e, BP_ELIMIT, "a line of more than %d bytes", (int)BP_READ_MAX);
    while (out->len < want) {
        ssize_t n = pread(fd, room + out->len, want - out->len, from + (off_t)out->len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return bp_err_sys(e, "read");
        if (n == 0)
            break;
        out->len += (size_t)n;
    }
    out->s[out->len] = '\0';
    return 0;
}

/* Reads a growing piece from the end of the file, so that the cost is that of the line and not of
 * the history. */
static int read_tail(int fd, struct tail *t, struct bp_err *e)
{
    struct bp_str piece = BP_STR_LIMIT(BP_READ_MAX);
    struct stat st;
    off_t from;
    int rc = 0;

    t->start = t->end = 0;
    if (fstat(fd, &st))
        return bp_err_sys(e, "look at file");
    from = st.st_size;
    for (off_t want = TAIL_FIRST; from > 0 && rc == 0; want *= 8) {
        const char *end, *before;

        from = st.st_size > want ? st.st_size - want : 0;
        rc = read_range(fd, from, st.st_size, &piece, e);
        end = rc ? NULL : memrchr(piece.s, '\n', piece.len);
        if (!end)
            continue;
        before = memrchr(piece.s, '\n', (size_t)(end - piece.s));
        if (!before && from > 0)
            continue;
        before = before ? before + 1 : piece.s;
        t->start = from + (before - piece.s);
        t->end = from + (end - piece.s) + 1;
        bp_str_add(&t->line, before, (size_t)(end - before));
        break;
    }
    bp_str_release(&piece);
    return rc;
}

/* Where the next entry belongs. */
static int end_of_reached(int fd, const struct bp_dirstore_op *op, off_t *end, struct bp_err *e)
{
    struct tail t = {.line = BP_STR_INIT};
    struct bp_arena a = BP_ARENA_INIT;
    int rc = read_tail(fd, &t, e);

    *end = t.end;
    if (rc == 0 && t.end) {
        cJSON *entry = bp_json_parse(&a, t.line.s, t.line.len, NULL, NULL);

        if (!entry || !is_reached(entry, op->live_id, op->live_generation))
            *end = t.start;
    }
    bp_str_release(&t.line);
    bp_arena_release(&a);
    return rc;
}

static int append_line(int fd, struct bp_dirstore_op *op, struct bp_err *e)
{
    off_t end;
    int rc = end_of_reached(fd, op, &end, e);

    if (rc)
        return rc;
    if (ftruncate(fd, end) || lseek(fd, end, SEEK_SET) < 0)
        return bp_err_sys(e, "cut off what a stopped writer left");
    op->undo = end;
    return bp_write_all(fd, op->line, op->line_len, e);
}

int bp_dirstore_append(const struct bp_dirstore *s, struct bp_dirstore_op *op, int *fd,
                       struct bp_err *e)
{
    int dir;
    int rc = bp_dirstore_dir(s, BP_DIRSTORE_HISTORY, op->place.kind, &dir, e);

    *fd = -1;
    if (rc)
        return rc;
    rc = bp_dirstore_file(s, dir, BP_DIRSTORE_HISTORY, op->place, BP_DIRSTORE_HISTORY_SUFFIX,
                          O_RDWR | O_CREAT, fd, e);
    close(dir);
    if (rc == 0 && (rc = append_line(*fd, op, e)))
        bp_err_wrap(e, "'%s/history/%s/%s.jsonl'", s->path, op->place.kind, op->place.name);
    if (rc && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    return rc;
}

void bp_dirstore_unappend(const struct bp_dirstore *s, const struct bp_dirstore_op *op)
{
    int dir, fd;

    if (op->undo < 0 || bp_dirstore_dir(s, BP_DIRSTORE_HISTORY, op->place.kind, &dir, NULL))
        return;
    /* Should this fail, the entry stays as one that the live side never reached. */
    if (bp_dirstore_file(s, dir, BP_DIRSTORE_HISTORY, op->place, BP_DIRSTORE_HISTORY_SUFFIX, O_RDWR,
                         &fd, NULL) == 0) {
        (void)!ftruncate(fd, op->undo);
        close(fd);
    }
    close(dir);
}

/* ---- reading ---- */

static int read_history(const struct bp_dirstore *s, struct bp_dirstore_place place,
                        struct bp_str *text, struct bp_err *e)
{
    int dir, fd;
    int rc = bp_dirstore_dir(s, BP_DIRSTORE_HISTORY, place.kind, &dir, e);

    if (rc)
        return rc;
    rc = bp_dirstore_file(s, dir, BP_DIRSTORE_HISTORY, place, BP_DIRSTORE_HISTORY_SUFFIX, O_RDONLY,
                          &fd, e);
    close(dir);
    if (rc)
        return rc;
    if ((rc = bp_read_fd(fd, text, e)))
        bp_err_wrap(e, "'%s/history/%s/%s.jsonl'", s->path, place.kind, place.name);
    close(fd);
    return rc;
}

static uint32_t line_number(const char *text, const char *at)
{
    uint32_t n = 1;

    for (const char *p = text; (p = memchr(p, '\n', (size_t)(at - p))); p++)
        n++;
    return n;
}

/* Whether the newest entry counts. Called after the history was read: a writer that is at work
 * makes its document live only after its entry is there, never before. */
static bool newest_counts(const struct bp_dirstore *s, struct bp_dirstore_place place,
                          const cJSON *entry)
{
    struct bp_arena a = BP_ARENA_INIT;
    cJSON *live;
    bool counts = true;

    /* Of a damaged document nothing is known: its history is all there is. */
    if (bp_dirstore_load(s, &a, place, &live, NULL) == 0)
        counts = is_reached(entry, live ? bp_dirstore_id_of(live) : NULL,
                            live ? bp_document_generation(live) : 0);
    bp_arena_release(&a);
    return counts;
}

static int collect(const struct bp_dirstore *s, struct bp_arena *a, struct bp_dirstore_place place,
                   const struct bp_str *text, size_t limit, cJSON *list, struct bp_err *e)
{
    const char *end = memrchr(text->s, '\n', text->len);
    bool newest = true;
    size_t n = 0;

    for (; end && (limit == 0 || n < limit); newest = false) {
        const char *before = memrchr(text->s, '\n', (size_t)(end - text->s));
        const char *start = before ? before + 1 : text->s;
        cJSON *entry = bp_json_parse(a, start, (size_t)(end - start), NULL, NULL);

        if (!entry && !newest)
            return bp_err_set(e, BP_ECORRUPT,
                              "'%s/history/%s/%s.jsonl' is damaged: line %u is no JSON (newer "
                              "entries can be had with a limit of %zu)",
                              s->path, place.kind, place.name, line_number(text->s, start), n);
        if (entry && !(newest && !newest_counts(s, place, entry))) {
            bp_json_append(list, entry);
            n++;
        }
        end = before;
    }
    return 0;
}

cJSON *bp_dirstore_history(struct bp_dirstore *s, struct bp_arena *a, struct bp_identity id,
                           size_t limit, struct bp_err *e)
{
    struct bp_str text = BP_STR_LIMIT(BP_READ_MAX);
    cJSON *list = bp_json_array(a);
    struct bp_dirstore_place place;
    int rc = bp_dirstore_place(a, id, &place, e);

    if (rc == 0)
        rc = read_history(s, place, &text, e);
    if (rc == 0)
        rc = collect(s, a, place, &text, limit, list, e);
    else if (rc == BP_ENOTFOUND)
        rc = 0;
    bp_str_release(&text);
    return rc ? NULL : list;
}

static int each_of_kind(const struct bp_dirstore *s, const struct bp_dirstore_entry *kind,
                        bp_dirstore_identity_fn *fn, void *ctx, struct bp_err *e)
{
    struct bp_arena names = BP_ARENA_INIT;
    struct bp_dirstore_entry *ents;
    size_t count;
    int rc = bp_dirstore_list_dir(s, BP_DIRSTORE_HISTORY, kind->file, BP_DIRSTORE_HISTORY_SUFFIX,
                                  &names, &ents, &count, e);

    for (size_t i = 0; i < count && rc == 0; i++)
        if (ents[i].text)
            rc = fn(ctx, (struct bp_identity){.kind = kind->text, .name = ents[i].text}, e);
    bp_arena_release(&names);
    return rc;
}

int bp_dirstore_each_history(struct bp_dirstore *s, bp_dirstore_identity_fn *fn, void *ctx,
                             struct bp_err *e)
{
    struct bp_arena names = BP_ARENA_INIT;
    struct bp_dirstore_entry *kinds;
    size_t count;
    int rc = bp_dirstore_list_dir(s, BP_DIRSTORE_HISTORY, NULL, "", &names, &kinds, &count, e);

    for (size_t i = 0; i < count && rc == 0; i++)
        if (kinds[i].text)
            rc = each_of_kind(s, &kinds[i], fn, ctx, e);
    bp_arena_release(&names);
    return rc;
}
