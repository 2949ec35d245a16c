/*
 * The listener's context: everything that the process knows, allocated at its
 * start, and what its parts do with it.
 */
#ifndef LISTENER_LISTENER_H
#define LISTENER_LISTENER_H

#include <event2/event_struct.h>

#include "common/start.h"
#include "listener/connection.h"
#include "listener/deadline.h"
#include "listener/rate.h"
#include "listener/tally.h"

#define LISTENER_RESERVE 32 /* descriptors that connections never take */
#define LISTENER_LINGER 2 /* seconds for a peer to close after an error */
#define LISTENER_TICK 250 /* milliseconds */
#define LISTENER_DRAIN 4000 /* milliseconds from stop to resets */

/* The channel to the activator: room for all credits and the events. */
#define LISTENER_QUEUE                                          \
	(LISTENER_CREDITS * (LA_REQUEST_MAX + IPC_HEADER_LEN) + \
	    16 * (LA_EVENTS_MAX + IPC_HEADER_LEN))

/* The order of the values that the parent gets each second. */
enum listener_counter {
	COUNTER_OPEN, /* connections now */
	COUNTER_UNDER_WAY, /* requests now */
	COUNTER_ACCEPTED,
	COUNTER_FRAMES,
	COUNTER_REQUESTS, /* handed on */
	COUNTER_REPLIES,
	COUNTER_PAUSES, /* of accept, for want of descriptors */
	COUNTER_EVENTS, /* first of LISTENER_EVENTS */
	LISTENER_COUNTERS = COUNTER_EVENTS + LISTENER_EVENTS
};

struct listener {
	struct event_base *base;
	struct ipc_channel *activator;
	struct limits limits;
	struct answers answers;
	struct connections *connections;
	struct deadlines *deadlines;
	struct rate *rate;
	struct tally *tally;
	struct child_counters counters;
	uint64_t (*now)(void); /* monotonic, milliseconds */

	int listen[START_LISTEN_MAX];
	struct event accept[START_LISTEN_MAX];
	size_t nlisten;
	bool accepting; /* the first offer is complete */
	bool paused;

	struct event turn, tick, resume;
	bool turn_pending;
	bool stopping;
	uint64_t reset_at; /* while stopping */
	void (*stopped)(void *); /* called once, drained */
	void *stopped_arg;
	uint8_t out[ANSWER_MAX];
};

/*
 * Allocates everything for these limits and so many descriptors (the limit of
 * the process).  Returns 0, or -1 with errno set.
 */
int listener_init(
    struct listener *, struct event_base *, const struct limits *, uint64_t);
void listener_free(struct listener *);

/* Says what the listening sockets are, bound and perhaps not yet listening. */
int listener_listen(struct listener *, const int *, size_t);

/* The activator's records (listener/dispatch.c); -1 with the broken rule. */
int listener_offered(struct listener *, bool, const char **);
int listener_replied(struct listener *, const struct la_reply *, const char **);
int listener_refused(struct listener *, const struct la_error *, const char **);

/* Closes the listening sockets, drains, then calls back once. */
void listener_stop(struct listener *, void (*)(void *), void *);

/* Deadlines, events and draining; runs by itself every LISTENER_TICK. */
void listener_tick(struct listener *);

/* accept.c */
int accept_start(struct listener *);
void accept_resume(struct listener *);
void accept_stop(struct listener *);

/* stream.c */
void stream_open(struct listener *, struct connection *);
void stream_answer(struct listener *, struct connection *, size_t, bool);
void stream_answered(struct listener *, struct connection *);
void stream_close(struct listener *, struct connection *);
void stream_reset(struct listener *, struct connection *);

#endif
