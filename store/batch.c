/*
 * One batch, one transaction: what the activator asks for, and the entries
 * that go with it, are on the disk together or not at all.
 */

#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "store/private.h"
#include "store/schema.h"

int
store_take_record(struct store *s)
{
	struct batch *b = &s->batch;

	if (s->failed || !b->open)
		return store_violation(s, "a record outside of a batch");
	if (b->taken == b->head.n)
		return store_violation(s, "more records than the batch has");
	b->taken++;
	s->counters[STORE_RECORDS]++;
	return STORE_OK;
}

int
store_append(struct store *s, const char *text, size_t len, uint64_t *index,
    uint8_t hash[ENTRY_HASH_LEN])
{
	struct db *db = &s->db;

	if (s->size >= SCHEMA_INDEX_MAX)
		return db_fail(
		    db, "%s: the log is full: begin a new one", db->path);
	sql_int(db, SQL_ENTRY_ADD, 1, schema_key(s->log, s->size));
	sql_int(db, SQL_ENTRY_ADD, 2, s->batch.head.time.sec);
	sql_blob(db, SQL_ENTRY_ADD, 3, text, len);
	if (sql_run(db, SQL_ENTRY_ADD) == -1)
		return -1;
	entry_hash(text, len, hash);
	*index = s->size++;
	s->newest = s->batch.head.time;
	s->counters[STORE_ENTRIES]++;
	return 0;
}

static int
keep_checkpoint(struct store *s, const struct as_batch *head)
{
	struct db *db = &s->db;

	if (head->checkpoint_len == 0)
		return STORE_OK;
	if (head->checkpoint_size > s->size)
		return store_violation(s,
		    "a checkpoint of %" PRIu64
		    " entries, and the log has %" PRIu64,
		    head->checkpoint_size, s->size);
	sql_int(db, SQL_CHECKPOINT_PUT, 1,
	    schema_key(s->log, head->checkpoint_size));
	sql_blob(
	    db, SQL_CHECKPOINT_PUT, 2, head->checkpoint, head->checkpoint_len);
	if (sql_run(db, SQL_CHECKPOINT_PUT) == -1)
		return store_failed(s);
	if (head->checkpoint_size > s->checkpoint_size)
		s->checkpoint_size = head->checkpoint_size;
	return STORE_OK;
}

int
store_begin_batch(struct store *s, const struct as_batch *head)
{
	struct batch *b = &s->batch;

	if (s->failed || !s->exists)
		return store_violation(s, "a batch without a database");
	if (b->open)
		return store_violation(s, "a batch within a batch");
	if (head->n > BATCH_MAX || (head->n == 0 && head->checkpoint_len == 0))
		return store_violation(s, "a batch of %u records", head->n);
	if (head->time.sec < 0 || head->time.sec > KTIME_MAX)
		return store_violation(s, "a batch out of time");
	if (sql_run(&s->db, SQL_BEGIN) == -1)
		return store_failed(s);
	b->open = true;
	b->taken = 0;
	b->nmoves = 0;
	b->head = *head;
	b->head.checkpoint = NULL;
	s->oldest_day = head->oldest_day;
	s->counters[STORE_BATCHES]++;
	return keep_checkpoint(s, head);
}

static int
enter(struct store *s, uint32_t id, const char *text, size_t len,
    struct as_entered *out)
{
	memset(out, 0, sizeof(*out));
	out->id = id;
	if (len == 0 || len > ENTRY_MAX)
		return store_violation(s, "an entry of %zu bytes", len);
	if (store_append(s, text, len, &out->index, out->hash) == -1)
		return store_failed(s);
	return STORE_OK;
}

int
store_enter(struct store *s, const struct as_enter *in, struct as_entered *out)
{
	if (store_take_record(s) != STORE_OK)
		return STORE_VIOLATION;
	return enter(s, in->id, in->text, in->len, out);
}

/* A document's revision never goes back. */
static int
check_revision(struct store *s, const struct as_document *in)
{
	struct db *db = &s->db;
	int64_t revision;
	int r;

	if (in->revision > INT64_MAX)
		return store_violation(s,
		    "%s: revision %" PRIu64 " is too high", in->type,
		    in->revision);
	sql_string(db, SQL_DOCUMENT_REVISION, 1, in->type);
	sql_blob(db, SQL_DOCUMENT_REVISION, 2, in->publisher, PUBKEY_LEN);
	sql_blob(db, SQL_DOCUMENT_REVISION, 3, in->object, UUID_LEN);
	if ((r = sql_step(db, SQL_DOCUMENT_REVISION)) == -1)
		return store_failed(s);
	if (r == 0)
		return STORE_OK;
	revision = sql_get_int(db, SQL_DOCUMENT_REVISION, 0);
	sql_reset(db, SQL_DOCUMENT_REVISION);
	if ((uint64_t)revision > in->revision)
		return store_violation(s,
		    "%s: revision %" PRIu64 " after revision %" PRId64,
		    in->type, in->revision, revision);
	return STORE_OK;
}

