/* Entries and sites of a catalog, read when they are used. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "json/input.h"
#include "model/document.h"
#include "render/catalog_impl.h"
#include "render/form.h"
#include "render/shape.h"
#include "render/template.h"
#include "render/text.h"

/* ---- checks over parameters and templates together ---- */

struct usage {
    struct bp_map paths; /* the paths that templates use; keys live in the templates' trees */
    size_t variables;
};

static void on_used(void *ctx, const char *path, size_t len)
{
    struct usage *u = ctx;

    bp_map_put(&u->paths, path, len);
}

/* True when `path` begins with `prefix` and ends there or goes on with a dot. */
static bool leads_to(const char *path, size_t len, const char *prefix, size_t nprefix)
{
    return len >= nprefix && memcmp(path, prefix, nprefix) == 0 &&
           (len == nprefix || path[nprefix] == '.');
}

/* How a parameter is used: as a whole or by a path above it, only through members, or not at all.
 */
enum use { UNUSED, PARTLY, WHOLLY };

static enum use use_of(const struct usage *u, const char *path, size_t len)
{
    enum use use = UNUSED;

    for (size_t i = 0; i < u->paths.count; i++) {
        const struct bp_map_entry *e = &u->paths.entries[i];

        if (leads_to(path, len, e->key, e->len))
            return WHOLLY;
        if (leads_to(e->key, e->len, path, len))
            use = PARTLY;
    }
    return use;
}

/* `path` holds the dotted path of `schema`. */
static bool check_use(const struct usage *u, const cJSON *schema, struct bp_str *path,
                      struct bp_diags *d)
{
    const cJSON *p;
    bool fine = true;
    size_t len = path->len;

    cJSON_ArrayForEach(p, bp_json_get(schema, "properties"))
    {
        enum use use;
        bool used;

        bp_str_addf(path, "%s%s", len > 0 ? "." : "", p->string);
        use = use_of(u, path->s, path->len);
        /* The engine itself uses this one. */
        used = use != UNUSED || strcmp(path->s, "locationName") == 0;
        if (!used) {
            bp_json_diag_key(d, BP_ERROR, "unused-parameter", p,
                             "parameter '%s' is used by no template of this entry: use it, or take "
                             "it out",
                             path->s);
            fine = false;
        } else if (use == PARTLY) {
            fine = check_use(u, p, path, d) && fine;
        }
        bp_str_cut(path, len);
    }
    return fine;
}

static bool check_forms(const cJSON *schema, struct bp_diags *d)
{
    struct bp_err e = BP_ERR_INIT;
    const cJSON *child;
    bool fine = true;

    if (cJSON_IsObject(schema) && bp_form_of(schema) && bp_form_check(schema, &e) < 0) {
        bp_diag_add_err(d, "catalog", &e);
        fine = false;
    }
    cJSON_ArrayForEach(child, schema)
    {
        fine = (!cJSON_IsObject(child) || check_forms(child, d)) && fine;
    }
    return fine;
}

static bool check_names(const cJSON *schema, struct bp_diags *d)
{
    const cJSON *p;
    bool fine = true;

    cJSON_ArrayForEach(p, bp_json_get(schema, "properties"))
    {
        size_t first = strcspn(p->string, ".");

        if (bp_is_builtin(p->string, first)) {
            bp_json_diag_key(d, BP_ERROR, "catalog", p,
                             "parameter '%s' would hide what bp calls '%.*s': call it otherwise",
                             p->string, (int)first, p->string);
            fine = false;
        } else if (!bp_text_is_name(p->string, strlen(p->string))) {
            bp_json_diag_key(d, BP_ERROR, "catalog", p,
                             "parameter '%s' has no legal name: a letter, then letters, digits and "
                             "_-./",
                             p->string);
            fine = false;
        }
    }
    return fine;
}

static void on_note(void *ctx, const cJSON *keyword, const char *message)
{
    bp_json_diag_key(ctx, BP_WARNING, "catalog", keyword, "%s", message);
}

static bool compile(struct bp_entry *entry, struct bp_diags *d)
{
    struct bp_err e = BP_ERR_INIT;

    entry->compiled = bp_schema_compile(entry->schema, on_note, d, &e);
    if (!entry->compiled)
        bp_diag_add_err(d, "catalog", &e);
    return entry->compiled != NULL;
}

