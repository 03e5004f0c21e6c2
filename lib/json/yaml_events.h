/* libyaml's events with what it lacks: errors with a position for everything, and bounds for what
 * costs it quadratic time. */
#ifndef BP_JSON_YAML_EVENTS_H
#define BP_JSON_YAML_EVENTS_H

#include <stddef.h>
#include <yaml.h>

#include "base/err.h"

struct bp_yaml_events {
    yaml_parser_t parser;
    const char *text; /* behind a byte order mark */
    size_t len;
    const char *file;
    uint32_t line;     /* that `text` begins with */
    size_t count;      /* events so far */
    size_t flow_work;  /* see bp_yaml_events_next() */
    struct bp_err err; /* the first error; code 0 until then */
};

/* `text` and `file` are borrowed; `line` is that of the first byte, 1 when nothing stood before. */
void bp_yaml_events_init(struct bp_yaml_events *y, const char *text, size_t len, const char *file,
                         uint32_t line);
void bp_yaml_events_release(struct bp_yaml_events *y);

/* The next event, for yaml_event_delete(). 0, or the code of `y->err` and no event: wrong syntax
 * (BP_EINPUT), or too much nested too deeply in flow collections (BP_ELIMIT). */
int bp_yaml_events_next(struct bp_yaml_events *y, yaml_event_t *ev);

struct bp_pos bp_yaml_pos(const struct bp_yaml_events *y, yaml_mark_t m);

#endif