int
store_keep_document(
    struct store *s, const struct as_document *in, struct as_entered *out)
{
	struct db *db = &s->db;
	int r;

	if (store_take_record(s) != STORE_OK)
		return STORE_VIOLATION;
	if (in->bytes_len == 0 || in->bytes_len > DOCUMENT_BYTES_MAX)
		return store_violation(
		    s, "a document of %zu bytes", in->bytes_len);
	if ((r = check_revision(s, in)) != STORE_OK)
		return r;
	sql_string(db, SQL_DOCUMENT_PUT, 1, in->type);
	sql_blob(db, SQL_DOCUMENT_PUT, 2, in->publisher, PUBKEY_LEN);
	sql_blob(db, SQL_DOCUMENT_PUT, 3, in->object, UUID_LEN);
	sql_int(db, SQL_DOCUMENT_PUT, 4, (int64_t)in->revision);
	sql_blob(db, SQL_DOCUMENT_PUT, 5, in->bytes, in->bytes_len);
	if (sql_run(db, SQL_DOCUMENT_PUT) == -1)
		return store_failed(s);
	s->counters[STORE_DOCUMENTS]++;
	return enter(s, in->id, in->entry, in->entry_len, out);
}

/* Serials begin again when the store's uuid changes, without touching rows. */
int
store_begin_log(
    struct store *s, const struct as_begin_log *in, struct as_entered *out)
{
	struct db *db = &s->db;
	int r;

	if (store_take_record(s) != STORE_OK)
		return STORE_VIOLATION;
	sql_blob(db, SQL_LOG_FIND, 1, in->log, UUID_LEN);
	if ((r = sql_step(db, SQL_LOG_FIND)) == -1)
		return store_failed(s);
	if (r == 1) {
		sql_reset(db, SQL_LOG_FIND);
		return store_violation(s, "a new log with an old uuid");
	}
	sql_blob(db, SQL_LOG_ADD, 1, in->log, UUID_LEN);
	if (sql_run(db, SQL_LOG_ADD) == -1)
		return store_failed(s);
	s->log = sqlite3_last_insert_rowid(db->handle);
	if (s->log > SCHEMA_LOG_MAX)
		return store_violation(s, "too many logs");
	if (memcmp(s->uuid, in->store, UUID_LEN) != 0)
		s->epoch++;
	memcpy(s->uuid, in->store, UUID_LEN);
	memcpy(s->log_uuid, in->log, UUID_LEN);
	s->size = s->checkpoint_size = 0;
	sql_blob(db, SQL_STORE_PUT, 1, s->uuid, UUID_LEN);
	sql_int(db, SQL_STORE_PUT, 2, s->epoch);
	sql_int(db, SQL_STORE_PUT, 3, s->log);
	if (sql_run(db, SQL_STORE_PUT) == -1)
		return store_failed(s);
	return enter(s, in->id, in->entry, in->entry_len, out);
}

/*
 * From which day on machines count outlives the activator: so that one that
 * starts again in doubt of the clock stays in doubt.
 */
static int
keep_oldest_day(struct store *s)
{
	if (s->kept_day == s->batch.head.oldest_day)
		return 0;
	sql_int(&s->db, SQL_STORE_DAY, 1, s->batch.head.oldest_day);
	if (sql_run(&s->db, SQL_STORE_DAY) == -1)
		return -1;
	s->kept_day = s->batch.head.oldest_day;
	return 0;
}

int
store_commit_batch(struct store *s, uint64_t *size)
{
	struct batch *b = &s->batch;

	if (s->failed || !b->open)
		return store_violation(s, "a commit without a batch");
	if (b->taken != b->head.n)
		return store_violation(
		    s, "a batch of %u records has %zu", b->head.n, b->taken);
	if (count_flush(s) == -1 || keep_oldest_day(s) == -1 ||
	    sql_run(&s->db, SQL_COMMIT) == -1)
		return store_failed(s);
	b->open = false;
	*size = s->size;
	s->counters[STORE_COMMITS]++;
	s->counters[STORE_LAST_BATCH] = (uint64_t)b->head.time.sec;
	return STORE_OK;
}

bool
store_in_batch(const struct store *s)
{
	return s->batch.open;
}

size_t
store_batch_missing(const struct store *s)
{
	return s->batch.open ? s->batch.head.n - s->batch.taken : 0;
}
