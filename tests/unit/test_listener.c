/*
 * The listener's loop on a loopback port, with an activator and clients that
 * the test plays, all in one event base and one thread.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/codes.h"
#include "listener/dispatch.h"
#include "listener/listener.h"

#define PORT_FIRST 22000
#define PORT_LAST 22999
#define PATIENCE 10 /* seconds to wait for anything */

/* What the played activator got. */
struct activator {
	struct ipc_channel *ch;
	uint32_t slot[LISTENER_CREDITS + 1];
	uint8_t challenge[LISTENER_CREDITS + 1][CHALLENGE_LEN];
	uint8_t source[SOURCE_LEN];
	size_t requests, turns;
	struct la_events events;
	size_t records;
};

struct world {
	struct event_base *base;
	struct listener l;
	struct activator a;
	uint16_t port;
	char why[200];
	bool ended, stopped;
};

static uint64_t fake_now;

static uint64_t
fake_clock(void)
{
	return (fake_now);
}

static int
request_comes(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct world *w = arg;
	struct la_request q;

	(void)ch;
	la_get_request(r, &q);
	if (w->a.requests > LISTENER_CREDITS)
		return (-1);
	w->a.slot[w->a.requests] = q.slot;
	memcpy(w->a.challenge[w->a.requests], q.challenge, CHALLENGE_LEN);
	memcpy(w->a.source, q.source, SOURCE_LEN);
	w->a.requests++;
	return (0);
}

static int
events_come(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct world *w = arg;

	(void)ch;
	la_get_events(r, &w->a.events);
	w->a.records++;
	return (0);
}

/* A turn may be several packets; in these tests one is sent at a time. */
static void
packet_ends(void *arg, struct ipc_channel *ch)
{
	struct world *w = arg;

	(void)ch;
	w->a.turns++;
}

static const struct ipc_rule activator_rules[] = {
	{ REC_REQUEST, "request", IPC_ANY_STATE, 1, LA_REQUEST_MAX, 1024, 0, 0,
	    false, request_comes },
	{ REC_LISTENER_EVENTS, "events", IPC_ANY_STATE, 1, LA_EVENTS_MAX, 1, 0,
	    0, false, events_come },
	{ 0, NULL, 0, 0, 0, 0, 0, 0, false, NULL },
};

static void
channel_ended(void *arg, struct ipc_channel *ch, const char *why)
{
	(void)arg;
	(void)ch;
	(void)why;
}

static void
own_end(void *arg, struct ipc_channel *ch, const char *why)
{
	char *l = arg;
	struct world *w = (void *)(l - offsetof(struct world, l));

	(void)ch;
	w->ended = true;
	(void)snprintf(w->why, sizeof(w->why), "%s", why == NULL ? "" : why);
}

static int
bind_port(uint16_t *port)
{
	struct sockaddr_in in;
	const int on = 1;
	int fd;

	memset(&in, 0, sizeof(in));
	in.sin_family = AF_INET;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (*port = PORT_FIRST; *port <= PORT_LAST; (*port)++) {
		if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
			return (-1);
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		in.sin_port = htons(*port);
		if (bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0 &&
		    listen(fd, 64) == 0)
			return (fd);
		(void)close(fd);
	}
	return (-1);
}

static void
pump(struct world *w)
{
	(void)event_base_loop(w->base, EVLOOP_NONBLOCK);
}

/* Whether something comes true before patience ends. */
#define EVENTUALLY(w, condition)                       \
	do {                                           \
		time_t end = time(NULL) + PATIENCE;    \
		while (!(condition)) {                 \
			pump(w);                       \
			assert_true(time(NULL) < end); \
		}                                      \
	} while (0)

static void
send_bool(struct world *w, uint16_t type, uint8_t value)
{
	struct ipc_writer *wr = ipc_begin(w->a.ch, type, 1);

	assert_non_null(wr);
	ipc_put_u8(wr, value);
	assert_int_equal(ipc_end(w->a.ch), 0);
}

static void
offer_product_n(struct world *w, uint8_t n, uint16_t cert)
{
	struct la_product p = { { 7 }, { n }, cert, 5, 6 };
	struct ipc_writer *wr;

	wr = ipc_begin(w->a.ch, REC_OFFER_PRODUCT, LA_PRODUCT_MAX);
	assert_non_null(wr);
	la_put_product(wr, &p);
	assert_int_equal(ipc_end(w->a.ch), 0);
}

