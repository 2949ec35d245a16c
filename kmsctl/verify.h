/*
 * Verifies the audit logs of a database that nobody else has open: a stream of
 * entries and checkpoints, log by log, compared with what the keys and the
 * anchor say.  No database in here: see verify_db.h.
 */
#ifndef KMSCTL_VERIFY_H
#define KMSCTL_VERIFY_H

#include <stdbool.h>
#include <stdio.h>

#include "common/anchor.h"
#include "kmsctl/salts.h"

#define VERIFY_TYPES_MAX 16

/* A grant that somebody holds, as its proof was verified. */
struct verify_grant {
	bool wanted;
	const char *entry; /* its text */
	size_t len;
	struct proof proof;
	bool entry_found, root_found;
};

struct verify {
	/* What is at hand. */
	bool has_public, has_anchor;
	uint8_t public[32]; /* the host's Ed25519 key */
	const struct salts *salts; /* NULL: they are not checked */
	struct anchor anchor;
	struct verify_grant grant;
	uint8_t store[UUID_LEN], newest[UUID_LEN]; /* the database's */
	FILE *out;

	/* The log under way. */
	struct origin origin;
	bool current, failed, has_root;
	struct tree_edge edge;
	uint64_t good; /* size of the newest checkpoint that fits */
	uint64_t checkpoint; /* size of the newest kept one */

	/* The log before, for the first entry of the next. */
	bool has_before;
	uint64_t before_size;
	struct tree_hash before_root;

	/* For the summary. */
	uint64_t logs, entries, checkpoints;
	uint64_t type[VERIFY_TYPES_MAX]; /* by the place in entry_types */
	bool anchor_met; /* its log is in the database */
	bool bad;
};

/* Log by log: begin, entries and checkpoints by rising index and size, end. */
void verify_begin(struct verify *, const uint8_t[UUID_LEN], bool current);
void verify_entry(
    struct verify *, uint64_t, int64_t time, const char *, size_t);
void verify_checkpoint(struct verify *, uint64_t, const char *, size_t);
/* The log ends, and a checkpoint of this size is kept. */
void verify_missing(struct verify *, uint64_t);
void verify_end(struct verify *);

/* Size of the tree so far: which checkpoint is due. */
uint64_t verify_size(const struct verify *);

/* After the last log: anchor, grant, summary, what was not checked. */
void verify_finish(struct verify *);

/* Something is bad: one line on out. */
void verify_bad(struct verify *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

#endif
