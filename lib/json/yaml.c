/* Reading YAML: see yaml.h. libyaml gives events, which know no types, no duplicates, no limits and
 * check no alias; the tree is put together here, with a stack of our own. */
#include "json/yaml.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/utf8.h"
#include "json/yaml_events.h"
#include "json/yaml_scalar.h"

enum {
    FEW_MEMBERS = 16, /* duplicates are found by comparing up to here, then by hash */
    QUOTE_MAX = 100,  /* bytes of input shown in a message */

    /* What aliases may make: so much for nothing, then in proportion to the text. */
    ALIAS_NODES = 10000,
    ALIAS_BYTES = 1 << 20,
    ALIAS_FACTOR = 10,
    ALIAS_NODES_MAX = 1000000 /* in one document */
};

#define CORE_TAG "tag:yaml.org,2002:"

/* What an anchor stands for. Its cost is known, so that an alias is refused before it is expanded.
 */
struct anchor {
    cJSON *node;
    size_t nodes, bytes; /* in it, itself included */
    size_t height;       /* levels of collections */
    bool open;           /* its end was not read yet */
};

/* A collection whose end was not read yet. */
struct frame {
    cJSON *node;
    struct anchor *anchor; /* NULL = none */
    size_t nodes, bytes;   /* made before it */
    size_t height;         /* of what is in it so far */
    bool flow;
    /* In a mapping: */
    const char *name; /* of the member whose value comes next; NULL = a name comes next */
    yaml_mark_t name_mark;
    bool name_glued; /* the name is plain and has a ':' inside */
    size_t count;
    struct bp_map names; /* all of them, once there are many */
};

struct bp_yaml {
    struct bp_yaml_events in;
    bool ended;
    size_t alias_nodes, alias_bytes; /* made by aliases, in the whole stream */

    /* Of one document: */
    struct frame *stack;
    size_t depth, cap;
    struct bp_map anchors;
    cJSON *root;
    bool empty; /* there is nothing in it, not even a null */
    size_t nodes, bytes;
    size_t aliased; /* nodes made by aliases */
};

/* ---- errors and limits ---- */

/* The length of `s` as far as a message shows it. */
static int shown(const char *s, size_t len)
{
    return (int)(len <= QUOTE_MAX ? len : bp_utf8_cut(s, QUOTE_MAX));
}

static int check_alias(struct bp_yaml *y, const struct anchor *an, const yaml_event_t *ev)
{
    struct bp_pos pos = bp_yaml_pos(&y->in, ev->start_mark);

    if (y->depth + an->height > BP_JSON_MAX_DEPTH)
        return bp_err_at(&y->in.err, BP_ELIMIT, pos, "nesting deeper than %d levels",
                         BP_JSON_MAX_DEPTH);
    y->aliased += an->nodes;
    y->alias_nodes += an->nodes;
    y->alias_bytes += an->bytes;
    if (y->aliased <= ALIAS_NODES_MAX &&
        y->alias_nodes <= ALIAS_NODES + ALIAS_FACTOR * y->in.count &&
        y->alias_bytes <= ALIAS_BYTES + ALIAS_FACTOR * y->in.len)
        return 0;
    return bp_err_at(&y->in.err, BP_ELIMIT, pos,
                     "aliases expand to too much: %zu values and %zu bytes so far", y->alias_nodes,
                     y->alias_bytes);
}

/* Counts `nodes` more values at the event. */
static int count_values(struct bp_yaml *y, size_t nodes, const yaml_event_t *ev)
{
    y->nodes += nodes;
    if (y->nodes <= BP_JSON_MAX_VALUES)
        return 0;
    return bp_err_at(&y->in.err, BP_ELIMIT, bp_yaml_pos(&y->in, ev->start_mark),
                     "a document of more than %d values", BP_JSON_MAX_VALUES);
}

/* A copy of what an anchor stands for, without the name that it has where it stands. */
static cJSON *copy_anchored(struct bp_arena *a, cJSON *n)
{
    char *name = n->string;
    cJSON *copy;

    n->string = NULL;
    copy = bp_json_copy(a, n);
    n->string = name;
    return copy;
}

/* ---- the tree ---- */

