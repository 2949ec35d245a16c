/*
 * The store as a process, started and confined as kmsd does it (as root in
 * its chroot under another uid): it makes a database, commits, survives a
 * kill between commit and reply, and says what time does not cure.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/start.h"
#include "tests/unit/store_fixture.h"

#define WAIT_MS 20000
#define QUEUE (4 * IPC_PACKET_MAX)
#define NOBODY 65534

struct parent {
	struct fixture *f;
	pid_t pid;
	struct ipc_channel *child, *activator;
	int control;
	bool ready, stopped, ended;
	struct confinement confinement;
	char failed[PARENT_TEXT_MAX + 1];
	struct as_state state;
	size_t nstates, noutcomes;
	uint64_t committed;
};

static int
on_build(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	char build[BUILD_ID_MAX + 1];

	(void)ctx;
	(void)ch;
	ipc_get_string(r, build, sizeof(build));
	assert_string_equal(build, KMSD_BUILD_ID);
	assert_int_equal(ipc_get_u8(r), ROLE_STORE);
	return 0;
}

static int
on_ready(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct parent *p = ctx;

	(void)ch;
	parent_get_confinement(r, &p->confinement);
	p->ready = true;
	return 0;
}

static int
on_failed(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct parent *p = ctx;

	(void)ch;
	ipc_get_string(r, p->failed, sizeof(p->failed));
	return 0;
}

static int
on_counters(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child_counters c;

	(void)ctx;
	(void)ch;
	parent_get_counters(r, &c);
	assert_int_equal(c.n, STORE_COUNTERS);
	return 0;
}

static int
on_stopped(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct parent *p = ctx;

	(void)ch;
	(void)r;
	p->stopped = true;
	return 0;
}

static int
on_state(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct parent *p = ctx;

	(void)ch;
	as_get_state(r, &p->state);
	p->nstates++;
	return 0;
}

static int
on_outcome(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct parent *p = ctx;
	struct as_outcome o;

	(void)ch;
	as_get_outcome(r, &o);
	p->noutcomes++;
	return 0;
}

static int
on_committed(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct parent *p = ctx;

	(void)ch;
	p->committed = ipc_get_u64(r);
	return 0;
}

#define RULE(type, handle)                                                 \
	{                                                                  \
		type, #type, IPC_ANY_STATE, 0, IPC_PACKET_MAX, 1000, 0, 0, \
		    false, handle                                          \
	}

static const struct ipc_rule parent_rules[] = {
	RULE(REC_BUILD, on_build),
	RULE(REC_READY, on_ready),
	RULE(REC_FAILED, on_failed),
	RULE(REC_COUNTERS, on_counters),
	RULE(REC_STOPPED, on_stopped),
	{ .type = 0 },
};

static const struct ipc_rule activator_rules[] = {
	RULE(REC_STORE_STATE, on_state),
	RULE(REC_OUTCOME, on_outcome),
	RULE(REC_COMMITTED, on_committed),
	{ .type = 0 },
};

static void
ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	struct parent *p = ctx;

	(void)ch;
	if (why != NULL)
		print_message("# a channel ended: %s\n", why);
	p->ended = true;
}

static void
pair(int fd[2])
{
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
}

static void
spawn(struct parent *p)
{
	char *const argv[] = { (char *)(uintptr_t) "kmsd-store", NULL };
	char *const envp[] = { NULL };
	int fd[2], null;

	pair(fd);
	p->pid = fork();
	assert_int_not_equal(p->pid, -1);
	if (p->pid == 0) {
		null = open("/dev/null", O_RDWR);
		if (null == -1 || dup2(null, 0) == -1 || dup2(null, 1) == -1 ||
		    dup2(fd[1], 3) == -1)
			_exit(126);
		(void)execve(KMSD_STORE_PROGRAM, argv, envp);
		_exit(127);
	}
	(void)close(fd[1]);
	p->child = ipc_new(fd[0], "store", parent_rules, QUEUE, p, ended);
	assert_non_null(p->child);
}

static void
give_channel(struct parent *p, enum role peer, int fd)
{
	ipc_put_u8(ipc_begin(p->child, REC_CHANNEL, 1), (uint8_t)peer);
	assert_int_equal(ipc_end_fd(p->child, fd), 0);
	(void)close(fd);
}

/* What kmsd sends to the store, up to its READY. */
static void
set_up(struct parent *p, uint32_t generation)
{
	struct limits limits = { .skew = 14400 };
	struct setup setup = { .generation = generation, .level = 2 };
	struct ipc_writer *w;
	int fd[2];

	setup.files_optional = true;
	setup.syscalls_optional = true;
	setup.as_root = geteuid() == 0;
	setup.uid = setup.gid = NOBODY;
	(void)strlcpy(setup.root, p->f->directory, sizeof(setup.root));
	(void)strlcpy(
	    setup.directory, p->f->directory, sizeof(setup.directory));
	w = ipc_begin(p->child, REC_BUILD, BUILD_ID_MAX + 3);
	ipc_put_string(w, KMSD_BUILD_ID);
	ipc_put_u8(w, ROLE_STORE);
	assert_int_equal(ipc_end(p->child), 0);
	parent_put_setup(ipc_begin(p->child, REC_SETUP, 1024), &setup);
	assert_int_equal(ipc_end(p->child), 0);
	parent_put_limits(ipc_begin(p->child, REC_LIMITS, 36), &limits);
	assert_int_equal(ipc_end(p->child), 0);
	pair(fd);
	p->activator =
	    ipc_new(fd[0], "store", activator_rules, QUEUE, p, ended);
	assert_non_null(p->activator);
	give_channel(p, ROLE_ACTIVATOR, fd[1]);
	pair(fd);
	p->control = fd[0];
	give_channel(p, ROLE_CONTROL, fd[1]);
	assert_non_null(ipc_begin(p->child, REC_CONFINE, 0));
	assert_int_equal(ipc_end(p->child), 0);
	assert_int_equal(ipc_drain(p->child, WAIT_MS), 0);
	while (!p->ready && !p->ended)
		(void)ipc_wait(p->child, WAIT_MS);
	assert_true(p->ready);
}

