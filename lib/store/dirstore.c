/* The embedded store: opening it and reading what is live. Writing is in dirstore_write.c. */
#include "store/dirstore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json/read.h"
#include "store/dirstore_impl.h"

static const char format_file[] = "bp-store";
static const char format_text[] = "1\n";
static const char lock_file[] = "lock";
static const char tmp_dir[] = "tmp";

enum { FORMAT_MAX = 64 };

/* ---- opening ---- */

/* What a directory holds, as far as opening a store in it goes. */
enum content { HAS_FORMAT, HAS_LOCK, IS_EMPTY, IS_FOREIGN };

/* A lock without a format is a store whose making was interrupted. */
static int look_inside(int root, enum content *out, struct bp_err *e)
{
    int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *ent;

    if (!d) {
        if (fd >= 0)
            close(fd);
        return bp_err_sys(e, "list directory");
    }
    *out = IS_EMPTY;
    while ((ent = readdir(d)) && *out != HAS_FORMAT) {
        if (strcmp(ent->d_name, format_file) == 0)
            *out = HAS_FORMAT;
        else if (strcmp(ent->d_name, lock_file) == 0)
            *out = HAS_LOCK;
        else if (*out == IS_EMPTY && *ent->d_name != '.' && strcmp(ent->d_name, "lost+found") != 0)
            *out = IS_FOREIGN;
    }
    closedir(d);
    return 0;
}

static int check_format(const struct bp_dirstore *s, struct bp_err *e)
{
    struct bp_str text = BP_STR_LIMIT(FORMAT_MAX);
    size_t digits;
    int rc = bp_read_file(s->root, format_file, &text, e);

    if (rc == 0 && strcmp(text.s, format_text) != 0) {
        digits = strspn(text.s, "0123456789");
        if (digits && text.s[0] != '0' && strcmp(text.s + digits, "\n") == 0)
            rc = bp_err_set(e, BP_EINPUT,
                            "its format is %.*s, this bp knows format 1: use a newer bp",
                            (int)digits, text.s);
        else
            rc = bp_err_set(e, BP_ECORRUPT, "the file '%s' in it does not say which format it has",
                            format_file);
    }
    bp_str_release(&text);
    return rc;
}

static int check_content(const struct bp_dirstore *s, bool write, enum content *content,
                         struct bp_err *e)
{
    int rc = look_inside(s->root, content, e);

    if (rc)
        return rc;
    if (*content == IS_FOREIGN && write)
        return bp_err_set(e, BP_EINPUT,
                          "the directory holds other things and no store: name an "
                          "empty directory or one that does not exist");
    if (*content == IS_FOREIGN)
        return bp_err_set(e, BP_EINPUT, "the directory holds no store (no file '%s' in it)",
                          format_file);
    return *content == HAS_FORMAT ? check_format(s, e) : 0;
}

/* What a writer that was stopped left behind. */
static int empty_tmp(const struct bp_dirstore *s, struct bp_err *e)
{
    int fd = openat(s->tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *ent;
    int rc = 0;

    if (!d) {
        if (fd >= 0)
            close(fd);
        return bp_err_sys(e, "list directory '%s'", tmp_dir);
    }
    while ((ent = readdir(d)) && rc == 0) {
        if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0)
            continue;
        if (unlinkat(s->tmp, ent->d_name, 0) && errno != ENOENT)
            rc = bp_err_sys(e, "remove '%s/%s'", tmp_dir, ent->d_name);
    }
    closedir(d);
    return rc;
}

/* The format comes last: a store that has it has everything that a reader relies on. */
static int make_format(const struct bp_dirstore *s, struct bp_err *e)
{
    struct bp_str tmp = BP_STR_INIT;
    int fd = -1;
    int rc =
        bp_file_stage(s->tmp, format_file, format_text, strlen(format_text), 0666, &tmp, &fd, e);

    if (rc == 0) {
        if (fsync(fd) || renameat(s->tmp, tmp.s, s->root, format_file))
            rc = bp_err_sys(e, "make '%s'", format_file);
        if (rc)
            unlinkat(s->tmp, tmp.s, 0);
        close(fd);
    }
    bp_str_release(&tmp);
    return rc ? rc : bp_sync_dir(s->root, "", e);
}