static struct frame *top(const struct bp_yaml *y)
{
    return y->depth ? &y->stack[y->depth - 1] : NULL;
}

static bool expects_name(const struct bp_yaml *y)
{
    const struct frame *f = top(y);

    return f && cJSON_IsObject(f->node) && !f->name;
}

static void set_position(const struct bp_yaml *y, cJSON *n, yaml_mark_t m)
{
    struct bp_node *node = (struct bp_node *)n;

    node->file = y->in.file;
    node->line = (uint32_t)m.line + 1;
    node->col = (uint32_t)m.column + 1;
}

/* Puts a node where the next one belongs. */
static void attach(struct bp_yaml *y, cJSON *n)
{
    struct bp_node *node = (struct bp_node *)n;
    struct frame *f = top(y);

    if (!f) {
        y->root = n;
    } else if (cJSON_IsObject(f->node)) {
        node->key_line = (uint32_t)f->name_mark.line + 1;
        node->key_col = (uint32_t)f->name_mark.column + 1;
        bp_json_add(f->node, f->name, n);
        f->name = NULL;
    } else {
        node->key_line = node->key_col = 0;
        bp_json_append(f->node, n);
    }
}

/* What was just read, or begins here, is what `name` stands for from now on. */
static struct anchor *set_anchor(struct bp_yaml *y, struct bp_arena *a, const yaml_char_t *name,
                                 cJSON *node)
{
    struct anchor *an;
    const char *key;

    if (!name)
        return NULL;
    key = bp_arena_strdup(a, (const char *)name);
    an = bp_arena_zalloc(a, sizeof *an);
    an->node = node;
    bp_map_put(&y->anchors, key, strlen(key))->value = an;
    return an;
}

static void pop(struct bp_yaml *y)
{
    struct frame *f = top(y);
    size_t height = f->height + 1;

    if (f->anchor) {
        f->anchor->nodes = y->nodes - f->nodes;
        f->anchor->bytes = y->bytes - f->bytes;
        f->anchor->height = height;
        f->anchor->open = false;
    }
    bp_map_release(&f->names);
    y->depth--;
    f = top(y);
    if (f && f->height < height)
        f->height = height;
}

/* ---- scalars ---- */

/* "str" of !!str; NULL for a tag that is not of the core schema's name space. */
static const char *core_tag(const char *tag)
{
    return strncmp(tag, CORE_TAG, strlen(CORE_TAG)) == 0 ? tag + strlen(CORE_TAG) : NULL;
}

/* The kind that a tag asks for. 0, a negative code when the text is none of it, 1 for a tag that is
 * not known. */
static int tagged_kind(struct bp_yaml *y, const yaml_event_t *ev, enum bp_yaml_kind *kind)
{
    static const struct {
        const char *tag;
        unsigned kinds;
    } tags[] = {
        {"str", ~0u},
        {"null", 1u << BP_YAML_NULL},
        {"bool", 1u << BP_YAML_TRUE | 1u << BP_YAML_FALSE},
        {"int", 1u << BP_YAML_INT | 1u << BP_YAML_OCT | 1u << BP_YAML_HEX},
        {"float", 1u << BP_YAML_FLOAT | 1u << BP_YAML_INT | 1u << BP_YAML_INF | 1u << BP_YAML_NAN},
    };
    const char *tag = (const char *)ev->data.scalar.tag, *name = core_tag(tag);
    const char *text = (const char *)ev->data.scalar.value;
    size_t len = ev->data.scalar.length;

    *kind = BP_YAML_STRING;
    if (strcmp(tag, "!") == 0)
        return 0;
    for (size_t i = 0; name && i < sizeof tags / sizeof *tags; i++) {
        if (strcmp(name, tags[i].tag) != 0)
            continue;
        if (i > 0)
            *kind = bp_yaml_kind_of(text, len);
        if (tags[i].kinds & 1u << *kind)
            return 0;
        return bp_err_at(&y->in.err, BP_EINPUT, bp_yaml_pos(&y->in, ev->start_mark),
                         "'%.*s' is not what its tag '!!%s' says", shown(text, len), text, name);
    }
    return 1;
}

