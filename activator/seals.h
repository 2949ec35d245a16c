/*
 * Seal keys: one pair a certificate and hour.  A pair is offered for an hour,
 * opens ten minutes longer, and is then wiped.
 */
#ifndef ACTIVATOR_SEALS_H
#define ACTIVATOR_SEALS_H

#include "activator/registry.h"
#include "activator/sign.h"

#define SEAL_OFFERED_MS (3600 * 1000LL)
#define SEAL_OPENED_MS (SEAL_OFFERED_MS + 600 * 1000LL)
#define SEAL_MARGIN (4 * KTIME_HOUR) /* of the document's dates, seconds */
#define SEAL_STEP 900 /* seconds the clock may step before new pairs */

struct seal {
	bool used;
	bool offered;
	uint8_t id[SEAL_ID_LEN];
	uint8_t serial[UUID_LEN]; /* of the kms-host */
	struct ktime made;
	int64_t made_ms, closes_ms; /* since boot */
	char text[SIGNED_SEAL_MAX]; /* signed kms-seal */
	size_t len;
};

struct seals {
	const struct signer *signer;
	uint8_t store[UUID_LEN];
	struct seal seal[ARENA_SEALS]; /* its key in the arena's same slot */
};

void seals_init(struct seals *, const struct signer *, const uint8_t[UUID_LEN]);

/*
 * Brings the pairs up to date for n certificates that are to be offered, at
 * this time and milliseconds since boot: makes, retires, wipes.  Returns 1 if
 * what is offered changed, 0 if not, -1 with the reason in error.
 */
int seals_update(struct seals *, const struct document *const *, size_t,
    struct ktime, int64_t, char *);

/* Wipes every pair of a certificate at once: it was revoked. */
void seals_drop(struct seals *, const uint8_t[UUID_LEN]);

/* The pair that opens under this id, or NULL. */
const struct seal *seals_find(
    const struct seals *, const uint8_t[SEAL_ID_LEN], int64_t);

/* The pair that is offered for this certificate, or NULL. */
const struct seal *seals_offered(const struct seals *, const uint8_t[UUID_LEN]);

/* The slot of the pair's secret key in the arena. */
size_t seals_slot(const struct seals *, const struct seal *);

#endif
