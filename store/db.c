/*
 * The connection to SQLite: one, exclusive, with the settings that make a
 * commit durable, and errors in words that say what to do.
 */

#include "config.h"

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/db.h"

#define DISK_FULL "the disk or a quota is full: make room there"
#define RESTORE                                                          \
	"restore it from a backup and start kmsd; if it then reports a " \
	"rollback, kmsctl audit accept-rollback REASON"

/* What a result code means, and whether time may cure it. */
static const struct {
	int code;
	bool permanent;
	const char *text;
} errors[] = {
	{ SQLITE_FULL, false, DISK_FULL },
	{ SQLITE_IOERR, false,
	    "input/output error: look at the disk and the kernel's log" },
	{ SQLITE_READONLY, true,
	    "it is read-only: give the store's user the right to write" },
	{ SQLITE_PERM, true,
	    "no permission: give the store's user the right to write" },
	{ SQLITE_AUTH, true, "access was refused" },
	{ SQLITE_CANTOPEN, true,
	    "it or its write-ahead log can't be opened: look at owner and "
	    "mode of file and folder" },
	{ SQLITE_CORRUPT, true, "it is damaged: " RESTORE },
	{ SQLITE_ERROR, true,
	    "its tables are not those of this kmsd: " RESTORE },
	{ SQLITE_NOTADB, true,
	    "it is not a database: put the right file back, or restore it" },
	{ SQLITE_BUSY, false, "another process has it open: end that one" },
	{ SQLITE_LOCKED, false, "another process has it open: end that one" },
	{ SQLITE_NOMEM, false, "out of memory" },
	{ SQLITE_TOOBIG, true, "it has a value that is too large: " RESTORE },
	{ SQLITE_CONSTRAINT, true,
	    "its contents contradict each other: " RESTORE },
};

static const struct {
	int limit, value;
} limits[] = {
	{ SQLITE_LIMIT_LENGTH, 131072 },
	{ SQLITE_LIMIT_SQL_LENGTH, 8192 },
	{ SQLITE_LIMIT_COLUMN, 32 },
	{ SQLITE_LIMIT_EXPR_DEPTH, 16 },
	{ SQLITE_LIMIT_COMPOUND_SELECT, 2 },
	{ SQLITE_LIMIT_VDBE_OP, 2000 },
	{ SQLITE_LIMIT_FUNCTION_ARG, 16 },
	{ SQLITE_LIMIT_ATTACHED, 0 },
	{ SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1 },
	{ SQLITE_LIMIT_VARIABLE_NUMBER, 32 },
	{ SQLITE_LIMIT_TRIGGER_DEPTH, 1 },
	{ SQLITE_LIMIT_WORKER_THREADS, 0 },
};

