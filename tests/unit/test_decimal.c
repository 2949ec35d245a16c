/* Tests of whole numbers in their one decimal form. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/decimal.h"

static void
decimal_both_ways(void **state)
{
	static const uint64_t extra[] = { 0, 1, 9, 10, 11, 99, 100, UINT32_MAX,
		UINT64_MAX / 10, UINT64_MAX / 10 + 1, UINT64_MAX - 1,
		UINT64_MAX };
	char buf[DECIMAL_MAX], want[32];
	uint64_t n;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(extra) / sizeof(extra[0]); i++) {
		len = decimal_print(extra[i], buf);
		(void)snprintf(
		    want, sizeof(want), "%llu", (unsigned long long)extra[i]);
		assert_int_equal(len, strlen(want));
		assert_memory_equal(buf, want, len);
		assert_int_equal(decimal_parse(buf, len, UINT64_MAX, &n), 0);
		assert_int_equal(n, extra[i]);
	}
}

static void
decimal_refused(void **state)
{
	static const char *const bad[] = { "", "00", "01", "-1", "+1", " 1",
		"1 ", "1a", "0x1", "/", ":", "18446744073709551616",
		"18446744073709551625", "28446744073709551615",
		"100000000000000000000" };
	uint64_t n = 77;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    decimal_parse(bad[i], strlen(bad[i]), UINT64_MAX, &n), -1);
	assert_int_equal(n, 77);
}

static void
decimal_limit(void **state)
{
	uint64_t n;

	(void)state;
	assert_int_equal(decimal_parse("100", 3, 100, &n), 0);
	assert_int_equal(decimal_parse("101", 3, 100, &n), -1);
	assert_int_equal(decimal_parse("0", 1, 0, &n), 0);
	assert_int_equal(decimal_parse("1", 1, 0, &n), -1);
	/* Only the length given is looked at. */
	assert_int_equal(decimal_parse("129", 2, 100, &n), 0);
	assert_int_equal(n, 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimal_both_ways),
		cmocka_unit_test(decimal_refused),
		cmocka_unit_test(decimal_limit),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
