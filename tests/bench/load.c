/* Connections over epoll that activate machines. */
#include "config.h"

#include <sys/epoll.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/codes.h"
#include "tests/bench/cpu.h"
#include "tests/bench/load.h"

#define EVENTS_MAX 256
#define ANSWER_DEADLINE_NS 20000000000u
#define RECONNECT_NS 100000000u

enum phase {
	PHASE_DOWN,
	PHASE_IDLE,
	PHASE_HELLO,
	PHASE_SEALED
};

struct connection {
	int fd;
	enum phase phase;
	uint8_t in[WIRE_HOST_MAX + 2], challenge[CHALLENGE_LEN];
	size_t len;
	bool greeted; /* the challenge may still be used */
	struct request request;
	uint64_t due; /* when the request should have begun */
	uint64_t retry_at; /* PHASE_DOWN: not before */
};

struct load {
	struct load_options options;
	struct machines *machines;
	struct offer offer;
	struct connection *connection;
	size_t up; /* connections with a request under way */
	int epoll;
	uint64_t next_due; /* open loop */
	uint64_t sampled;
	struct load_result *result;
	bool stopping;
};

static void
fail(struct load *l, struct connection *c, const char *why)
{
	if (l->options.survive)
		l->result->lost++;
	else {
		if (l->result->failures++ == 0)
			(void)strlcpy(l->result->failure, why,
			    sizeof(l->result->failure));
	}
	if (c->phase == PHASE_HELLO || c->phase == PHASE_SEALED)
		l->up--;
	if (c->fd != -1)
		(void)close(c->fd);
	c->fd = -1;
	c->phase = PHASE_DOWN;
	c->retry_at = cpu_wall_ns() + RECONNECT_NS;
}

static int
open_connection(struct load *l, struct connection *c)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
	const struct linger reset = { 1, 0 };
	int on = 1;

	c->fd =
	    socket(l->options.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd == -1)
		return (-1);
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	/* Visits would use up the ports if each waited in TIME_WAIT. */
	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (connect(c->fd, (struct sockaddr *)&l->options.address,
		l->options.address_len) == -1 ||
	    epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &ev) == -1) {
		(void)close(c->fd);
		c->fd = -1;
		return (-1);
	}
	c->len = 0;
	c->greeted = false;
	c->phase = PHASE_IDLE;
	return (0);
}

static int
write_frame(struct load *l, struct connection *c, const uint8_t *frame, int len)
{
	if (len == -1)
		return (-1);
	/* A frame is small against an empty socket buffer. */
	if (send(c->fd, frame, (size_t)len, MSG_NOSIGNAL) != len)
		return (-1);
	l->result->frame_in += (uint64_t)len;
	return (0);
}

static int
send_hello(struct load *l, struct connection *c)
{
	struct wire_hello hello;
	uint8_t frame[64];

	memcpy(hello.keynum, l->machines->publisher.keynum, KEYNUM_LEN);
	memcpy(hello.product, l->machines->product.product, UUID_LEN);
	if (write_frame(l, c, frame,
		wire_put_hello(&hello, frame, sizeof(frame))) == -1)
		return (-1);
	if (c->phase != PHASE_HELLO)
		l->up++;
	c->phase = PHASE_HELLO;
	return (0);
}

static int
send_request(struct load *l, struct connection *c, struct machine *m)
{
	uint8_t frame[WIRE_CLIENT_MAX + 2];

	if (write_frame(l, c, frame,
		request_make(l->machines, &l->offer, m, c->challenge,
		    ktime_now().sec, &c->request, frame, sizeof(frame))) == -1)
		return (-1);
	if (c->phase == PHASE_IDLE)
		l->up++;
	c->phase = PHASE_SEALED;
	return (0);
}

/*
 * True if another request is due now, and takes it off the schedule.
 */
static bool
is_due(struct load *l, struct connection *c)
{
	uint64_t now = cpu_wall_ns();

	c->due = now;
	if (l->options.rate == 0)
		return (true);
	if (l->next_due > now)
		return (false);
	c->due = l->next_due;
	l->next_due += (uint64_t)(1e9 / l->options.rate);
	return (true);
}

