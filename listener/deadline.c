/*
 * Queues of deadlines, linked through slots.
 */
#include "config.h"

#include <stdlib.h>

#include "listener/deadline.h"

#define NONE UINT32_MAX

struct link {
	uint64_t at; /* milliseconds */
	uint32_t prev, next;
	enum deadline kind;
};

struct deadlines {
	struct link *link;
	uint32_t first[DEADLINES], last[DEADLINES];
	uint64_t duration[DEADLINES]; /* milliseconds */
};

struct deadlines *
deadlines_new(size_t slots, const uint32_t seconds[DEADLINES])
{
	struct deadlines *d;
	size_t i;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return (NULL);
	if ((d->link = calloc(slots, sizeof(*d->link))) == NULL) {
		free(d);
		return (NULL);
	}
	for (i = 0; i < slots; i++)
		d->link[i].kind = DEADLINES;
	for (i = 0; i < DEADLINES; i++) {
		d->first[i] = d->last[i] = NONE;
		d->duration[i] = (uint64_t)seconds[i] * 1000;
	}
	return (d);
}

void
deadlines_free(struct deadlines *d)
{
	if (d == NULL)
		return;
	free(d->link);
	free(d);
}

void
deadline_cancel(struct deadlines *d, uint32_t slot)
{
	struct link *l = &d->link[slot];

	if (l->kind == DEADLINES)
		return;
	if (l->prev == NONE)
		d->first[l->kind] = l->next;
	else
		d->link[l->prev].next = l->next;
	if (l->next == NONE)
		d->last[l->kind] = l->prev;
	else
		d->link[l->next].prev = l->prev;
	l->kind = DEADLINES;
}

void
deadline_arm(
    struct deadlines *d, uint32_t slot, enum deadline kind, uint64_t now)
{
	struct link *l = &d->link[slot];

	deadline_cancel(d, slot);
	l->kind = kind;
	l->at = now + d->duration[kind];
	l->prev = d->last[kind];
	l->next = NONE;
	if (l->prev == NONE)
		d->first[kind] = slot;
	else
		d->link[l->prev].next = slot;
	d->last[kind] = slot;
}

void
deadline_arm_sooner(
    struct deadlines *d, uint32_t slot, enum deadline kind, uint64_t now)
{
	if (d->link[slot].kind == DEADLINES ||
	    now + d->duration[kind] < d->link[slot].at)
		deadline_arm(d, slot, kind, now);
}

enum deadline
deadline_kind(const struct deadlines *d, uint32_t slot)
{
	return (d->link[slot].kind);
}

bool
deadline_due(
    struct deadlines *d, uint64_t now, uint32_t *slot, enum deadline *kind)
{
	uint32_t i;
	int k;

	for (k = 0; k < DEADLINES; k++) {
		if ((i = d->first[k]) == NONE || d->link[i].at > now)
			continue;
		*slot = i;
		*kind = (enum deadline)k;
		deadline_cancel(d, i);
		return (true);
	}
	return (false);
}
