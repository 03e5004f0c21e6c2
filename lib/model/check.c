/* The rules, and what documents of one run have to do with each other: see check.h. */
#include "model/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "json/diag.h"
#include "model/check_internal.h"

const struct bp_check_rule bp_check_rules[] = {
    [BP_RULE_NOT_OBJECT] = {"not-object", BP_ERROR, "a document is an object"},
    [BP_RULE_MISSING_MEMBER] = {"missing-member", BP_ERROR,
                                "kind, metadata, metadata.name and spec are there"},
    [BP_RULE_EMPTY_MEMBER] = {"empty-member", BP_ERROR, "kind and metadata.name are not empty"},
    [BP_RULE_WRONG_TYPE] = {"wrong-type", BP_ERROR,
                            "members of the fixed structure have the type that the server reads"},
    [BP_RULE_NULL_MEMBER] = {"null-member", BP_WARNING,
                             "members of the fixed structure are left out, not null"},
    [BP_RULE_UNKNOWN_MEMBER] = {"unknown-member", BP_ERROR,
                                "outside spec there are only members that the server keeps"},
    [BP_RULE_MEMBER_CASE] = {"member-case", BP_ERROR,
                             "members are written in the case that the server writes"},
    [BP_RULE_NAME_FORM] = {"name-form", BP_ERROR,
                           "names are usable as container, file and branch names"},
    [BP_RULE_TEXT_VALUE] = {"text-value", BP_ERROR, "values of labels and annotations are strings"},
    [BP_RULE_STATUS_IN_FILE] = {"status-in-file", BP_WARNING, "status is left to the far side"},
    [BP_RULE_DELETED_FORM] = {"deleted-form", BP_ERROR, "deleted is true or not there"},
    [BP_RULE_NUMBER_PRECISION] = {"number-precision", BP_WARNING,
                                  "numbers survive as IEEE doubles, which the server keeps"},
    [BP_RULE_DUPLICATE_IDENTITY] = {"duplicate-identity", BP_ERROR,
                                    "no two documents have one kind and name"},
    [BP_RULE_SHARED_NAME] = {"shared-name", BP_WARNING,
                             "no two blueprints have one name: the server finds them by it"},
    [BP_RULE_DEPENDS_ON_FORM] = {"depends-on-form", BP_ERROR,
                                 "bp/depends-on lists names or kind/name, not its own"},
    [BP_RULE_WAVE_FORM] = {"wave-form", BP_ERROR, "bp/wave is an integer"},
    [BP_RULE_PRUNE_FORM] = {"prune-form", BP_ERROR, "bp/prune is 'keep'"},
    [BP_RULE_IGNORE_FORM] = {"ignore-form", BP_ERROR,
                             "bp/ignore lists JSON pointers that leave the identity alone"},
    [BP_RULE_UNKNOWN_ANNOTATION] = {"unknown-annotation", BP_WARNING,
                                    "annotations that begin with bp/ have a meaning"},
    [BP_RULES] = {0},
};

/* ---- the identities of a run ---- */

/* A document that was seen, in the list of those of its name. */
struct seen {
    struct seen *next;
    const char *kind;
    const char *file;
    uint32_t line, col;
};

struct bp_checker {
    struct bp_arena arena;
    struct bp_map names; /* metadata.name -> struct seen */
    struct bp_map words; /* kinds and files, each held once */
};

struct bp_checker *bp_checker_new(void)
{
    return bp_calloc(1, sizeof(struct bp_checker));
}

void bp_checker_free(struct bp_checker *c)
{
    if (!c)
        return;
    bp_map_release(&c->names);
    bp_map_release(&c->words);
    bp_arena_release(&c->arena);
    free(c);
}

/* The entry of `s` in `m`, its key being a copy that lasts. */
static struct bp_map_entry *put_copy(struct bp_checker *c, struct bp_map *m, const char *s)
{
    size_t len = strlen(s);
    struct bp_map_entry *e = bp_map_find(m, s, len);

    return e ? e : bp_map_put(m, bp_arena_strndup(&c->arena, s, len), len);
}

static void remember(struct bp_checker *c, struct bp_map_entry *entry, const char *kind,
                     struct bp_pos pos)
{
    struct seen *s = bp_arena_zalloc(&c->arena, sizeof *s);

    s->next = entry->value;
    s->kind = put_copy(c, &c->words, kind)->key;
    s->file = pos.file ? put_copy(c, &c->words, pos.file)->key : "?";
    s->line = pos.line;
    s->col = pos.col;
    entry->value = s;
}

/* Two documents of one identity; or, on a server that finds blueprints by their name alone, of one
 * name. */
static void check_identity(struct bp_checker *c, const cJSON *doc, struct bp_identity id,
                           struct bp_diags *d)
{
    const cJSON *n = bp_json_path(doc, "metadata", "name", NULL);
    struct bp_map_entry *entry = put_copy(c, &c->names, id.name);
    const struct seen *other = NULL;

    for (const struct seen *s = entry->value; s; s = s->next) {
        if (strcmp(s->kind, id.kind) == 0) {
            bp_broken(d, BP_RULE_DUPLICATE_IDENTITY, n, "'%s/%s' is there already, at %s:%u:%u",
                      id.kind, id.name, s->file, (unsigned)s->line, (unsigned)s->col);
            return;
        }
        if (strcmp(s->kind, BP_KIND_DEFINITION) != 0)
            other = s;
    }
    if (other && strcmp(id.kind, BP_KIND_DEFINITION) != 0)
        bp_broken(d, BP_RULE_SHARED_NAME, n,
                  "name '%s' is used for kind '%s' too, at %s:%u:%u: a server takes both for one",
                  id.name, other->kind, other->file, (unsigned)other->line, (unsigned)other->col);
    remember(c, entry, id.kind, bp_json_pos(n));
}

static void check_names(const cJSON *doc, struct bp_diags *d)
{
    const cJSON *const nodes[] = {bp_json_get(doc, "kind"),
                                  bp_json_path(doc, "metadata", "name", NULL)};
    static const char *const said[] = {"kind", "name"};

    for (size_t i = 0; i < 2; i++) {
        const char *text = bp_json_text(nodes[i]);
        const char *problem = text && *text ? bp_name_problem(text) : NULL;

        if (problem)
            bp_broken(d, BP_RULE_NAME_FORM, nodes[i], "%s '%s' %s", said[i], text, problem);
    }
}

/* ---- one document ---- */

static void check_tombstone(const cJSON *doc, struct bp_diags *d)
{
    struct bp_identity id;
    struct bp_err e = BP_ERR_INIT;

    if (bp_document_identity(doc, &id, &e))
        bp_diag_add_err(d, bp_check_rules[BP_RULE_MISSING_MEMBER].name, &e);
}

void bp_check_document(struct bp_checker *c, const cJSON *doc, struct bp_diags *d)
{
    struct bp_identity id;

    if (!cJSON_IsObject(doc)) {
        bp_broken(d, BP_RULE_NOT_OBJECT, doc, "a document must be an object, this is %s",
                  bp_json_a_type(doc));
        return;
    }
    if (bp_document_is_tombstone(doc)) {
        check_tombstone(doc, d);
    } else {
        bp_check_members(doc, d);
        bp_check_numbers(bp_json_get(doc, "spec"), d);
        bp_check_annotations(doc, d);
    }
    check_names(doc, d);
    if (bp_document_identity(doc, &id, NULL) == 0)
        check_identity(c, doc, id, d);
}
