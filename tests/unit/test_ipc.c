/*
 * Packets between processes: what a channel takes, what it refuses and with
 * which words, and what waits in its queue.
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "common/ipc.h"

#define WAIT_MS 5000
#define QUEUE 65536

enum {
	NUMBER = 1,
	TEXT,
	PASS,
	ONCE,
	LATER,
	REFUSE,
	WEAK,
	EMPTY,
	SECRET
};

/* One end speaks through a channel or raw, the other is under test. */
struct ends {
	int raw;
	struct ipc_channel *ch;
	struct ipc_channel *peer;
	uint32_t numbers[4096];
	size_t nnumbers;
	const uint8_t *place; /* of the last number, in the packet */
	char text[64];
	int fd;
	int turns, ended;
	bool violated, free_at_end;
	char why[256];
};

static int
on_number(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct ends *e = ctx;

	(void)ch;
	e->place = r->p;
	e->numbers[e->nnumbers++] = ipc_get_u32(r);
	return (0);
}

static int
on_text(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct ends *e = ctx;

	(void)ch;
	ipc_get_string(r, e->text, sizeof(e->text));
	return (0);
}

static int
on_pass(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct ends *e = ctx;

	(void)ipc_get_u8(r);
	e->fd = ipc_take_fd(ch);
	return (0);
}

static int
on_refuse(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	(void)ctx;
	return (ipc_violation(ch, "number %u is mine", ipc_get_u32(r)));
}

/* Takes less than its rule says. */
static int
on_weak(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	(void)ctx;
	(void)ch;
	(void)ipc_get_u8(r);
	return (0);
}

/* The state changes within the packet. */
static int
on_later(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	ipc_set_state(ch, 1);
	return (on_number(ctx, ch, r));
}

static int
on_empty(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct ends *e = ctx;

	(void)ch;
	(void)r;
	e->nnumbers++;
	return (0);
}

static const struct ipc_rule rules[] = {
	{ NUMBER, "number", IPC_ANY_STATE, 4, 4, 1000, 0, 0, false, on_number },
	{ TEXT, "text", IPC_ANY_STATE, 3, 12, 2, 0, 0, false, on_text },
	{ PASS, "pass", IPC_ANY_STATE, 1, 1, 1, 1, 0, false, on_pass },
	{ ONCE, "once", IPC_ANY_STATE, 4, 4, 4, 0, 2, false, on_number },
	{ LATER, "later", 2, 4, 4, 2, 0, 0, false, on_later },
	{ REFUSE, "refuse", IPC_ANY_STATE, 4, 4, 1, 0, 0, false, on_refuse },
	{ WEAK, "weak", IPC_ANY_STATE, 4, 4, 1, 0, 0, false, on_weak },
	{ EMPTY, "empty", IPC_ANY_STATE, 0, 0, 1, 0, 0, false, on_empty },
	{ SECRET, "secret", IPC_ANY_STATE, 4, 4, 1, 0, 0, true, on_number },
	{ .type = 0 },
};

static void
on_ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	struct ends *e = ctx;

	e->ended++;
	e->violated = why != NULL;
	(void)snprintf(e->why, sizeof(e->why), "%s", why == NULL ? "" : why);
	if (e->free_at_end) {
		ipc_free(ch);
		e->ch = NULL;
	}
}

static void
on_turn(void *ctx, struct ipc_channel *ch)
{
	struct ends *e = ctx;

	(void)ch;
	e->turns++;
}

static int
setup(void **state)
{
	static struct ends e;
	int sv[2];

	memset(&e, 0, sizeof(e));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == -1)
		return (-1);
	e.raw = sv[1];
	e.fd = -1;
	e.ch = ipc_new(sv[0], "peer", rules, QUEUE, &e, on_ended);
	if (e.ch == NULL)
		return (-1);
	ipc_set_turn(e.ch, on_turn);
	*state = &e;
	return (0);
}

