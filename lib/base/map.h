/* An ordered hash map from strings to pointers. The hash is keyed per process, so input can't
 * choose collisions. Iteration is in order of insertion. */
#ifndef BP_BASE_MAP_H
#define BP_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct bp_map_entry {
    const char *key; /* borrowed; NULL once removed */
    size_t len;
    uint64_t hash;
    void *value;
};

struct bp_map {
    struct bp_map_entry *entries; /* in order of insertion; removed ones have a NULL key */
    size_t count;                 /* entries used, removed ones included */
    size_t cap;
    uint32_t *slots; /* index + 1 into entries, 0 = free */
    size_t nslots;   /* a power of two */
    size_t live;     /* entries not removed */
};

#define BP_MAP_INIT \
    {               \
        0           \
    }

/* The entry of `key`, NULL when there is none. */
struct bp_map_entry *bp_map_find(const struct bp_map *m, const char *key, size_t len);
/* The value of a C string key, NULL when there is none. */
void *bp_map_get(const struct bp_map *m, const char *key);
/* The entry of `key`, made with a NULL value when it is new. `key` is borrowed and must outlive the
 * map. The pointer is good until the next put. */
struct bp_map_entry *bp_map_put(struct bp_map *m, const char *key, size_t len);
/* Removes `key`; its value, NULL when it was not there. */
void *bp_map_remove(struct bp_map *m, const char *key);
/* Forgets the entries, keeps the memory. */
void bp_map_clear(struct bp_map *m);
void bp_map_release(struct bp_map *m);

#endif
