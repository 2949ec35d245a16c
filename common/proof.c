/*
 * Proofs that an entry stands in a log, as C2SP's tlog-proof: printed for
 * clients, verified by them, and grants taken apart into entry and proof.
 */
#include "config.h"

#include <string.h>

#include "common/base64.h"
#include "common/checkpoint.h"
#include "common/decimal.h"
#include "common/message.h"
#include "common/reason.h"

#define HEAD "c2sp.org/tlog-proof@v1\nindex "
#define HEAD_LEN (sizeof(HEAD) - 1)
#define HASH_STRLEN BASE64_LEN(HASH_LEN)

_Static_assert(HEAD_LEN + DECIMAL_MAX + 1 + TREE_PROOF_MAX * (HASH_STRLEN + 1) +
		       1 + CHECKPOINT_MAX <=
		   PROOF_MAX,
    "a proof has room");

int
proof_print(uint64_t index, const struct tree_hash *hash, size_t nhashes,
    const char *checkpoint, size_t checkpoint_len, char *buf, size_t size)
{
	char *p = buf;
	size_t i;

	if (nhashes > TREE_PROOF_MAX || checkpoint_len >= CHECKPOINT_MAX ||
	    size <= HEAD_LEN + DECIMAL_MAX + 1 + nhashes * (HASH_STRLEN + 1) +
			1 + checkpoint_len)
		return (-1);
	memcpy(p, HEAD, HEAD_LEN);
	p += HEAD_LEN;
	p += decimal_print(index, p);
	*p++ = '\n';
	for (i = 0; i < nhashes; i++) {
		p += base64_encode(p, HASH_STRLEN + 1, hash[i].b, HASH_LEN);
		*p++ = '\n';
	}
	*p++ = '\n';
	memcpy(p, checkpoint, checkpoint_len);
	p += checkpoint_len;
	*p = '\0';
	return ((int)(p - buf));
}

/* The lines of hashes up to the blank one.  Returns what is behind, or NULL. */
static const char *
parse_hashes(const char *p, const char *end, struct proof *proof)
{
	for (proof->nhashes = 0; p < end && *p != '\n'; proof->nhashes++) {
		if (proof->nhashes == TREE_PROOF_MAX ||
		    (size_t)(end - p) < HASH_STRLEN + 1 ||
		    p[HASH_STRLEN] != '\n' ||
		    base64_decode(proof->hash[proof->nhashes].b, HASH_LEN, p,
			HASH_STRLEN) != HASH_LEN)
			return (NULL);
		p += HASH_STRLEN + 1;
	}
	return (p == end ? NULL : p + 1);
}

/* Everything before the checkpoint.  Sets where that begins. */
static int
parse(const char *text, size_t len, struct proof *proof,
    const char **checkpoint, char *error)
{
	const char *p, *newline, *end = text + len;

	if (len < HEAD_LEN || memcmp(text, HEAD, HEAD_LEN) != 0)
		return (reason(
		    error, "proof: does not begin as version 1 and an index"));
	p = text + HEAD_LEN;
	if ((newline = memchr(p, '\n', (size_t)(end - p))) == NULL ||
	    decimal_parse(p, (size_t)(newline - p), TREE_SIZE_LIMIT - 1,
		&proof->index) == -1)
		return (reason(error, "proof: the index is not a number"));
	if ((*checkpoint = parse_hashes(newline + 1, end, proof)) == NULL)
		return (reason(error,
		    "proof: not up to %d lines of hashes and a blank one",
		    TREE_PROOF_MAX));
	return (0);
}

/* True if the pieces print to the same bytes. */
static int
prints_same(const struct proof *proof, const char *text, size_t len,
    const char *checkpoint)
{
	char again[PROOF_MAX];
	int n;

	n = proof_print(proof->index, proof->hash, proof->nhashes, checkpoint,
	    (size_t)(text + len - checkpoint), again, sizeof(again));
	return (n != -1 && (size_t)n == len && memcmp(again, text, len) == 0);
}

int
proof_verify(const char *entry, size_t entry_len, const char *text, size_t len,
    const uint8_t key[32], struct proof *proof, char *error)
{
	struct checkpoint *c = &proof->checkpoint;
	struct tree_hash leaf, root;
	const char *note;

	if (parse(text, len, proof, &note, error) == -1)
		return (-1);
	if (!prints_same(proof, text, len, note))
		return (reason(error, "proof: not in the one form of ours"));
	if (checkpoint_verify(note, (size_t)(text + len - note), key, c,
		proof->signature, error) == -1)
		return (-1);
	tree_leaf(entry, entry_len, &leaf);
	if (tree_proof_root(proof->index, c->size, &leaf, proof->hash,
		proof->nhashes, &root) == -1)
		return (reason(error,
		    "proof: index, size and number of hashes do not fit"));
	if (memcmp(root.b, c->root.b, HASH_LEN) != 0)
		return (reason(
		    error, "proof: the entry is not below the signed root"));
	return (0);
}

int
grant_split(
    const char *text, size_t len, size_t *entry_len, size_t *proof_offset)
{
	const char *blank;

	if ((blank = memmem(text, len, "\n\n", 2)) == NULL || blank == text)
		return (-1);
	*entry_len = (size_t)(blank - text) + 1;
	*proof_offset = *entry_len + 1;
	return (0);
}