/* Product 1 covered, 2 without a certificate. */
static void
send_offer(struct world *w, bool any)
{
	struct la_certificate c = { 0, "HOST", "SEAL", 4, 4 };
	struct la_document d = { { 7 }, { 1 }, FETCH_PRODUCT, "PRODUCT", 7 };
	struct ipc_writer *wr;

	send_bool(w, REC_OFFER_BEGIN, 0);
	if (any) {
		wr = ipc_begin(
		    w->a.ch, REC_OFFER_CERTIFICATE, LA_CERTIFICATE_MAX);
		assert_non_null(wr);
		la_put_certificate(wr, &c);
		assert_int_equal(ipc_end(w->a.ch), 0);
		offer_product_n(w, 1, 0);
		offer_product_n(w, 2, OFFER_NO_CERTIFICATE);
		wr = ipc_begin(w->a.ch, REC_OFFER_DOCUMENT, LA_DOCUMENT_MAX);
		assert_non_null(wr);
		la_put_document(wr, &d);
		assert_int_equal(ipc_end(w->a.ch), 0);
	}
	send_bool(w, REC_OFFER_END, any);
	ipc_flush(w->a.ch);
}

static const struct limits generous = { .connections = 1100,
	.per_source = 1100,
	.rate = 100000,
	.deadline_hello = 5,
	.deadline_request = 10,
	.deadline_idle = 60 };

static void
open_world(struct world *w, const struct limits *limits)
{
	int sv[2], fd;

	memset(w, 0, sizeof(*w));
	fake_now = 1000000;
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	w->base = event_base_new();
	assert_non_null(w->base);
	assert_int_equal(listener_init(&w->l, w->base, limits, 4096), 0);
	w->l.now = fake_clock;
	w->l.answers.events.sent = fake_now;
	w->l.activator = ipc_new(sv[0], "activator",
	    listener_dispatch_activator, LISTENER_QUEUE, &w->l, own_end);
	w->a.ch = ipc_new(
	    sv[1], "listener", activator_rules, 1 << 20, w, channel_ended);
	assert_non_null(w->l.activator);
	assert_non_null(w->a.ch);
	ipc_set_turn(w->a.ch, packet_ends);
	assert_int_equal(ipc_start(w->l.activator, w->base), 0);
	assert_int_equal(ipc_start(w->a.ch, w->base), 0);
	fd = bind_port(&w->port);
	assert_int_not_equal(fd, -1);
	assert_int_equal(listener_listen(&w->l, &fd, 1), 0);
}

static void
open_serving(struct world *w)
{
	open_world(w, &generous);
	send_offer(w, true);
	EVENTUALLY(w, w->l.accepting);
}

static void
close_world(struct world *w)
{
	ipc_free(w->l.activator);
	listener_free(&w->l);
	ipc_free(w->a.ch);
	event_base_free(w->base);
}

static int
client(struct world *w)
{
	struct sockaddr_in in;
	int fd;

	memset(&in, 0, sizeof(in));
	in.sin_family = AF_INET;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons(w->port);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(fd, -1);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return (fd);
}

static void
say(int fd, const void *p, size_t len)
{
	assert_int_equal(send(fd, p, len, MSG_NOSIGNAL), len);
}

/* Bytes of one frame, or 0 at the end of file or a reset. */
static size_t
hear(struct world *w, int fd, uint8_t buf[ANSWER_MAX])
{
	time_t end = time(NULL) + PATIENCE;
	size_t len = 0, want = 2;
	ssize_t n;

	while (len < want) {
		pump(w);
		assert_true(time(NULL) < end);
		n = recv(fd, buf + len, want - len, MSG_DONTWAIT);
		if (n == -1 && errno == EAGAIN)
			continue;
		if (n <= 0)
			return (0);
		len += (size_t)n;
		if (len == 2)
			want = 2 + (size_t)(buf[0] << 8 | buf[1]);
	}
	return (len);
}

static void
hear_end(struct world *w, int fd)
{
	uint8_t buf[ANSWER_MAX];

	assert_int_equal(hear(w, fd, buf), 0);
	(void)close(fd);
	EVENTUALLY(w, connections_open(w->l.connections) == 0);
}

