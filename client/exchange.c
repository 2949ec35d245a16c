/* The frames of one conversation with a host, question and answer. */
#include "config.h"

#include <string.h>

#include "client/exchange.h"
#include "common/codes.h"
#include "common/ktime.h"

/* What an error frame says: nobody has signed it. */
static int
unverified(const struct received *r, struct failure *f)
{
	char text[4 * WIRE_TEXT_MAX + 1];
	struct wire_error e;

	if (wire_get_error(r->payload, r->len, &e) == -1)
		return (failure_set(f, CODE_PROTOCOL,
		    "what answers there is no kmsd: a malformed error"));
	failure_escape(text, sizeof(text), e.text, e.text_len);
	(void)failure_set(f, e.code, "it says (unverified): %s 0x%08X: %s",
	    code_name(e.code), e.code, text);
	f->unverified = e.code;
	return (-1);
}

/* Receives the answer of this type. */
static int
expect(struct connection *c, enum wire_type type, int64_t ms,
    struct received *r, struct failure *f)
{
	if (connection_receive(c, r, ms, f) == -1)
		return (-1);
	if (r->type == type)
		return (0);
	if (r->type == WIRE_ERROR)
		return (unverified(r, f));
	return (failure_set(f, CODE_PROTOCOL,
	    "what answers there is no kmsd: a frame of type 0x%02x where "
	    "0x%02x belongs",
	    (unsigned int)r->type, (unsigned int)type));
}

int
exchange_hello(struct connection *c, const struct pubkey *publisher,
    const uint8_t product[UUID_LEN], int64_t ms, struct wire_hello_reply *h,
    struct failure *f)
{
	uint8_t frame[2 + WIRE_CLIENT_MAX];
	struct wire_hello hello;
	struct received r;
	int len;

	memcpy(hello.keynum, publisher->keynum, sizeof(hello.keynum));
	memcpy(hello.product, product, sizeof(hello.product));
	len = wire_put_hello(&hello, frame, sizeof(frame));
	if (len == -1)
		return (failure_set(f, CODE_OK, "hello does not fit"));
	if (connection_send(c, frame, (size_t)len, ms, f) == -1 ||
	    expect(c, WIRE_HELLO_REPLY, ms, &r, f) == -1)
		return (-1);
	if (wire_get_hello_reply(r.payload, r.len, h) == -1)
		return (failure_check(f, CHECK_OFFER_FORM, NULL));
	return (0);
}

int
exchange_fetch(struct connection *c, enum wire_fetch which, int64_t ms,
    struct received *r, struct failure *f)
{
	uint8_t frame[2 + WIRE_CLIENT_MAX];
	int len;

	len = wire_put_fetch(which, frame, sizeof(frame));
	if (len == -1)
		return (failure_set(f, CODE_OK, "fetch does not fit"));
	if (connection_send(c, frame, (size_t)len, ms, f) == -1)
		return (-1);
	return (expect(c, WIRE_FETCHED, ms, r, f));
}

int
exchange_sealed(struct connection *c, const struct wire_sealed *sealed,
    int64_t ms, struct received *r, int64_t *age, struct failure *f)
{
	uint8_t frame[2 + WIRE_CLIENT_MAX];
	int64_t sent;
	int len;

	len = wire_put_sealed(sealed, frame, sizeof(frame));
	if (len == -1)
		return (failure_set(f, CODE_OK, "the request does not fit"));
	sent = ktime_boot_ms();
	if (connection_send(c, frame, (size_t)len, ms, f) == -1 ||
	    expect(c, WIRE_SEALED_REPLY, ms, r, f) == -1)
		return (-1);
	*age = ktime_boot_ms() - sent;
	return (0);
}