static bool check_templates(const struct bp_entry *entry, struct bp_diags *d)
{
    struct usage u = {.paths = BP_MAP_INIT};
    struct bp_str path = BP_STR_INIT;
    bool fine = true;

    for (size_t i = 0; i < entry->ntemplates; i++) {
        fine =
            bp_template_check(entry->templates[i], entry->schema, on_used, &u, &u.variables, d) &&
            fine;
    }
    if (fine && u.variables == 0) {
        bp_json_diag(d, BP_ERROR, "no-variable", entry->templates[0],
                     "no template of this entry uses a variable, so every order would give the "
                     "same document: at least its name must come from ${name}");
        fine = false;
    }
    /* Only when the names are right: a misspelt one makes another one unused. */
    fine = fine && check_use(&u, entry->schema, &path, d);
    bp_map_release(&u.paths);
    bp_str_release(&path);
    return fine;
}

static bool check_entry(struct bp_entry *entry, struct bp_diags *d)
{
    bool fine = check_names(entry->schema, d);

    fine = check_forms(entry->schema, d) && fine;
    fine = compile(entry, d) && fine;
    fine = check_templates(entry, d) && fine;
    entry->state = fine ? BP_ENTRY_GOOD : BP_ENTRY_BAD;
    return fine;
}

/* ---- reading ---- */

static bool read_parameters(struct bp_catalog *c, struct bp_entry *entry)
{
    struct bp_err e = BP_ERR_INIT;
    const char *stem = bp_arena_printf(&c->arena, "%s/parameters", entry->folder);
    cJSON *schema = bp_catalog_read(c, stem, &e);

    if (!schema && e.code == BP_ENOTFOUND) {
        schema = bp_json_object(&c->arena);
    } else if (!schema) {
        bp_diag_add_err(c->d, "catalog", &e);
        return false;
    } else if (!cJSON_IsObject(schema) || !bp_shape_allows(schema, "object")) {
        bp_json_diag(c->d, BP_ERROR, "catalog", schema,
                     "the parameters are described by a JSON Schema of an object");
        return false;
    }
    entry->schema = schema;
    return true;
}

static bool add_template(struct bp_catalog *c, struct bp_entry *entry, const char *path,
                         size_t *cap)
{
    struct bp_err e = BP_ERR_INIT;
    cJSON *one;
    cJSON *all =
        bp_catalog_check_size(path, &e) < 0 ? NULL : bp_input_file_all(&c->arena, path, &e);
    bool fine = all != NULL;

    if (!all)
        bp_diag_add_err(c->d, "catalog", &e);
    cJSON_ArrayForEach(one, all)
    {
        if (!cJSON_IsObject(one)) {
            bp_json_diag(c->d, BP_ERROR, "template-syntax", one, "a template is an object");
            fine = false;
        }
        entry->templates =
            bp_grow(entry->templates, cap, entry->ntemplates + 1, sizeof *entry->templates);
        entry->templates[entry->ntemplates++] = one;
    }
    return fine;
}

static bool add_folder(struct bp_catalog *c, struct bp_entry *entry, const char *folder,
                       size_t *cap)
{
    struct bp_err e = BP_ERR_INIT;
    const char **names = NULL;
    size_t count = 0;
    bool fine = true;
    int r = bp_catalog_list(c, folder, &names, &count, &e);

    if (r < 0 && r != BP_ENOTFOUND) {
        bp_diag_add_err(c->d, "catalog", &e);
        fine = false;
    }
    for (size_t i = 0; i < count; i++) {
        if (bp_input_is_document_name(names[i])) {
            const char *path = bp_arena_printf(&c->arena, "%s/%s", folder, names[i]);

            fine = add_template(c, entry, path, cap) && fine;
        }
    }
    free(names);
    return fine;
}

/* blueprint.* or templates/, never both: nobody should have to guess which comes first. */
static bool read_templates(struct bp_catalog *c, struct bp_entry *entry)
{
    static const char *const names[] = {"blueprint.yaml", "blueprint.yml", "blueprint.json"};
    struct stat st;
    size_t cap = 0;
    bool fine = true;
    const char *folder;
    size_t before;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = bp_arena_printf(&c->arena, "%s/%s", entry->folder, names[i]);

        if (stat(path, &st) == 0)
            fine = add_template(c, entry, path, &cap) && fine;
    }
    folder = bp_arena_printf(&c->arena, "%s/templates", entry->folder);
    before = entry->ntemplates;
    fine = add_folder(c, entry, folder, &cap) && fine;
    if (before > 0 && entry->ntemplates > before) {
        bp_diag_add(c->d, BP_ERROR, "catalog", (struct bp_pos){entry->folder, 0, 0}, NULL,
                    "there are templates in blueprint.* and in templates/: keep one of the two");
        return false;
    }
    if (fine && entry->ntemplates == 0) {
        bp_diag_add(c->d, BP_ERROR, "catalog", (struct bp_pos){entry->folder, 0, 0}, NULL,
                    "there is no template: write blueprint.yaml, or files in templates/");
        return false;
    }
    return fine;
}