static void
hear_error(struct world *w, int fd, uint32_t code)
{
	uint8_t buf[ANSWER_MAX];
	struct wire_error e;
	size_t len = hear(w, fd, buf);

	assert_true(len > 3);
	assert_int_equal(buf[2], WIRE_ERROR);
	assert_int_equal(wire_get_error(buf + 3, len - 3, &e), 0);
	assert_int_equal(e.code, code);
	if (code == CODE_BUSY)
		assert_int_not_equal(e.retry_after, 0);
}

static void
say_hello(int fd, uint8_t product)
{
	struct wire_hello h = { { 7 }, { product } };
	uint8_t buf[64];
	int n = wire_put_hello(&h, buf, sizeof(buf));

	assert_true(n > 0);
	say(fd, buf, (size_t)n);
}

static void
hear_challenge(struct world *w, int fd, uint8_t challenge[CHALLENGE_LEN])
{
	struct wire_hello_reply r;
	uint8_t buf[ANSWER_MAX];
	size_t len = hear(w, fd, buf);

	assert_true(len > 3);
	assert_int_equal(buf[2], WIRE_HELLO_REPLY);
	assert_int_equal(wire_get_hello_reply(buf + 3, len - 3, &r), 0);
	assert_int_equal(r.host_len, 4);
	assert_memory_equal(r.host, "HOST", 4);
	assert_memory_equal(r.seal, "SEAL", 4);
	assert_int_equal(r.product_revision, 5);
	assert_int_equal(r.revocation_revision, 6);
	memcpy(challenge, r.challenge, CHALLENGE_LEN);
}

static int
greeted(struct world *w, uint8_t challenge[CHALLENGE_LEN])
{
	int fd = client(w);

	say_hello(fd, 1);
	hear_challenge(w, fd, challenge);
	return (fd);
}

static size_t
make_sealed(uint8_t buf[FRAMES_BUFFER])
{
	static const uint8_t box[600];
	struct wire_sealed s = { { 1 }, { 2 }, { 3 }, box, sizeof(box) };
	int n = wire_put_sealed(&s, buf, FRAMES_BUFFER);

	assert_true(n > 0);
	return ((size_t)n);
}

static void
say_sealed(int fd)
{
	uint8_t buf[FRAMES_BUFFER];

	say(fd, buf, make_sealed(buf));
}

static void
reply(struct world *w, uint32_t slot)
{
	static const uint8_t box[900];
	struct la_reply r = { slot, { { 9 }, box, sizeof(box) } };
	struct ipc_writer *wr = ipc_begin(w->a.ch, REC_REPLY, LA_REPLY_MAX);

	assert_non_null(wr);
	la_put_reply(wr, &r);
	assert_int_equal(ipc_end(w->a.ch), 0);
	ipc_flush(w->a.ch);
}

static void
hear_reply(struct world *w, int fd)
{
	uint8_t buf[ANSWER_MAX];

	assert_int_equal(hear(w, fd, buf), 2 + 1 + 24 + 900);
	assert_int_equal(buf[2], WIRE_SEALED_REPLY);
}

static void
test_one_activation(void **state)
{
	static const uint8_t loopback[SOURCE_LEN] = { 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0xff, 0xff, 127, 0, 0, 1 };
	uint8_t first[CHALLENGE_LEN], second[CHALLENGE_LEN];
	struct world w;
	int fd;

	(void)state;
	open_serving(&w);
	fd = greeted(&w, first);
	say_hello(fd, 1);
	hear_challenge(&w, fd, second);
	assert_memory_not_equal(first, second, CHALLENGE_LEN);
	say_sealed(fd);
	EVENTUALLY(&w, w.a.requests == 1);
	assert_memory_equal(w.a.challenge[0], second, CHALLENGE_LEN);
	assert_memory_equal(w.a.source, loopback, SOURCE_LEN);
	reply(&w, w.a.slot[0]);
	hear_reply(&w, fd);
	say_sealed(fd);
	EVENTUALLY(&w, w.a.requests == 2);
	reply(&w, w.a.slot[1]);
	hear_reply(&w, fd);
	(void)close(fd);
	EVENTUALLY(&w, connections_open(w.l.connections) == 0);
	close_world(&w);
}

static void
test_nothing_before_the_offer(void **state)
{
	uint8_t challenge[CHALLENGE_LEN];
	struct world w;
	int fd, i;

	(void)state;
	open_world(&w, &generous);
	fd = client(&w);
	say_hello(fd, 1);
	for (i = 0; i < 100; i++)
		pump(&w);
	assert_int_equal(connections_open(w.l.connections), 0);
	send_offer(&w, true);
	hear_challenge(&w, fd, challenge);
	(void)close(fd);
	close_world(&w);
}

