/*
 * The right edge of the log's tree, and proofs: how leaves are hashed, how
 * the edge grows, and how a proof leads to a root.  Batches are
 * tree_batch.c.
 */
#include "config.h"

#include <string.h>

#include <sodium.h>

#include "common/tree.h"

void
tree_leaf(const void *entry, size_t len, struct tree_hash *out)
{
	static const uint8_t prefix = 0x00;
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, &prefix, 1);
	(void)crypto_hash_sha256_update(&state, entry, len);
	(void)crypto_hash_sha256_final(&state, out->b);
}

void
tree_node(const struct tree_hash *left, const struct tree_hash *right,
    struct tree_hash *out)
{
	uint8_t buf[1 + 2 * HASH_LEN];

	buf[0] = 0x01;
	memcpy(buf + 1, left->b, HASH_LEN);
	memcpy(buf + 1 + HASH_LEN, right->b, HASH_LEN);
	(void)crypto_hash_sha256(out->b, buf, sizeof(buf));
}

size_t
tree_edge_count(uint64_t size)
{
	size_t n;

	for (n = 0; size != 0; size &= size - 1)
		n++;
	return (n);
}

int
tree_append(struct tree_edge *edge, const struct tree_hash *leaf)
{
	struct tree_hash h = *leaf;
	size_t n = tree_edge_count(edge->size);
	uint64_t bits;

	if (edge->size >= TREE_SIZE_LIMIT - 1)
		return (-1);
	for (bits = edge->size; (bits & 1) != 0; bits >>= 1) {
		n--;
		tree_node(&edge->hash[n], &h, &h);
		memset(&edge->hash[n], 0, sizeof(edge->hash[n]));
	}
	edge->hash[n] = h;
	edge->size++;
	return (0);
}

void
tree_root(const struct tree_edge *edge, struct tree_hash *root)
{
	size_t n = tree_edge_count(edge->size);
	struct tree_hash h;

	if (n == 0) {
		(void)crypto_hash_sha256(root->b, (const uint8_t *)"", 0);
		return;
	}
	h = edge->hash[--n];
	while (n > 0)
		tree_node(&edge->hash[--n], &h, &h);
	*root = h;
}

size_t
tree_proof_count(uint64_t index, uint64_t size)
{
	uint64_t fork;
	size_t n = 0;

	if (index >= size)
		return (0);
	/* One hash a level up to where the path leaves the right border ... */
	for (fork = index ^ (size - 1); fork != 0; fork >>= 1, index >>= 1)
		n++;
	/* ... and then one for each subtree to the left. */
	return (n + tree_edge_count(index));
}

int
tree_proof_root(uint64_t index, uint64_t size, const struct tree_hash *leaf,
    const struct tree_hash *hash, size_t nhashes, struct tree_hash *root)
{
	uint64_t fn = index, sn = size - 1; /* the names of RFC 9162 */
	struct tree_hash r = *leaf;
	size_t i;

	if (size == 0 || size >= TREE_SIZE_LIMIT || index >= size ||
	    nhashes != tree_proof_count(index, size))
		return (-1);
	for (i = 0; i < nhashes; i++) {
		if (sn == 0)
			return (-1);
		if ((fn & 1) != 0 || fn == sn) {
			tree_node(&hash[i], &r, &r);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else
			tree_node(&r, &hash[i], &r);
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0)
		return (-1);
	*root = r;
	return (0);
}
