/* The probes of a process that is not confined: nothing is refused. */
#include "config.h"

#include <sys/resource.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/sandbox.h"

static void
assert_nothing_refused(void)
{
	struct confinement c;

	memset(&c, 0, sizeof(c));
	sandbox_probe(&c, -1);
	assert_int_equal(c.pid, getpid());
	assert_int_equal(c.uid, geteuid());
	assert_false(c.open_refused);
	assert_false(c.bind_refused);
	assert_false(c.connect_refused);
}

static void
test_nothing_refused(void **state)
{
	(void)state;
	assert_nothing_refused();
}

/* A probe that fails for another reason is not a proof of confinement. */
static void
test_no_descriptors(void **state)
{
	struct rlimit old, none;
	int fd;

	(void)state;
	assert_int_not_equal(fd = open("/dev/null", O_RDONLY), -1);
	(void)close(fd);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = (rlim_t)fd;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_nothing_refused();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_refused),
		cmocka_unit_test(test_no_descriptors),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
