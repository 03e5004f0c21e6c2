/* Any template and any parameters, two YAML texts with a NUL between them: no crash, a bounded
 * result, and no reference to a secret that neither of the two holds. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json/input.h"
#include "json/write.h"
#include "render/template.h"
#include "render/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void forget(struct bp_diags *d)
{
    int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    dup2(null, STDERR_FILENO);
    bp_diags_free(d, NULL);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(null);
}

static void on_used(void *ctx, const char *path, size_t len)
{
    (void)ctx;
    if (!bp_text_is_name(path, len))
        abort();
}

static void expand(struct bp_arena *a, const cJSON *template, const cJSON *params, bool secrets,
                   struct bp_diags *d)
{
    struct bp_budget budget = {.nodes = 20000, .bytes = 1000000};
    const struct bp_scope scope = {.params = params, .builtins = params};
    struct bp_str out = BP_STR_INIT;
    size_t variables = 0;
    bool failed = false;
    cJSON *made;

    bp_template_check(template, params, on_used, NULL, &variables, d);
    made = bp_template_expand(a, template, &scope, &budget, d, &failed);
    if (made)
        bp_json_write(made, &out);
    if (!secrets && bp_text_count_secrets(out.s) > 0)
        abort();
    bp_str_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *cut = memchr(data, 0, size);
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_diags *d;
    cJSON *template, *params;

    if (!cut)
        return 0;
    template = bp_input_text(&a, text, (size_t)(cut - text), "t.yaml", NULL);
    params = bp_input_text(&a, cut + 1, size - (size_t)(cut + 1 - text), "p.yaml", NULL);
    if (template && params && template->child && params->child) {
        struct bp_str all = BP_STR_INIT;

        d = bp_diags_new(NULL, false, true, NULL);
        bp_json_write(template, &all);
        bp_json_write(params, &all);
        expand(&a, template->child, params->child, bp_text_count_secrets(all.s) > 0, d);
        bp_str_release(&all);
        forget(d);
    }
    bp_arena_release(&a);
    return 0;
}
