/*
 * Tests of the tree: published vectors, every size and every split into
 * batches up to 300 against the recursive definition, and altered proofs.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/tree.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))
#define SIZES 300

static struct tree_hash leaves[SIZES];
static struct tree_hash roots[SIZES + 1][SIZES + 1]; /* MTH(D[a:b]) */

/* The largest power of two below n. */
static size_t
split(size_t n)
{
	size_t k;

	for (k = 1; k * 2 < n; k *= 2)
		;
	return (k);
}

/* RFC 6962, 2.1, word for word; ranges that were hashed are kept. */
static const struct tree_hash *
mth(size_t a, size_t b)
{
	static uint8_t done[SIZES + 1][SIZES + 1];
	uint8_t buf[65];
	size_t k;

	if (done[a][b])
		return (&roots[a][b]);
	if (b - a == 1)
		roots[a][b] = leaves[a];
	else {
		k = split(b - a);
		buf[0] = 1;
		memcpy(buf + 1, mth(a, a + k)->b, 32);
		memcpy(buf + 33, mth(a + k, b)->b, 32);
		(void)crypto_hash_sha256(roots[a][b].b, buf, sizeof(buf));
	}
	done[a][b] = 1;
	return (&roots[a][b]);
}

/* RFC 6962, 2.1.1: PATH(m, D[a:b]). */
static size_t
path(size_t m, size_t a, size_t b, struct tree_hash *out)
{
	size_t k, n;

	if (b - a == 1)
		return (0);
	k = split(b - a);
	if (m < k) {
		n = path(m, a, a + k, out);
		out[n] = *mth(a + k, b);
	} else {
		n = path(m - k, a + k, b, out);
		out[n] = *mth(a, a + k);
	}
	return (n + 1);
}

static int
setup(void **state)
{
	uint8_t buf[3] = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < SIZES; i++) {
		buf[1] = (uint8_t)i;
		buf[2] = (uint8_t)(i >> 8);
		(void)crypto_hash_sha256(leaves[i].b, buf, sizeof(buf));
	}
	return (0);
}

static void
from_hex(const char *hex, uint8_t *out, size_t size, size_t *len)
{
	assert_int_equal(
	    sodium_hex2bin(out, size, hex, strlen(hex), NULL, len, NULL), 0);
}

static void
assert_hex(const struct tree_hash *hash, const char *hex)
{
	struct tree_hash expected;
	size_t len;

	from_hex(hex, expected.b, sizeof(expected.b), &len);
	assert_int_equal(len, HASH_LEN);
	assert_memory_equal(hash->b, expected.b, HASH_LEN);
}

/* The eight leaves that Certificate Transparency's tests use everywhere. */
static const struct {
	const char *leaf, *root; /* of the tree up to this leaf */
} ct[] = {
	{ "", "6e340b9cffb37a989ca544e6bb780a2c"
	      "78901d3fb33738768511a30617afa01d" },
	{ "00", "fac54203e7cc696cf0dfcb42c92a1d9d"
		"baf70ad9e621f4bd8d98662f00e3c125" },
	{ "10", "aeb6bcfe274b70a14fb067a5e5578264"
		"db0fa9b51af5e0ba159158f329e06e77" },
	{ "2021", "d37ee418976dd95753c1c73862b9398f"
		  "a2a2cf9b4ff0fdfe8b30cd95209614b7" },
	{ "3031", "4e3bbb1f7b478dcfe71fb631631519a3"
		  "bca12c9aefca1612bfce4c13a86264d4" },
	{ "40414243", "76e67dadbcdf1e10e1b74ddc608abd2f"
		      "98dfb16fbce75277b5232a127f2087ef" },
	{ "5051525354555657", "ddb89be403809e325750d3d263cd7892"
			      "9c2942b7942a34b77e122c9594a74c8c" },
	{ "606162636465666768696a6b6c6d6e6f",
	    "5dc9da79a70659a9ad559cb701ded9a2"
	    "ab9d823aad2f4960cfe370eff4604328" },
};

