/*
 * What administrators and the catching-up activator read, a page at a time.
 * A page begins behind the number of the last row of the page before.
 */

#include "config.h"

#include <string.h>

#include "store/private.h"
#include "store/schema.h"

/* What a row of a statement becomes. */
union row {
	struct row_family family;
	struct row_document document;
	struct row_machine machine;
	struct row_entry entry;
	struct row_log log;
};

struct page {
	enum sql sql;
	/* Fills the row from the statement's columns; 0 or -1. */
	int (*read)(struct store *, union row *);
};

static int
read_family(struct store *s, union row *row)
{
	struct row_family *r = &row->family;
	struct db *db = &s->db;

	if (sql_get_bytes(db, SQL_FAMILY_PAGE, 1, r->publisher, PUBKEY_LEN) ==
		-1 ||
	    sql_get_string(
		db, SQL_FAMILY_PAGE, 2, r->family, sizeof(r->family)) == -1)
		return -1;
	sql_int(db, SQL_BUCKET_SUM, 1, sql_get_int(db, SQL_FAMILY_PAGE, 0));
	sql_int(db, SQL_BUCKET_SUM, 2, s->oldest_day);
	if (sql_step(db, SQL_BUCKET_SUM) != 1)
		return -1;
	r->physical = (uint64_t)sql_get_int(db, SQL_BUCKET_SUM, 0);
	r->virtual = (uint64_t)sql_get_int(db, SQL_BUCKET_SUM, 1);
	sql_reset(db, SQL_BUCKET_SUM);
	return 0;
}

static int
read_document(struct store *s, union row *row)
{
	struct row_document *r = &row->document;
	struct db *db = &s->db;
	enum sql id = SQL_DOCUMENT_PAGE;

	r->revision = (uint64_t)sql_get_int(db, id, 4);
	r->bytes = sql_get_blob(db, id, 5, &r->len);
	if (r->len > DOCUMENT_BYTES_MAX)
		return db_fail(db,
		    "%s: a document of %zu bytes: restore it "
		    "from a backup",
		    db->path, r->len);
	if (sql_get_string(db, id, 1, r->type, sizeof(r->type)) == -1 ||
	    sql_get_bytes(db, id, 2, r->publisher, PUBKEY_LEN) == -1)
		return -1;
	return sql_get_bytes(db, id, 3, r->object, UUID_LEN);
}

static int
read_machine(struct store *s, union row *row)
{
	struct row_machine *r = &row->machine;
	struct db *db = &s->db;
	enum sql id = SQL_MACHINE_PAGE;

	r->seen = sql_get_int(db, id, 5);
	r->expires = sql_get_int(db, id, 6);
	if (sql_get_int(db, id, 10) == s->epoch)
		r->serial = (uint64_t)sql_get_int(db, id, 7);
	r->virtual = sql_get_int(db, id, 8) != 0;
	r->code = (uint32_t)sql_get_int(db, id, 9);
	if (sql_get_bytes(db, id, 1, r->machine, MACHINE_ID_LEN) == -1 ||
	    sql_get_bytes(db, id, 2, r->publisher, PUBKEY_LEN) == -1 ||
	    sql_get_bytes(db, id, 3, r->product, UUID_LEN) == -1)
		return -1;
	return sql_get_string(db, id, 4, r->host_name, sizeof(r->host_name));
}

static int
read_log(struct store *s, union row *row)
{
	struct row_log *r = &row->log;
	struct db *db = &s->db;
	int64_t log;
	int found;

	log = sql_get_int(db, SQL_LOG_PAGE, 0);
	r->current = log == s->log;
	if (sql_get_bytes(db, SQL_LOG_PAGE, 1, r->log, UUID_LEN) == -1)
		return -1;
	sql_int(db, SQL_ENTRY_LAST, 1, schema_key(log, 0));
	sql_int(db, SQL_ENTRY_LAST, 2, schema_key(log + 1, 0));
	if ((found = sql_step(db, SQL_ENTRY_LAST)) != 1)
		return found;
	r->size = (uint64_t)(sql_get_int(db, SQL_ENTRY_LAST, 0) -
			     schema_key(log, 0)) +
		  1;
	sql_reset(db, SQL_ENTRY_LAST);
	return 0;
}

static int
read_entry(struct store *s, union row *row)
{
	struct row_entry *r = &row->entry;
	struct db *db = &s->db;

	r->index =
	    (uint64_t)sql_get_int(db, SQL_ENTRY_PAGE, 0) & SCHEMA_INDEX_MAX;
	r->text = sql_get_blob(db, SQL_ENTRY_PAGE, 1, &r->len);
	if (r->len > ENTRY_MAX)
		return db_fail(db,
		    "%s: an entry of %zu bytes: restore it "
		    "from a backup",
		    db->path, r->len);
	return 0;
}

static const struct page families = { SQL_FAMILY_PAGE, read_family };
static const struct page documents = { SQL_DOCUMENT_PAGE, read_document };
static const struct page machines = { SQL_MACHINE_PAGE, read_machine };
static const struct page logs = { SQL_LOG_PAGE, read_log };
static const struct page entries = { SQL_ENTRY_PAGE, read_entry };

/*
 * Runs the bound statement, which gives one row more than max if there are
 * more.  last is the number of the last row taken; 1, 0 or -1.
 */
