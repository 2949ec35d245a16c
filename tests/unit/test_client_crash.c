/*
 * Death of the client at each of its writing system calls, one after the
 * other: what is left can always be read, a grant that was held is still
 * held, and the next activation succeeds.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/handle.h"
#include "tests/unit/fake_host.h"

#define CALLS_MAX 200
#define DIED 77

/* The linker leads the library's calls here (--wrap). */
int __real_fsync(int);
int __real_renameat(int, const char *, int, const char *);
int __real_unlinkat(int, const char *, int);
int __real_mkdirat(int, const char *, mode_t);
ssize_t __real_write(int, const void *, size_t);
int __wrap_fsync(int);
int __wrap_renameat(int, const char *, int, const char *);
int __wrap_unlinkat(int, const char *, int);
int __wrap_mkdirat(int, const char *, mode_t);
ssize_t __wrap_write(int, const void *, size_t);

static int calls_left = -1; /* -1: nobody dies */
static char calls[4 * CALLS_MAX]; /* a letter each: fsync, rename, write */
static size_t ncalls;

static void
note(char call)
{
	if (ncalls + 1 < sizeof(calls))
		calls[ncalls++] = call;
}

/* True if this is the call at which to die. */
static bool
dies(void)
{
	return (calls_left > 0 && --calls_left == 0);
}

int
__wrap_fsync(int fd)
{
	if (dies())
		_exit(DIED);
	note('f');
	return (__real_fsync(fd));
}

int
__wrap_renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	if (dies())
		_exit(DIED);
	note('r');
	return (__real_renameat(from_fd, from, to_fd, to));
}

int
__wrap_unlinkat(int fd, const char *name, int flags)
{
	if (dies())
		_exit(DIED);
	return (__real_unlinkat(fd, name, flags));
}

int
__wrap_mkdirat(int fd, const char *name, mode_t mode)
{
	if (dies())
		_exit(DIED);
	return (__real_mkdirat(fd, name, mode));
}

/* Half of it is written. */
ssize_t
__wrap_write(int fd, const void *data, size_t len)
{
	if (dies()) {
		(void)__real_write(fd, data, len / 2);
		_exit(DIED);
	}
	note('w');
	return (__real_write(fd, data, len));
}

/* Activates in a child that dies at the n-th call; returns its status. */
static int
activate_and_die(struct fake_host *h, int n)
{
	struct kmsclient *c;
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		c = fake_client(h);
		calls_left = n;
		_exit(kmsclient_activate(c) == 0 ? 0 : 1);
	}
	assert_int_not_equal(pid, -1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

/* Returns the number of calls that one activation makes. */
static int
campaign(struct fake_host *h, bool held)
{
	struct kmsclient_status st;
	struct kmsclient *c;
	int n, status = DIED;

	for (n = 1; n < CALLS_MAX && status == DIED; n++) {
		fake_remove(h->dir);
		assert_int_equal(mkdir(h->dir, 0755), 0);
		h->nrequests = 0;
		c = fake_client(h);
		if (held)
			assert_int_equal(kmsclient_activate(c), 0);
		status = activate_and_die(h, n);
		assert_true(status == DIED || status == 0);
		if (kmsclient_status(c, &st, sizeof(st)) == -1)
			fail_msg("call %d: %s", n, kmsclient_error(c));
		if (held && st.state != KMSCLIENT_LICENSED)
			fail_msg("call %d: %s", n, st.text);
		if (kmsclient_activate(c) == -1)
			fail_msg("call %d: %s", n, kmsclient_error(c));
		kmsclient_close(c);
	}
	assert_int_equal(status, 0);
	return (n);
}

static int
setup(void **state)
{
	struct fake_host *h;

	if ((h = malloc(sizeof(*h))) == NULL)
		return (-1);
	fake_start(h);
	*state = h;
	return (0);
}

static int
teardown(void **state)
{
	fake_stop(*state);
	free(*state);
	return (0);
}

static void
test_first_activation(void **state)
{
	assert_in_range(campaign(*state, false), 20, CALLS_MAX);
}

static void
test_renewal(void **state)
{
	assert_in_range(campaign(*state, true), 15, CALLS_MAX);
}

/* A new certificate each time: grant and certificate stay a pair. */
static void
new_certificate(struct fake_host *h, struct fake_reply *r)
{
	(void)r;
	(void)uuid_make(h->certificate.serial);
	memcpy(h->seal.serial, h->certificate.serial, UUID_LEN);
}

static void
test_new_certificate(void **state)
{
	struct fake_host *h = *state;

	h->alter_grant = new_certificate;
	assert_in_range(campaign(h, true), 15, CALLS_MAX);
}

/* Power may fail too: each file is synced before its name, then the name. */
static void
test_sync_order(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	size_t i, renames = 0;

	ncalls = 0;
	assert_int_equal(kmsclient_activate(c), 0);
	calls[ncalls] = '\0';
	for (i = 0; i < ncalls; i++) {
		if (calls[i] != 'r')
			continue;
		renames++;
		assert_true(i >= 2 && i + 1 < ncalls);
		if (memcmp(calls + i - 2, "wfrf", 4) != 0)
			fail_msg("call %zu of %s", i, calls);
	}
	/* Both halves of the key, state twice, certificate, grant. */
	assert_int_equal(renames, 6);
	kmsclient_close(c);
}

int
main(void)
{
#define CASE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_first_activation),
		CASE(test_renewal),
		CASE(test_new_certificate),
		CASE(test_sync_order),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