static const struct {
	int option, value;
} options[] = {
	{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
	{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
	{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
	{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
	{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
	{ SQLITE_DBCONFIG_ENABLE_FKEY, 0 },
	{ SQLITE_DBCONFIG_DQS_DML, 0 },
	{ SQLITE_DBCONFIG_DQS_DDL, 0 },
};

#define COPY_BYTES 65536 /* of the log, at a time */

/* A store whose parent was killed needs a moment to end. */
#define DB_BUSY_MS 5000

/* Before the first access: with an exclusive lock there is no -shm. */
static const char *const settings[] = {
	"PRAGMA locking_mode = EXCLUSIVE",
	"PRAGMA synchronous = FULL",
	"PRAGMA temp_store = MEMORY",
	"PRAGMA mmap_size = 0",
	"PRAGMA wal_autocheckpoint = 0",
	"PRAGMA cache_size = -65536",
};

int
db_fail(struct db *db, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(db->error, sizeof(db->error), fmt, ap);
	va_end(ap);
	return -1;
}

/*
 * A file that could not be written or made for want of something that comes
 * back: in SQLite's words that is an input/output error, or it can't open.
 */
static const char *
want(struct db *db, int code)
{
	if (code != SQLITE_IOERR && code != SQLITE_CANTOPEN)
		return NULL;
	switch (sqlite3_system_errno(db->handle)) {
	case ENOSPC:
	case EDQUOT:
		return DISK_FULL;
	case ENOENT: /* of SQLite's second try, which makes no file */
		return "a file can't be made: make room there, for files too";
	case EMFILE:
	case ENFILE:
		return "too many files are open";
	case ENOMEM:
		return "out of memory";
	default:
		return NULL;
	}
}

/* The error of the last call in words. */
static int
sqlite_failed(struct db *db, int code, const char *doing)
{
	const char *text = want(db, code & 0xff);
	int extended;
	size_t i;

	extended = sqlite3_extended_errcode(db->handle);
	if ((extended & 0xff) != (code & 0xff))
		extended = code;
	db->permanent = false;
	for (i = 0; text == NULL && i < sizeof(errors) / sizeof(errors[0]);
	     i++) {
		if (errors[i].code != (code & 0xff))
			continue;
		db->permanent = errors[i].permanent;
		text = errors[i].text;
	}
	return db_fail(db, "%s: %s: %s (SQLite %d)", db->path, doing,
	    text != NULL ? text : sqlite3_errstr(code), extended);
}

static int
count_frames(void *arg, sqlite3 *handle, const char *name, int frames)
{
	struct db *db = arg;

	(void)handle;
	(void)name;
	db->wal_frames = frames;
	return SQLITE_OK;
}

/* True if the file is there; -1 says why that can't be known. */
static int
file_exists(struct db *db, const char *vfs)
{
	sqlite3_vfs *v;
	int there = 0;

	if ((v = sqlite3_vfs_find(vfs)) == NULL)
		return db_fail(db, "no such VFS");
	if (v->xAccess(v, db->path, SQLITE_ACCESS_EXISTS, &there) != SQLITE_OK)
		return db_fail(db, "%s: can't be looked up", db->path);
	return there != 0;
}

static int
configure(struct db *db)
{
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (sqlite3_db_config(db->handle, options[i].option,
			options[i].value, NULL) != SQLITE_OK)
			return db_fail(db,
			    "%s: SQLite lacks an option "
			    "(%d)",
			    db->path, options[i].option);
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		(void)sqlite3_limit(
		    db->handle, limits[i].limit, limits[i].value);
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (db_exec(db, settings[i]) == -1)
			return -1;
	(void)sqlite3_wal_hook(db->handle, count_frames, db);
	return 0;
}

int
db_open(struct db *db, const char *directory, const char *vfs, bool create)
{
	int code, flags, n, there;

	db->permanent = true;
	n = snprintf(db->path, sizeof(db->path), "%s%skmsd.db", directory,
	    strcmp(directory, "/") == 0 ? "" : "/");
	if (n < 0 || (size_t)n >= sizeof(db->path))
		return db_fail(db, "%s: the path is too long", directory);
	there = file_exists(db, vfs);
	if (there == -1 || (there == 0 && !create))
		return there;
	flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_PRIVATECACHE | (create ? SQLITE_OPEN_CREATE : 0);
	code = sqlite3_open_v2(db->path, &db->handle, flags, vfs);
	if (code != SQLITE_OK)
		return sqlite_failed(db, code, "opening");
	(void)sqlite3_extended_result_codes(db->handle, 1);
	(void)sqlite3_busy_timeout(db->handle, DB_BUSY_MS);
	if (sqlite3_db_readonly(db->handle, "main") == 1)
		return sqlite_failed(db, SQLITE_READONLY, "opening");
	if (configure(db) == -1)
		return -1;
	return 1;
}

/*
 * Writes the log over itself.  After a sync that failed the kernel may hold
 * frames in memory alone and take them for written: a sync is no help, and if
 * they were moved and the power went, a log without them would undo a part.
 */
static int
copy_over(sqlite3_file *log, void *buffer)
{
	sqlite3_int64 size, at;
	int code, n;

	code = log->pMethods->xFileSize(log, &size);
	for (at = 0; code == SQLITE_OK && at < size; at += n) {
		n = size - at < COPY_BYTES ? (int)(size - at) : COPY_BYTES;
		code = log->pMethods->xRead(log, buffer, n, at);
		if (code == SQLITE_OK)
			code = log->pMethods->xWrite(log, buffer, n, at);
	}
	if (code == SQLITE_OK && size > 0)
		code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
	return code;
}

static int
rewrite_log(struct db *db)
{
	sqlite3_file *log = NULL;
	void *buffer;
	int code;

	code = sqlite3_file_control(
	    db->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	if (code == SQLITE_OK && (log == NULL || log->pMethods == NULL))
		return 0;
	if ((buffer = malloc(COPY_BYTES)) == NULL)
		code = SQLITE_NOMEM;
	if (code == SQLITE_OK)
		code = copy_over(log, buffer);
	free(buffer);
	return code == SQLITE_OK
		   ? 0
		   : sqlite_failed(db, code, "writing the log again");
}

int
db_make_safe(struct db *db)
{
	int code, frames = -1, moved = -1;

	if (db_exec(db, "PRAGMA journal_mode = WAL") == -1 ||
	    rewrite_log(db) == -1)
		return -1;
	code = sqlite3_wal_checkpoint_v2(
	    db->handle, "main", SQLITE_CHECKPOINT_TRUNCATE, &frames, &moved);
	if (code != SQLITE_OK)
		return sqlite_failed(db, code, "making the log safe");
	if (frames != 0 || moved != 0)
		return db_fail(db,
		    "%s: the write-ahead log did not become "
		    "empty",
		    db->path);
	db->wal_frames = 0;
	return 0;
}

int
db_checkpoint(struct db *db)
{
	int code, frames = -1, moved = -1;

	code = sqlite3_wal_checkpoint_v2(
	    db->handle, "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
	if (code != SQLITE_OK)
		return sqlite_failed(db, code, "checkpointing");
	db->wal_frames = 0;
	return 0;
}

int
db_prepare(struct db *db)
{
	int code;
	size_t i;

	for (i = 0; i < SQL_COUNT; i++) {
		code = sqlite3_prepare_v3(db->handle, sql_text[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &db->stmt[i], NULL);
		if (code != SQLITE_OK)
			return sqlite_failed(db, code, "preparing");
	}
	return 0;
}

int
db_close(struct db *db)
{
	size_t i;
	int code;

	for (i = 0; i < SQL_COUNT; i++) {
		(void)sqlite3_finalize(db->stmt[i]);
		db->stmt[i] = NULL;
	}
	if (db->handle == NULL)
		return 0;
	code = sqlite3_close(db->handle);
	db->handle = NULL;
	if (code != SQLITE_OK)
		return db_fail(
		    db, "%s: closing: %s", db->path, sqlite3_errstr(code));
	return 0;
}

int
db_sync_directory(struct db *db, const char *directory)
{
	int fd, r;

	if ((fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return db_fail(db, "%s: %s", directory, strerror(errno));
	r = fsync(fd);
	if (r == -1)
		(void)db_fail(db, "%s: fsync: %s", directory, strerror(errno));
	(void)close(fd);
	return r;
}

int
db_exec(struct db *db, const char *text)
{
	int code;

	code = sqlite3_exec(db->handle, text, NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return sqlite_failed(db, code, "preparing the database");
	return 0;
}

int
db_number(struct db *db, const char *text, int64_t *value)
{
	sqlite3_stmt *stmt = NULL;
	int code;

	code = sqlite3_prepare_v2(db->handle, text, -1, &stmt, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		*value = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	if (code != SQLITE_ROW)
		return sqlite_failed(db, code, "reading");
	return 0;
}

static void
bound(struct db *db, int code)
{
	if (code != SQLITE_OK && db->bind_error == 0)
		db->bind_error = code;
}

void
sql_int(struct db *db, enum sql id, int n, int64_t value)
{
	bound(db, sqlite3_bind_int64(db->stmt[id], n, value));
}

void
sql_null(struct db *db, enum sql id, int n)
{
	bound(db, sqlite3_bind_null(db->stmt[id], n));
}

void
sql_blob(struct db *db, enum sql id, int n, const void *p, size_t len)
{
	bound(db, sqlite3_bind_blob64(db->stmt[id], n, p, len, SQLITE_STATIC));
}

void
sql_string(struct db *db, enum sql id, int n, const char *s)
{
	bound(db, sqlite3_bind_text(db->stmt[id], n, s, -1, SQLITE_STATIC));
}

int
sql_step(struct db *db, enum sql id)
{
	int code;

	code = db->bind_error;
	db->bind_error = 0;
	if (code == SQLITE_OK)
		code = sqlite3_step(db->stmt[id]);
	if (code == SQLITE_ROW)
		return 1;
	if (code != SQLITE_DONE)
		(void)sqlite_failed(db, code, "statement");
	(void)sqlite3_reset(db->stmt[id]);
	return code == SQLITE_DONE ? 0 : -1;
}

void
sql_reset(struct db *db, enum sql id)
{
	(void)sqlite3_reset(db->stmt[id]);
}

int
sql_run(struct db *db, enum sql id)
{
	int r;

	r = sql_step(db, id);
	if (r == 1) {
		sql_reset(db, id);
		return 0;
	}
	return r;
}

int64_t
sql_get_int(struct db *db, enum sql id, int column)
{
	return sqlite3_column_int64(db->stmt[id], column);
}

bool
sql_is_null(struct db *db, enum sql id, int column)
{
	return sqlite3_column_type(db->stmt[id], column) == SQLITE_NULL;
}

const void *
sql_get_blob(struct db *db, enum sql id, int column, size_t *len)
{
	const void *p;

	p = sqlite3_column_blob(db->stmt[id], column);
	*len = (size_t)sqlite3_column_bytes(db->stmt[id], column);
	return p;
}

int
sql_get_bytes(struct db *db, enum sql id, int column, void *to, size_t len)
{
	const void *p;
	size_t n;

	p = sql_get_blob(db, id, column, &n);
	if (p == NULL || n != len)
		return db_fail(db,
		    "%s: a value has %zu bytes instead of %zu: "
		    "restore it from a backup",
		    db->path, n, len);
	memcpy(to, p, len);
	return 0;
}

int
sql_get_string(struct db *db, enum sql id, int column, char *to, size_t size)
{
	const void *p;
	size_t n;

	p = sql_get_blob(db, id, column, &n);
	if (n >= size)
		return db_fail(db,
		    "%s: a value has %zu bytes: restore it "
		    "from a backup",
		    db->path, n);
	if (n > 0)
		memcpy(to, p, n);
	to[n] = '\0';
	return 0;
}
