/* The workload: batches of requests, and what must be left of them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/durability/workload.h"

#define EVERY 4 /* batches between checkpoints */

void
workload_begin(struct workload *r, uint32_t batches, bool planted)
{
	memset(r, 0, sizeof(*r));
	r->batches = batches;
	r->planted = planted;
	r->disk = disk_new();
	(void)strlcpy(r->directory, "/tmp", sizeof(r->directory));
	r->store = store_new();
	assert_non_null(r->store);
}

int
workload_reopen(struct workload *r)
{
	(void)store_free(r->store);
	r->store = store_new();
	assert_non_null(r->store);
	return store_open(r->store, r->directory, DISK_VFS);
}

void
workload_end(struct workload *r)
{
	(void)store_free(r->store);
	disk_free(r->disk);
}

/* One batch; true if it was acknowledged. */
bool
workload_batch(struct workload *r, uint32_t number)
{
	struct as_batch head = batch_head(WORKLOAD_RECORDS, NOON + number);
	struct as_outcome out[WORKLOAD_RECORDS];
	struct as_decide in;
	uint64_t size;
	uint32_t i;

	if (store_begin_batch(r->store, &head) != STORE_OK)
		return false;
	for (i = 0; i < WORKLOAD_RECORDS; i++) {
		in =
		    request((number * WORKLOAD_RECORDS + i) % 7, NOON + number);
		if (store_decide(r->store, &in, &out[i]) != STORE_OK)
			return false;
	}
	if (store_commit_batch(r->store, &size) != STORE_OK)
		return false;
	for (i = 0; i < WORKLOAD_RECORDS; i++)
		r->acked.outcome[r->acked.n++] = out[i];
	disk_event(r->disk);
	return !disk_dead(r->disk);
}

void
workload_run(struct workload *r)
{
	uint32_t i;

	if (store_open(r->store, r->directory, DISK_VFS) != STORE_OK ||
	    store_create(r->store, store_uuid, log_uuid) != STORE_OK)
		return;
	if (r->planted)
		(void)db_exec(&r->store->db, "PRAGMA synchronous = OFF");
	r->acked.created = true;
	disk_event(r->disk);
	for (i = 0; i < r->batches && !disk_dead(r->disk); i++) {
		if (!workload_batch(r, i))
			return;
		if (i % EVERY == EVERY - 1 &&
		    db_checkpoint(&r->store->db) == -1)
			return;
	}
}

static bool
entry_there(struct store *s, const struct as_outcome *o)
{
	uint8_t hash[ENTRY_HASH_LEN];
	char text[ENTRY_MAX + 1];

	if (o->index >= s->size)
		return false;
	entry_text(s, o->index, text);
	entry_hash(text, strlen(text), hash);
	return memcmp(hash, o->hash, sizeof(hash)) == 0;
}

static int64_t
number(struct store *s, const char *sql)
{
	int64_t n;

	if (db_number(&s->db, sql, &n) == -1)
		fail_msg("%s", store_error(s));
	return n;
}

/* Why the database does not hold what was acknowledged, or NULL. */
static const char *
verify(struct workload *r)
{
	struct acknowledged *a = &r->acked;
	struct store *s = r->store;
	size_t i;

	if (!s->exists)
		return a->created ? "the database is gone" : NULL;
	if (s->size % WORKLOAD_RECORDS != 0)
		return "a part of a batch";
	if (s->size < a->n)
		return "an acknowledged entry is gone";
	if (s->size > a->n + WORKLOAD_RECORDS)
		return "more than was asked";
	for (i = 0; i < a->n; i++)
		if (!entry_there(s, &a->outcome[i]))
			return "an acknowledged entry is another";
	if (number(s, "SELECT count(*) FROM entry") != (int64_t)s->size)
		return "a hole in the log";
	if (number(s, "SELECT total(cur) FROM machine") != (int64_t)s->size)
		return "serials that do not fit the log";
	if (number(s, "SELECT total(physical) FROM bucket") !=
	    number(s, "SELECT count(*) FROM machine"))
		return "counts that do not fit the machines";
	if (number(s, "SELECT integrity_check = 'ok' FROM "
		      "pragma_integrity_check") != 1)
		return "damage";
	return NULL;
}

const char *
workload_check(struct workload *r)
{
	const char *why;

	if (workload_reopen(r) != STORE_OK)
		return store_error(r->store);
	if ((why = verify(r)) != NULL)
		return why;
	if (!r->store->exists &&
	    store_create(r->store, store_uuid, log_uuid) != STORE_OK)
		return store_error(r->store);
	return workload_batch(r, r->batches) ? NULL : "no further batch";
}
