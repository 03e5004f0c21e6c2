/* A catalog: a directory that says what service specifications become (bp-catalog(5)). Opening it
 * reads the small specification files of all entries; parameters and templates are read when an
 * entry is used. */
#ifndef BP_RENDER_CATALOG_H
#define BP_RENDER_CATALOG_H

#include "base/diag.h"
#include "json/value.h"
#include "render/site.h"
#include "schema/schema.h"

struct bp_catalog; /* opaque */

/* One folder: what its specifications have in common. */
struct bp_entry {
    const char *folder;  /* path of the folder */
    const cJSON *schema; /* of the parameters: an object schema, never NULL */
    struct bp_schema *compiled;
    const cJSON **templates; /* in order of file name, then of place in the file */
    size_t ntemplates;
    enum { BP_ENTRY_UNREAD, BP_ENTRY_GOOD, BP_ENTRY_BAD } state;
};

/* One service specification. */
struct bp_spec {
    const char *id, *name, *version; /* NULL when absent; id or name is there */
    const char *label;               /* "name@version", else name, else id */
    struct bp_entry *entry;
    struct bp_pos pos;
};

/* Opens the directory. What is wrong with specification files becomes findings (rule "catalog").
 * NULL with `e` only when the directory can't be read. `d` is used as long as the catalog, and
 * flushed before that is freed: findings name its files. */
struct bp_catalog *bp_catalog_open(const char *path, struct bp_diags *d, struct bp_err *e);
void bp_catalog_free(struct bp_catalog *c);

/* The specification that an order asks for; each of the three may be NULL. With an id: the entry
 * that has it as id or alias, else an entry without an id that has the name. Without an id: the
 * entry of that name or alias. Where several versions fit, `version` decides. NULL with
 * BP_ENOTFOUND and a message that names what there is. */
const struct bp_spec *bp_catalog_find(const struct bp_catalog *c, const char *id, const char *name,
                                      const char *version, struct bp_err *e);
/* The specification that one word means: an id, an alias, a name, name@version, or the name of a
 * folder. */
const struct bp_spec *bp_catalog_find_word(const struct bp_catalog *c, const char *word,
                                           struct bp_err *e);

/* Reads parameters and templates of the specification's folder, once, and checks them: what is
 * wrong becomes findings. NULL when something is. */
const struct bp_entry *bp_catalog_entry(struct bp_catalog *c, const struct bp_spec *spec);

/* The site of that name. A catalog without a folder `sites` knows no sites: each name is then a
 * site without variables. NULL with `e` when the name is illegal or unknown, or (after findings,
 * `e` with code BP_EINPUT and an empty message) when its file is wrong. */
const struct bp_site *bp_catalog_site(struct bp_catalog *c, const char *name, struct bp_err *e);

#endif
