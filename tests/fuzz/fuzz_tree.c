/*
 * The tree: whatever sizes and splits into batches the bytes say, batches and
 * single leaves make the same edge, every proof leads to the root, and a proof
 * with other hashes, another index or another number of hashes does not.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/tree.h"

#define BATCH_LEAVES 64

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_proof(const struct tree_batch *batch, size_t i, uint64_t index,
    const struct tree_hash *leaf, const struct tree_edge *edge)
{
	struct tree_hash hash[TREE_PROOF_MAX], root, got;
	size_t n = tree_batch_proof(batch, i, hash);

	tree_root(edge, &root);
	if (n != tree_proof_count(index, edge->size) ||
	    tree_proof_root(index, edge->size, leaf, hash, n, &got) == -1 ||
	    memcmp(&got, &root, sizeof(root)) != 0)
		abort();
	if (n > 0) {
		hash[index % n].b[0] ^= 1;
		if (tree_proof_root(index, edge->size, leaf, hash, n, &got) ==
			0 &&
		    memcmp(&got, &root, sizeof(root)) == 0)
			abort();
		if (tree_proof_root(
			index, edge->size, leaf, hash, n - 1, &got) == 0)
			abort();
	}
	if (tree_proof_root(edge->size, edge->size, leaf, hash, n, &got) == 0)
		abort();
}

/* One batch of n leaves, and the same leaves one by one. */
static void
append(struct tree_batch *batch, struct tree_edge *edge, size_t n)
{
	struct tree_hash leaf[BATCH_LEAVES];
	struct tree_edge single = *edge, together;
	uint64_t index;
	size_t i;

	tree_batch_begin(batch, edge);
	for (i = 0; i < n; i++) {
		index = edge->size + i;
		tree_leaf(&index, sizeof(index), &leaf[i]);
		if (tree_batch_add(batch, &leaf[i]) != (int64_t)index ||
		    tree_append(&single, &leaf[i]) == -1)
			abort();
	}
	tree_batch_end(batch, &together, NULL);
	if (together.size != single.size ||
	    memcmp(together.hash, single.hash,
		tree_edge_count(single.size) * sizeof(single.hash[0])) != 0)
		abort();
	for (i = 0; i < n; i++)
		check_proof(batch, i, edge->size + i, &leaf[i], &together);
	*edge = together;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct tree_batch *batch;
	struct tree_edge edge = { 0 };
	size_t i;

	if (sodium_init() == -1 ||
	    (batch == NULL && (batch = tree_batch_new(BATCH_LEAVES)) == NULL))
		abort();
	/* The first bytes choose a size to begin at, with an edge of zeros. */
	for (i = 0; i < 7 && i < len; i++)
		edge.size = edge.size << 8 | data[i];
	edge.size &= TREE_SIZE_LIMIT / 2 - 1;
	for (; i < len && i < 16; i++)
		append(batch, &edge, data[i] % BATCH_LEAVES + 1u);
	return (0);
}
