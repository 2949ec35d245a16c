/*
 * What a certificate lacks to serve a product now: one rule for the activator,
 * which offers by it, and for kmsctl, which shows it.
 */
#ifndef COMMON_LACK_H
#define COMMON_LACK_H

#include "common/trust.h"

#define LACK_TEXT_MAX 96 /* bytes, with the NUL */

enum lack {
	LACK_NOTHING, /* it serves */
	LACK_COVER, /* not this family and group; or there is none at all */
	LACK_PRODUCT_EARLY,
	LACK_PRODUCT_LATE,
	LACK_REVOKED,
	LACK_ISSUER,
	LACK_EARLY,
	LACK_LATE
};

/*
 * Of a certificate for this host: signed says whether an issuer of the product
 * signed it, revoked how it is revoked (enum revoked), or -1.  A product whose
 * dates do not hold lacks those first.
 */
enum lack lack_of(const struct doc_product *, const struct doc_host *,
    bool signed_by_issuer, int revoked, struct ktime);

/*
 * Of several certificates one speaks for all: one that serves, then one that is
 * not revoked, then the one that ends last.  True if the first goes before.
 */
bool lack_is_better(
    enum lack, const struct doc_host *, enum lack, const struct doc_host *);

/* Without any certificate: LACK_COVER, or the product's own dates. */
enum lack lack_of_none(const struct doc_product *, struct ktime);

/*
 * "the kms-host expired at ...", for people; nothing for LACK_NOTHING.  The
 * certificate may be NULL where it lacks LACK_COVER or the product is at fault.
 */
void lack_print(enum lack, const struct doc_product *, const struct doc_host *,
    int revoked, char[LACK_TEXT_MAX]);

#endif