/* Begins the next request on an idle or closed connection. */
static void
begin(struct load *l, struct connection *c)
{
	struct machine *m;

	if (l->stopping || !is_due(l, c))
		return;
	if (c->phase == PHASE_DOWN && open_connection(l, c) == -1) {
		fail(l, c, "connect: the host is not there");
		return;
	}
	if (!c->greeted) {
		if (send_hello(l, c) == -1)
			fail(l, c, "the host closed the connection");
		return;
	}
	if ((m = machines_next(l->machines, ktime_now().sec)) == NULL) {
		l->result->starved++;
		return;
	}
	if (send_request(l, c, m) == -1)
		fail(l, c, "the host closed the connection");
}

static void
count_refusal(struct load_result *r, uint32_t code)
{
	size_t i;

	r->refusals++;
	for (i = 0; i < REFUSAL_CODES_MAX; i++) {
		if (r->refused[i].count != 0 && r->refused[i].code != code)
			continue;
		r->refused[i].code = code;
		r->refused[i].count++;
		return;
	}
}

static void
keep_grant(struct load *l, const struct grant *g)
{
	char text[BASE64_LEN(HASH_LEN) + 1];
	uint8_t hash[HASH_LEN];

	l->result->grants++;
	if (l->options.grants == NULL)
		return;
	(void)crypto_hash_sha256(hash, (const uint8_t *)g->entry, g->entry_len);
	(void)base64_encode(text, sizeof(text), hash, sizeof(hash));
	(void)fprintf(
	    l->options.grants, "%llu %s\n", (unsigned long long)g->index, text);
}

static void
finish_request(struct load *l, struct connection *c)
{
	histogram_add(&l->result->latency, cpu_wall_ns() - c->due);
	l->up--;
	c->phase = PHASE_IDLE;
	if (l->options.mode == LOAD_VISIT) {
		(void)close(c->fd);
		c->fd = -1;
		c->phase = PHASE_DOWN;
		c->greeted = false;
	}
	begin(l, c);
}

static void
take_reply(struct load *l, struct connection *c, const uint8_t *p, size_t len)
{
	static char text[WIRE_BOX_MAX];
	char error[MESSAGE_ERROR_MAX];
	struct wire_sealed_reply w;
	struct grant g;
	uint32_t code = 0;
	bool verify;
	int got;

	if (c->phase != PHASE_SEALED ||
	    wire_get_sealed_reply(p, len, &w) == -1) {
		fail(l, c, "an unexpected sealed-reply");
		return;
	}
	verify =
	    l->options.sample != 0 && l->sampled++ % l->options.sample == 0;
	got = reply_check(l->machines, &l->offer, &c->request, &w, verify, text,
	    sizeof(text), &g, &code, error);
	if (got == -1) {
		fail(l, c, error);
		return;
	}
	if (got == 1)
		keep_grant(l, &g);
	else
		count_refusal(l->result, code);
	if (got == 1 && verify)
		l->result->verified++;
	finish_request(l, c);
}

static void
take_hello(struct load *l, struct connection *c, const uint8_t *p, size_t len)
{
	char error[MESSAGE_ERROR_MAX];
	struct wire_hello_reply hello;
	struct machine *m;

	if (c->phase != PHASE_HELLO ||
	    wire_get_hello_reply(p, len, &hello) == -1) {
		fail(l, c, "an unexpected hello-reply");
		return;
	}
	if (offer_take(l->machines, &hello, &l->offer, error) == -1) {
		fail(l, c, error);
		return;
	}
	memcpy(c->challenge, hello.challenge, sizeof(c->challenge));
	c->greeted = true;
	if ((m = machines_next(l->machines, ktime_now().sec)) == NULL) {
		l->result->starved++;
		l->up--;
		c->phase = PHASE_IDLE;
	} else if (send_request(l, c, m) == -1)
		fail(l, c, "the host closed the connection");
}

static void
take_error(struct load *l, struct connection *c, const uint8_t *p, size_t len)
{
	char why[MESSAGE_ERROR_MAX];
	struct wire_error e;

	if (wire_get_error(p, len, &e) == -1) {
		fail(l, c, "a malformed error");
		return;
	}
	if (e.code == CODE_SEAL_UNKNOWN && c->phase == PHASE_SEALED) {
		if (send_hello(l, c) == -1)
			fail(l, c, "the host closed the connection");
		else
			l->up--;
		return;
	}
	if (e.code == CODE_BUSY && c->phase == PHASE_SEALED) {
		count_refusal(l->result, e.code);
		finish_request(l, c);
		return;
	}
	(void)snprintf(
	    why, sizeof(why), "error %s from the host", code_name(e.code));
	fail(l, c, why);
}

