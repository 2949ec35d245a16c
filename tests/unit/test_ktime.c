/* Tests of times and durations. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/ktime.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

/* Counts a calendar on by the rules that everybody knows, day by day. */
static void
ktime_every_day(void **state)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	char want[64], got[KTIME_STRLEN];
	struct ktime t = { 0 }, back;
	int year, month, day, last, leap;
	int32_t n = 0;

	(void)state;
	for (year = 1970; year <= 9999; year++) {
		leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
		for (month = 1; month <= 12; month++) {
			last = days[month - 1] + (month == 2 && leap);
			for (day = 1; day <= last; day++, n++) {
				t.sec = (int64_t)n * KTIME_DAY + n % KTIME_DAY;
				(void)snprintf(want, sizeof(want),
				    "%04d-%02d-%02dT%02d:%02d:%02dZ", year,
				    month, day, n % KTIME_DAY / 3600,
				    n % 3600 / 60, n % 60);
				assert_int_equal(ktime_print(t, got), 0);
				assert_string_equal(got, want);
				assert_int_equal(
				    ktime_parse(got, 20, &back), 0);
				assert_true(back.sec == t.sec);
				assert_int_equal(ktime_day(t), n);
			}
			/* The day after a month's last is none. */
			(void)snprintf(want, sizeof(want),
			    "%04d-%02d-%02dT00:00:00Z", year, month, last + 1);
			assert_int_equal(ktime_parse(want, 20, &back), -1);
		}
	}
	assert_true((int64_t)n * KTIME_DAY == KTIME_MAX + 1);
}

static void
ktime_known(void **state)
{
	static const struct {
		int64_t sec;
		const char *text;
	} known[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 1795341600, "2026-11-22T10:00:00Z" },
		{ 4107542399, "2100-02-28T23:59:59Z" },
		{ 4107542400, "2100-03-01T00:00:00Z" },
		{ KTIME_MAX, "9999-12-31T23:59:59Z" },
	};
	char buf[KTIME_STRLEN];
	struct ktime t;
	size_t i;

	(void)state;
	for (i = 0; i < NITEMS(known); i++) {
		t.sec = known[i].sec;
		assert_int_equal(ktime_print(t, buf), 0);
		assert_string_equal(buf, known[i].text);
		assert_int_equal(ktime_parse(buf, 20, &t), 0);
		assert_true(t.sec == known[i].sec);
	}
}

static void
ktime_refused(void **state)
{
	static const char *const bad[] = { "", "2026-11-22T10:00:00",
		"2026-11-22T10:00:00z", "2026-11-22 10:00:00Z",
		"2026-11-22T10:00:00ZZ", "2026/11/22T10:00:00Z",
		"2026-11-22T24:00:00Z", "2026-11-22T10:60:00Z",
		"2026-11-22T10:00:60Z", "2026-00-22T10:00:00Z",
		"2026-13-22T10:00:00Z", "2026-11-00T10:00:00Z",
		"2026-11-31T10:00:00Z", "2026-02-29T10:00:00Z",
		"2100-02-29T10:00:00Z", "1969-12-31T23:59:59Z",
		"0000-01-01T00:00:00Z", "+026-11-22T10:00:00Z",
		"2026-1a-22T10:00:00Z", "2026-11- 2T10:00:00Z",
		"2026-11-22T10.00:00Z", "2026-11-22T10:00.00Z" };
	static const int64_t outside[] = { -1, KTIME_MAX + 1, INT64_MIN,
		INT64_MAX };
	char buf[KTIME_STRLEN];
	struct ktime t;
	size_t i;

	(void)state;
	for (i = 0; i < NITEMS(bad); i++)
		assert_int_equal(ktime_parse(bad[i], strlen(bad[i]), &t), -1);
	for (i = 0; i < NITEMS(outside); i++) {
		t.sec = outside[i];
		assert_int_equal(ktime_print(t, buf), -1);
		assert_string_equal(buf, "");
	}
}

static struct ktime
at(int64_t sec)
{
	struct ktime t = { sec };

	return (t);
}

