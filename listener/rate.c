/*
 * Token buckets in sets of eight; the fullest of a set gives way to a new
 * source, since a full bucket remembers nothing.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "listener/rate.h"

#define RATE_SETS 4096 /* a power of two */
#define RATE_WAYS 8

struct bucket {
	uint64_t tag; /* keyed hash of the source, 0: not used */
	uint64_t at; /* milliseconds, when level was right */
	uint64_t level; /* thousandths of a token */
};

struct rate {
	uint8_t key[SIPHASH_KEY_LEN];
	uint64_t rate; /* thousandths a millisecond: tokens a second */
	uint64_t full; /* thousandths */
	struct bucket bucket[RATE_SETS][RATE_WAYS];
};

struct rate *
rate_new(uint32_t rate, const uint8_t key[SIPHASH_KEY_LEN])
{
	struct rate *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (NULL);
	memcpy(r->key, key, SIPHASH_KEY_LEN);
	r->rate = rate > 0 ? rate : 1;
	r->full = r->rate * RATE_BURST * 1000;
	return (r);
}

void
rate_free(struct rate *r)
{
	free(r);
}

static uint64_t
level(const struct rate *r, const struct bucket *b, uint64_t now)
{
	uint64_t missing = r->full - b->level, passed;

	if (b->tag == 0)
		return (r->full);
	passed = now > b->at ? now - b->at : 0;
	/* Divided, not multiplied: the time since may be anything. */
	if (passed >= (missing + r->rate - 1) / r->rate)
		return (r->full);
	return (b->level + passed * r->rate);
}

static struct bucket *
find(struct rate *r, const uint8_t source[SOURCE_LEN], uint64_t now)
{
	uint64_t hash = siphash(r->key, source, SOURCE_LEN);
	struct bucket *set = r->bucket[hash % RATE_SETS], *fullest = &set[0];
	int i;

	hash |= 1ULL << 63; /* never the mark of an unused one */
	for (i = 0; i < RATE_WAYS; i++) {
		if (set[i].tag == hash)
			return (&set[i]);
		if (level(r, &set[i], now) > level(r, fullest, now))
			fullest = &set[i];
	}
	fullest->tag = hash;
	fullest->at = now;
	fullest->level = r->full;
	return (fullest);
}

uint32_t
rate_take(struct rate *r, const uint8_t source[SOURCE_LEN], uint32_t tokens,
    uint64_t now)
{
	struct bucket *b = find(r, source, now);
	uint64_t want = (uint64_t)tokens * 1000;

	if (want > r->full)
		want = r->full;
	b->level = level(r, b, now);
	b->at = now > b->at ? now : b->at;
	if (b->level < want)
		return ((uint32_t)((want - b->level) / (r->rate * 1000)) + 1);
	b->level -= want;
	return (0);
}
