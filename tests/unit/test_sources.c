/* The limit of new machines per source and hour. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/sources.h"

static const struct ktime now = { 1790510400 };

static void
per_address(void **state)
{
	uint8_t a[SOURCE_LEN] = { [10] = 0xff, [11] = 0xff, [12] = 10 };
	struct sources *s = sources_new();

	(void)state;
	assert_non_null(s);
	assert_true(sources_take(s, a, now, 2));
	assert_true(sources_take(s, a, now, 2));
	assert_false(sources_take(s, a, now, 2));
	assert_true(sources_take(s, a, now, 0));
	a[15] = 1;
	assert_true(sources_take(s, a, now, 2));
	a[15] = 0;
	assert_false(sources_take(s, a, ktime_add(now, 3599), 2));
	assert_true(sources_take(s, a, ktime_add(now, 3600), 2));
	sources_free(s);
}

static void
per_64(void **state)
{
	uint8_t a[SOURCE_LEN] = { 0x20, 1 };
	struct sources *s = sources_new();

	(void)state;
	assert_non_null(s);
	assert_true(sources_take(s, a, now, 1));
	a[8] = 1;
	assert_false(sources_take(s, a, now, 1));
	a[7] = 1;
	assert_true(sources_take(s, a, now, 1));
	sources_free(s);
}

static void
loopback_is_free(void **state)
{
	uint8_t a[SOURCE_LEN] = {
		[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1
	};
	uint8_t b[SOURCE_LEN] = { [15] = 1 };
	struct sources *s = sources_new();
	int i;

	(void)state;
	assert_non_null(s);
	for (i = 0; i < 10; i++) {
		assert_true(sources_take(s, a, now, 1));
		assert_true(sources_take(s, b, now, 1));
	}
	sources_free(s);
}

/* Filling the table does not lift the limit. */
static void
full_table(void **state)
{
	uint8_t a[SOURCE_LEN] = { 0x20 };
	struct sources *s = sources_new();
	uint32_t i, taken = 0;

	(void)state;
	assert_non_null(s);
	for (i = 0; i < 200000; i++) {
		memcpy(a + 2, &i, sizeof(i));
		taken += sources_take(s, a, now, 1);
	}
	assert_in_range(taken, 4000, 8193);
	sources_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(per_address),
		cmocka_unit_test(per_64),
		cmocka_unit_test(loopback_is_free),
		cmocka_unit_test(full_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
