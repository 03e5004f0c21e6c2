/* Ordered hash map with a keyed hash: see map.h. */
#include "base/map.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

enum { MIN_SLOTS = 16 };

static uint64_t hash_key[2];
static pthread_once_t hash_key_once = PTHREAD_ONCE_INIT;

static void make_hash_key(void)
{
    struct timespec now;

    if (getrandom(hash_key, sizeof hash_key, GRND_NONBLOCK) == (ssize_t)sizeof hash_key)
        return;
    /* Early boot or a sandbox without the call: still different in every process. */
    clock_gettime(CLOCK_REALTIME, &now);
    hash_key[0] = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec;
    hash_key[1] = (uint64_t)(uintptr_t)&now ^ (uint64_t)getpid() << 40;
}

static uint64_t rotl(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] = rotl(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] = rotl(v[2], 32);
}

/* SipHash-1-3. Byte order does not matter here: the hash never leaves the process. */
static uint64_t hash_bytes(const char *s, size_t len)
{
    uint64_t v[4];
    uint64_t word;
    size_t i;

    pthread_once(&hash_key_once, make_hash_key);
    v[0] = hash_key[0] ^ 0x736f6d6570736575;
    v[1] = hash_key[1] ^ 0x646f72616e646f6d;
    v[2] = hash_key[0] ^ 0x6c7967656e657261;
    v[3] = hash_key[1] ^ 0x7465646279746573;
    for (i = 0; len - i >= sizeof word; i += sizeof word) {
        memcpy(&word, s + i, sizeof word);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = (uint64_t)len << 56;
    for (int shift = 0; i < len; i++, shift += 8)
        word |= (uint64_t)(unsigned char)s[i] << shift;
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static struct bp_map_entry *find_hashed(const struct bp_map *m, const char *key, size_t len,
                                        uint64_t hash)
{
    size_t mask = m->nslots - 1;

    if (m->nslots == 0)
        return NULL;
    for (size_t i = hash & mask; m->slots[i]; i = (i + 1) & mask) {
        struct bp_map_entry *e = &m->entries[m->slots[i] - 1];

        if (e->key && e->hash == hash && e->len == len && memcmp(e->key, key, len) == 0)
            return e;
    }
    return NULL;
}

static void add_slot(struct bp_map *m, size_t index)
{
    size_t mask = m->nslots - 1;
    size_t i = m->entries[index].hash & mask;

    while (m->slots[i])
        i = (i + 1) & mask;
    m->slots[i] = (uint32_t)(index + 1);
}

/* Drops removed entries, keeping the order, and makes the table fit for one entry more. */
static void rebuild(struct bp_map *m)
{
    size_t kept = 0;
    size_t nslots = MIN_SLOTS;

    for (size_t i = 0; i < m->count; i++) {
        if (m->entries[i].key)
            m->entries[kept++] = m->entries[i];
    }
    m->count = kept;
    if (kept >= UINT32_MAX / 4)
        bp_out_of_memory();
    while (nslots < (kept + 1) * 2)
        nslots *= 2;
    if (nslots != m->nslots) {
        free(m->slots);
        m->slots = bp_calloc(nslots, sizeof *m->slots);
        m->nslots = nslots;
    } else {
        memset(m->slots, 0, nslots * sizeof *m->slots);
    }
    for (size_t i = 0; i < m->count; i++)
        add_slot(m, i);
}

struct bp_map_entry *bp_map_find(const struct bp_map *m, const char *key, size_t len)
{
    return m->live ? find_hashed(m, key, len, hash_bytes(key, len)) : NULL;
}

void *bp_map_get(const struct bp_map *m, const char *key)
{
    struct bp_map_entry *e = bp_map_find(m, key, strlen(key));

    return e ? e->value : NULL;
}

struct bp_map_entry *bp_map_put(struct bp_map *m, const char *key, size_t len)
{
    uint64_t hash = hash_bytes(key, len);
    struct bp_map_entry *e = find_hashed(m, key, len, hash);

    if (e)
        return e;
    /* Three quarters full, removed entries counted: they hold their slots until the next rebuild.
     */
    if (m->count + 1 > m->nslots - m->nslots / 4)
        rebuild(m);
    m->entries = bp_grow(m->entries, &m->cap, m->count + 1, sizeof *m->entries);
    e = &m->entries[m->count];
    *e = (struct bp_map_entry){.key = key, .len = len, .hash = hash};
    add_slot(m, m->count++);
    m->live++;
    return e;
}

void *bp_map_remove(struct bp_map *m, const char *key)
{
    struct bp_map_entry *e = bp_map_find(m, key, strlen(key));
    void *value;

    if (!e)
        return NULL;
    value = e->value;
    e->key = NULL;
    e->value = NULL;
    m->live--;
    if (m->live == 0)
        bp_map_clear(m);
    return value;
}

void bp_map_clear(struct bp_map *m)
{
    m->count = 0;
    m->live = 0;
    if (m->slots)
        memset(m->slots, 0, m->nslots * sizeof *m->slots);
}

void bp_map_release(struct bp_map *m)
{
    free(m->entries);
    free(m->slots);
    *m = (struct bp_map)BP_MAP_INIT;
}
