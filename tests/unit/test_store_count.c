/* Counting against a plain model, and the arithmetic of 30 days. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/store_fixture.h"

#define MACHINES 40
#define STEPS 1500
#define RECORDS 8 /* of a batch, at most */

/* Seen on the day of noon; counted on the 30th day after it, not the 31st. */
static void
thirty_days(void **state)
{
	struct fixture *f = *state;
	int64_t midnight = NOON - NOON % KTIME_DAY;
	struct as_decide in = request(1, NOON);
	int64_t end = midnight + 31 * KTIME_DAY;

	(void)decide_one(f->store, &in, NOON);
	in = request(2, end - 1);
	in.verb = VERB_STATUS;
	assert_int_equal(decide_one(f->store, &in, end - 1).count, 1);
	assert_int_equal(decide_one(f->store, &in, end).count, 0);
	in.verb = VERB_ACTIVATE;
	assert_int_equal(decide_one(f->store, &in, end).count, 1);
}

/* What counts after the host's clock was put back. */
static void
future_days(void **state)
{
	struct fixture *f = *state;
	int64_t back = NOON - 3 * KTIME_DAY;
	struct as_decide in = request(1, NOON);

	(void)decide_one(f->store, &in, NOON);
	in = request(2, back);
	assert_int_equal(decide_one(f->store, &in, back).count, 2);
	in = request(1, back);
	in.skew = 1;
	assert_int_equal(decide_one(f->store, &in, back).count, 2);
	in.verb = VERB_STATUS;
	assert_int_equal(
	    decide_one(f->store, &in, back + 31 * KTIME_DAY).count, 0);
}

static void
virtual_apart(void **state)
{
	struct fixture *f = *state;
	struct as_decide in = request(1, NOON);
	struct as_outcome out;

	in.entry.virtual = 1;
	in.threshold = 1;
	out = decide_one(f->store, &in, NOON);
	assert_int_equal(out.count, 0);
	assert_int_equal(out.kind, OUTCOME_REFUSAL);
	in = request(1, NOON + 1);
	in.entry.virtual = 1;
	in.count_virtual = true;
	out = decide_one(f->store, &in, NOON + 1);
	assert_int_equal(out.count, 1);
	assert_int_equal(out.kind, OUTCOME_GRANT);
	in = request(1, NOON + 2); /* becomes physical: still one unit */
	in.count_virtual = true;
	assert_int_equal(decide_one(f->store, &in, NOON + 2).count, 1);
	in = request(1, NOON + 3);
	assert_int_equal(decide_one(f->store, &in, NOON + 3).count, 1);
}

struct model {
	bool known[2][MACHINES], is_virtual[2][MACHINES];
	int64_t day[2][MACHINES];
};

static uint64_t
model_count(const struct model *m, int family, int64_t oldest, bool virtuals)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < MACHINES; i++)
		n += m->known[family][i] && m->day[family][i] >= oldest &&
		     (virtuals || !m->is_virtual[family][i]);
	return n;
}

/* Any machine, family, product; the clock goes on, and now and then back. */
static struct as_decide
random_request(
    uint64_t *seed, int64_t now, uint32_t step, uint32_t machine, int *family)
{
	struct as_decide in = request(machine, now);

	*family = (int)test_random(seed, 2);
	(void)strlcpy(
	    in.family, *family == 0 ? "writer" : "painter", sizeof(in.family));
	in.entry.product[0] = (uint8_t)(1 + test_random(seed, 3));
	in.entry.product[1] = (uint8_t)*family;
	in.entry.virtual = (int)test_random(seed, 2);
	in.count_virtual = test_random(seed, 2) == 0;
	in.threshold = 1 + test_random(seed, MACHINES);
	in.skew = 0;
	in.entry.client_time.sec = NOON / 2 + step; /* never a replay */
	memcpy(in.nonce_hash, &step, sizeof(step));
	return in;
}

static void
random_against_model(void **state)
{
	struct fixture *f = *state;
	struct as_decide in[RECORDS];
	struct as_outcome out[RECORDS];
	struct model m, before;
	uint64_t seed = test_seed(), want;
	int64_t now = NOON, today;
	uint32_t step, n, i, machine;
	int family[RECORDS];

	memset(&m, 0, sizeof(m));
	for (step = 0; step < STEPS; step++) {
		now += test_random(&seed, 3 * KTIME_DAY);
		if (test_random(&seed, 50) == 0)
			now -= test_random(&seed, 40 * KTIME_DAY);
		today = now / KTIME_DAY;
		n = 1 + test_random(&seed, RECORDS);
		for (i = 0; i < n; i++) {
			machine = (step + 5 * i) % MACHINES;
			in[i] = random_request(
			    &seed, now, step, machine, &family[i]);
		}
		before = m;
		decide_many(f->store, in, out, (uint16_t)n, now);
		m = before;
		for (i = 0; i < n; i++) {
			machine = in[i].id;
			m.known[family[i]][machine] = true;
			m.day[family[i]][machine] = today;
			m.is_virtual[family[i]][machine] = in[i]
							       .entry.virtual !=
							   0;
			want = model_count(&m, family[i], today - DAYS_COUNTED,
			    in[i].count_virtual);
			if (out[i].count != want)
				fail_msg("step %u: %u instead of %u", step,
				    (unsigned)out[i].count, (unsigned)want);
			assert_int_equal(out[i].kind == OUTCOME_GRANT,
			    want >= in[i].threshold);
		}
		if (step % 400 == 399)
			fixture_reopen(f);
	}
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(thirty_days),
		TEST(future_days),
		TEST(virtual_apart),
		TEST(random_against_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