static void
take_frame(struct load *l, struct connection *c, size_t len)
{
	const uint8_t *payload = c->in + 3;
	size_t n = len - 3;
	uint8_t type = c->in[2];

	l->result->frame_out += len;
	if (type == WIRE_SEALED_REPLY)
		take_reply(l, c, payload, n);
	else if (type == WIRE_HELLO_REPLY)
		take_hello(l, c, payload, n);
	else if (type == WIRE_ERROR)
		take_error(l, c, payload, n);
	else
		fail(l, c, "a frame of an unknown type");
}

static void
readable(struct load *l, struct connection *c)
{
	ssize_t n;
	int frame;

	if (c->fd == -1)
		return;
	n = recv(c->fd, c->in + c->len, sizeof(c->in) - c->len, MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		fail(l, c, "the host closed the connection");
		return;
	}
	c->len += (size_t)n;
	if ((frame = wire_frame(c->in, c->len, WIRE_HOST_MAX)) == 0)
		return;
	if (frame == -1 || (size_t)frame != c->len) {
		fail(l, c, "a malformed frame");
		return;
	}
	c->len = 0;
	take_frame(l, c, (size_t)frame);
}

struct load *
load_new(const struct load_options *options, struct machines *machines)
{
	struct load *l;
	size_t i;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return (NULL);
	l->options = *options;
	l->machines = machines;
	l->connection = calloc(options->connections, sizeof(*l->connection));
	if (l->connection == NULL ||
	    (l->epoll = epoll_create1(EPOLL_CLOEXEC)) == -1) {
		free(l->connection);
		free(l);
		return (NULL);
	}
	for (i = 0; i < options->connections; i++) {
		l->connection[i].fd = -1;
		l->connection[i].phase = PHASE_DOWN;
	}
	return (l);
}

void
load_free(struct load *l)
{
	size_t i;

	for (i = 0; i < l->options.connections; i++)
		if (l->connection[i].fd != -1)
			(void)close(l->connection[i].fd);
	(void)close(l->epoll);
	free(l->connection);
	free(l);
}

/* Starts what is idle: at the beginning, by the schedule, after a pause. */
static void
begin_idle(struct load *l)
{
	struct connection *c;
	uint64_t now = cpu_wall_ns();
	size_t i;

	if (l->up == l->options.connections)
		return;
	for (i = 0; i < l->options.connections; i++) {
		c = &l->connection[i];
		if (c->phase == PHASE_IDLE ||
		    (c->phase == PHASE_DOWN && c->retry_at <= now))
			begin(l, c);
	}
}

/* Milliseconds until something must be begun. */
static int
pause_ms(const struct load *l, uint64_t end)
{
	uint64_t now = cpu_wall_ns(), until = end;

	if (l->options.rate != 0 && l->next_due < until)
		until = l->next_due;
	if (l->up == l->options.connections || until <= now)
		return (until <= now ? 0 : 50);
	return (until - now > 1000000 ? 1 : 0);
}

int
load_run(struct load *l, uint64_t duration, struct load_result *result)
{
	struct epoll_event events[EVENTS_MAX];
	uint64_t end = cpu_wall_ns() + duration;
	int i, n;

	l->result = result;
	l->stopping = false;
	l->next_due = cpu_wall_ns();
	for (;;) {
		l->stopping = cpu_wall_ns() >= end;
		if (l->stopping && l->up == 0)
			break;
		if (cpu_wall_ns() >= end + ANSWER_DEADLINE_NS) {
			result->failures++;
			(void)strlcpy(result->failure,
			    "no answer within 20 seconds",
			    sizeof(result->failure));
			return (-1);
		}
		if (!l->stopping)
			begin_idle(l);
		n = epoll_wait(l->epoll, events, EVENTS_MAX, pause_ms(l, end));
		for (i = 0; i < n; i++)
			readable(l, events[i].data.ptr);
		if (result->failures > 100)
			return (-1);
	}
	return (result->grants + result->refusals == 0 && !l->options.survive
		    ? -1
		    : 0);
}