static int tag_error(struct bp_yaml *y, const yaml_event_t *ev, const yaml_char_t *text)
{
    const char *tag = (const char *)text, *core = core_tag(tag);

    if (core)
        tag = core;
    return bp_err_at(&y->in.err, BP_EINPUT, bp_yaml_pos(&y->in, ev->start_mark),
                     "tag '%s%.*s' is not known here; only !!str, !!int, !!float, !!bool, !!null, "
                     "!!seq and !!map are, each on its own type",
                     core ? "!!" : "", shown(tag, strlen(tag)), tag);
}

/* The value of a scalar event in `*node`. */
static int make_scalar(struct bp_yaml *y, struct bp_arena *a, const yaml_event_t *ev, cJSON **node)
{
    const char *text = (const char *)ev->data.scalar.value;
    size_t len = ev->data.scalar.length;
    enum bp_yaml_kind kind = BP_YAML_STRING;
    int rc;

    if (memchr(text, '\0', len))
        return bp_err_at(&y->in.err, BP_EINPUT, bp_yaml_pos(&y->in, ev->start_mark),
                         "a string must not contain NUL (\\0)");
    if (ev->data.scalar.tag) {
        rc = tagged_kind(y, ev, &kind);
        if (rc)
            return rc < 0 ? rc : tag_error(y, ev, ev->data.scalar.tag);
    } else if (ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        kind = bp_yaml_kind_of(text, len);
    }
    *node = bp_yaml_make_scalar(a, kind, text, len, &y->in.err);
    if (!*node) {
        y->in.err.pos = bp_yaml_pos(&y->in, ev->start_mark);
        return y->in.err.code;
    }
    set_position(y, *node, ev->start_mark);
    return 0;
}

static void anchor_scalar(struct bp_yaml *y, struct bp_arena *a, const yaml_event_t *ev, cJSON *n)
{
    struct anchor *an = set_anchor(y, a, ev->data.scalar.anchor, n);

    if (!an)
        return;
    an->nodes = 1;
    an->bytes = ev->data.scalar.length;
}

