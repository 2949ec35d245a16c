/*
 * The table of connections.  Its indices are the ids by which the activator
 * names requests: a slot is not used again while its request is under way,
 * even if the client left.
 */
#ifndef LISTENER_CONNECTION_H
#define LISTENER_CONNECTION_H

#include <event2/event_struct.h>

#include "listener/answer.h"

struct connection {
	struct event event;
	void *owner; /* the process's context */
	int fd; /* -1: closed */
	uint32_t slot;
	bool used; /* not in the list of free slots */
	bool under_way; /* a request is at the activator */
	bool lingering; /* told goodbye, reads only to discard */
	bool close_after; /* when out is written */
	short watched; /* EV_READ, EV_WRITE or 0: what event is for */
	uint8_t address[SOURCE_LEN];
	uint8_t source[SOURCE_LEN]; /* what limits count by */
	struct session session;
	struct frames in;
	uint8_t *out; /* what the socket did not take, or NULL */
	size_t out_len, out_sent;
	size_t discarded; /* bytes */
	uint32_t next; /* in the list of free slots */
};

struct connections;

/* So many open at most; NULL with errno set. */
struct connections *connections_new(uint32_t);
void connections_free(struct connections *);

/* Slots: more than can be open, by the requests that can be under way. */
uint32_t connections_slots(const struct connections *);
uint32_t connections_open(const struct connections *);
uint32_t connections_under_way(const struct connections *);
bool connections_full(const struct connections *);

/* A free slot for an open descriptor, or NULL if the table is full. */
struct connection *connection_open(struct connections *, int);

/* The descriptor is closed; the slot stays while its request is under way. */
void connection_closed(struct connections *, struct connection *);

void connection_handed_on(struct connections *, struct connection *);

/*
 * The activator answered a slot: the connection, open or not, or NULL if the
 * slot has no request under way.  Call connection_answered() with it.
 */
struct connection *connection_under_way(struct connections *, uint32_t);
void connection_answered(struct connections *, struct connection *);

/* The connection in a slot if it is open, or NULL. */
struct connection *connection_at(struct connections *, uint32_t);

#endif
