/*
 * Slots of connections, and when they are free again.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "listener/connection.h"

static void
test_slot_waits_for_the_answer(void **state)
{
	struct connections *cs = connections_new(2);
	struct connection *c, *other;
	uint32_t slot;
	int i;

	(void)state;
	assert_non_null(cs);
	c = connection_open(cs, 10);
	assert_non_null(c);
	slot = c->slot;
	connection_handed_on(cs, c);
	connection_closed(cs, c);
	assert_null(connection_at(cs, slot));
	assert_ptr_equal(connection_under_way(cs, slot), c);
	for (i = 0; i < 3000; i++) {
		other = connection_open(cs, 11);
		assert_non_null(other);
		assert_int_not_equal(other->slot, slot);
		connection_closed(cs, other);
	}
	connection_answered(cs, c);
	assert_null(connection_under_way(cs, slot));
	assert_int_equal(connections_under_way(cs), 0);
	other = connection_open(cs, 12);
	assert_non_null(other);
	assert_int_equal(other->slot, slot);
	connections_free(cs);
}

static void
test_full(void **state)
{
	struct connections *cs = connections_new(2);
	struct connection *c[2];

	(void)state;
	assert_non_null(cs);
	c[0] = connection_open(cs, 10);
	c[1] = connection_open(cs, 11);
	assert_true(connections_full(cs));
	assert_null(connection_open(cs, 12));
	/* One that left with its request under way takes nobody's place. */
	connection_handed_on(cs, c[0]);
	connection_closed(cs, c[0]);
	assert_false(connections_full(cs));
	assert_non_null(connection_open(cs, 12));
	assert_int_equal(connections_open(cs), 2);
	connections_free(cs);
}

static void
test_answers_nobody_waits_for(void **state)
{
	struct connections *cs = connections_new(2);
	struct connection *c;

	(void)state;
	assert_non_null(cs);
	assert_null(connection_under_way(cs, 0));
	assert_null(connection_under_way(cs, UINT32_MAX));
	assert_null(connection_at(cs, UINT32_MAX));
	c = connection_open(cs, 10);
	assert_non_null(c);
	assert_null(connection_under_way(cs, c->slot));
	connection_handed_on(cs, c);
	connection_answered(cs, c);
	assert_null(connection_under_way(cs, c->slot));
	connections_free(cs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slot_waits_for_the_answer),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_answers_nobody_waits_for),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
