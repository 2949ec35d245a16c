/*
 * What a process that was taken over may send, to every receiving end of
 * every channel.  The expectation is written down in rules.tsv, apart from the
 * product: its tables are compared with it cell by cell, and then every type
 * is tried in each state, of each class of size, with and without descriptors,
 * once and too often, against the code that receives.  The handlers are
 * replaced; what no rule allows never reaches one.
 */
#include "config.h"

#include <sys/socket.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "activator/dispatch.h"
#include "common/start_setup.h"
#include "control/dispatch.h"
#include "kmsctl/ask.h"
#include "kmsd/dispatch.h"
#include "listener/dispatch.h"
#include "store/dispatch.h"
#include "tests/hostile/rules_table.h"

#define TYPES_TRIED 48 /* 0 and up, and the last of all */
#define MANY 300 /* packets: more often than any rule says */
#define QUEUE_BYTES 4096
#define CONTENT_MAX (IPC_PACKET_MAX - IPC_HEADER_LEN)

/* A receiving end: its table, or the role of whom the parent hears. */
struct end {
	const char *name;
	const struct ipc_rule *rules, *more;
	enum role from;
};

static const struct end ends[] = {
	{ .name = "listener from activator",
	    .rules = listener_dispatch_activator },
	{ .name = "activator from listener",
	    .rules = activator_dispatch_listener },
	{ .name = "activator from store", .rules = activator_dispatch_store },
	{ .name = "activator from control",
	    .rules = activator_dispatch_control },
	{ .name = "store from activator", .rules = store_dispatch_activator },
	{ .name = "store from control", .rules = store_dispatch_control },
	{ .name = "control from store", .rules = control_dispatch_store },
	{ .name = "control from activator",
	    .rules = control_dispatch_activator },
	{ .name = "control from kmsctl", .rules = control_dispatch_client },
	{ .name = "control from status.sock",
	    .rules = control_dispatch_status },
	{ .name = "kmsctl from control", .rules = ask_rules },
	{ .name = "child from parent, setting up", .rules = start_setup_rules },
	{ .name = "listener from parent", .rules = start_running_rules },
	{ .name = "activator from parent",
	    .rules = activator_dispatch_parent,
	    .more = start_running_rules },
	{ .name = "store from parent", .rules = start_running_rules },
	{ .name = "control from parent",
	    .rules = control_dispatch_parent,
	    .more = start_running_rules },
	{ .name = "parent from listener", .from = ROLE_LISTENER },
	{ .name = "parent from activator", .from = ROLE_ACTIVATOR },
	{ .name = "parent from store", .from = ROLE_STORE },
	{ .name = "parent from control", .from = ROLE_CONTROL },
};
#define ENDS (sizeof(ends) / sizeof(ends[0]))

/* An end's tables without what they would do. */
struct disarmed {
	struct ipc_rule rules[RULES_TYPES_MAX], more[RULES_TYPES_MAX];
};

/* Packets, and what came of them. */
struct attempt {
	uint16_t type, records;
	uint32_t state;
	size_t size; /* of a record */
	uint8_t fds;
	uint32_t packets;
	uint32_t handled;
	bool ended;
	char why[256];
};

static struct expected_rules expected;
static uint8_t packet[IPC_PACKET_MAX + 1];
static struct event_base *base;
static int spare;
static unsigned long tried, types;

static int
take(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct attempt *a = ctx;

	a->handled++;
	if (a->fds > 0)
		(void)close(ipc_take_fd(ch));
	r->p += a->size;
	return (0);
}

static void
ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	struct attempt *a = ctx;

	(void)ch;
	a->ended = true;
	(void)strlcpy(a->why, why == NULL ? "" : why, sizeof(a->why));
}

static const struct ipc_rule *
table_of(const struct end *e)
{
	return (e->rules != NULL ? e->rules : dispatch_rules(e->from));
}

static void
disarm_table(const struct ipc_rule *rules, struct ipc_rule *copy)
{
	size_t n;

	for (n = 0; rules != NULL && rules[n].type != 0; n++) {
		assert_true(n < RULES_TYPES_MAX - 1);
		copy[n] = rules[n];
		copy[n].handle = take;
	}
	memset(&copy[n], 0, sizeof(copy[n]));
}

static void
disarm(const struct end *e, struct disarmed *d)
{
	disarm_table(table_of(e), d->rules);
	disarm_table(e->more, d->more);
}

/* --- Cells */

static void
compare(const char *channel, const struct expected_rule *x, const char *cell,
    uint32_t has, uint32_t wanted)
{
	if (has != wanted)
		fail_msg("%s: %s: %s is %#x, the expectation says %#x", channel,
		    x->name, cell, has, wanted);
}

