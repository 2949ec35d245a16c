/*
 * A channel to another process: receives packets, holds each against the
 * table of rules, and sends what is queued.  A few packets a turn, so that no
 * peer keeps this process from its other channels.
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/ipc.h"
#include "common/ipc_queue.h"

#define TURN_MAX 16 /* packets read in one turn */
#define FDS_MAX 4 /* descriptors that a peer may try to pass at once */
#define WHY_MAX 256 /* bytes of a reason */
#define TABLES_MAX 2

struct table {
	const struct ipc_rule *rules;
	uint32_t *seen; /* records, one number a rule */
	void *ctx;
};

struct ipc_channel {
	int fd;
	const char *name;
	struct table table[TABLES_MAX];
	size_t ntables;
	unsigned int phase; /* counts replacements of the tables */
	void *ctx;
	ipc_ended *ended;
	void (*turn)(void *, struct ipc_channel *);
	uint32_t state;
	struct ipc_queue queue;
	bool unsendable; /* the peer is gone; what it sent is not */
	struct event_base *base;
	struct event *readable, *writable;
	uint8_t *buf; /* the packet that is being read */
	int received; /* its descriptor, or -1 */
	bool reading, broken, over;
	char why[WHY_MAX];
};

/* A packet while it is being handled. */
struct packet {
	const struct ipc_rule *rule;
	struct table *table;
	uint32_t *seen;
	uint16_t type, count;
};

/* What comes of one attempt to read. */
enum result {
	HANDLED,
	NOTHING,
	ENDED
};

int
ipc_add_rules(struct ipc_channel *ch, const struct ipc_rule *rules, void *ctx)
{
	struct table *t;
	size_t n;

	if (ch->ntables == TABLES_MAX) {
		errno = ENOSPC;
		return (-1);
	}
	for (n = 0; rules[n].type != 0; n++)
		;
	t = &ch->table[ch->ntables];
	if ((t->seen = calloc(n + 1, sizeof(*t->seen))) == NULL)
		return (-1);
	t->rules = rules;
	t->ctx = ctx;
	ch->ntables++;
	return (0);
}

static void
drop_rules(struct ipc_channel *ch)
{
	while (ch->ntables > 0)
		free(ch->table[--ch->ntables].seen);
}

int
ipc_replace_rules(
    struct ipc_channel *ch, const struct ipc_rule *rules, void *ctx)
{
	drop_rules(ch);
	ch->phase++;
	return (ipc_add_rules(ch, rules, ctx));
}

struct ipc_channel *
ipc_new(int fd, const char *name, const struct ipc_rule *rules, size_t queue,
    void *ctx, ipc_ended *ended)
{
	struct ipc_channel *ch;

	if ((ch = calloc(1, sizeof(*ch))) == NULL)
		return (NULL);
	ch->fd = ch->received = -1;
	ch->name = name;
	ch->ctx = ctx;
	ch->ended = ended;
	ch->state = 1;
	if ((ch->buf = malloc(IPC_PACKET_MAX)) == NULL ||
	    queue_init(&ch->queue, queue) == -1 ||
	    ipc_add_rules(ch, rules, ctx) == -1) {
		ipc_free(ch);
		return (NULL);
	}
	ch->fd = fd;
	return (ch);
}

static void
free_events(struct ipc_channel *ch)
{
	if (ch->readable != NULL)
		event_free(ch->readable);
	if (ch->writable != NULL)
		event_free(ch->writable);
	ch->readable = ch->writable = NULL;
}

void
ipc_free(struct ipc_channel *ch)
{
	if (ch == NULL)
		return;
	free_events(ch);
	queue_free(&ch->queue);
	drop_rules(ch);
	if (ch->received != -1)
		(void)close(ch->received);
	if (ch->fd != -1)
		(void)close(ch->fd);
	free(ch->buf);
	free(ch);
}

const char *
ipc_name(const struct ipc_channel *ch)
{
	return (ch->name);
}

int
ipc_fd(const struct ipc_channel *ch)
{
	return (ch->fd);
}

void
ipc_set_state(struct ipc_channel *ch, uint32_t state)
{
	ch->state = state;
}

