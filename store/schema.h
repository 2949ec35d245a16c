/*
 * The tables, their version, and the way from each version to the next.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/db.h"

#define SCHEMA_APPLICATION 0x6b6d7364 /* "kmsd" */
#define SCHEMA_VERSION 1

/*
 * Rows of a log are keyed by one integer, the log's number above the index,
 * so that an entry is appended at the end of its tree.
 */
#define SCHEMA_INDEX_BITS 48
#define SCHEMA_INDEX_MAX ((UINT64_C(1) << SCHEMA_INDEX_BITS) - 1)
#define SCHEMA_LOG_MAX 0x7ffe

int64_t schema_key(int64_t, uint64_t);

/* From the version that is its place in the table to the next: SQL. */
struct schema_step {
	const char *sql;
};

extern const struct schema_step schema_steps[SCHEMA_VERSION];

/*
 * Looks whose database it is.  Returns 1 if it is ours (any version up to
 * ours), 0 if it is empty (never made, or the making was cut short), -1 with
 * the reason.
 */
int schema_check(struct db *, int64_t *);

/*
 * Runs the steps of this table from a version up to another, all in one
 * transaction.  Returns 0, or -1.
 */
int schema_migrate(struct db *, const struct schema_step *, int64_t, int64_t);

/* Makes the tables of the newest version, inside the caller's transaction. */
int schema_create(struct db *);

#endif
