/*
 * The documents in use, and which certificate serves which product; what may
 * come into use is decided in judge.c, what must be there in holdings.c.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activator/registry.h"

static const char *const type_names[DOCUMENT_KINDS] = {
	[DOCUMENT_PRODUCT] = "kms-product",
	[DOCUMENT_REVOCATION] = "kms-revocation",
	[DOCUMENT_HOST] = "kms-host",
};

void
registry_init(struct registry *r, const struct pubkey *host)
{
	memset(r, 0, sizeof(*r));
	r->host = *host;
}

void
registry_free(struct registry *r)
{
	size_t i;

	for (i = 0; i < r->ndocuments; i++)
		document_free(r->document[i]);
	memset(r, 0, sizeof(*r));
}

int
registry_publisher(
    struct registry *r, const char *text, size_t len, char *error)
{
	struct pubkey key;
	size_t i;

	if (signify_parse_pubkey(text, len, &key, error) == -1)
		return (-1);
	for (i = 0; i < r->npublishers; i++)
		if (memcmp(&r->publisher[i], &key, sizeof(key)) == 0)
			return (0);
	if (r->npublishers == START_PUBLISHERS_MAX) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "more than %d publishers", START_PUBLISHERS_MAX);
		return (-1);
	}
	r->publisher[r->npublishers++] = key;
	return (0);
}

bool
registry_knows(const struct registry *r, const uint8_t publisher[PUBKEY_LEN])
{
	struct pubkey key;
	size_t i;

	if (pubkey_from_blob(publisher, &key) == -1)
		return (false);
	for (i = 0; i < r->npublishers; i++)
		if (memcmp(&r->publisher[i], &key, sizeof(key)) == 0)
			return (true);
	return (false);
}

const char *
document_type(enum document_kind kind)
{
	return (type_names[kind]);
}

void
document_free(struct document *d)
{
	if (d == NULL)
		return;
	free(d->bytes);
	free(d->product);
	free(d->revocation);
	free(d->host);
	free(d);
}

void
document_digest(const struct document *d, uint8_t digest[HASH_LEN])
{
	(void)crypto_hash_sha256(digest, (const uint8_t *)d->bytes, d->len);
}

const struct document *
registry_find(const struct registry *r, enum document_kind kind,
    const uint8_t publisher[PUBKEY_LEN], const uint8_t object[UUID_LEN])
{
	const struct document *d;
	size_t i;

	for (i = 0; i < r->ndocuments; i++) {
		d = r->document[i];
		if (d->kind == kind &&
		    memcmp(d->object, object, UUID_LEN) == 0 &&
		    memcmp(d->publisher, publisher, PUBKEY_LEN) == 0)
			return (d);
	}
	return (NULL);
}

const struct document *
registry_certificate(const struct registry *r, const uint8_t serial[UUID_LEN])
{
	const struct document *d;
	size_t i;

	for (i = 0; i < r->ndocuments; i++) {
		d = r->document[i];
		if (d->kind == DOCUMENT_HOST &&
		    memcmp(d->object, serial, UUID_LEN) == 0)
			return (d);
	}
	return (NULL);
}

bool
registry_holds(const struct document *certificate, struct ktime now)
{
	const struct doc_host *h = certificate->host;

	return (certificate->ours && certificate->revoked == -1 &&
		trust_in_dates(now, h->not_before, h->not_after));
}

/* What this certificate lacks to serve the product at this place. */
static enum lack
lack_at(const struct registry *r, const struct document *certificate,
    size_t place, struct ktime now)
{
	const struct doc_product *p = r->document[place]->product;

	if (!certificate->ours)
		return (lack_of_none(p, now));
	return (lack_of(p, certificate->host, certificate->trusted[place],
	    certificate->revoked, now));
}

static size_t
place_of(const struct registry *r, const struct document *d)
{
	size_t i;

	for (i = 0; i < r->ndocuments; i++)
		if (r->document[i] == d)
			break;
	return (i);
}

bool
registry_covers(const struct registry *r, const struct document *certificate,
    const struct document *product, struct ktime now)
{
	size_t place = place_of(r, product);

	return (place < r->ndocuments &&
		lack_at(r, certificate, place, now) == LACK_NOTHING);
}

enum lack
registry_lack(const struct registry *r, const struct document *product,
    struct ktime now, const struct document **which)
{
	enum lack least = lack_of_none(product->product, now), lack;
	size_t place = place_of(r, product), i;
	const struct document *d;

	*which = NULL;
	if (place == r->ndocuments || least != LACK_COVER)
		return (least);
	for (i = 0; i < r->ndocuments; i++) {
		d = r->document[i];
		if (d->kind != DOCUMENT_HOST)
			continue;
		lack = lack_at(r, d, place, now);
		if (lack != LACK_COVER &&
		    (*which == NULL ||
			lack_is_better(lack, d->host, least, (*which)->host))) {
			least = lack;
			*which = d;
		}
	}
	return (least);
}

const struct document *
registry_serving(
    const struct registry *r, const struct document *product, struct ktime now)
{
	const struct document *which;

	return (registry_lack(r, product, now, &which) == LACK_NOTHING ? which
								       : NULL);
}

/* Whether each product's issuers signed this certificate. */
static void
settle_certificate(const struct registry *r, struct document *d)
{
	static const uint8_t zero[UUID_LEN];
	const struct document *list, *p;
	struct doc_host host;
	struct pubkey key;
	char why[MESSAGE_ERROR_MAX];
	size_t i;

	d->ours = pubkey_from_blob(d->host->host, &key) == 0 &&
		  memcmp(key.key, r->host.key, sizeof(key.key)) == 0;
	list = registry_find(r, DOCUMENT_REVOCATION, d->publisher, zero);
	d->revoked =
	    list == NULL ? -1 : trust_revoked(list->revocation, d->object);
	memset(d->trusted, 0, sizeof(d->trusted));
	for (i = 0; i < r->ndocuments; i++) {
		p = r->document[i];
		d->trusted[i] =
		    p->kind == DOCUMENT_PRODUCT &&
		    memcmp(p->publisher, d->publisher, PUBKEY_LEN) == 0 &&
		    trust_host(p->product, d->bytes, d->len, &host, why) == 0;
	}
}

static void
settle(struct registry *r)
{
	size_t i;

	for (i = 0; i < r->ndocuments; i++)
		if (r->document[i]->kind == DOCUMENT_HOST)
			settle_certificate(r, r->document[i]);
}

int
registry_use(struct registry *r, struct document *d)
{
	size_t i;

	for (i = 0; i < r->ndocuments; i++)
		if (r->document[i]->kind == d->kind &&
		    memcmp(r->document[i]->object, d->object, UUID_LEN) == 0 &&
		    memcmp(r->document[i]->publisher, d->publisher,
			PUBKEY_LEN) == 0)
			break;
	if (i == REGISTRY_MAX)
		return (-1);
	if (i == r->ndocuments)
		r->ndocuments++;
	else
		document_free(r->document[i]);
	r->document[i] = d;
	settle(r);
	return (0);
}
