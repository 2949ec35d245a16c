/* What a batch may hold, what it keeps, and what can be read afterwards. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/store_fixture.h"

static const char entry[] = "kms-change 1\n";

static struct as_document
document(uint8_t object, uint64_t revision, const char *bytes)
{
	struct as_document d;

	memset(&d, 0, sizeof(d));
	(void)strlcpy(d.type, "kms-product", sizeof(d.type));
	d.object[0] = object;
	d.revision = revision;
	d.bytes = bytes;
	d.bytes_len = strlen(bytes);
	d.entry = entry;
	d.entry_len = strlen(entry);
	return d;
}

static int
keep(struct store *s, const struct as_document *d)
{
	struct as_batch head = batch_head(1, NOON);
	struct as_entered entered;
	uint64_t size;
	int r;

	if ((r = store_begin_batch(s, &head)) != STORE_OK ||
	    (r = store_keep_document(s, d, &entered)) != STORE_OK)
		return r;
	return store_commit_batch(s, &size);
}

struct collected {
	size_t n, most;
	char text[64];
	uint64_t physical, virtual;
	char host[HOST_MAX + 1];
};

static int
collect_document(void *ctx, const void *row)
{
	const struct row_document *d = row;
	struct collected *c = ctx;

	if (c->n == c->most)
		return -1;
	c->n++;
	(void)snprintf(c->text, sizeof(c->text), "%u %u %.*s", d->object[0],
	    (unsigned)d->revision, (int)d->len, d->bytes);
	return 0;
}

static void
documents(void **state)
{
	struct fixture *f = *state;
	struct as_document d = document(1, 5, "five");
	struct collected c = { .most = 10 };
	uint64_t cursor = 0;
	bool more;

	assert_int_equal(keep(f->store, &d), STORE_OK);
	d = document(2, 1, "other");
	assert_int_equal(keep(f->store, &d), STORE_OK);
	d = document(1, 6, "six");
	assert_int_equal(keep(f->store, &d), STORE_OK);
	assert_int_equal(store_read_documents(
			     f->store, &cursor, 1, &more, collect_document, &c),
	    STORE_OK);
	assert_true(more);
	assert_string_equal(c.text, "1 6 six");
	assert_int_equal(store_read_documents(
			     f->store, &cursor, 1, &more, collect_document, &c),
	    STORE_OK);
	assert_false(more);
	assert_string_equal(c.text, "2 1 other");
	d = document(1, 5, "again");
	assert_int_equal(keep(f->store, &d), STORE_VIOLATION);
	assert_non_null(strstr(store_error(f->store), "revision 5"));
	fixture_reopen(f);
	assert_int_equal(f->store->size, 3);
}

/* A row that the page has no room for comes with the next. */
static void
row_left_over(void **state)
{
	struct fixture *f = *state;
	struct as_document d = document(1, 5, "five");
	struct collected c = { .most = 1 };
	uint64_t cursor = 0;
	bool more;

	assert_int_equal(keep(f->store, &d), STORE_OK);
	d = document(2, 1, "other");
	assert_int_equal(keep(f->store, &d), STORE_OK);
	assert_int_equal(store_read_documents(
			     f->store, &cursor, 9, &more, collect_document, &c),
	    STORE_OK);
	assert_true(more);
	c.most = 2;
	assert_int_equal(store_read_documents(
			     f->store, &cursor, 9, &more, collect_document, &c),
	    STORE_OK);
	assert_false(more);
	assert_string_equal(c.text, "2 1 other");
}

static int
collect_family(void *ctx, const void *row)
{
	const struct row_family *r = row;
	struct collected *c = ctx;

	c->n++;
	c->physical = r->physical;
	c->virtual = r->virtual;
	(void)strlcpy(c->text, r->family, sizeof(c->text));
	return 0;
}

static int
collect_machine(void *ctx, const void *row)
{
	const struct row_machine *r = row;
	struct collected *c = ctx;

	c->n++;
	c->physical = r->serial;
	c->virtual = (uint64_t)r->expires;
	(void)strlcpy(c->host, r->host_name, sizeof(c->host));
	assert_int_equal(r->seen, NOON);
	assert_int_equal(r->product[0], 1);
	return 0;
}