static void
test_hello_refused(void **state)
{
	struct world w;
	int fd;

	(void)state;
	open_serving(&w);
	fd = client(&w);
	say_hello(fd, 2);
	hear_error(&w, fd, CODE_HOST_NOT_ACTIVATED);
	say_hello(fd, 3);
	hear_error(&w, fd, CODE_PRODUCT_NOT_COVERED);
	send_offer(&w, false);
	EVENTUALLY(&w, !offer_any(w.l.answers.offers.current));
	say_hello(fd, 1);
	hear_error(&w, fd, CODE_HOST_NOT_ACTIVATED);
	/* A refused hello is none. */
	say_sealed(fd);
	hear_error(&w, fd, CODE_PROTOCOL);
	hear_end(&w, fd);
	assert_int_equal(w.l.answers.events.total[EVENT_NOT_ACTIVATED], 2);
	assert_int_equal(w.l.answers.events.total[EVENT_NOT_COVERED], 1);
	close_world(&w);
}

/* Neither is one behind which another was refused. */
static void
test_refused_hello_ends_the_one_before(void **state)
{
	uint8_t challenge[CHALLENGE_LEN];
	struct world w;
	int fd;

	(void)state;
	open_serving(&w);
	fd = greeted(&w, challenge);
	say_hello(fd, 3);
	hear_error(&w, fd, CODE_PRODUCT_NOT_COVERED);
	say_sealed(fd);
	hear_error(&w, fd, CODE_PROTOCOL);
	hear_end(&w, fd);
	close_world(&w);
}

/* What a client sends behind a bad frame does not cost it the answer. */
static void
test_goodbye_is_no_reset(void **state)
{
	static const uint8_t bytes[8000] = { 0, 2, 0x44 };
	struct world w;
	uint8_t byte;
	int fd;

	(void)state;
	open_serving(&w);
	fd = client(&w);
	say(fd, bytes, sizeof(bytes));
	hear_error(&w, fd, CODE_PROTOCOL);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	hear_end(&w, fd);
	close_world(&w);
}

static void
test_fetch(void **state)
{
	static const uint8_t fetch[] = { 0, 2, WIRE_FETCH, FETCH_PRODUCT };
	uint8_t challenge[CHALLENGE_LEN], buf[ANSWER_MAX];
	struct world w;
	int fd;

	(void)state;
	open_serving(&w);
	fd = greeted(&w, challenge);
	say(fd, fetch, sizeof(fetch));
	assert_int_equal(hear(&w, fd, buf), 3 + 7);
	assert_int_equal(buf[2], WIRE_FETCHED);
	assert_memory_equal(buf + 3, "PRODUCT", 7);
	say(fd, fetch, sizeof(fetch));
	hear_error(&w, fd, CODE_PROTOCOL);
	hear_end(&w, fd);
	fd = client(&w);
	say(fd, fetch, sizeof(fetch));
	hear_error(&w, fd, CODE_PROTOCOL);
	hear_end(&w, fd);
	close_world(&w);
}

/* Bad frames behind nothing, each answered with an error and the end. */
static void
test_malformed(void **state)
{
	static const uint8_t zero[] = { 0, 0 };
	static const uint8_t long_one[] = { 4, 0x4d, 1, 0, 0, 0, 0, 0, 0 };
	static const uint8_t unknown[] = { 0, 2, 0x44, 0 };
	static const uint8_t from_host[] = { 0, 2, WIRE_SEALED_REPLY, 0 };
	static const uint8_t short_hello[] = { 0, 3, WIRE_HELLO, 0, 0 };
	static const uint8_t sealed[] = { 0, 3, WIRE_SEALED, 0, 0 };
	static const struct {
		const uint8_t *p;
		size_t len;
	} bad[] = { { zero, sizeof(zero) }, { long_one, sizeof(long_one) },
		{ unknown, sizeof(unknown) }, { from_host, sizeof(from_host) },
		{ short_hello, sizeof(short_hello) },
		{ sealed, sizeof(sealed) } };
	struct world w;
	size_t i;
	int fd;

	(void)state;
	open_serving(&w);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fd = client(&w);
		say(fd, bad[i].p, bad[i].len);
		hear_error(&w, fd, CODE_PROTOCOL);
		hear_end(&w, fd);
		assert_int_equal(
		    w.l.answers.events.total[EVENT_MALFORMED], i + 1);
	}
	assert_int_equal(w.a.requests, 0);
	close_world(&w);
}

