/* Tests of proofs and grants: the one form, each bit of it, and no other. */
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

#include "common/base64.h"
#include "common/checkpoint.h"
#include "common/message.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))
#define ENTRY "kms-test 1\nkey value\n"
#define ENTRY_SIZE (sizeof(ENTRY) - 1)
#define LEAVES 11
#define INDEX 6
#define ROOM 4096

static struct pubkey pub;
static struct seckey sec;
static struct checkpoint cp;
static struct tree_batch *batch;
static struct tree_hash hash[TREE_PROOF_MAX];
static size_t nhashes;
static char note[CHECKPOINT_MAX];
static size_t note_len;
static char text[PROOF_MAX];
static size_t text_len;
static char error[MESSAGE_ERROR_MAX];

/* A log in which the entry stands at INDEX. */
static int
setup(void **state)
{
	static const uint8_t seed[32] = { 1, 2, 3 }, log[UUID_LEN] = { 9 };
	struct tree_edge edge = { 0 };
	struct tree_hash leaf;
	size_t i;

	(void)state;
	(void)crypto_sign_seed_keypair(pub.key, sec.key, seed);
	origin_make(&cp.origin, pub.key, log);
	if ((batch = tree_batch_new(LEAVES)) == NULL)
		return (-1);
	tree_batch_begin(batch, &edge);
	for (i = 0; i < LEAVES; i++) {
		if (i == INDEX)
			tree_leaf(ENTRY, ENTRY_SIZE, &leaf);
		else
			tree_leaf(&i, sizeof(i), &leaf);
		(void)tree_batch_add(batch, &leaf);
	}
	tree_batch_end(batch, NULL, &cp.root);
	cp.size = LEAVES;
	note_len = (size_t)checkpoint_sign(&cp, &sec, note);
	nhashes = tree_batch_proof(batch, INDEX, hash);
	text_len = (size_t)proof_print(
	    INDEX, hash, nhashes, note, note_len, text, sizeof(text));
	return (0);
}

static int
teardown(void **state)
{
	(void)state;
	tree_batch_free(batch);
	return (0);
}

static int
verify(const char *proof_text, size_t len)
{
	struct proof proof;
	char *copy = malloc(len == 0 ? 1 : len);
	int ret;

	assert_non_null(copy);
	memcpy(copy, proof_text, len);
	error[0] = '\0';
	ret =
	    proof_verify(ENTRY, ENTRY_SIZE, copy, len, pub.key, &proof, error);
	free(copy);
	assert_int_equal(ret == -1, error[0] != '\0');
	return (ret);
}

static void
prints(void **state)
{
	char expected[ROOM], b64[45], small[PROOF_MAX];
	struct proof proof;
	size_t i, n;

	(void)state;
	assert_int_equal(nhashes, 4);
	n = (size_t)snprintf(expected, sizeof(expected),
	    "c2sp.org/tlog-proof@v1\nindex %d\n", INDEX);
	for (i = 0; i < nhashes; i++) {
		(void)base64_encode(b64, sizeof(b64), hash[i].b, HASH_LEN);
		n += (size_t)snprintf(
		    expected + n, sizeof(expected) - n, "%s\n", b64);
	}
	n += (size_t)snprintf(expected + n, sizeof(expected) - n, "\n%s", note);
	assert_int_equal(text_len, n);
	assert_string_equal(text, expected);
	assert_int_equal(proof_verify(ENTRY, ENTRY_SIZE, text, text_len,
			     pub.key, &proof, error),
	    0);
	assert_int_equal(proof.index, INDEX);
	assert_int_equal(proof.nhashes, nhashes);
	assert_memory_equal(proof.hash, hash, nhashes * sizeof(hash[0]));
	assert_memory_equal(&proof.checkpoint, &cp, sizeof(cp));
	assert_int_equal(
	    proof_print(INDEX, hash, nhashes, note, note_len, small, text_len),
	    -1);
	assert_int_equal(proof_print(INDEX, hash, TREE_PROOF_MAX + 1, note,
			     note_len, small, sizeof(small)),
	    -1);
	assert_int_equal(proof_print(INDEX, hash, nhashes, expected,
			     CHECKPOINT_MAX, small, sizeof(small)),
	    -1);
}

