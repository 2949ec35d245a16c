/*
 * The publisher's documents that a client trusts: the newest kms-product and
 * kms-revocation of those that shipped with the product, that are kept, and
 * that a host has sent.
 */
#ifndef CLIENT_TRUSTED_H
#define CLIENT_TRUSTED_H

#include "client/state.h"
#include "common/trust.h"

struct trusted {
	struct pubkey publisher;
	struct doc_product product;
	struct doc_revocation revocation;
	bool has_revocation;
};

/* The shipped kms-product, under the publisher's key. */
int trusted_begin(struct trusted *, const struct pubkey *, const char *, size_t,
    struct failure *);

/* What is kept in the state, where it is newer. */
int trusted_load(struct trusted *, const struct state *, struct failure *);

/*
 * What a host has sent: verified, of a higher revision, in force; it is kept
 * and used from then on.  Returns 0, or -1 with a failure and nothing changed.
 */
int trusted_take_product(struct trusted *, const struct state *, struct ktime,
    const char *, size_t, struct failure *);
int trusted_take_revocation(struct trusted *, const struct state *,
    const char *, size_t, struct failure *);

/* The revision that is held, 0 if there is none. */
uint64_t trusted_revocation_revision(const struct trusted *);

#endif