uint32_t
ipc_state(const struct ipc_channel *ch)
{
	return (ch->state);
}

void
ipc_set_turn(struct ipc_channel *ch, void (*turn)(void *, struct ipc_channel *))
{
	ch->turn = turn;
}

int
ipc_take_fd(struct ipc_channel *ch)
{
	int fd = ch->received;

	ch->received = -1;
	return (fd);
}

static void
close_received(struct ipc_channel *ch)
{
	if (ch->received != -1)
		(void)close(ch->received);
	ch->received = -1;
}

/* The first reason stays: what follows is its consequence. */
static void
set_broken(struct ipc_channel *ch)
{
	ch->broken = true;
	if (!ch->reading && ch->readable != NULL)
		event_active(ch->readable, EV_READ, 0);
}

int
ipc_violation(struct ipc_channel *ch, const char *fmt, ...)
{
	va_list ap;

	if (ch->broken)
		return (-1);
	va_start(ap, fmt);
	(void)vsnprintf(ch->why, sizeof(ch->why), fmt, ap);
	va_end(ap);
	set_broken(ch);
	return (-1);
}

/* Nothing of the channel is touched afterwards: ended may have freed it. */
static enum result
end(struct ipc_channel *ch, bool why)
{
	if (ch->over)
		return (ENDED);
	ch->over = true;
	ch->reading = false;
	free_events(ch);
	close_received(ch);
	queue_clear(&ch->queue);
	ch->ended(ch->ctx, ch, why ? ch->why : NULL);
	return (ENDED);
}

/* Takes the descriptors of a message; -1 if there is more than may be. */
static int
take_control(struct ipc_channel *ch, struct msghdr *m)
{
	struct cmsghdr *c;
	size_t i, n;
	int fd, bad = 0;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
			bad = 1;
			continue;
		}
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (ch->received == -1)
				ch->received = fd;
			else {
				bad = 1;
				(void)close(fd);
			}
		}
	}
	return (bad ? -1 : 0);
}

static ssize_t
receive(struct ipc_channel *ch, int *bad, int *flags)
{
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = ch->buf, .iov_len = IPC_PACKET_MAX };
	struct msghdr m;
	ssize_t n;

	memset(&m, 0, sizeof(m));
	memset(&control, 0, sizeof(control));
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	m.msg_control = control.buf;
	m.msg_controllen = sizeof(control.buf);
	/* ECONNRESET: the peer left packets of ours unread; its own follow. */
	do
		n = recvmsg(ch->fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n == -1 && (errno == EINTR || errno == ECONNRESET));
	if (n == -1)
		return (-1);
	*bad = take_control(ch, &m);
	*flags = m.msg_flags;
	return (n);
}

bool
ipc_hung_up(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	return (
	    poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLRDHUP)) != 0);
}

static int
find_rule(struct ipc_channel *ch, struct packet *p)
{
	struct table *t;
	size_t i, j;

	for (i = 0; i < ch->ntables; i++) {
		t = &ch->table[i];
		for (j = 0; t->rules[j].type != 0; j++) {
			if (t->rules[j].type != p->type)
				continue;
			p->table = t;
			p->rule = &t->rules[j];
			p->seen = &t->seen[j];
			return (0);
		}
	}
	return (ipc_violation(ch, "type %u has no rule", p->type));
}

/* What can be said of a packet before its first record. */
static int
check_packet(
    struct ipc_channel *ch, const struct packet *p, uint32_t len, size_t n)
{
	const struct ipc_rule *r = p->rule;

	if (len != n)
		return (ipc_violation(
		    ch, "%s: length %u in a packet of %zu", r->name, len, n));
	if (p->count == 0 || p->count > r->records)
		return (ipc_violation(ch, "%s: %u records, 1 to %u may come",
		    r->name, p->count, r->records));
	if (r->fds == 0 && ch->received != -1)
		return (ipc_violation(
		    ch, "%s: a descriptor where none may come", r->name));
	if (r->fds != 0 && (ch->received == -1 || p->count != 1))
		return (
		    ipc_violation(ch, "%s: without its descriptor", r->name));
	if (n < (uint64_t)p->count * r->min || n > (uint64_t)p->count * r->max)
		return (ipc_violation(
		    ch, "%s: %u records in %zu bytes", r->name, p->count, n));
	return (0);
}

