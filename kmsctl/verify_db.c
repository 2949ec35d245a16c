/*
 * Reads the logs of a database without changing a byte of it: alone, nothing
 * moved from its write-ahead log at the end.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmsctl/verify_db.h"
#include "store/schema.h"

#define URI_MAX (3 * DB_PATH_MAX + 32)
#define VALUE_MAX 131072 /* bytes of a value */

static int
failed(struct db *db, const char *doing)
{
	return (db_fail(db, "%s: %s: %s (SQLite %d)", db->path, doing,
	    sqlite3_errmsg(db->handle), sqlite3_extended_errcode(db->handle)));
}

/* -1: there is none. */
static off_t
wal_size(const struct db *db)
{
	char path[DB_PATH_MAX + 8];
	struct stat sb;

	(void)snprintf(path, sizeof(path), "%s-wal", db->path);
	return (stat(path, &sb) == -1 ? -1 : sb.st_size);
}

static int
configure(struct db *db)
{
	static const struct {
		int option, value;
	} options[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1 },
	};
	size_t i;

	(void)sqlite3_extended_result_codes(db->handle, 1);
	(void)sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	(void)sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (sqlite3_db_config(db->handle, options[i].option,
			options[i].value, NULL) != SQLITE_OK)
			return (failed(db, "an option that SQLite lacks"));
	}
	if (sqlite3_exec(db->handle,
		"PRAGMA locking_mode = EXCLUSIVE; PRAGMA mmap_size = 0; "
		"PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = 1",
		NULL, NULL, NULL) != SQLITE_OK)
		return (failed(db, "opening"));
	return (0);
}

/* Looks whose it is: the first access, which takes the locks. */
static int
check(struct db *db)
{
	int64_t version;
	int r;

	if ((r = schema_check(db, &version)) == -1)
		return (-1);
	if (r == 0)
		return (db_fail(db, "%s: an empty database", db->path));
	if (version != SCHEMA_VERSION)
		return (db_fail(db,
		    "%s: its schema is version %" PRId64
		    ": start kmsd once, which brings it up to date",
		    db->path, version));
	return (0);
}

/* "file:PATH?immutable=1", for what cannot be written anyway. */
static void
immutable_uri(const char *path, char uri[URI_MAX])
{
	size_t n;

	n = strlcpy(uri, "file:", URI_MAX);
	for (; *path != '\0' && n + 32 < URI_MAX; path++) {
		if (strchr("%?#", *path) != NULL)
			n += (size_t)snprintf(
			    uri + n, 4, "%%%02X", (unsigned char)*path);
		else
			uri[n++] = *path;
	}
	(void)strlcpy(uri + n, "?immutable=1", URI_MAX - n);
}

static int
open_as(struct db *db, const char *name, int flags)
{
	if (sqlite3_open_v2(name, &db->handle,
		flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
		NULL) != SQLITE_OK) {
		if (db->handle == NULL)
			return (db_fail(db, "%s: out of memory", db->path));
		return (failed(db, "opening"));
	}
	if (configure(db) == -1)
		return (-1);
	return (check(db));
}

/* Reading alone fails where a lock or an empty -wal cannot be made. */
static int
is_read_only(struct db *db)
{
	const int code = sqlite3_errcode(db->handle) & 0xff;

	return (sqlite3_db_readonly(db->handle, "main") == 1 ||
		access(db->path, W_OK) == -1 || code == SQLITE_CANTOPEN ||
		code == SQLITE_READONLY);
}