static int open_for_writing(struct bp_dirstore *s, int timeout_ms, struct bp_err *e)
{
    enum content content;
    int rc = check_content(s, true, &content, e);

    if (rc)
        return rc;
    if ((rc = bp_lock(&s->lock, s->root, lock_file, false, timeout_ms, e)))
        return rc;
    if ((rc = bp_mkdirs(s->root, tmp_dir, e)))
        return rc;
    s->tmp = openat(s->root, tmp_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (s->tmp < 0)
        return bp_err_sys(e, "open directory '%s'", tmp_dir);
    if ((rc = empty_tmp(s, e)))
        return rc;
    /* Another writer may have made the store while this one waited. */
    if ((rc = check_content(s, true, &content, e)))
        return rc;
    return content == HAS_FORMAT ? 0 : make_format(s, e);
}

struct bp_dirstore *bp_dirstore_open(const char *path, bool write, int timeout_ms, struct bp_err *e)
{
    struct bp_dirstore *s = bp_calloc(1, sizeof *s);
    enum content content;
    int rc = 0;

    s->path = bp_strdup(path);
    s->root = s->tmp = -1;
    s->lock = (struct bp_lock)BP_LOCK_INIT;
    if (write)
        rc = bp_mkdirs(AT_FDCWD, path, e);
    if (rc == 0) {
        s->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (s->root < 0 && errno == ENOENT)
            rc = bp_err_set(e, BP_ENOTFOUND,
                            "there is none (what writes to it makes it, bp-apply "
                            "for one)");
        else if (s->root < 0 && errno == ENOTDIR)
            rc = bp_err_set(e, BP_EINPUT, "it is no directory, or something on its way is none");
        else if (s->root < 0)
            rc = bp_err_sys(e, "open directory");
        else
            rc = write ? open_for_writing(s, timeout_ms, e) : check_content(s, false, &content, e);
    }
    if (rc == 0)
        return s;
    bp_err_wrap(e, "store '%s'", path);
    bp_dirstore_close(s);
    return NULL;
}

/* ---- finding files ---- */

/* Opens PATH/TOP or, below it, PATH/TOP/KIND. */
static int open_dir(const struct bp_dirstore *s, int parent, const char *top, const char *kind,
                    int *fd, struct bp_err *e)
{
    const char *name = kind ? kind : top;
    const char *what = "a symbolic link";
    struct stat st;

    *fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*fd >= 0)
        return 0;
    if (errno != ENOTDIR)
        return bp_err_sys(e, "open directory '%s/%s%s%s'", s->path, top, kind ? "/" : "",
                          kind ? kind : "");
    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISLNK(st.st_mode))
        what = "a file";
    return bp_err_set(e, BP_ECORRUPT, "'%s/%s%s%s' is %s: a store has only directories there",
                      s->path, top, kind ? "/" : "", kind ? kind : "", what);
}

int bp_dirstore_dir(const struct bp_dirstore *s, const char *top, const char *kind, int *fd,
                    struct bp_err *e)
{
    int parent;
    int rc = open_dir(s, s->root, top, NULL, fd, e);

    if (rc || !kind)
        return rc;
    parent = *fd;
    rc = open_dir(s, parent, top, kind, fd, e);
    close(parent);
    return rc;
}

int bp_dirstore_file(const struct bp_dirstore *s, int dir, const char *top,
                     struct bp_dirstore_place place, const char *suffix, int access, int *fd,
                     struct bp_err *e)
{
    struct bp_str name = BP_STR_INIT;
    struct stat st;
    int rc = 0;

