/* The rules on retries and replays row by row, limits, and what is written. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/codes.h"
#include "tests/unit/store_fixture.h"

static void
get_row(struct store *s, uint64_t *base, uint64_t *cur, int64_t *time)
{
	int64_t n;

	assert_int_equal(db_number(&s->db, "SELECT base FROM machine", &n), 0);
	*base = (uint64_t)n;
	assert_int_equal(db_number(&s->db, "SELECT cur FROM machine", &n), 0);
	*cur = (uint64_t)n;
	assert_int_equal(
	    db_number(&s->db, "SELECT time FROM machine", time), 0);
}

/*
 * One machine whose row is base, cur, asked at NOON; then a request with
 * this last, this many seconds later by the client's clock.
 */
static const struct {
	const char *name;
	uint64_t base, cur, last;
	int64_t later; /* client's clock */
	int64_t host_later;
	bool same_nonce;
	int kind;
	uint32_t code;
	uint64_t base_after, cur_after;
} rules[] = {
	{ "1: same time", 1, 2, 2, 0, 10, false, OUTCOME_NOTHING, CODE_PROTOCOL,
	    1, 2 },
	{ "1: earlier, also with the same nonce", 1, 2, 2, -1, 10, true,
	    OUTCOME_NOTHING, CODE_PROTOCOL, 1, 2 },
	{ "1 before 2: same time and nonce", 1, 2, 2, 0, 10, true,
	    OUTCOME_NOTHING, CODE_PROTOCOL, 1, 2 },
	{ "1: stored time ahead by just the skew", 1, 2, 2, -1, -4 * KTIME_HOUR,
	    false, OUTCOME_NOTHING, CODE_PROTOCOL, 1, 2 },
	{ "stored time ahead by more than the skew", 1, 2, 2, -5 * KTIME_HOUR,
	    -4 * KTIME_HOUR - 1, false, OUTCOME_GRANT, CODE_OK, 2, 3 },
	{ "2: a retry", 1, 2, 1, 1, 1, true, OUTCOME_GRANT, CODE_OK, 1, 2 },
	{ "2 before 3: a retry with last = cur", 1, 2, 2, 1, 1, true,
	    OUTCOME_GRANT, CODE_OK, 1, 2 },
	{ "3: last = cur", 1, 2, 2, 1, 1, false, OUTCOME_GRANT, CODE_OK, 2, 3 },
	{ "4 as 5: last below cur, above base", 1, 5, 3, 1, 1, false,
	    OUTCOME_GRANT, CODE_OK, 3, 6 },
	{ "5: last = base, a lost reply", 1, 2, 1, 1, 1, false, OUTCOME_GRANT,
	    CODE_OK, 1, 3 },
	{ "5: last 0, state lost", 7, 9, 0, 1, 1, false, OUTCOME_GRANT, CODE_OK,
	    0, 10 },
	{ "5: last above cur, store put back", 1, 2, 40, 1, 1, false,
	    OUTCOME_GRANT, CODE_OK, 40, 41 },
	{ "a serial that no store gave", 1, 2, UINT64_C(1) << 62, 1, 1, false,
	    OUTCOME_NOTHING, CODE_PROTOCOL, 1, 2 },
};

static void
rules_row_by_row(void **state)
{
	struct fixture *f = *state;
	struct as_decide in;
	struct as_outcome out;
	uint64_t base, cur;
	int64_t time;
	char text[200];
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		assert_int_equal(
		    db_exec(&f->store->db, "DELETE FROM machine"), 0);
		in = request(1, NOON);
		out = decide_one(f->store, &in, NOON);
		(void)snprintf(text, sizeof(text),
		    "UPDATE machine SET "
		    "base = %d, cur = %d",
		    (int)rules[i].base, (int)rules[i].cur);
		assert_int_equal(db_exec(&f->store->db, text), 0);
		in.last = rules[i].last;
		in.entry.client_time.sec = NOON + rules[i].later;
		if (!rules[i].same_nonce)
			in.nonce_hash[15] ^= 1;
		out = decide_one(f->store, &in, NOON + rules[i].host_later);
		get_row(f->store, &base, &cur, &time);
		if (out.kind != rules[i].kind || out.code != rules[i].code ||
		    base != rules[i].base_after || cur != rules[i].cur_after)
			fail_msg("%s: kind %d code %x base %d cur %d",
			    rules[i].name, out.kind, out.code, (int)base,
			    (int)cur);
		assert_int_equal(
		    out.serial, out.kind == OUTCOME_NOTHING ? 0 : cur);
		assert_int_equal(time,
		    out.kind == OUTCOME_NOTHING ? NOON : NOON + rules[i].later);
	}
}