/* The longest proof there is has room in PROOF_MAX. */
static void
prints_longest(void **state)
{
	static struct tree_hash many[TREE_PROOF_MAX];
	char buf[PROOF_MAX], longest[CHECKPOINT_MAX];
	struct checkpoint c = cp;
	int n;

	(void)state;
	c.size = TREE_SIZE_LIMIT - 1;
	n = checkpoint_sign(&c, &sec, longest);
	assert_true(proof_print(TREE_SIZE_LIMIT - 2, many, TREE_PROOF_MAX,
			longest, (size_t)n, buf, sizeof(buf)) > 0);
}

static void
altered(void **state)
{
	char copy[PROOF_MAX + 1], entry[] = ENTRY;
	struct proof proof;
	size_t i;

	(void)state;
	assert_int_equal(verify(text, text_len), 0);
	for (i = 0; i < text_len * 8; i++) {
		memcpy(copy, text, text_len);
		copy[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(verify(copy, text_len), -1);
	}
	for (i = 0; i < text_len; i++)
		assert_int_equal(verify(text, i), -1);
	memcpy(copy, text, text_len);
	copy[text_len] = '\n';
	assert_int_equal(verify(copy, text_len + 1), -1);
	for (i = 0; i < ENTRY_SIZE * 8; i++) {
		entry[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(proof_verify(entry, ENTRY_SIZE, text, text_len,
				     pub.key, &proof, error),
		    -1);
		entry[i / 8] ^= (char)(1 << i % 8);
	}
	for (i = 0; i < ENTRY_SIZE; i++)
		assert_int_equal(proof_verify(entry, i, text, text_len, pub.key,
				     &proof, error),
		    -1);
}

/* A proof with these numbers under a checkpoint of this size, well signed. */
static int
try_numbers(uint64_t index, size_t n, uint64_t size)
{
	struct tree_hash h[TREE_PROOF_MAX] = { 0 };
	char buf[PROOF_MAX], signed_note[CHECKPOINT_MAX];
	struct checkpoint c = cp;
	int len;

	memcpy(h, hash, nhashes * sizeof(h[0]));
	c.size = size;
	len = checkpoint_sign(&c, &sec, signed_note);
	len = proof_print(
	    index, h, n, signed_note, (size_t)len, buf, sizeof(buf));
	assert_int_not_equal(len, -1);
	return (verify(buf, (size_t)len));
}

static void
numbers(void **state)
{
	uint64_t i;
	size_t n;

	(void)state;
	assert_int_equal(try_numbers(INDEX, nhashes, LEAVES), 0);
	for (i = 0; i < 40; i++)
		assert_int_equal(
		    try_numbers(i, nhashes, LEAVES), i == INDEX ? 0 : -1);
	for (n = 0; n <= TREE_PROOF_MAX; n++)
		assert_int_equal(
		    try_numbers(INDEX, n, LEAVES), n == nhashes ? 0 : -1);
	assert_int_equal(try_numbers(INDEX, nhashes, 0), -1);
	assert_int_equal(try_numbers(INDEX, nhashes, INDEX), -1);
	assert_non_null(strstr(error, "do not fit"));
	assert_int_equal(try_numbers(INDEX, nhashes, 17), -1);
	assert_int_equal(
	    try_numbers(INDEX + (UINT64_C(1) << 32), nhashes, LEAVES), -1);
}

/* Replaces the first occurrence of one text by another. */
static size_t
replaced(const char *from, const char *to, char *out)
{
	const char *at = strstr(text, from);

	assert_non_null(at);
	return ((size_t)snprintf(out, ROOM, "%.*s%s%s", (int)(at - text), text,
	    to, at + strlen(from)));
}

static void
profile(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ "@v1", "@v2" },
		{ "c2sp.org", "C2SP.org" },
		{ "v1\n", "v1\nextra AAAA\n" },
		{ "v1\n", "v1\r\n" },
		{ "v1\n", "v1\n\n" },
		{ "index 6", "index 06" },
		{ "index 6", "index +6" },
		{ "index 6", "index 6 " },
		{ "index 6", "index  6" },
		{ "index 6", "index " },
		{ "index 6", "index 9007199254740998" },
		{ "index 6", "index 18446744073709551622" },
		{ "index 6\n", "" },
		{ "index 6\n", "index 6\n\n" },
		{ "=\n\nkmsd", "=\nkmsd" },
		{ "=\n\nkmsd", "=\n\n\nkmsd" },
		{ "=\n\nkmsd", "=\n\r\nkmsd" },
		{ "=\n", "\n" },
		{ "=\n", "==\n" },
		{ "=\n", "=\r\n" },
		{ "=\n", "= \n" },
		{ "=\n", "=" },
	};
	char changed[ROOM];
	size_t i;

	(void)state;
	assert_int_equal(verify(changed, replaced("=\n", "=\n", changed)), 0);
	for (i = 0; i < NITEMS(cases); i++)
		assert_int_equal(verify(changed, replaced(cases[i].from,
						     cases[i].to, changed)),
		    -1);
}