static void
tree_ct_roots(void **state)
{
	struct tree_edge edge = { 0 };
	struct tree_hash hash;
	uint8_t leaf[16];
	size_t i, len;

	(void)state;
	tree_root(&edge, &hash);
	assert_hex(&hash, "e3b0c44298fc1c149afbf4c8996fb924"
			  "27ae41e4649b934ca495991b7852b855");
	for (i = 0; i < NITEMS(ct); i++) {
		from_hex(ct[i].leaf, leaf, sizeof(leaf), &len);
		tree_leaf(leaf, len, &hash);
		assert_int_equal(tree_append(&edge, &hash), 0);
		tree_root(&edge, &hash);
		assert_hex(&hash, ct[i].root);
	}
}

static void
tree_ct_proofs(void **state)
{
	static const struct {
		size_t index, n;
		const char *hash[3];
	} cases[] = {
		{ 0, 3,
		    { "96a296d224f285c67bee93c30f8a3091"
		      "57f0daa35dc5b87e410b78630a09cfc7",
			"5f083f0a1a33ca076a95279832580db3"
			"e0ef4584bdff1f54c8a360f50de3031e",
			"6b47aaf29ee3c2af9af889bc1fb9254d"
			"abd31177f16232dd6aab035ca39bf6e4" } },
		{ 5, 3,
		    { "bc1a0643b12e4d2d7c77918f44e0f4f7"
		      "9a838b6cf9ec5b5c283e1f4d88599e6b",
			"ca854ea128ed050b41b35ffc1b87b8eb"
			"2bde461e9e3b5596ece6b9d5975a0ae0",
			"d37ee418976dd95753c1c73862b9398f"
			"a2a2cf9b4ff0fdfe8b30cd95209614b7" } },
	};
	struct tree_batch *batch = tree_batch_new(NITEMS(ct));
	struct tree_edge edge = { 0 };
	struct tree_hash hash, proof[TREE_PROOF_MAX];
	uint8_t leaf[16];
	size_t i, j, len;

	(void)state;
	assert_non_null(batch);
	tree_batch_begin(batch, &edge);
	for (i = 0; i < NITEMS(ct); i++) {
		from_hex(ct[i].leaf, leaf, sizeof(leaf), &len);
		tree_leaf(leaf, len, &hash);
		assert_int_equal(tree_batch_add(batch, &hash), i);
	}
	tree_batch_end(batch, NULL, NULL);
	for (i = 0; i < NITEMS(cases); i++) {
		assert_int_equal(
		    tree_batch_proof(batch, cases[i].index, proof), cases[i].n);
		for (j = 0; j < cases[i].n; j++)
			assert_hex(&proof[j], cases[i].hash[j]);
	}
	tree_batch_free(batch);
}

/* Each size: edge and root, and each proof leads to it. */
static void
tree_every_size(void **state)
{
	struct tree_edge edge = { 0 };
	struct tree_hash root, hash[TREE_PROOF_MAX];
	size_t n, i, count;

	(void)state;
	for (n = 1; n <= SIZES; n++) {
		assert_int_equal(tree_append(&edge, &leaves[n - 1]), 0);
		assert_int_equal(edge.size, n);
		tree_root(&edge, &root);
		assert_memory_equal(&root, mth(0, n), HASH_LEN);
		for (i = 0; i < n; i++) {
			count = path(i, 0, n, hash);
			assert_int_equal(tree_proof_count(i, n), count);
			assert_int_equal(tree_proof_root(i, n, &leaves[i], hash,
					     count, &root),
			    0);
			assert_memory_equal(&root, mth(0, n), HASH_LEN);
		}
		assert_int_equal(tree_proof_count(n, n), 0);
	}
}

