/* Any order against a small catalog: no crash, documents that can be read back, the same bytes
 * again, and the same bytes once more when what came out stands already. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "json/read.h"
#include "render/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/bp-fuzz-order-XXXXXX";

static const struct {
    const char *name, *text;
} files[] = {
    {"e/specification.yaml", "{id: e1, name: E, version: 1.0.0, aliases: [e2]}\n"},
    {"e/parameters.yaml",
     "type: object\n"
     "additionalProperties: false\n"
     "properties:\n"
     "  image: {type: string}\n"
     "  size: {type: integer, default: 1}\n"
     "  on: {type: boolean}\n"
     "  env: {type: object, additionalProperties: {type: string},\n"
     "    properties: {KEY: {type: string, secret: true}}}\n"
     "  ports: {type: array, items: {type: object, bp:form: ['${host}:${port}', '${port}'],\n"
     "    properties: {host: {type: integer}, port: {type: integer}}}}\n"},
    {"e/blueprint.yaml",
     "kind: K\n"
     "metadata: {name: '${name}', labels: {on: '${on}'}}\n"
     "spec:\n"
     "  a: 'x ${image} ${size}'\n"
     "  env: {$merge: '${env}'}\n"
     "  ports: [{$each: 'p, i in ports', h: '${p.host}', p: '${p.port}', i: '${i}'}]\n"
     "---\n"
     "{$if: on, kind: L, metadata: {name: '${name}-l'}, spec: '${env}'}\n"},
    {"sites/s.yaml", "{variables: {x: 1, y: z}, overlays: [{match: {kind: K}, patch: {spec: {o: "
                     "'${site.y}'}}}]}\n"},
};

static void remove_catalog(void)
{
    char path[128];
    static const char *const folders[] = {"e", "sites"};

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        unlink(path);
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, folders[i]);
        rmdir(path);
    }
    rmdir(folder);
}

static void make_catalog(void)
{
    char path[128];

    if (!mkdtemp(folder))
        abort();
    atexit(remove_catalog);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        FILE *f;

        snprintf(path, sizeof path, "%s/%.*s", folder, (int)strcspn(files[i].name, "/"),
                 files[i].name);
        mkdir(path, 0777);
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        f = fopen(path, "w");
        if (!f || fputs(files[i].text, f) < 0 || fclose(f))
            abort();
    }
}

/* Findings are many and not looked at. */
static void forget(struct bp_diags *d)
{
    int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    dup2(null, STDERR_FILENO);
    bp_diags_free(d, NULL);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(null);
}

struct result {
    struct bp_str text;
    struct bp_inventory *next; /* what came out, as a base */
};

static int take(void *ctx, const char *text, size_t len)
{
    struct result *r = ctx;
    struct bp_arena a = BP_ARENA_INIT;
    cJSON *doc = bp_json_parse(&a, text, len, NULL, NULL);

    if (!doc)
        abort();
    bp_str_add(&r->text, text, len);
    bp_str_addc(&r->text, '\n');
    bp_inventory_add(r->next, doc, NULL);
    bp_arena_release(&a);
    return 0;
}

/* Returns whether anything came out. */
static bool render(const uint8_t *data, size_t size, const struct bp_inventory *base,
                   struct result *out)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_diags *d = bp_diags_new(NULL, false, true, NULL);
    cJSON *doc = bp_json_parse(&a, (const char *)data, size, "order", NULL);
    struct bp_order *order = doc ? bp_order_read(&a, doc, d) : NULL;
    struct bp_render_options o = {.base = base, .diags = d};
    struct bp_render *r;

    if (order) {
        o.catalog = bp_catalog_open(folder, d, NULL);
        r = bp_render_new(&o);
        bp_render_order(r, order);
        bp_render_finish(r, take, out);
        bp_render_free(r);
    }
    /* Findings name files of the catalog. */
    forget(d);
    bp_catalog_free(o.catalog);
    bp_arena_release(&a);
    return out->text.len > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct result out[3];

    if (folder[strlen(folder) - 1] == 'X')
        make_catalog();
    for (int i = 0; i < 3; i++)
        out[i] = (struct result){BP_STR_INIT, bp_inventory_new()};
    if (render(data, size, NULL, &out[0])) {
        render(data, size, NULL, &out[1]);
        if (strcmp(out[0].text.s, out[1].text.s) != 0)
            abort();
        if (render(data, size, out[0].next, &out[2]) && strcmp(out[0].text.s, out[2].text.s) != 0)
            abort();
    }
    for (int i = 0; i < 3; i++) {
        bp_str_release(&out[i].text);
        bp_inventory_free(out[i].next);
    }
    return 0;
}
