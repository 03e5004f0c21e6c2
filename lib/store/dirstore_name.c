/* How identities become file names of the store, and how its directories are listed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"
#include "store/dirstore_impl.h"

/* The longest encoded name: the longest suffix has to fit behind it. */
enum { NAME_SHOWN = 60, ENCODED_MAX = NAME_MAX - (int)sizeof BP_DIRSTORE_HISTORY_SUFFIX + 1 };

/* File times advance with the clock tick: a directory changed less than this ago may change again
 * without a visible sign. */
enum { SETTLED_NS = 50 * 1000 * 1000, LIST_PASSES = 4 };

static bool stands_as_it_is(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

static void encode(const char *text, struct bp_str *out)
{
    for (const char *p = text; *p; p++) {
        if (stands_as_it_is(*p) && !(p == text && *p == '.'))
            bp_str_addc(out, *p);
        else
            bp_str_addf(out, "%%%02X", (unsigned char)*p);
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The text that `file` stands for, NULL unless encoding it gives `file` again. */
static const char *decode(struct bp_arena *a, const char *file, size_t len)
{
    struct bp_str again = BP_STR_INIT;
    char *text = bp_arena_alloc(a, len + 1);
    size_t n = 0;
    bool same;

    for (size_t i = 0; i < len; i++) {
        char c = file[i];

        if (c == '%') {
            int high = i + 2 < len ? hex_digit(file[i + 1]) : -1;
            int low = i + 2 < len ? hex_digit(file[i + 2]) : -1;

            if (high < 0 || low < 0)
                return NULL;
            c = (char)(high * 16 + low);
            i += 2;
        }
        text[n++] = c;
    }
    text[n] = '\0';
    encode(text, &again);
    same = again.len == len && memcmp(again.s, file, len) == 0;
    bp_str_release(&again);
    return same ? text : NULL;
}

static int place_part(struct bp_arena *a, const char *what, const char *text, const char **out,
                      struct bp_err *e)
{
    struct bp_str enc = BP_STR_INIT;
    int rc = 0;

    encode(text, &enc);
    if (enc.len > ENCODED_MAX)
        rc = bp_err_set(e, BP_ELIMIT,
                        "the %s '%.*s...' needs %zu bytes as a file name, a store takes %d: "
                        "choose a shorter one",
                        what, (int)bp_utf8_cut(text, NAME_SHOWN), text, enc.len, ENCODED_MAX);
    else
        *out = bp_arena_strndup(a, enc.s, enc.len);
    bp_str_release(&enc);
    return rc;
}

int bp_dirstore_place(struct bp_arena *a, struct bp_identity id, struct bp_dirstore_place *place,
                      struct bp_err *e)
{
    int rc = place_part(a, "kind", id.kind, &place->kind, e);

    return rc ? rc : place_part(a, "name", id.name, &place->name, e);
}

/* ---- listing ---- */

struct listing {
    struct bp_arena *a;
    struct bp_map seen;
    const char *suffix;
};

static void list_one(struct listing *l, const char *file)
{
    size_t len = strlen(file), tail = strlen(l->suffix);
    char *stem;

    if (*file == '.' || len <= tail || strcmp(file + len - tail, l->suffix) != 0)
        return;
    len -= tail;
    if (bp_map_find(&l->seen, file, len))
        return;
    stem = bp_arena_strndup(l->a, file, len);
    bp_map_put(&l->seen, stem, len);
}

static int list_pass(int dir, struct listing *l, struct bp_err *e)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *ent;
    int rc = 0;

    if (!d) {
        rc = bp_err_sys(e, "open directory");
        if (fd >= 0)
            close(fd);
        return rc;
    }
    for (errno = 0; (ent = readdir(d)); errno = 0)
        list_one(l, ent->d_name);
    if (errno)
        rc = bp_err_sys(e, "list directory");
    closedir(d);
    return rc;
}

static bool same_time(const struct timespec *x, const struct timespec *y)
{
    return x->tv_sec == y->tv_sec && x->tv_nsec == y->tv_nsec;
}

/* True when nothing can have been renamed in the directory since `before` was taken. */
static bool is_settled(int dir, const struct stat *before)
{
    struct timespec now;
    struct stat st;
    int64_t age;

    if (fstat(dir, &st) || clock_gettime(CLOCK_REALTIME, &now))
        return false;
    age = ((int64_t)now.tv_sec - st.st_mtim.tv_sec) * 1000000000 + now.tv_nsec - st.st_mtim.tv_nsec;
    return same_time(&st.st_mtim, &before->st_mtim) && (age < 0 || age > SETTLED_NS);
}

static int by_text(const void *x, const void *y)
{
    const struct bp_dirstore_entry *a = x, *b = y;

    return strcmp(a->text ? a->text : a->file, b->text ? b->text : b->file);
}

/* Some file systems let a reader miss an entry that another is renamed over while it lists. A
 * document that seems gone is what pruning acts on: so a directory in motion is listed again and
 * the names are united (a name that is gone meanwhile is found out when it is opened). */
int bp_dirstore_list(int dir, const char *suffix, struct bp_arena *a,
                     struct bp_dirstore_entry **out, size_t *count, struct bp_err *e)
{
    struct listing l = {.a = a, .seen = BP_MAP_INIT, .suffix = suffix};
    struct stat before;
    bool settled = false;
    int rc = 0;

    for (int pass = 0; pass < LIST_PASSES && !settled && rc == 0; pass++) {
        if (fstat(dir, &before))
            rc = bp_err_sys(e, "look at directory");
        else
            rc = list_pass(dir, &l, e);
        settled = is_settled(dir, &before);
    }
    *count = 0;
    *out = bp_arena_alloc(a, (l.seen.count + 1) * sizeof **out);
    for (size_t i = 0; i < l.seen.count; i++) {
        const struct bp_map_entry *m = &l.seen.entries[i];

        (*out)[(*count)++] =
            (struct bp_dirstore_entry){.file = m->key, .text = decode(a, m->key, m->len)};
    }
    qsort(*out, *count, sizeof **out, by_text);
    bp_map_release(&l.seen);
    return rc;
}

int bp_dirstore_list_dir(const struct bp_dirstore *s, const char *top, const char *kind,
                         const char *suffix, struct bp_arena *a, struct bp_dirstore_entry **out,
                         size_t *count, struct bp_err *e)
{
    int dir;
    int rc = bp_dirstore_dir(s, top, kind, &dir, e);

    *out = NULL;
    *count = 0;
    if (rc)
        return rc == BP_ENOTFOUND ? 0 : rc;
    rc = bp_dirstore_list(dir, suffix, a, out, count, e);
    if (rc)
        bp_err_wrap(e, "'%s/%s%s%s'", s->path, top, kind ? "/" : "", kind ? kind : "");
    close(dir);
    return rc;
}