static void
first_contact(void **state)
{
	struct fixture *f = *state;
	struct as_decide in = request(1, NOON);
	struct as_outcome out;
	uint64_t counters[STORE_COUNTERS];

	out = decide_one(f->store, &in, NOON);
	assert_int_equal(out.serial, 1);
	in = request(2, NOON);
	in.last = 40;
	out = decide_one(f->store, &in, NOON);
	assert_int_equal(out.serial, 41);
	store_counters(f->store, counters);
	assert_int_equal(counters[STORE_AHEAD], 1);
	assert_int_equal(counters[STORE_NEW_MACHINES], 2);
}

/* True if the activator can read this outcome. */
static bool
decodes(const struct as_outcome *out)
{
	uint8_t buf[AS_OUTCOME_MAX];
	struct ipc_writer w = { .p = buf, .end = buf + sizeof(buf) };
	struct ipc_reader r = { .p = buf, .end = buf + sizeof(buf) };
	struct as_outcome again;

	as_put_outcome(&w, out);
	as_get_outcome(&r, &again);
	return (!w.bad && !r.bad && again.serial == out->serial);
}

/* No machine drives its serial beyond what the records may carry. */
static void
last_serial(void **state)
{
	struct fixture *f = *state;
	struct as_decide in = request(1, NOON);
	struct as_outcome out;

	in.last = TREE_SIZE_LIMIT - 1;
	out = decide_one(f->store, &in, NOON);
	assert_true(decodes(&out));
	assert_int_equal(out.code, CODE_PROTOCOL);
	in.last = TREE_SIZE_LIMIT - 2;
	out = decide_one(f->store, &in, NOON);
	assert_true(decodes(&out));
	assert_int_equal(out.serial, TREE_SIZE_LIMIT - 1);
	in = request(1, NOON + 1);
	in.last = 0;
	in.nonce_hash[15] ^= 1;
	out = decide_one(f->store, &in, NOON + 1);
	assert_true(decodes(&out));
	assert_int_equal(out.code, CODE_PROTOCOL);
}

/* Two products have rows of their own, and the machine counts once. */
static void
products_apart(void **state)
{
	struct fixture *f = *state;
	struct as_decide in = request(1, NOON);
	struct as_outcome out;

	(void)decide_one(f->store, &in, NOON);
	in.entry.product[0] = 9;
	out = decide_one(f->store, &in, NOON);
	assert_int_equal(out.kind, OUTCOME_GRANT);
	assert_int_equal(out.serial, 1);
	assert_int_equal(out.count, 1);
	in.entry.publisher[41] = 9;
	out = decide_one(f->store, &in, NOON);
	assert_int_equal(out.serial, 1);
	assert_int_equal(out.count, 1);
}

