/* Records between listener and activator. */
#include "config.h"

#include "common/ipc_listener_activator.h"

const char *const listener_event_names[LISTENER_EVENTS] = {
	"frames-malformed",
	"other-protocol",
	"rate-exceeded",
	"source-connections",
	"deadline",
	"busy",
	"not-covered",
	"not-activated",
};

void
la_put_request(struct ipc_writer *w, const struct la_request *r)
{
	ipc_put_u32(w, r->slot);
	ipc_put_bytes(w, r->source, sizeof(r->source));
	ipc_put_bytes(w, r->challenge, sizeof(r->challenge));
	ipc_put_bytes(w, r->sealed.seal, sizeof(r->sealed.seal));
	ipc_put_bytes(w, r->sealed.machine, sizeof(r->sealed.machine));
	ipc_put_bytes(w, r->sealed.half, sizeof(r->sealed.half));
	ipc_put_blob(w, r->sealed.box, r->sealed.box_len);
}

void
la_get_request(struct ipc_reader *p, struct la_request *r)
{
	r->slot = ipc_get_u32(p);
	ipc_get_bytes(p, r->source, sizeof(r->source));
	ipc_get_bytes(p, r->challenge, sizeof(r->challenge));
	ipc_get_bytes(p, r->sealed.seal, sizeof(r->sealed.seal));
	ipc_get_bytes(p, r->sealed.machine, sizeof(r->sealed.machine));
	ipc_get_bytes(p, r->sealed.half, sizeof(r->sealed.half));
	r->sealed.box = ipc_get_blob(p, WIRE_CLIENT_MAX, &r->sealed.box_len);
}

void
la_put_reply(struct ipc_writer *w, const struct la_reply *r)
{
	ipc_put_u32(w, r->slot);
	ipc_put_bytes(w, r->reply.nonce, sizeof(r->reply.nonce));
	ipc_put_blob(w, r->reply.box, r->reply.box_len);
}

void
la_get_reply(struct ipc_reader *p, struct la_reply *r)
{
	r->slot = ipc_get_u32(p);
	ipc_get_bytes(p, r->reply.nonce, sizeof(r->reply.nonce));
	r->reply.box = ipc_get_blob(p, WIRE_BOX_MAX, &r->reply.box_len);
}

void
la_put_error(struct ipc_writer *w, const struct la_error *e)
{
	ipc_put_u32(w, e->slot);
	ipc_put_u32(w, e->code);
	ipc_put_u32(w, e->retry_after);
	ipc_put_bool(w, e->close);
	ipc_put_string(w, e->text);
}

void
la_get_error(struct ipc_reader *p, struct la_error *e)
{
	e->slot = ipc_get_u32(p);
	e->code = ipc_get_u32(p);
	e->retry_after = ipc_get_u32(p);
	e->close = ipc_get_bool(p);
	ipc_get_string(p, e->text, sizeof(e->text));
}

void
la_put_certificate(struct ipc_writer *w, const struct la_certificate *c)
{
	ipc_put_u16(w, c->number);
	ipc_put_blob(w, c->host, c->host_len);
	ipc_put_blob(w, c->seal, c->seal_len);
}

void
la_get_certificate(struct ipc_reader *p, struct la_certificate *c)
{
	c->number = ipc_get_u16(p);
	c->host = (const char *)ipc_get_blob(p, OFFER_HOST_MAX, &c->host_len);
	c->seal = (const char *)ipc_get_blob(p, OFFER_SEAL_MAX, &c->seal_len);
	if (c->number >= OFFER_CERTIFICATES_MAX)
		p->bad = true;
}

void
la_put_product(struct ipc_writer *w, const struct la_product *r)
{
	ipc_put_bytes(w, r->keynum, sizeof(r->keynum));
	ipc_put_bytes(w, r->product, sizeof(r->product));
	ipc_put_u16(w, r->certificate);
	ipc_put_u32(w, r->product_revision);
	ipc_put_u32(w, r->revocation_revision);
}

void
la_get_product(struct ipc_reader *p, struct la_product *r)
{
	ipc_get_bytes(p, r->keynum, sizeof(r->keynum));
	ipc_get_bytes(p, r->product, sizeof(r->product));
	r->certificate = ipc_get_u16(p);
	r->product_revision = ipc_get_u32(p);
	r->revocation_revision = ipc_get_u32(p);
	if (r->certificate >= OFFER_CERTIFICATES_MAX &&
	    r->certificate != OFFER_NO_CERTIFICATE)
		p->bad = true;
}

void
la_put_document(struct ipc_writer *w, const struct la_document *d)
{
	ipc_put_bytes(w, d->keynum, sizeof(d->keynum));
	ipc_put_bytes(w, d->product, sizeof(d->product));
	ipc_put_u8(w, d->which);
	ipc_put_blob(w, d->text, d->len);
}

void
la_get_document(struct ipc_reader *p, struct la_document *d)
{
	ipc_get_bytes(p, d->keynum, sizeof(d->keynum));
	ipc_get_bytes(p, d->product, sizeof(d->product));
	d->which = ipc_get_u8(p);
	d->text = (const char *)ipc_get_blob(p, OFFER_DOCUMENT_MAX, &d->len);
	if (d->which != FETCH_PRODUCT && d->which != FETCH_REVOCATION)
		p->bad = true;
}

void
la_put_events(struct ipc_writer *w, const struct la_events *e)
{
	size_t i;

	for (i = 0; i < LISTENER_EVENTS; i++)
		ipc_put_u64(w, e->count[i]);
}

void
la_get_events(struct ipc_reader *p, struct la_events *e)
{
	size_t i;

	for (i = 0; i < LISTENER_EVENTS; i++) {
		e->count[i] = ipc_get_u64(p);
		/* More than a minute can bring: sums must stay countable. */
		if (e->count[i] > UINT32_MAX)
			p->bad = true;
	}
}
