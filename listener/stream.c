/*
 * The sockets of connections: one read and one write a frame, nothing read
 * while a request is under way or an answer waits to be taken.
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/codes.h"
#include "common/log.h"
#include "listener/listener.h"
#include "listener/source.h"

#define DISCARD_MAX 65536 /* bytes read from a peer told goodbye */

static void stream_ready(int, short, void *);

/* Waits for this and nothing else: EV_READ, EV_WRITE or 0. */
static void
watch(struct listener *l, struct connection *c, short what)
{
	if (c->watched == what)
		return;
	if (c->watched != 0)
		(void)event_del(&c->event);
	c->watched = what;
	if (what != 0 &&
	    (event_assign(&c->event, l->base, c->fd, (short)(what | EV_PERSIST),
		 stream_ready, c) == -1 ||
		event_add(&c->event, NULL) == -1)) {
		c->watched = 0;
		stream_close(l, c);
	}
}

void
stream_open(struct listener *l, struct connection *c)
{
	c->owner = l;
	deadline_arm(l->deadlines, c->slot, DEADLINE_HELLO, l->now());
	watch(l, c, EV_READ);
}

void
stream_close(struct listener *l, struct connection *c)
{
	watch(l, c, 0);
	deadline_cancel(l->deadlines, c->slot);
	tally_remove(l->tally, c->source);
	(void)close(c->fd);
	connection_closed(l->connections, c);
	if (l->paused)
		accept_resume(l);
}

void
stream_reset(struct listener *l, struct connection *c)
{
	const struct linger now = { 1, 0 };

	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	stream_close(l, c);
}

/*
 * Closing with bytes unread would reset the connection and could lose the
 * error that was just sent: lets the peer close first, for a moment.
 */
static void
linger(struct listener *l, struct connection *c)
{
	if (l->stopping || shutdown(c->fd, SHUT_WR) == -1) {
		stream_close(l, c);
		return;
	}
	c->lingering = true;
	deadline_arm(l->deadlines, c->slot, DEADLINE_LINGER, l->now());
	watch(l, c, EV_READ);
}

static void
sent(struct listener *l, struct connection *c)
{
	if (c->close_after)
		linger(l, c);
	else if (l->stopping)
		stream_close(l, c);
}

/* Keeps what the socket did not take and waits until it takes more. */
static int
keep(struct listener *l, struct connection *c, const uint8_t *p, size_t len)
{
	if ((c->out = malloc(len)) == NULL)
		return (-1);
	memcpy(c->out, p, len);
	c->out_len = len;
	c->out_sent = 0;
	deadline_arm(l->deadlines, c->slot, DEADLINE_REQUEST, l->now());
	watch(l, c, EV_WRITE);
	return (0);
}

/* Sends what stands in the listener's buffer. */
void
stream_answer(
    struct listener *l, struct connection *c, size_t len, bool close_after)
{
	ssize_t n;

	c->close_after = close_after;
	n = send(c->fd, l->out, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		n = 0;
	if (n == (ssize_t)len)
		sent(l, c);
	else if (n == -1 || keep(l, c, l->out + n, len - (size_t)n) == -1)
		stream_close(l, c);
}

static void
hand_on(
    struct listener *l, struct connection *c, const struct wire_sealed *sealed)
{
	struct la_request r = { .slot = c->slot, .sealed = *sealed };
	struct ipc_writer *w = NULL;
	size_t n;