static int
handle_record(struct ipc_channel *ch, struct packet *p, struct ipc_reader *all)
{
	const struct ipc_rule *r = p->rule;
	struct ipc_reader one = *all;

	if ((r->states & ch->state) == 0)
		return (ipc_violation(
		    ch, "%s: not in state %#x", r->name, ch->state));
	if (r->times != 0 && *p->seen >= r->times)
		return (ipc_violation(
		    ch, "%s: more than %u times", r->name, r->times));
	if (r->times != 0)
		++*p->seen;
	if ((size_t)(one.end - one.p) > r->max)
		one.end = one.p + r->max;
	if (r->handle(p->table->ctx, ch, &one) == -1 || ch->broken)
		return (ipc_violation(
		    ch, "%s: %s", r->name, one.bad ? "malformed" : "refused"));
	if (one.bad)
		return (ipc_violation(ch, "%s: malformed", r->name));
	if ((size_t)(one.p - all->p) < r->min)
		return (ipc_violation(ch, "%s: record too small", r->name));
	all->p = one.p;
	return (0);
}

/*
 * A handler may change the rules: the packet's own rule holds for all its
 * records, but its numbers are gone with the table, so it has to be the last.
 */
static int
handle_records(struct ipc_channel *ch, struct packet *p, struct ipc_reader *r)
{
	unsigned int phase = ch->phase;
	uint16_t i;

	for (i = 0; i < p->count; i++) {
		if (ch->phase != phase)
			return (ipc_violation(
			    ch, "%s: records behind the last", p->rule->name));
		if (handle_record(ch, p, r) == -1)
			return (-1);
		close_received(ch);
	}
	if (r->p != r->end)
		return (
		    ipc_violation(ch, "%s: %zu bytes behind the last record",
			p->rule->name, (size_t)(r->end - r->p)));
	return (0);
}

static int
handle_packet(struct ipc_channel *ch, size_t n)
{
	struct ipc_reader r = { .p = ch->buf, .end = ch->buf + n };
	struct packet p;
	bool secret = true;
	uint32_t len;
	int ret = -1;

	memset(&p, 0, sizeof(p));
	if (n < IPC_HEADER_LEN)
		(void)ipc_violation(ch, "a packet of %zu bytes", n);
	else {
		p.type = ipc_get_u16(&r);
		p.count = ipc_get_u16(&r);
		len = ipc_get_u32(&r);
		if (find_rule(ch, &p) == 0) {
			secret = p.rule->secret;
			if (check_packet(ch, &p, len, n - IPC_HEADER_LEN) == 0)
				ret = handle_records(ch, &p, &r);
		}
	}
	if (secret)
		explicit_bzero(ch->buf, n);
	return (ret);
}

static enum result
failed(struct ipc_channel *ch, const char *what)
{
	if (!ch->broken)
		(void)snprintf(
		    ch->why, sizeof(ch->why), "%s: %s", what, strerror(errno));
	ch->broken = true;
	return (ENDED);
}

/* ENDED with broken unset is end of file. */
static enum result
read_packet(struct ipc_channel *ch)
{
	ssize_t n;
	int bad = 0, flags = 0;

	if ((n = receive(ch, &bad, &flags)) == -1) {
		if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM)
			return (NOTHING);
		return (errno == ENOTCONN ? ENDED : failed(ch, "receive"));
	}
	if (bad == -1 || (flags & MSG_CTRUNC) != 0)
		(void)ipc_violation(ch, "more than one descriptor at once");
	else if ((flags & MSG_TRUNC) != 0)
		(void)ipc_violation(
		    ch, "a packet of more than %d bytes", IPC_PACKET_MAX);
	else if (n == 0 && (ch->received != -1 || !ipc_hung_up(ch->fd)))
		(void)ipc_violation(ch, "an empty packet");
	else if (n > 0)
		(void)handle_packet(ch, (size_t)n);
	close_received(ch);
	return (n == 0 || ch->broken ? ENDED : HANDLED);
}

