/*
 * Tests of control with raw clients on both sockets and with raw processes
 * behind it: routes, ids, uids, limits, and what is refused.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "common/codes.h"
#include "common/ktime.h"
#include "control/control.h"
#include "control/dispatch.h"

#define DEADLINE_MS 5000

struct fixture {
	struct control control;
	char folder[64], path[DOORS][96];
	int listening[DOORS];
	int store, activator, parent; /* the far ends */
	bool broken;
};

static void
sibling_ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	struct control *k = ctx;
	struct fixture *f = (struct fixture *)k;

	(void)ch;
	f->broken = why != NULL;
}

static struct ipc_channel *
sibling(
    struct fixture *f, const struct ipc_rule *rules, const char *name, int *far)
{
	struct ipc_channel *ch;
	int fd[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	*far = fd[1];
	ch = ipc_new(fd[0], name, rules, CONTROL_CREDITS * ADMIN_INSTALL_MAX,
	    &f->control, sibling_ended);
	assert_non_null(ch);
	assert_int_equal(ipc_start(ch, f->control.base), 0);
	return (ch);
}

static int
setup(void **state)
{
	static const char *const names[] = { "control", "status" };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct event_base *base;
	struct fixture *f;
	int i;

	assert_non_null(f = calloc(1, sizeof(*f)));
	(void)strlcpy(f->folder, "/tmp/test_control.XXXXXX", sizeof(f->folder));
	assert_non_null(mkdtemp(f->folder));
	for (i = 0; i < DOORS; i++) {
		(void)snprintf(f->path[i], sizeof(f->path[i]), "%s/%s",
		    f->folder, names[i]);
		(void)strlcpy(sun.sun_path, f->path[i], sizeof(sun.sun_path));
		f->listening[i] =
		    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
		assert_int_equal(
		    bind(f->listening[i], (struct sockaddr *)&sun, sizeof(sun)),
		    0);
		assert_int_equal(listen(f->listening[i], 64), 0);
		assert_int_equal(chmod(f->path[i], 0666), 0);
	}
	assert_int_equal(chmod(f->folder, 0711), 0);
	assert_non_null(base = event_base_new());
	assert_int_equal(
	    control_init(&f->control, base, f->listening[0], f->listening[1]),
	    0);
	f->control.store =
	    sibling(f, control_dispatch_store, "store", &f->store);
	f->control.activator =
	    sibling(f, control_dispatch_activator, "activator", &f->activator);
	f->control.parent =
	    sibling(f, control_dispatch_parent, "parent", &f->parent);
	*state = f;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	int i;

	control_stop(&f->control);
	ipc_free(f->control.store);
	ipc_free(f->control.activator);
	ipc_free(f->control.parent);
	event_base_free(f->control.base);
	(void)close(f->store);
	(void)close(f->activator);
	(void)close(f->parent);
	for (i = 0; i < DOORS; i++) {
		(void)close(f->listening[i]);
		(void)unlink(f->path[i]);
	}
	(void)rmdir(f->folder);
	free(f);
	return (0);
}

/* Turns the loop until the descriptor can be read. */
static bool
readable(struct fixture *f, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	const int64_t deadline = ktime_boot_ms() + DEADLINE_MS;

	do {
		(void)event_base_loop(f->control.base, EVLOOP_NONBLOCK);
		if (poll(&p, 1, 1) == 1)
			return (true);
	} while (ktime_boot_ms() < deadline);
	return (false);
}

/* Turns the loop until nothing more happens. */
static void
settle(struct fixture *f)
{
	int i;

	for (i = 0; i < 200; i++)
		(void)event_base_loop(f->control.base, EVLOOP_NONBLOCK);
}

static int
client(struct fixture *f, int door)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	(void)strlcpy(sun.sun_path, f->path[door], sizeof(sun.sun_path));
	fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return (fd);
}

/* The same as another user, if the test may. */
static int
client_as(struct fixture *f, int door, uid_t uid)
{
	int fd;

	if (getuid() == 0)
		assert_int_equal(seteuid(uid), 0);
	fd = client(f, door);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	return (fd);
}

static uint8_t packet[IPC_PACKET_MAX];

static struct ipc_writer
begin(void)
{
	struct ipc_writer w = { .p = packet + IPC_HEADER_LEN,
		.end = packet + sizeof(packet) };

	return (w);
}

