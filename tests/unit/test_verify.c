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

#include "tests/unit/verify_fixture.h"

static void
expect(struct host *h, int with, const char *what)
{
	char *text;
	bool bad;

	text = host_verify(h, with, NULL, &bad);
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

	host_database(h, path);
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
		(void)host_setup(&own);
		host_tamper(own, tamperings[i].sql);
		expect(own, WITH_ALL, tamperings[i].all);
		if (strcmp(tamperings[i].name, "another log") != 0)
			expect(own, WITH_PUBLIC | WITH_ANCHOR,
			    tamperings[i].no_salt != NULL
				? tamperings[i].no_salt
				: tamperings[i].all);
		(void)host_teardown(&own);
	}
}

/* Without any key the kept checkpoints still tell. */
static void
test_without_keys(void **state)
{
	struct host *h = *state;

	host_tamper(h, tamperings[0].sql);
	expect(h, 0, "entries 200 to 399: other than the next checkpoint");
}

/* What nothing at hand can tell is said, not passed over. */
static void
test_says_what_is_missing(void **state)
{
	struct host *h = *state;
	char *text;
	bool bad;

	host_tamper(h, "DELETE FROM entry WHERE key >= " KEY(450));
	text = host_verify(h, WITH_PUBLIC, NULL, &bad);
	assert_false(bad);
	assert_non_null(strstr(text, "not checked: whether the end was cut"));
	assert_non_null(strstr(text, "not checked: the entries' salts"));
	free(text);
}

static void
test_other_key(void **state)
{
	struct host *h = *state;
	struct pubkey right = host_pub;

	host_pub.key[0] ^= 1;
	expect(h, WITH_PUBLIC, "is not one of this host");
	host_pub = right;
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
	text = host_verify(h, WITH_ALL, &g, &bad);
	assert_false(bad);
	assert_non_null(strstr(text, "the grant is entry 599"));
	free(text);

	g.proof.index--;
	text = host_verify(h, WITH_ALL, &g, &bad);
	assert_true(bad);
	assert_non_null(strstr(text, "the grant is not entry 598"));
	free(text);

	g.proof.index++;
	g.proof.checkpoint.root.b[0] ^= 1;
	text = host_verify(h, WITH_ALL, &g, &bad);
	assert_true(bad);
	assert_non_null(strstr(text, "there are two logs of one name"));
	free(text);

	g.proof.checkpoint.size++;
	text = host_verify(h, WITH_ALL, &g, &bad);
	assert_true(bad);
	assert_non_null(strstr(text, "beyond what could be verified"));
	free(text);
}

#define CASE(test) \
	cmocka_unit_test_setup_teardown(test, host_setup, host_teardown)

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

	if (host_key_setup() == -1)
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
