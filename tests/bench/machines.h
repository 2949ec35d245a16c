/*
 * N machines with keys of their own, their requests, and the checking of what
 * the host answers, as doc/protocol.md has it.  Kept in memory only.
 */
#ifndef BENCH_MACHINES_H
#define BENCH_MACHINES_H

#include <stdbool.h>

#include "common/sealbox.h"
#include "common/trust.h"
#include "common/wire.h"

struct machine {
	uint8_t public[MACHINE_KEY_LEN], secret[32];
	uint8_t shared[SEALBOX_SHARED_LEN];
	uint8_t shared_with[SEAL_ID_LEN]; /* the seal that shared is for */
	uint64_t serial;
	int64_t asked; /* time of its last request */
	uint32_t asked_today;
};

/* What the host offers, verified once and again when its bytes change. */
struct offer {
	char seal_text[SEAL_MAX + 256];
	size_t seal_len;
	struct doc_host host;
	struct doc_seal seal;
	struct pubkey host_key;
};

struct machines {
	struct machine *machine;
	size_t n, next;
	struct pubkey publisher;
	struct doc_product product;
	uint32_t per_day; /* requests a machine may make */
};

/* A request under way. */
struct request {
	struct machine *machine;
	uint8_t half[SEALBOX_HALF_LEN];
	uint8_t nonce[REQUEST_NONCE_LEN];
	int64_t time;
};

struct grant {
	uint64_t index;
	const char *entry; /* in the reply's text */
	size_t entry_len;
};

/* Makes the keys.  Returns -1 if there is no memory. */
int machines_init(struct machines *, size_t);

/*
 * The next machine that may ask now (a second since its last request, less
 * than per_day today); NULL if there is none.
 */
struct machine *machines_next(struct machines *, int64_t);

/* Verifies kms-host and kms-seal; -1 with the reason in error. */
int offer_take(const struct machines *, const struct wire_hello_reply *,
    struct offer *, char *);

/* Builds and seals an activate request; returns the frame's length or -1. */
int request_make(const struct machines *, const struct offer *,
    struct machine *, const uint8_t[CHALLENGE_LEN], int64_t, struct request *,
    uint8_t *, size_t);

/*
 * Opens and checks a sealed-reply.  Returns 1 for a grant, 0 for a refusal
 * (its code set), -1 for what must not be believed, with the reason in error.
 * With verify the grant's proof and signature are checked too.
 */
int reply_check(const struct machines *, const struct offer *,
    const struct request *, const struct wire_sealed_reply *, bool, char *,
    size_t, struct grant *, uint32_t *, char *);

#endif
