/*
 * The life of an evil child: what the linker puts in the way of the product's
 * calls, the product's own work, and then the hostile part.
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/start_setup.h"
#include "tests/hostile/evil.h"

#define PONG_MS 500 /* for an answer */
#define GLANCE_MS 2 /* where there is none to wait for */
#define END_MS 8000 /* for the end, which needs no such time */
#define AFTERWARDS 6 /* packets to the others, when one victim has ended */
#define EARLY_MAX 4 /* packets before READY */
#define FLOOD_ONE_IN 40 /* packets */
#define FLOOD_MAX 600 /* packets */
#define FLOOD_MS 100 /* for room for the next one */
#define UNREAD_MAX 64 /* packets read at one time */
#define EARLY_ONE_IN 24
#define LIE_ONE_IN 64 /* of READY */
#define LONG_ONE_IN 12 /* generations */
#define LONG_TIMES 6 /* as many useless packets */

void __real_start_setup(struct start *, const struct start_options *);
void __wrap_start_setup(struct start *, const struct start_options *);
void __real_parent_put_confinement(
    struct ipc_writer *, const struct confinement *);
void __wrap_parent_put_confinement(
    struct ipc_writer *, const struct confinement *);
ssize_t __real_recvmsg(int, struct msghdr *, int);
ssize_t __wrap_recvmsg(int, struct msghdr *, int);
ssize_t __real_send(int, const void *, size_t, int);
ssize_t __wrap_send(int, const void *, size_t, int);

static struct event_base *base; /* NULL until the loop, and when hostile */
static bool hostile, taken;
static uint32_t number; /* of the packet, in this generation */
static uint32_t ping_id = 0x70696e67; /* of the newest; an older is late */
static bool ended[ROLE_COUNT];

/* The peer of a descriptor, or ROLE_COUNT. */
static enum role
peer_of(int fd)
{
	if (fd == START_FD_PARENT)
		return (ROLE_PARENT);
	if (fd > START_FD_CHANNEL && fd < START_FD_CHANNEL + ROLE_COUNT)
		return ((enum role)(fd - START_FD_CHANNEL));
	return (ROLE_COUNT);
}

static int
fd_of(enum role peer)
{
	return (peer == ROLE_PARENT ? START_FD_PARENT
				    : START_FD_CHANNEL + (int)peer);
}

static bool
is_peer(enum role peer)
{
	return ((evil_role.peers & 1U << peer) != 0);
}

