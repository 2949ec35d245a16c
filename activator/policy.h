/*
 * What the activator decides about a request that opened: is it fresh, is the
 * product known and covered; and what the store needs to decide the rest.
 */
#ifndef ACTIVATOR_POLICY_H
#define ACTIVATOR_POLICY_H

#include "activator/slots.h"

struct policy {
	const struct registry *registry;
	const struct limits *limits;
	uint8_t store[UUID_LEN];
	struct ktime now;
};

/*
 * Decides on a request under this certificate of ours, the one that its seal
 * names.  Returns CODE_OK if the store decides the rest, for which the slot is
 * filled, or the code of the refusal.  nonce, verb, renew and retry of the
 * slot are set in any case.
 */
uint32_t policy_decide(const struct policy *, const struct document *,
    const struct doc_request *, const uint8_t[SOURCE_LEN],
    struct slot_request *);

/*
 * Whether this certificate (NULL: it is gone) may answer for the product now:
 * CODE_OK, or the code of the refusal.  The product is found, or NULL.
 */
uint32_t policy_covers(const struct registry *, const struct document *,
    const uint8_t[UUID_LEN], struct ktime, const struct document **);

/* When a grant given at this time ends. */
struct ktime policy_expires(const struct slot_request *, struct ktime);

#endif
