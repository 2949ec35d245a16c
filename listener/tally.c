/*
 * A hash table of sources with chains through a pool that never grows.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "listener/tally.h"

#define NONE UINT32_MAX

struct tallied {
	uint8_t source[SOURCE_LEN];
	uint32_t count, next;
};

struct tally {
	uint8_t key[SIPHASH_KEY_LEN];
	struct tallied *pool;
	uint32_t *head;
	uint32_t nheads; /* a power of two */
	uint32_t free;
};

struct tally *
tally_new(size_t n, const uint8_t key[SIPHASH_KEY_LEN])
{
	struct tally *t;
	uint32_t i;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	memcpy(t->key, key, SIPHASH_KEY_LEN);
	for (t->nheads = 16; t->nheads < n; t->nheads *= 2)
		continue;
	t->pool = calloc(n, sizeof(*t->pool));
	t->head = calloc(t->nheads, sizeof(*t->head));
	if (t->pool == NULL || t->head == NULL) {
		tally_free(t);
		return (NULL);
	}
	for (i = 0; i < t->nheads; i++)
		t->head[i] = NONE;
	for (i = 0; i < n; i++)
		t->pool[i].next = i + 1 < n ? i + 1 : NONE;
	t->free = n > 0 ? 0 : NONE;
	return (t);
}

void
tally_free(struct tally *t)
{
	if (t == NULL)
		return;
	free(t->pool);
	free(t->head);
	free(t);
}

static uint32_t *
chain(const struct tally *t, const uint8_t source[SOURCE_LEN])
{
	return (
	    &t->head[siphash(t->key, source, SOURCE_LEN) & (t->nheads - 1)]);
}

/* The link that leads to the source's entry, or to NONE. */
static uint32_t *
find(const struct tally *t, const uint8_t source[SOURCE_LEN])
{
	uint32_t *link;

	for (link = chain(t, source); *link != NONE;
	     link = &t->pool[*link].next)
		if (memcmp(t->pool[*link].source, source, SOURCE_LEN) == 0)
			break;
	return (link);
}

bool
tally_add(struct tally *t, const uint8_t source[SOURCE_LEN], uint32_t limit)
{
	uint32_t *link = find(t, source), i = *link;

	if (i == NONE) {
		if (limit == 0 || t->free == NONE)
			return (false);
		i = t->free;
		t->free = t->pool[i].next;
		memcpy(t->pool[i].source, source, SOURCE_LEN);
		t->pool[i].count = 0;
		t->pool[i].next = NONE;
		*link = i;
	}
	if (t->pool[i].count >= limit)
		return (false);
	t->pool[i].count++;
	return (true);
}

void
tally_remove(struct tally *t, const uint8_t source[SOURCE_LEN])
{
	uint32_t *link = find(t, source), i = *link;

	if (i == NONE || --t->pool[i].count > 0)
		return;
	*link = t->pool[i].next;
	t->pool[i].next = t->free;
	t->free = i;
}

uint32_t
tally_count(const struct tally *t, const uint8_t source[SOURCE_LEN])
{
	uint32_t i = *find(t, source);

	return (i == NONE ? 0 : t->pool[i].count);
}