static int
teardown(void **state)
{
	struct ends *e = *state;

	ipc_free(e->ch);
	if (e->peer != NULL)
		ipc_free(e->peer);
	else if (e->raw != -1)
		(void)close(e->raw);
	if (e->fd != -1)
		(void)close(e->fd);
	return (0);
}

static struct ipc_channel *
speak(struct ends *e, size_t queue)
{
	e->peer = ipc_new(e->raw, "tested", rules, queue, e, on_ended);
	assert_non_null(e->peer);
	return (e->peer);
}

static void
put_number(struct ipc_channel *ch, uint16_t type, uint32_t v)
{
	struct ipc_writer *w;

	assert_non_null(w = ipc_begin(ch, type, 4));
	ipc_put_u32(w, v);
	assert_int_equal(ipc_end(ch), 0);
}

/* A packet as a hostile peer writes it. */
static void
send_raw(struct ends *e, unsigned type, unsigned count, uint32_t len,
    const void *body, size_t body_len)
{
	uint8_t p[IPC_PACKET_MAX + 64];
	struct ipc_writer w = { .p = p, .end = p + sizeof(p) };

	ipc_put_u16(&w, (uint16_t)type);
	ipc_put_u16(&w, (uint16_t)count);
	ipc_put_u32(&w, len);
	ipc_put_bytes(&w, body, body_len);
	assert_false(w.bad);
	assert_int_equal(
	    send(e->raw, p, (size_t)(w.p - p), 0), (ssize_t)(w.p - p));
}

static void
send_fds(struct ends *e, unsigned type, size_t body, size_t nfds)
{
	uint8_t p[IPC_HEADER_LEN + 16] = { 0 };
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(8 * sizeof(int))];
	} control;
	struct iovec iov = { p, body };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	int fds[8] = { 0 };

	p[1] = (uint8_t)type;
	p[3] = 1;
	p[7] = (uint8_t)(body - IPC_HEADER_LEN);
	memset(&control, 0, sizeof(control));
	m.msg_control = control.buf;
	m.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
	memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	assert_int_equal(sendmsg(e->raw, &m, 0), (ssize_t)body);
}

static int
open_fds(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			n++;
	return (n);
}

static void
expect_violation(struct ends *e, const char *why)
{
	assert_int_equal(ipc_wait(e->ch, WAIT_MS), -1);
	assert_int_equal(e->ended, 1);
	assert_true(e->violated);
	assert_string_equal(e->why, why);
	assert_int_equal(e->turns, 0);
	assert_int_equal(ipc_wait(e->ch, 0), -1);
	assert_int_equal(e->ended, 1);
}

static void
test_fields(void **state)
{
	uint8_t buf[64], bytes[3] = { 1, 2, 3 }, got[3];
	struct ipc_writer w = { .p = buf, .end = buf + sizeof(buf) };
	struct ipc_reader r;
	const uint8_t *blob;
	char text[6];
	size_t len;

	(void)state;
	ipc_put_u8(&w, 0xfe);
	ipc_put_u16(&w, 0xfedc);
	ipc_put_u32(&w, 0xfedcba98);
	ipc_put_u64(&w, 0xfedcba9876543210);
	ipc_put_i64(&w, -2);
	ipc_put_bool(&w, true);
	ipc_put_bytes(&w, bytes, 3);
	ipc_put_blob(&w, bytes, 3);
	ipc_put_string(&w, "hello");
	assert_false(w.bad);
	assert_int_equal(buf[1], 0xfe);
	assert_int_equal(buf[2], 0xdc);
	r = (struct ipc_reader){ .p = buf, .end = w.p };
	assert_int_equal(ipc_get_u8(&r), 0xfe);
	assert_int_equal(ipc_get_u16(&r), 0xfedc);
	assert_int_equal(ipc_get_u32(&r), 0xfedcba98);
	assert_true(ipc_get_u64(&r) == 0xfedcba9876543210);
	assert_true(ipc_get_i64(&r) == -2);
	assert_true(ipc_get_bool(&r));
	ipc_get_bytes(&r, got, 3);
	assert_memory_equal(got, bytes, 3);
	assert_non_null(blob = ipc_get_blob(&r, 3, &len));
	assert_int_equal(len, 3);
	assert_memory_equal(blob, bytes, 3);
	ipc_get_string(&r, text, sizeof(text));
	assert_string_equal(text, "hello");
	assert_false(r.bad);
	assert_ptr_equal(r.p, r.end);
	assert_int_equal(ipc_get_u8(&r), 0);
	assert_true(r.bad);
}

