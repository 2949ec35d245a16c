/*
 * What a store can do: it decides real requests, and what stands behind the
 * anchor, and which checkpoints it kept of older logs, it alone knows; what the
 * anchor covers the host does not read again.  Here it keeps its database as it
 * says.
 */
#include "config.h"

#include <string.h>

#include "common/codes.h"
#include "common/ktime.h"
#include "common/log.h"
#include "store/schema.h"
#include "tests/hostile/liar/liar.h"

#define NEWEST "(SELECT max(key) >> 48 FROM entry)"
#define GRANTS                        \
	"key >> 48 = " NEWEST " AND " \
	"CAST(substr(text, 1, 10) AS TEXT) = 'kms-grant '"
#define REFUSALS                      \
	"key >> 48 = " NEWEST " AND " \
	"CAST(substr(text, 1, 12) AS TEXT) = 'kms-refusal '"

struct row {
	int64_t key;
	char text[ENTRY_MAX + 1];
	size_t len;
};

static void
run(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fatalx("%s: %s", sql, sqlite3_errmsg(db));
}

/* The newest entries, of which there must be n. */
static void
newest(sqlite3 *db, const char *sql, struct row *row, size_t n)
{
	sqlite3_stmt *s;
	size_t i;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		fatalx("%s: %s", sql, sqlite3_errmsg(db));
	for (i = 0; i < n; i++) {
		if (sqlite3_step(s) != SQLITE_ROW ||
		    (row[i].len = (size_t)sqlite3_column_bytes(s, 1)) >
			ENTRY_MAX)
			fatalx("%s: too few rows", sql);
		row[i].key = sqlite3_column_int64(s, 0);
		memcpy(row[i].text, sqlite3_column_blob(s, 1), row[i].len);
	}
	(void)sqlite3_finalize(s);
}

static void
put_text(sqlite3 *db, int64_t key, const char *text, size_t len)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db, "UPDATE entry SET text = ? WHERE key = ?",
		-1, &s, NULL) != SQLITE_OK ||
	    sqlite3_bind_blob(s, 1, text, (int)len, SQLITE_TRANSIENT) !=
		SQLITE_OK ||
	    sqlite3_bind_int64(s, 2, key) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_DONE)
		fatalx("an entry: %s", sqlite3_errmsg(db));
	(void)sqlite3_finalize(s);
}

/* --- Before the start, behind the anchor */

/* The checkpoint that it was given to keep would tell. */
static void
lose_checkpoints(sqlite3 *db)
{
	run(db, "DELETE FROM checkpoint WHERE key >> 48 = " NEWEST);
}

static void
reorder(sqlite3 *db)
{
	struct row row[2];

	lose_checkpoints(db);
	newest(db,
	    "SELECT key, text FROM entry WHERE " GRANTS
	    " ORDER BY key DESC LIMIT 2",
	    row, 2);
	put_text(db, row[0].key, row[1].text, row[1].len);
	put_text(db, row[1].key, row[0].text, row[0].len);
}

static void
repeat(sqlite3 *db)
{
	lose_checkpoints(db);
	run(db,
	    "INSERT INTO entry SELECT (SELECT max(key) + 1 FROM entry), time, "
	    "text FROM entry WHERE " GRANTS " ORDER BY key DESC LIMIT 1");
}

static void
forget(sqlite3 *db)
{
	lose_checkpoints(db);
	run(db, "DELETE FROM entry WHERE key >= (SELECT max(key) FROM entry "
		"WHERE " GRANTS ")");
}

static void
change_refusal(sqlite3 *db, const struct message_type *type,
    void (*change)(struct entry_decision *))
{
	char text[ENTRY_MAX + 1], why[MESSAGE_ERROR_MAX];
	struct entry_decision e;
	struct row row;

	lose_checkpoints(db);
	newest(db,
	    "SELECT key, text FROM entry WHERE " REFUSALS
	    " ORDER BY key DESC LIMIT 1",
	    &row, 1);
	if (message_parse(&entry_refusal_type, row.text, row.len, &e, why) ==
	    -1)
		fatalx("a refusal of our own: %s", why);
	change(&e);
	put_text(db, row.key, text, liar_print(type, &e, text));
}

static void
set_code(struct entry_decision *e)
{
	e->code = CODE_SEATS_EXHAUSTED;
	(void)strlcpy(e->code_name, code_name(e->code), sizeof(e->code_name));
}

static void
set_count(struct entry_decision *e)
{
	e->count = 77;
}

static void
set_grant(struct entry_decision *e)
{
	e->count = e->needed;
	e->expires.sec = e->time.sec + KTIME_DAY;
}

static void
another_code(sqlite3 *db)
{
	change_refusal(db, &entry_refusal_type, set_code);
}

static void
another_count(sqlite3 *db)
{
	change_refusal(db, &entry_refusal_type, set_count);
}

static void
grant_refusal(sqlite3 *db)
{
	change_refusal(db, &entry_grant_type, set_grant);
}

/* Longer than the product allows, within the kms-host. */
static void
extend(sqlite3 *db)
{
	char text[ENTRY_MAX + 1], why[MESSAGE_ERROR_MAX];
	struct entry_decision e;
	struct row row;

	lose_checkpoints(db);
	newest(db,
	    "SELECT key, text FROM entry WHERE " GRANTS
	    " ORDER BY key DESC LIMIT 1",
	    &row, 1);
	if (message_parse(&entry_grant_type, row.text, row.len, &e, why) == -1)
		fatalx("a grant of our own: %s", why);
	e.expires.sec += 30 * KTIME_DAY;
	put_text(db, row.key, text, liar_print(&entry_grant_type, &e, text));
}