/* A refusal is an entry once a day; a day later it is one again. */
static void
repeated_refusal(void **state)
{
	struct fixture *f = *state;
	struct as_decide in;
	struct as_outcome out;
	char text[ENTRY_MAX + 1];
	int64_t i;

	for (i = 0; i < 5; i++) {
		in = request(1, NOON + i);
		in.threshold = 3;
		out = decide_one(f->store, &in, NOON + i);
		assert_int_equal(out.code, CODE_COUNT_INSUFFICIENT);
		assert_int_equal(out.count, 1);
		assert_int_equal(out.needed, 3);
		assert_int_equal(out.serial, i + 1);
		in.last = out.serial;
		assert_int_equal(
		    out.kind, i == 0 ? OUTCOME_REFUSAL : OUTCOME_REPEATED);
		assert_int_equal(out.has_index, i == 0);
	}
	entry_text(f->store, 0, text);
	assert_non_null(strstr(text, "kms-refusal 1\n"));
	assert_non_null(strstr(text, "0xC004F038 count-insufficient\n"));
	in = request(1, NOON + KTIME_DAY);
	in.threshold = 3;
	out = decide_one(f->store, &in, NOON + KTIME_DAY);
	assert_int_equal(out.kind, OUTCOME_REFUSAL);
	assert_int_equal(out.index, 1);
	assert_int_equal(f->store->size, 2);
}

static void
threshold_and_entry(void **state)
{
	struct fixture *f = *state;
	struct as_decide in[3];
	struct as_outcome out[3];
	struct entry_decision e;
	char text[ENTRY_MAX + 1];
	uint8_t hash[ENTRY_HASH_LEN];
	uint32_t i;

	for (i = 0; i < 3; i++) {
		in[i] = request(i, NOON - 7);
		in[i].threshold = 3;
		in[i].entry.count = 99; /* the store's to say */
	}
	decide_many(f->store, in, out, 3, NOON);
	assert_int_equal(out[1].kind, OUTCOME_REFUSAL);
	assert_int_equal(out[1].count, 2);
	assert_int_equal(out[2].kind, OUTCOME_GRANT);
	assert_int_equal(out[2].count, 3);
	assert_true(out[2].has_index);
	assert_int_equal(out[2].index, 2);
	entry_text(f->store, 2, text);
	entry_hash(text, strlen(text), hash);
	assert_memory_equal(hash, out[2].hash, sizeof(hash));
	assert_int_equal(
	    message_parse(&entry_grant_type, text, strlen(text), &e, NULL), 0);
	assert_int_equal(e.time.sec, NOON);
	assert_int_equal(e.client_time.sec, NOON - 7);
	assert_int_equal(e.count, 3);
	assert_int_equal(e.needed, 3);
	assert_int_equal(e.expires.sec, NOON - 7 + 180 * KTIME_DAY);
}

static void
decisions_per_day(void **state)
{
	struct fixture *f = *state;
	struct as_decide in;
	struct as_outcome out;
	int64_t i;

	for (i = 0; i < 4; i++) {
		in = request(1, NOON + i);
		in.decisions_per_day = 3;
		out = decide_one(f->store, &in, NOON + i);
		if (i < 3)
			assert_int_equal(out.kind, OUTCOME_GRANT);
	}
	assert_int_equal(out.kind, OUTCOME_NOTHING);
	assert_int_equal(out.code, CODE_BUSY);
	assert_int_equal(f->store->size, 3);
	in.entry.product[0] = 8; /* each (machine, product) its own */
	out = decide_one(f->store, &in, NOON + i);
	assert_int_equal(out.kind, OUTCOME_GRANT);
	in = request(1, NOON + KTIME_DAY);
	in.decisions_per_day = 3;
	out = decide_one(f->store, &in, NOON + KTIME_DAY);
	assert_int_equal(out.kind, OUTCOME_GRANT);
}

static void
new_machines(void **state)
{
	struct fixture *f = *state;
	struct as_decide in;
	struct as_outcome out;
	uint32_t i;
	int64_t rows;

	for (i = 0; i < 3; i++) {
		in = request(i, NOON);
		in.new_machines = 2;
		in.source[0] = 0x20;
		in.source[15] = (uint8_t)i; /* one /64 */
		out = decide_one(f->store, &in, NOON);
	}
	assert_int_equal(out.code, CODE_BUSY);
	assert_int_equal(out.count, 2);
	assert_int_equal(
	    db_number(&f->store->db, "SELECT count(*) FROM machine", &rows), 0);
	assert_int_equal(rows, 2);
	in = request(0, NOON + 1); /* no new machine */
	in.new_machines = 2;
	in.source[0] = 0x20;
	assert_int_equal(
	    decide_one(f->store, &in, NOON + 1).kind, OUTCOME_GRANT);
}

