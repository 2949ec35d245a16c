/*
 * Everything that the host key signs: seals, host requests, checkpoints.  Each
 * is printed here from typed fields, and counted; there is no other signature.
 */
#ifndef ACTIVATOR_SIGN_H
#define ACTIVATOR_SIGN_H

#include "activator/arena.h"
#include "activator/counters.h"
#include "common/checkpoint.h"

#define SIGNED_SEAL_MAX (SEAL_MAX + SIGNIFY_OVERHEAD_MAX)
#define SIGNED_REQUEST_MAX (HOSTDOC_MAX + SIGNIFY_OVERHEAD_MAX)

struct signer {
	struct arena *arena;
	uint64_t *counters; /* by enum activator_counter */
};

/* Signed documents.  Return the length, or -1 with the reason in error. */
int sign_seal(const struct signer *, const struct doc_seal *,
    char[SIGNED_SEAL_MAX], char *);
int sign_host_request(const struct signer *, const struct doc_host_request *,
    char[SIGNED_REQUEST_MAX], char *);

/* The signed note.  Returns its length. */
int sign_checkpoint(
    const struct signer *, const struct checkpoint *, char[CHECKPOINT_MAX]);

#endif
