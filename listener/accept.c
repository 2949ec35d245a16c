/*
 * Accepts connections within the limits of descriptors and sources; pauses
 * when there are no descriptors, and looks again a little later.
 */
#include "config.h"

#include <sys/socket.h>

#include <event2/event.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "listener/listener.h"
#include "listener/source.h"

#define ACCEPT_TURN 64 /* connections of one socket in one turn */
#define ACCEPT_BACKLOG 1024
#define PER_SOURCE_RETRY 30 /* seconds, advice to a refused client */

static void
accept_pause(struct listener *l)
{
	const struct timeval later = { 0, 500000 };
	size_t i;

	if (l->paused)
		return;
	l->paused = true;
	l->counters.value[COUNTER_PAUSES]++;
	for (i = 0; i < l->nlisten; i++)
		(void)event_del(&l->accept[i]);
	(void)event_add(&l->resume, &later);
}

void
accept_resume(struct listener *l)
{
	const struct timeval later = { 0, 500000 };
	size_t i;

	if (!l->paused || l->stopping)
		return;
	if (connections_full(l->connections)) {
		(void)event_add(&l->resume, &later);
		return;
	}
	l->paused = false;
	(void)event_del(&l->resume);
	for (i = 0; i < l->nlisten; i++)
		(void)event_add(&l->accept[i], NULL);
}

static void
accept_refuse(struct listener *l, int fd)
{
	size_t n;

	events_count(&l->answers.events, EVENT_PER_SOURCE);
	n = answer_busy(
	    PER_SOURCE_RETRY, "too many connections from this address", l->out);
	(void)send(fd, l->out, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)close(fd);
}

static void
accept_take(struct listener *l, int fd, const struct sockaddr *sa)
{
	uint8_t address[SOURCE_LEN], source[SOURCE_LEN];
	struct connection *c;

	source_address(sa, address);
	source_key(address, source);
	if (!tally_add(l->tally, source, l->limits.per_source)) {
		accept_refuse(l, fd);
		return;
	}
	/* The caller has looked whether there is a slot. */
	if ((c = connection_open(l->connections, fd)) == NULL) {
		tally_remove(l->tally, source);
		(void)close(fd);
		return;
	}
	memcpy(c->address, address, SOURCE_LEN);
	memcpy(c->source, source, SOURCE_LEN);
	l->counters.value[COUNTER_ACCEPTED]++;
	stream_open(l, c);
}

/* Whether accept(2) failed for want of what a connection needs. */
static bool
exhausted(int error)
{
	return (error == EMFILE || error == ENFILE || error == ENOBUFS ||
		error == ENOMEM);
}

static void
accept_ready(int s, short what, void *arg)
{
	struct listener *l = arg;
	struct sockaddr_storage ss;
	socklen_t len;
	int fd, i;

	(void)what;
	for (i = 0; i < ACCEPT_TURN; i++) {
		if (connections_full(l->connections)) {
			accept_pause(l);
			return;
		}
		len = sizeof(ss);
		fd = accept4(s, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd == -1 && (errno == ECONNABORTED || errno == EINTR))
			continue;
		if (fd == -1) {
			if (exhausted(errno)) {
				if (events_may_log(&l->answers.events))
					log_warn("accept paused");
				accept_pause(l);
			}
			return;
		}
		accept_take(l, fd, (struct sockaddr *)&ss);
	}
}

static void
accept_later(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	accept_resume(arg);
}

int
accept_start(struct listener *l)
{
	const int on = 1;
	size_t i;

	if (event_assign(&l->resume, l->base, -1, 0, accept_later, l) == -1)
		return (-1);
	for (i = 0; i < l->nlisten; i++) {
		/* Accepted sockets inherit it. */
		if (setsockopt(l->listen[i], IPPROTO_TCP, TCP_NODELAY, &on,
			sizeof(on)) == -1 ||
		    evutil_make_socket_nonblocking(l->listen[i]) == -1 ||
		    listen(l->listen[i], ACCEPT_BACKLOG) == -1 ||
		    event_assign(&l->accept[i], l->base, l->listen[i],
			EV_READ | EV_PERSIST, accept_ready, l) == -1 ||
		    event_add(&l->accept[i], NULL) == -1)
			return (-1);
	}
	return (0);
}

void
accept_stop(struct listener *l)
{
	size_t i;

	for (i = 0; i < l->nlisten; i++) {
		if (l->accepting)
			(void)event_del(&l->accept[i]);
		(void)close(l->listen[i]);
	}
	if (l->accepting)
		(void)event_del(&l->resume);
	l->nlisten = 0;
}
