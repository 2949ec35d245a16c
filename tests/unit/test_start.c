/*
 * The start of a child, with this test as its parent: which order of records
 * it takes, what it answers to every other, and that it is confined when it
 * says READY.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/start.h"

#define WAIT_SECONDS 20
#define NOBODY 65534

struct child {
	pid_t pid;
	int channel, log;
	char said[LOG_LINE_MAX]; /* the last line of its log */
	enum role role;
};

static int
fail_twice(struct start *s)
{
	start_failed(s, "bad %s", "host.key");
}

/* Runs in the child. */
static void
be_child(enum role role, bool fails)
{
	struct start_options o = { .role = role,
		.peers = 1U << ROLE_STORE,
		.descriptors = 1U << DESC_PUBLISHER,
		.nofile = 7,
		.before = fails ? fail_twice : NULL };
	struct start s;

	start(&s, &o);
	if (fcntl(START_FD_CHANNEL + ROLE_STORE, F_GETFD) == -1 ||
	    s.channel[ROLE_STORE] != START_FD_CHANNEL + ROLE_STORE)
		_exit(40);
	if (fcntl(200, F_GETFD) != -1)
		_exit(41);
	if (open("/etc/passwd", O_RDONLY) != -1)
		_exit(42);
	start_run(&s, NULL, &s, (void (*)(void *))start_stopped);
	process_loop(&s);
	_exit(43);
}

static void
spawn(struct child *c, enum role role, bool fails)
{
	struct timeval wait = { WAIT_SECONDS, 0 };
	int p[2], l[2], a, b;

	memset(c, 0, sizeof(*c));
	c->role = role;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, l), 0);
	assert_int_not_equal(c->pid = fork(), -1);
	if (c->pid == 0) {
		a = fcntl(p[1], F_DUPFD, 100);
		b = fcntl(l[1], F_DUPFD, 100);
		(void)dup2(a, 3);
		(void)dup2(b, 2);
		(void)dup2(b, 200);
		be_child(role, fails);
	}
	(void)close(p[1]);
	(void)close(l[1]);
	c->channel = p[0];
	c->log = l[0];
	assert_int_equal(setsockopt(c->channel, SOL_SOCKET, SO_RCVTIMEO, &wait,
			     sizeof(wait)),
	    0);
}

/* A record with its own packet, and a descriptor if fd is one. */
static void
give(struct child *c, uint16_t type, const struct ipc_writer *body,
    const uint8_t *start, int fd)
{
	uint8_t p[IPC_PACKET_MAX];
	struct ipc_writer w = { .p = p, .end = p + sizeof(p) };
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	size_t n = (size_t)(body->p - start);

	ipc_put_u16(&w, type);
	ipc_put_u16(&w, 1);
	ipc_put_u32(&w, (uint32_t)n);
	ipc_put_bytes(&w, start, n);
	iov = (struct iovec){ p, (size_t)(w.p - p) };
	if (fd != -1) {
		memset(&control, 0, sizeof(control));
		m.msg_control = control.buf;
		m.msg_controllen = sizeof(control.buf);
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	}
	/* It may have ended for what came before. */
	(void)sendmsg(c->channel, &m, MSG_NOSIGNAL);
}

static void
put_setup(struct ipc_writer *w)
{
	struct setup s = { .as_root = geteuid() == 0,
		.uid = NOBODY,
		.gid = NOBODY,
		.root = "/",
		.directory = "/",
		.level = LOG_LEVEL_INFO,
		.generation = 1 };

	parent_put_setup(w, &s);
}

/*
 * One letter a record: b build, B another build, r another role, s setup,
 * l limits, c channel, x channel to itself, p publisher, q publisher of index
 * 1, k host key, a anchor, m manifest, C confine, S stop.
 */