static int
read_rows(struct store *s, const struct page *page, size_t max, int64_t *last,
    bool *more, store_row *emit, void *ctx)
{
	union row row;
	int64_t id;
	size_t n = 0;
	int r;

	*more = false;
	while ((r = sql_step(&s->db, page->sql)) == 1) {
		memset(&row, 0, sizeof(row));
		id = sql_get_int(&s->db, page->sql, 0);
		if (n < max && page->read(s, &row) == -1)
			r = -1;
		if (r == -1 || n == max || emit(ctx, &row) == -1) {
			*more = true;
			sql_reset(&s->db, page->sql);
			break;
		}
		*last = id;
		n++;
	}
	return r;
}

/* Statements whose parameters are the last number and the number of rows. */
static int
read_page(struct store *s, const struct page *page, uint64_t *cursor,
    size_t max, bool *more, store_row *emit, void *ctx)
{
	int64_t last;

	*more = false;
	s->counters[STORE_READS]++;
	if (!s->exists || *cursor > INT64_MAX)
		return STORE_OK;
	last = (int64_t)*cursor;
	sql_int(&s->db, page->sql, 1, last);
	sql_int(&s->db, page->sql, 2, (int64_t)max + 1);
	if (read_rows(s, page, max, &last, more, emit, ctx) == -1)
		return store_failed(s);
	*cursor = (uint64_t)last;
	return STORE_OK;
}

int
store_read_families(struct store *s, uint64_t *cursor, size_t max, bool *more,
    store_row *emit, void *ctx)
{
	return read_page(s, &families, cursor, max, more, emit, ctx);
}

int
store_read_documents(struct store *s, uint64_t *cursor, size_t max, bool *more,
    store_row *emit, void *ctx)
{
	return read_page(s, &documents, cursor, max, more, emit, ctx);
}

int
store_read_machines(struct store *s, uint64_t *cursor, size_t max, bool *more,
    store_row *emit, void *ctx)
{
	return read_page(s, &machines, cursor, max, more, emit, ctx);
}

int
store_read_logs(struct store *s, uint64_t *cursor, size_t max, bool *more,
    store_row *emit, void *ctx)
{
	return read_page(s, &logs, cursor, max, more, emit, ctx);
}

/* The row at hand with its newest kept checkpoint; 1, 0 (it has none) or -1. */
static int
read_older_log(struct store *s, store_row *emit, void *ctx)
{
	enum sql id = SQL_CHECKPOINT_LAST;
	struct as_stored_log l;
	struct db *db = &s->db;
	int64_t log;
	int r;

	log = sql_get_int(db, SQL_LOG_OLDER, 0);
	if (sql_get_bytes(db, SQL_LOG_OLDER, 1, l.log, UUID_LEN) == -1)
		return -1;
	sql_int(db, id, 1, schema_key(log, 0));
	sql_int(db, id, 2, schema_key(log + 1, 0));
	if ((r = sql_step(db, id)) != 1)
		return r;
	l.checkpoint = sql_get_blob(db, id, 1, &l.checkpoint_len);
	if (l.checkpoint_len > CHECKPOINT_MAX)
		r = db_fail(db,
		    "%s: a checkpoint of %zu bytes: restore it from a backup",
		    db->path, l.checkpoint_len);
	else
		(void)emit(ctx, &l);
	sql_reset(db, id);
	return r;
}

int
store_read_older_logs(struct store *s, size_t max, store_row *emit, void *ctx)
{
	size_t n = 0;
	int r = 0;

	if (!s->exists)
		return STORE_OK;
	sql_int(&s->db, SQL_LOG_OLDER, 1, s->log);
	while (n < max && (r = sql_step(&s->db, SQL_LOG_OLDER)) == 1) {
		if ((r = read_older_log(s, emit, ctx)) == -1)
			break;
		n += (size_t)r;
	}
	sql_reset(&s->db, SQL_LOG_OLDER);
	return r == -1 ? store_failed(s) : STORE_OK;
}

/* The number of the log with this uuid: 1, 0 (there is none) or -1. */
static int
find_log(struct store *s, const uint8_t uuid[UUID_LEN], int64_t *log)
{
	static const uint8_t newest[UUID_LEN];
	int r;

	*log = s->log;
	if (memcmp(uuid, newest, UUID_LEN) == 0)
		return 1;
	sql_blob(&s->db, SQL_LOG_FIND, 1, uuid, UUID_LEN);
	if ((r = sql_step(&s->db, SQL_LOG_FIND)) != 1)
		return r;
	*log = sql_get_int(&s->db, SQL_LOG_FIND, 0);
	sql_reset(&s->db, SQL_LOG_FIND);
	return 1;
}

int
store_read_entries(struct store *s, const uint8_t uuid[UUID_LEN],
    uint64_t *cursor, size_t max, bool *more, store_row *emit, void *ctx)
{
	struct db *db = &s->db;
	int64_t last, log;
	int r;

	*more = false;
	s->counters[STORE_READS]++;
	if (!s->exists || *cursor > SCHEMA_INDEX_MAX)
		return STORE_OK;
	if ((r = find_log(s, uuid, &log)) != 1)
		return r == 0 ? STORE_OK : store_failed(s);
	last = schema_key(log, *cursor) - 1;
	sql_int(db, SQL_ENTRY_PAGE, 1, last + 1);
	sql_int(db, SQL_ENTRY_PAGE, 2, schema_key(log + 1, 0));
	sql_int(db, SQL_ENTRY_PAGE, 3, (int64_t)max + 1);
	if (read_rows(s, &entries, max, &last, more, emit, ctx) == -1)
		return store_failed(s);
	*cursor = (uint64_t)(last + 1 - schema_key(log, 0));
	return STORE_OK;
}