int
verify_db_open(struct db *db, const char *folder, const char *name)
{
	char uri[URI_MAX], wal[DB_PATH_MAX + 8];
	off_t before;
	int n;

	memset(db, 0, sizeof(*db));
	n = snprintf(db->path, sizeof(db->path), "%s%s%s", folder,
	    strcmp(folder, "/") == 0 ? "" : "/", name);
	if (n < 0 || (size_t)n >= sizeof(db->path))
		return (db_fail(db, "%s: the path is too long", folder));
	if (access(db->path, R_OK) == -1)
		return (db_fail(db, "%s: %s%s", name, strerror(errno),
		    errno == EACCES
			? ": the store's user must be able to read it"
			: ""));
	before = wal_size(db);
	n = open_as(db, db->path, SQLITE_OPEN_READWRITE);
	/* SQLite made an empty one: nothing is left behind. */
	if (before == -1 && wal_size(db) == 0) {
		(void)snprintf(wal, sizeof(wal), "%s-wal", db->path);
		(void)unlink(wal);
	}
	if (n == 0 || !is_read_only(db))
		return (n);
	if (before > 0)
		return (db_fail(db,
		    "%s: it has a write-ahead log and cannot be written: copy "
		    "both files to a folder of the store's user",
		    db->path));
	(void)sqlite3_close(db->handle);
	db->handle = NULL;
	immutable_uri(db->path, uri);
	return (open_as(db, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI));
}

void
verify_db_close(struct db *db)
{
	(void)sqlite3_close(db->handle);
	db->handle = NULL;
}

static int
prepare(struct db *db, const char *text, sqlite3_stmt **stmt)
{
	if (sqlite3_prepare_v2(db->handle, text, -1, stmt, NULL) != SQLITE_OK)
		return (failed(db, "reading"));
	return (0);
}

/* 1: a row, 0: the end, -1: an error. */
static int
step(struct db *db, sqlite3_stmt *stmt)
{
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		return (1);
	case SQLITE_DONE:
		return (0);
	default:
		return (failed(db, "reading"));
	}
}

static int
read_store(struct db *db, struct verify *v, int64_t *newest)
{
	sqlite3_stmt *stmt = NULL;
	int r;

	if (prepare(db,
		"SELECT s.uuid, s.log, l.uuid FROM store s JOIN log l "
		"ON l.id = s.log WHERE s.id = 1",
		&stmt) == -1)
		return (-1);
	if ((r = step(db, stmt)) == 1 &&
	    sqlite3_column_bytes(stmt, 0) == UUID_LEN &&
	    sqlite3_column_bytes(stmt, 2) == UUID_LEN) {
		memcpy(v->store, sqlite3_column_blob(stmt, 0), UUID_LEN);
		*newest = sqlite3_column_int64(stmt, 1);
		memcpy(v->newest, sqlite3_column_blob(stmt, 2), UUID_LEN);
	} else if (r != -1) {
		r = db_fail(db, "%s: it does not say which log is the newest",
		    db->path);
	}
	(void)sqlite3_finalize(stmt);
	return (r == 1 ? 0 : -1);
}

/* The rows of one log, by key. */
static int
prepare_rows(struct db *db, const char *text, int64_t log, sqlite3_stmt **stmt)
{
	if (prepare(db, text, stmt) == -1)
		return (-1);
	(void)sqlite3_bind_int64(*stmt, 1, schema_key(log, 0));
	(void)sqlite3_bind_int64(*stmt, 2, schema_key(log + 1, 0));
	return (0);
}

static uint64_t
row_index(sqlite3_stmt *stmt)
{
	return ((uint64_t)sqlite3_column_int64(stmt, 0) & SCHEMA_INDEX_MAX);
}

/*
 * Gives the checkpoints that are due at this size; more is what step() said
 * of the statement.
 */
static int
checkpoints(struct db *db, struct verify *v, sqlite3_stmt *stmt, int more)
{
	while (more == 1 && row_index(stmt) <= verify_size(v)) {
		if (row_index(stmt) == verify_size(v))
			verify_checkpoint(v, row_index(stmt),
			    sqlite3_column_blob(stmt, 1),
			    (size_t)sqlite3_column_bytes(stmt, 1));
		more = step(db, stmt);
	}
	return (more);
}