static enum result
read_turn(struct ipc_channel *ch)
{
	enum result r = NOTHING;
	int i;

	if (ch->over)
		return (ENDED);
	ch->reading = true;
	for (i = 0; i < TURN_MAX && !ch->broken; i++)
		if ((r = read_packet(ch)) != HANDLED)
			break;
	if (i > 0 && !ch->broken && ch->turn != NULL)
		ch->turn(ch->table[0].ctx, ch);
	ch->reading = false;
	if (r == ENDED || ch->broken)
		return (end(ch, ch->broken));
	return (i > 0 ? HANDLED : NOTHING);
}

static void
on_readable(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)read_turn(arg);
}

static void
on_writable(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ipc_flush(arg);
}

int
ipc_start(struct ipc_channel *ch, struct event_base *base)
{
	ch->base = base;
	ch->readable =
	    event_new(base, ch->fd, EV_READ | EV_PERSIST, on_readable, ch);
	ch->writable = event_new(base, ch->fd, EV_WRITE, on_writable, ch);
	if (ch->readable == NULL || ch->writable == NULL ||
	    event_add(ch->readable, NULL) == -1) {
		free_events(ch);
		return (-1);
	}
	if (ch->broken)
		event_active(ch->readable, EV_READ, 0);
	ipc_flush(ch);
	return (0);
}

struct ipc_writer *
ipc_begin(struct ipc_channel *ch, uint16_t type, size_t max)
{
	return (queue_begin(&ch->queue, type, max));
}

int
ipc_end(struct ipc_channel *ch)
{
	return (queue_end(&ch->queue, -1));
}

int
ipc_end_fd(struct ipc_channel *ch, int fd)
{
	if (fd < 0) {
		errno = EBADF;
		return (-1);
	}
	return (queue_end(&ch->queue, fd));
}

size_t
ipc_queued(const struct ipc_channel *ch)
{
	return (ch->queue.bytes);
}

static bool
is_gone(int error)
{
	return (error == EPIPE || error == ECONNRESET ||
		error == ECONNREFUSED || error == ENOTCONN);
}

void
ipc_flush(struct ipc_channel *ch)
{
	queue_close(&ch->queue);
	if (ch->over || ch->unsendable) {
		queue_clear(&ch->queue);
		return;
	}
	if (queue_send(&ch->queue, ch->fd) == 0)
		return;
	if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM) {
		if (ch->writable != NULL)
			(void)event_add(ch->writable, NULL);
		return;
	}
	/* What a dead peer has sent is still read, to the end of file. */
	ch->unsendable = true;
	if (!is_gone(errno)) {
		(void)failed(ch, "send");
		set_broken(ch);
	}
	queue_clear(&ch->queue);
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* Waits for events until the deadline; returns revents, 0 at the deadline
 * or when waiting failed. */
static int
wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int n;

	for (;;) {
		left = deadline == -1 ? -1 : deadline - now_ms();
		if (deadline != -1 && left < 0)
			left = 0;
		if ((n = poll(&p, 1, (int)left)) == -1 && errno != EINTR)
			return (0);
		if (n > 0)
			return (p.revents);
		if (n == 0)
			return (0);
	}
}

int
ipc_drain(struct ipc_channel *ch, int ms)
{
	int64_t deadline = ms < 0 ? -1 : now_ms() + ms;

	for (;;) {
		ipc_flush(ch);
		if (ch->over || ch->unsendable) {
			errno = EPIPE;
			return (-1);
		}
		if (ipc_queued(ch) == 0)
			return (0);
		if (wait_for(ch->fd, POLLOUT, deadline) == 0) {
			errno = ETIMEDOUT;
			return (-1);
		}
	}
}

int
ipc_wait(struct ipc_channel *ch, int ms)
{
	int64_t deadline = ms < 0 ? -1 : now_ms() + ms;
	short events;

	for (;;) {
		ipc_flush(ch);
		switch (read_turn(ch)) {
		case HANDLED:
			return (1);
		case ENDED:
			return (-1);
		case NOTHING:
			break;
		}
		events = POLLIN;
		if (ipc_queued(ch) > 0)
			events |= POLLOUT;
		if (wait_for(ch->fd, events, deadline) == 0)
			return (0);
	}
}