/* {a:1} is a member 'a:1' without a value, and never what was meant. */
static int check_glued(struct bp_yaml *y, const yaml_event_t *ev)
{
    const struct frame *f = top(y);

    if (!f || !f->flow || !f->name_glued || ev->data.scalar.length || ev->data.scalar.tag ||
        ev->data.scalar.anchor || ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return 0;
    return bp_err_at(&y->in.err, BP_EINPUT, bp_yaml_pos(&y->in, f->name_mark),
                     "member '%.*s' has no value; put a space behind the ':'",
                     shown(f->name, strlen(f->name)), f->name);
}

static bool is_empty_scalar(const yaml_event_t *ev)
{
    return ev->data.scalar.length == 0 && ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           !ev->data.scalar.tag && !ev->data.scalar.anchor;
}

static int on_value(struct bp_yaml *y, struct bp_arena *a, const yaml_event_t *ev)
{
    cJSON *n;
    int rc = check_glued(y, ev);

    if (!rc)
        rc = count_values(y, 1, ev);
    if (!rc)
        rc = make_scalar(y, a, ev, &n);
    if (rc)
        return rc;
    anchor_scalar(y, a, ev, n);
    y->empty = !y->depth && is_empty_scalar(ev);
    y->bytes += ev->data.scalar.length;
    attach(y, n);
    return 0;
}

/* ---- names of members ---- */

static int check_duplicate(struct bp_yaml *y, struct frame *f, const yaml_event_t *ev)
{
    const cJSON *m = NULL;
    size_t len = strlen(f->name);

    if (++f->count == FEW_MEMBERS)
        cJSON_ArrayForEach(m, f->node) bp_map_put(&f->names, m->string, strlen(m->string));
    if (f->count < FEW_MEMBERS || bp_map_find(&f->names, f->name, len))
        m = bp_json_get(f->node, f->name);
    if (m)
        return bp_err_at(&y->in.err, BP_EINPUT, bp_yaml_pos(&y->in, ev->start_mark),
                         "duplicate member '%.*s', first at line %u column %u", shown(f->name, len),
                         f->name, (unsigned)bp_json_key_pos(m).line,
                         (unsigned)bp_json_key_pos(m).col);
    if (f->count >= FEW_MEMBERS)
        bp_map_put(&f->names, f->name, len);
    return 0;
}

/* A name is always text: true, 1 and null are the names "true", "1" and "null". */
static int on_name(struct bp_yaml *y, struct bp_arena *a, const yaml_event_t *ev)
{
    const char *text = (const char *)ev->data.scalar.value;
    bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    struct bp_pos pos = bp_yaml_pos(&y->in, ev->start_mark);
    struct frame *f = top(y);
    cJSON *n;

    if (is_empty_scalar(ev))
        return bp_err_at(&y->in.err, BP_EINPUT, pos,
                         "a member without a name; write \"\" if the name is empty");
    if (plain && !ev->data.scalar.tag && strcmp(text, "<<") == 0)
        return bp_err_at(&y->in.err, BP_EINPUT, pos,
                         "merge keys ('<<') are not part of YAML 1.2; write the members out, or "
                         "quote the name if a member '<<' is meant");
    if (ev->data.scalar.anchor || ev->data.scalar.tag) {
        int rc = make_scalar(y, a, ev, &n);

        if (rc)
            return rc;
        anchor_scalar(y, a, ev, n);
    }
    if (memchr(text, '\0', ev->data.scalar.length))
        return bp_err_at(&y->in.err, BP_EINPUT, pos,
                         "the name of a member must not contain NUL (\\0)");
    f->name = bp_arena_strndup(a, text, ev->data.scalar.length);
    f->name_mark = ev->start_mark;
    f->name_glued = plain && strchr(text, ':');
    y->bytes += ev->data.scalar.length;
    return check_duplicate(y, f, ev);
}

/* ---- collections and aliases ---- */

static int on_start(struct bp_yaml *y, struct bp_arena *a, const yaml_event_t *ev)
{
    bool map = ev->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *tag = map ? ev->data.mapping_start.tag : ev->data.sequence_start.tag;
    const yaml_char_t *name = map ? ev->data.mapping_start.anchor : ev->data.sequence_start.anchor;
    struct frame f = {.names = BP_MAP_INIT, .nodes = y->nodes, .bytes = y->bytes};
    int rc = count_values(y, 1, ev);

    if (rc)
        return rc;
    if (expects_name(y))
        return bp_err_at(&y->in.err, BP_EINPUT, bp_yaml_pos(&y->in, ev->start_mark),
                         "%s can't be the name of a member%s", map ? "an object" : "an array",
                         map ? "; put a value that begins with '{{' in quotes" : "");
    if (y->depth >= BP_JSON_MAX_DEPTH)
        return bp_err_at(&y->in.err, BP_ELIMIT, bp_yaml_pos(&y->in, ev->start_mark),
                         "nesting deeper than %d levels", BP_JSON_MAX_DEPTH);
    if (tag && strcmp((const char *)tag, "!") != 0 &&
        strcmp((const char *)tag, map ? CORE_TAG "map" : CORE_TAG "seq") != 0)
        return tag_error(y, ev, tag);
    f.node = map ? bp_json_object(a) : bp_json_array(a);
    f.flow = map ? ev->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
                 : ev->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    set_position(y, f.node, ev->start_mark);
    f.anchor = set_anchor(y, a, name, f.node);
    if (f.anchor)
        f.anchor->open = true;
    attach(y, f.node);
    y->stack = bp_grow(y->stack, &y->cap, y->depth + 1, sizeof *y->stack);
    y->stack[y->depth++] = f;
    return 0;
}

static int on_alias(struct bp_yaml *y, struct bp_arena *a, const yaml_event_t *ev)
{
    const char *name = (const char *)ev->data.alias.anchor;
    const struct bp_map_entry *entry = bp_map_find(&y->anchors, name, strlen(name));
    const struct anchor *an = entry ? entry->value : NULL;
    struct bp_pos pos = bp_yaml_pos(&y->in, ev->start_mark);
    struct frame *f = top(y);
    int rc;

    if (!an)
        return bp_err_at(&y->in.err, BP_EINPUT, pos,
                         "alias '*%.*s' has no anchor before it in this document",
                         shown(name, strlen(name)), name);
    if (an->open)
        return bp_err_at(&y->in.err, BP_EINPUT, pos, "alias '*%.*s' stands inside its own anchor",
                         shown(name, strlen(name)), name);
    if (expects_name(y))
        return bp_err_at(&y->in.err, BP_EINPUT, pos, "an alias can't be the name of a member");
    rc = check_alias(y, an, ev);
    if (rc == 0)
        rc = count_values(y, an->nodes, ev);
    if (rc)
        return rc;
    if (f && f->height < an->height)
        f->height = an->height;
    y->bytes += an->bytes;
    attach(y, copy_anchored(a, an->node));
    return 0;
}

/* ---- documents ---- */

static int on_event(struct bp_yaml *y, struct bp_arena *a, const yaml_event_t *ev)
{
    switch (ev->type) {
    case YAML_SCALAR_EVENT:
        return expects_name(y) ? on_name(y, a, ev) : on_value(y, a, ev);
    case YAML_ALIAS_EVENT:
        return on_alias(y, a, ev);
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        return on_start(y, a, ev);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        pop(y);
        return 0;
    default:
        return 0;
    }
}

static void begin_document(struct bp_yaml *y)
{
    bp_map_release(&y->anchors);
    y->root = NULL;
    y->empty = false;
    y->nodes = y->bytes = y->aliased = 0;
}

/* From the start of a document to its end. 1, 0 for an empty one, or a negative code. */
static int read_document(struct bp_yaml *y, struct bp_arena *a)
{
    bool end = false;

    begin_document(y);
    while (!end) {
        yaml_event_t ev;
        int rc = bp_yaml_events_next(&y->in, &ev);

        if (rc)
            return rc;
        end = ev.type == YAML_DOCUMENT_END_EVENT;
        rc = on_event(y, a, &ev);
        yaml_event_delete(&ev);
        if (rc)
            return rc;
    }
    return y->root && !y->empty;
}

/* The same for the next document that is not empty; 0 at the end of the stream. */
static int read_stream(struct bp_yaml *y, struct bp_arena *a)
{
    int rc = 0;

    while (rc == 0 && !y->ended) {
        yaml_event_t ev;
        bool begins;

        rc = bp_yaml_events_next(&y->in, &ev);
        if (rc)
            return rc;
        begins = ev.type == YAML_DOCUMENT_START_EVENT;
        y->ended = ev.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&ev);
        if (begins)
            rc = read_document(y, a);
    }
    return rc;
}