static void
refuse_string(const void *bytes, size_t n, size_t size)
{
	struct ipc_reader r = { .p = bytes, .end = (const uint8_t *)bytes + n };
	char text[16] = "unchanged";

	ipc_get_string(&r, text, size);
	assert_true(r.bad);
	assert_string_equal(text, "");
}

static void
test_fields_refused(void **state)
{
	struct ipc_reader r = { .p = (const uint8_t *)"\2",
		.end = (const uint8_t *)"" };
	struct ipc_writer w;
	uint8_t buf[4];

	(void)state;
	refuse_string("\0\5hello", 7, 5);
	refuse_string("\0\6hello", 7, 16);
	refuse_string("\0\5he\0lo", 7, 16);
	refuse_string("\0", 1, 16);
	r.end = r.p + 1;
	(void)ipc_get_bool(&r);
	assert_true(r.bad);
	w = (struct ipc_writer){ .p = buf, .end = buf + sizeof(buf) };
	ipc_put_string(&w, "abc");
	assert_true(w.bad);
	w = (struct ipc_writer){ .p = buf, .end = buf + sizeof(buf) };
	ipc_put_blob(&w, NULL, 65536);
	assert_true(w.bad);
	w.bad = false;
	w.p = w.end;
	ipc_put_u8(&w, 0);
	assert_true(w.bad);
}

static void
test_coalesced(void **state)
{
	struct ends *e = *state;
	struct ipc_channel *peer = speak(e, QUEUE);
	struct ipc_writer *w;
	uint32_t i;

	for (i = 0; i < 3; i++)
		put_number(peer, NUMBER, i);
	assert_int_equal(ipc_queued(peer), IPC_HEADER_LEN + 12);
	assert_non_null(w = ipc_begin(peer, TEXT, 12));
	ipc_put_string(w, "hello");
	assert_int_equal(ipc_end(peer), 0);
	assert_int_equal(ipc_queued(peer), 2 * IPC_HEADER_LEN + 12 + 7);
	ipc_flush(peer);
	assert_int_equal(ipc_queued(peer), 0);
	put_number(peer, NUMBER, 3);
	assert_int_equal(ipc_drain(peer, WAIT_MS), 0);
	assert_int_equal(ipc_wait(e->ch, WAIT_MS), 1);
	assert_int_equal(e->nnumbers, 4);
	for (i = 0; i < 4; i++)
		assert_int_equal(e->numbers[i], i);
	assert_string_equal(e->text, "hello");
	assert_int_equal(e->turns, 1);
	assert_int_equal(ipc_wait(e->ch, 0), 0);
}

static void
test_begin_given_up(void **state)
{
	struct ends *e = *state;
	struct ipc_channel *peer = speak(e, QUEUE);
	struct ipc_writer *w;

	put_number(peer, NUMBER, 7);
	assert_non_null(w = ipc_begin(peer, NUMBER, 4));
	ipc_put_u64(w, 1);
	assert_int_equal(ipc_end(peer), -1);
	assert_int_equal(ipc_end(peer), -1);
	assert_non_null(ipc_begin(peer, TEXT, 12));
	assert_null(ipc_begin(peer, TEXT, IPC_PACKET_MAX));
	put_number(peer, NUMBER, 8);
	ipc_flush(peer);
	assert_int_equal(ipc_end(peer), -1);
	assert_int_equal(ipc_wait(e->ch, WAIT_MS), 1);
	assert_int_equal(e->nnumbers, 2);
	assert_int_equal(e->numbers[1], 8);
}

