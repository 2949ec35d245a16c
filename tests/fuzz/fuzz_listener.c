/*
 * Packets of a hostile activator and bytes of hostile clients against the
 * whole listener: its table, offers, connections, frames and answers.  A
 * packet of sender 0 is the activator's; of 1 to 3 a client's bytes, without
 * a header; type 1 there puts a new client in its place.  A broken rule ends the input.
 */
#include "config.h"

#include <sys/socket.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "listener/dispatch.h"
#include "listener/listener.h"
#include "tests/fuzz/packets.h"

#define SENDERS 4
#define TURNS 4 /* of the loop, after each packet */
#define NOFILE 64

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct scene {
	struct listener listener;
	int far[SENDERS];
};

static bool ending;
static uint64_t now;

static uint64_t
fake_clock(void)
{
	return (now += 10);
}

static void
ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	(void)ctx;
	(void)ch;
	(void)why;
	ending = true;
}

/*
 * A client comes: as accept does it, on a pair of sockets, and not before the
 * first offer.
 */
static void
come(struct scene *s, unsigned int who)
{
	static const uint8_t source[SOURCE_LEN] = { 0 };
	struct listener *l = &s->listener;
	struct connection *c;
	int fd[2];

	if (s->far[who] != -1)
		(void)close(s->far[who]);
	s->far[who] = -1;
	if (!l->accepting || connections_full(l->connections) ||
	    !tally_add(l->tally, source, l->limits.per_source))
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == -1)
		err(1, "socketpair");
	s->far[who] = fd[1];
	if ((c = connection_open(l->connections, fd[0])) == NULL)
		abort();
	stream_open(l, c);
}

static void
turn(struct scene *s)
{
	static uint8_t buf[IPC_PACKET_MAX];
	int i, t;

	for (t = 0; t < TURNS && !ending; t++) {
		(void)event_base_loop(s->listener.base, EVLOOP_NONBLOCK);
		for (i = 0; i < SENDERS; i++)
			while (
			    s->far[i] != -1 &&
			    recv(s->far[i], buf, sizeof(buf), MSG_DONTWAIT) > 0)
				;
	}
}

static void
begin(struct scene *s, struct event_base *base)
{
	static const struct limits limits = { .connections = 4,
		.per_source = 3,
		.rate = 50,
		.deadline_hello = 10,
		.deadline_request = 10,
		.deadline_idle = 60 };
	unsigned int i;
	int fd[2];

	for (i = 0; i < SENDERS; i++)
		s->far[i] = -1;
	if (listener_init(&s->listener, base, &limits, NOFILE) == -1)
		err(1, "listener");
	now = 1000;
	s->listener.now = fake_clock;
	packet_pair(fd);
	s->far[0] = fd[1];
	s->listener.activator = ipc_new(fd[0], "activator",
	    listener_dispatch_activator, LISTENER_QUEUE, &s->listener, ended);
	if (s->listener.activator == NULL ||
	    ipc_start(s->listener.activator, base) == -1)
		err(1, "channel");
}

static void
end(struct scene *s)
{
	int i;

	listener_free(&s->listener);
	for (i = 0; i < SENDERS; i++)
		if (s->far[i] != -1)
			(void)close(s->far[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event_base *base;
	static struct scene s;
	struct ipc_channel *activator;
	struct packet p;

	if (base == NULL && (base = event_base_new()) == NULL)
		err(1, "event base");
	log_init("fuzz", LOG_TOOL, LOG_LEVEL_FATAL);
	begin(&s, base);
	ending = false;
	while (!ending && packet_take(&data, &size, SENDERS, &p)) {
		if (p.who == 0)
			packet_send(s.far[0], &p);
		else if (p.type == 1 || s.far[p.who] == -1)
			come(&s, p.who);
		if (p.who != 0 && s.far[p.who] != -1)
			(void)send(s.far[p.who], p.bytes, p.len,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
		turn(&s);
		listener_tick(&s.listener);
	}
	activator = s.listener.activator;
	end(&s);
	ipc_free(activator);
	return (0);
}