static void
begin(struct parent *p, struct fixture *f, uint32_t generation)
{
	memset(p, 0, sizeof(*p));
	p->f = f;
	spawn(p);
	set_up(p, generation);
}

static int
reap(struct parent *p)
{
	int status;

	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	ipc_free(p->child);
	ipc_free(p->activator);
	(void)close(p->control);
	return status;
}

static void
stop(struct parent *p)
{
	int status;

	assert_non_null(ipc_begin(p->child, REC_STOP, 0));
	assert_int_equal(ipc_end(p->child), 0);
	assert_int_equal(ipc_drain(p->child, WAIT_MS), 0);
	while (!p->stopped && !p->ended)
		(void)ipc_wait(p->child, WAIT_MS);
	assert_true(p->stopped);
	status = reap(p);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
wait_state(struct parent *p, size_t n)
{
	while (p->nstates < n)
		assert_int_equal(ipc_wait(p->activator, WAIT_MS), 1);
}

static void
create(struct parent *p)
{
	struct ipc_writer *w;

	wait_state(p, 1);
	assert_false(p->state.exists);
	w = ipc_begin(p->activator, REC_STORE_CREATE, 32);
	ipc_put_bytes(w, store_uuid, UUID_LEN);
	ipc_put_bytes(w, log_uuid, UUID_LEN);
	assert_int_equal(ipc_end(p->activator), 0);
	assert_int_equal(ipc_drain(p->activator, WAIT_MS), 0);
	wait_state(p, 2);
	assert_true(p->state.exists);
}

static void
send_batch(struct parent *p, int64_t now)
{
	struct as_batch head = batch_head(2, now);
	struct as_decide in;
	uint32_t i;

	as_put_batch(ipc_begin(p->activator, REC_BATCH, AS_BATCH_MAX), &head);
	assert_int_equal(ipc_end(p->activator), 0);
	for (i = 0; i < 2; i++) {
		in = request(i, now);
		as_put_decide(
		    ipc_begin(p->activator, REC_DECIDE, AS_DECIDE_MAX), &in);
		assert_int_equal(ipc_end(p->activator), 0);
	}
	assert_int_equal(ipc_drain(p->activator, WAIT_MS), 0);
}

static int
setup_directory(void **state)
{
	struct fixture *f;

	(void)fixture_setup_empty(state);
	f = *state;
	if (geteuid() == 0)
		assert_int_equal(chown(f->directory, NOBODY, NOBODY), 0);
	return 0;
}

static void
confined_batches(void **state)
{
	struct fixture *f = *state;
	struct parent p;
	uint64_t i;

	begin(&p, f, 1);
	create(&p);
	for (i = 1; i <= 3; i++) {
		send_batch(&p, NOON + (int64_t)i);
		while (p.committed < 2 * i)
			assert_int_equal(ipc_wait(p.activator, WAIT_MS), 1);
	}
	assert_int_equal(p.noutcomes, 6);
	assert_true(p.confinement.no_new_privs);
	assert_false(p.confinement.dumpable);
	assert_int_equal(p.confinement.chrooted, geteuid() == 0);
	stop(&p);
	assert_int_equal(store_open(f->store, f->directory, NULL), STORE_OK);
	assert_int_equal(f->store->size, 6);
}

/* The answer has left the store, and nobody has read it. */
static void
killed_before_the_reply(void **state)
{
	struct fixture *f = *state;
	struct pollfd pfd = { .events = POLLIN };
	struct parent p;
	int status;

	begin(&p, f, 1);
	create(&p);
	send_batch(&p, NOON);
	pfd.fd = ipc_fd(p.activator);
	assert_int_equal(poll(&pfd, 1, WAIT_MS), 1);
	assert_int_equal(kill(p.pid, SIGKILL), 0);
	status = reap(&p);
	assert_true(WIFSIGNALED(status));
	begin(&p, f, 2);
	wait_state(&p, 1);
	assert_true(p.state.exists);
	assert_int_equal(p.state.size, 2);
	assert_int_equal(p.state.newest.sec, NOON);
	stop(&p);
}

static void
says_why(void **state)
{
	struct fixture *f = *state;
	struct parent p;
	char path[600];
	FILE *file;
	int i, status;

	(void)snprintf(path, sizeof(path), "%s/kmsd.db", f->directory);
	file = fopen(path, "w");
	assert_non_null(file);
	for (i = 0; i < 2000; i++)
		(void)fputs("no database ", file);
	assert_int_equal(fclose(file), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	begin(&p, f, 1);
	while (p.failed[0] == '\0' && !p.ended)
		(void)ipc_wait(p.child, WAIT_MS);
	assert_non_null(strstr(p.failed, "not a database"));
	assert_non_null(strstr(p.failed, f->directory));
	status = reap(&p);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

/* A broken rule ends the process; what was begun is not there. */
static void
broken_rule(void **state)
{
	struct fixture *f = *state;
	struct as_batch head = batch_head(2, NOON);
	struct as_decide in = request(1, NOON);
	struct parent p;
	int i, status;

	begin(&p, f, 1);
	create(&p);
	as_put_batch(ipc_begin(p.activator, REC_BATCH, AS_BATCH_MAX), &head);
	assert_int_equal(ipc_end(p.activator), 0);
	as_put_decide(ipc_begin(p.activator, REC_DECIDE, AS_DECIDE_MAX), &in);
	assert_int_equal(ipc_end(p.activator), 0);
	for (i = 0; i < 2; i++) {
		as_put_batch(
		    ipc_begin(p.activator, REC_BATCH, AS_BATCH_MAX), &head);
		assert_int_equal(ipc_end(p.activator), 0);
	}
	assert_int_equal(ipc_drain(p.activator, WAIT_MS), 0);
	status = reap(&p);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	assert_int_equal(store_open(f->store, f->directory, NULL), STORE_OK);
	assert_int_equal(f->store->size, 0);
}

/* What the store's program may not even name. */
static void
no_network_no_keys(void **state)
{
	static const char *const forbidden[] = { " crypto_sign", " crypto_box",
		" crypto_secretbox", " crypto_scalarmult", " crypto_aead",
		" socket@", " bind@", " connect@", " listen@", " accept",
		" getaddrinfo", " gethostby", " sendto@", " recvfrom@" };
	char line[512];
	bool sqlite = false;
	FILE *nm;
	size_t i;

	(void)state;
	nm = popen("nm -D --undefined-only " KMSD_STORE_PROGRAM, "r");
	assert_non_null(nm);
	while (fgets(line, sizeof(line), nm) != NULL) {
		sqlite = sqlite || strstr(line, " sqlite3_step") != NULL;
		for (i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
			if (strstr(line, forbidden[i]) != NULL)
				fail_msg("kmsd-store names %s", line);
	}
	assert_int_equal(pclose(nm), 0);
	assert_true(sqlite); /* nm sees something */
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, setup_directory, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(confined_batches),
		TEST(killed_before_the_reply),
		TEST(says_why),
		TEST(broken_rule),
		cmocka_unit_test(no_network_no_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
