/* What /proc says of a process, and what it does not say. */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kmsd/proc.h"

#define PID 4711
#define PPID 4710
#define GROUPS 65536 /* the kernel's limit */
#define NOT_ALLOWED 77 /* to make name spaces */

static const char status[] = "Name:\tkmsd-store\nUmask:\t0077\n"
			     "State:\tS (sleeping)\nPid:\t4711\n"
			     "PPid:\t4710\nTracerPid:\t0\n"
			     "Uid:\t993\t993\t993\t993\n"
			     "Gid:\t992\t992\t992\t992\n"
			     "Groups:\t992 \nVmPeak:\t 10384 kB\n"
			     "VmLck:\t    64 kB\nThreads:\t1\n"
			     "CapInh:\t0000000000000000\n"
			     "CapPrm:\t0000000000000000\n"
			     "CapEff:\t0000000000000000\n"
			     "CapBnd:\t00000000000400e0\n"
			     "CapAmb:\t0000000000000000\n"
			     "NoNewPrivs:\t1\nSeccomp:\t2\n"
			     "Seccomp_filters:\t3\n";

static const char limits[] =
    "Limit                     Soft Limit           Hard Limit           "
    "Units     \n"
    "Max cpu time              unlimited            unlimited            "
    "seconds   \n"
    "Max file size             17                   18                   "
    "bytes     \n"
    "Max data size             4294967296           4294967296           "
    "bytes     \n"
    "Max core file size        0                    0                    "
    "bytes     \n"
    "Max processes             0                    0                    "
    "processes \n"
    "Max open files            24                   25                   "
    "files     \n"
    "Max locked memory         unlimited            unlimited            "
    "bytes     \n";

/* The text with one part replaced; free it. */
static char *
with(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	char *made;

	assert_non_null(at);
	assert_true(asprintf(&made, "%.*s%s%s", (int)(at - text), text, new,
			at + strlen(old)) > 0);
	return (made);
}

static int
parse(const char *old, const char *new, struct confinement *c)
{
	char *text = with(status, old, new);
	int r;

	memset(c, 0, sizeof(*c));
	r = proc_parse_status(text, PID, PPID, c);
	free(text);
	return (r);
}

static void
test_status(void **state)
{
	struct confinement c;

	(void)state;
	memset(&c, 0, sizeof(c));
	assert_int_equal(proc_parse_status(status, PID, PPID, &c), 0);
	assert_int_equal(c.uid, 993);
	assert_int_equal(c.gid, 992);
	assert_true(c.no_new_privs);
	assert_int_equal(c.seccomp, 2);
	assert_int_equal(c.seccomp_filters, 3);
	assert_int_equal(c.locked, 64 * 1024);
	assert_true(c.capabilities == 0);
}

static void
test_status_deviates(void **state)
{
	struct confinement c;

	(void)state;
	/* One id of four is enough to be somebody else. */
	assert_int_equal(
	    parse("993\t993\t993\t993", "993\t993\t0\t993", &c), 0);
	assert_int_equal(c.uid, 0);
	assert_int_equal(
	    parse("992\t992\t992\t992", "992\t992\t992\t7", &c), 0);
	assert_int_equal(c.gid, 7);
	assert_int_equal(
	    parse("CapInh:\t00000000", "CapInh:\t80000000", &c), 0);
	assert_true(c.capabilities == 1ULL << 63);
	assert_int_equal(parse("NoNewPrivs:\t1", "NoNewPrivs:\t0", &c), 0);
	assert_false(c.no_new_privs);
	assert_int_equal(parse("Seccomp:\t2", "Seccomp:\t0", &c), 0);
	assert_int_equal(c.seccomp, 0);
	assert_int_equal(parse("Seccomp:\t2\n", "", &c), 0);
	assert_int_equal(c.seccomp, 0);
	/* Not counted before Linux 5.9. */
	assert_int_equal(parse("Seccomp_filters:\t3\n", "", &c), 0);
	assert_int_equal(c.seccomp_filters, 0);
}

static void
test_status_refused(void **state)
{
	static const char *const lines[][2] = {
		{ "Pid:\t4711\n", "Pid:\t4712\n" },
		{ "PPid:\t4710", "PPid:\t1" },
		{ "Uid:\t993\t993\t993\t993", "Uid:\t993\t993\t993" },
		{ "Gid:\t992", "Gid:\tx" },
		{ "VmLck:\t    64", "VmLck:\t    -64" },
		{ "CapAmb:", "CapXmb:" },
		{ "Threads:\t1", "Threads:\t2" },
		{ "NoNewPrivs:\t1", "NoNewPrivs:\t" },
		{ "\nSeccomp:\t2", "\nSeccomp:\t3" },
	};
	struct confinement c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (parse(lines[i][0], lines[i][1], &c) != -1)
			fail_msg("accepted: %s", lines[i][1]);
	}
	assert_int_equal(proc_parse_status("", PID, PPID, &c), -1);
}

