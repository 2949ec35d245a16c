/*
 * Slots of connections: taken, closed, and free again only when answered.
 */
#include "config.h"

#include <stdlib.h>

#include "listener/connection.h"

#define NONE UINT32_MAX

struct connections {
	struct connection *slot;
	uint32_t slots, max, open, under_way;
	uint32_t free;
};

struct connections *
connections_new(uint32_t max)
{
	struct connections *cs;
	uint32_t i;

	if ((cs = calloc(1, sizeof(*cs))) == NULL)
		return (NULL);
	cs->max = max;
	cs->slots = max + LISTENER_CREDITS;
	if ((cs->slot = calloc(cs->slots, sizeof(*cs->slot))) == NULL) {
		free(cs);
		return (NULL);
	}
	cs->free = NONE;
	for (i = cs->slots; i-- > 0;) {
		cs->slot[i].fd = -1;
		cs->slot[i].slot = i;
		cs->slot[i].next = cs->free;
		cs->free = i;
	}
	return (cs);
}

void
connections_free(struct connections *cs)
{
	uint32_t i;

	if (cs == NULL)
		return;
	for (i = 0; i < cs->slots; i++)
		free(cs->slot[i].out);
	free(cs->slot);
	free(cs);
}

uint32_t
connections_slots(const struct connections *cs)
{
	return (cs->slots);
}

uint32_t
connections_open(const struct connections *cs)
{
	return (cs->open);
}

uint32_t
connections_under_way(const struct connections *cs)
{
	return (cs->under_way);
}

bool
connections_full(const struct connections *cs)
{
	return (cs->open >= cs->max || cs->free == NONE);
}

struct connection *
connection_open(struct connections *cs, int fd)
{
	struct connection *c;

	if (connections_full(cs))
		return (NULL);
	c = &cs->slot[cs->free];
	cs->free = c->next;
	cs->open++;
	c->used = true;
	c->fd = fd;
	c->under_way = c->lingering = c->close_after = false;
	c->watched = 0;
	c->session.hello = c->session.fetched = false;
	frames_reset(&c->in);
	c->out = NULL;
	c->out_len = c->out_sent = c->discarded = 0;
	return (c);
}

static void
give_back(struct connections *cs, struct connection *c)
{
	if (c->fd != -1 || c->under_way)
		return;
	c->used = false;
	c->next = cs->free;
	cs->free = c->slot;
}

void
connection_closed(struct connections *cs, struct connection *c)
{
	c->fd = -1;
	free(c->out);
	c->out = NULL;
	cs->open--;
	give_back(cs, c);
}

void
connection_handed_on(struct connections *cs, struct connection *c)
{
	c->under_way = true;
	cs->under_way++;
}

struct connection *
connection_under_way(struct connections *cs, uint32_t slot)
{
	if (slot >= cs->slots || !cs->slot[slot].under_way)
		return (NULL);
	return (&cs->slot[slot]);
}

void
connection_answered(struct connections *cs, struct connection *c)
{
	c->under_way = false;
	cs->under_way--;
	give_back(cs, c);
}

struct connection *
connection_at(struct connections *cs, uint32_t slot)
{
	if (slot >= cs->slots || cs->slot[slot].fd == -1)
		return (NULL);
	return (&cs->slot[slot]);
}
