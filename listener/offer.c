/*
 * Offers: bounded arrays, sorted when complete, looked up by halves.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "listener/offer.h"

#define DOCUMENTS_MAX (2 * OFFER_PRODUCTS_MAX)
#define ID_LEN (KEYNUM_LEN + UUID_LEN)

/* The id comes first, so that qsort and bsearch share one comparison. */
struct product {
	uint8_t id[ID_LEN + 1];
	uint16_t certificate;
	uint32_t product_revision, revocation_revision;
};

struct text {
	char *p;
	size_t len;
};

struct document {
	uint8_t id[ID_LEN + 1];
	struct text text;
};

struct offer {
	struct text host[OFFER_CERTIFICATES_MAX], seal[OFFER_CERTIFICATES_MAX];
	struct product product[OFFER_PRODUCTS_MAX];
	struct document document[DOCUMENTS_MAX];
	size_t ncertificates, nproducts, ndocuments;
	bool any;
};

static const uint8_t no_product[UUID_LEN];

static int
broken(const char **why, const char *reason)
{
	*why = reason;
	return (-1);
}

static void
make_id(uint8_t id[ID_LEN + 1], uint8_t kind, const uint8_t keynum[KEYNUM_LEN],
    const uint8_t product[UUID_LEN])
{
	id[0] = kind;
	memcpy(id + 1, keynum, KEYNUM_LEN);
	memcpy(id + 1 + KEYNUM_LEN, product, UUID_LEN);
}

static int
compare(const void *a, const void *b)
{
	return (memcmp(a, b, ID_LEN + 1));
}

static void
copy(struct text *t, const char *p, size_t len)
{
	t->p = memory_copy(p, len);
	t->len = len;
}

static void
offer_free(struct offer *o)
{
	size_t i;

	if (o == NULL)
		return;
	for (i = 0; i < OFFER_CERTIFICATES_MAX; i++) {
		free(o->host[i].p);
		free(o->seal[i].p);
	}
	for (i = 0; i < DOCUMENTS_MAX; i++)
		free(o->document[i].text.p);
	free(o);
}

int
offer_begin(struct offers *os, const char **why)
{
	if (os->next != NULL)
		return (broken(why, "an offer within an offer"));
	os->next = memory_take(sizeof(*os->next));
	return (0);
}

int
offer_certificate(
    struct offers *os, const struct la_certificate *c, const char **why)
{
	struct offer *o = os->next;
	size_t n;

	if (o == NULL)
		return (broken(why, "a certificate outside an offer"));
	if ((n = o->ncertificates) == OFFER_CERTIFICATES_MAX)
		return (broken(why, "too many certificates in an offer"));
	if (c->number != n)
		return (broken(why, "a certificate out of order"));
	if (c->host_len > OFFER_HOST_MAX || c->seal_len > OFFER_SEAL_MAX)
		return (broken(why, "a certificate or seal too long"));
	o->ncertificates++;
	copy(&o->host[n], c->host, c->host_len);
	copy(&o->seal[n], c->seal, c->seal_len);
	return (0);
}

int
offer_product(struct offers *os, const struct la_product *p, const char **why)
{
	struct offer *o = os->next;
	struct product *new;

	if (o == NULL)
		return (broken(why, "a product outside an offer"));
	if (o->nproducts == OFFER_PRODUCTS_MAX)
		return (broken(why, "too many products in an offer"));
	new = &o->product[o->nproducts++];
	make_id(new->id, 0, p->keynum, p->product);
	new->certificate = p->certificate;
	new->product_revision = p->product_revision;
	new->revocation_revision = p->revocation_revision;
	return (0);
}

int
offer_document(struct offers *os, const struct la_document *d, const char **why)
{
	struct offer *o = os->next;
	struct document *new;

	if (o == NULL)
		return (broken(why, "a document outside an offer"));
	if (o->ndocuments == DOCUMENTS_MAX)
		return (broken(why, "too many documents in an offer"));
	if (d->which != FETCH_PRODUCT && d->which != FETCH_REVOCATION)
		return (broken(why, "a document of no known kind"));
	if (d->len > OFFER_DOCUMENT_MAX)
		return (broken(why, "a document too long"));
	new = &o->document[o->ndocuments++];
	make_id(new->id, d->which, d->keynum,
	    d->which == FETCH_PRODUCT ? d->product : no_product);
	copy(&new->text, d->text, d->len);
	return (0);
}

int
offer_end(struct offers *os, bool any, const char **why)
{
	struct offer *o = os->next;
	size_t i;

	if (o == NULL)
		return (broken(why, "the end of no offer"));
	qsort(o->product, o->nproducts, sizeof(o->product[0]), compare);
	qsort(o->document, o->ndocuments, sizeof(o->document[0]), compare);
	for (i = 0; i < o->nproducts; i++) {
		if (o->product[i].certificate != OFFER_NO_CERTIFICATE &&
		    o->product[i].certificate >= o->ncertificates)
			return (broken(why, "a product's certificate missing"));
		if (i > 0 && compare(&o->product[i - 1], &o->product[i]) == 0)
			return (broken(why, "a product twice in an offer"));
	}
	for (i = 1; i < o->ndocuments; i++)
		if (compare(&o->document[i - 1], &o->document[i]) == 0)
			return (broken(why, "a document twice in an offer"));
	o->any = any;
	offer_free(os->current);
	os->current = o;
	os->next = NULL;
	return (0);
}

void
offers_clear(struct offers *os)
{
	offer_free(os->current);
	offer_free(os->next);
	os->current = os->next = NULL;
}

bool
offer_any(const struct offer *o)
{
	return (o->any);
}

bool
offer_find(const struct offer *o, const uint8_t keynum[KEYNUM_LEN],
    const uint8_t product[UUID_LEN], struct offered *found)
{
	const struct product *p;
	uint8_t id[ID_LEN + 1];

	memset(found, 0, sizeof(*found));
	make_id(id, 0, keynum, product);
	if ((p = bsearch(id, o->product, o->nproducts, sizeof(o->product[0]),
		 compare)) == NULL)
		return (false);
	found->product_revision = p->product_revision;
	found->revocation_revision = p->revocation_revision;
	if (p->certificate != OFFER_NO_CERTIFICATE) {
		found->host = o->host[p->certificate].p;
		found->host_len = o->host[p->certificate].len;
		found->seal = o->seal[p->certificate].p;
		found->seal_len = o->seal[p->certificate].len;
	}
	return (true);
}

const char *
offer_fetch(const struct offer *o, const uint8_t keynum[KEYNUM_LEN],
    const uint8_t product[UUID_LEN], enum wire_fetch which, size_t *len)
{
	const struct document *d;
	uint8_t id[ID_LEN + 1];

	make_id(id, (uint8_t)which, keynum,
	    which == FETCH_PRODUCT ? product : no_product);
	if ((d = bsearch(id, o->document, o->ndocuments, sizeof(o->document[0]),
		 compare)) == NULL)
		return (NULL);
	*len = d->text.len;
	return (d->text.p);
}
