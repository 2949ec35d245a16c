/*
 * The listener as a whole: allocated at start, told of offers and answers by
 * the activator, ticking for deadlines, and drained at stop.
 */
#include "config.h"

#include <sys/random.h>

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "listener/listener.h"

static uint64_t
monotonic(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000);
}

static void
turn_ends(int fd, short what, void *arg)
{
	struct listener *l = arg;

	(void)fd;
	(void)what;
	l->turn_pending = false;
	ipc_flush(l->activator);
}

static void
ticked(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	listener_tick(arg);
}

/* As many connections as the limit and the descriptors allow. */
static uint32_t
most_connections(const struct limits *limits, uint64_t nofile)
{
	uint64_t room =
	    nofile > LISTENER_RESERVE + 1 ? nofile - LISTENER_RESERVE : 1;

	if (limits->connections <= room)
		return (limits->connections);
	log_warnx("%u connections instead of %u: the limit of descriptors "
		  "is %llu",
	    (unsigned int)room, limits->connections,
	    (unsigned long long)nofile);
	return ((uint32_t)room);
}

static int
allocate(struct listener *l, uint32_t max)
{
	uint32_t seconds[DEADLINES] = { [DEADLINE_HELLO] =
					    l->limits.deadline_hello,
		[DEADLINE_REQUEST] = l->limits.deadline_request,
		[DEADLINE_IDLE] = l->limits.deadline_idle,
		[DEADLINE_LINGER] = LISTENER_LINGER };
	uint8_t key[2][SIPHASH_KEY_LEN];

	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return (-1);
	if ((l->connections = connections_new(max)) == NULL ||
	    (l->tally = tally_new(max, key[0])) == NULL ||
	    (l->rate = rate_new(l->limits.rate, key[1])) == NULL)
		return (-1);
	l->deadlines =
	    deadlines_new(connections_slots(l->connections), seconds);
	return (l->deadlines == NULL ? -1 : 0);
}

int
listener_init(struct listener *l, struct event_base *base,
    const struct limits *limits, uint64_t nofile)
{
	const struct timeval tick = { 0, LISTENER_TICK * 1000 };

	memset(l, 0, sizeof(*l));
	l->base = base;
	l->limits = *limits;
	l->now = monotonic;
	l->counters.n = LISTENER_COUNTERS;
	l->answers.events.sent = l->now();
	if (allocate(l, most_connections(limits, nofile)) == -1 ||
	    event_assign(&l->turn, base, -1, 0, turn_ends, l) == -1 ||
	    event_assign(&l->tick, base, -1, EV_PERSIST, ticked, l) == -1 ||
	    event_add(&l->tick, &tick) == -1) {
		listener_free(l);
		return (-1);
	}
	return (0);
}

void
listener_free(struct listener *l)
{
	struct connection *c;
	uint32_t i;

	for (i = 0;
	     l->connections != NULL && i < connections_slots(l->connections);
	     i++)
		if ((c = connection_at(l->connections, i)) != NULL)
			stream_close(l, c);
	if (l->nlisten > 0)
		accept_stop(l);
	if (event_initialized(&l->turn))
		(void)event_del(&l->turn);
	if (event_initialized(&l->tick))
		(void)event_del(&l->tick);
	offers_clear(&l->answers.offers);
	connections_free(l->connections);
	deadlines_free(l->deadlines);
	tally_free(l->tally);
	rate_free(l->rate);
	memset(l, 0, sizeof(*l));
}

int
listener_listen(struct listener *l, const int *fd, size_t n)
{
	if (n > START_LISTEN_MAX) {
		errno = EINVAL;
		return (-1);
	}
	memcpy(l->listen, fd, n * sizeof(*fd));
	l->nlisten = n;
	return (0);
}

int
listener_offered(struct listener *l, bool any, const char **why)
{
	if (offer_end(&l->answers.offers, any, why) == -1)
		return (-1);
	if (l->accepting || l->stopping)
		return (0);
	l->accepting = true;
	if (accept_start(l) == -1) {
		*why = "cannot listen";
		return (-1);
	}
	return (0);
}