/* --- Before the start, what the anchor covers */

/* The first entry of the newest log, which says why it was begun. */
static void
rewrite(sqlite3 *db)
{
	run(db, "UPDATE entry SET text = CAST(replace(CAST(text AS TEXT), "
		"'reason a backup', 'reason a custom') AS BLOB) "
		"WHERE key = " NEWEST " << 48");
	if (sqlite3_changes(db) != 1)
		fatalx("there is no first entry");
}

/* --- Before the start, of an older log */

#define OLDER "(SELECT min(key) >> 48 FROM checkpoint)"

static void
leave_out_older(sqlite3 *db)
{
	run(db, "DELETE FROM checkpoint WHERE key >> 48 = " OLDER);
}

/* An earlier one stays. */
static void
older_earlier(sqlite3 *db)
{
	run(db, "DELETE FROM checkpoint WHERE key = (SELECT max(key) FROM "
		"checkpoint WHERE key >> 48 = " OLDER ")");
}

/* --- While it serves */

/* The entry of this outcome, in the log as the store now says that it is. */
static void
keep(struct liar *l, struct as_outcome *o)
{
	char text[ENTRY_MAX + 1];
	struct entry_decision e;
	size_t len;

	liar_decision(l, o, &e);
	len = liar_rehash(&e, o, text);
	put_text(l->store->db.handle, schema_key(l->store->log, o->index), text,
	    len);
}

static void
lose(struct liar *l, struct as_outcome *o)
{
	run(l->store->db.handle,
	    "DELETE FROM entry WHERE key = (SELECT max(key) FROM entry)");
	l->store->size--;
	l->less++;
	o->has_index = false;
}

static void
refuse(struct liar *l, struct as_outcome *o)
{
	o->kind = OUTCOME_REFUSAL;
	o->code = CODE_COUNT_INSUFFICIENT;
	o->count = 1;
	keep(l, o);
}

static void
grant(struct liar *l, struct as_outcome *o)
{
	o->kind = OUTCOME_GRANT;
	o->code = CODE_OK;
	o->count = o->needed;
	keep(l, o);
}

static void
count(struct liar *l, struct as_outcome *o)
{
	o->count = 4242;
	keep(l, o);
}

static void
serial(struct liar *l, struct as_outcome *o)
{
	(void)l;
	o->serial = 4242;
}

static void
no_entry(struct liar *l, struct as_outcome *o)
{
	o->kind = OUTCOME_REPEATED;
	lose(l, o);
}

static void
busy(struct liar *l, struct as_outcome *o)
{
	o->kind = OUTCOME_NOTHING;
	o->code = CODE_BUSY;
	o->serial = 0;
	lose(l, o);
}

static void
status(struct liar *l, struct as_outcome *o)
{
	(void)l;
	o->count = 4242;
}

/* Control and kmsctl hand on what the store says of its own rows. */
static void
read_rows(struct liar *l, struct record *r)
{
	struct ipc_writer w = { r->bytes, r->bytes + sizeof(r->bytes), false };
	struct ipc_reader p = { r->bytes, r->bytes + r->len, false };
	struct row_machine row;
	uint32_t id;

	(void)l;
	if (r->type == REC_ROW_MACHINE) {
		admin_get_machine(&p, &id, &row);
		(void)strlcpy(
		    row.host_name, "liar.example", sizeof(row.host_name));
		admin_put_machine(&w, id, &row);
		r->len = (size_t)(w.p - r->bytes);
	}
	liar_emit(r);
}

#define BEFORE(what, function)                                   \
	{                                                        \
		.name = what, .end = "possible", .ask = "start", \
		.database = function                             \
	}
#define LIVE(what, asks, function)                            \
	{                                                     \
		.name = what, .end = "possible", .ask = asks, \
		.outcome = function                           \
	}

const struct lie lies_possible[] = {
	BEFORE("entries that no anchor covers reordered", reorder),
	BEFORE("an entry that no anchor covers repeated", repeat),
	BEFORE("entries that no anchor covers forgotten", forget),
	BEFORE(
	    "a refusal that no anchor covers with another code", another_code),
	BEFORE("a refusal that no anchor covers with another count",
	    another_count),
	BEFORE("a refusal that no anchor covers granted", grant_refusal),
	BEFORE("a grant that no anchor covers extended", extend),
	BEFORE("an entry that the anchor covers rewritten", rewrite),
	BEFORE("an older log that requests do not state", leave_out_older),
	BEFORE("an older log that requests state as it was earlier",
	    older_earlier),
	LIVE("a good request refused", "activate", refuse),
	LIVE("a request below the threshold granted", "refuse", grant),
	LIVE("a grant with another count", "activate", count),
	LIVE("a grant with another serial", "activate", serial),
	LIVE("a refusal left out of the log", "refuse", no_entry),
	LIVE("a good request answered busy", "activate", busy),
	LIVE("a status with another count", "status", status),
	{ .name = "rows for administrators that are not so",
	    .end = "possible",
	    .ask = "read",
	    .record = read_rows },
};
const size_t lies_npossible = sizeof(lies_possible) / sizeof(lies_possible[0]);
