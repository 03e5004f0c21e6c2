/* The inside of a catalog: private to catalog.c and entry.c. */
#ifndef BP_RENDER_CATALOG_IMPL_H
#define BP_RENDER_CATALOG_IMPL_H

#include "base/map.h"
#include "render/catalog.h"

struct bp_catalog {
    struct bp_arena arena; /* trees, names, everything */
    struct bp_diags *d;
    const char *path;
    bool has_sites;      /* there is a folder `sites` */
    struct bp_map words; /* id, name, ... -> struct word */
    struct bp_map sites; /* name -> struct bp_site, NULL when its file is wrong */
    const struct bp_spec **specs;
    size_t nspecs, specs_cap;
    struct bp_entry **entries;
    size_t nentries, entries_cap;
};

/* BP_EINPUT when a file is larger than any file of a catalog may be. */
int bp_catalog_check_size(const char *path, struct bp_err *e);

/* The one document of STEM.yaml, STEM.yml or STEM.json, whichever is there first. NULL with
 * BP_ENOTFOUND when none is, and with another code when it is malformed. */
cJSON *bp_catalog_read(struct bp_catalog *c, const char *stem, struct bp_err *e);

/* The names in a directory in byte order, hidden ones left out. `*names` is freed by the caller,
 * the texts live in the catalog. */
int bp_catalog_list(struct bp_catalog *c, const char *path, const char ***names, size_t *count,
                    struct bp_err *e);

#endif