/* Gives the slot's credit back; false if the client is gone. */
static bool
answered(struct listener *l, struct connection *c)
{
	bool open = c->fd != -1;

	l->counters.value[COUNTER_REPLIES]++;
	connection_answered(l->connections, c);
	return (open);
}

int
listener_replied(struct listener *l, const struct la_reply *r, const char **why)
{
	struct connection *c;
	int n;

	if ((c = connection_under_way(l->connections, r->slot)) == NULL) {
		*why = "a reply without a request";
		return (-1);
	}
	if (!answered(l, c))
		return (0);
	if ((n = wire_put_sealed_reply(&r->reply, l->out, sizeof(l->out))) ==
	    -1) {
		*why = "a reply that does not fit a frame";
		return (-1);
	}
	stream_answer(l, c, (size_t)n, false);
	stream_answered(l, c);
	return (0);
}

int
listener_refused(struct listener *l, const struct la_error *e, const char **why)
{
	struct connection *c;

	if ((c = connection_under_way(l->connections, e->slot)) == NULL) {
		*why = "an error without a request";
		return (-1);
	}
	if (!answered(l, c))
		return (0);
	stream_answer(l, c,
	    answer_error(e->code, e->retry_after, e->text, l->out), e->close);
	stream_answered(l, c);
	return (0);
}

static void
deadlines_over(struct listener *l)
{
	struct connection *c;
	enum deadline kind;
	uint32_t slot;

	while (deadline_due(l->deadlines, l->now(), &slot, &kind)) {
		if ((c = connection_at(l->connections, slot)) == NULL)
			continue;
		if (kind == DEADLINE_HELLO ||
		    (kind == DEADLINE_REQUEST && !c->under_way))
			events_count(&l->answers.events, EVENT_DEADLINE);
		stream_close(l, c);
	}
}

static void
events_tell(struct listener *l)
{
	struct ipc_writer *w;
	struct la_events record;
	uint32_t unlogged;
	bool any;

	any = events_take(&l->answers.events, l->now(), &record, &unlogged);
	if (unlogged > 0)
		log_info("%u more lines in the last minute were not logged",
		    unlogged);
	if (!any || (w = ipc_begin(l->activator, REC_LISTENER_EVENTS,
			 LA_EVENTS_MAX)) == NULL)
		return;
	la_put_events(w, &record);
	if (ipc_end(l->activator) == 0)
		ipc_flush(l->activator);
}

/* Closes what waits for nothing; all of it, with resets, when it is time. */
static void
drain(struct listener *l)
{
	bool reset = l->now() >= l->reset_at;
	struct connection *c;
	uint32_t i;

	for (i = 0; i < connections_slots(l->connections); i++) {
		if ((c = connection_at(l->connections, i)) == NULL)
			continue;
		if (reset)
			stream_reset(l, c);
		else if (!c->under_way && c->out == NULL)
			stream_close(l, c);
	}
	if (connections_open(l->connections) > 0 || l->stopped == NULL)
		return;
	l->stopped(l->stopped_arg);
	l->stopped = NULL;
}

void
listener_stop(struct listener *l, void (*stopped)(void *), void *arg)
{
	if (l->stopping)
		return;
	l->stopping = true;
	l->stopped = stopped;
	l->stopped_arg = arg;
	l->reset_at = l->now() + LISTENER_DRAIN;
	accept_stop(l);
	ipc_flush(l->activator);
	drain(l);
}

void
listener_tick(struct listener *l)
{
	int i;

	if (l->stopping)
		drain(l);
	else
		deadlines_over(l);
	events_tell(l);
	l->counters.value[COUNTER_OPEN] = connections_open(l->connections);
	l->counters.value[COUNTER_UNDER_WAY] =
	    connections_under_way(l->connections);
	for (i = 0; i < LISTENER_EVENTS; i++)
		l->counters.value[COUNTER_EVENTS + i] =
		    l->answers.events.total[i];
}
