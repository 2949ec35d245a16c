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

static enum clock_doubt
start_at(int64_t now, int64_t newest, int32_t counted)
{
	wall = now;
	boot = BOOT;
	return (clock_start(&c, (struct ktime){ wall }, boot,
	    (struct ktime){ newest }, counted));
}

static enum clock_doubt
start_counted(int64_t newest, int32_t counted)
{
	return (start_at(NOW, newest, counted));
}

static enum clock_doubt
start(int64_t newest)
{
	return (start_counted(newest, 0));
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
	/* Earlier than either, so that the next start sees it. */
	assert_int_equal(oldest(), today() - 38);
	start_at(wall, wall - 10, oldest());
	assert_true(c.doubted);
}

/* The newest entry is of later: the clock was put back while it was off. */
static void
test_behind(void **state)
{
	int32_t newest = ktime_day((struct ktime){ NOW }) - 30;

	(void)state;
	assert_int_equal(start(NOW + CLOCK_STEP), DOUBT_NONE);
	assert_false(c.doubted);
	assert_int_equal(start(NOW + CLOCK_STEP + 1), DOUBT_BEHIND);
	assert_true(c.doubted);
	assert_int_equal(clock_doubt_left(&c, boot), KTIME_DAY);
	/* Set while it runs: what counted at the newest entry still does. */
	assert_int_equal(
	    start_at(NOW - 300 * KTIME_DAY, NOW, newest), DOUBT_BEHIND);
	assert_true(oldest() <= today() - 30);
	assert_int_equal(pass(60, 301 * KTIME_DAY), 1);
	assert_int_equal(oldest(), newest);
	assert_int_equal(pass(KTIME_DAY - 1, 0), 0);
	assert_int_equal(clock_doubt_left(&c, boot), 1);
	assert_int_equal(pass(1, 0), -1);
	assert_int_equal(clock_doubt_left(&c, boot), 0);
	assert_int_equal(oldest(), today() - 30);
}

/* Started again at the wrong time, behind entries of that time alone. */
static void
test_behind_again(void **state)
{
	int64_t early = NOW - 300 * KTIME_DAY, at;
	int32_t kept;

	(void)state;
	assert_int_equal(start_at(early, NOW, 0), DOUBT_BEHIND);
	/* The clock stands still while it is off, goes on, or is put back. */
	for (at = early - KTIME_MINUTE; at <= early + 40 * KTIME_DAY;
	     at += 20 * KTIME_DAY) {
		start_at(early, NOW, 0);
		kept = oldest();
		assert_int_not_equal(
		    start_at(at, early + KTIME_MINUTE, kept), DOUBT_NONE);
		assert_true(c.doubted);
		assert_true(oldest() <= kept);
		kept = oldest();
		start_at(at, at - 10, kept);
		assert_true(c.doubted);
	}
	/* Not once an administrator has said that it is right. */
	assert_int_equal(start_at(early, NOW, 0), DOUBT_BEHIND);
	clock_accept(&c, (struct ktime){ wall }, boot);
	assert_int_equal(oldest(), today() - 30);
	assert_int_equal(
	    start_at(early + KTIME_MINUTE, early, oldest()), DOUBT_NONE);
	assert_false(c.doubted);
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
	assert_int_equal(start(NOW - 7 * KTIME_DAY), DOUBT_NONE);
	assert_false(c.doubted);
	assert_int_equal(start(NOW - 7 * KTIME_DAY - 1), DOUBT_LATE);
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
	assert_int_equal(start_counted(NOW - 60, day - 365), DOUBT_KEPT);
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
		cmocka_unit_test(test_behind),
		cmocka_unit_test(test_behind_again),
		cmocka_unit_test(test_small_steps),
		cmocka_unit_test(test_start),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
