/*
 * Chooses the certificate of each product, keeps its seal fresh, and sends
 * all of it to the listener when anything changed.
 */
#include "config.h"

#include <string.h>

#include "activator/activator.h"

/* The certificate's number in the offer; a new one if there is room. */
static uint16_t
number_of(struct offer *o, const struct document *certificate)
{
	size_t i;

	for (i = 0; i < o->ncertificates; i++)
		if (o->certificate[i] == certificate)
			return ((uint16_t)i);
	if (i == OFFER_CERTIFICATES_MAX)
		return (OFFER_NO_CERTIFICATE);
	o->certificate[o->ncertificates++] = certificate;
	return ((uint16_t)i);
}

static void
choose(const struct registry *r, struct ktime now, struct offer *o)
{
	const struct document *certificate;
	size_t i;

	memset(o, 0, sizeof(*o));
	for (i = 0; i < r->ndocuments; i++) {
		o->number[i] = OFFER_NO_CERTIFICATE;
		if (r->document[i]->kind != DOCUMENT_PRODUCT)
			continue;
		certificate = registry_serving(r, r->document[i], now);
		if (certificate != NULL)
			o->number[i] = number_of(o, certificate);
	}
}

static bool
is_same(const struct offer *a, const struct offer *b)
{
	return (a->ncertificates == b->ncertificates &&
		memcmp(a->certificate, b->certificate,
		    sizeof(a->certificate)) == 0 &&
		memcmp(a->number, b->number, sizeof(a->number)) == 0);
}

static void
send_certificates(struct activator *a, const struct offer *o)
{
	struct la_certificate c;
	const struct seal *seal;
	size_t i;

	for (i = 0; i < o->ncertificates; i++) {
		seal = seals_offered(&a->seals, o->certificate[i]->object);
		c.number = (uint16_t)i;
		c.host = o->certificate[i]->bytes;
		c.host_len = o->certificate[i]->len;
		c.seal = seal->text;
		c.seal_len = seal->len;
		a->out.offer_certificate(a->out.ctx, &c);
	}
}

static void
send_product(struct activator *a, const struct document *d, uint16_t number)
{
	static const uint8_t zero[UUID_LEN];
	const struct document *list;
	struct la_product p;
	struct pubkey key;

	memset(&p, 0, sizeof(p));
	(void)pubkey_from_blob(d->publisher, &key);
	memcpy(p.keynum, key.keynum, KEYNUM_LEN);
	memcpy(p.product, d->object, UUID_LEN);
	p.certificate = number;
	p.product_revision = (uint32_t)d->revision;
	list = registry_find(
	    &a->registry, DOCUMENT_REVOCATION, d->publisher, zero);
	if (list != NULL)
		p.revocation_revision = (uint32_t)list->revision;
	a->out.offer_product(a->out.ctx, &p);
}

static void
send_document(struct activator *a, const struct document *d)
{
	struct la_document r;
	struct pubkey key;

	memset(&r, 0, sizeof(r));
	(void)pubkey_from_blob(d->publisher, &key);
	memcpy(r.keynum, key.keynum, KEYNUM_LEN);
	memcpy(r.product, d->object, UUID_LEN);
	r.which =
	    d->kind == DOCUMENT_PRODUCT ? FETCH_PRODUCT : FETCH_REVOCATION;
	r.text = d->bytes;
	r.len = d->len;
	a->out.offer_document(a->out.ctx, &r);
}

static void
send_offer(struct activator *a, const struct offer *o)
{
	const struct registry *r = &a->registry;
	size_t i;

	a->out.offer_begin(a->out.ctx);
	send_certificates(a, o);
	for (i = 0; i < r->ndocuments; i++)
		if (r->document[i]->kind == DOCUMENT_PRODUCT)
			send_product(a, r->document[i], o->number[i]);
	for (i = 0; i < r->ndocuments; i++)
		if (r->document[i]->kind != DOCUMENT_HOST)
			send_document(a, r->document[i]);
	a->out.offer_end(a->out.ctx, o->ncertificates != 0);
}

int
offer_update(struct activator *a, char *error)
{
	struct offer next;
	int changed;

	notice_update(a);
	choose(&a->registry, a->now, &next);
	changed = seals_update(&a->seals, next.certificate, next.ncertificates,
	    a->now, a->boot_ms, error);
	if (changed == -1)
		return (-1);
	if (changed == 0 && a->offer.sent && is_same(&next, &a->offer))
		return (0);
	send_offer(a, &next);
	a->offer = next;
	a->offer.sent = true;
	return (0);
}

void
offer_changed(struct activator *a)
{
	a->offer.sent = false;
}