/* One split: a batch from old to size, with all its proofs. */
static void
check_split(struct tree_batch *batch, const struct tree_edge *old, size_t size,
    const struct tree_edge *expected)
{
	struct tree_hash root, got[TREE_PROOF_MAX], want[TREE_PROOF_MAX];
	struct tree_edge edge;
	size_t i, n;

	tree_batch_begin(batch, old);
	for (i = old->size; i < size; i++)
		assert_int_equal(tree_batch_add(batch, &leaves[i]), i);
	assert_int_equal(tree_batch_count(batch), size - old->size);
	memset(&edge, 0xff, sizeof(edge));
	tree_batch_end(batch, &edge, &root);
	assert_memory_equal(&edge, expected, sizeof(edge));
	if (size > 0)
		assert_memory_equal(&root, mth(0, size), HASH_LEN);
	for (i = old->size; i < size; i++) {
		n = tree_batch_proof(batch, i - old->size, got);
		if (n != path(i, 0, size, want) ||
		    memcmp(got, want, n * sizeof(got[0])) != 0)
			fail_msg("proof of %zu, batch %zu to %zu", i,
			    (size_t)old->size, size);
	}
	assert_int_equal(
	    tree_batch_proof(batch, size - (size_t)old->size, got), 0);
}

static void
tree_every_split(void **state)
{
	static struct tree_edge edges[SIZES + 1];
	struct tree_batch *batch = tree_batch_new(SIZES);
	size_t old, size;

	(void)state;
	assert_non_null(batch);
	for (size = 1; size <= SIZES; size++) {
		edges[size] = edges[size - 1];
		assert_int_equal(
		    tree_append(&edges[size], &leaves[size - 1]), 0);
	}
	for (old = 0; old <= SIZES; old++) {
		for (size = old; size <= SIZES; size++)
			check_split(batch, &edges[old], size, &edges[size]);
	}
	tree_batch_free(batch);
}

/* A batch on a tree of any size, against leaves appended one by one. */
static void
check_large(struct tree_batch *batch, uint64_t size, size_t n)
{
	struct tree_hash root, expected, proof[TREE_PROOF_MAX];
	struct tree_edge edge = { 0 }, grown;
	size_t i, count;

	edge.size = size;
	for (i = 0; i < tree_edge_count(size); i++)
		edge.hash[i] = leaves[i];
	tree_batch_begin(batch, &edge);
	for (i = 0; i < n && size + i < TREE_SIZE_LIMIT - 1; i++) {
		assert_true(
		    tree_batch_add(batch, &leaves[i]) == (int64_t)(size + i));
		assert_int_equal(tree_append(&edge, &leaves[i]), 0);
	}
	n = i;
	tree_batch_end(batch, &grown, &root);
	assert_memory_equal(&grown, &edge, sizeof(edge));
	tree_root(&edge, &expected);
	assert_memory_equal(&root, &expected, HASH_LEN);
	for (i = 0; i < n; i++) {
		count = tree_batch_proof(batch, i, proof);
		assert_int_equal(tree_proof_root(size + i, size + n, &leaves[i],
				     proof, count, &root),
		    0);
		assert_memory_equal(&root, &expected, HASH_LEN);
	}
}

static void
tree_large(void **state)
{
	static const size_t counts[] = { 1, 2, 5, 256 };
	struct tree_batch *batch = tree_batch_new(256);
	unsigned int k;
	size_t i;

	(void)state;
	assert_non_null(batch);
	for (k = 1; k <= 53; k++) {
		for (i = 0; i < NITEMS(counts); i++) {
			check_large(batch, (UINT64_C(1) << k) - 2, counts[i]);
			if (k == 53)
				continue;
			check_large(batch, (UINT64_C(1) << k) + 1, counts[i]);
			check_large(batch,
			    (UINT64_C(0x15555555555555) & ((2ULL << k) - 1)),
			    counts[i]);
		}
	}
	tree_batch_free(batch);
}