static void
test_other_protocols(void **state)
{
	static const uint8_t tls[] = { 0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3 };
	static const uint8_t rpc[] = { 5, 0, 0x0b, 3, 0x10, 0, 0, 0, 0x48, 0 };
	static const char http[] = "GET / HTTP/1.1\r\n\r\n";
	struct world w;
	int fd;

	(void)state;
	open_serving(&w);
	fd = client(&w);
	say(fd, tls, sizeof(tls));
	hear_end(&w, fd);
	fd = client(&w);
	say(fd, http, sizeof(http));
	hear_end(&w, fd);
	fd = client(&w);
	say(fd, rpc, sizeof(rpc));
	hear_end(&w, fd);
	assert_int_equal(w.l.answers.events.total[EVENT_OTHER_PROTOCOL], 3);
	/* The record goes once a minute. */
	listener_tick(&w.l);
	pump(&w);
	assert_int_equal(w.a.records, 0);
	fake_now += EVENTS_PERIOD;
	listener_tick(&w.l);
	EVENTUALLY(&w, w.a.records == 1);
	assert_int_equal(w.a.events.count[EVENT_OTHER_PROTOCOL], 3);
	close_world(&w);
}

static void
test_one_request_at_a_time(void **state)
{
	uint8_t challenge[CHALLENGE_LEN], buf[2 * FRAMES_BUFFER];
	struct world w;
	size_t n;
	int fd, i;

	(void)state;
	open_serving(&w);
	fd = greeted(&w, challenge);
	n = make_sealed(buf);
	n += make_sealed(buf + n);
	say(fd, buf, n);
	EVENTUALLY(&w, w.a.requests == 1);
	say_sealed(fd);
	for (i = 0; i < 100; i++)
		pump(&w);
	assert_int_equal(w.a.requests, 1);
	for (i = 0; i < 3; i++) {
		EVENTUALLY(&w, w.a.requests == (size_t)i + 1);
		reply(&w, w.a.slot[i]);
		hear_reply(&w, fd);
	}
	assert_int_equal(w.a.requests, 3);
	(void)close(fd);
	close_world(&w);
}

static void
test_requests_share_a_packet(void **state)
{
	uint8_t challenge[CHALLENGE_LEN];
	struct world w;
	int fd[8], i;

	(void)state;
	open_serving(&w);
	for (i = 0; i < 8; i++)
		fd[i] = greeted(&w, challenge);
	for (i = 0; i < 8; i++)
		say_sealed(fd[i]);
	w.a.turns = 0;
	EVENTUALLY(&w, w.a.requests == 8);
	assert_int_equal(w.a.turns, 1);
	for (i = 0; i < 8; i++)
		(void)close(fd[i]);
	close_world(&w);
}

static void
test_client_leaves(void **state)
{
	const struct linger now = { 1, 0 };
	uint8_t challenge[CHALLENGE_LEN];
	struct world w;
	uint32_t slot;
	int fd, i;

	(void)state;
	open_serving(&w);
	fd = greeted(&w, challenge);
	say_sealed(fd);
	EVENTUALLY(&w, w.a.requests == 1);
	slot = w.a.slot[0];
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	(void)close(fd);
	for (i = 0; i < 20; i++) {
		fd = greeted(&w, challenge);
		say_sealed(fd);
		EVENTUALLY(&w, w.a.requests == (size_t)i + 2);
		assert_int_not_equal(w.a.slot[i + 1], slot);
		reply(&w, w.a.slot[i + 1]);
		hear_reply(&w, fd);
		(void)close(fd);
	}
	EVENTUALLY(&w, connections_open(w.l.connections) == 1);
	/* Closed at the deadline, the slot still waits. */
	fake_now += 10000;
	listener_tick(&w.l);
	EVENTUALLY(&w, connections_open(w.l.connections) == 0);
	assert_int_equal(connections_under_way(w.l.connections), 1);
	fd = greeted(&w, challenge);
	say_sealed(fd);
	EVENTUALLY(&w, w.a.requests == 22);
	assert_int_not_equal(w.a.slot[21], slot);
	reply(&w, w.a.slot[21]);
	hear_reply(&w, fd);
	(void)close(fd);
	reply(&w, slot);
	EVENTUALLY(&w, connections_under_way(w.l.connections) == 0);
	close_world(&w);
}

