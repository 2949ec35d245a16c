/*
 * Log lines of a child and of the parent: one packet a line, cut where it is
 * too long, counted where it is dropped, encoded where it is relayed.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/log.h"

struct ends {
	int saved; /* the true standard error */
	int fd; /* the other end */
};

static int
begin(void **state, int type)
{
	static struct ends e;
	int sv[2];

	if (socketpair(AF_UNIX, type, 0, sv) == -1)
		return (-1);
	e.saved = dup(STDERR_FILENO);
	e.fd = sv[0];
	if (e.saved == -1 || dup2(sv[1], STDERR_FILENO) == -1)
		return (-1);
	(void)close(sv[1]);
	*state = &e;
	return (0);
}

static int
setup_child(void **state)
{
	log_init("store", LOG_CHILD, LOG_LEVEL_INFO);
	return (begin(state, SOCK_SEQPACKET));
}

static int
setup_daemon(void **state)
{
	log_init("kmsd", LOG_DAEMON, LOG_LEVEL_INFO);
	return (begin(state, SOCK_STREAM));
}

static int
teardown(void **state)
{
	struct ends *e = *state;

	(void)dup2(e->saved, STDERR_FILENO);
	(void)close(e->saved);
	(void)close(e->fd);
	log_init("test", LOG_TOOL, LOG_LEVEL_INFO);
	return (0);
}

static size_t
receive(struct ends *e, char *buf, size_t size)
{
	ssize_t n;

	n = recv(e->fd, buf, size - 1, MSG_DONTWAIT);
	assert_true(n > 0);
	buf[n] = '\0';
	return ((size_t)n);
}

static void
assert_nothing(struct ends *e)
{
	char c;

	assert_int_equal(recv(e->fd, &c, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

static void
test_levels(void **state)
{
	struct ends *e = *state;
	char buf[64];

	log_debug("too fine");
	assert_nothing(e);
	log_info("family %d", 7);
	assert_int_equal(receive(e, buf, sizeof(buf)), 9);
	assert_int_equal(buf[0], LOG_LEVEL_INFO);
	assert_string_equal(buf + 1, "family 7");
	errno = ENOENT;
	log_warn("open");
	assert_int_equal(errno, ENOENT);
	(void)receive(e, buf, sizeof(buf));
	assert_int_equal(buf[0], LOG_LEVEL_WARN);
	assert_string_equal(buf + 1, "open: No such file or directory");
	log_set_level(LOG_LEVEL_DEBUG);
	assert_int_equal(log_get_level(), LOG_LEVEL_DEBUG);
	log_debug("fine");
	(void)receive(e, buf, sizeof(buf));
	assert_int_equal(buf[0], LOG_LEVEL_DEBUG);
	log_set_level(LOG_LEVEL_FATAL);
	log_warnx("not now");
	assert_nothing(e);
}

static void
test_truncated(void **state)
{
	struct ends *e = *state;
	char buf[2 * LOG_LINE_MAX], text[2 * LOG_LINE_MAX];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_info("%s", text);
	assert_int_equal(receive(e, buf, sizeof(buf)), LOG_LINE_MAX);
	assert_int_equal(strspn(buf + 1, "x"), LOG_LINE_MAX - 1);
	text[LOG_LINE_MAX - 3] = '\0';
	errno = EPERM;
	log_warn("%s", text);
	assert_int_equal(receive(e, buf, sizeof(buf)), LOG_LINE_MAX);
	assert_string_equal(buf + LOG_LINE_MAX - 2, ": ");
}

/* Never waits for the parent to read, and says later how much is missing. */
static void
test_dropped(void **state)
{
	struct ends *e = *state;
	char buf[64];
	uint64_t i, sent = 100000, got = 0, dropped;

	for (i = 0; i < sent; i++)
		log_info("line");
	while (recv(e->fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		got++;
	dropped = log_dropped();
	assert_true(dropped > 0 && got > 0);
	assert_true(got + dropped == sent);
	assert_true(log_dropped() == 0);
	log_info("after");
	assert_true(log_dropped() == 0);
}

/* Until the process waits for something, or has ended. */
static void
let_go_on(pid_t pid)
{
	char path[64], state = 'R';
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	while (state != 'S' && state != 'Z') {
		assert_non_null(f = fopen(path, "r"));
		assert_int_equal(fscanf(f, "%*d (%*[^)]) %c", &state), 1);
		(void)fclose(f);
		(void)sched_yield();
	}
}

/* Whoever ends says why, as soon as there is room for it. */
static void
test_last(void **state)
{
	struct ends *e = *state;
	char buf[64], last[64] = "";
	pid_t pid;
	int status;
	ssize_t n;

	while (log_dropped() == 0)
		log_info("line");
	assert_true((pid = fork()) != -1);
	if (pid == 0) {
		(void)close(e->fd);
		fatalx("the reason");
	}
	(void)dup2(e->saved, STDERR_FILENO);
	let_go_on(pid);
	while ((n = recv(e->fd, buf, sizeof(buf) - 1, 0)) > 0) {
		buf[n] = '\0';
		(void)strlcpy(last, buf + 1, sizeof(last));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	assert_string_equal(last, "the reason");
}

static void
test_gone(void **state)
{
	struct ends *e = *state;

	(void)shutdown(e->fd, SHUT_RDWR);
	log_info("nobody reads this, and no signal ends us");
	assert_true(log_dropped() == 1);
}

static void
test_relayed(void **state)
{
	struct ends *e = *state;
	char buf[8 * LOG_LINE_MAX], *p;
	static char bad[4 * LOG_LINE_MAX];

	log_relay("store", LOG_LEVEL_WARN, "a\nb\033[2J\0c", 9);
	(void)receive(e, buf, sizeof(buf));
	assert_non_null(p = strchr(buf, ' '));
	assert_int_equal(p - buf, strlen("2026-11-22T10:00:00Z"));
	assert_string_equal(p, " store: a\\nb\\^[[2J\\0c\n");
	log_relay("store", LOG_LEVEL_DEBUG, "x", 1);
	assert_nothing(e);
	memset(bad, '\001', sizeof(bad));
	log_relay("store", LOG_LEVEL_WARN, bad, sizeof(bad));
	assert_true(receive(e, buf, sizeof(buf)) < 4 * LOG_LINE_MAX + 64);
	assert_non_null(strchr(buf, '\n'));
	assert_ptr_equal(strchr(buf, '\n'), strrchr(buf, '\n'));
}

/* The parent's own lines quote children: what they say stays one line. */
static void
test_quoted(void **state)
{
	struct ends *e = *state;
	char buf[8 * LOG_LINE_MAX], *p;

	log_warnx("the store cannot run: %s",
	    "x\n2026-11-22T10:00:00Z kmsd: serving\033[2J");
	(void)receive(e, buf, sizeof(buf));
	assert_non_null(p = strchr(buf, ' '));
	assert_string_equal(p,
	    " kmsd: the store cannot run: x\\n2026-11-22T10:00:00Z "
	    "kmsd: serving\\^[[2J\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_levels, setup_child, teardown),
		cmocka_unit_test_setup_teardown(
		    test_truncated, setup_child, teardown),
		cmocka_unit_test_setup_teardown(
		    test_dropped, setup_child, teardown),
		cmocka_unit_test_setup_teardown(
		    test_last, setup_child, teardown),
		cmocka_unit_test_setup_teardown(
		    test_gone, setup_child, teardown),
		cmocka_unit_test_setup_teardown(
		    test_relayed, setup_daemon, teardown),
		cmocka_unit_test_setup_teardown(
		    test_quoted, setup_daemon, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
