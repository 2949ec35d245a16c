/*
 * Tests of the verification of databases: a log of 600 entries with two kept
 * checkpoints and an anchor, untouched and with each kind of tampering.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>
#include <sqlite3.h>

#include "kmsctl/verify_db.h"
#include "tests/unit/store_fixture.h"

#define ENTRIES 600
#define BATCH 100
#define KEEP 200 /* a checkpoint for so many entries */

static struct seckey sec;
static struct pubkey pub;

struct host {
	struct fixture *f;
	struct anchor anchor;
	uint8_t salt[SALT_KEY_LEN];
	/* Of the last entry, as somebody holds it. */
	char entry[ENTRY_MAX + 1];
	int entry_len;
};

static int
make_entry(struct host *h, uint64_t i, int64_t now, char text[ENTRY_MAX + 1])
{
	struct entry_summary e;
	int len;

	memset(&e, 0, sizeof(e));
	e.time.sec = now;
	e.from.sec = now - 60;
	(void)strlcpy(e.kind, "time-skew", sizeof(e.kind));
	e.count = 1000 + i;
	assert_int_equal(salt_make(h->salt, &h->anchor.origin,
			     &entry_summary_type, &e, e.salt),
	    0);
	len = message_print(&entry_summary_type, &e, text, ENTRY_MAX + 1, NULL);
	assert_true(len > 0);
	return (len);
}

static void
fill_batch(struct host *h, uint64_t first, const char *checkpoint, size_t len)
{
	const int64_t now = NOON + (int64_t)first;
	struct as_batch head = batch_head(BATCH, now);
	struct as_entered entered;
	struct as_enter enter;
	struct tree_hash leaf;
	uint64_t i, size;

	head.checkpoint = checkpoint;
	head.checkpoint_len = len;
	head.checkpoint_size = len != 0 ? first : 0;
	assert_int_equal(store_begin_batch(h->f->store, &head), STORE_OK);
	for (i = first; i < first + BATCH; i++) {
		h->entry_len = make_entry(h, i, now, h->entry);
		enter.id = 0;
		enter.text = h->entry;
		enter.len = (size_t)h->entry_len;
		assert_int_equal(
		    store_enter(h->f->store, &enter, &entered), STORE_OK);
		tree_leaf(h->entry, (size_t)h->entry_len, &leaf);
		assert_int_equal(tree_append(&h->anchor.edge, &leaf), 0);
	}
	assert_int_equal(store_commit_batch(h->f->store, &size), STORE_OK);
}

static int
setup(void **state)
{
	char note[CHECKPOINT_MAX];
	struct checkpoint c;
	struct host *h;
	uint64_t i;
	int len;

	assert_non_null(h = calloc(1, sizeof(*h)));
	(void)fixture_setup((void **)&h->f);
	salt_key(&sec, h->salt);
	origin_make(&h->anchor.origin, pub.key, log_uuid);
	memcpy(h->anchor.store, store_uuid, UUID_LEN);
	for (i = 0; i < ENTRIES; i += BATCH) {
		len = 0;
		if (i != 0 && i % KEEP == 0) {
			c.origin = h->anchor.origin;
			c.size = i;
			tree_root(&h->anchor.edge, &c.root);
			len = checkpoint_sign(&c, &sec, note);
		}
		fill_batch(h, i, note, (size_t)len);
	}
	assert_int_equal(store_free(h->f->store), 0);
	h->f->store = store_new();
	*state = h;
	return (0);
}

static int
teardown(void **state)
{
	struct host *h = *state;
	void *f = h->f;

	(void)fixture_teardown(&f);
	free(h);
	return (0);
}

