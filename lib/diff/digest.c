/* Keyed digests of trees: see digest.h.
 *
 * Text is taken in words of eight bytes by two lanes, each a multiplication with a secret number
 * whose halves are folded together. An object is the sum of its members, so that their order
 * doesn't matter. */
#include "diff/digest.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "json/number.h"

enum { SKETCH_NODES = 256, SKETCH_TEXT = 4096 };

enum tag {
    TAG_NULL = 1,
    TAG_FALSE,
    TAG_TRUE,
    TAG_NUMBER,
    TAG_STRING,
    TAG_LIST,
    TAG_OBJECT,
    TAG_NAME
};

struct hasher {
    const struct bp_digest_key *key;
    size_t nodes; /* how many nodes more to look at */
    size_t text;  /* how many bytes of a string to look at */
};

void bp_digest_key_init(struct bp_digest_key *key)
{
    struct timespec now;

    if (getrandom(key, sizeof *key, GRND_NONBLOCK) != (ssize_t)sizeof *key) {
        clock_gettime(CLOCK_REALTIME, &now);
        for (int i = 0; i < 2; i++) {
            key->lane[i] = (uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15 + (uint64_t)i;
            key->seed[i] = ((uint64_t)now.tv_sec ^ (uint64_t)getpid() << 32) + (uint64_t)i;
        }
    }
    for (int i = 0; i < 2; i++)
        key->lane[i] |= 1;
}

static uint64_t fold(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static struct bp_digest start(const struct bp_digest_key *key, enum tag tag)
{
    return (struct bp_digest){{key->seed[0] + (uint64_t)tag, key->seed[1] ^ (uint64_t)tag << 32}};
}

static void feed(const struct bp_digest_key *key, struct bp_digest *d, uint64_t word)
{
    d->lane[0] = fold(d->lane[0] ^ word, key->lane[0]) + word;
    d->lane[1] = fold(d->lane[1] ^ word, key->lane[1]) + word;
}

static void feed_text(const struct bp_digest_key *key, struct bp_digest *d, const char *s,
                      size_t len)
{
    uint64_t word;

    feed(key, d, len);
    for (; len >= sizeof word; s += sizeof word, len -= sizeof word) {
        memcpy(&word, s, sizeof word);
        feed(key, d, word);
    }
    word = 0;
    memcpy(&word, s, len);
    feed(key, d, word);
}

/* Sign, digits and power of ten: what 1, 1.0 and 10e-1 have in common. */
static void feed_number(const struct bp_digest_key *key, struct bp_digest *d, const char *text)
{
    struct bp_number number;
    uint64_t word = 0;
    size_t n = 0;

    bp_number_parse(text, strlen(text), &number);
    feed(key, d, number.negative);
    feed(key, d, (uint64_t)(number.ndigit ? number.exp : 0));
    for (size_t i = 0; i < number.len; i++) {
        if (number.digits[i] == '.')
            continue;
        word = word << 4 | (uint64_t)(number.digits[i] - '0' + 1);
        if (++n % 16 == 0) {
            feed(key, d, word);
            word = 0;
        }
    }
    feed(key, d, word);
}

static struct bp_digest digest(struct hasher *h, const cJSON *n);

static struct bp_digest digest_object(struct hasher *h, const cJSON *object)
{
    struct bp_digest sum = {{0, 0}};
    struct bp_digest d = start(h->key, TAG_OBJECT);
    const cJSON *m;

    cJSON_ArrayForEach(m, object)
    {
        struct bp_digest member = start(h->key, TAG_NAME);
        struct bp_digest value;

        if (!h->nodes)
            break;
        feed_text(h->key, &member, m->string, strlen(m->string));
        value = digest(h, m);
        feed(h->key, &member, value.lane[0]);
        feed(h->key, &member, value.lane[1]);
        sum.lane[0] += member.lane[0];
        sum.lane[1] += member.lane[1];
    }
    feed(h->key, &d, sum.lane[0]);
    feed(h->key, &d, sum.lane[1]);
    return d;
}

static struct bp_digest digest_list(struct hasher *h, const cJSON *list)
{
    struct bp_digest d = start(h->key, TAG_LIST);
    const cJSON *m;

    cJSON_ArrayForEach(m, list)
    {
        struct bp_digest value;

        if (!h->nodes)
            break;
        value = digest(h, m);
        feed(h->key, &d, value.lane[0]);
        feed(h->key, &d, value.lane[1]);
    }
    return d;
}

static struct bp_digest digest(struct hasher *h, const cJSON *n)
{
    struct bp_digest d;
    size_t len;

    h->nodes--;
    if (cJSON_IsObject(n))
        return digest_object(h, n);
    if (cJSON_IsArray(n))
        return digest_list(h, n);
    if (cJSON_IsString(n)) {
        len = strlen(n->valuestring);
        d = start(h->key, TAG_STRING);
        feed_text(h->key, &d, n->valuestring, len < h->text ? len : h->text);
        return d;
    }
    if (cJSON_IsNumber(n)) {
        d = start(h->key, TAG_NUMBER);
        feed_number(h->key, &d, n->valuestring);
        return d;
    }
    d = start(h->key, cJSON_IsTrue(n) ? TAG_TRUE : cJSON_IsFalse(n) ? TAG_FALSE : TAG_NULL);
    feed(h->key, &d, 0);
    return d;
}

struct bp_digest bp_digest_tree(const struct bp_digest_key *key, const cJSON *n)
{
    struct hasher h = {.key = key, .nodes = SIZE_MAX, .text = SIZE_MAX};

    return digest(&h, n);
}

bool bp_digest_equal(struct bp_digest a, struct bp_digest b)
{
    return a.lane[0] == b.lane[0] && a.lane[1] == b.lane[1];
}

uint64_t bp_digest_sketch(const struct bp_digest_key *key, const cJSON *n)
{
    struct hasher h = {.key = key, .nodes = SKETCH_NODES, .text = SKETCH_TEXT};

    return digest(&h, n).lane[0];
}

uint64_t bp_digest_text(const struct bp_digest_key *key, const char *s, size_t len)
{
    struct bp_digest d = start(key, TAG_STRING);

    feed_text(key, &d, s, len);
    return d.lane[0];
}