static void
reads(void **state)
{
	struct fixture *f = *state;
	struct as_decide in[3];
	struct as_outcome out[3];
	struct collected c = { 0 };
	uint64_t cursor = 0;
	uint32_t i;
	bool more;

	for (i = 0; i < 3; i++)
		in[i] = request(i, NOON);
	in[1].entry.virtual = 1;
	in[1].count_virtual = true;
	decide_many(f->store, in, out, 3, NOON);
	assert_int_equal(store_read_families(
			     f->store, &cursor, 64, &more, collect_family, &c),
	    STORE_OK);
	assert_int_equal(c.n, 1);
	assert_false(more);
	assert_int_equal(c.physical, 2);
	assert_int_equal(c.virtual, 1);
	assert_string_equal(c.text, "writer");
	c.n = 0;
	cursor = 0;
	assert_int_equal(store_read_machines(
			     f->store, &cursor, 2, &more, collect_machine, &c),
	    STORE_OK);
	assert_int_equal(c.n, 2);
	assert_true(more);
	assert_int_equal(store_read_machines(
			     f->store, &cursor, 2, &more, collect_machine, &c),
	    STORE_OK);
	assert_int_equal(c.n, 3);
	assert_false(more);
	assert_int_equal(c.physical, 1);
	assert_int_equal(c.virtual, NOON + 180 * KTIME_DAY);
	assert_string_equal(c.host, "pc-2.example");
}

static int
collect_log(void *ctx, const void *row)
{
	const struct row_log *r = row;
	struct collected *c = ctx;

	c->n++;
	c->physical = r->size;
	assert_true(r->current);
	assert_memory_equal(r->log, log_uuid, UUID_LEN);
	return 0;
}

static void
logs(void **state)
{
	struct fixture *f = *state;
	struct as_decide in = request(1, NOON);
	struct collected c = { 0 };
	uint64_t cursor = 0;
	bool more;

	(void)decide_one(f->store, &in, NOON);
	assert_int_equal(
	    store_read_logs(f->store, &cursor, 64, &more, collect_log, &c),
	    STORE_OK);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.physical, 1);
	cursor = 0;
	c.n = 0;
	assert_int_equal(store_read_entries(f->store, other_uuid, &cursor, 64,
			     &more, collect_log, &c),
	    STORE_OK);
	assert_int_equal(c.n, 0);
	assert_false(more);
}

static void
kept_checkpoint(void **state)
{
	struct fixture *f = *state;
	struct as_decide in = request(1, NOON);
	struct as_batch head = batch_head(1, NOON + 1);
	struct as_outcome out;
	struct as_state st;
	uint64_t size;

	(void)decide_one(f->store, &in, NOON);
	head.checkpoint = "a note";
	head.checkpoint_len = 6;
	head.checkpoint_size = 1;
	in = request(1, NOON + 1);
	assert_int_equal(store_begin_batch(f->store, &head), STORE_OK);
	assert_int_equal(store_decide(f->store, &in, &out), STORE_OK);
	assert_int_equal(store_commit_batch(f->store, &size), STORE_OK);
	fixture_reopen(f);
	store_state(f->store, &st);
	assert_int_equal(st.checkpoint_size, 1);
	assert_int_equal(st.size, 2);
	assert_int_equal(st.oldest_day, head.oldest_day);
	head.checkpoint_size = 3; /* more than there is */
	assert_int_equal(store_begin_batch(f->store, &head), STORE_VIOLATION);
}

/* A new log; before it a checkpoint of the one that ends, if size is not 0. */
static void
begin_log(struct store *s, uint8_t uuid, uint64_t size, const char *note)
{
	struct as_batch head = batch_head(1, NOON);
	struct as_begin_log b;
	struct as_entered entered;

	memset(&b, 0, sizeof(b));
	b.log[0] = uuid;
	b.entry = entry;
	b.entry_len = strlen(entry);
	if (size != 0) {
		head.checkpoint = note;
		head.checkpoint_len = strlen(note);
		head.checkpoint_size = size;
	}
	assert_int_equal(store_begin_batch(s, &head), STORE_OK);
	assert_int_equal(store_begin_log(s, &b, &entered), STORE_OK);
	assert_int_equal(store_commit_batch(s, &size), STORE_OK);
}

