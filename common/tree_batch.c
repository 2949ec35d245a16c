/*
 * Leaves appended together.  Of each level the nodes from the old edge's to
 * the last are kept, so that every inner node is hashed once and a proof is
 * nothing but looking up.
 *
 * On level k, node i covers the leaves from i << k up to, not including,
 * (i + 1) << k; it is complete if these all exist.  Complete nodes are kept
 * from the even index (old size >> k) & ~1 on: if the old size has bit k, the
 * first of them is the old edge's node, otherwise it is new.  Behind the
 * complete nodes at most one is incomplete: its hash is ragged[k].
 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/tree.h"

#define LEVELS TREE_EDGE_MAX

struct tree_batch {
	size_t max;
	size_t count;
	uint64_t old; /* size before the batch */
	uint64_t size; /* and with it */
	struct tree_hash *level[LEVELS];
	struct tree_hash ragged[LEVELS + 1];
	struct tree_hash nodes[]; /* of all levels */
};

/* Room for the nodes of a level: new ones, a straddling and an old one. */
static size_t
level_room(size_t max, unsigned int k)
{
	return ((max >> k) + 2);
}

/* The place of a complete node. */
static struct tree_hash *
node(const struct tree_batch *b, unsigned int k, uint64_t i)
{
	return (b->level[k] + (i - ((b->old >> k) & ~UINT64_C(1))));
}

/* True if the tree has an incomplete node on this level. */
static bool
is_ragged(const struct tree_batch *b, unsigned int k)
{
	return ((b->size & ((UINT64_C(1) << k) - 1)) != 0);
}

struct tree_batch *
tree_batch_new(size_t max)
{
	struct tree_batch *b;
	struct tree_hash *p;
	size_t total = 0;
	unsigned int k;

	if (max > SIZE_MAX / 4 / sizeof(*p))
		return (NULL);
	for (k = 0; k < LEVELS; k++)
		total += level_room(max, k);
	if ((b = calloc(1, sizeof(*b) + total * sizeof(*p))) == NULL)
		return (NULL);
	b->max = max;
	for (k = 0, p = b->nodes; k < LEVELS; k++) {
		b->level[k] = p;
		p += level_room(max, k);
	}
	return (b);
}

void
tree_batch_free(struct tree_batch *b)
{
	free(b);
}

void
tree_batch_begin(struct tree_batch *b, const struct tree_edge *edge)
{
	const struct tree_hash *h = edge->hash;
	unsigned int k;

	b->count = 0;
	b->old = b->size = edge->size;
	for (k = LEVELS; k-- > 0;) {
		if ((edge->size >> k & 1) != 0)
			b->level[k][0] = *h++;
	}
}

int64_t
tree_batch_add(struct tree_batch *b, const struct tree_hash *leaf)
{
	if (b->count == b->max || b->size >= TREE_SIZE_LIMIT - 1)
		return (-1);
	*node(b, 0, b->size) = *leaf;
	b->count++;
	return ((int64_t)b->size++);
}

size_t
tree_batch_count(const struct tree_batch *b)
{
	return (b->count);
}

/* The complete nodes that are new, level by level. */
static void
hash_complete(struct tree_batch *b)
{
	unsigned int k;
	uint64_t i;

	for (k = 1; k < LEVELS && b->size >> k > 0; k++) {
		for (i = b->old >> k; i < b->size >> k; i++)
			tree_node(node(b, k - 1, 2 * i),
			    node(b, k - 1, 2 * i + 1), node(b, k, i));
	}
}

/* The incomplete nodes, from the smallest; the last is the root. */
static void
hash_ragged(struct tree_batch *b)
{
	const struct tree_hash *left;
	unsigned int k;

	for (k = 1; k <= LEVELS; k++) {
		if ((b->size >> (k - 1) & 1) == 0) {
			b->ragged[k] = b->ragged[k - 1];
			continue;
		}
		left = node(b, k - 1, (b->size >> (k - 1)) - 1);
		if (is_ragged(b, k - 1))
			tree_node(left, &b->ragged[k - 1], &b->ragged[k]);
		else
			b->ragged[k] = *left;
	}
}

void
tree_batch_end(
    struct tree_batch *b, struct tree_edge *edge, struct tree_hash *root)
{
	struct tree_edge out;
	size_t n = 0;
	unsigned int k;

	hash_complete(b);
	hash_ragged(b);
	memset(&out, 0, sizeof(out));
	out.size = b->size;
	for (k = LEVELS; k-- > 0;) {
		if ((b->size >> k & 1) != 0)
			out.hash[n++] = *node(b, k, (b->size >> k) - 1);
	}
	if (edge != NULL)
		*edge = out;
	if (root == NULL)
		return;
	if (b->size == 0)
		tree_root(&out, root);
	else
		*root = b->ragged[LEVELS];
}

size_t
tree_batch_proof(const struct tree_batch *b, size_t i,
    struct tree_hash proof[TREE_PROOF_MAX])
{
	uint64_t index = b->old + i, sibling;
	unsigned int k;
	size_t n = 0;

	if (i >= b->count)
		return (0);
	for (k = 0; (b->size - 1) >> k != 0; k++, index >>= 1) {
		sibling = index ^ 1;
		if (sibling < b->size >> k)
			proof[n++] = *node(b, k, sibling);
		else if (sibling == b->size >> k && is_ragged(b, k))
			proof[n++] = b->ragged[k];
	}
	return (n);
}