const struct bp_entry *bp_catalog_entry(struct bp_catalog *c, const struct bp_spec *spec)
{
    struct bp_entry *entry = spec->entry;

    if (entry->state == BP_ENTRY_UNREAD) {
        bool fine = read_parameters(c, entry);

        fine = read_templates(c, entry) && fine;
        entry->state = BP_ENTRY_BAD;
        if (fine)
            check_entry(entry, c->d);
    }
    return entry->state == BP_ENTRY_GOOD ? entry : NULL;
}

/* ---- sites ---- */

static int complain_site(struct bp_catalog *c, const char *name, struct bp_err *e)
{
    struct bp_nearest near;
    struct bp_str all = BP_STR_INIT;
    const char **names = NULL;
    size_t count = 0;
    const char *folder;

    bp_nearest_init(&near, name);
    folder = bp_arena_printf(&c->arena, "%s/sites", c->path);
    bp_catalog_list(c, folder, &names, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        const char *dot = strrchr(names[i], '.');
        const char *stem = bp_arena_strndup(&c->arena, names[i],
                                            dot ? (size_t)(dot - names[i]) : strlen(names[i]));

        if (strcmp(stem, "schema") != 0 && bp_input_is_document_name(names[i])) {
            bp_nearest_try(&near, stem);
            bp_str_addf(&all, "%s'%s'", all.len > 0 ? ", " : "", stem);
        }
    }
    bp_err_set(e, BP_ENOTFOUND, "site '%s' is not in the catalog%s%s%s, which has %s", name,
               near.best ? " (did you mean '" : "", near.best ? near.best : "",
               near.best ? "'?)" : "", all.len > 0 ? all.s : "none");
    bp_str_release(&all);
    free(names);
    return BP_ENOTFOUND;
}

static const struct bp_site *read_site(struct bp_catalog *c, const char *name, struct bp_err *e)
{
    struct bp_err cause = BP_ERR_INIT;
    const char *stem = bp_arena_printf(&c->arena, "%s/sites/%s", c->path, name);
    const char *schema_stem = bp_arena_printf(&c->arena, "%s/sites/schema", c->path);
    cJSON *file = bp_catalog_read(c, stem, &cause);
    cJSON *schema;
    const struct bp_site *site;

    if (!file && cause.code == BP_ENOTFOUND) {
        complain_site(c, name, e);
        return NULL;
    }
    schema = file ? bp_catalog_read(c, schema_stem, &cause) : NULL;
    if (!file || (!schema && cause.code != BP_ENOTFOUND)) {
        bp_diag_add_err(c->d, "site", &cause);
        bp_err_set(e, BP_EINPUT, "%s", "");
        return NULL;
    }
    site = bp_site_read(&c->arena, name, file, schema, c->d);
    if (!site)
        bp_err_set(e, BP_EINPUT, "%s", "");
    return site;
}

const struct bp_site *bp_catalog_site(struct bp_catalog *c, const char *name, struct bp_err *e)
{
    struct bp_map_entry *slot = bp_map_find(&c->sites, name, strlen(name));
    const char *problem = bp_name_problem(name);
    const char *key;
    const struct bp_site *site;

    if (slot) {
        if (!slot->value)
            bp_err_set(e, BP_EINPUT, "%s", "");
        return slot->value;
    }
    if (problem || strcmp(name, "schema") == 0) {
        bp_err_set(e, BP_EINPUT, "site name '%s' %s", name,
                   problem ? problem : "is taken: sites/schema.yaml describes the variables");
        return NULL;
    }
    key = bp_arena_strdup(&c->arena, name);
    site = c->has_sites ? read_site(c, key, e) : bp_site_plain(&c->arena, key);
    if (site || e->code == BP_EINPUT)
        bp_map_put(&c->sites, key, strlen(key))->value = (void *)(uintptr_t)site;
    return site;
}