/* More lines of hashes than any tree has. */
static void
too_many(void **state)
{
	char changed[ROOM], b64[45];
	size_t n = 0, i;

	(void)state;
	(void)base64_encode(b64, sizeof(b64), hash[0].b, HASH_LEN);
	n = (size_t)snprintf(changed, sizeof(changed),
	    "c2sp.org/tlog-proof@v1\nindex %d\n", INDEX);
	for (i = 0; i < TREE_PROOF_MAX + 2; i++)
		n += (size_t)snprintf(
		    changed + n, sizeof(changed) - n, "%s\n", b64);
	n += (size_t)snprintf(changed + n, sizeof(changed) - n, "\n%s", note);
	assert_int_equal(verify(changed, n), -1);
	assert_non_null(strstr(error, "lines of hashes"));
}

/* Index, root and hashes right, but the origin is another host's. */
static void
other_host(void **state)
{
	struct pubkey pk;
	struct seckey sk;
	struct proof proof;

	(void)state;
	signify_keypair(&pk, &sk);
	assert_int_equal(proof_verify(ENTRY, ENTRY_SIZE, text, text_len, pk.key,
			     &proof, error),
	    -1);
	assert_non_null(strstr(error, "another host key"));
}

static void
only_entry(void **state)
{
	struct checkpoint c = cp;
	char buf[PROOF_MAX], one[CHECKPOINT_MAX];
	int len;

	(void)state;
	c.size = 1;
	tree_leaf(ENTRY, ENTRY_SIZE, &c.root);
	len = checkpoint_sign(&c, &sec, one);
	len = proof_print(0, NULL, 0, one, (size_t)len, buf, sizeof(buf));
	assert_int_equal(verify(buf, (size_t)len), 0);
	assert_int_equal(len, strlen(one) + strlen("c2sp.org/tlog-proof@v1\n"
						   "index 0\n\n"));
}

static void
grants(void **state)
{
	char grant[ROOM];
	size_t n, len, off;
	struct proof proof;

	(void)state;
	n = (size_t)snprintf(grant, sizeof(grant), "%s\n%s", ENTRY, text);
	assert_int_equal(grant_split(grant, n, &len, &off), 0);
	assert_int_equal(len, ENTRY_SIZE);
	assert_int_equal(off, ENTRY_SIZE + 1);
	assert_int_equal(proof_verify(grant, len, grant + off, n - off, pub.key,
			     &proof, error),
	    0);
	assert_int_equal(grant_split(ENTRY, ENTRY_SIZE, &len, &off), -1);
	assert_int_equal(grant_split("\n\nproof", 7, &len, &off), -1);
	assert_int_equal(grant_split("", 0, &len, &off), -1);
	assert_int_equal(grant_split("a\n\n", 2, &len, &off), -1);
	assert_int_equal(grant_split("a\n\n", 3, &len, &off), 0);
	assert_int_equal(len, 2);
	assert_int_equal(off, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints),
		cmocka_unit_test(prints_longest),
		cmocka_unit_test(altered),
		cmocka_unit_test(numbers),
		cmocka_unit_test(profile),
		cmocka_unit_test(too_many),
		cmocka_unit_test(other_host),
		cmocka_unit_test(only_entry),
		cmocka_unit_test(grants),
	};

	if (sodium_init() == -1)
		return (1);
	return (cmocka_run_group_tests(tests, setup, teardown));
}