    bp_str_adds(&name, place.name);
    bp_str_adds(&name, suffix);
    *fd = openat(dir, name.s, access | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    if (*fd < 0 && errno == ELOOP)
        rc = bp_err_set(e, BP_ECORRUPT, "'%s/%s/%s/%s' is a symbolic link: a store has none",
                        s->path, top, place.kind, name.s);
    else if (*fd < 0)
        rc = bp_err_sys(e, "open '%s/%s/%s/%s'", s->path, top, place.kind, name.s);
    else if (fstat(*fd, &st) || !S_ISREG(st.st_mode))
        rc = bp_err_set(e, BP_ECORRUPT, "'%s/%s/%s/%s' is not a regular file", s->path, top,
                        place.kind, name.s);
    if (rc && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    bp_str_release(&name);
    return rc;
}

/* ---- live documents ---- */

const char *bp_dirstore_id_of(const cJSON *doc)
{
    const char *id = bp_document_id(doc);

    return id ? id : "";
}

/* What is wrong with a stored document, and how to go on. The position goes into the text: the name
 * of the file does not outlive the reading. */
static int damaged(const struct bp_dirstore *s, struct bp_dirstore_place place,
                   const struct bp_err *why, struct bp_err *e)
{
    return bp_err_set(e, BP_ECORRUPT,
                      "damaged document in the store: '%s/docs/%s/%s.json', line %u: %s (its "
                      "versions are in '%s/history/%s/%s.jsonl'; remove the file and apply the "
                      "document again)",
                      s->path, place.kind, place.name, (unsigned)why->pos.line, why->msg, s->path,
                      place.kind, place.name);
}

/* A document must stand where its identity says: a copy under another name would be two documents.
 */
static int check_place(struct bp_arena *a, const cJSON *doc, struct bp_dirstore_place place,
                       struct bp_err *e)
{
    struct bp_dirstore_place own;
    struct bp_identity id;
    int rc = bp_document_identity(doc, &id, e);

    if (rc == 0)
        rc = bp_dirstore_place(a, id, &own, e);
    if (rc == 0 && (strcmp(own.kind, place.kind) != 0 || strcmp(own.name, place.name) != 0))
        rc = bp_err_at(e, BP_ECORRUPT, bp_json_pos(doc),
                       "it is '%s/%s' and stands at another place", id.kind, id.name);
    return rc;
}

static int load_from(const struct bp_dirstore *s, int dir, struct bp_arena *a,
                     struct bp_dirstore_place place, cJSON **doc, struct bp_err *e)
{
    struct bp_str text = BP_STR_LIMIT(BP_READ_MAX);
    struct bp_err why = BP_ERR_INIT;
    const char *file;
    int fd = -1;
    int rc =
        bp_dirstore_file(s, dir, BP_DIRSTORE_DOCS, place, BP_DIRSTORE_DOC_SUFFIX, O_RDONLY, &fd, e);

    *doc = NULL;
    if (rc)
        return rc;
    file = bp_arena_printf(a, "dir:%s/docs/%s/%s.json", s->path, place.kind, place.name);
    rc = bp_read_fd(fd, &text, e);
    close(fd);
    if (rc) {
        bp_err_wrap(e, "'%s'", file);
    } else {
        *doc = bp_json_parse(a, text.s, text.len, file, &why);
        if (!*doc || check_place(a, *doc, place, &why)) {
            rc = damaged(s, place, &why, e);
            *doc = NULL;
        }
    }
    bp_str_release(&text);
    return rc;
}

int bp_dirstore_load(const struct bp_dirstore *s, struct bp_arena *a,
                     struct bp_dirstore_place place, cJSON **doc, struct bp_err *e)
{
    struct bp_err why = BP_ERR_INIT;
    int dir;
    int rc = bp_dirstore_dir(s, BP_DIRSTORE_DOCS, place.kind, &dir, &why);

    *doc = NULL;
    if (rc == 0) {
        rc = load_from(s, dir, a, place, doc, &why);
        close(dir);
    }
    if (rc == BP_ENOTFOUND)
        return 0;
    if (rc && e)
        *e = why;
    return rc;
}

cJSON *bp_dirstore_get(struct bp_dirstore *s, struct bp_arena *a, struct bp_identity id,
                       struct bp_err *e)
{
    struct bp_dirstore_place place;
    cJSON *doc = NULL;
    int rc = bp_dirstore_place(a, id, &place, e);

    if (rc == 0)
        rc = bp_dirstore_load(s, a, place, &doc, e);
    if (rc == 0 && !doc)
        bp_err_set(e, BP_ENOTFOUND, "store '%s' has no document '%s/%s'", s->path, id.kind,
                   id.name);
    return doc;
}

/* ---- all of them ---- */

struct walk {
    struct bp_dirstore *s;
    bp_dirstore_fn *fn;
    void *ctx;
    struct bp_arena doc; /* reset after each document */
    struct bp_err bad;   /* the first document that could not be read */
    size_t nbad;
};

/* 0: the walk goes on with the next one. */
static int note_bad(struct walk *w, const struct bp_err *why)
{
    if (w->nbad++ == 0)
        w->bad = *why;
    return 0;
}

static int walk_document(struct walk *w, int dir, const char *kind,
                         const struct bp_dirstore_entry *ent, struct bp_err *e)
{
    struct bp_dirstore_place place = {.kind = kind, .name = ent->file};
    struct bp_err why = BP_ERR_INIT;
    cJSON *doc;
    int rc;

    if (!ent->text) {
        bp_err_set(&why, BP_ECORRUPT, "'%s/docs/%s/%s.json' is no file that a store makes",
                   w->s->path, kind, ent->file);
        return note_bad(w, &why);
    }
    rc = load_from(w->s, dir, &w->doc, place, &doc, &why);
    if (rc == 0)
        rc = w->fn(w->ctx, &w->doc, doc, e);
    else if (rc == BP_ENOTFOUND)
        rc = 0; /* removed since the directory was listed */
    else
        rc = note_bad(w, &why);
    bp_arena_reset(&w->doc);
    return rc;
}

static int walk_kind(struct walk *w, const struct bp_dirstore_entry *ent, struct bp_err *e)
{
    const char *kind = ent->file;
    struct bp_arena names = BP_ARENA_INIT;
    struct bp_dirstore_entry *ents = NULL;
    struct bp_err why = BP_ERR_INIT;
    size_t count = 0;
    int dir;
    int rc;

    if (!ent->text) {
        bp_err_set(&why, BP_ECORRUPT, "'%s/docs/%s' is no directory that a store makes", w->s->path,
                   kind);
        return note_bad(w, &why);
    }
    rc = bp_dirstore_dir(w->s, BP_DIRSTORE_DOCS, kind, &dir, &why);
    if (rc)
        return rc == BP_ENOTFOUND ? 0 : note_bad(w, &why);
    rc = bp_dirstore_list(dir, BP_DIRSTORE_DOC_SUFFIX, &names, &ents, &count, e);
    if (rc)
        bp_err_wrap(e, "'%s/docs/%s'", w->s->path, kind);
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = walk_document(w, dir, kind, &ents[i], e);
    close(dir);
    bp_arena_release(&names);
    return rc;
}

int bp_dirstore_each(struct bp_dirstore *s, bp_dirstore_fn *fn, void *ctx, struct bp_err *e)
{
    struct walk w = {.s = s, .fn = fn, .ctx = ctx, .doc = BP_ARENA_INIT, .bad = BP_ERR_INIT};
    struct bp_arena names = BP_ARENA_INIT;
    struct bp_dirstore_entry *kinds = NULL;
    size_t count;
    int rc = bp_dirstore_list_dir(s, BP_DIRSTORE_DOCS, NULL, "", &names, &kinds, &count, e);

    for (size_t i = 0; i < count && rc == 0; i++)
        rc = walk_kind(&w, &kinds[i], e);
    if (rc == 0 && w.nbad) {
        if (e)
            *e = w.bad;
        rc = w.bad.code;
        if (w.nbad > 1)
            bp_err_wrap(e, "%zu documents can't be read, the first", w.nbad);
    }
    bp_arena_release(&w.doc);
    bp_arena_release(&names);
    return rc;
}