static void
compare_rule(const struct expected_channel *c, const struct ipc_rule *r)
{
	const struct expected_rule *x = rules_table_type(c, r->type);

	if (x == NULL)
		fail_msg("%s: type %u (%s) has a rule that is not expected",
		    c->name, r->type, r->name);
	if (strcmp(x->name, r->name) != 0)
		fail_msg("%s: type %u is \"%s\", the expectation says \"%s\"",
		    c->name, r->type, r->name, x->name);
	compare(c->name, x, "states", r->states, x->states);
	compare(c->name, x, "min", r->min, x->min);
	compare(c->name, x, "max", r->max, x->max);
	compare(c->name, x, "records", r->records, x->records);
	compare(c->name, x, "fds", r->fds, x->fds);
	compare(c->name, x, "times", r->times, x->times);
	compare(c->name, x, "secret", r->secret, x->secret);
}

static void
test_cells(void **state)
{
	const struct end *e = *state;
	const struct expected_channel *c = rules_table_find(&expected, e->name);
	const struct ipc_rule *table[] = { table_of(e), e->more };
	bool found[RULES_TYPES_MAX] = { false };
	const struct expected_rule *x;
	size_t i;

	if (c == NULL)
		fail_msg("%s: not in the expectation", e->name);
	for (i = 0; i < 2; i++) {
		const struct ipc_rule *r = table[i];

		for (; r != NULL && r->type != 0; r++) {
			compare_rule(c, r);
			x = rules_table_type(c, r->type);
			if (found[x - c->rule])
				fail_msg(
				    "%s: %s has two rules", c->name, x->name);
			found[x - c->rule] = true;
		}
	}
	for (i = 0; i < c->nrules; i++)
		if (!found[i])
			fail_msg(
			    "%s: %s has no rule", c->name, c->rule[i].name);
}

/* Nobody is expected to speak whom the product does not know. */
static void
test_channels(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < expected.nchannels; i++) {
		for (k = 0; k < ENDS; k++)
			if (strcmp(ends[k].name, expected.channel[i].name) == 0)
				break;
		if (k == ENDS)
			fail_msg("%s: expected, and not tried",
			    expected.channel[i].name);
	}
	assert_int_equal(expected.nchannels, ENDS);
}

/* --- Packets */

static void
send_packet(int fd, const struct attempt *a)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct ipc_writer w = { packet, packet + sizeof(packet), false };
	struct iovec iov = { packet, IPC_HEADER_LEN + a->records * a->size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	int fds[2] = { spare, spare };

	ipc_put_u16(&w, a->type);
	ipc_put_u16(&w, a->records);
	ipc_put_u32(&w, (uint32_t)(a->records * a->size));
	if (a->fds > 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(a->fds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(a->fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, a->fds * sizeof(int));
	}
	assert_int_equal(sendmsg(fd, &msg, 0), (ssize_t)iov.iov_len);
}

/* Each packet is read before the next, up to the end of the channel. */
static void
run(const struct disarmed *d, struct attempt *a)
{
	struct ipc_channel *ch;
	uint32_t i;
	int pair[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		0, pair),
	    0);
	ch = ipc_new(pair[0], "sibling", d->rules, QUEUE_BYTES, a, ended);
	assert_non_null(ch);
	if (d->more[0].type != 0)
		assert_int_equal(ipc_add_rules(ch, d->more, a), 0);
	ipc_set_state(ch, a->state);
	assert_int_equal(ipc_start(ch, base), 0);
	for (i = 0; i < a->packets && !a->ended; i++) {
		send_packet(pair[1], a);
		(void)event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		tried++;
	}
	ipc_free(ch);
	(void)close(pair[1]);
}

/* How many records may reach a handler. */
static uint32_t
allowed(const struct expected_rule *x, const struct attempt *a)
{
	uint32_t all = a->packets * a->records;

	if (x == NULL || (x->states & a->state) == 0 || a->size < x->min ||
	    a->size > x->max || a->records == 0 || a->records > x->records ||
	    a->fds != x->fds ||
	    a->records * a->size > IPC_PACKET_MAX - IPC_HEADER_LEN)
		return (0);
	return (x->times == 0 || all <= x->times ? all : x->times);
}

static void
try(const struct expected_channel *c, const struct disarmed *d,
    struct attempt a)
{
	const uint32_t want = allowed(rules_table_type(c, a.type), &a);
	const bool ends_it = want == 0 || want < a.packets * a.records;

	if (IPC_HEADER_LEN + a.records * a.size > sizeof(packet))
		return; /* cannot be sent */
	run(d, &a);
	if (a.ended != ends_it || a.handled != want ||
	    (a.ended && a.why[0] == '\0'))
		fail_msg("%s: type %u, state %#x, %u packets of %u records of "
			 "%zu bytes, %u descriptors: handled %u of %u, %s",
		    c->name, a.type, a.state, a.packets, a.records, a.size,
		    a.fds, a.handled, want, a.ended ? a.why : "not ended");
}

/* With no descriptor, one, and more than any rule allows. */
static void
try_records(const struct expected_channel *c, const struct disarmed *d,
    struct attempt a, uint32_t records)
{
	if (records > UINT16_MAX)
		return; /* cannot be said */
	a.records = (uint16_t)records;
	for (a.fds = 0; a.fds <= 2; a.fds++)
		try(c, d, a);
}