static void
test_reply_without_request(void **state)
{
	static const uint32_t slots[] = { 0, 5000, UINT32_MAX };
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		open_serving(&w);
		reply(&w, slots[i]);
		EVENTUALLY(&w, w.ended);
		assert_string_equal(w.why, "a reply without a request");
		close_world(&w);
	}
}

static void
test_credits_out(void **state)
{
	static int fd[LISTENER_CREDITS + 1];
	uint8_t challenge[CHALLENGE_LEN];
	struct rlimit rl;
	struct world w;
	int i;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &rl), 0);
	rl.rlim_cur = rl.rlim_max < 4096 ? rl.rlim_max : 4096;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &rl), 0);
	open_serving(&w);
	for (i = 0; i <= LISTENER_CREDITS; i++)
		fd[i] = greeted(&w, challenge);
	for (i = 0; i < LISTENER_CREDITS; i++)
		say_sealed(fd[i]);
	EVENTUALLY(&w, w.a.requests == LISTENER_CREDITS);
	say_sealed(fd[LISTENER_CREDITS]);
	hear_error(&w, fd[LISTENER_CREDITS], CODE_BUSY);
	assert_int_equal(w.l.answers.events.total[EVENT_BUSY], 1);
	/* One answer gives one credit back. */
	reply(&w, w.a.slot[0]);
	EVENTUALLY(
	    &w, connections_under_way(w.l.connections) < LISTENER_CREDITS);
	say_sealed(fd[LISTENER_CREDITS]);
	EVENTUALLY(&w, w.a.requests == LISTENER_CREDITS + 1);
	for (i = 0; i <= LISTENER_CREDITS; i++)
		(void)close(fd[i]);
	close_world(&w);
}

static void
test_per_source(void **state)
{
	struct limits limits = generous;
	uint8_t challenge[CHALLENGE_LEN];
	struct world w;
	int fd[3];

	(void)state;
	limits.per_source = 2;
	open_world(&w, &limits);
	send_offer(&w, true);
	fd[0] = greeted(&w, challenge);
	fd[1] = greeted(&w, challenge);
	fd[2] = client(&w);
	hear_error(&w, fd[2], CODE_BUSY);
	assert_int_equal(w.l.answers.events.total[EVENT_PER_SOURCE], 1);
	(void)close(fd[0]);
	EVENTUALLY(&w, connections_open(w.l.connections) == 1);
	(void)close(fd[2]);
	fd[2] = greeted(&w, challenge);
	(void)close(fd[1]);
	(void)close(fd[2]);
	close_world(&w);
}

static void
test_rate(void **state)
{
	struct limits limits = generous;
	uint8_t challenge[CHALLENGE_LEN];
	struct world w;
	int fd, i;

	(void)state;
	limits.rate = 5;
	open_world(&w, &limits);
	send_offer(&w, true);
	fd = client(&w);
	for (i = 0; i < 5 * RATE_BURST; i++) {
		say_hello(fd, 1);
		hear_challenge(&w, fd, challenge);
	}
	say_hello(fd, 1);
	hear_error(&w, fd, CODE_BUSY);
	assert_int_equal(w.l.answers.events.total[EVENT_RATE], 1);
	fake_now += 1000;
	say_hello(fd, 1);
	hear_challenge(&w, fd, challenge);
	(void)close(fd);
	close_world(&w);
}