static void
say(struct child *c, char letter)
{
	static const struct limits limits = { .connections = 5 };
	uint8_t buf[4096];
	struct ipc_writer w = { .p = buf, .end = buf + sizeof(buf) };
	uint16_t type = 0;
	int fd = -1;

	if (letter == 'b' || letter == 'B' || letter == 'r') {
		type = REC_BUILD;
		ipc_put_string(&w, letter == 'B' ? "other" : KMSD_BUILD_ID);
		ipc_put_u8(&w, letter == 'r' ? ROLE_PARENT : (uint8_t)c->role);
	} else if (letter == 's') {
		type = REC_SETUP;
		put_setup(&w);
	} else if (letter == 'l') {
		type = REC_LIMITS;
		parent_put_limits(&w, &limits);
	} else if (letter == 'c' || letter == 'x') {
		type = REC_CHANNEL;
		ipc_put_u8(&w, letter == 'c' ? ROLE_STORE : ROLE_LISTENER);
		fd = c->log;
	} else if (strchr("pqk", letter) != NULL) {
		type = REC_DESCRIPTOR;
		ipc_put_u8(&w, letter == 'k' ? DESC_HOST_KEY : DESC_PUBLISHER);
		ipc_put_u16(&w, letter == 'q');
		fd = 0;
	} else if (letter == 'a' || letter == 'm') {
		type = letter == 'a' ? REC_ANCHOR_FILE : REC_MANIFEST_FILE;
		ipc_put_string(&w, "");
	} else
		type = letter == 'C' ? REC_CONFINE : REC_STOP;
	give(c, type, &w, buf, fd);
}

/* The type of its next record; 0 at its end. */
static uint16_t
hear(struct child *c, uint8_t *body, size_t size)
{
	uint8_t p[IPC_PACKET_MAX];
	ssize_t n;

	do
		n = recv(c->channel, p, sizeof(p), 0);
	while (n == -1 && errno == ECONNRESET);
	assert_int_not_equal(n, -1);
	if (n == 0)
		return (0);
	assert_true(n >= IPC_HEADER_LEN);
	n -= IPC_HEADER_LEN;
	memcpy(body, p + IPC_HEADER_LEN, (size_t)n < size ? (size_t)n : size);
	return ((uint16_t)(p[0] << 8 | p[1]));
}