	/* The slot spreads those who come again. */
	if (connections_under_way(l->connections) < LISTENER_CREDITS)
		w = ipc_begin(l->activator, REC_REQUEST, LA_REQUEST_MAX);
	if (w == NULL) {
		events_count(&l->answers.events, EVENT_BUSY);
		n = answer_busy(
		    1 + c->slot % 8, "too many requests under way", l->out);
		stream_answer(l, c, n, false);
		return;
	}
	memcpy(r.source, c->address, SOURCE_LEN);
	memcpy(r.challenge, c->session.challenge, CHALLENGE_LEN);
	la_put_request(w, &r);
	if (ipc_end(l->activator) == -1) {
		stream_close(l, c);
		return;
	}
	connection_handed_on(l->connections, c);
	l->counters.value[COUNTER_REQUESTS]++;
	deadline_arm(l->deadlines, c->slot, DEADLINE_REQUEST, l->now());
	if (!l->turn_pending) {
		/* Runs when the events of this turn are done with. */
		l->turn_pending = true;
		event_active(&l->turn, EV_TIMEOUT, 1);
	}
}

static void
one_frame(struct listener *l, struct connection *c, const struct frame *f)
{
	struct wire_sealed request;
	enum answer answer;
	uint32_t wait;
	size_t len = 0;

	l->counters.value[COUNTER_FRAMES]++;
	deadline_arm(l->deadlines, c->slot, DEADLINE_IDLE, l->now());
	wait = rate_take(l->rate, c->source, answer_cost(f), l->now());
	if (wait > 0) {
		events_count(&l->answers.events, EVENT_RATE);
		len = answer_busy(
		    wait, "too many frames from this address", l->out);
		stream_answer(l, c, len, false);
		return;
	}
	answer =
	    answer_frame(&l->answers, &c->session, f, l->out, &len, &request);
	if (answer == ANSWER_HAND_ON)
		hand_on(l, c, &request);
	else
		stream_answer(l, c, len, answer == ANSWER_SEND_CLOSE);
}

static void
malformed(struct listener *l, struct connection *c)
{
	events_count(&l->answers.events, EVENT_MALFORMED);
	stream_answer(l, c,
	    answer_error(
		CODE_PROTOCOL, 0, "a frame of length zero or too long", l->out),
	    true);
}

static void
foreign(struct listener *l, struct connection *c)
{
	char text[SOURCE_TEXT_MAX];

	events_count(&l->answers.events, EVENT_OTHER_PROTOCOL);
	if (events_may_log(&l->answers.events))
		log_info("%s: closed, looks like %s",
		    source_text(c->address, text), frames_guess(&c->in));
	stream_close(l, c);
}

/* Whether the next frame may be looked at. */
static bool
takes_frames(const struct listener *l, const struct connection *c)
{
	return (c->fd != -1 && !c->under_way && c->out == NULL &&
		!c->lingering && !l->stopping);
}

static void
frames(struct listener *l, struct connection *c)
{
	enum frames_result result = FRAMES_ONE;
	struct frame f;
	bool any = false;

	while (result == FRAMES_ONE && takes_frames(l, c)) {
		result = frames_next(&c->in, &f);
		if (result == FRAMES_ONE)
			one_frame(l, c, &f);
		else if (result == FRAMES_MALFORMED)
			malformed(l, c);
		else if (result == FRAMES_FOREIGN)
			foreign(l, c);
		any = any || result == FRAMES_ONE;
	}
	if (!takes_frames(l, c))
		return;
	/* What is left over is the beginning of the next. */
	if (any && frames_partial(&c->in))
		deadline_arm(l->deadlines, c->slot, DEADLINE_REQUEST, l->now());
	watch(l, c, EV_READ);
}

static void
stream_read(struct listener *l, struct connection *c)
{
	bool first = !frames_partial(&c->in);
	uint8_t *p;
	size_t room;
	ssize_t n;

	p = frames_space(&c->in, &room);
	n = recv(c->fd, p, room, MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		stream_close(l, c);
		return;
	}
	frames_got(&c->in, (size_t)n);
	if (first && deadline_kind(l->deadlines, c->slot) == DEADLINE_HELLO)
		deadline_arm_sooner(
		    l->deadlines, c->slot, DEADLINE_REQUEST, l->now());
	else if (first)
		deadline_arm(l->deadlines, c->slot, DEADLINE_REQUEST, l->now());
	frames(l, c);
}

static void
stream_discard(struct listener *l, struct connection *c)
{
	uint8_t buf[2048];
	ssize_t n;

	n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && (c->discarded += (size_t)n) < DISCARD_MAX)
		return;
	stream_close(l, c);
}

static void
stream_write(struct listener *l, struct connection *c)
{
	ssize_t n;

	n = send(c->fd, c->out + c->out_sent, c->out_len - c->out_sent,
	    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1) {
		stream_close(l, c);
		return;
	}
	c->out_sent += (size_t)n;
	if (c->out_sent < c->out_len)
		return;
	free(c->out);
	c->out = NULL;
	sent(l, c);
	if (takes_frames(l, c)) {
		deadline_arm(l->deadlines, c->slot, DEADLINE_IDLE, l->now());
		frames(l, c);
	}
}

static void
stream_ready(int fd, short what, void *arg)
{
	struct connection *c = arg;
	struct listener *l = c->owner;

	(void)fd;
	if (what & EV_WRITE)
		stream_write(l, c);
	else if (c->lingering)
		stream_discard(l, c);
	else if (takes_frames(l, c))
		stream_read(l, c);
	else
		watch(l, c, 0);
}

/* The request of a connection that is still open was answered. */
void
stream_answered(struct listener *l, struct connection *c)
{
	if (!takes_frames(l, c))
		return;
	deadline_arm(l->deadlines, c->slot, DEADLINE_IDLE, l->now());
	frames(l, c);
}
