/*
 * The store as a whole: how it is opened, made, described and closed.
 */

#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/private.h"
#include "store/schema.h"
#include "store/sources.h"

/*
 * Frames of the write-ahead log (4 KiB each) from which it is moved into the
 * database: many pages are then written once for several batches.
 */
#define WAL_FRAMES 8000

struct store *
store_new(void)
{
	struct store *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	if ((s->sources = sources_new()) == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

int
store_free(struct store *s)
{
	int r;

	if (s == NULL)
		return 0;
	r = db_close(&s->db);
	names_free(&s->names);
	sources_free(s->sources);
	free(s);
	return r;
}

int
store_failed(struct store *s)
{
	s->failed = true;
	return STORE_FAILED;
}

int
store_violation(struct store *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(s->db.error, sizeof(s->db.error), fmt, ap);
	va_end(ap);
	s->failed = true;
	return STORE_VIOLATION;
}

const char *
store_error(const struct store *s)
{
	return s->db.error;
}

bool
store_error_permanent(const struct store *s)
{
	return s->db.permanent;
}

/* The newest entry of the log gives its size and time. */
static int
load_log(struct store *s)
{
	struct db *db = &s->db;
	int64_t first, end;
	int r;

	first = schema_key(s->log, 0);
	end = schema_key(s->log + 1, 0);
	s->size = s->checkpoint_size = 0;
	s->newest.sec = 0;
	sql_int(db, SQL_ENTRY_LAST, 1, first);
	sql_int(db, SQL_ENTRY_LAST, 2, end);
	if ((r = sql_step(db, SQL_ENTRY_LAST)) == -1)
		return -1;
	if (r == 1) {
		s->size =
		    (uint64_t)(sql_get_int(db, SQL_ENTRY_LAST, 0) - first) + 1;
		s->newest.sec = sql_get_int(db, SQL_ENTRY_LAST, 1);
		sql_reset(db, SQL_ENTRY_LAST);
	}
	sql_int(db, SQL_CHECKPOINT_LAST, 1, first);
	sql_int(db, SQL_CHECKPOINT_LAST, 2, end);
	if ((r = sql_step(db, SQL_CHECKPOINT_LAST)) == -1)
		return -1;
	if (r == 1) {
		s->checkpoint_size =
		    (uint64_t)(sql_get_int(db, SQL_CHECKPOINT_LAST, 0) - first);
		sql_reset(db, SQL_CHECKPOINT_LAST);
	}
	return 0;
}

int
store_load(struct store *s)
{
	struct db *db = &s->db;
	int r;

	if ((r = sql_step(db, SQL_STORE_GET)) == -1)
		return -1;
	if (r == 0) {
		db->permanent = true;
		return db_fail(db,
		    "%s: its first row is missing: restore it "
		    "from a backup",
		    db->path);
	}
	r = sql_get_bytes(db, SQL_STORE_GET, 0, s->uuid, UUID_LEN) == -1 ||
	    sql_get_bytes(db, SQL_STORE_GET, 3, s->log_uuid, UUID_LEN) == -1;
	s->epoch = sql_get_int(db, SQL_STORE_GET, 1);
	s->log = sql_get_int(db, SQL_STORE_GET, 2);
	s->kept_day = (int32_t)sql_get_int(db, SQL_STORE_GET, 4);
	sql_reset(db, SQL_STORE_GET);
	if (r || load_log(s) == -1)
		return -1;
	s->exists = true;
	return 0;
}

/* What is open and ours becomes safe, of the newest schema, and ready. */
static int
take_over(struct store *s, int64_t version)
{
	struct db *db = &s->db;

	if (db_make_safe(db) == -1 ||
	    schema_migrate(db, schema_steps, version, SCHEMA_VERSION) == -1 ||
	    db_prepare(db) == -1)
		return -1;
	return store_load(s);
}

int
store_open(struct store *s, const char *directory, const char *vfs)
{
	struct db *db = &s->db;
	int64_t version;
	int r;

	db->permanent = true;
	if (strlcpy(s->directory, directory, sizeof(s->directory)) >=
		sizeof(s->directory) ||
	    strlcpy(s->vfs, vfs == NULL ? "" : vfs, sizeof(s->vfs)) >=
		sizeof(s->vfs)) {
		(void)db_fail(db, "%s: the path is too long", directory);
		return store_failed(s);
	}
	if ((r = db_open(db, directory, vfs, false)) == -1)
		return store_failed(s);
	if (r == 0)
		return STORE_OK;
	if ((r = schema_check(db, &version)) == -1)
		return store_failed(s);
	if (r == 0) {
		if (db_close(db) == -1)
			return store_failed(s);
		return STORE_OK;
	}
	if (take_over(s, version) == -1)
		return store_failed(s);
	return STORE_OK;
}

/* The tables and their first rows, in one transaction. */
static int
make(struct store *s, const uint8_t uuid[UUID_LEN], const uint8_t log[UUID_LEN])
{
	struct db *db = &s->db;
	sqlite3_stmt *stmt = NULL;
	int r;

	if (db_exec(db, "BEGIN IMMEDIATE") == -1 || schema_create(db) == -1)
		return -1;
	if (sqlite3_prepare_v2(db->handle,
		"INSERT INTO store (id, uuid, epoch, log, oldest_day) "
		"VALUES (1, ?1, 1, 1, 0)",
		-1, &stmt, NULL) != SQLITE_OK)
		return db_fail(
		    db, "%s: %s", db->path, sqlite3_errmsg(db->handle));
	(void)sqlite3_bind_blob(stmt, 1, uuid, UUID_LEN, SQLITE_STATIC);
	r = sqlite3_step(stmt);
	(void)sqlite3_finalize(stmt);
	if (r != SQLITE_DONE)
		return db_fail(
		    db, "%s: %s", db->path, sqlite3_errmsg(db->handle));
	if (db_prepare(db) == -1)
		return -1;
	sql_blob(db, SQL_LOG_ADD, 1, log, UUID_LEN);
	if (sql_run(db, SQL_LOG_ADD) == -1)
		return -1;
	return db_exec(db, "COMMIT");
}

/*
 * Going over to the write-ahead log takes one rollback journal, and only
 * EXTRA syncs its removal: else it may come back after a power loss and take
 * the new database with it.
 */
static int
start_log(struct db *db)
{
	if (db_exec(db, "PRAGMA synchronous = EXTRA") == -1 ||
	    db_make_safe(db) == -1)
		return -1;
	return db_exec(db, "PRAGMA synchronous = FULL");
}

int
store_create(
    struct store *s, const uint8_t uuid[UUID_LEN], const uint8_t log[UUID_LEN])
{
	struct db *db = &s->db;
	int64_t version;
	int r;

	if (s->failed || s->exists || s->directory[0] == '\0')
		return store_violation(s, "a database is there already");
	if (db_open(
		db, s->directory, s->vfs[0] == '\0' ? NULL : s->vfs, true) != 1)
		return store_failed(s);
	if ((r = schema_check(db, &version)) == -1)
		return store_failed(s);
	if (r == 1)
		return store_violation(s, "a database is there already");
	if (start_log(db) == -1 || make(s, uuid, log) == -1 ||
	    db_make_safe(db) == -1 ||
	    db_sync_directory(db, s->directory) == -1 || store_load(s) == -1)
		return store_failed(s);
	return STORE_OK;
}

void
store_state(const struct store *s, struct as_state *state)
{
	memset(state, 0, sizeof(*state));
	if (!s->exists)
		return;
	state->exists = true;
	memcpy(state->store, s->uuid, UUID_LEN);
	memcpy(state->log, s->log_uuid, UUID_LEN);
	state->size = s->size;
	state->checkpoint_size = s->checkpoint_size;
	state->newest = s->newest;
	state->oldest_day = s->kept_day;
}

int
store_tidy(struct store *s)
{
	if (s->failed || s->batch.open || s->db.wal_frames < WAL_FRAMES)
		return STORE_OK;
	if (db_checkpoint(&s->db) == -1)
		return store_failed(s);
	s->counters[STORE_CHECKPOINTS]++;
	return STORE_OK;
}

void
store_set_oldest_day(struct store *s, int32_t day)
{
	s->oldest_day = day;
}

void
store_counters(struct store *s, uint64_t counters[STORE_COUNTERS])
{
	int64_t pages = 0, size = 0;

	if (s->exists && !s->failed &&
	    db_number(&s->db, "PRAGMA page_count", &pages) == 0 &&
	    db_number(&s->db, "PRAGMA page_size", &size) == 0)
		s->counters[STORE_BYTES] = (uint64_t)(pages * size);
	s->counters[STORE_LOG_SIZE] = s->size;
	s->counters[STORE_WAL_FRAMES] = (uint64_t)s->db.wal_frames;
	s->counters[STORE_MEMORY] = (uint64_t)sqlite3_memory_used();
	memcpy(counters, s->counters, sizeof(s->counters));
}
