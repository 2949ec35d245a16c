/*
 * Checkpoints of the log (C2SP tlog-checkpoint in a C2SP signed-note, Ed25519)
 * and proofs of entries (C2SP tlog-proof), each in a strict profile: what is
 * parsed prints to the same bytes.
 */
#ifndef COMMON_CHECKPOINT_H
#define COMMON_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "common/signify.h"
#include "common/tree.h"

#define ORIGIN_MAX 80 /* bytes, with the NUL: kmsd/HEX32/UUID */
#define CHECKPOINT_MAX 512 /* bytes of a signed one */
#define PROOF_MAX 3072 /* bytes of a tlog-proof */

/* The name of a log, and of the key that signs it. */
struct origin {
	uint8_t host[16]; /* BLAKE2b-128 of the host's Ed25519 key */
	uint8_t log[UUID_LEN];
};

/* From the host's Ed25519 key and the log's uuid. */
void origin_make(struct origin *, const uint8_t[32], const uint8_t[UUID_LEN]);

/* Both ways; parse: 0, or -1 if it is not what print prints. */
void origin_print(const struct origin *, char[ORIGIN_MAX]);
int origin_parse(const char *, size_t, struct origin *);

/* The key id of a signed note: SHA-256(name \n 0x01 key), first four bytes. */
void note_key_id(const char *, const uint8_t[32], uint8_t[4]);

struct checkpoint {
	struct origin origin;
	uint64_t size;
	struct tree_hash root;
};

/*
 * The three lines that are signed.  Returns their length.  Here and below, a
 * NUL that is not counted follows what is printed.
 */
int checkpoint_print_body(const struct checkpoint *, char[CHECKPOINT_MAX]);

/* Signs: prints the whole note.  Returns its length. */
int checkpoint_sign(
    const struct checkpoint *, const struct seckey *, char[CHECKPOINT_MAX]);

/*
 * Prints the whole note from a signature that was made elsewhere; the host's
 * Ed25519 key makes the key id.  Returns its length.
 */
int checkpoint_print(const struct checkpoint *, const uint8_t[32],
    const uint8_t[SIGNATURE_LEN], char[CHECKPOINT_MAX]);

/*
 * Parses a note in the strict profile and verifies its signature under the
 * host's Ed25519 key, whose hash must be the origin's.  Returns 0, or -1 with
 * the reason in error (MESSAGE_ERROR_MAX bytes, may be NULL).  Size 0, a log
 * without entries, passes here but never in a proof.
 */
int checkpoint_verify(const char *, size_t, const uint8_t[32],
    struct checkpoint *, uint8_t[SIGNATURE_LEN], char *);

struct proof {
	uint64_t index;
	size_t nhashes;
	struct tree_hash hash[TREE_PROOF_MAX];
	struct checkpoint checkpoint;
	uint8_t signature[SIGNATURE_LEN];
};

/*
 * Prints a tlog-proof from index, hashes and a signed checkpoint's text.
 * Returns the length, or -1 if the buffer is too small.
 */
int proof_print(uint64_t, const struct tree_hash *, size_t, const char *,
    size_t, char *, size_t);

/*
 * Verifies that an entry (first pair: its bytes, final newline included) has
 * this tlog-proof (second pair): in the strict profile, the checkpoint signed
 * by the host's Ed25519 key, and the hashes lead from the entry at the index
 * to the signed root.  Returns 0, or -1 with the reason in error.
 */
int proof_verify(const char *, size_t, const char *, size_t, const uint8_t[32],
    struct proof *, char *);

/*
 * A grant as clients hold it: entry, blank line, proof.  Sets the length of
 * the entry, its last newline included, and the offset of the proof.  Returns
 * 0, or -1 if there is no entry or no blank line.
 */
int grant_split(const char *, size_t, size_t *, size_t *);

#endif