static void
tree_full(void **state)
{
	struct tree_batch *batch = tree_batch_new(2);
	struct tree_edge edge = { 0 };
	struct tree_hash root, h[TREE_PROOF_MAX] = { 0 };

	(void)state;
	assert_non_null(batch);
	tree_batch_begin(batch, &edge);
	assert_int_equal(tree_batch_add(batch, &leaves[0]), 0);
	assert_int_equal(tree_batch_add(batch, &leaves[1]), 1);
	assert_int_equal(tree_batch_add(batch, &leaves[2]), -1);
	assert_int_equal(tree_batch_count(batch), 2);
	tree_batch_begin(batch, &edge);
	tree_batch_end(batch, NULL, &root);
	assert_hex(&root, "e3b0c44298fc1c149afbf4c8996fb924"
			  "27ae41e4649b934ca495991b7852b855");
	edge.size = TREE_SIZE_LIMIT - 1;
	assert_int_equal(tree_append(&edge, &leaves[0]), -1);
	assert_true(edge.size == TREE_SIZE_LIMIT - 1);
	tree_batch_begin(batch, &edge);
	assert_int_equal(tree_batch_add(batch, &leaves[0]), -1);
	tree_batch_free(batch);
	assert_int_equal(tree_proof_root(0, TREE_SIZE_LIMIT - 1, &leaves[0], h,
			     tree_proof_count(0, TREE_SIZE_LIMIT - 1), &root),
	    0);
	assert_int_equal(tree_proof_root(0, TREE_SIZE_LIMIT, &leaves[0], h,
			     tree_proof_count(0, TREE_SIZE_LIMIT), &root),
	    -1);
	assert_null(tree_batch_new(SIZE_MAX / 2));
}

/* True if this proof leads to the root of size. */
static int
leads(uint64_t index, size_t size, const struct tree_hash *leaf,
    const struct tree_hash *hash, size_t n)
{
	struct tree_hash root;

	if (tree_proof_root(index, size, leaf, hash, n, &root) == -1)
		return (0);
	return (memcmp(&root, mth(0, size), HASH_LEN) == 0);
}

static void
check_altered(size_t i, size_t size)
{
	struct tree_hash hash[TREE_PROOF_MAX + 1] = { 0 }, leaf;
	size_t n, other, bit;

	n = path(i, 0, size, hash);
	assert_true(leads(i, size, &leaves[i], hash, n));
	for (bit = 0; bit < n * 256; bit++) {
		hash[bit / 256].b[bit / 8 % 32] ^= (uint8_t)(1 << bit % 8);
		assert_false(leads(i, size, &leaves[i], hash, n));
		hash[bit / 256].b[bit / 8 % 32] ^= (uint8_t)(1 << bit % 8);
	}
	for (bit = 0; bit < 256; bit++) {
		leaf = leaves[i];
		leaf.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(leads(i, size, &leaf, hash, n));
	}
	for (other = 0; other < size + 70; other++)
		assert_int_equal(
		    leads(other, size, &leaves[i], hash, n), other == i);
	for (other = 0; other <= n + 1; other++)
		assert_int_equal(
		    leads(i, size, &leaves[i], hash, other), other == n);
	/* A size that the root is not of: another shape, or another root. */
	for (other = 1; other <= 64; other++) {
		if (other != size)
			assert_false(leads(i, other, &leaves[i], hash, n));
	}
	assert_false(leads(i + (UINT64_C(1) << 32), size, &leaves[i], hash, n));
}

static void
tree_altered(void **state)
{
	size_t size, i;

	(void)state;
	for (size = 1; size <= 33; size++) {
		for (i = 0; i < size; i++)
			check_altered(i, size);
	}
}

static void
tree_proof_of_nothing(void **state)
{
	struct tree_hash root;

	(void)state;
	assert_int_equal(tree_proof_root(0, 0, &leaves[0], NULL, 0, &root), -1);
	assert_int_equal(tree_proof_root(0, 1, &leaves[0], NULL, 0, &root), 0);
	assert_memory_equal(&root, &leaves[0], HASH_LEN);
	assert_int_equal(tree_proof_root(1, 1, &leaves[0], NULL, 0, &root), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_ct_roots),
		cmocka_unit_test(tree_ct_proofs),
		cmocka_unit_test(tree_every_size),
		cmocka_unit_test(tree_every_split),
		cmocka_unit_test(tree_large),
		cmocka_unit_test(tree_full),
		cmocka_unit_test(tree_altered),
		cmocka_unit_test(tree_proof_of_nothing),
	};

	if (sodium_init() == -1)
		return (1);
	return (cmocka_run_group_tests(tests, setup, NULL));
}