static void
status_leaves_no_row(void **state)
{
	struct fixture *f = *state;
	struct as_decide in = request(1, NOON);
	struct as_outcome out;
	int64_t n;

	in.verb = VERB_STATUS;
	in.threshold = 5;
	out = decide_one(f->store, &in, NOON);
	assert_int_equal(out.kind, OUTCOME_NOTHING);
	assert_int_equal(out.code, CODE_OK);
	assert_int_equal(out.count, 0);
	assert_int_equal(out.needed, 5);
	assert_int_equal(out.serial, 0);
	assert_int_equal(db_number(&f->store->db,
			     "SELECT (SELECT count(*) "
			     "FROM machine) + (SELECT count(*) FROM family)",
			     &n),
	    0);
	assert_int_equal(n, 0);
	in = request(2, NOON);
	(void)decide_one(f->store, &in, NOON);
	in.verb = VERB_STATUS;
	assert_int_equal(decide_one(f->store, &in, NOON).count, 1);
	assert_int_equal(f->store->size, 1);
}

static void
fresh_serials(void **state)
{
	struct fixture *f = *state;
	struct as_begin_log begin;
	struct as_batch head = batch_head(1, NOON);
	struct as_entered entered;
	struct as_decide in = request(1, NOON);
	struct as_outcome out;
	struct as_state st;
	uint64_t size;

	in.last = 20;
	(void)decide_one(f->store, &in, NOON);
	memset(&begin, 0, sizeof(begin));
	memcpy(begin.store, other_uuid, UUID_LEN);
	memcpy(begin.log, store_uuid, UUID_LEN);
	begin.entry = "kms-rollback 1\n";
	begin.entry_len = strlen(begin.entry);
	assert_int_equal(store_begin_batch(f->store, &head), STORE_OK);
	assert_int_equal(store_begin_log(f->store, &begin, &entered), STORE_OK);
	assert_int_equal(entered.index, 0);
	assert_int_equal(store_commit_batch(f->store, &size), STORE_OK);
	assert_int_equal(size, 1);
	fixture_reopen(f);
	store_state(f->store, &st);
	assert_memory_equal(st.store, other_uuid, UUID_LEN);
	assert_memory_equal(st.log, store_uuid, UUID_LEN);
	assert_int_equal(st.size, 1);
	in = request(1, NOON); /* the same time: no replay here */
	out = decide_one(f->store, &in, NOON);
	assert_int_equal(out.kind, OUTCOME_GRANT);
	assert_int_equal(out.serial, 1);
	assert_int_equal(out.count, 1);
	assert_int_equal(out.index, 1);
}

/* A log that ends for another reason keeps the serials. */
static void
kept_serials(void **state)
{
	struct fixture *f = *state;
	struct as_begin_log begin;
	struct as_batch head = batch_head(1, NOON);
	struct as_entered entered;
	struct as_decide in = request(1, NOON);
	uint64_t size;

	in.last = 20;
	(void)decide_one(f->store, &in, NOON);
	memset(&begin, 0, sizeof(begin));
	memcpy(begin.store, store_uuid, UUID_LEN);
	memcpy(begin.log, other_uuid, UUID_LEN);
	begin.entry = "kms-start 1\n";
	begin.entry_len = strlen(begin.entry);
	assert_int_equal(store_begin_batch(f->store, &head), STORE_OK);
	assert_int_equal(store_begin_log(f->store, &begin, &entered), STORE_OK);
	assert_int_equal(store_commit_batch(f->store, &size), STORE_OK);
	assert_int_equal(decide_one(f->store, &in, NOON).code, CODE_PROTOCOL);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rules_row_by_row),
		TEST(first_contact),
		TEST(last_serial),
		TEST(products_apart),
		TEST(repeated_refusal),
		TEST(threshold_and_entry),
		TEST(decisions_per_day),
		TEST(new_machines),
		TEST(status_leaves_no_row),
		TEST(fresh_serials),
		TEST(kept_serials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