static void
tamper(struct host *h, const char *sql)
{
	char path[512], *error = NULL;
	sqlite3 *db;

	(void)snprintf(path, sizeof(path), "%s/kmsd.db", h->f->directory);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", sql, error);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

enum {
	WITH_SALT = 1,
	WITH_PUBLIC = 2,
	WITH_ANCHOR = 4,
	WITH_ALL = 7
};

/* Verifies with what is at hand; the report, which the caller frees. */
static char *
verify(struct host *h, int with, const struct verify_grant *grant, bool *bad)
{
	static struct verify v;
	static struct db db;
	char *text = NULL;
	size_t len;

	memset(&v, 0, sizeof(v));
	assert_non_null(v.out = open_memstream(&text, &len));
	v.has_salt = (with & WITH_SALT) != 0;
	v.has_public = (with & WITH_PUBLIC) != 0;
	v.has_anchor = (with & WITH_ANCHOR) != 0;
	memcpy(v.salt, h->salt, sizeof(v.salt));
	memcpy(v.public, pub.key, sizeof(v.public));
	v.anchor = h->anchor;
	if (grant != NULL)
		v.grant = *grant;
	if (verify_db_open(&db, h->f->directory, "kmsd.db") == -1 ||
	    verify_db_logs(&db, &v) == -1)
		fail_msg("%s", db.error);
	verify_finish(&v);
	verify_db_close(&db);
	assert_int_equal(fclose(v.out), 0);
	*bad = v.bad;
	return (text);
}

static void
expect(struct host *h, int with, const char *what)
{
	char *text;
	bool bad;

	text = verify(h, with, NULL, &bad);
	if (what == NULL ? bad : !bad || strstr(text, what) == NULL)
		fail_msg("wanted: %s\ngot: %s", what, text);
	free(text);
}

/* The database as bytes. */
static void
digest(struct host *h, uint8_t hash[32])
{
	static char bytes[4 << 20];
	char path[512];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/kmsd.db", h->f->directory);
	assert_non_null(f = fopen(path, "r"));
	n = fread(bytes, 1, sizeof(bytes), f);
	assert_int_equal(fclose(f), 0);
	(void)crypto_generichash(hash, 32, (const uint8_t *)bytes, n, NULL, 0);
}

static void
test_untouched(void **state)
{
	struct host *h = *state;
	uint8_t before[32], after[32];
	int with;

	digest(h, before);
	/* Who has the secret key has the public one. */
	for (with = 0; with <= WITH_ALL; with++) {
		if ((with & WITH_SALT) == 0 || (with & WITH_PUBLIC) != 0)
			expect(h, with, NULL);
	}
	digest(h, after);
	assert_memory_equal(before, after, sizeof(before));
}

#define KEY(n) "((1 << 48) + " #n ")"

/* Each tampering on a log of its own: with all keys, and with fewer. */
static const struct {
	const char *name, *sql;
	const char *all; /* with everything at hand */
	const char *no_salt; /* without the secret key; NULL: the same */
} tamperings[] = {
	{ "count changed",
	    "UPDATE entry SET text = CAST(replace(CAST(text AS TEXT), "
	    "'count 1250', 'count 1') AS BLOB) WHERE key = " KEY(250),
	    "entry 250: its salt is not the host's",
	    "entries 200 to 399: other than the next checkpoint" },
	{ "changed behind the newest checkpoint",
	    "UPDATE entry SET text = CAST(replace(CAST(text AS TEXT), "
	    "'count 1550', 'count 1') AS BLOB) WHERE key = " KEY(550),
	    "entry 550: its salt is not the host's",
	    "entries 512 to 575: other than the anchor says" },
	{ "changed in the first stretch",
	    "UPDATE entry SET text = CAST(replace(CAST(text AS TEXT), "
	    "'count 1000', 'count 1') AS BLOB) WHERE key = " KEY(0),
	    "entry 0: its salt is not the host's",
	    "entries 0 to 199: other than the next checkpoint" },
	{ "removed", "DELETE FROM entry WHERE key = " KEY(250),
	    "entry 250: missing", NULL },
	{ "two removed",
	    "DELETE FROM entry WHERE key IN (" KEY(250) ", " KEY(251) ")",
	    "entries 250 to 251: missing", NULL },
	{ "removed, the rest moved up",
	    "DELETE FROM entry WHERE key = " KEY(
		250) ";"
		     "UPDATE entry SET key = -key WHERE key > " KEY(
			 250) ";"
			      "UPDATE entry SET key = -key - 1 WHERE key < 0",
	    "entries 200 to 399: other than the next checkpoint", NULL },
	{ "swapped",
	    "UPDATE entry SET key = -1 WHERE key = " KEY(
		210) ";"
		     "UPDATE entry SET key = " KEY(210) " WHERE key = " KEY(
			 211) ";"
			      "UPDATE entry SET key = " KEY(
				  211) " WHERE key = -1",
	    "entries 200 to 399: other than the next checkpoint", NULL },
	{ "one inserted twice",
	    "UPDATE entry SET key = -key WHERE key > " KEY(
		250) ";"
		     "UPDATE entry SET key = -key + 1 WHERE key < 0;"
		     "INSERT INTO entry SELECT " KEY(
			 251) ", time, text FROM entry "
			      "WHERE key = " KEY(250),
	    "entries 200 to 399: other than the next checkpoint", NULL },
	{ "a byte more",
	    "UPDATE entry SET text = CAST(CAST(text AS TEXT) || "
	    "char(10) AS BLOB) WHERE key = " KEY(7),
	    "entry 7: ", NULL },
	{ "another type",
	    "UPDATE entry SET text = CAST(replace(CAST(text AS TEXT), "
	    "'kms-summary 1', 'kms-nothing 1') AS BLOB) WHERE key = " KEY(7),
	    "entry 7: no entry of a known type", NULL },
	{ "empty", "UPDATE entry SET text = x'' WHERE key = " KEY(7),
	    "entry 7: no entry of a known type", NULL },
	{ "another time", "UPDATE entry SET time = 1 WHERE key = " KEY(7),
	    "entry 7: kept under another time", NULL },
	{ "checkpoint changed",
	    "UPDATE checkpoint SET text = CAST(replace(CAST(text AS TEXT), "
	    "'/', '-') AS BLOB) WHERE key = " KEY(400),
	    "the checkpoint of size 400 is not one of this host", NULL },
	{ "checkpoint emptied",
	    "UPDATE checkpoint SET text = x'' WHERE key = " KEY(400),
	    "the checkpoint of size 400 is empty", NULL },
	{ "checkpoint of another size",
	    "UPDATE checkpoint SET text = (SELECT text FROM checkpoint WHERE "
	    "key = " KEY(200) ") WHERE key = " KEY(400),
	    "that of another log or size", NULL },
	{ "cut below the anchor", "DELETE FROM entry WHERE key >= " KEY(450),
	    "entries 450 to 599: missing, and the anchor knows them", NULL },
	{ "cut below a checkpoint", "DELETE FROM entry WHERE key >= " KEY(350),
	    "entries 350 to 399: missing, and a checkpoint", NULL },
	{ "all removed", "DELETE FROM entry; DELETE FROM checkpoint",
	    "entries 0 to 599: missing, and the anchor knows them", NULL },
	{ "entries of no log",
	    "INSERT INTO entry SELECT key + (7 << 48), time, text FROM entry "
	    "WHERE key = " KEY(0),
	    "belong to no log", NULL },
	{ "another log",
	    "UPDATE log SET uuid = x'00112233445566778899aabbccddeeff'",
	    "BAD: ", "the database lacks" },
	{ "another store",
	    "UPDATE store SET uuid = x'00112233445566778899aabbccddeeff'",
	    "the anchor is of another store", NULL },
};

static void
test_tampered(void **state)
{
	void *own = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tamperings) / sizeof(tamperings[0]); i++) {
		(void)setup(&own);
		tamper(own, tamperings[i].sql);
		expect(own, WITH_ALL, tamperings[i].all);
		if (strcmp(tamperings[i].name, "another log") != 0)
			expect(own, WITH_PUBLIC | WITH_ANCHOR,
			    tamperings[i].no_salt != NULL
				? tamperings[i].no_salt
				: tamperings[i].all);
		(void)teardown(&own);
	}
}

