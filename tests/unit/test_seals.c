/* Tests of activator/seals.c: offered an hour, opened ten minutes longer. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "tests/unit/activator_fixture.h"

#define MINUTE_MS (60 * 1000LL)

struct world {
	struct fixture *f;
	struct seals *s;
	struct document certificate[3];
	const struct document *wanted[3];
};

static void
world_make(struct world *w, void **state)
{
	size_t i;

	memset(w, 0, sizeof(*w));
	w->f = *state;
	w->s = &w->f->a->seals;
	for (i = 0; i < 3; i++) {
		assert_int_equal(uuid_make(w->certificate[i].object), 0);
		w->wanted[i] = &w->certificate[i];
	}
}

/* At so many milliseconds; the wall clock goes along. */
static int
at(struct world *w, size_t n, int64_t ms)
{
	struct ktime now = { FIXTURE_NOW + ms / 1000 };
	int ret;

	ret = seals_update(
	    w->s, w->wanted, n, now, FIXTURE_BOOT + ms, w->f->error);
	if (ret == -1)
		fail_msg("%s", w->f->error);
	return (ret);
}

static bool
is_wiped(struct world *w, size_t slot)
{
	struct secrets *secrets = arena_open(&w->f->arena);
	bool ret = sodium_is_zero(secrets->seal[slot], SEAL_KEY_LEN) != 0;

	arena_close(&w->f->arena);
	return (ret);
}

static void
test_rotation(void **state)
{
	const struct seal *first, *second;
	uint8_t id[SEAL_ID_LEN];
	struct doc_seal doc;
	struct world w;
	size_t slot;

	world_make(&w, state);
	assert_int_equal(at(&w, 1, 0), 1);
	first = seals_offered(w.s, w.certificate[0].object);
	assert_non_null(first);
	memcpy(id, first->id, sizeof(id));
	slot = seals_slot(w.s, first);
	assert_false(is_wiped(&w, slot));
	memcpy(w.f->host.serial, w.certificate[0].object, UUID_LEN);
	assert_int_equal(
	    trust_seal(&w.f->host, first->text, first->len, &doc, w.f->error),
	    0);
	assert_int_equal(doc.not_before.sec, FIXTURE_NOW - 4 * KTIME_HOUR);
	assert_int_equal(doc.not_after.sec,
	    FIXTURE_NOW + 70 * KTIME_MINUTE + 4 * KTIME_HOUR);
	assert_memory_equal(doc.suite[0].id, id, SEAL_ID_LEN);

	assert_int_equal(at(&w, 1, 60 * MINUTE_MS - 1), 0);
	assert_int_equal(at(&w, 1, 60 * MINUTE_MS), 1);
	second = seals_offered(w.s, w.certificate[0].object);
	assert_non_null(second);
	assert_memory_not_equal(second->id, id, SEAL_ID_LEN);
	/* The first still opens for ten minutes, and not longer. */
	assert_non_null(seals_find(w.s, id, FIXTURE_BOOT + 70 * MINUTE_MS - 1));
	assert_null(seals_find(w.s, id, FIXTURE_BOOT + 70 * MINUTE_MS));
	assert_int_equal(at(&w, 1, 70 * MINUTE_MS - 1), 0);
	assert_false(is_wiped(&w, slot));
	assert_int_equal(at(&w, 1, 70 * MINUTE_MS), 0);
	assert_true(is_wiped(&w, slot));
	assert_null(seals_find(w.s, id, FIXTURE_BOOT));
}

static void
test_certificates(void **state)
{
	const struct seal *seal;
	uint8_t id[SEAL_ID_LEN];
	struct world w;

	world_make(&w, state);
	assert_int_equal(at(&w, 1, 0), 1);
	seal = seals_offered(w.s, w.certificate[0].object);
	memcpy(id, seal->id, sizeof(id));
	/* A new certificate: keys at once, and its seal names it. */
	assert_int_equal(at(&w, 2, 1000), 1);
	seal = seals_offered(w.s, w.certificate[1].object);
	assert_non_null(seal);
	assert_memory_equal(
	    seals_find(w.s, seal->id, FIXTURE_BOOT + 1000)->serial,
	    w.certificate[1].object, UUID_LEN);
	/* One that is offered no more opens ten minutes longer. */
	w.wanted[0] = &w.certificate[1];
	assert_int_equal(at(&w, 1, 2000), 1);
	assert_null(seals_offered(w.s, w.certificate[0].object));
	assert_non_null(
	    seals_find(w.s, id, FIXTURE_BOOT + 2000 + 10 * MINUTE_MS - 1));
	assert_null(seals_find(w.s, id, FIXTURE_BOOT + 2000 + 10 * MINUTE_MS));
	/* A revoked one is wiped at once. */
	seals_drop(w.s, w.certificate[0].object);
	assert_null(seals_find(w.s, id, FIXTURE_BOOT + 2000));
}

static void
test_clock_step(void **state)
{
	struct ktime now = { FIXTURE_NOW };
	uint8_t id[SEAL_ID_LEN];
	struct world w;

	world_make(&w, state);
	assert_int_equal(at(&w, 1, 0), 1);
	memcpy(id, seals_offered(w.s, w.certificate[0].object)->id, sizeof(id));
	now.sec -= 2 * KTIME_DAY;
	assert_int_equal(seals_update(w.s, w.wanted, 1, now,
			     FIXTURE_BOOT + 1000, w.f->error),
	    1);
	assert_memory_not_equal(
	    seals_offered(w.s, w.certificate[0].object)->id, id, SEAL_ID_LEN);
}

/* Churn never runs out of room, and never takes an offered pair. */
static void
test_churn(void **state)
{
	struct world w;
	int i;

	world_make(&w, state);
	assert_int_equal(at(&w, 1, 0), 1);
	for (i = 0; i < 300; i++) {
		assert_int_equal(uuid_make(w.certificate[1].object), 0);
		assert_int_equal(at(&w, 2, i), 1);
		assert_non_null(seals_offered(w.s, w.certificate[0].object));
		assert_non_null(seals_offered(w.s, w.certificate[1].object));
	}
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_fresh, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_rotation),
		T(test_certificates),
		T(test_clock_step),
		T(test_churn),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
