/* The catalog's index: which folder has which specifications. */
#include "render/catalog.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/map.h"
#include "base/nearest.h"
#include "base/str.h"
#include "json/input.h"
#include "render/catalog_impl.h"

/* One word that names a specification. */
enum word_kind { WORD_ID, WORD_NAME, WORD_FULL, WORD_ALIAS, WORD_FOLDER };

struct word {
    enum word_kind kind;
    const struct bp_spec *spec;
    struct word *next; /* another specification of the same word */
};

static const char *const suffixes[] = {".yaml", ".yml", ".json"};

/* A tree takes many times the memory of its file. */
enum { FILE_MAX = 8 * 1024 * 1024 };

int bp_catalog_check_size(const char *path, struct bp_err *e)
{
    struct stat st;

    /* What can't be looked at is the reader's to tell. */
    if (stat(path, &st) || !S_ISREG(st.st_mode) || st.st_size <= FILE_MAX)
        return 0;
    return bp_err_set(e, BP_EINPUT, "'%s' has %lld bytes: a file of a catalog has at most %d", path,
                      (long long)st.st_size, FILE_MAX);
}

cJSON *bp_catalog_read(struct bp_catalog *c, const char *stem, struct bp_err *e)
{
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        const char *path = bp_arena_printf(&c->arena, "%s%s", stem, suffixes[i]);
        cJSON *tree = bp_catalog_check_size(path, e) < 0 ? NULL : bp_input_file(&c->arena, path, e);

        if (tree || e->code != BP_ENOTFOUND)
            return tree;
    }
    return NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int bp_catalog_list(struct bp_catalog *c, const char *path, const char ***names, size_t *count,
                    struct bp_err *e)
{
    size_t cap = 0;
    DIR *dir;
    int r;

    *names = NULL;
    *count = 0;
    dir = opendir(path);
    if (!dir)
        return bp_err_sys(e, "%s '%s'", path == c->path ? "catalog" : "open directory", path);
    errno = 0;
    for (struct dirent *entry; (entry = readdir(dir)); errno = 0) {
        if (entry->d_name[0] != '.') {
            *names = bp_grow(*names, &cap, *count + 1, sizeof **names);
            (*names)[(*count)++] = bp_arena_strdup(&c->arena, entry->d_name);
        }
    }
    r = errno ? bp_err_sys(e, "read directory '%s'", path) : 0;
    closedir(dir);
    if (*count > 0)
        qsort(*names, *count, sizeof **names, by_text);
    return r;
}

/* ---- building the index ---- */

