/*
 * Proofs and grants: as they stand, and in front of a checkpoint that is well
 * signed.  The entry stands once in that log, and only its one proof passes.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/checkpoint.h"
#include "common/message.h"

#define ENTRY "kms-test 1\n"
#define ENTRY_SIZE (sizeof(ENTRY) - 1)
#define LEAVES 11
#define INDEX 6
#define ROOM 8192

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static uint8_t pub[32];
static char note[CHECKPOINT_MAX], proof[PROOF_MAX];
static size_t note_len, proof_len;

static void
make_log(void)
{
	static const uint8_t seed[32] = { 1 }, log[UUID_LEN] = { 2 };
	struct tree_hash leaf, hash[TREE_PROOF_MAX];
	struct tree_edge edge = { 0 };
	struct tree_batch *batch;
	struct checkpoint c;
	struct seckey sec;
	uint8_t i;

	(void)crypto_sign_seed_keypair(pub, sec.key, seed);
	if ((batch = tree_batch_new(LEAVES)) == NULL)
		abort();
	tree_batch_begin(batch, &edge);
	for (i = 0; i < LEAVES; i++) {
		if (i == INDEX)
			tree_leaf(ENTRY, ENTRY_SIZE, &leaf);
		else
			tree_leaf(&i, sizeof(i), &leaf);
		(void)tree_batch_add(batch, &leaf);
	}
	origin_make(&c.origin, pub, log);
	c.size = LEAVES;
	tree_batch_end(batch, NULL, &c.root);
	note_len = (size_t)checkpoint_sign(&c, &sec, note);
	proof_len = (size_t)proof_print(INDEX, hash,
	    tree_batch_proof(batch, INDEX, hash), note, note_len, proof,
	    sizeof(proof));
	tree_batch_free(batch);
}

static void
check(const char *text, size_t len)
{
	char error[MESSAGE_ERROR_MAX];
	struct proof p;

	if (proof_verify(ENTRY, ENTRY_SIZE, text, len, pub, &p, error) == -1)
		return;
	if (len != proof_len || memcmp(text, proof, len) != 0)
		abort();
}

static void
check_grant(const char *text, size_t len)
{
	char error[MESSAGE_ERROR_MAX];
	struct proof p;
	size_t n, off;

	if (grant_split(text, len, &n, &off) == -1)
		return;
	if (n == 0 || off != n + 1 || off > len || text[n - 1] != '\n' ||
	    text[n] != '\n')
		abort();
	(void)proof_verify(text, n, text + off, len - off, pub, &p, error);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char text[ROOM];

	if (sodium_init() == -1 || len > ROOM - CHECKPOINT_MAX)
		return (0);
	if (note_len == 0)
		make_log();
	check((const char *)data, len);
	check_grant((const char *)data, len);
	memcpy(text, data, len);
	memcpy(text + len, note, note_len);
	check(text, len + note_len);
	return (0);
}