/* Without any key the kept checkpoints still tell. */
static void
test_without_keys(void **state)
{
	struct host *h = *state;

	tamper(h, tamperings[0].sql);
	expect(h, 0, "entries 200 to 399: other than the next checkpoint");
}

/* What nothing at hand can tell is said, not passed over. */
static void
test_says_what_is_missing(void **state)
{
	struct host *h = *state;
	char *text;
	bool bad;

	tamper(h, "DELETE FROM entry WHERE key >= " KEY(450));
	text = verify(h, WITH_PUBLIC, NULL, &bad);
	assert_false(bad);
	assert_non_null(strstr(text, "not checked: whether the end was cut"));
	assert_non_null(strstr(text, "not checked: the entries' salts"));
	free(text);
}

static void
test_other_key(void **state)
{
	struct host *h = *state;
	struct pubkey right = pub;

	pub.key[0] ^= 1;
	expect(h, WITH_PUBLIC, "is not one of this host");
	pub = right;
}

/* A grant is found by its index, its text and its checkpoint's root. */
static void
test_grant(void **state)
{
	struct host *h = *state;
	struct verify_grant g;
	char *text;
	bool bad;

	memset(&g, 0, sizeof(g));
	g.wanted = true;
	g.entry = h->entry;
	g.len = (size_t)h->entry_len;
	g.proof.index = ENTRIES - 1;
	g.proof.checkpoint.origin = h->anchor.origin;
	g.proof.checkpoint.size = ENTRIES;
	tree_root(&h->anchor.edge, &g.proof.checkpoint.root);
	text = verify(h, WITH_ALL, &g, &bad);
	assert_false(bad);
	assert_non_null(strstr(text, "the grant is entry 599"));
	free(text);

	g.proof.index--;
	text = verify(h, WITH_ALL, &g, &bad);
	assert_true(bad);
	assert_non_null(strstr(text, "the grant is not entry 598"));
	free(text);

	g.proof.index++;
	g.proof.checkpoint.root.b[0] ^= 1;
	text = verify(h, WITH_ALL, &g, &bad);
	assert_true(bad);
	assert_non_null(strstr(text, "there are two logs of one name"));
	free(text);

	g.proof.checkpoint.size++;
	text = verify(h, WITH_ALL, &g, &bad);
	assert_true(bad);
	assert_non_null(strstr(text, "beyond what could be verified"));
	free(text);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_untouched),
		cmocka_unit_test(test_tampered),
		CASE(test_without_keys),
		CASE(test_says_what_is_missing),
		CASE(test_other_key),
		CASE(test_grant),
	};

	if (sodium_init() == -1)
		return (1);
	signify_keypair(&pub, &sec);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