static void
try_sizes(const struct expected_channel *c, const struct disarmed *d,
    struct attempt a, const struct expected_rule *x)
{
	const size_t sizes[] = { 0, x->min - (x->min > 0), x->min, x->max,
		x->max + 1, CONTENT_MAX, CONTENT_MAX + 1 };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		a.size = sizes[i];
		try_records(c, d, a, 0);
		try_records(c, d, a, 1);
		if (x->records > 1)
			try_records(c, d, a, x->records);
		try_records(c, d, a, x->records + 1);
	}
}

static void
try_unknown(const struct expected_channel *c, const struct disarmed *d,
    struct attempt a)
{
	static const size_t sizes[] = { 0, 4, CONTENT_MAX };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		a.size = sizes[i];
		try_records(c, d, a, 1);
		try_records(c, d, a, 2);
	}
}

/* As often as it may come, and once more; many times if there is no limit. */
static void
try_often(const struct expected_channel *c, const struct disarmed *d,
    struct attempt a, const struct expected_rule *x)
{
	a.size = x->min;
	a.fds = (uint8_t)x->fds;
	a.records = 1;
	a.packets = x->times == 0 ? MANY : x->times;
	try(c, d, a);
	a.packets++;
	try(c, d, a);
}

/* Every state that has a name, one that has none, and no state at all. */
static void
try_type(
    const struct expected_channel *c, const struct disarmed *d, uint16_t type)
{
	const struct expected_rule *x = rules_table_type(c, type);
	struct attempt a;
	int bit;

	types++;
	for (bit = 0; bit <= RULES_STATES_MAX; bit++) {
		if (bit > 0 && bit < RULES_STATES_MAX - 1 &&
		    c->state[bit][0] == '\0')
			continue;
		memset(&a, 0, sizeof(a));
		a.type = type;
		a.state = bit == RULES_STATES_MAX ? 0 : 1U << bit;
		a.packets = 1;
		if (x == NULL) {
			try_unknown(c, d, a);
			continue;
		}
		try_sizes(c, d, a, x);
		if ((x->states & a.state) != 0)
			try_often(c, d, a, x);
	}
}

static void
test_packets(void **state)
{
	const struct end *e = *state;
	const struct expected_channel *c = rules_table_find(&expected, e->name);
	struct disarmed d;
	uint16_t type;

	if (c == NULL)
		fail_msg("%s: not in the expectation", e->name);
	disarm(e, &d);
	for (type = 0; type < TYPES_TRIED; type++)
		try_type(c, &d, type);
	try_type(c, &d, UINT16_MAX);
}

/* The control: a rule that allows a byte more lets a packet through. */
static void
test_control(void **state)
{
	const struct end end = { .name = "store from activator",
		.rules = store_dispatch_activator };
	struct disarmed d;
	struct attempt a;

	(void)state;
	disarm(&end, &d);
	memset(&a, 0, sizeof(a));
	a.type = d.rules[0].type;
	a.records = 1;
	a.packets = 1;
	a.size = d.rules[0].max + 1;
	a.fds = d.rules[0].fds;
	a.state = d.rules[0].states & -d.rules[0].states;
	run(&d, &a);
	assert_true(a.ended && a.handled == 0);
	d.rules[0].max++;
	memset(a.why, 0, sizeof(a.why));
	a.ended = false;
	run(&d, &a);
	assert_true(!a.ended && a.handled == 1);
}

static struct timespec began;

static int
set_up(void **state)
{
	const char *top = getenv("TOP_SRCDIR");
	char path[4096];

	(void)state;
	(void)clock_gettime(CLOCK_MONOTONIC, &began);
	(void)snprintf(path, sizeof(path), "%s/tests/hostile/rules.tsv",
	    top == NULL ? "." : top);
	rules_table_read(&expected, path);
	spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	base = event_base_new();
	return (spare == -1 || base == NULL ? -1 : 0);
}

static int
tear_down(void **state)
{
	struct timespec now;

	(void)state;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	printf("# rules: channels=%zu types=%lu packets=%lu seconds=%lld\n",
	    ENDS, types, tried, (long long)(now.tv_sec - began.tv_sec));
	event_base_free(base);
	return (close(spare));
}

int
main(void)
{
	static char name[2 * ENDS][64];
	static struct end end[ENDS];
	struct CMUnitTest tests[2 * ENDS + 2] = {
		[2 * ENDS] = cmocka_unit_test(test_channels),
		[2 * ENDS + 1] = cmocka_unit_test(test_control),
	};
	size_t i;

	for (i = 0; i < ENDS; i++) {
		end[i] = ends[i];
		(void)snprintf(name[2 * i], 64, "cells: %s", end[i].name);
		(void)snprintf(name[2 * i + 1], 64, "packets: %s", end[i].name);
		tests[2 * i].name = name[2 * i];
		tests[2 * i].test_func = test_cells;
		tests[2 * i].initial_state = &end[i];
		tests[2 * i + 1].name = name[2 * i + 1];
		tests[2 * i + 1].test_func = test_packets;
		tests[2 * i + 1].initial_state = &end[i];
	}
	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