struct bp_yaml *bp_yaml_new_at(const char *text, size_t len, const char *file, uint32_t line)
{
    struct bp_yaml *y = bp_calloc(1, sizeof *y);

    bp_yaml_events_init(&y->in, text, len, file, line);
    return y;
}

struct bp_yaml *bp_yaml_new(const char *text, size_t len, const char *file)
{
    return bp_yaml_new_at(text, len, file, 1);
}

void bp_yaml_free(struct bp_yaml *y)
{
    if (!y)
        return;
    while (y->depth)
        bp_map_release(&y->stack[--y->depth].names);
    free(y->stack);
    bp_map_release(&y->anchors);
    bp_yaml_events_release(&y->in);
    free(y);
}

int bp_yaml_next(struct bp_yaml *y, struct bp_arena *a, cJSON **doc, struct bp_err *e)
{
    int rc = read_stream(y, a);

    *doc = rc > 0 ? y->root : NULL;
    if (rc < 0 && e)
        *e = y->in.err;
    return rc;
}

cJSON *bp_yaml_parse(struct bp_arena *a, const char *text, size_t len, const char *file,
                     struct bp_err *e)
{
    struct bp_yaml *y = bp_yaml_new(text, len, file);
    cJSON *doc, *more = NULL;
    int rc = bp_yaml_next(y, a, &doc, e);

    if (rc == 0)
        bp_err_at(e, BP_EINPUT, (struct bp_pos){file, 1, 1}, "there is no document");
    else if (rc > 0)
        rc = bp_yaml_next(y, a, &more, e);
    if (more)
        bp_err_at(e, BP_EINPUT, bp_json_pos(more), "a second document where one is expected");
    if (more || rc < 0)
        doc = NULL;
    bp_yaml_free(y);
    return doc;
}