/* Before READY the siblings' channels have other numbers. */
static bool
is_open(enum role peer)
{
	return (
	    is_peer(peer) && !ended[peer] && (hostile || peer == ROLE_PARENT));
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* --- Sending and hearing. */

/* No descriptor is among it: the filter ends a child that tries. */
static ssize_t
send_shot(enum role peer, const struct shot *s)
{
	return (__real_send(
	    fd_of(peer), s->data, s->len, MSG_NOSIGNAL | MSG_DONTWAIT));
}

static void
farewell(void)
{
	static struct shot s;

	shot_begin(&s, "stopped", REC_STOPPED);
	shot_end(&s, 1);
	(void)send_shot(ROLE_PARENT, &s);
	_exit(0);
}

/* Takes one packet; false when there is none. */
static bool
hear(enum role peer, bool *pong)
{
	static uint8_t buf[IPC_PACKET_MAX];
	ssize_t n;

	n = recv(fd_of(peer), buf, sizeof(buf), MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return (false);
	if (n == -1 && errno == ECONNRESET)
		return (true);
	if (n <= 0) {
		if (peer == ROLE_PARENT)
			_exit(0);
		journal_put('E', peer, number, "ended", NULL, 0);
		ended[peer] = true;
		return (false);
	}
	journal_put('R', peer, number, "", buf, (size_t)n);
	if (peer == ROLE_PARENT && buf[0] == 0 && buf[1] == REC_STOP)
		farewell();
	template_add(peer, false, buf, (size_t)n);
	if (evil_role.pong(peer, buf, (size_t)n, ping_id))
		*pong = true;
	return (true);
}

static void
hear_all(enum role of, bool *pong)
{
	bool other;
	int peer, i;

	for (peer = 0; peer < ROLE_COUNT; peer++)
		for (i = 0; i < UNREAD_MAX && is_open((enum role)peer); i++)
			if (!hear((enum role)peer,
				peer == (int)of ? pong : &other))
				break;
}

/* Until the peer answers, ends, or the time is over. */
static bool
wait_for(enum role peer, int ms)
{
	const int64_t until = now_ms() + ms;
	int64_t left;
	struct pollfd p[ROLE_COUNT];
	bool pong = false;
	nfds_t n;
	int i;

	for (;;) {
		hear_all(peer, &pong);
		if (pong || ended[peer] || now_ms() >= until)
			return (pong);
		for (i = 0, n = 0; i < ROLE_COUNT; i++) {
			if (!is_open((enum role)i))
				continue;
			p[n].fd = fd_of((enum role)i);
			p[n++].events = POLLIN;
		}
		left = until - now_ms();
		(void)poll(p, n, left > 0 ? (int)left : 0);
	}
}

/* Whether the peer still answers; false too where nothing can tell. */
static bool
lives(enum role peer)
{
	static struct shot ping;

	if (!hostile || !evil_role.ping(peer, &ping, ++ping_id)) {
		(void)wait_for(peer, GLANCE_MS);
		return (false);
	}
	if (send_shot(peer, &ping) == -1)
		return (false);
	return (wait_for(peer, PONG_MS));
}

/* Whether the peer ends; with the parent's end comes one's own. */
static bool
ends(enum role peer)
{
	const int64_t until = now_ms() + END_MS;

	while (!ended[peer] && now_ms() < until)
		(void)wait_for(peer, (int)(until - now_ms()));
	return (ended[peer]);
}

/* Waits for the end, as a child does that has no more to say. */
static __attribute__((noreturn)) void
wait_for_end(void)
{
	struct pollfd p = { .fd = START_FD_PARENT, .events = POLLIN };
	bool pong;

	for (;;) {
		(void)poll(&p, 1, -1);
		while (hear(ROLE_PARENT, &pong))
			;
	}
}

static void
fire(enum role peer, const struct shot *s)
{
	const uint32_t n = ++number;
	ssize_t sent;
	int tries;

	journal_put('S', peer, n, s->how, s->data, s->len);
	for (tries = 0;; tries++) {
		sent = send_shot(peer, s);
		if (sent != -1 || errno != EAGAIN || tries == 20)
			break;
		(void)wait_for(peer, GLANCE_MS);
	}
	if (sent == -1) {
		journal_put('F', peer, n, strerror(errno), NULL, 0);
		/* A packet that the kernel itself refuses ends nothing. */
		if (errno == EPIPE || errno == ECONNRESET)
			ended[peer] = true;
		return;
	}
	journal_put('T', peer, n, s->how, &s->records, sizeof(s->records));
	if (lives(peer))
		journal_put('A', peer, n, "alive", NULL, 0);
	if (s->breaks && !ends(peer)) {
		/* No more: it may have been what keeps the log from judging. */
		journal_put('O', peer, n, "outlived", NULL, 0);
		wait_for_end();
	}
}

/* --- The hostile part. */

/* Many at once, and no answer is read meanwhile. */
static void
flood(enum role peer)
{
	static struct shot s;
	struct pollfd p = { .fd = fd_of(peer), .events = POLLOUT };
	const uint32_t n = ++number;
	uint32_t left = 20 + evil_below(FLOOD_MAX), sent = 0;

	if (!evil_role.useless(peer, &s))
		shot_wrong(peer, &s);
	journal_put('S', peer, n, "flood", s.data, s.len);
	while (left > 0) {
		if (send_shot(peer, &s) != -1) {
			sent++;
			left--;
		} else if (errno != EAGAIN || poll(&p, 1, FLOOD_MS) <= 0)
			break;
	}
	journal_put('T', peer, n, "flood", &sent, sizeof(sent));
	if (lives(peer))
		journal_put('A', peer, n, "alive", NULL, 0);
}

static enum role
any_peer(void)
{
	enum role peer;

	do
		peer = (enum role)evil_below(ROLE_COUNT);
	while (!is_peer(peer));
	/* The parent has less to lose by it. */
	if (peer == ROLE_PARENT && !evil_one_in(3))
		return (any_peer());
	return (peer);
}

static bool
any_ended(void)
{
	int i;

	for (i = 0; i < ROLE_COUNT; i++)
		if (ended[i])
			return (true);
	return (false);
}

static void
fire_useless(unsigned int n)
{
	static struct shot s;
	enum role peer;

	while (n > 0 && !any_ended()) {
		peer = any_peer();
		if (!evil_role.useless(peer, &s)) {
			shot_counters(&s);
			peer = ROLE_PARENT;
		}
		fire(peer, &s);
		n--;
	}
}

static void
fire_pending(enum role peer, const uint8_t *pending, size_t len)
{
	static struct shot s;

	if (pending == NULL)
		return;
	if (evil_one_in(3)) {
		shot_copy(&s, pending, len);
		fire(peer, &s);
		if (evil_one_in(2)) {
			s.how = "twice";
			fire(peer, &s);
		}
	}
	if (evil_one_in(2)) {
		shot_copy(&s, pending, len);
		shot_mutate(&s);
		fire(peer, &s);
	}
}

void
evil_turn(enum role peer, const uint8_t *pending, size_t len)
{
	static struct shot s;
	unsigned int left = AFTERWARDS, quiet;

	hostile = true;
	journal_put('H', peer, number, "hostile", NULL, 0);
	fire_pending(peer, pending, len);
	quiet = evil_below(evil_role.quiet + 1);
	if (evil_one_in(LONG_ONE_IN))
		quiet *= LONG_TIMES;
	fire_useless(quiet);
	for (;;) {
		if (any_ended() && (left-- == 0 || evil_one_in(3)))
			wait_for_end();
		peer = any_peer();
		if (ended[peer])
			continue;
		if (evil_one_in(FLOOD_ONE_IN)) {
			flood(peer);
			continue;
		}
		shot_wrong(peer, &s);
		fire(peer, &s);
	}
}

/* --- What stands between the product and the kernel. */

ssize_t
__wrap_recvmsg(int fd, struct msghdr *m, int flags)
{
	const ssize_t n = __real_recvmsg(fd, m, flags);
	const enum role peer = peer_of(fd);

	if (n > 0 && peer != ROLE_COUNT && is_peer(peer)) {
		journal_put(
		    'R', peer, 0, "", m->msg_iov[0].iov_base, (size_t)n);
		template_add(peer, false, m->msg_iov[0].iov_base, (size_t)n);
	}
	return (n);
}

ssize_t
__wrap_send(int fd, const void *data, size_t len, int flags)
{
	const enum role peer = peer_of(fd);

	if (peer != ROLE_COUNT && journal_is_open()) {
		template_add(peer, true, data, len);
		if (!taken && evil_role.sends(peer, data, len)) {
			taken = true;
			if (evil_role.role == ROLE_STORE)
				evil_turn(peer, data, len);
			if (base != NULL)
				(void)event_base_loopbreak(base);
		}
	}
	return (__real_send(fd, data, len, flags));
}

/* Before READY only the parent is there. */
void
__wrap_start_setup(struct start *s, const struct start_options *o)
{
	static struct shot shot;
	unsigned int i;

	__real_start_setup(s, o);
	if (journal_open(s->setup.root) == -1)
		return;
	evil_seed(s->limits.per_source, s->setup.generation, s->role);
	journal_begin(s->setup.generation, s->limits.per_source);
	if (!evil_one_in(EARLY_ONE_IN))
		return;
	for (i = 1 + evil_below(EARLY_MAX); i > 0; i--) {
		shot_wrong(ROLE_PARENT, &shot);
		fire(ROLE_PARENT, &shot);
	}
}

void
__wrap_parent_put_confinement(struct ipc_writer *w, const struct confinement *c)
{
	uint8_t *p = w->p;

	__real_parent_put_confinement(w, c);
	if (!journal_is_open() || !evil_one_in(LIE_ONE_IN))
		return;
	journal_put('L', ROLE_PARENT, 0, "ready", NULL, 0);
	p[evil_below((uint32_t)(w->p - p))] ^= (uint8_t)(1U << evil_below(8));
}

void
process_loop(struct start *s)
{
	const unsigned int ms = evil_below(evil_role.honest_ms + 1);
	const struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	if (!journal_is_open()) {
		(void)event_base_dispatch(s->base);
		return;
	}
	base = s->base;
	if (!taken) {
		(void)event_base_loopexit(base, &tv);
		(void)event_base_dispatch(base);
	}
	base = NULL;
	evil_turn(ROLE_PARENT, NULL, 0);
}
