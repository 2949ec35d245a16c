/*
 * A campaign against the audit log: random alterations of a database that the
 * store has written, one at a time.  The verification must notice each and
 * name the first bad stretch; untouched, the log must be good.
 *
 *	SEED=n ALTERATIONS=n	repeats a run
 *
 * Two things are no alterations that a log can show, and are not tried: a kept
 * checkpoint that is removed, and entries behind the newest anchor.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "tests/unit/verify_fixture.h"

#define ALTERATIONS 400
#define DATABASE_MAX (4 << 20) /* bytes */
#define KEY(i) ((sqlite3_int64)1 << 48 | (sqlite3_int64)(i))

/* What was altered: the first entry that is another, or a checkpoint. */
struct altered {
	uint64_t first;
	bool checkpoint;
	char text[128]; /* for who looks at a failure */
};

static void
sql(sqlite3 *db, const char *text)
{
	char *error = NULL;

	if (sqlite3_exec(db, text, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", text, error);
}

/* Gives n random bytes of the text others values, or flips one bit. */
static void
alter_text(sqlite3 *db, const char *table, uint64_t i, int n, uint64_t *seed)
{
	uint8_t old, new;
	sqlite3_blob *b;
	int at, len;

	assert_int_equal(
	    sqlite3_blob_open(db, "main", table, "text", KEY(i), 1, &b),
	    SQLITE_OK);
	len = sqlite3_blob_bytes(b);
	assert_true(len > 0);
	at = (int)test_random(seed, (uint32_t)len);
	do {
		assert_int_equal(sqlite3_blob_read(b, &old, 1, at), SQLITE_OK);
		new = n > 1 ? (uint8_t)(old + 1 + test_random(seed, 255))
			    : (uint8_t)(old ^ (1u << test_random(seed, 8)));
		assert_int_equal(sqlite3_blob_write(b, &new, 1, at), SQLITE_OK);
	} while (--n > 0 && ++at < len);
	assert_int_equal(sqlite3_blob_close(b), SQLITE_OK);
}

static void
flip_bit(sqlite3 *db, uint64_t *seed, struct altered *a)
{
	a->first = test_random(seed, ENTRIES);
	alter_text(db, "entry", a->first, 1, seed);
}

static void
overwrite(sqlite3 *db, uint64_t *seed, struct altered *a)
{
	a->first = test_random(seed, ENTRIES);
	alter_text(db, "entry", a->first, 2 + (int)test_random(seed, 40), seed);
}

static void
flip_checkpoint(sqlite3 *db, uint64_t *seed, struct altered *a)
{
	a->checkpoint = true;
	a->first = KEEP * (1 + test_random(seed, ENTRIES / KEEP - 1));
	alter_text(db, "checkpoint", a->first, 1, seed);
}

static void
delete_entries(sqlite3 *db, uint64_t *seed, struct altered *a)
{
	uint64_t n = 1 + test_random(seed, 5);
	char text[128];

	a->first = test_random(seed, ENTRIES);
	(void)snprintf(text, sizeof(text),
	    "DELETE FROM entry WHERE key BETWEEN %lld AND %lld", KEY(a->first),
	    KEY(a->first + n - 1));
	sql(db, text);
}

static void
cut_end(sqlite3 *db, uint64_t *seed, struct altered *a)
{
	char text[128];

	a->first = test_random(seed, ENTRIES);
	(void)snprintf(text, sizeof(text),
	    "DELETE FROM entry WHERE key >= %lld", KEY(a->first));
	sql(db, text);
}

/* Two different entries of the log; the first one has the lower index. */
static void
draw_two(uint64_t *seed, uint64_t *i, uint64_t *j)
{
	uint64_t other;

	*i = test_random(seed, ENTRIES);
	other = (*i + 1 + test_random(seed, ENTRIES - 1)) % ENTRIES;
	*j = *i > other ? *i : other;
	*i = *i > other ? other : *i;
}

static void
exchange(sqlite3 *db, uint64_t *seed, struct altered *a)
{
	char text[256];
	uint64_t j;

	draw_two(seed, &a->first, &j);
	(void)snprintf(text, sizeof(text),
	    "UPDATE entry SET key = -1 WHERE key = %lld;"
	    "UPDATE entry SET key = %lld WHERE key = %lld;"
	    "UPDATE entry SET key = %lld WHERE key = -1",
	    KEY(a->first), KEY(a->first), KEY(j), KEY(j));
	sql(db, text);
}

/* A copy of another entry; what follows moves down. */
static void
insert_copy(sqlite3 *db, uint64_t *seed, struct altered *a)
{
	char text[400];
	uint64_t j;

	draw_two(seed, &a->first, &j);
	(void)snprintf(text, sizeof(text),
	    "UPDATE entry SET key = -key WHERE key >= %lld;"
	    "UPDATE entry SET key = -key + 1 WHERE key < 0;"
	    "INSERT INTO entry SELECT %lld, time, text FROM entry "
	    "WHERE key = %lld",
	    KEY(a->first), KEY(a->first), KEY(j + 1));
	sql(db, text);
}

static void
another_time(sqlite3 *db, uint64_t *seed, struct altered *a)
{
	char text[128];

	a->first = test_random(seed, ENTRIES);
	(void)snprintf(text, sizeof(text),
	    "UPDATE entry SET time = time + %u WHERE key = %lld",
	    1 + test_random(seed, 1000000), KEY(a->first));
	sql(db, text);
}

static const struct kind {
	const char *name;
	void (*alter)(sqlite3 *, uint64_t *, struct altered *);
} kinds[] = {
	{ "bit", flip_bit },
	{ "bytes", overwrite },
	{ "checkpoint", flip_checkpoint },
	{ "deletion", delete_entries },
	{ "end", cut_end },
	{ "exchange", exchange },
	{ "insertion", insert_copy },
	{ "time", another_time },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Whether the first bad stretch of the report has what was altered. */
static bool
is_named(const char *report, const struct altered *a)
{
	const char *bad = strstr(report, "BAD: "), *p;
	unsigned long long first, last;

	if (bad == NULL)
		return (false);
	if (a->checkpoint)
		return ((p = strstr(bad, "the checkpoint of size ")) != NULL &&
			p < strchr(bad, '\n') &&
			sscanf(p, "the checkpoint of size %llu", &first) == 1 &&
			first == a->first);
	if ((p = strstr(bad, ": entr")) == NULL || p > strchr(bad, '\n'))
		return (false);
	if (sscanf(p, ": entries %llu to %llu:", &first, &last) == 2)
		return (first <= a->first && a->first <= last);
	return (sscanf(p, ": entry %llu:", &first) == 1 && first == a->first);
}

/* The database of the host as bytes, and back. */
static size_t
keep(struct host *h, uint8_t *bytes)
{
	char path[512];
	size_t n;
	FILE *f;

	host_database(h, path);
	assert_non_null(f = fopen(path, "r"));
	n = fread(bytes, 1, DATABASE_MAX, f);
	assert_true(n > 0 && n < DATABASE_MAX);
	assert_int_equal(fclose(f), 0);
	return (n);
}

static void
put_back(struct host *h, const uint8_t *bytes, size_t n)
{
	char path[512];
	FILE *f;

	host_database(h, path);
	assert_non_null(f = fopen(path, "w"));
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void
alter_once(
    struct host *h, const struct kind *k, uint64_t *seed, struct altered *a)
{
	char path[512];
	sqlite3 *db;

	memset(a, 0, sizeof(*a));
	host_database(h, path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	k->alter(db, seed, a);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	(void)snprintf(a->text, sizeof(a->text), "%s at %llu", k->name,
	    (unsigned long long)a->first);
}

/* With the secret key, or as somebody who has the public one. */
static const int material[] = { WITH_ALL, WITH_PUBLIC | WITH_ANCHOR };

static unsigned int
good_untouched(struct host *h)
{
	unsigned int good = 0;
	char *report;
	size_t i;
	bool bad;

	for (i = 0; i < 2; i++) {
		report = host_verify(h, material[i], NULL, &bad);
		good += !bad && strstr(report, "the log is good") != NULL;
		free(report);
	}
	return (good);
}

static void
untouched(void **state)
{
	assert_int_equal(good_untouched(*state), 2);
}

static void
random_alterations(void **state)
{
	static uint8_t bytes[DATABASE_MAX];
	unsigned int n, detected = 0, named = 0, control;
	unsigned int wanted = ALTERATIONS;
	uint64_t seed = test_seed(), first = seed;
	struct host *h = *state;
	time_t began = time(NULL);
	struct altered a;
	char *report;
	size_t len;
	bool bad;

	if (getenv("ALTERATIONS") != NULL)
		wanted = (unsigned int)strtoul(getenv("ALTERATIONS"), NULL, 10);
	len = keep(h, bytes);
	for (n = 0; n < wanted; n++) {
		alter_once(h, &kinds[n % KINDS], &seed, &a);
		report =
		    host_verify(h, material[test_random(&seed, 2)], NULL, &bad);
		detected += bad;
		named += is_named(report, &a);
		if (!bad || !is_named(report, &a))
			print_message("# %s: %.*s\n", a.text,
			    (int)strcspn(report, "\n"), report);
		free(report);
		put_back(h, bytes, len);
	}
	control = good_untouched(h);
	print_message("# tampered: alterations=%u kinds=%zu detected=%u "
		      "named=%u control=%u seed=%llu seconds=%lld\n",
	    n, KINDS, detected, named, control, (unsigned long long)first,
	    (long long)(time(NULL) - began));
	assert_int_equal(detected, n);
	assert_int_equal(named, n);
	assert_int_equal(control, 2);
}

/* What names another stretch, or none, does not pass for named. */
static void
naming(void **state)
{
	struct altered a = { .first = 250 };

	(void)state;
	assert_false(is_named("the log is good\n", &a));
	assert_true(is_named("BAD: log x: entry 250: why\n", &a));
	assert_false(is_named("BAD: log x: entry 251: why\n", &a));
	assert_true(is_named("BAD: log x: entries 200 to 250: why\n", &a));
	assert_false(is_named("BAD: log x: entries 200 to 249: why\n", &a));
	assert_false(is_named("BAD: log x: entries 9 to 10: a\n"
			      "BAD: log x: entry 250: b\n",
	    &a));
	a.checkpoint = true;
	assert_false(is_named("BAD: log x: entry 250: why\n", &a));
	assert_true(is_named("BAD: the checkpoint of size 250 is\n", &a));
	assert_false(is_named("BAD: the checkpoint of size 25 is\n", &a));
}

#define CASE(test) \
	cmocka_unit_test_setup_teardown(test, host_setup, host_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(untouched),
		CASE(random_alterations),
		cmocka_unit_test(naming),
	};

	if (host_key_setup() == -1)
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
