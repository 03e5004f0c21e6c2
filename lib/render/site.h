/* Sites: where a service stands. A site file holds `location`, `variables` and `overlays`. */
#ifndef BP_RENDER_SITE_H
#define BP_RENDER_SITE_H

#include "base/diag.h"
#include "json/value.h"
#include "render/scope.h"
#include "render/template.h"

struct bp_site {
    const char *name;
    const char *location;   /* for metadata.locationname */
    const cJSON *variables; /* object: the variables, and `name` and `location` */
    const cJSON *overlays;  /* list; NULL when there is none */
};

/* A site without variables; in `a`. */
struct bp_site *bp_site_plain(struct bp_arena *a, const char *name);

/* Reads site `name` out of the tree of its file. `schema` (may be NULL) is the schema of its
 * variables: they are checked, and defaults are put in. NULL after findings. Everything lives in
 * `a` or in the trees. */
struct bp_site *bp_site_read(struct bp_arena *a, const char *name, const cJSON *file,
                             const cJSON *schema, struct bp_diags *d);

/* Puts every overlay of the site that matches `doc` over it, in order, and then sets
 * metadata.locationname. Patches may use ${site.*} and the other built-ins of `scope`. The result,
 * which takes over nodes of `doc`; `*failed` is set after findings. */
cJSON *bp_site_overlay(struct bp_arena *a, const struct bp_site *site, cJSON *doc,
                       const struct bp_scope *scope, struct bp_budget *budget, struct bp_diags *d,
                       bool *failed);

/* What `patch` makes of `target`: RFC 7396, but where both have a list of objects that all carry a
 * distinct text `name`, its elements are matched by that name, new ones are appended, and one with
 * `$remove: true` is taken out. */
cJSON *bp_overlay_merge(struct bp_arena *a, cJSON *target, const cJSON *patch);

#endif
