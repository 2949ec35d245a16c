/*
 * What a machine remembers of its last eight stores, newest first: serial and
 * time of the newest request.
 */
#include "config.h"

#include <string.h>

#include "client/stores.h"

const struct record_store *
stores_find(const struct record_state *r, const uint8_t store[UUID_LEN])
{
	size_t i;

	for (i = 0; i < r->nstores; i++) {
		if (memcmp(r->store[i].store, store, UUID_LEN) == 0)
			return (&r->store[i]);
	}
	return (NULL);
}

uint64_t
stores_last(const struct record_state *r, const uint8_t store[UUID_LEN])
{
	const struct record_store *s = stores_find(r, store);

	return (s == NULL ? 0 : s->serial);
}

/* Moves the store's entry to the front, or makes it there. */
static struct record_store *
to_front(struct record_state *r, const uint8_t store[UUID_LEN])
{
	const struct record_store *found = stores_find(r, store);
	struct record_store entry;
	size_t above;

	memset(&entry, 0, sizeof(entry));
	memcpy(entry.store, store, UUID_LEN);
	if (found != NULL) {
		entry = *found;
		above = (size_t)(found - r->store);
	} else {
		if (r->nstores < RECORD_STORES)
			r->nstores++;
		above = r->nstores - 1;
	}
	memmove(&r->store[1], &r->store[0], above * sizeof(r->store[0]));
	r->store[0] = entry;
	return (&r->store[0]);
}

struct ktime
stores_ask(
    struct record_state *r, const uint8_t store[UUID_LEN], struct ktime now)
{
	struct record_store *s = to_front(r, store);

	if (ktime_cmp(now, s->time) <= 0)
		s->time = ktime_add(s->time, 1);
	else
		s->time = now;
	return (s->time);
}

void
stores_answer(
    struct record_state *r, const uint8_t store[UUID_LEN], uint64_t serial)
{
	to_front(r, store)->serial = serial;
}

void
stores_forget_time(struct record_state *r, const uint8_t store[UUID_LEN])
{
	memset(&to_front(r, store)->time, 0, sizeof(struct ktime));
}