static void
send_packet(int fd, uint16_t type, const struct ipc_writer *body)
{
	struct ipc_writer w = { .p = packet, .end = packet + IPC_HEADER_LEN };
	const size_t len = (size_t)(body->p - packet);

	ipc_put_u16(&w, type);
	ipc_put_u16(&w, 1);
	ipc_put_u32(&w, (uint32_t)(len - IPC_HEADER_LEN));
	assert_int_equal(send(fd, packet, len, MSG_NOSIGNAL), len);
}

static void
send_id(int fd, uint16_t type, uint32_t id)
{
	struct ipc_writer w = begin();

	ipc_put_u32(&w, id);
	send_packet(fd, type, &w);
}

static void
send_read(int fd, uint32_t id, uint8_t what, uint16_t rows)
{
	const struct admin_read r = { .id = id, .what = what, .rows = rows };
	struct ipc_writer w = begin();

	admin_put_read(&w, &r);
	send_packet(fd, REC_READ, &w);
}

static void
send_done(int fd, uint32_t id, uint32_t code, const char *text)
{
	struct admin_done d = { .id = id, .code = code };
	struct ipc_writer w = begin();

	(void)strlcpy(d.text, text, sizeof(d.text));
	admin_put_done(&w, &d);
	send_packet(fd, REC_DONE, &w);
}

/* The next packet's type and body; 0 at the end of file. */
static uint16_t
next(struct fixture *f, int fd, struct ipc_reader *r)
{
	ssize_t n;

	assert_true(readable(f, fd));
	n = recv(fd, packet, sizeof(packet), 0);
	if (n <= 0)
		return (0);
	r->p = packet;
	r->end = packet + n;
	r->bad = false;
	return (ipc_get_u16(r));
}

static void
body(struct ipc_reader *r)
{
	(void)ipc_get_u16(r);
	(void)ipc_get_u32(r);
}

static void
expect_done(struct fixture *f, int fd, uint32_t id, uint32_t code)
{
	struct ipc_reader r;
	struct admin_done d;

	assert_int_equal(next(f, fd, &r), REC_DONE);
	body(&r);
	admin_get_done(&r, &d);
	assert_false(r.bad);
	assert_int_equal(d.id, id);
	assert_int_equal(d.code, code);
}

static void
test_read(void **state)
{
	struct fixture *f = *state;
	struct row_log row = { .size = 42, .current = true };
	struct admin_page_end end = { .id = 0, .cursor = 9, .more = true };
	struct admin_read got;
	struct ipc_reader r;
	struct ipc_writer w;
	uint32_t id;
	int fd;

	fd = client(f, DOOR_STATUS);
	send_read(fd, 77, READ_LOGS, 3);
	assert_int_equal(next(f, f->store, &r), REC_READ);
	body(&r);
	admin_get_read(&r, &got);
	assert_false(r.bad);
	assert_int_equal(got.id, 0); /* control's slot, not the client's id */
	assert_int_equal(got.rows, 3);

	w = begin();
	admin_put_log(&w, got.id, &row);
	send_packet(f->store, REC_ROW_LOG, &w);
	w = begin();
	admin_put_page_end(&w, &end);
	send_packet(f->store, REC_PAGE_END, &w);
	send_done(f->store, got.id, CODE_OK, "");

	assert_int_equal(next(f, fd, &r), REC_ROW_LOG);
	body(&r);
	memset(&row, 0, sizeof(row));
	admin_get_log(&r, &id, &row);
	assert_int_equal(id, 77);
	assert_int_equal(row.size, 42);
	assert_int_equal(next(f, fd, &r), REC_PAGE_END);
	body(&r);
	admin_get_page_end(&r, &end);
	assert_int_equal(end.id, 77);
	assert_int_equal(end.cursor, 9);
	assert_true(end.more);
	expect_done(f, fd, 77, CODE_OK);
	assert_false(f->broken);
	(void)close(fd);
}

static void
test_uid_is_control_s(void **state)
{
	struct fixture *f = *state;
	const struct admin_install i = {
		.id = 5, .uid = 4711, .bytes = "x", .len = 1
	};
	struct admin_install got;
	struct ipc_writer w = begin();
	struct ipc_reader r;
	int fd;

	fd = client(f, DOOR_CONTROL);
	admin_put_install(&w, &i);
	send_packet(fd, REC_INSTALL, &w);
	assert_int_equal(next(f, f->activator, &r), REC_INSTALL);
	body(&r);
	admin_get_install(&r, &got);
	assert_false(r.bad);
	assert_int_equal(got.uid, getuid());
	assert_int_equal(got.len, 1);
	send_done(f->activator, got.id, CODE_DENIED, "no");
	expect_done(f, fd, 5, CODE_DENIED);
	(void)close(fd);
}

