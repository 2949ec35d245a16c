/*
 * The Merkle tree of the audit log: RFC 6962 hashes (SHA-256), kept as its
 * right edge, with inclusion proofs for what a batch appends.  Verification
 * as RFC 9162 2.1.3.2.
 */
#ifndef COMMON_TREE_H
#define COMMON_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "common/documents.h"

#define TREE_EDGE_MAX 53 /* hashes: sizes stay below 2^53 */
#define TREE_PROOF_MAX 53
#define TREE_SIZE_LIMIT ((uint64_t)1 << 53)

struct tree_hash {
	uint8_t b[HASH_LEN];
};

/*
 * The roots of the perfect subtrees that make up a tree, largest first: one
 * for each bit of size that is set.  All zero is the empty tree.
 */
struct tree_edge {
	uint64_t size;
	struct tree_hash hash[TREE_EDGE_MAX];
};

void tree_leaf(const void *, size_t, struct tree_hash *);
void tree_node(
    const struct tree_hash *, const struct tree_hash *, struct tree_hash *);

/* Number of hashes in the edge of a tree of this size. */
size_t tree_edge_count(uint64_t);

/* Appends a leaf's hash.  Returns -1 if the tree is full, else 0. */
int tree_append(struct tree_edge *, const struct tree_hash *);

/* The root; of the empty tree, SHA-256 of nothing. */
void tree_root(const struct tree_edge *, struct tree_hash *);

/*
 * Leaves appended together, with the proof of each in the tree that has them
 * all.  Made once for so many leaves at most, used again for every batch.
 */
struct tree_batch;

/* NULL if there is no memory. */
struct tree_batch *tree_batch_new(size_t);
void tree_batch_free(struct tree_batch *);

/* Begins a batch on the tree with this edge, which is copied. */
void tree_batch_begin(struct tree_batch *, const struct tree_edge *);

/* Adds a leaf's hash.  Returns its index in the log, or -1 if full. */
int64_t tree_batch_add(struct tree_batch *, const struct tree_hash *);

/* Number of leaves added since begin. */
size_t tree_batch_count(const struct tree_batch *);

/*
 * Ends the batch: computes the inner nodes once, writes the new edge and the
 * root (either may be NULL).
 */
void tree_batch_end(
    struct tree_batch *, struct tree_edge *, struct tree_hash *);

/*
 * After end: the inclusion proof of the i-th leaf of the batch, from the leaf
 * upwards, in the new tree.  Returns the number of hashes.
 */
size_t tree_batch_proof(
    const struct tree_batch *, size_t, struct tree_hash[TREE_PROOF_MAX]);

/*
 * Number of hashes in the inclusion proof of index in a tree of size; 0 if
 * index is not below size.
 */
size_t tree_proof_count(uint64_t, uint64_t);

/*
 * Root from index, size, leaf hash and proof.  Returns -1 if index, size and
 * the number of hashes do not fit each other, else 0.
 */
int tree_proof_root(uint64_t, uint64_t, const struct tree_hash *,
    const struct tree_hash *, size_t, struct tree_hash *);

#endif