static void
test_deadlines(void **state)
{
	uint8_t challenge[CHALLENGE_LEN], buf[FRAMES_BUFFER];
	struct world w;
	int silent, slow, idle, i;

	(void)state;
	open_serving(&w);
	silent = client(&w);
	EVENTUALLY(&w, connections_open(w.l.connections) == 1);
	fake_now += 4999;
	listener_tick(&w.l);
	assert_int_equal(connections_open(w.l.connections), 1);
	fake_now++;
	listener_tick(&w.l);
	hear_end(&w, silent);
	/* Every byte in time, but the frame not. */
	slow = greeted(&w, challenge);
	(void)make_sealed(buf);
	for (i = 0; i < 10; i++) {
		uint64_t frames = w.l.counters.value[COUNTER_FRAMES];
		struct connection *c = NULL;
		uint32_t s;

		assert_int_equal(connections_open(w.l.connections), 1);
		for (s = 0; c == NULL; s++)
			c = connection_at(w.l.connections, s);
		say(slow, buf + i, 1);
		EVENTUALLY(&w, c->in.len == i + 1);
		assert_int_equal(w.l.counters.value[COUNTER_FRAMES], frames);
		fake_now += 1000;
		listener_tick(&w.l);
	}
	hear_end(&w, slow);
	assert_int_equal(w.l.answers.events.total[EVENT_DEADLINE], 2);
	idle = greeted(&w, challenge);
	fake_now += 59999;
	listener_tick(&w.l);
	assert_int_equal(connections_open(w.l.connections), 1);
	fake_now++;
	listener_tick(&w.l);
	hear_end(&w, idle);
	assert_int_equal(w.l.answers.events.total[EVENT_DEADLINE], 2);
	close_world(&w);
}

static void
test_no_descriptors(void **state)
{
	uint8_t challenge[CHALLENGE_LEN];
	struct rlimit old, none;
	struct world w;
	int fd;

	(void)state;
	open_serving(&w);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	fd = client(&w);
	none = old;
	none.rlim_cur = (rlim_t)fd + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	EVENTUALLY(&w, w.l.paused);
	assert_int_equal(w.l.counters.value[COUNTER_PAUSES], 1);
	assert_int_equal(connections_open(w.l.connections), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	say_hello(fd, 1);
	hear_challenge(&w, fd, challenge);
	assert_false(w.l.paused);
	(void)close(fd);
	close_world(&w);
}

/* At the limit of connections the next one waits in the backlog. */
static void
test_full(void **state)
{
	struct limits limits = generous;
	uint8_t challenge[CHALLENGE_LEN];
	struct world w;
	int fd[2];

	(void)state;
	limits.connections = 1;
	open_world(&w, &limits);
	send_offer(&w, true);
	fd[0] = greeted(&w, challenge);
	fd[1] = client(&w);
	say_hello(fd[1], 1);
	EVENTUALLY(&w, w.l.paused);
	(void)close(fd[0]);
	hear_challenge(&w, fd[1], challenge);
	(void)close(fd[1]);
	close_world(&w);
}

static void
stop_done(void *arg)
{
	struct world *w = arg;

	w->stopped = true;
}

static void
test_stop(void **state)
{
	uint8_t challenge[CHALLENGE_LEN];
	struct world w;
	int busy, idle;

	(void)state;
	open_serving(&w);
	busy = greeted(&w, challenge);
	idle = greeted(&w, challenge);
	say_sealed(busy);
	EVENTUALLY(&w, w.a.requests == 1);
	listener_stop(&w.l, stop_done, &w);
	assert_false(w.stopped);
	assert_int_equal(connections_open(w.l.connections), 1);
	reply(&w, w.a.slot[0]);
	hear_reply(&w, busy);
	EVENTUALLY(&w, w.stopped);
	(void)close(busy);
	(void)close(idle);
	close_world(&w);
}

static void
test_stop_resets(void **state)
{
	uint8_t challenge[CHALLENGE_LEN], byte;
	struct world w;
	int fd;

	(void)state;
	open_serving(&w);
	fd = greeted(&w, challenge);
	say_sealed(fd);
	EVENTUALLY(&w, w.a.requests == 1);
	listener_stop(&w.l, stop_done, &w);
	fake_now += LISTENER_DRAIN - 1;
	listener_tick(&w.l);
	assert_false(w.stopped);
	fake_now++;
	listener_tick(&w.l);
	assert_true(w.stopped);
	assert_int_equal(recv(fd, &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	(void)close(fd);
	close_world(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_activation),
		cmocka_unit_test(test_nothing_before_the_offer),
		cmocka_unit_test(test_hello_refused),
		cmocka_unit_test(test_refused_hello_ends_the_one_before),
		cmocka_unit_test(test_goodbye_is_no_reset),
		cmocka_unit_test(test_fetch),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_other_protocols),
		cmocka_unit_test(test_one_request_at_a_time),
		cmocka_unit_test(test_requests_share_a_packet),
		cmocka_unit_test(test_client_leaves),
		cmocka_unit_test(test_reply_without_request),
		cmocka_unit_test(test_credits_out),
		cmocka_unit_test(test_per_source),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_stop_resets),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
