/*
 * The chain of trust: publisher key, kms-product with its issuer keys,
 * kms-host, kms-seal.  Each step verifies the signature before it parses.
 * Dates are checked apart, since host and client treat them differently.
 */
#ifndef COMMON_TRUST_H
#define COMMON_TRUST_H

#include <stdbool.h>

#include "common/documents.h"
#include "common/signify.h"

/*
 * Each verifies a signed document and fills the struct.  Returns 0, or -1
 * with the reason in error (MESSAGE_ERROR_MAX bytes, may be NULL) and the
 * struct zeroed.
 */

/* Signed by the publisher, and naming it. */
int trust_product(
    const struct pubkey *, const char *, size_t, struct doc_product *, char *);
int trust_revocation(const struct pubkey *, const char *, size_t,
    struct doc_revocation *, char *);

/*
 * Signed by an issuer of the product's document, for the same publisher, for
 * HOST_LIFE_MAX at most.
 */
int trust_host(const struct doc_product *, const char *, size_t,
    struct doc_host *, char *);

/* Signed by the host key of the certificate, and naming its serial. */
int trust_seal(
    const struct doc_host *, const char *, size_t, struct doc_seal *, char *);

/* Signed by the host key that the request itself names. */
int trust_host_request(const char *, size_t, struct doc_host_request *, char *);

/* True if the certificate lists the product's family with its group or more. */
bool trust_covers(const struct doc_host *, const struct doc_product *);

/* True if not-before <= now < not-after, given in the order now, these two. */
bool trust_in_dates(struct ktime, struct ktime, struct ktime);

/* How the list revokes the serial: an enum revoked, or -1 if it does not. */
int trust_revoked(const struct doc_revocation *, const uint8_t[UUID_LEN]);

#endif
