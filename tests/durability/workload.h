/*
 * A short workload of a store on a disk of its own, and whether what it was
 * told is done is there afterwards: for tests in which something fails.
 */
#ifndef TESTS_DURABILITY_WORKLOAD_H
#define TESTS_DURABILITY_WORKLOAD_H

#include "tests/durability/disk.h"
#include "tests/unit/store_fixture.h"

#define WORKLOAD_BATCHES_MAX 12
#define WORKLOAD_RECORDS 3 /* of a batch */

struct acknowledged {
	bool created;
	size_t n;
	/* Two more than the workload has: of a start, and of the check. */
	struct as_outcome
	    outcome[(WORKLOAD_BATCHES_MAX + 2) * WORKLOAD_RECORDS];
};

struct workload {
	struct disk *disk;
	struct store *store;
	struct acknowledged acked;
	uint32_t batches;
	bool planted; /* synchronous=OFF */
	char directory[64];
};

/* An empty disk and a store that is not open yet. */
void workload_begin(struct workload *, uint32_t batches, bool planted);
void workload_end(struct workload *);

/* Makes the database and fills it, until something fails. */
void workload_run(struct workload *);

/* One batch; true if it was acknowledged. */
bool workload_batch(struct workload *, uint32_t);

/* As another process does; the store's status. */
int workload_reopen(struct workload *);

/*
 * Opens again: why the database does not hold what was acknowledged, or takes
 * no further batch; NULL if all is well.
 */
const char *workload_check(struct workload *);

#endif