static void add_word(struct bp_catalog *c, enum word_kind kind, const char *text,
                     const struct bp_spec *spec)
{
    struct bp_map_entry *slot;
    struct word *w;

    if (!text)
        return;
    slot = bp_map_put(&c->words, text, strlen(text));
    w = bp_arena_alloc(&c->arena, sizeof *w);
    *w = (struct word){kind, spec, slot->value};
    slot->value = w;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Two specifications that an order could not tell apart. */
static void refuse_twin(struct bp_catalog *c, const struct bp_spec *spec, const char *text,
                        enum word_kind kind)
{
    for (struct word *w = text ? bp_map_get(&c->words, text) : NULL; w; w = w->next) {
        if (w->kind == kind && same_text(w->spec->version, spec->version)) {
            bp_diag_add(c->d, BP_ERROR, "catalog", spec->pos, NULL,
                        "'%s' (%s) is in the catalog already, see %s:%u", text, spec->label,
                        w->spec->pos.file, (unsigned)w->spec->pos.line);
        }
    }
}

/* A text, or a number as it was written: an unquoted version is one. */
static const char *text_of(struct bp_catalog *c, const cJSON *object, const char *name)
{
    const cJSON *n = bp_json_get(object, name);

    if (!n || cJSON_IsNull(n))
        return NULL;
    if ((cJSON_IsString(n) && n->valuestring[0]) || cJSON_IsNumber(n))
        return n->valuestring;
    bp_json_diag(c->d, BP_ERROR, "catalog", n, "'%s' is no text", name);
    return NULL;
}

static void add_aliases(struct bp_catalog *c, const cJSON *object, const struct bp_spec *spec)
{
    const cJSON *aliases = bp_json_get(object, "aliases"), *one;

    if (aliases && !cJSON_IsArray(aliases)) {
        bp_json_diag(c->d, BP_ERROR, "catalog", aliases, "'aliases' is no list of texts");
        return;
    }
    cJSON_ArrayForEach(one, aliases)
    {
        if (!cJSON_IsString(one)) {
            bp_json_diag(c->d, BP_ERROR, "catalog", one, "an alias is a text");
            continue;
        }
        refuse_twin(c, spec, one->valuestring, WORD_ID);
        refuse_twin(c, spec, one->valuestring, WORD_ALIAS);
        add_word(c, WORD_ALIAS, one->valuestring, spec);
    }
}

static void check_members(struct bp_catalog *c, const cJSON *object)
{
    static const char *const known[] = {"id",      "name",        "version",
                                        "aliases", "description", "specifications"};
    const cJSON *m;

    cJSON_ArrayForEach(m, object)
    {
        bool found = false;

        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            found = found || strcmp(m->string, known[i]) == 0;
        if (!found) {
            bp_json_diag(c->d, BP_ERROR, "catalog", m,
                         "unknown member '%s': a specification has id, name, version, aliases, "
                         "description",
                         m->string);
        }
    }
}

static void add_spec(struct bp_catalog *c, struct bp_entry *entry, const cJSON *object)
{
    struct bp_spec *spec = bp_arena_zalloc(&c->arena, sizeof *spec);
    const char *full;

    check_members(c, object);
    spec->id = text_of(c, object, "id");
    spec->name = text_of(c, object, "name");
    spec->version = text_of(c, object, "version");
    spec->entry = entry;
    spec->pos = bp_json_pos(object);
    if (!spec->id && !spec->name) {
        bp_json_diag(c->d, BP_ERROR, "catalog", object, "a specification needs an id or a name");
        return;
    }
    full = spec->name && spec->version
               ? bp_arena_printf(&c->arena, "%s@%s", spec->name, spec->version)
               : NULL;
    spec->label = full ? full : spec->name ? spec->name : spec->id;
    refuse_twin(c, spec, spec->id, WORD_ID);
    refuse_twin(c, spec, spec->id, WORD_ALIAS);
    refuse_twin(c, spec, spec->name, WORD_NAME);
    add_word(c, WORD_ID, spec->id, spec);
    add_word(c, WORD_NAME, spec->name, spec);
    add_word(c, WORD_FULL, full, spec);
    add_word(c, WORD_FOLDER, strrchr(entry->folder, '/') + 1, spec);
    add_aliases(c, object, spec);
    c->specs = bp_grow(c->specs, &c->specs_cap, c->nspecs + 1, sizeof *c->specs);
    c->specs[c->nspecs++] = spec;
}

static void add_entry(struct bp_catalog *c, const char *folder, const cJSON *tree)
{
    struct bp_entry *entry = bp_arena_zalloc(&c->arena, sizeof *entry);
    const cJSON *list = bp_json_get(tree, "specifications"), *one;

    entry->folder = folder;
    c->entries = bp_grow(c->entries, &c->entries_cap, c->nentries + 1, sizeof *c->entries);
    c->entries[c->nentries++] = entry;
    if (!list) {
        add_spec(c, entry, tree);
        return;
    }
    check_members(c, tree);
    if (!cJSON_IsArray(list) || !list->child) {
        bp_json_diag(c->d, BP_ERROR, "catalog", list, "'specifications' is no list");
        return;
    }
    cJSON_ArrayForEach(one, list)
    {
        add_spec(c, entry, one);
    }
}

/* A folder without a specification file is somebody's own business, unless it looks like an entry.
 */
static void look_for_entry(struct bp_catalog *c, const char *folder)
{
    static const char *const signs[] = {"templates", "blueprint.yaml", "blueprint.json",
                                        "parameters.yaml", "parameters.json"};
    struct stat st;

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        const char *path = bp_arena_printf(&c->arena, "%s/%s", folder, signs[i]);

        if (stat(path, &st) == 0) {
            bp_diag_add(c->d, BP_WARNING, "catalog", (struct bp_pos){folder, 0, 0}, NULL,
                        "this folder has '%s' but no specification.yaml, and is passed over",
                        signs[i]);
            return;
        }
    }
}