/* On status.sock nothing that changes has a rule: the client is closed. */
static void
test_status_reads_only(void **state)
{
	static const uint16_t changes[] = { REC_INSTALL, REC_HOST_REQUEST,
		REC_ACCEPT_ROLLBACK, REC_CLOCK_ACCEPT, REC_STOP_HOST };
	struct fixture *f = *state;
	struct ipc_reader r;
	struct ipc_writer w;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		fd = client(f, DOOR_STATUS);
		w = begin();
		ipc_put_u32(&w, 1);
		ipc_put_u32(&w, 0);
		ipc_put_string(&w, "x");
		send_packet(fd, changes[i], &w);
		assert_int_equal(next(f, fd, &r), 0);
		(void)close(fd);
	}
	settle(f);
	assert_int_equal(recv(f->activator, packet, 1, 0), -1);
	assert_int_equal(recv(f->parent, packet, 1, 0), -1);
	assert_int_equal(f->control.counters.value[CONTROL_VIOLATIONS], i);
}

static void
test_stop(void **state)
{
	struct fixture *f = *state;
	struct ipc_reader r;
	int fd;

	fd = client(f, DOOR_CONTROL);
	send_id(fd, REC_STOP_HOST, 3);
	expect_done(f, fd, 3, CODE_OK);
	assert_int_equal(next(f, f->parent, &r), REC_ASK_STOP);
	body(&r);
	assert_int_equal(ipc_get_u32(&r), getuid());
	(void)close(fd);
}

static void
test_parent(void **state)
{
	struct fixture *f = *state;
	struct child_counters c = { .n = 2, .value = { 10, 11 } };
	struct ipc_reader r;
	struct ipc_writer w;
	int fd;

	fd = client(f, DOOR_STATUS);
	send_id(fd, REC_SHOW_COUNTERS, 8);
	assert_int_equal(next(f, f->parent, &r), REC_ASK_COUNTERS);
	w = begin();
	ipc_put_u32(&w, 0);
	ipc_put_u8(&w, ROLE_STORE);
	parent_put_counters(&w, &c);
	send_packet(f->parent, REC_CHILD_COUNTERS, &w);
	send_id(f->parent, REC_ANSWER_END, 0);
	assert_int_equal(next(f, fd, &r), REC_ROW_COUNTERS);
	body(&r);
	assert_int_equal(ipc_get_u32(&r), 8);
	assert_int_equal(ipc_get_u8(&r), ROLE_STORE);
	expect_done(f, fd, 8, CODE_OK);
	(void)close(fd);
}

/* What could not be a line of an entry goes no further, and is the client's. */
static void
test_reasons(void **state)
{
	static const char *const bad[] = { "", " x", "x ", "bad\nreason",
		"\x7f", "\xff", "\xe2\x80\xae" };
	struct fixture *f = *state;
	struct admin_rollback a = { .id = 9 };
	struct ipc_reader r;
	struct ipc_writer w;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)strlcpy(a.reason, bad[i], sizeof(a.reason));
		fd = client(f, DOOR_CONTROL);
		w = begin();
		admin_put_rollback(&w, &a);
		send_packet(fd, REC_ACCEPT_ROLLBACK, &w);
		assert_int_equal(next(f, fd, &r), 0);
		(void)close(fd);
	}
	settle(f);
	assert_int_equal(recv(f->activator, packet, 1, 0), -1);
	assert_int_equal(f->control.counters.value[CONTROL_VIOLATIONS], i);
	fd = client(f, DOOR_CONTROL);
	(void)strlcpy(a.reason, "gr\xc3\xbcn & good", sizeof(a.reason));
	w = begin();
	admin_put_rollback(&w, &a);
	send_packet(fd, REC_ACCEPT_ROLLBACK, &w);
	assert_int_equal(next(f, f->activator, &r), REC_ACCEPT_ROLLBACK);
	(void)close(fd);
}

