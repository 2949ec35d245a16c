/*
 * Token buckets with a clock of the test's own.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "listener/rate.h"

static const uint8_t key[SIPHASH_KEY_LEN] = { 1, 2, 3 };
static const uint8_t a[SOURCE_LEN] = { 1 }, b[SOURCE_LEN] = { 2 };

static void
test_burst_then_wait(void **state)
{
	struct rate *r = rate_new(10, key);
	int i;

	(void)state;
	assert_non_null(r);
	for (i = 0; i < 10 * RATE_BURST; i++)
		assert_int_equal(rate_take(r, a, 1, 5000), 0);
	assert_int_equal(rate_take(r, a, 1, 5000), 1);
	/* Another source has its own. */
	assert_int_equal(rate_take(r, b, 1, 5000), 0);
	/* A token comes back after a tenth of a second, and not before. */
	assert_int_equal(rate_take(r, a, 1, 5099), 1);
	assert_int_equal(rate_take(r, a, 1, 5100), 0);
	assert_int_equal(rate_take(r, a, 1, 5100), 1);
	rate_free(r);
}

static void
test_never_more_than_full(void **state)
{
	struct rate *r = rate_new(3, key);
	int i;

	(void)state;
	assert_non_null(r);
	assert_int_equal(rate_take(r, a, 1, 0), 0);
	for (i = 0; i < 3 * RATE_BURST; i++)
		assert_int_equal(rate_take(r, a, 1, UINT64_MAX / 2), 0);
	assert_int_not_equal(rate_take(r, a, 1, UINT64_MAX / 2), 0);
	rate_free(r);
}

static void
test_large_cost(void **state)
{
	struct rate *r = rate_new(1, key);

	(void)state;
	assert_non_null(r);
	/* More than a full bucket costs a full one, else it never came. */
	assert_int_equal(rate_take(r, a, 1000, 1000), 0);
	assert_int_equal(rate_take(r, a, 2, 1000), 3);
	assert_int_equal(rate_take(r, a, 2, 3000), 0);
	rate_free(r);
}

static void
test_table_is_bounded(void **state)
{
	struct rate *r = rate_new(2, key);
	uint8_t source[SOURCE_LEN];
	uint32_t i;

	(void)state;
	assert_non_null(r);
	memset(source, 0, sizeof(source));
	for (i = 0; i < 200000; i++) {
		memcpy(source, &i, sizeof(i));
		assert_int_equal(rate_take(r, source, 1, 1), 0);
	}
	rate_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst_then_wait),
		cmocka_unit_test(test_never_more_than_full),
		cmocka_unit_test(test_large_cost),
		cmocka_unit_test(test_table_is_bounded),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
