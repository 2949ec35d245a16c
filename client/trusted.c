/* The publisher's documents that a client trusts, the newest of each. */
#include "config.h"

#include <string.h>

#include "client/trusted.h"
#include "common/codes.h"

#define NAME_PRODUCT "product"
#define NAME_REVOCATION "revocation"

int
trusted_begin(struct trusted *t, const struct pubkey *publisher,
    const char *text, size_t len, struct failure *f)
{
	char why[MESSAGE_ERROR_MAX];

	memset(t, 0, sizeof(*t));
	t->publisher = *publisher;
	if (trust_product(publisher, text, len, &t->product, why) == -1)
		return (
		    failure_set(f, CODE_OK, "the product's document: %s", why));
	return (0);
}

/* A kms-product of this product, or -1. */
static int
verify_product(const struct trusted *t, const char *text, size_t len,
    struct doc_product *p, char why[MESSAGE_ERROR_MAX])
{
	if (trust_product(&t->publisher, text, len, p, why) == -1)
		return (-1);
	if (memcmp(p->product, t->product.product, UUID_LEN) == 0)
		return (0);
	memcpy(why, "is of another product", sizeof("is of another product"));
	return (-1);
}

static int
corrupted(const struct folder *d, const char *name, const char *why,
    struct failure *f)
{
	return (failure_set(f, CODE_OK,
	    "%s/%s: corrupted (%s); move it away, hosts have it", d->path, name,
	    why));
}

static int
load_product(struct trusted *t, const struct state *s, struct failure *f)
{
	char text[STATE_DOCUMENT_MAX], why[MESSAGE_ERROR_MAX];
	struct doc_product kept;
	size_t len;
	int found;

	found = state_read(s, STATE_PRODUCT, NAME_PRODUCT, text, &len, f);
	if (found != 1)
		return (found);
	if (verify_product(t, text, len, &kept, why) == -1)
		return (corrupted(&s->product, NAME_PRODUCT, why, f));
	if (kept.revision > t->product.revision)
		t->product = kept;
	return (0);
}

static int
load_revocation(struct trusted *t, const struct state *s, struct failure *f)
{
	char text[STATE_DOCUMENT_MAX], why[MESSAGE_ERROR_MAX];
	size_t len;
	int found;

	found = state_read(s, STATE_PUBLISHER, NAME_REVOCATION, text, &len, f);
	if (found != 1)
		return (found);
	if (trust_revocation(&t->publisher, text, len, &t->revocation, why) ==
	    -1)
		return (corrupted(&s->publisher, NAME_REVOCATION, why, f));
	t->has_revocation = true;
	return (0);
}

int
trusted_load(struct trusted *t, const struct state *s, struct failure *f)
{
	if (load_product(t, s, f) == -1)
		return (-1);
	return (load_revocation(t, s, f));
}

int
trusted_take_product(struct trusted *t, const struct state *s, struct ktime now,
    const char *text, size_t len, struct failure *f)
{
	char why[MESSAGE_ERROR_MAX];
	struct doc_product p;

	if (verify_product(t, text, len, &p, why) == -1)
		return (failure_set(
		    f, CODE_PROTOCOL, "the kms-product sent: %s", why));
	if (p.revision <= t->product.revision)
		return (failure_set(f, CODE_PROTOCOL,
		    "the kms-product sent is no newer than ours"));
	if (!trust_in_dates(now, p.not_before, p.not_after))
		return (failure_set(
		    f, CODE_PROTOCOL, "the kms-product sent is not in force"));
	if (state_write(s, STATE_PRODUCT, NAME_PRODUCT, text, len, f) == -1)
		return (-1);
	t->product = p;
	return (0);
}

int
trusted_take_revocation(struct trusted *t, const struct state *s,
    const char *text, size_t len, struct failure *f)
{
	char why[MESSAGE_ERROR_MAX];
	struct doc_revocation r;

	if (trust_revocation(&t->publisher, text, len, &r, why) == -1)
		return (failure_set(
		    f, CODE_PROTOCOL, "the kms-revocation sent: %s", why));
	if (r.revision <= trusted_revocation_revision(t))
		return (failure_set(f, CODE_PROTOCOL,
		    "the kms-revocation sent is no newer than ours"));
	if (state_write(s, STATE_PUBLISHER, NAME_REVOCATION, text, len, f) ==
	    -1)
		return (-1);
	t->revocation = r;
	t->has_revocation = true;
	return (0);
}

uint64_t
trusted_revocation_revision(const struct trusted *t)
{
	return (t->has_revocation ? t->revocation.revision : 0);
}
