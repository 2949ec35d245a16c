/* Tests of activator/clock.c: after a step nothing expires for a while. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "activator/clock.h"

#define NOW INT64_C(1795341600)
#define BOOT INT64_C(7000)

static struct host_clock c;
static int64_t wall, boot;

static int
pass(int64_t seconds, int64_t step)
{
	boot += seconds * 1000;
	wall += seconds + step;
	return (clock_tick(&c, (struct ktime){ wall }, boot));
}

static int32_t
oldest(void)
{
	return (clock_oldest_day(&c, (struct ktime){ wall }));
}

static int32_t
today(void)
{
	return (ktime_day((struct ktime){ wall }));
}

static void
start_counted(int64_t newest, int32_t counted)
{
	wall = NOW;
	boot = BOOT;
	clock_start(&c, (struct ktime){ wall }, boot, (struct ktime){ newest },
	    counted);
}

static void
start(int64_t newest)
{
	start_counted(newest, 0);
}

static void
test_normal(void **state)
{
	int i;

	(void)state;
	start(0);
	assert_int_equal(oldest(), today() - 30);
	for (i = 0; i < 1000; i++)
		assert_int_equal(pass(3000, 0), 0);
	assert_int_equal(oldest(), today() - 30);
}

static void
test_forward(void **state)
{
	int32_t held;

	(void)state;
	start(0);
	held = oldest();
	assert_int_equal(pass(1, 3600), 0);
	assert_false(c.doubted);
	start(0);
	assert_int_equal(pass(1, 40 * KTIME_DAY), 1);
	assert_int_equal(oldest(), held);
	assert_int_equal(pass(KTIME_DAY - 1, 0), 0);
	assert_int_equal(oldest(), held);
	assert_int_equal(pass(1, 0), -1);
	assert_int_equal(oldest(), today() - 30);
}

/* A second step begins the day of waiting again. */
static void
test_again(void **state)
{
	int32_t held;

	(void)state;
	start(0);
	held = oldest();
	assert_int_equal(pass(1, 2 * KTIME_DAY), 1);
	assert_int_equal(pass(KTIME_DAY / 2, 2 * KTIME_DAY), 1);
	assert_int_equal(pass(KTIME_DAY - 1, 0), 0);
	assert_int_equal(oldest(), held);
	clock_accept(&c, (struct ktime){ wall }, boot);
	assert_int_equal(oldest(), today() - 30);
}

static void
test_backward(void **state)
{
	(void)state;
	start(0);
	assert_int_equal(pass(1, -10 * KTIME_DAY), 1);
	/* The earlier of both. */
	assert_int_equal(oldest(), today() - 30);
}

/* Steps below the limit add up; slewing does not. */
static void
test_small_steps(void **state)
{
	int i;

	(void)state;
	start(0);
	assert_int_equal(pass(1, 3000), 0);
	assert_int_equal(pass(1, 3000), 1);
	start(0);
	for (i = 0; i < 100000; i++)
		assert_int_equal(pass(100, i % 20 == 0), 0);
}

static void
test_start(void **state)
{
	(void)state;
	start(NOW - 7 * KTIME_DAY);
	assert_false(c.doubted);
	start(NOW - 7 * KTIME_DAY - 1);
	assert_true(c.doubted);
	assert_int_equal(oldest(),
	    ktime_day((struct ktime){ NOW - 7 * KTIME_DAY - 1 }) - 30);
}

/* The newest batch was made in doubt: the next generation doubts too. */
static void
test_doubt_kept(void **state)
{
	int32_t day = ktime_day((struct ktime){ NOW }) - 30;

	(void)state;
	start_counted(NOW - 60, day - 365);
	assert_true(c.doubted);
	assert_int_equal(oldest(), day - 365);
	assert_int_equal(pass(24 * 3600, 0), -1);
	assert_int_equal(oldest(), today() - 30);
	start_counted(NOW - 60, day - 7);
	assert_false(c.doubted);
	start_counted(NOW - 60, day + 365);
	assert_false(c.doubted);
	/* Both: what counts longer. */
	start_counted(NOW - 20 * KTIME_DAY, day - 365);
	assert_int_equal(oldest(), day - 365);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normal),
		cmocka_unit_test(test_doubt_kept),
		cmocka_unit_test(test_forward),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_backward),
		cmocka_unit_test(test_small_steps),
		cmocka_unit_test(test_start),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