/* Clients that break rules are closed; nothing else is hurt. */
static void
test_hostile_clients(void **state)
{
	struct fixture *f = *state;
	struct ipc_reader r;
	struct ipc_writer w;
	int fd, i;

	for (i = 0; i < 5; i++) {
		fd = client(f, DOOR_CONTROL);
		w = begin();
		switch (i) {
		case 0: /* an answer */
			send_done(fd, 0, 0, "");
			break;
		case 1: /* two questions at once */
			send_id(fd, REC_SHOW_HOST, 1);
			send_id(fd, REC_SHOW_HOST, 2);
			break;
		case 2: /* no such table */
			send_read(fd, 1, READ_LOGS + 1, 1);
			break;
		case 3: /* no header */
			assert_int_equal(send(fd, "x", 1, 0), 1);
			break;
		case 4: /* bytes behind the record */
			ipc_put_u64(&w, 1);
			send_packet(fd, REC_SHOW_HOST, &w);
			break;
		}
		assert_int_equal(next(f, fd, &r), 0);
		(void)close(fd);
	}
	fd = client(f, DOOR_CONTROL);
	send_read(fd, 1, READ_LOGS, 1);
	assert_int_equal(next(f, f->store, &r), REC_READ);
	assert_false(f->broken);
	(void)close(fd);
}

static void
test_credits(void **state)
{
	struct fixture *f = *state;
	struct ipc_reader r;
	int fd[CONTROL_CREDITS + 1], i;

	for (i = 0; i <= CONTROL_CREDITS; i++) {
		fd[i] = client(f, DOOR_CONTROL);
		send_read(fd[i], (uint32_t)i, READ_LOGS, 1);
	}
	for (i = 0; i < CONTROL_CREDITS; i++)
		assert_int_equal(next(f, f->store, &r), REC_READ);
	expect_done(f, fd[CONTROL_CREDITS], CONTROL_CREDITS, CODE_BUSY);
	/* One answer gives one slot back. */
	send_done(f->store, 2, CODE_OK, "");
	settle(f);
	send_read(fd[CONTROL_CREDITS], 99, READ_LOGS, 1);
	assert_int_equal(next(f, f->store, &r), REC_READ);
	for (i = 0; i <= CONTROL_CREDITS; i++)
		(void)close(fd[i]);
}

/* A process that does not answer leaves the others to be asked. */
static void
test_silent_store(void **state)
{
	struct fixture *f = *state;
	const struct admin_install a = { .id = 7, .bytes = "x", .len = 1 };
	struct ipc_writer w = begin();
	struct ipc_reader r;
	int fd[CONTROL_CREDITS], other, i;

	for (i = 0; i < CONTROL_CREDITS; i++) {
		fd[i] = client(f, DOOR_CONTROL);
		send_read(fd[i], 1, READ_LOGS, 1);
		assert_int_equal(next(f, f->store, &r), REC_READ);
	}
	other = client(f, DOOR_CONTROL);
	send_read(other, 2, READ_LOGS, 1);
	expect_done(f, other, 2, CODE_BUSY);
	send_id(other, REC_STOP_HOST, 3);
	expect_done(f, other, 3, CODE_OK);
	assert_int_equal(next(f, f->parent, &r), REC_ASK_STOP);
	admin_put_install(&w, &a);
	send_packet(other, REC_INSTALL, &w);
	assert_int_equal(next(f, f->activator, &r), REC_INSTALL);
	(void)close(other);
	other = client_as(f, DOOR_STATUS, 65534);
	send_id(other, REC_SHOW_HOST, 4);
	assert_int_equal(next(f, f->parent, &r), REC_ASK_HOST);
	(void)close(other);
	for (i = 0; i < CONTROL_CREDITS; i++)
		(void)close(fd[i]);
}

/* Nor do those who wait for two that hang take all connections. */
static void
test_silent_both(void **state)
{
	const struct admin_install a = { .id = 7, .bytes = "x", .len = 1 };
	struct fixture *f = *state;
	int fd[CLIENTS_MAX], other, i, n = 0;
	struct ipc_writer w;
	struct ipc_reader r;

	for (i = 0; i < 2 * CONTROL_CREDITS; i++) {
		fd[n] = client(f, DOOR_CONTROL);
		w = begin();
		admin_put_install(&w, &a);
		if (i % 2 == 0)
			send_read(fd[n], 1, READ_LOGS, 1);
		else
			send_packet(fd[n], REC_INSTALL, &w);
		assert_int_equal(
		    next(f, i % 2 == 0 ? f->store : f->activator, &r),
		    i % 2 == 0 ? REC_READ : REC_INSTALL);
		n++;
	}
	for (i = 0; i < CLIENTS_STATUS_MAX; i++)
		fd[n++] = client_as(
		    f, DOOR_STATUS, (uid_t)(65534 - i / CLIENTS_USER_MAX));
	settle(f);
	other = client(f, DOOR_CONTROL);
	send_id(other, REC_STOP_HOST, 3);
	expect_done(f, other, 3, CODE_OK);
	assert_int_equal(next(f, f->parent, &r), REC_ASK_STOP);
	(void)close(other);
	while (n-- > 0)
		(void)close(fd[n]);
}

