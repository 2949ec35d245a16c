/*
 * The table of slots: free lists, the queue for the next batch, and which
 * (machine, product) is in flight.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "activator/slots.h"

void
slots_init(struct slots *t)
{
	uint16_t i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < SLOTS; i++) {
		t->slot[i].next = (uint16_t)(i + 1);
		t->slot[i].chain = SLOT_NONE;
	}
	t->slot[SLOTS_REQUESTS - 1].next = SLOT_NONE;
	t->slot[SLOTS - 1].next = SLOT_NONE;
	t->free_requests = 0;
	t->free_own = SLOTS_REQUESTS;
	t->head = t->tail = SLOT_NONE;
	memset(t->bucket, 0xff, sizeof(t->bucket));
	randombytes_buf(t->hash_key, sizeof(t->hash_key));
}

static uint16_t
take(struct slots *t, uint16_t *list, enum slot_kind kind)
{
	uint16_t i;

	if ((i = *list) == SLOT_NONE)
		return (SLOT_NONE);
	*list = t->slot[i].next;
	t->slot[i].kind = kind;
	t->slot[i].next = t->slot[i].chain = SLOT_NONE;
	t->under_way++;
	return (i);
}

uint16_t
slots_take_request(struct slots *t)
{
	return (take(t, &t->free_requests, SLOT_REQUEST));
}

uint16_t
slots_take_own(struct slots *t, enum slot_kind kind)
{
	return (take(t, &t->free_own, kind));
}

void
slots_queue(struct slots *t, uint16_t i)
{
	t->slot[i].next = SLOT_NONE;
	if (t->tail == SLOT_NONE)
		t->head = i;
	else
		t->slot[t->tail].next = i;
	t->tail = i;
	t->waiting++;
}

uint16_t
slots_next(struct slots *t)
{
	uint16_t i;

	if ((i = t->head) == SLOT_NONE)
		return (SLOT_NONE);
	if ((t->head = t->slot[i].next) == SLOT_NONE)
		t->tail = SLOT_NONE;
	t->slot[i].next = SLOT_NONE;
	t->waiting--;
	return (i);
}

/* Keyed, so that nobody makes machines that fall into one bucket. */
static uint16_t *
bucket_of(struct slots *t, const struct entry_decision *e)
{
	uint8_t in[MACHINE_ID_LEN + UUID_LEN], out[crypto_shorthash_BYTES];

	memcpy(in, e->machine, MACHINE_ID_LEN);
	memcpy(in + MACHINE_ID_LEN, e->product, UUID_LEN);
	(void)crypto_shorthash(out, in, sizeof(in), t->hash_key);
	return (&t->bucket[(out[0] | out[1] << 8) & (SLOT_BUCKETS - 1)]);
}

static bool
is_same(const struct entry_decision *a, const struct entry_decision *b)
{
	return (memcmp(a->machine, b->machine, MACHINE_ID_LEN) == 0 &&
		memcmp(a->product, b->product, UUID_LEN) == 0 &&
		memcmp(a->publisher, b->publisher, PUBKEY_LEN) == 0);
}

int
slots_enter(struct slots *t, uint16_t i)
{
	const struct entry_decision *e = &t->slot[i].u.request.decide.entry;
	uint16_t *b, j;

	b = bucket_of(t, e);
	for (j = *b; j != SLOT_NONE; j = t->slot[j].chain)
		if (is_same(e, &t->slot[j].u.request.decide.entry))
			return (-1);
	t->slot[i].chain = *b;
	*b = i;
	return (0);
}

static void
leave(struct slots *t, uint16_t i)
{
	uint16_t *p;

	p = bucket_of(t, &t->slot[i].u.request.decide.entry);
	while (*p != SLOT_NONE && *p != i)
		p = &t->slot[*p].chain;
	if (*p == i)
		*p = t->slot[i].chain;
}

void
slots_free(struct slots *t, uint16_t i)
{
	struct slot *s = &t->slot[i];
	uint16_t *list;

	if (s->kind == SLOT_REQUEST)
		leave(t, i);
	list = i < SLOTS_REQUESTS ? &t->free_requests : &t->free_own;
	s->kind = SLOT_FREE;
	s->chain = SLOT_NONE;
	s->next = *list;
	*list = i;
	t->under_way--;
}