/* Its exit status, and the last line of its log. */
static int
finish(struct child *c)
{
	char line[LOG_LINE_MAX + 1];
	ssize_t n;
	int status;

	(void)close(c->channel);
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	while ((n = recv(c->log, line, sizeof(line) - 1, MSG_DONTWAIT)) > 0) {
		line[n] = '\0';
		(void)snprintf(c->said, sizeof(c->said), "%s", line + 1);
	}
	(void)close(c->log);
	assert_true(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

#define WRONG "the parent broke a rule: "

static const struct {
	enum role role;
	const char *letters;
	int status;
	const char *said;
} sequences[] = {
	{ ROLE_CONTROL, "B", START_EXIT_BUILD, "" },
	{ ROLE_CONTROL, "r", 1, WRONG "build: the role of another child" },
	{ ROLE_CONTROL, "s", 1, WRONG "setup: not in state 0x1" },
	{ ROLE_CONTROL, "bb", 1, WRONG "build: not in state 0x2" },
	{ ROLE_CONTROL, "bl", 1, WRONG "limits: not in state 0x2" },
	{ ROLE_CONTROL, "bsc", 1, WRONG "channel: not in state 0x4" },
	{ ROLE_CONTROL, "bsls", 1, WRONG "setup: not in state 0x8" },
	{ ROLE_CONTROL, "bslx", 1, WRONG "channel: to role 1" },
	{ ROLE_CONTROL, "bslcc", 1, WRONG "channel: twice to store" },
	{ ROLE_CONTROL, "bslcpc", 1, WRONG "channel: not in state 0x10" },
	{ ROLE_CONTROL, "bslcq", 1, WRONG "descriptor: kind 2, index 1" },
	{ ROLE_CONTROL, "bslcpp", 1, WRONG "descriptor: kind 2, index 0" },
	{ ROLE_CONTROL, "bslck", 1, WRONG "descriptor: kind 1, index 0" },
	{ ROLE_CONTROL, "bslca", 1, WRONG "a file of the activator's" },
	{ ROLE_CONTROL, "bslC", 1, WRONG "confine: no channel to store" },
	{ ROLE_CONTROL, "bS", 0, "" },
	{ ROLE_CONTROL, "bsl", 0, "" },
	{ ROLE_ACTIVATOR, "bslcC", 1, WRONG "confine: before the manifest" },
	{ ROLE_ACTIVATOR, "bslcm", 1, WRONG "manifest: not in state 0x8" },
	{ ROLE_ACTIVATOR, "bslcaC", 1, WRONG "confine: not in state 0x20" },
	{ ROLE_ACTIVATOR, "bslcamp", 1, WRONG "descriptor: not in state 0x40" },
};

static void
test_sequences(void **state)
{
	struct child c;
	const char *p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
		spawn(&c, sequences[i].role, false);
		for (p = sequences[i].letters; *p != '\0'; p++)
			say(&c, *p);
		assert_int_equal(finish(&c), sequences[i].status);
		assert_string_equal(c.said, sequences[i].said);
	}
}

static void
test_ready(enum role role, const char *letters)
{
	struct confinement f;
	struct child c;
	uint8_t body[1024] = { 0 };
	struct ipc_reader r = { .p = body, .end = body + sizeof(body) };

	spawn(&c, role, false);
	for (; *letters != '\0'; letters++)
		say(&c, *letters);
	assert_int_equal(hear(&c, body, sizeof(body)), REC_BUILD);
	assert_int_equal(hear(&c, body, sizeof(body)), REC_READY);
	parent_get_confinement(&r, &f);
	assert_false(r.bad);
	assert_int_equal(f.pid, c.pid);
	assert_int_equal(f.uid, geteuid() == 0 ? NOBODY : geteuid());
	assert_int_equal(f.chrooted, geteuid() == 0);
	assert_true(f.no_new_privs && !f.dumpable && f.open_refused);
	assert_int_equal(f.nproc, 0);
	assert_int_equal(f.core, 0);
	assert_int_equal(f.fsize, 0);
	assert_int_equal(f.nofile, START_FD_END + 7);
	say(&c, 'S');
	assert_int_equal(hear(&c, body, sizeof(body)), REC_STOPPED);
	assert_int_equal(hear(&c, body, sizeof(body)), 0);
	assert_int_equal(finish(&c), 0);
}

static void
test_confined(void **state)
{
	(void)state;
	test_ready(ROLE_CONTROL, "bslcpC");
	test_ready(ROLE_CONTROL, "bslcC");
	test_ready(ROLE_ACTIVATOR, "bslcpamC");
}

static void
test_nothing_after_ready(void **state)
{
	struct child c;
	uint8_t body[1024];
	const char *p;

	(void)state;
	spawn(&c, ROLE_CONTROL, false);
	for (p = "bslcC"; *p != '\0'; p++)
		say(&c, *p);
	assert_int_equal(hear(&c, body, sizeof(body)), REC_BUILD);
	assert_int_equal(hear(&c, body, sizeof(body)), REC_READY);
	say(&c, 'p');
	assert_int_equal(hear(&c, body, sizeof(body)), 0);
	assert_int_equal(finish(&c), 1);
	assert_string_equal(c.said, WRONG "type 4 has no rule");
}

static void
test_failed(void **state)
{
	struct child c;
	uint8_t body[64] = { 0 };
	const char *p;

	(void)state;
	spawn(&c, ROLE_CONTROL, true);
	for (p = "bslcC"; *p != '\0'; p++)
		say(&c, *p);
	assert_int_equal(hear(&c, body, sizeof(body)), REC_BUILD);
	assert_int_equal(hear(&c, body, sizeof(body)), REC_FAILED);
	assert_memory_equal(body, "\0\14bad host.key", 14);
	assert_int_equal(finish(&c), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_confined),
		cmocka_unit_test(test_nothing_after_ready),
		cmocka_unit_test(test_failed),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