/* Answers what control asks of the parent: the next slot, the host's state. */
static void
tell_state(struct fixture *f, const char *state)
{
	struct host_status s = { .pid = 1 };
	struct ipc_writer w = begin();
	struct ipc_reader r;

	assert_int_equal(next(f, f->parent, &r), REC_ASK_HOST);
	body(&r);
	ipc_put_u32(&w, ipc_get_u32(&r));
	(void)strlcpy(s.state, state, sizeof(s.state));
	parent_put_host_status(&w, &s);
	send_packet(f->parent, REC_HOST, &w);
}

/* In a host that is halted nobody waits, and the reason is told. */
static void
test_halted(void **state)
{
	struct fixture *f = *state;
	char long_state[PARENT_TEXT_MAX + 1];
	struct admin_done d;
	struct ipc_reader r;
	int fd, door, i;

	(void)close(f->store);
	(void)close(f->activator);
	f->store = f->activator = -1;
	memset(long_state, 'x', PARENT_TEXT_MAX);
	long_state[PARENT_TEXT_MAX] = '\0';
	for (door = 0; door < DOORS; door++) {
		fd = client(f, door);
		for (i = 0; i < 2 * CONTROL_CREDITS; i++) {
			if (i % 2 == 0)
				send_read(fd, 5, READ_LOGS, 1);
			else
				send_id(fd, REC_GET_CHECKPOINT, 5);
			tell_state(f, i == 0 ? long_state : "halted: a disk");
			assert_int_equal(next(f, fd, &r), REC_DONE);
			body(&r);
			admin_get_done(&r, &d);
			assert_int_equal(d.id, 5);
			assert_int_equal(d.code, CODE_DENIED);
			assert_non_null(
			    strstr(d.text, i == 0 ? "xxx" : "halted: a disk"));
			assert_non_null(strstr(d.text, "see its log"));
		}
		/* And what the parent answers is as it was. */
		send_id(fd, REC_SHOW_HOST, 6);
		tell_state(f, "halted: a disk");
		assert_int_equal(next(f, fd, &r), REC_ROW_HOST);
		expect_done(f, fd, 6, CODE_OK);
		(void)close(fd);
	}
	assert_false(f->broken);
}

/* Of one user's many connections some get in, the others an answer. */
static void
test_one_user(void **state)
{
	struct fixture *f = *state;
	int fd[CLIENTS_USER_MAX + 2], i;
	struct ipc_reader r;

	for (i = 0; i < CLIENTS_USER_MAX + 2; i++)
		fd[i] = client_as(f, DOOR_STATUS, 65534);
	settle(f);
	assert_int_equal(
	    f->control.counters.value[CONTROL_OPEN], CLIENTS_USER_MAX);
	assert_int_equal(f->control.counters.value[CONTROL_REFUSED], 2);
	while (i-- > CLIENTS_USER_MAX) {
		expect_done(f, fd[i], ADMIN_ID_NONE, CODE_BUSY);
		assert_int_equal(next(f, fd[i], &r), 0);
		(void)close(fd[i]);
	}
	/* Whoever leaves makes room. */
	(void)close(fd[0]);
	settle(f);
	fd[0] = client_as(f, DOOR_STATUS, 65534);
	send_id(fd[0], REC_SHOW_HOST, 1);
	assert_int_equal(next(f, f->parent, &r), REC_ASK_HOST);
	/* Others, root and control.sock have room of their own. */
	for (i = 1; i < CLIENTS_USER_MAX; i++)
		(void)close(fd[i]);
	for (i = 1; i < CLIENTS_USER_MAX + 2; i++)
		fd[i] = getuid() == 0 && i % 2 == 0
			    ? client(f, DOOR_STATUS)
			    : client_as(f, DOOR_CONTROL, 65534);
	settle(f);
	assert_int_equal(f->control.counters.value[CONTROL_REFUSED], 2);
	while (i-- > 0)
		(void)close(fd[i]);
}

