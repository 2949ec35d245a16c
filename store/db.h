/*
 * The one connection to the database: how it is opened and checked, made
 * durable at the start, and how statements are run and their errors told.
 * Nothing here knows what the tables mean.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/sql.h"

#define DB_ERROR_MAX 512 /* bytes, with the NUL */
#define DB_PATH_MAX 512 /* bytes, with the NUL */

struct db {
	sqlite3 *handle; /* NULL: closed */
	sqlite3_stmt *stmt[SQL_COUNT];
	int bind_error; /* the first since the last step, or 0 */
	int wal_frames; /* in the write-ahead log after a commit */
	bool permanent; /* the error is none that time cures */
	char path[DB_PATH_MAX];
	char error[DB_ERROR_MAX];
};

/*
 * Opens DIRECTORY/kmsd.db with this VFS (NULL: the default one); create says
 * whether a missing file is made.  Returns 1, 0 if there is no file (and
 * create is false), or -1 with error and permanent set.  The zeroed struct is
 * the caller's; db_close() frees what it holds.
 */
int db_open(struct db *, const char *, const char *, bool create);

/*
 * Switches to the write-ahead log, writes it again and moves all of it into the
 * database, with the syncs that belong to it: what is read afterwards is on the
 * disk.
 */
int db_make_safe(struct db *);

/* Prepares every statement.  Returns 0, or -1. */
int db_prepare(struct db *);

/* Moves the write-ahead log into the database without waiting.  0 or -1. */
int db_checkpoint(struct db *);

/* Closes; -1 if the final checkpoint failed. */
int db_close(struct db *);

/* Syncs the directory that holds the database. */
int db_sync_directory(struct db *, const char *);

/* Runs constant text without results: schema and pragmas. */
int db_exec(struct db *, const char *);

/* The first column of the first row of constant text. */
int db_number(struct db *, const char *, int64_t *);

/* Parameters count from 1.  Blobs and texts stay the caller's till the step. */
void sql_int(struct db *, enum sql, int, int64_t);
void sql_null(struct db *, enum sql, int);
void sql_blob(struct db *, enum sql, int, const void *, size_t);
void sql_string(struct db *, enum sql, int, const char *);

/*
 * Returns 1 with a row (sql_reset() ends it), 0 at the end, -1 on an error;
 * with 0 and -1 the statement is reset.
 */
int sql_step(struct db *, enum sql);
void sql_reset(struct db *, enum sql);

/* The step of a statement that has no rows.  Returns 0, or -1. */
int sql_run(struct db *, enum sql);

/* Columns count from 0.  Copies fail (-1) if the length is another. */
int64_t sql_get_int(struct db *, enum sql, int);
bool sql_is_null(struct db *, enum sql, int);
int sql_get_bytes(struct db *, enum sql, int, void *, size_t);
int sql_get_string(struct db *, enum sql, int, char *, size_t);
/* Valid until the next step or reset. */
const void *sql_get_blob(struct db *, enum sql, int, size_t *);

/* Sets error.  Returns -1. */
int db_fail(struct db *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

#endif