static int
read_log(struct db *db, struct verify *v, sqlite3_stmt *entry,
    sqlite3_stmt *checkpoint)
{
	int r, more;

	more = checkpoints(db, v, checkpoint, step(db, checkpoint));
	while (more != -1 && !v->failed && (r = step(db, entry)) != 0) {
		if (r == -1)
			return (-1);
		verify_entry(v, row_index(entry),
		    sqlite3_column_int64(entry, 1),
		    sqlite3_column_blob(entry, 2),
		    (size_t)sqlite3_column_bytes(entry, 2));
		more = checkpoints(db, v, checkpoint, more);
	}
	if (more == 1)
		verify_missing(v, row_index(checkpoint));
	return (more == -1 ? -1 : 0);
}

static int
verify_log(struct db *db, struct verify *v, int64_t log)
{
	sqlite3_stmt *entry = NULL, *checkpoint = NULL;
	int r = -1;

	if (prepare_rows(db,
		"SELECT key, time, text FROM entry "
		"WHERE key >= ?1 AND key < ?2 ORDER BY key",
		log, &entry) == 0 &&
	    prepare_rows(db,
		"SELECT key, text FROM checkpoint "
		"WHERE key >= ?1 AND key < ?2 ORDER BY key",
		log, &checkpoint) == 0)
		r = read_log(db, v, entry, checkpoint);
	(void)sqlite3_finalize(entry);
	(void)sqlite3_finalize(checkpoint);
	return (r);
}

/* Entries that belong to no log would never be looked at. */
static int
find_strays(struct db *db, struct verify *v)
{
	int64_t n;

	if (db_number(db,
		"SELECT (SELECT count(*) FROM entry WHERE (key >> 48) NOT IN "
		"(SELECT id FROM log)) + (SELECT count(*) FROM checkpoint "
		"WHERE (key >> 48) NOT IN (SELECT id FROM log))",
		&n) == -1)
		return (-1);
	if (n != 0)
		verify_bad(v,
		    "%" PRId64 " entries or checkpoints belong to no log", n);
	return (0);
}

int
verify_db_logs(struct db *db, struct verify *v)
{
	sqlite3_stmt *stmt = NULL;
	int64_t newest, log;
	int r;

	if (read_store(db, v, &newest) == -1 ||
	    prepare(db, "SELECT id, uuid FROM log ORDER BY id", &stmt) == -1)
		return (-1);
	while ((r = step(db, stmt)) == 1) {
		log = sqlite3_column_int64(stmt, 0);
		if (sqlite3_column_bytes(stmt, 1) != UUID_LEN || log < 0 ||
		    log > SCHEMA_LOG_MAX) {
			r = db_fail(
			    db, "%s: a log without a uuid or number", db->path);
			break;
		}
		verify_begin(v, sqlite3_column_blob(stmt, 1), log == newest);
		if ((r = verify_log(db, v, log)) == -1)
			break;
		verify_end(v);
	}
	(void)sqlite3_finalize(stmt);
	return (r == -1 ? -1 : find_strays(db, v));
}

char *
verify_db_certificate(
    struct db *db, const uint8_t serial[UUID_LEN], size_t *len)
{
	sqlite3_stmt *stmt = NULL;
	char *bytes = NULL;
	int r;

	if (prepare(db,
		"SELECT bytes FROM document WHERE type = 'kms-host' "
		"AND object = ?1",
		&stmt) == -1)
		return (NULL);
	(void)sqlite3_bind_blob(stmt, 1, serial, UUID_LEN, SQLITE_STATIC);
	if ((r = step(db, stmt)) == 1) {
		*len = (size_t)sqlite3_column_bytes(stmt, 0);
		if ((bytes = malloc(*len + 1)) == NULL)
			(void)db_fail(db, "out of memory");
		else
			memcpy(bytes, sqlite3_column_blob(stmt, 0), *len);
	} else if (r == 0)
		(void)db_fail(db,
		    "%s: it lacks the certificate that the grant names",
		    db->path);
	(void)sqlite3_finalize(stmt);
	return (bytes);
}