static void read_entry(struct bp_catalog *c, const char *name)
{
    struct bp_err e = BP_ERR_INIT;
    const char *folder = bp_arena_printf(&c->arena, "%s/%s", c->path, name);
    const char *stem = bp_arena_printf(&c->arena, "%s/specification", folder);
    cJSON *tree = bp_catalog_read(c, stem, &e);

    if (tree)
        add_entry(c, folder, tree);
    else if (e.code == BP_ENOTFOUND)
        look_for_entry(c, folder);
    else
        bp_diag_add_err(c->d, "catalog", &e);
}

struct bp_catalog *bp_catalog_open(const char *path, struct bp_diags *d, struct bp_err *e)
{
    struct bp_catalog *c = bp_calloc(1, sizeof *c);
    const char **names = NULL;
    size_t count = 0;

    c->d = d;
    c->path = bp_arena_strdup(&c->arena, path);
    if (bp_catalog_list(c, c->path, &names, &count, e) < 0) {
        free(names);
        bp_catalog_free(c);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], "sites") == 0)
            c->has_sites = true;
        else
            read_entry(c, names[i]);
    free(names);
    return c;
}

void bp_catalog_free(struct bp_catalog *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->nentries; i++) {
        bp_schema_free(c->entries[i]->compiled);
        free(c->entries[i]->templates);
    }
    free(c->entries);
    free(c->specs);
    bp_map_release(&c->words);
    bp_map_release(&c->sites);
    bp_arena_release(&c->arena);
    free(c);
}

/* ---- finding ---- */

/* "what the catalog has", for messages: as many as fit a line or three. */
static void list_specs(const struct bp_catalog *c, struct bp_str *out)
{
    enum { SHOWN = 8 };

    for (size_t i = 0; i < c->nspecs && i < SHOWN; i++) {
        const struct bp_spec *s = c->specs[i];

        bp_str_addf(out, "%s'%s'", i > 0 ? ", " : "", s->label);
        if (s->id && s->label != s->id)
            bp_str_addf(out, " (%s)", s->id);
    }
    if (c->nspecs > SHOWN)
        bp_str_addf(out, " and %zu more", c->nspecs - SHOWN);
}

static const char *nearest_spec(const struct bp_catalog *c, const char *word)
{
    struct bp_nearest near;

    bp_nearest_init(&near, word);
    for (size_t i = 0; i < c->nspecs; i++) {
        const struct bp_spec *s = c->specs[i];

        bp_nearest_try(&near, s->label);
        if (s->name)
            bp_nearest_try(&near, s->name);
        if (s->id)
            bp_nearest_try(&near, s->id);
        bp_nearest_try(&near, strrchr(s->entry->folder, '/') + 1);
    }
    return near.best;
}

static int complain_unknown(const struct bp_catalog *c, const char *word, const char *name,
                            struct bp_err *e)
{
    struct bp_str all = BP_STR_INIT;
    const char *best = nearest_spec(c, word);
    const struct word *w = name ? bp_map_get(&c->words, name) : NULL;

