/* Two documents, separated by a zero byte: applying what differs to the first gives the second,
 * nothing differs from itself, and showing it neither fails nor writes control characters. */
#include <stdint.h>

#include "../unit/diff_patch.h"
#include "diff/show.h"
#include "json/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_patch(struct bp_arena *a, const struct bp_digest_key *key, const cJSON *x,
                        const cJSON *y)
{
    struct bp_fields f = {0};

    bp_fields_diff(a, key, x, y, &f);
    if (!bp_json_equal(patch_apply(a, x, &f), y) || bp_json_equal(x, y) != (f.count == 0))
        abort();
    if (bp_json_equal(x, y) && !bp_digest_equal(bp_digest_tree(key, x), bp_digest_tree(key, y)))
        abort();
    bp_fields_diff(a, key, x, x, &f);
    if (f.count)
        abort();
    bp_fields_release(&f);
}

static void check_shown(const struct bp_str *out)
{
    for (size_t i = 0; i < out->len; i++) {
        if ((unsigned char)out->s[i] < ' ' && out->s[i] != '\n')
            abort();
    }
}

static void check_show(struct bp_arena *a, const struct bp_digest_key *key, cJSON *x, cJSON *y)
{
    struct bp_change c = {.action = BP_UPDATE, .old = x, .now = y};
    struct bp_show show = {.mask = bp_mask_new()};
    struct bp_fields f = {0};
    struct bp_str out = BP_STR_INIT;

    if (bp_document_identity(x, &c.id, NULL) == 0 && bp_document_identity(y, &c.id, NULL) == 0) {
        bp_fields_diff(a, key, x, y, &f);
        bp_show_change(&show, a, &c, &f, &out);
        show.markdown = true;
        bp_show_change(&show, a, &c, &f, &out);
        c.action = BP_CREATE;
        f.count = 0;
        bp_show_change(&show, a, &c, &f, &out);
        check_shown(&out);
    }
    bp_fields_release(&f);
    bp_str_release(&out);
    bp_mask_free(show.mask);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bp_arena a = BP_ARENA_INIT;
    struct bp_digest_key key;
    const char *text = (const char *)data;
    const char *split = size ? memchr(text, '\0', size) : NULL;
    cJSON *x, *y;

    if (!split)
        return 0;
    bp_digest_key_init(&key);
    x = bp_json_parse(&a, text, (size_t)(split - text), "old", NULL);
    y = bp_json_parse(&a, split + 1, size - (size_t)(split - text) - 1, "new", NULL);
    if (x && y) {
        check_patch(&a, &key, x, y);
        check_show(&a, &key, x, y);
    }
    bp_arena_release(&a);
    return 0;
}
