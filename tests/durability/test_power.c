/*
 * Power is cut at every sync point and after every acknowledged batch of a
 * short workload, and the n-th call of the disk fails: what was acknowledged is
 * there, and a batch is there as a whole or not at all.  The control switches
 * the syncs off and must lose something.
 */

#include "config.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/durability/workload.h"

#define BATCHES WORKLOAD_BATCHES_MAX

/* The workload with a cut at this event; the reason if something is lost. */
static const char *
cut_once(unsigned int event, enum disk_mode mode, uint64_t *seed, bool planted,
    unsigned int *events)
{
	static char text[DB_ERROR_MAX];
	const char *why;
	struct workload r;

	workload_begin(&r, BATCHES, planted);
	disk_cut_at(r.disk, event);
	workload_run(&r);
	*events = disk_events(r.disk);
	(void)store_free(r.store);
	r.store = NULL;
	disk_power_on(r.disk, mode, seed);
	why = workload_check(&r);
	if (why != NULL)
		(void)strlcpy(text, why, sizeof(text));
	workload_end(&r);
	return why == NULL ? NULL : text;
}

/* How many cuts of a store that does not sync lose something. */
static unsigned int
lost_without_syncs(void)
{
	unsigned int event, events, ignored, lost = 0;
	uint64_t seed = 1;

	(void)cut_once(0, DISK_KEEP, &seed, true, &events);
	for (event = 1; event <= events; event++)
		if (cut_once(event, DISK_DROP, &seed, true, &ignored) != NULL)
			lost++;
	return lost;
}

static void
power_cuts(void **state)
{
	unsigned int event, events, ignored, cuts = 0, lost = 0;
	uint64_t seed = test_seed(), first = seed;
	time_t began = time(NULL);
	enum disk_mode mode;
	const char *why;
	int round;

	(void)state;
	assert_null(cut_once(0, DISK_KEEP, &seed, false, &events));
	assert_true(events > 2 * BATCHES);
	for (event = 1; event <= events; event++)
		for (mode = DISK_DROP; mode <= DISK_TEAR; mode++)
			for (round = 0; round < (mode == DISK_TEAR ? 8 : 1);
			     round++, cuts++) {
				why = cut_once(
				    event, mode, &seed, false, &ignored);
				if (why == NULL)
					continue;
				lost++;
				print_message("# event %u mode %d: %s\n", event,
				    (int)mode, why);
			}
	print_message("# power: cuts=%u events=%u lost=%u control=%u seed=%llu "
		      "seconds=%lld\n",
	    cuts, events, lost, lost_without_syncs(), (unsigned long long)first,
	    (long long)(time(NULL) - began));
	assert_int_equal(lost, 0);
}

static void
control_without_syncs(void **state)
{
	(void)state;
	assert_true(lost_without_syncs() > BATCHES / 2);
}

/* Every call that the disk can refuse, and with what. */
static const struct refusal {
	enum disk_call call;
	int code;
} refusals[] = {
	{ DISK_READ, SQLITE_IOERR_READ },
	{ DISK_WRITE, SQLITE_IOERR_WRITE },
	{ DISK_WRITE, SQLITE_FULL },
	{ DISK_SYNC, SQLITE_IOERR_FSYNC },
	{ DISK_TRUNCATE, SQLITE_IOERR_TRUNCATE },
	{ DISK_OPEN, SQLITE_CANTOPEN },
	{ DISK_DELETE, SQLITE_IOERR_DELETE },
	{ DISK_SIZE, SQLITE_IOERR_FSTAT },
};

struct failures {
	unsigned int failed, stopped, lost; /* stopped: were noticed */
};

/*
 * The n-th such call fails, then the process starts again (what is left of
 * the writes is as the mode says).
 */
static void
fail_once(const struct refusal *f, unsigned int n, enum disk_mode mode,
    struct failures *all)
{
	uint64_t seed = 1;
	const char *why;
	struct workload r;

	workload_begin(&r, BATCHES, false);
	disk_fail(r.disk, f->call, n, f->code);
	workload_run(&r);
	all->failed++;
	all->stopped += r.acked.n < BATCHES * WORKLOAD_RECORDS;
	if (r.store->failed)
		assert_true(store_error(r.store)[0] != '\0');
	(void)store_free(r.store);
	r.store = NULL;
	assert_true(disk_failed(r.disk));
	disk_power_on(r.disk, mode, &seed);
	if ((why = workload_check(&r)) != NULL) {
		all->lost++;
		print_message("# call %d, failure %u with code %d, mode %d: "
			      "%s\n",
		    (int)f->call, n, f->code, (int)mode, why);
	}
	workload_end(&r);
}

static void
failing_writes(void **state)
{
	unsigned int calls[DISK_CALLS], n;
	time_t began = time(NULL);
	struct failures all = { 0 };
	const struct refusal *f;
	struct workload r;
	size_t i;

	(void)state;
	workload_begin(&r, BATCHES, false);
	workload_run(&r);
	assert_int_equal(r.acked.n, BATCHES * WORKLOAD_RECORDS);
	(void)store_free(r.store);
	r.store = NULL;
	for (i = 0; i < DISK_CALLS; i++)
		calls[i] = disk_calls(r.disk, (enum disk_call)i);
	workload_end(&r);
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		f = &refusals[i];
		for (n = 1; n <= calls[f->call]; n++) {
			fail_once(f, n, DISK_KEEP, &all);
			fail_once(f, n, DISK_DROP, &all);
		}
	}
	print_message("# io: failed=%u reads=%u writes=%u syncs=%u "
		      "truncations=%u opens=%u deletions=%u stopped=%u lost=%u "
		      "seconds=%lld\n",
	    all.failed, calls[DISK_READ], calls[DISK_WRITE], calls[DISK_SYNC],
	    calls[DISK_TRUNCATE], calls[DISK_OPEN], calls[DISK_DELETE],
	    all.stopped, all.lost, (long long)(time(NULL) - began));
	assert_int_equal(all.lost, 0);
}

