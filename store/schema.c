/*
 * The schema.  A new version adds a step to the table of steps and changes
 * the text of the tables to what the steps lead to.
 */

#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "store/schema.h"

/* There is no version 0: a database is made with version 1. */
const struct schema_step schema_steps[SCHEMA_VERSION] = {
	[0] = { NULL },
};

static const char *const tables[] = {
	"CREATE TABLE store ("
	"id INTEGER PRIMARY KEY CHECK (id = 1), "
	"uuid BLOB NOT NULL CHECK (length(uuid) = 16), "
	"epoch INTEGER NOT NULL, " /* grows with the store's uuid */
	"log INTEGER NOT NULL, "
	"oldest_day INTEGER NOT NULL" /* of the newest batch, 0: none */
	") STRICT",

	"CREATE TABLE log ("
	"id INTEGER PRIMARY KEY, "
	"uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16)"
	") STRICT",

	/* key: log and index */
	"CREATE TABLE entry ("
	"key INTEGER PRIMARY KEY, "
	"time INTEGER NOT NULL, "
	"text BLOB NOT NULL"
	") STRICT",

	/* key: log and size */
	"CREATE TABLE checkpoint ("
	"key INTEGER PRIMARY KEY, "
	"text BLOB NOT NULL"
	") STRICT",

	"CREATE TABLE document ("
	"id INTEGER PRIMARY KEY, "
	"type TEXT NOT NULL, "
	"publisher BLOB NOT NULL, "
	"object BLOB NOT NULL, "
	"revision INTEGER NOT NULL, "
	"bytes BLOB NOT NULL, "
	"UNIQUE (type, publisher, object)"
	") STRICT",

	"CREATE TABLE publisher ("
	"id INTEGER PRIMARY KEY, "
	"key BLOB NOT NULL UNIQUE"
	") STRICT",

	"CREATE TABLE family ("
	"id INTEGER PRIMARY KEY, "
	"publisher INTEGER NOT NULL, "
	"name TEXT NOT NULL, "
	"UNIQUE (publisher, name)"
	") STRICT",

	"CREATE TABLE product ("
	"id INTEGER PRIMARY KEY, "
	"publisher INTEGER NOT NULL, "
	"uuid BLOB NOT NULL, "
	"UNIQUE (publisher, uuid)"
	") STRICT",

	/* Machines of a family by the day of their newest request. */
	"CREATE TABLE bucket ("
	"family INTEGER NOT NULL, "
	"day INTEGER NOT NULL, "
	"physical INTEGER NOT NULL CHECK (physical >= 0), "
	"virtual INTEGER NOT NULL CHECK (virtual >= 0), "
	"PRIMARY KEY (family, day)"
	") STRICT, WITHOUT ROWID",

	/*
	 * One row a machine and product.  A machine is one unit in the
	 * buckets of its family: the row of its newest request says in
	 * counted on which day, in the others that is null.
	 */
	"CREATE TABLE machine ("
	"id INTEGER PRIMARY KEY, "
	"family INTEGER NOT NULL, "
	"machine BLOB NOT NULL, "
	"product INTEGER NOT NULL, "
	"counted INTEGER, "
	"virtual INTEGER NOT NULL, "
	"epoch INTEGER NOT NULL, " /* of base, cur, time and nonce */
	"base INTEGER NOT NULL, "
	"cur INTEGER NOT NULL, "
	"time INTEGER NOT NULL, " /* the client's, of its newest request */
	"nonce BLOB NOT NULL, "
	"name BLOB NOT NULL, "
	"host TEXT NOT NULL, "
	"hardware BLOB NOT NULL, "
	"seen INTEGER NOT NULL, " /* the host's time */
	"expires INTEGER NOT NULL, " /* of the newest grant, 0: none */
	"code INTEGER NOT NULL, "
	"decided_day INTEGER NOT NULL, "
	"decisions INTEGER NOT NULL, " /* on that day */
	"refusal_code INTEGER NOT NULL, "
	"refusal_day INTEGER NOT NULL, "
	"refusals INTEGER NOT NULL, " /* of that code on that day */
	"UNIQUE (family, machine, product)"
	") STRICT",
};

int64_t
schema_key(int64_t log, uint64_t index)
{
	return (int64_t)(((uint64_t)log << SCHEMA_INDEX_BITS) | index);
}

int
schema_check(struct db *db, int64_t *version)
{
	int64_t application, objects;

	if (db_number(db, "PRAGMA application_id", &application) == -1 ||
	    db_number(db, "PRAGMA user_version", version) == -1 ||
	    db_number(db, "SELECT count(*) FROM sqlite_schema", &objects) == -1)
		return -1;
	db->permanent = true;
	if (application == 0 && *version == 0 && objects == 0)
		return 0;
	if (application != SCHEMA_APPLICATION)
		return db_fail(db,
		    "%s: it is a database of another program "
		    "(application id 0x%08" PRIx64 "): put kmsd's back",
		    db->path, (uint64_t)application & 0xffffffff);
	if (*version > SCHEMA_VERSION)
		return db_fail(db,
		    "%s: its schema is version %" PRId64
		    " and this kmsd knows versions up to %d: install the "
		    "newer kmsd that wrote it",
		    db->path, *version, SCHEMA_VERSION);
	if (*version < 1)
		return db_fail(db,
		    "%s: its schema has no version: restore "
		    "it from a backup",
		    db->path);
	return 1;
}

static int
set_version(struct db *db, int64_t version)
{
	char text[64];

	(void)snprintf(
	    text, sizeof(text), "PRAGMA user_version = %" PRId64, version);
	return db_exec(db, text);
}

int
schema_migrate(
    struct db *db, const struct schema_step *steps, int64_t from, int64_t to)
{
	int64_t version;

	if (from == to)
		return 0;
	if (db_exec(db, "BEGIN IMMEDIATE") == -1)
		return -1;
	for (version = from; version < to; version++) {
		if (steps[version].sql == NULL) {
			(void)db_fail(db,
			    "%s: no way leads from schema "
			    "version %" PRId64 " on",
			    db->path, version);
			db->permanent = true;
			break;
		}
		if (db_exec(db, steps[version].sql) == -1)
			break;
	}
	if (version == to && set_version(db, to) == 0 &&
	    db_exec(db, "COMMIT") == 0)
		return 0;
	(void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int
schema_create(struct db *db)
{
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (db_exec(db, tables[i]) == -1)
			return -1;
	(void)snprintf(text, sizeof(text), "PRAGMA application_id = %d",
	    SCHEMA_APPLICATION);
	if (db_exec(db, text) == -1)
		return -1;
	return set_version(db, SCHEMA_VERSION);
}