static void
test_empty_record(void **state)
{
	struct ends *e = *state;
	struct ipc_channel *peer = speak(e, QUEUE);

	assert_non_null(ipc_begin(peer, EMPTY, 0));
	assert_int_equal(ipc_end(peer), 0);
	ipc_flush(peer);
	assert_int_equal(ipc_wait(e->ch, WAIT_MS), 1);
	assert_int_equal(e->nnumbers, 1);
}

static void
test_secret_wiped(void **state)
{
	struct ends *e = *state;
	static const uint8_t body[4] = { 0xde, 0xad, 0xbe, 0xef };

	send_raw(e, SECRET, 1, 4, body, 4);
	assert_int_equal(ipc_wait(e->ch, WAIT_MS), 1);
	assert_int_equal(e->numbers[0], 0xdeadbeef);
	assert_memory_equal(e->place, "\0\0\0\0", 4);
	send_raw(e, NUMBER, 1, 4, body, 4);
	assert_int_equal(ipc_wait(e->ch, WAIT_MS), 1);
	assert_memory_equal(e->place, body, 4);
}

static void
test_descriptor(void **state)
{
	struct ends *e = *state;
	struct ipc_channel *peer = speak(e, QUEUE);
	struct ipc_writer *w;
	int p[2], before;
	char c = 0;

	assert_int_equal(pipe(p), 0);
	before = open_fds();
	assert_non_null(w = ipc_begin(peer, PASS, 1));
	ipc_put_u8(w, 1);
	assert_int_equal(ipc_end_fd(peer, p[1]), 0);
	(void)close(p[1]);
	ipc_flush(peer);
	assert_int_equal(ipc_wait(e->ch, WAIT_MS), 1);
	assert_true(e->fd > 2);
	assert_true((fcntl(e->fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(open_fds(), before);
	assert_int_equal(write(e->fd, "x", 1), 1);
	assert_int_equal(read(p[0], &c, 1), 1);
	assert_int_equal(c, 'x');
	(void)close(p[0]);
}

static void
test_end_of_file(void **state)
{
	struct ends *e = *state;

	send_raw(e, NUMBER, 1, 4, "\0\0\0\1", 4);
	(void)close(e->raw);
	e->raw = -1;
	e->free_at_end = true;
	assert_int_equal(ipc_wait(e->ch, WAIT_MS), -1);
	assert_int_equal(e->nnumbers, 1);
	assert_int_equal(e->turns, 1);
	assert_int_equal(e->ended, 1);
	assert_false(e->violated);
}

/* What a peer sent before it died is read, though it left ours unread. */
static void
test_read_after_reset(void **state)
{
	struct ends *e = *state;
	uint32_t i;

	for (i = 0; i < 40; i++)
		send_raw(e, NUMBER, 1, 4, "\0\0\0\1", 4);
	put_number(e->ch, NUMBER, 1);
	ipc_flush(e->ch);
	(void)close(e->raw);
	e->raw = -1;
	put_number(e->ch, NUMBER, 2);
	ipc_flush(e->ch);
	assert_int_equal(ipc_queued(e->ch), 0);
	assert_int_equal(ipc_drain(e->ch, 0), -1);
	assert_int_equal(errno, EPIPE);
	while (ipc_wait(e->ch, WAIT_MS) == 1)
		;
	assert_int_equal(e->nnumbers, 40);
	assert_false(e->violated);
}

#define BODY "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5\0\0\0\6"

static const struct {
	unsigned type, count;
	uint32_t len;
	size_t body;
	const char *why;
} wrong[] = {
	{ 99, 1, 4, 4, "type 99 has no rule" },
	{ 0, 1, 4, 4, "type 0 has no rule" },
	{ NUMBER, 1, 5, 4, "number: length 5 in a packet of 4" },
	{ NUMBER, 1, 3, 4, "number: length 3 in a packet of 4" },
	{ NUMBER, 1, 0xffffffff, 4,
	    "number: length 4294967295 in a packet of 4" },
	{ NUMBER, 0, 4, 4, "number: 0 records, 1 to 1000 may come" },
	{ NUMBER, 0, 0, 0, "number: 0 records, 1 to 1000 may come" },
	{ NUMBER, 1001, 4, 4, "number: 1001 records, 1 to 1000 may come" },
	{ NUMBER, 2, 4, 4, "number: 2 records in 4 bytes" },
	{ NUMBER, 1, 8, 8, "number: 1 records in 8 bytes" },
	{ NUMBER, 1, 0, 0, "number: 1 records in 0 bytes" },
	{ EMPTY, 1, 1, 1, "empty: 1 records in 1 bytes" },
	{ TEXT, 1, 4, 4, "text: record too small" },
	{ LATER, 1, 4, 4, "later: not in state 0x1" },
	{ REFUSE, 1, 4, 4, "number 1 is mine" },
	{ WEAK, 1, 4, 4, "weak: record too small" },
	{ PASS, 1, 1, 1, "pass: without its descriptor" },
};

static void
test_wrong_packets(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(setup(state), 0);
		send_raw(*state, wrong[i].type, wrong[i].count, wrong[i].len,
		    BODY, wrong[i].body);
		expect_violation(*state, wrong[i].why);
		(void)teardown(state);
	}
}

static void
test_short_header(void **state)
{
	struct ends *e = *state;

	assert_int_equal(send(e->raw, "\0\1\0\1\0\0\0", 7, 0), 7);
	expect_violation(e, "a packet of 7 bytes");
}

static void
test_empty_packet(void **state)
{
	struct ends *e = *state;

	assert_int_equal(send(e->raw, "", 0, 0), 0);
	expect_violation(e, "an empty packet");
}

static void
test_long_packet(void **state)
{
	static const uint8_t body[IPC_PACKET_MAX];
	struct ends *e = *state;

	send_raw(e, NUMBER, 1, IPC_PACKET_MAX - IPC_HEADER_LEN + 1, body,
	    IPC_PACKET_MAX - IPC_HEADER_LEN + 1);
	expect_violation(e, "a packet of more than 32768 bytes");
}

static void
test_trailing_bytes(void **state)
{
	struct ends *e = *state;

	send_raw(e, TEXT, 1, 6, "\0\1x\0\0\0", 6);
	expect_violation(e, "text: 3 bytes behind the last record");
}

/* The second record begins where the first ends, within its own largest. */
static void
test_record_too_large(void **state)
{
	struct ends *e = *state;

	send_raw(e, TEXT, 2, 18, "\0\15abcdefghijklm\0\1x", 18);
	expect_violation(e, "text: malformed");
}

static void
test_record_too_small(void **state)
{
	struct ends *e = *state;

	send_raw(e, TEXT, 2, 6, "\0\2xx\0\0", 6);
	expect_violation(e, "text: record too small");
	assert_string_equal(e->text, "");
}

static void
test_state_within_packet(void **state)
{
	struct ends *e = *state;

	ipc_set_state(e->ch, 2);
	send_raw(e, LATER, 2, 8, BODY, 8);
	expect_violation(e, "later: not in state 0x1");
	assert_int_equal(e->nnumbers, 1);
}

static void
test_times(void **state)
{
	struct ends *e = *state;

	send_raw(e, ONCE, 2, 8, BODY, 8);
	assert_int_equal(ipc_wait(e->ch, WAIT_MS), 1);
	e->turns = 0;
	send_raw(e, ONCE, 1, 4, BODY, 4);
	expect_violation(e, "once: more than 2 times");
	assert_int_equal(e->nnumbers, 2);
}

static const struct {
	unsigned type;
	size_t body, nfds;
	const char *why;
} wrong_fds[] = {
	{ NUMBER, 12, 1, "number: a descriptor where none may come" },
	{ PASS, 9, 2, "more than one descriptor at once" },
	{ PASS, 9, 4, "more than one descriptor at once" },
	{ PASS, 9, 8, "more than one descriptor at once" },
	{ 99, 9, 1, "type 99 has no rule" },
	{ NUMBER, 0, 1, "an empty packet" },
	{ NUMBER, 4, 1, "a packet of 4 bytes" },
};

static void
test_wrong_descriptors(void **state)
{
	struct ends *e;
	size_t i;
	int before;

	for (i = 0; i < sizeof(wrong_fds) / sizeof(wrong_fds[0]); i++) {
		assert_int_equal(setup(state), 0);
		e = *state;
		before = open_fds();
		send_fds(
		    e, wrong_fds[i].type, wrong_fds[i].body, wrong_fds[i].nfds);
		expect_violation(e, wrong_fds[i].why);
		assert_int_equal(open_fds(), before);
		assert_int_equal(e->fd, -1);
		(void)teardown(state);
	}
}

static void
test_violation_outside_a_turn(void **state)
{
	struct ends *e = *state;
	struct event_base *base;

	assert_non_null(base = event_base_new());
	assert_int_equal(ipc_start(e->ch, base), 0);
	assert_int_equal(ipc_violation(e->ch, "%s", "first"), -1);
	assert_int_equal(ipc_violation(e->ch, "%s", "second"), -1);
	assert_int_equal(e->ended, 0);
	assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
	assert_int_equal(e->ended, 1);
	assert_string_equal(e->why, "first");
	ipc_free(e->ch);
	e->ch = NULL;
	event_base_free(base);
}

static void
test_rules_replaced(void **state)
{
	static const struct ipc_rule other[] = {
		{ REFUSE, "refuse", IPC_ANY_STATE, 4, 4, 1, 0, 0, false,
		    on_number },
		{ .type = 0 },
	};
	struct ends *e = *state, more;

	memset(&more, 0, sizeof(more));
	assert_int_equal(ipc_replace_rules(e->ch, other, e), 0);
	assert_int_equal(ipc_add_rules(e->ch, rules, &more), 0);
	assert_int_equal(ipc_add_rules(e->ch, rules, &more), -1);
	send_raw(e, REFUSE, 1, 4, BODY, 4);
	send_raw(e, NUMBER, 2, 8, BODY, 8);
	assert_int_equal(ipc_wait(e->ch, WAIT_MS), 1);
	assert_int_equal(e->nnumbers, 1);
	assert_int_equal(more.nnumbers, 2);
	assert_int_equal(ipc_replace_rules(e->ch, other, e), 0);
	e->turns = 0;
	send_raw(e, NUMBER, 1, 4, BODY, 4);
	expect_violation(e, "type 1 has no rule");
}

/* Nothing is lost, doubled or reordered when socket and queue are full. */
static void
test_queue_full(void **state)
{
	struct ends *e = *state;
	struct ipc_channel *peer = speak(e, 2048);
	struct ipc_writer *w;
	uint32_t sent = 0, full = 0;
	size_t i;

	while (full < 5) {
		if ((w = ipc_begin(peer, NUMBER, 4)) == NULL) {
			full++;
			assert_true(ipc_queued(peer) >= 2048);
			assert_int_equal(ipc_drain(peer, 0), -1);
			assert_int_equal(errno, ETIMEDOUT);
			assert_int_equal(ipc_wait(e->ch, WAIT_MS), 1);
			ipc_flush(peer);
			continue;
		}
		ipc_put_u32(w, sent++);
		assert_int_equal(ipc_end(peer), 0);
		assert_true(sent < 4096);
		ipc_flush(peer);
	}
	while (ipc_queued(peer) > 0) {
		assert_int_equal(ipc_wait(e->ch, WAIT_MS), 1);
		ipc_flush(peer);
	}
	while (e->nnumbers < sent)
		assert_int_equal(ipc_wait(e->ch, WAIT_MS), 1);
	assert_int_equal(e->nnumbers, sent);
	for (i = 0; i < e->nnumbers; i++)
		assert_int_equal(e->numbers[i], i);
}

static size_t
random_batch(struct ipc_channel *peer, uint32_t *sent)
{
	struct ipc_writer *w;
	size_t n = 0, want = (size_t)rand() % 400;

	for (; n < want && *sent < 4096; n++) {
		if ((w = ipc_begin(peer, NUMBER, 4)) == NULL)
			break;
		ipc_put_u32(w, (*sent)++);
		assert_int_equal(ipc_end(peer), 0);
		if (rand() % 4 == 0)
			ipc_flush(peer);
	}
	return (n);
}

/* The ring begins anew in many places. */
static void
test_queue_wraps(void **state)
{
	const char *given = getenv("SEED");
	unsigned seed = given == NULL ? (unsigned)getpid()
				      : (unsigned)strtoul(given, NULL, 10);
	struct ends *e;
	struct ipc_channel *peer;
	uint32_t sent;
	size_t i, round;

	print_message("# SEED=%u\n", seed);
	srand(seed);
	for (round = 0; round < 30; round++) {
		assert_int_equal(setup(state), 0);
		e = *state;
		peer = speak(e, 1 + (size_t)rand() % 4000);
		for (sent = 0; sent < 4096;) {
			(void)random_batch(peer, &sent);
			if (rand() % 8 == 0)
				(void)ipc_wait(e->ch, 0);
			if (rand() % 3 == 0)
				ipc_flush(peer);
			if (ipc_begin(peer, NUMBER, 4) == NULL) {
				(void)ipc_wait(e->ch, 0);
				ipc_flush(peer);
			}
		}
		while (e->nnumbers < sent) {
			ipc_flush(peer);
			assert_int_equal(ipc_wait(e->ch, WAIT_MS), 1);
		}
		for (i = 0; i < e->nnumbers; i++)
			assert_int_equal(e->numbers[i], i);
		(void)teardown(state);
	}
}

/* A peer that never pauses gets a bounded part of each turn. */
static void
test_fairness(void **state)
{
	struct ends *e = *state;
	int i;

	for (i = 0; i < 100; i++)
		send_raw(e, NUMBER, 1, 4, "\0\0\0\1", 4);
	assert_int_equal(ipc_wait(e->ch, WAIT_MS), 1);
	assert_true(e->nnumbers > 0 && e->nnumbers <= 32);
	assert_int_equal(e->turns, 1);
}

/* In an event base, both ways, with more than the socket takes at once. */
static void
test_event_loop(void **state)
{
	struct ends *e = *state;
	struct ipc_channel *peer = speak(e, 1 << 20);
	struct event_base *base;
	struct ipc_writer *w;
	uint32_t i;

	assert_non_null(base = event_base_new());
	assert_int_equal(ipc_start(e->ch, base), 0);
	assert_int_equal(ipc_start(peer, base), 0);
	for (i = 0; i < 2000; i++) {
		assert_non_null(w = ipc_begin(peer, NUMBER, 4));
		ipc_put_u32(w, i);
		assert_int_equal(ipc_end(peer), 0);
		ipc_flush(peer);
	}
	assert_true(ipc_queued(peer) > 0);
	while (e->nnumbers < 2000)
		assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
	assert_int_equal(ipc_queued(peer), 0);
	ipc_free(peer);
	e->peer = NULL;
	e->raw = -1;
	while (e->ended == 0)
		assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
	assert_false(e->violated);
	ipc_free(e->ch);
	e->ch = NULL;
	event_base_free(base);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_fields_refused),
		T(test_coalesced),
		T(test_begin_given_up),
		T(test_empty_record),
		T(test_secret_wiped),
		T(test_descriptor),
		T(test_end_of_file),
		T(test_read_after_reset),
		cmocka_unit_test(test_wrong_packets),
		T(test_short_header),
		T(test_empty_packet),
		T(test_long_packet),
		T(test_trailing_bytes),
		T(test_record_too_large),
		T(test_record_too_small),
		T(test_state_within_packet),
		T(test_times),
		cmocka_unit_test(test_wrong_descriptors),
		T(test_violation_outside_a_turn),
		T(test_rules_replaced),
		T(test_queue_full),
		cmocka_unit_test(test_queue_wraps),
		T(test_fairness),
		T(test_event_loop),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
