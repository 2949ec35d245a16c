/* What a certificate lacks to serve a product. */
#include "config.h"

#include <stdio.h>

#include "common/lack.h"

enum lack
lack_of_none(const struct doc_product *p, struct ktime now)
{
	if (ktime_cmp(now, p->not_before) < 0)
		return (LACK_PRODUCT_EARLY);
	if (ktime_cmp(now, p->not_after) >= 0)
		return (LACK_PRODUCT_LATE);
	return (LACK_COVER);
}

enum lack
lack_of(const struct doc_product *p, const struct doc_host *h,
    bool signed_by_issuer, int revoked, struct ktime now)
{
	enum lack lack = lack_of_none(p, now);

	if (lack != LACK_COVER || !trust_covers(h, p))
		return (lack);
	if (revoked != -1)
		return (LACK_REVOKED);
	if (!signed_by_issuer)
		return (LACK_ISSUER);
	if (ktime_cmp(now, h->not_before) < 0)
		return (LACK_EARLY);
	if (ktime_cmp(now, h->not_after) >= 0)
		return (LACK_LATE);
	return (LACK_NOTHING);
}

/* A revoked certificate is given up: it speaks when there is no other. */
static int
rank(enum lack lack)
{
	return (lack == LACK_NOTHING ? 2 : lack != LACK_REVOKED);
}

bool
lack_is_better(enum lack lack, const struct doc_host *h, enum lack other,
    const struct doc_host *than)
{
	if (rank(lack) != rank(other))
		return (rank(lack) > rank(other));
	return (ktime_cmp(h->not_after, than->not_after) > 0);
}

static void
print_date(const char *what, struct ktime t, char out[LACK_TEXT_MAX])
{
	char when[KTIME_STRLEN];

	(void)ktime_print(t, when);
	(void)snprintf(out, LACK_TEXT_MAX, "the %s %s", what, when);
}

void
lack_print(enum lack lack, const struct doc_product *p,
    const struct doc_host *h, int revoked, char out[LACK_TEXT_MAX])
{
	out[0] = '\0';
	switch (lack) {
	case LACK_NOTHING:
		break;
	case LACK_COVER:
		(void)snprintf(out, LACK_TEXT_MAX, "no kms-host covers it");
		break;
	case LACK_PRODUCT_EARLY:
		print_date(
		    "kms-product is not valid before", p->not_before, out);
		break;
	case LACK_PRODUCT_LATE:
		print_date("kms-product expired at", p->not_after, out);
		break;
	case LACK_REVOKED:
		(void)snprintf(out, LACK_TEXT_MAX,
		    "the kms-host is revoked as %s", revoked_words[revoked]);
		break;
	case LACK_ISSUER:
		(void)snprintf(out, LACK_TEXT_MAX,
		    "the kms-product names no issuer that signed the "
		    "kms-host");
		break;
	case LACK_EARLY:
		print_date("kms-host is not valid before", h->not_before, out);
		break;
	case LACK_LATE:
		print_date("kms-host expired at", h->not_after, out);
		break;
	}
}