    list_specs(c, &all);
    if (c->nspecs == 0) {
        bp_err_set(e, BP_ENOTFOUND,
                   "specification '%s': catalog '%s' has no entries: an entry is a folder with "
                   "specification.yaml",
                   word, c->path);
    } else if (w && w->spec->id) {
        bp_err_set(e, BP_ENOTFOUND,
                   "specification '%s' is not in the catalog; '%s' is there with id '%s': if it is "
                   "the same, add the other id to its aliases in '%s'",
                   word, w->spec->label, w->spec->id, w->spec->pos.file);
    } else if (best) {
        bp_err_set(e, BP_ENOTFOUND,
                   "specification '%s' is not in the catalog (did you mean '%s'?), which has %s",
                   word, best, all.s);
    } else {
        bp_err_set(e, BP_ENOTFOUND, "specification '%s' is not in the catalog, which has %s", word,
                   all.s);
    }
    bp_str_release(&all);
    return BP_ENOTFOUND;
}

/* The versions there are, for messages. */
static int complain_version(const struct word *words, unsigned kinds, const char *word,
                            const char *version, struct bp_err *e)
{
    struct bp_str all = BP_STR_INIT;

    for (const struct word *w = words; w; w = w->next)
        if (kinds >> w->kind & 1)
            bp_str_addf(&all, "%s'%s'", all.len > 0 ? ", " : "", w->spec->label);
    if (version) {
        bp_err_set(e, BP_ENOTFOUND,
                   "specification '%s' is not in the catalog in version '%s': there is %s", word,
                   version, all.s);
    } else {
        bp_err_set(e, BP_ENOTFOUND, "'%s' may be any of %s: say which version", word, all.s);
    }
    bp_str_release(&all);
    return BP_ENOTFOUND;
}

/* Of all that have the word in one of `kinds` (a set of bits), the one that has the version. An
 * order without a version takes what there is, when it is one. */
static int choose(const struct word *words, unsigned kinds, const char *word, const char *version,
                  const struct bp_spec **spec, struct bp_err *e)
{
    size_t any = 0, fitting = 0;

    *spec = NULL;
    for (const struct word *w = words; w; w = w->next) {
        if (!(kinds >> w->kind & 1))
            continue;
        any++;
        if (!version || !w->spec->version || strcmp(w->spec->version, version) == 0) {
            fitting += *spec != w->spec;
            *spec = w->spec;
        }
    }
    if (any == 0)
        return 0;
    if (fitting != 1) {
        *spec = NULL;
        return complain_version(words, kinds, word, fitting ? NULL : version, e);
    }
    return 0;
}

enum {
    BY_ID = 1u << WORD_ID | 1u << WORD_ALIAS,
    BY_NAME = 1u << WORD_NAME | 1u << WORD_ALIAS,
    BY_ANY = BY_ID | 1u << WORD_NAME | 1u << WORD_FULL | 1u << WORD_FOLDER,
};

const struct bp_spec *bp_catalog_find(const struct bp_catalog *c, const char *id, const char *name,
                                      const char *version, struct bp_err *e)
{
    const struct bp_spec *spec = NULL;
    const char *word;

    if (id && (choose(bp_map_get(&c->words, id), BY_ID, id, version, &spec, e) < 0 || spec))
        return spec;
    word = name ? name : id;
    if (!word) {
        bp_err_set(e, BP_ENOTFOUND, "no specification is named: give its id, or its name");
        return NULL;
    }
    if (name && choose(bp_map_get(&c->words, name), BY_NAME, name, version, &spec, e) < 0)
        return NULL;
    /* The name alone does not outvote an id that the catalog does not know. */
    if (spec && id && spec->id)
        spec = NULL;
    if (!spec)
        complain_unknown(c, id ? id : name, id ? name : NULL, e);
    return spec;
}

const struct bp_spec *bp_catalog_find_word(const struct bp_catalog *c, const char *word,
                                           struct bp_err *e)
{
    const struct bp_spec *spec;

    if (choose(bp_map_get(&c->words, word), BY_ANY, word, NULL, &spec, e) < 0)
        return NULL;
    if (!spec)
        complain_unknown(c, word, NULL, e);
    return spec;
}