static void
test_limits(void **state)
{
	struct confinement c;
	char *text;

	(void)state;
	memset(&c, 0, sizeof(c));
	assert_int_equal(proc_parse_limits(limits, &c), 0);
	assert_int_equal(c.fsize, 17);
	assert_true(c.data == 4ULL << 30);
	assert_int_equal(c.core, 0);
	assert_int_equal(c.nproc, 0);
	assert_int_equal(c.nofile, 24);
	assert_true(c.memlock == UINT64_MAX);
	text = with(limits, "Max open files", "Max file locks");
	assert_int_equal(proc_parse_limits(text, &c), -1);
	free(text);
	assert_int_equal(proc_parse_limits("", &c), -1);
}

static void
test_ends(void **state)
{
	(void)state;
	assert_false(proc_parse_ends("4711 (kmsd-store) S 4710 1 1 0 -1 "
				     "4194560 195 0 0"));
	assert_false(proc_parse_ends("4711 (a) Z 1 (b)) R 4710 1 1 0 -1 "
				     "4194560 195 0 0"));
	assert_true(proc_parse_ends("4711 (kmsd-store) R 4710 1 1 0 -1 "
				    "4194564 195 0 0"));
	assert_true(proc_parse_ends("4711 (kmsd-store) Z 4710 1 1 0 -1 "
				    "4194560 195 0 0"));
	assert_true(proc_parse_ends("4711 (kmsd-store) S 4710 1 1 0 -1"));
	assert_true(proc_parse_ends(""));
}

/* One that has ended and waits to be asked how. */
static void
test_zombie(void **state)
{
	struct confinement c;
	siginfo_t info;
	pid_t pid;

	(void)state;
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	memset(&c, 0, sizeof(c));
	assert_int_equal(proc_confinement(pid, &c), -1);
	assert_int_equal(errno, ESRCH);
	assert_false(c.kernel);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/*
 * In so many groups that what follows them is beyond any reader: nothing is
 * said rather than half of it.
 */
static void
test_groups(void **state)
{
	static gid_t groups[GROUPS];
	struct confinement c;
	int told[2], how;
	char byte = 0;
	pid_t pid;
	size_t i;

	(void)state;
	if (geteuid() != 0)
		skip();
	for (i = 0; i < GROUPS; i++)
		groups[i] = (gid_t)(1000000000 + i);
	assert_int_equal(pipe(told), 0);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		byte = setgroups(GROUPS, groups) == 0;
		(void)!write(told[1], &byte, 1);
		(void)pause();
		_exit(0);
	}
	assert_int_equal(read(told[0], &byte, 1), 1);
	memset(&c, 0, sizeof(c));
	if (byte == 1) {
		assert_int_equal(proc_confinement(pid, &c), -1);
		assert_int_equal(errno, EFBIG);
		assert_false(c.kernel);
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_int_equal(byte, 1);
}

/* This very process, and one that is not ours to ask about. */
static void
test_real(void **state)
{
	struct confinement c;

	(void)state;
	memset(&c, 0, sizeof(c));
	assert_int_equal(proc_confinement(getpid(), &c), 0);
	assert_true(c.kernel);
	assert_int_equal(c.uid, geteuid());
	assert_int_equal(c.gid, getegid());
	memset(&c, 0, sizeof(c));
	assert_int_equal(proc_confinement(1, &c), -1);
	assert_false(c.kernel);
	assert_int_equal(c.nofile, 0);
}

/*
 * The first process of a new name space, with the /proc of the old one: there
 * the first is somebody else, and has no parent either.
 */
static __attribute__((noreturn)) void
look_from_within(void)
{
	struct confinement c;
	int how;
	pid_t pid;

	if (unshare(CLONE_NEWUSER | CLONE_NEWPID) == -1 &&
	    unshare(CLONE_NEWPID) == -1)
		_exit(NOT_ALLOWED);
	if ((pid = fork()) == 0) {
		memset(&c, 0, sizeof(c));
		if (getpid() != 1 || getppid() != 0)
			_exit(EXIT_FAILURE);
		_exit(proc_confinement(getpid(), &c) == -1 && errno == EPROTO &&
			      !c.kernel
			  ? EXIT_SUCCESS
			  : EXIT_FAILURE);
	}
	if (pid == -1 || waitpid(pid, &how, 0) != pid || !WIFEXITED(how))
		_exit(EXIT_FAILURE);
	_exit(WEXITSTATUS(how));
}

static void
test_other_name_space(void **state)
{
	int how;
	pid_t pid;

	(void)state;
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		look_from_within();
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_true(WIFEXITED(how));
	if (WEXITSTATUS(how) == NOT_ALLOWED)
		skip();
	assert_int_equal(WEXITSTATUS(how), EXIT_SUCCESS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_status_deviates),
		cmocka_unit_test(test_status_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_zombie),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_other_name_space),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
