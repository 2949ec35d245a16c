/*
 * Deadlines with a clock of the test's own, also against a plain array.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "listener/deadline.h"

#define SLOTS 50

static const uint32_t seconds[DEADLINES] = { 5, 10, 300, 2 };

static void
test_order(void **state)
{
	struct deadlines *d = deadlines_new(SLOTS, seconds);
	enum deadline kind;
	uint32_t slot;

	(void)state;
	assert_non_null(d);
	deadline_arm(d, 1, DEADLINE_HELLO, 1000);
	deadline_arm(d, 2, DEADLINE_HELLO, 1001);
	deadline_arm(d, 3, DEADLINE_LINGER, 1001);
	assert_false(deadline_due(d, 3000, &slot, &kind));
	assert_true(deadline_due(d, 3001, &slot, &kind));
	assert_int_equal(slot, 3);
	assert_int_equal(kind, DEADLINE_LINGER);
	assert_false(deadline_due(d, 5999, &slot, &kind));
	assert_true(deadline_due(d, 6000, &slot, &kind));
	assert_int_equal(slot, 1);
	assert_false(deadline_due(d, 6000, &slot, &kind));
	deadline_cancel(d, 2);
	assert_int_equal(deadline_kind(d, 2), DEADLINES);
	assert_false(deadline_due(d, 100000, &slot, &kind));
	deadlines_free(d);
}

static void
test_sooner(void **state)
{
	struct deadlines *d = deadlines_new(SLOTS, seconds);

	(void)state;
	assert_non_null(d);
	deadline_arm(d, 0, DEADLINE_HELLO, 0);
	deadline_arm_sooner(d, 0, DEADLINE_REQUEST, 0);
	assert_int_equal(deadline_kind(d, 0), DEADLINE_HELLO);
	deadline_arm_sooner(d, 0, DEADLINE_LINGER, 0);
	assert_int_equal(deadline_kind(d, 0), DEADLINE_LINGER);
	deadline_arm_sooner(d, 1, DEADLINE_REQUEST, 0);
	assert_int_equal(deadline_kind(d, 1), DEADLINE_REQUEST);
	deadlines_free(d);
}

/* Every slot that is over comes exactly once. */
static void
take_due(struct deadlines *d, uint64_t at[SLOTS], uint64_t now)
{
	enum deadline kind;
	uint32_t slot;

	while (deadline_due(d, now, &slot, &kind)) {
		assert_true(at[slot] <= now);
		at[slot] = UINT64_MAX;
	}
	for (slot = 0; slot < SLOTS; slot++)
		assert_true(at[slot] == UINT64_MAX || at[slot] > now);
}

static void
test_random(void **state)
{
	struct deadlines *d = deadlines_new(SLOTS, seconds);
	const char *given = getenv("SEED");
	unsigned int seed = given == NULL ? 7 : (unsigned int)atol(given);
	uint64_t at[SLOTS], now = 0;
	enum deadline kind;
	uint32_t slot;
	int i;

	(void)state;
	assert_non_null(d);
	print_message("# seed %u\n", seed);
	srandom(seed);
	for (i = 0; i < SLOTS; i++)
		at[i] = UINT64_MAX;
	for (i = 0; i < 100000; i++) {
		now += (uint64_t)random() % 300;
		slot = (uint32_t)random() % SLOTS;
		kind = (enum deadline)(random() % DEADLINES);
		if (random() % 4 == 0) {
			deadline_cancel(d, slot);
			at[slot] = UINT64_MAX;
		} else {
			deadline_arm(d, slot, kind, now);
			at[slot] = now + seconds[kind] * 1000;
		}
		take_due(d, at, now);
	}
	deadlines_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_sooner),
		cmocka_unit_test(test_random),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
