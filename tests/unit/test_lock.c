/* Tests of the lock on a host's state. */
#include "config.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/ktime.h"
#include "common/lock.h"

static char path[] = "/tmp/test_lock.XXXXXX";
static char error[256];

static void
test_held(void **state)
{
	char pid[32], text[32] = "";
	int64_t began;
	int fd;

	(void)state;
	fd = lock_take(path, 0, error, sizeof(error));
	assert_true(fd != -1);
	(void)snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), strlen(pid));
	assert_string_equal(text, pid);

	began = ktime_boot_ms();
	assert_int_equal(
	    lock_take(path, began + 200, error, sizeof(error)), -1);
	assert_true(ktime_boot_ms() - began >= 200);
	(void)snprintf(pid, sizeof(pid), "process %ld;", (long)getpid());
	assert_non_null(strstr(error, pid));
	assert_non_null(strstr(error, path));

	assert_int_equal(close(fd), 0);
	fd = lock_take(path, 0, error, sizeof(error));
	assert_true(fd != -1);
	assert_int_equal(close(fd), 0);
}

/* Who is taken over while he holds it writes no other pid. */
static void
test_read_only(void **state)
{
	ssize_t n;
	int fd, flags;

	(void)state;
	fd = lock_take(path, 0, error, sizeof(error));
	assert_true(fd != -1);
	flags = fcntl(fd, F_GETFL);
	n = pwrite(fd, "1\n", 2, 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(flags & O_ACCMODE, O_RDONLY);
	assert_int_equal(n, -1);
}

/* Who waits gets it when the holder dies. */
static void
test_wait(void **state)
{
	int ready[2], go[2], fd, status;
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	assert_true((pid = fork()) != -1);
	if (pid == 0) {
		(void)close(go[1]);
		if (lock_take(path, 0, error, sizeof(error)) == -1 ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		_exit(read(go[0], &c, 1) == 1 ? 0 : 2);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(lock_take(path, 0, error, sizeof(error)), -1);
	assert_int_equal(write(go[1], "", 1), 1);
	fd = lock_take(path, ktime_boot_ms() + 10000, error, sizeof(error));
	assert_true(fd != -1);
	assert_int_equal(close(fd), 0);
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_int_equal(status, 0);
}

static void
test_missing(void **state)
{
	(void)state;
	assert_int_equal(
	    lock_take("/nonexistent/lock", 0, error, sizeof(error)), -1);
	assert_non_null(strstr(error, "/nonexistent/lock: No such file"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_missing),
	};
	int fd, failed;

	if ((fd = mkstemp(path)) == -1)
		return (1);
	(void)close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return (failed);
}