/* A workload that fails at its n-th sync, and is closed. */
static void
begin_failed(struct workload *r, unsigned int n)
{
	workload_begin(r, BATCHES, false);
	disk_fail(r->disk, DISK_SYNC, n, SQLITE_IOERR_FSYNC);
	workload_run(r);
	assert_true(disk_failed(r->disk));
}

/* What a start returned is there after a cut, as is what was acknowledged. */
static const char *
cut_and_check(struct workload *r, uint64_t size, uint64_t *seed)
{
	const char *why;

	(void)store_free(r->store);
	r->store = NULL;
	disk_power_on(r->disk, seed == NULL ? DISK_DROP : DISK_TEAR, seed);
	if ((why = workload_check(r)) != NULL)
		return why;
	return r->store->size < size ? "what a start returned is gone" : NULL;
}

/*
 * After a failed sync the first starts fail too: the first at its first such
 * call, the next at its second, until one has none that fails.  Then, or after
 * so many starts, power is cut.  Returns whether a start succeeded.
 */
static bool
start_again(const struct refusal *f, unsigned int n, unsigned int starts,
    uint64_t *seed, struct failures *all)
{
	uint64_t size = 0;
	const char *why;
	struct workload r;
	unsigned int i;
	int opened = STORE_FAILED;

	begin_failed(&r, n);
	for (i = 1; i <= starts && opened != STORE_OK; i++) {
		disk_fail(r.disk, f->call, i, f->code);
		opened = workload_reopen(&r);
		if (opened == STORE_OK)
			size = r.store->size;
		else
			assert_false(store_error_permanent(r.store));
	}
	all->failed++;
	all->stopped += i - 1;
	if ((why = cut_and_check(&r, size, seed)) != NULL) {
		all->lost++;
		print_message("# sync %u, %u starts, call %d with code %d: "
			      "%s\n",
		    n, i - 1, (int)f->call, f->code, why);
	}
	workload_end(&r);
	return opened == STORE_OK;
}

static void
failing_starts(void **state)
{
	uint64_t seed = test_seed(), first = seed;
	unsigned int syncs, n, starts;
	struct failures all = { 0 };
	struct workload r;
	bool opened;
	size_t i;

	(void)state;
	workload_begin(&r, BATCHES, false);
	workload_run(&r);
	syncs = disk_calls(r.disk, DISK_SYNC);
	workload_end(&r);
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (refusals[i].code == SQLITE_CANTOPEN)
			continue;
		for (n = 1; n <= syncs; n++) {
			opened = false;
			for (starts = 1; !opened; starts++) {
				opened = start_again(
				    &refusals[i], n, starts, NULL, &all);
				(void)start_again(
				    &refusals[i], n, starts, &seed, &all);
			}
		}
	}
	print_message("# starts: series=%u starts=%u lost=%u seed=%llu\n",
	    all.failed, all.stopped, all.lost, (unsigned long long)first);
	assert_int_equal(all.lost, 0);
}

/* The process must stop at the first failure: no batch is taken after it. */
static void
failure_is_final(void **state)
{
	struct workload r;

	(void)state;
	workload_begin(&r, BATCHES, false);
	assert_int_equal(store_open(r.store, r.directory, DISK_VFS), STORE_OK);
	assert_int_equal(store_create(r.store, store_uuid, log_uuid), STORE_OK);
	disk_fail(r.disk, DISK_SYNC, 1, SQLITE_IOERR_FSYNC);
	assert_false(workload_batch(&r, 1));
	assert_non_null(strstr(store_error(r.store), "input/output error"));
	assert_false(workload_batch(&r, 2));
	workload_end(&r);
}

/* A batch is one sync, however many records it has. */
static void
one_sync_a_batch(void **state)
{
	struct as_decide in[BATCH_MAX];
	struct as_outcome out[BATCH_MAX];
	unsigned int syncs;
	struct workload r;
	uint16_t n;

	(void)state;
	workload_begin(&r, BATCHES, false);
	assert_int_equal(store_open(r.store, r.directory, DISK_VFS), STORE_OK);
	assert_int_equal(store_create(r.store, store_uuid, log_uuid), STORE_OK);
	assert_true(workload_batch(&r, 1));
	for (n = 0; n < BATCH_MAX; n++)
		in[n] = request(n, NOON + 5);
	for (n = 1; n <= BATCH_MAX; n = (uint16_t)(n * 2)) {
		syncs = disk_calls(r.disk, DISK_SYNC);
		decide_many(r.store, in, out, n, NOON + 5);
		assert_int_equal(disk_calls(r.disk, DISK_SYNC) - syncs, 1);
		in[0].entry.client_time.sec++;
	}
	workload_end(&r);
}

static void
read_only(void **state)
{
	struct workload r;

	(void)state;
	workload_begin(&r, BATCHES, false);
	workload_run(&r);
	disk_read_only(r.disk);
	assert_int_equal(workload_reopen(&r), STORE_FAILED);
	assert_non_null(strstr(store_error(r.store), "read-only"));
	assert_true(store_error_permanent(r.store));
	workload_end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power_cuts),
		cmocka_unit_test(control_without_syncs),
		cmocka_unit_test(failing_writes),
		cmocka_unit_test(failing_starts),
		cmocka_unit_test(failure_is_final),
		cmocka_unit_test(one_sync_a_batch),
		cmocka_unit_test(read_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
