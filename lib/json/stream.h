/* JSON values out of a descriptor, one at a time, in memory for the largest of them: private to the
 * layer, for input.c. */
#ifndef BP_JSON_STREAM_H
#define BP_JSON_STREAM_H

#include "base/str.h"
#include "json/read.h"

/* Where the search for the end of the next value stands, so that no byte is looked at twice. */
struct bp_json_scan {
    size_t at; /* bytes behind the cursor that were looked at */
    size_t depth;
    bool in_string, escaped, scalar;
};

struct bp_json_stream {
    int fd;
    bool begun; /* the beginning was read, a byte order mark seen */
    bool eof;
    bool found;         /* something besides white space was passed */
    uint64_t size;      /* of a file, so that its end needs no read of its own; 0 = not known */
    uint64_t taken;     /* bytes read so far */
    bool in_array;      /* inside an array at the root: its elements are the values */
    bool comma;         /* in an array: a ',' was passed, so a value must follow */
    bool first;         /* in an array: nothing was passed yet */
    uint64_t max;       /* most bytes of one value */
    struct bp_str text; /* what was read and not used yet; the memory is kept from file to file */
    struct bp_json_cursor c;
    struct bp_json_scan scan;
};

/* Begins with descriptor `fd` (borrowed); `file` as in bp_json_parse(); `size` is that of a regular
 * file at its beginning, else 0. The memory of an earlier use is kept: a stream is initialised once
 * with {.text = BP_STR_INIT}. */
void bp_json_stream_begin(struct bp_json_stream *s, int fd, uint64_t size, const char *file,
                          uint64_t max);

/* Looks at the first byte that is not white space: 1 with `*byte`, 0 at the end of input, negative
 * on error. The cursor is left where its line begins, because to YAML the indentation matters. */
int bp_json_stream_first(struct bp_json_stream *s, char *byte, struct bp_err *e);

/* The next value into `*value` in arena `a`: 1; 0 at the end; a negative code with a position. An
 * array at the root gives its elements. */
int bp_json_stream_next(struct bp_json_stream *s, struct bp_arena *a, cJSON **value,
                        struct bp_err *e);

/* Reads all that is left into `s->text` behind the cursor, up to `s->max` bytes. */
int bp_json_stream_slurp(struct bp_json_stream *s, struct bp_err *e);

void bp_json_stream_release(struct bp_json_stream *s);

#endif
