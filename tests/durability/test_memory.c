/*
 * The n-th allocation of SQLite fails, for every n of a workload and of a start
 * on what it left: what was acknowledged is there, a batch is there as a whole
 * or not at all, and the next process goes on.  (The store itself allocates
 * twice, when it starts.)  The control takes away what was acknowledged.
 */

#include "config.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/durability/workload.h"

#define AFTER_STEP 3 /* of those with which all that follow fail */
#define BATCHES 5 /* there is a checkpoint of the database among them */

static sqlite3_mem_methods real;

static struct {
	unsigned int n; /* calls */
	unsigned int at; /* fails this one; 0: none */
	bool after; /* and all behind it */
	bool failed;
} memory;

static void
memory_fail(unsigned int at, bool after)
{
	memset(&memory, 0, sizeof(memory));
	memory.at = at;
	memory.after = after;
}

static bool
fails(void)
{
	memory.n++;
	if (memory.at == 0 || memory.n < memory.at ||
	    (memory.n > memory.at && !memory.after))
		return (false);
	memory.failed = true;
	return (true);
}

static void *
take(int n)
{
	return (fails() ? NULL : real.xMalloc(n));
}

static void *
resize(void *p, int n)
{
	return (fails() ? NULL : real.xRealloc(p, n));
}

/* What one kind of run met. */
struct met {
	unsigned int failed, stopped, corrupt;
};

static void
look(struct workload *w, unsigned int n, bool after, struct met *met)
{
	const char *why;

	met->failed += memory.failed;
	met->stopped += w->store->failed;
	if (w->store->failed)
		assert_true(store_error(w->store)[0] != '\0');
	memory_fail(0, false);
	if ((why = workload_check(w)) == NULL)
		return;
	met->corrupt++;
	print_message(
	    "# allocation %u%s: %s\n", n, after ? " and all after" : "", why);
}

/* Returns false when the workload makes fewer allocations. */
static bool
fail_while_working(unsigned int n, bool after, struct met *met)
{
	struct workload w;
	bool failed;

	workload_begin(&w, BATCHES, false);
	memory_fail(n, after);
	workload_run(&w);
	failed = memory.failed;
	look(&w, n, after, met);
	workload_end(&w);
	return (failed);
}

static bool
fail_at_start(unsigned int n, bool after, struct met *met)
{
	struct workload w;
	bool failed;

	workload_begin(&w, BATCHES, false);
	workload_run(&w);
	assert_int_equal(w.acked.n, BATCHES * WORKLOAD_RECORDS);
	memory_fail(n, after);
	if (workload_reopen(&w) == STORE_OK)
		(void)workload_batch(&w, BATCHES);
	failed = memory.failed;
	look(&w, n, after, met);
	workload_end(&w);
	return (failed);
}

/* An acknowledged entry less: true if that is noticed. */
static bool
loss_is_noticed(void)
{
	const char *why;
	struct workload w;

	workload_begin(&w, BATCHES, false);
	workload_run(&w);
	assert_int_equal(db_exec(&w.store->db, "DELETE FROM entry WHERE key = "
					       "(SELECT max(key) FROM entry)"),
	    0);
	why = workload_check(&w);
	workload_end(&w);
	return (why != NULL);
}

static void
failing_allocations(void **state)
{
	static bool (*const kinds[])(unsigned int, bool,
	    struct met *) = { fail_while_working, fail_at_start };
	const time_t began = time(NULL);
	struct met met = { 0, 0, 0 };
	unsigned int n, runs = 0;
	size_t kind;
	int after;

	(void)state;
	for (kind = 0; kind < 2; kind++)
		for (after = 0; after <= 1; after++)
			for (n = 1; kinds[kind](n, after != 0, &met);
			     n += after != 0 ? AFTER_STEP : 1)
				runs++;
	print_message("# allocations: runs=%u failed=%u stopped=%u corrupt=%u "
		      "control=%u seconds=%lld\n",
	    runs, met.failed, met.stopped, met.corrupt, loss_is_noticed(),
	    (long long)(time(NULL) - began));
	assert_int_equal(met.failed, runs);
	assert_true(met.stopped > 0);
	assert_int_equal(met.corrupt, 0);
}

static void
control_that_loses(void **state)
{
	(void)state;
	assert_true(loss_is_noticed());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failing_allocations),
		cmocka_unit_test(control_that_loses),
	};
	sqlite3_mem_methods own;

	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) != SQLITE_OK)
		return (1);
	own = real;
	own.xMalloc = take;
	own.xRealloc = resize;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &own) != SQLITE_OK)
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