/* status.sock alone cannot keep the administrator out. */
static void
test_room_for_control(void **state)
{
	struct fixture *f = *state;
	struct ipc_reader r;
	int fd[CLIENTS_MAX + 1], i;

	for (i = 0; i < CLIENTS_MAX; i++) {
		fd[i] = client_as(
		    f, DOOR_STATUS, (uid_t)(65534 - i / CLIENTS_USER_MAX));
		settle(f);
		if (getuid() == 0 || i < CLIENTS_USER_MAX)
			send_read(fd[i], 1, READ_LOGS, 1);
	}
	settle(f);
	assert_int_equal(f->control.counters.value[CONTROL_OPEN],
	    getuid() == 0 ? CLIENTS_STATUS_MAX : CLIENTS_USER_MAX);
	fd[i] = client(f, DOOR_CONTROL);
	send_id(fd[i], REC_SHOW_HOST, 1);
	assert_int_equal(next(f, f->parent, &r), REC_ASK_HOST);
	for (i = 0; i <= CLIENTS_MAX; i++)
		(void)close(fd[i]);
}

/* An answer for somebody who left is no one's, and no violation. */
static void
test_client_leaves(void **state)
{
	struct fixture *f = *state;
	struct ipc_reader r;
	int fd;

	fd = client(f, DOOR_STATUS);
	send_read(fd, 1, READ_LOGS, 1);
	assert_int_equal(next(f, f->store, &r), REC_READ);
	(void)close(fd);
	settle(f);
	assert_int_equal(f->control.counters.value[CONTROL_OPEN], 0);
	send_done(f->store, 0, CODE_OK, "");
	settle(f);
	assert_false(f->broken);
	assert_int_equal(f->control.questions.used[ROLE_STORE], 0);
}

static void
test_hostile_siblings(void **state)
{
	struct fixture *f = *state;
	struct ipc_reader r;
	int fd;

	fd = client(f, DOOR_STATUS);
	send_read(fd, 1, READ_LOGS, 1);
	assert_int_equal(next(f, f->store, &r), REC_READ);
	/* The store's question, answered by the activator. */
	send_done(f->activator, 0, CODE_OK, "");
	settle(f);
	assert_true(f->broken);
	f->broken = false;
	send_done(f->store, 3, CODE_OK, "");
	settle(f);
	assert_true(f->broken);
	(void)close(fd);
}

static void
test_deadlines(void **state)
{
	struct fixture *f = *state;
	struct ipc_reader r;
	int fd;

	fd = client(f, DOOR_STATUS);
	send_read(fd, 6, READ_LOGS, 1);
	assert_int_equal(next(f, f->store, &r), REC_READ);
	control_tick(&f->control, ktime_boot_ms() + CLIENT_ANSWER_MS + 1);
	expect_done(f, fd, 6, CODE_BUSY);
	assert_int_equal(f->control.questions.used[ROLE_STORE], 1);
	send_done(f->store, 0, CODE_OK, "");
	settle(f);
	assert_int_equal(f->control.questions.used[ROLE_STORE], 0);
	control_tick(&f->control, ktime_boot_ms() + CLIENT_IDLE_MS + 1);
	assert_int_equal(next(f, fd, &r), 0);
	(void)close(fd);
}

/* Without descriptors it waits for the next tick, and does not spin. */
static void
test_no_descriptors(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, none;
	struct ipc_reader r;
	int fd;

	fd = client(f, DOOR_CONTROL);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = (rlim_t)fd + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	/* Once: a loop that spins would not come to its end. */
	(void)event_base_loop(f->control.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_false(
	    event_pending(f->control.door[DOOR_CONTROL].event, EV_READ, NULL));
	control_tick(&f->control, ktime_boot_ms());
	send_id(fd, REC_SHOW_HOST, 1);
	assert_int_equal(next(f, f->parent, &r), REC_ASK_HOST);
	(void)close(fd);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_read),
		CASE(test_uid_is_control_s),
		CASE(test_status_reads_only),
		CASE(test_stop),
		CASE(test_parent),
		CASE(test_reasons),
		CASE(test_hostile_clients),
		CASE(test_credits),
		CASE(test_silent_store),
		CASE(test_silent_both),
		CASE(test_halted),
		CASE(test_one_user),
		CASE(test_room_for_control),
		CASE(test_client_leaves),
		CASE(test_hostile_siblings),
		CASE(test_deadlines),
		CASE(test_no_descriptors),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