static int
collect_older(void *ctx, const void *row)
{
	const struct as_stored_log *l = row;
	struct collected *c = ctx;
	size_t len = strlen(c->text);

	c->n++;
	(void)snprintf(c->text + len, sizeof(c->text) - len, "%u %.*s,",
	    l->log[0], (int)l->checkpoint_len, l->checkpoint);
	return 0;
}

/* The newest checkpoint of each that has one; never of the log that runs. */
static void
older_logs(void **state)
{
	struct fixture *f = *state;
	struct as_decide in = request(1, NOON);
	struct as_batch head = batch_head(0, NOON);
	struct collected c = { 0 };
	uint64_t size;

	(void)decide_one(f->store, &in, NOON);
	assert_int_equal(
	    store_read_older_logs(f->store, 9, collect_older, &c), STORE_OK);
	assert_int_equal(c.n, 0);
	in = request(2, NOON);
	(void)decide_one(f->store, &in, NOON);
	head.checkpoint = "old";
	head.checkpoint_len = 3;
	head.checkpoint_size = 1;
	assert_int_equal(store_begin_batch(f->store, &head), STORE_OK);
	assert_int_equal(store_commit_batch(f->store, &size), STORE_OK);
	begin_log(f->store, 21, 2, "first");
	begin_log(f->store, 22, 0, NULL);
	begin_log(f->store, 23, 1, "third");
	begin_log(f->store, 24, 1, "fourth");
	head.checkpoint = "newest";
	head.checkpoint_len = 6;
	assert_int_equal(store_begin_batch(f->store, &head), STORE_OK);
	assert_int_equal(store_commit_batch(f->store, &size), STORE_OK);
	fixture_reopen(f);
	assert_int_equal(
	    store_read_older_logs(f->store, 9, collect_older, &c), STORE_OK);
	assert_string_equal(c.text, "23 fourth,22 third,4 first,");
	memset(&c, 0, sizeof(c));
	assert_int_equal(
	    store_read_older_logs(f->store, 2, collect_older, &c), STORE_OK);
	assert_string_equal(c.text, "23 fourth,22 third,");
}

/* Nothing of a batch that is not committed stays. */
static void
all_or_nothing(void **state)
{
	struct fixture *f = *state;
	struct as_batch head = batch_head(3, NOON);
	struct as_document d = document(1, 5, "five");
	struct as_decide in = request(1, NOON);
	struct as_entered entered;
	struct as_outcome out;
	uint64_t size;
	int64_t n;

	assert_int_equal(store_begin_batch(f->store, &head), STORE_OK);
	assert_int_equal(store_decide(f->store, &in, &out), STORE_OK);
	assert_int_equal(store_keep_document(f->store, &d, &entered), STORE_OK);
	assert_int_equal(entered.index, 1);
	assert_int_equal(store_commit_batch(f->store, &size), STORE_VIOLATION);
	fixture_reopen(f);
	assert_int_equal(db_number(&f->store->db,
			     "SELECT "
			     "(SELECT count(*) FROM entry) + (SELECT count(*) "
			     "FROM machine) + "
			     "(SELECT count(*) FROM document) + (SELECT "
			     "count(*) FROM bucket)",
			     &n),
	    0);
	assert_int_equal(n, 0);
}

static void
violations(void **state)
{
	struct fixture *f = *state;
	struct as_batch head = batch_head(1, NOON);
	struct as_decide in = request(1, NOON);
	struct as_outcome out;

	assert_int_equal(store_decide(f->store, &in, &out), STORE_VIOLATION);
	fixture_reopen(f);
	assert_int_equal(store_begin_batch(f->store, &head), STORE_OK);
	assert_int_equal(store_decide(f->store, &in, &out), STORE_OK);
	assert_int_equal(store_decide(f->store, &in, &out), STORE_VIOLATION);
	fixture_reopen(f);
	in.verb = VERB_RELEASE;
	assert_int_equal(store_begin_batch(f->store, &head), STORE_OK);
	assert_int_equal(store_decide(f->store, &in, &out), STORE_VIOLATION);
	fixture_reopen(f);
	head.n = BATCH_MAX + 1;
	assert_int_equal(store_begin_batch(f->store, &head), STORE_VIOLATION);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(documents),
		TEST(row_left_over),
		TEST(reads),
		TEST(logs),
		TEST(kept_checkpoint),
		TEST(older_logs),
		TEST(all_or_nothing),
		TEST(violations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
