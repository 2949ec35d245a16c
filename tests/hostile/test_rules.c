/*
 * Every rule of every channel between the children, held against what a
 * sibling that was taken over may send: each type, in each state, of each
 * class of size, with and without a descriptor, one record or too many.  The
 * handlers are replaced; what a rule does not allow never reaches one.
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
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "activator/dispatch.h"
#include "common/ipc.h"
#include "control/dispatch.h"
#include "listener/dispatch.h"
#include "store/dispatch.h"

#define TYPES_BEYOND 8 /* unknown types tried behind the highest one */
#define STATES 8 /* bits, and none of them */
#define RULES_MAX 64
#define QUEUE_BYTES 4096

static const struct {
	const char *name;
	const struct ipc_rule *rules;
} channels[] = {
	{ "listener from activator", listener_dispatch_activator },
	{ "activator from listener", activator_dispatch_listener },
	{ "activator from store", activator_dispatch_store },
	{ "activator from control", activator_dispatch_control },
	{ "activator from parent", activator_dispatch_parent },
	{ "store from activator", store_dispatch_activator },
	{ "store from control", store_dispatch_control },
	{ "control from activator", control_dispatch_activator },
	{ "control from store", control_dispatch_store },
	{ "control from parent", control_dispatch_parent },
	{ "control from kmsctl", control_dispatch_client },
	{ "control from status.sock", control_dispatch_status },
};

/* One packet, and what came of it. */
struct attempt {
	uint16_t type, records;
	uint32_t state;
	size_t size; /* of a record */
	uint8_t fds;
	unsigned int handled;
	bool ended;
	char why[256];
};

static uint8_t packet[IPC_PACKET_MAX + 1];
static struct event_base *base;
static int spare;
static unsigned long tried;

/*
 * Of activator/main.c; no handler of the activator's is ever called.  Declared
 * here, since store/dispatch.h has a struct process of its own.
 */
void process_time(struct process *);
void process_phase(struct process *);

void
process_time(struct process *p)
{
	(void)p;
	abort();
}

void
process_phase(struct process *p)
{
	(void)p;
	abort();
}

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

/* The table as it is, but for what it would do. */
static size_t
disarm(const struct ipc_rule *rules, struct ipc_rule *copy)
{
	size_t n;

	for (n = 0; rules[n].type != 0; n++) {
		assert_true(n < RULES_MAX - 1);
		copy[n] = rules[n];
		copy[n].handle = take;
	}
	memset(&copy[n], 0, sizeof(copy[n]));
	return (n);
}

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

static void
run(const struct ipc_rule *rules, struct attempt *a)
{
	struct ipc_channel *ch;
	int pair[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		0, pair),
	    0);
	ch = ipc_new(pair[0], "sibling", rules, QUEUE_BYTES, a, ended);
	assert_non_null(ch);
	ipc_set_state(ch, a->state);
	assert_int_equal(ipc_start(ch, base), 0);
	send_packet(pair[1], a);
	(void)event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	ipc_free(ch);
	(void)close(pair[1]);
	tried++;
}

static const struct ipc_rule *
find(const struct ipc_rule *rules, uint16_t type)
{
	for (; rules->type != 0; rules++)
		if (rules->type == type)
			return (rules);
	return (NULL);
}

/* How many records of the packet may reach a handler. */
static unsigned int
expected(const struct ipc_rule *r, const struct attempt *a)
{
	if (r == NULL || (r->states & a->state) == 0 || a->size < r->min ||
	    a->size > r->max || a->records > r->records || a->fds != r->fds)
		return (0);
	return (
	    r->times == 0 || a->records <= r->times ? a->records : r->times);
}

static void
check(const char *channel, const struct ipc_rule *rules, struct attempt a)
{
	const unsigned int want = expected(find(rules, a.type), &a);
	const bool ends = want == 0 || want < a.records;

	if (a.records * a.size > IPC_PACKET_MAX - IPC_HEADER_LEN)
		return;
	run(rules, &a);
	if (a.ended != ends || a.handled != want ||
	    (a.ended && a.why[0] == '\0'))
		fail_msg("%s: type %u, state %x, %u records of %zu bytes, %u "
			 "descriptors: handled %u, %s",
		    channel, a.type, a.state, a.records, a.size, a.fds,
		    a.handled, a.ended ? a.why : "not ended");
}

/* Sizes around the bounds, and counts around the most. */
static void
check_type(const char *channel, const struct ipc_rule *rules, uint16_t type)
{
	const struct ipc_rule *r = find(rules, type);
	const size_t min = r == NULL ? 4 : r->min;
	const size_t max = r == NULL ? 64 : r->max;
	const size_t sizes[] = { 0, min - (min > 0), min, max, max + 1,
		IPC_PACKET_MAX - IPC_HEADER_LEN };
	const uint16_t most = r == NULL ? 1 : r->records;
	const uint16_t records[] = { 0, 1, most, (uint16_t)(most + 1) };
	struct attempt a;
	unsigned int bit, size, n;

	for (bit = 0; bit <= STATES; bit++) {
		for (size = 0; size < 6; size++) {
			memset(&a, 0, sizeof(a));
			a.type = type;
			a.state = bit == STATES ? 0 : 1U << bit;
			a.size = sizes[size];
			a.records = 1;
			for (a.fds = 0; a.fds <= 2; a.fds++)
				check(channel, rules, a);
		}
		a.size = min;
		a.fds = r == NULL ? 0 : r->fds;
		for (n = 0; n < 4 && min > 0 && a.fds == 0; n++) {
			a.records = records[n];
			check(channel, rules, a);
		}
	}
}

static void
test_rules(void **state)
{
	struct ipc_rule rules[RULES_MAX];
	uint16_t type, highest;
	size_t i, n, k;

	(void)state;
	for (i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
		n = disarm(channels[i].rules, rules);
		assert_true(n > 0);
		for (k = 0, highest = 0; k < n; k++)
			if (rules[k].type > highest)
				highest = rules[k].type;
		for (type = 0; type <= highest + TYPES_BEYOND; type++)
			check_type(channels[i].name, rules, type);
		check_type(channels[i].name, rules, UINT16_MAX);
	}
	printf("# %lu packets\n", tried);
}

/* The control: a rule that allows more is noticed. */
static void
test_control(void **state)
{
	struct ipc_rule rules[RULES_MAX];
	struct attempt a;

	(void)state;
	assert_true(disarm(store_dispatch_activator, rules) > 0);
	memset(&a, 0, sizeof(a));
	a.type = rules[0].type;
	a.records = 1;
	a.size = rules[0].max + 1;
	a.fds = rules[0].fds;
	a.state = rules[0].states & -rules[0].states;
	run(rules, &a);
	assert_true(a.ended && a.handled == 0);
	rules[0].max++;
	memset(a.why, 0, sizeof(a.why));
	a.ended = false;
	run(rules, &a);
	assert_true(!a.ended && a.handled == 1);
}

static int
set_up(void **state)
{
	(void)state;
	spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	base = event_base_new();
	return (spare == -1 || base == NULL ? -1 : 0);
}

static int
tear_down(void **state)
{
	(void)state;
	event_base_free(base);
	return (close(spare));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_control),
	};

	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