static void
ktime_arithmetic(void **state)
{
	(void)state;
	assert_true(ktime_diff(at(5), at(9)) == -4);
	assert_true(ktime_add(at(5), 4).sec == 9);
	assert_true(ktime_add(at(5), -5).sec == 0);
	assert_true(ktime_add(at(5), -6).sec == 0);
	assert_true(ktime_add(at(5), INT64_MIN).sec == 0);
	assert_true(ktime_add(at(5), INT64_MAX).sec == KTIME_MAX);
	assert_true(ktime_add(at(KTIME_MAX), 1).sec == KTIME_MAX);
	assert_true(ktime_add(at(KTIME_MAX - 1), 1).sec == KTIME_MAX);
	assert_true(ktime_add(at(INT64_MIN), 7).sec == 7);
	assert_true(ktime_cmp(at(1), at(2)) < 0);
	assert_true(ktime_cmp(at(2), at(2)) == 0);
	assert_true(ktime_cmp(at(KTIME_MAX), at(0)) > 0);
	assert_int_equal(ktime_day(at(86399)), 0);
	assert_int_equal(ktime_day(at(86400)), 1);
	assert_int_equal(ktime_day(at(KTIME_MAX)), 2932896);
}

static void
ktime_clocks(void **state)
{
	int64_t boot = ktime_boot_ms();

	(void)state;
	assert_true(ktime_now().sec > 1700000000);
	assert_true(ktime_now().sec <= KTIME_MAX);
	assert_true(boot > 0);
	assert_true(ktime_boot_ms() >= boot);
}

static void
kduration_known(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} known[] = {
		{ 0, "0s" },
		{ 1, "1s" },
		{ 59, "59s" },
		{ 60, "1m" },
		{ 90, "90s" },
		{ 900, "15m" },
		{ 3600, "1h" },
		{ 3660, "61m" },
		{ 7200, "2h" },
		{ 86400, "1d" },
		{ 90000, "25h" },
		{ 2592000, "30d" },
		{ 15552000, "180d" },
		{ KTIME_MAX, "253402300799s" },
		{ KTIME_MAX - 86399, "2932896d" },
	};
	char buf[KDURATION_STRLEN];
	int64_t seconds;
	size_t i;

	(void)state;
	for (i = 0; i < NITEMS(known); i++) {
		assert_int_equal(kduration_print(known[i].seconds, buf), 0);
		assert_string_equal(buf, known[i].text);
		assert_int_equal(
		    kduration_parse(buf, strlen(buf), &seconds), 0);
		assert_true(seconds == known[i].seconds);
	}
	for (seconds = 0; seconds < 200000; seconds++) {
		int64_t back = -1;

		assert_int_equal(kduration_print(seconds, buf), 0);
		assert_int_equal(kduration_parse(buf, strlen(buf), &back), 0);
		assert_true(back == seconds);
	}
}

static void
kduration_refused(void **state)
{
	static const char *const bad[] = { "", "s", "d", "0", "1", "0d", "0h",
		"0m", "00s", "01s", "60s", "120s", "3600s", "60m", "1440m",
		"24h", "48h", "-1s", "+1s", " 1s", "1 s", "1s ", "1w", "1S",
		"1ms", "1h30m", "253402300800s", "2932897d", "70389529h",
		"18446744073709551617s", "99999999999999999999d" };
	char buf[KDURATION_STRLEN];
	int64_t seconds;
	size_t i;

	(void)state;
	for (i = 0; i < NITEMS(bad); i++)
		assert_int_equal(
		    kduration_parse(bad[i], strlen(bad[i]), &seconds), -1);
	assert_int_equal(kduration_print(-1, buf), -1);
	assert_int_equal(kduration_print(KTIME_MAX + 1, buf), -1);
	assert_string_equal(buf, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ktime_every_day),
		cmocka_unit_test(ktime_known),
		cmocka_unit_test(ktime_refused),
		cmocka_unit_test(ktime_arithmetic),
		cmocka_unit_test(ktime_clocks),
		cmocka_unit_test(kduration_known),
		cmocka_unit_test(kduration_refused),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
