/*
 * What hello and fetch are answered from: certificates, seal keys, products
 * and documents, as the activator offered them.  An offer is gathered beside
 * the one in use and replaces it as a whole.
 */
#ifndef LISTENER_OFFER_H
#define LISTENER_OFFER_H

#include "common/ipc_listener_activator.h"

struct offer;

/* One product of an offer; host and seal are NULL without a certificate. */
struct offered {
	uint32_t product_revision, revocation_revision;
	const char *host, *seal;
	size_t host_len, seal_len;
};

struct offers {
	struct offer *current; /* NULL before the first is complete */
	struct offer *next; /* NULL unless one is being gathered */
};

/*
 * The records of an offer, in order.  The texts are copied.  Return 0, or -1
 * with the rule that was broken or the error in why.
 */
int offer_begin(struct offers *, const char **);
int offer_certificate(
    struct offers *, const struct la_certificate *, const char **);
int offer_product(struct offers *, const struct la_product *, const char **);
int offer_document(struct offers *, const struct la_document *, const char **);
int offer_end(struct offers *, bool, const char **);
void offers_clear(struct offers *);

/* Whether there is any certificate at all. */
bool offer_any(const struct offer *);

/* Returns false for a product that the offer does not know. */
bool offer_find(const struct offer *, const uint8_t[KEYNUM_LEN],
    const uint8_t[UUID_LEN], struct offered *);

/*
 * The product's document, or its publisher's revocation; NULL if there is
 * none.  It belongs to the offer.
 */
const char *offer_fetch(const struct offer *, const uint8_t[KEYNUM_LEN],
    const uint8_t[UUID_LEN], enum wire_fetch, size_t *);

#endif
