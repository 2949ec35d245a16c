/*
 * Frames between client and host, written and read field by field.  A writer
 * or reader that once ran out of room stays so, and is asked at the end.
 */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "common/wire.h"

#define HEAD_LEN 3 /* length field and type */

struct writer {
	uint8_t *buf;
	size_t len;
	size_t size; /* of the buffer, or less where the frame's limit is */
	bool failed;
};

struct reader {
	const uint8_t *p;
	size_t left;
	bool failed;
};

static void
put(struct writer *w, const void *data, size_t len)
{
	if (w->failed || len > w->size - w->len) {
		w->failed = true;
		return;
	}
	if (len > 0)
		memcpy(w->buf + w->len, data, len);
	w->len += len;
}

static void
put_u8(struct writer *w, unsigned int v)
{
	const uint8_t b = (uint8_t)v;

	put(w, &b, sizeof(b));
}

static void
put_u16(struct writer *w, size_t v)
{
	const uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	put(w, b, sizeof(b));
}

static void
put_u32(struct writer *w, uint32_t v)
{
	const uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
		(uint8_t)(v >> 8), (uint8_t)v };

	put(w, b, sizeof(b));
}

/* Bytes with their number in front of them. */
static void
put_prefixed(struct writer *w, const void *data, size_t len)
{
	if (len > UINT16_MAX)
		w->failed = true;
	put_u16(w, len);
	put(w, data, len);
}

/* Begins a frame whose length field is at most max. */
static void
begin(struct writer *w, enum wire_type type, size_t max, uint8_t *buf,
    size_t size)
{
	w->buf = buf;
	w->len = 0;
	w->size = size < max + 2 ? size : max + 2;
	w->failed = false;
	put_u16(w, 0);
	put_u8(w, type);
}

/* Fills in the length field.  Returns the frame's whole length, or -1. */
static int
finish(struct writer *w)
{
	if (w->failed)
		return (-1);
	w->buf[0] = (uint8_t)((w->len - 2) >> 8);
	w->buf[1] = (uint8_t)(w->len - 2);
	return ((int)w->len);
}

/* The next len bytes, or NULL. */
static const uint8_t *
take(struct reader *r, size_t len)
{
	const uint8_t *p = r->p;

	if (r->failed || len > r->left) {
		r->failed = true;
		return (NULL);
	}
	r->p += len;
	r->left -= len;
	return (p);
}

static void
get(struct reader *r, void *data, size_t len)
{
	const uint8_t *p;

	if ((p = take(r, len)) != NULL)
		memcpy(data, p, len);
}

static unsigned int
get_u8(struct reader *r)
{
	const uint8_t *p;

	return ((p = take(r, 1)) == NULL ? 0 : p[0]);
}

static uint16_t
get_u16(struct reader *r)
{
	const uint8_t *p;

	if ((p = take(r, 2)) == NULL)
		return (0);
	return ((uint16_t)(p[0] << 8 | p[1]));
}

static uint32_t
get_u32(struct reader *r)
{
	const uint8_t *p;

	if ((p = take(r, 4)) == NULL)
		return (0);
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		(uint32_t)p[2] << 8 | p[3]);
}

static const char *
get_prefixed(struct reader *r, size_t *len)
{
	*len = get_u16(r);
	return ((const char *)take(r, *len));
}

/* The box is the rest of the payload, and there is one. */
static const uint8_t *
get_box(struct reader *r, size_t *len)
{
	*len = r->left;
	if (*len == 0)
		r->failed = true;
	return (take(r, *len));
}

/* 0 if all was there and nothing is left, else -1. */
static int
finished(const struct reader *r)
{
	return (r->failed || r->left > 0 ? -1 : 0);
}

int
wire_frame(const uint8_t *buf, size_t len, size_t max)
{
	size_t n;

	if (len < 2)
		return (0);
	n = (size_t)buf[0] << 8 | buf[1];
	if (n == 0 || n > max)
		return (-1);
	return (len < n + 2 ? 0 : (int)(n + 2));
}

int
wire_put_hello(const struct wire_hello *m, uint8_t *buf, size_t size)
{
	struct writer w;

	begin(&w, WIRE_HELLO, WIRE_CLIENT_MAX, buf, size);
	put(&w, m->keynum, sizeof(m->keynum));
	put(&w, m->product, sizeof(m->product));
	return (finish(&w));
}

int
wire_put_hello_reply(
    const struct wire_hello_reply *m, uint8_t *buf, size_t size)
{
	struct writer w;

	begin(&w, WIRE_HELLO_REPLY, WIRE_HOST_MAX, buf, size);
	put(&w, m->challenge, sizeof(m->challenge));
	put_u32(&w, m->product_revision);
	put_u32(&w, m->revocation_revision);
	put_prefixed(&w, m->host, m->host_len);
	put_prefixed(&w, m->seal, m->seal_len);
	return (finish(&w));
}

int
wire_put_fetch(enum wire_fetch what, uint8_t *buf, size_t size)
{
	struct writer w;

	begin(&w, WIRE_FETCH, WIRE_CLIENT_MAX, buf, size);
	put_u8(&w, what);
	return (finish(&w));
}

int
wire_put_fetched(const char *document, size_t len, uint8_t *buf, size_t size)
{
	struct writer w;

	begin(&w, WIRE_FETCHED, WIRE_HOST_MAX, buf, size);
	put(&w, document, len);
	return (finish(&w));
}

int
wire_put_sealed(const struct wire_sealed *m, uint8_t *buf, size_t size)
{
	struct writer w;

	begin(&w, WIRE_SEALED, WIRE_CLIENT_MAX, buf, size);
	put(&w, m->seal, sizeof(m->seal));
	put(&w, m->machine, sizeof(m->machine));
	put(&w, m->half, sizeof(m->half));
	put(&w, m->box, m->box_len);
	return (m->box_len == 0 ? -1 : finish(&w));
}

int
wire_put_sealed_reply(
    const struct wire_sealed_reply *m, uint8_t *buf, size_t size)
{
	struct writer w;

	begin(&w, WIRE_SEALED_REPLY, WIRE_HOST_MAX, buf, size);
	put(&w, m->nonce, sizeof(m->nonce));
	put(&w, m->box, m->box_len);
	if (m->box_len == 0 || m->box_len > WIRE_BOX_MAX)
		return (-1);
	return (finish(&w));
}

int
wire_put_error(const struct wire_error *m, uint8_t *buf, size_t size)
{
	struct writer w;

	begin(&w, WIRE_ERROR, WIRE_HOST_MAX, buf, size);
	put_u32(&w, m->code);
	put_u32(&w, m->retry_after);
	put_prefixed(&w, m->text, m->text_len);
	return (m->text_len > WIRE_TEXT_MAX ? -1 : finish(&w));
}

int
wire_get_hello(const uint8_t *payload, size_t len, struct wire_hello *m)
{
	struct reader r = { payload, len, false };

	memset(m, 0, sizeof(*m));
	get(&r, m->keynum, sizeof(m->keynum));
	get(&r, m->product, sizeof(m->product));
	return (finished(&r));
}

int
wire_get_hello_reply(
    const uint8_t *payload, size_t len, struct wire_hello_reply *m)
{
	struct reader r = { payload, len, false };

	memset(m, 0, sizeof(*m));
	get(&r, m->challenge, sizeof(m->challenge));
	m->product_revision = get_u32(&r);
	m->revocation_revision = get_u32(&r);
	m->host = get_prefixed(&r, &m->host_len);
	m->seal = get_prefixed(&r, &m->seal_len);
	return (finished(&r));
}

int
wire_get_fetch(const uint8_t *payload, size_t len, enum wire_fetch *what)
{
	struct reader r = { payload, len, false };
	unsigned int v;

	v = get_u8(&r);
	if (finished(&r) == -1 || (v != FETCH_PRODUCT && v != FETCH_REVOCATION))
		return (-1);
	*what = v == FETCH_PRODUCT ? FETCH_PRODUCT : FETCH_REVOCATION;
	return (0);
}

int
wire_get_sealed(const uint8_t *payload, size_t len, struct wire_sealed *m)
{
	struct reader r = { payload, len, false };

	memset(m, 0, sizeof(*m));
	get(&r, m->seal, sizeof(m->seal));
	get(&r, m->machine, sizeof(m->machine));
	get(&r, m->half, sizeof(m->half));
	m->box = get_box(&r, &m->box_len);
	return (finished(&r));
}

int
wire_get_sealed_reply(
    const uint8_t *payload, size_t len, struct wire_sealed_reply *m)
{
	struct reader r = { payload, len, false };

	memset(m, 0, sizeof(*m));
	get(&r, m->nonce, sizeof(m->nonce));
	m->box = get_box(&r, &m->box_len);
	return (m->box_len > WIRE_BOX_MAX ? -1 : finished(&r));
}

int
wire_get_error(const uint8_t *payload, size_t len, struct wire_error *m)
{
	struct reader r = { payload, len, false };

	memset(m, 0, sizeof(*m));
	m->code = get_u32(&r);
	m->retry_after = get_u32(&r);
	m->text = get_prefixed(&r, &m->text_len);
	return (m->text_len > WIRE_TEXT_MAX ? -1 : finished(&r));
}

const char *
wire_guess(const uint8_t *buf, size_t len)
{
	static const struct {
		const char *name;
		const char *start;
		size_t len;
	} guesses[] = {
		{ "tls", "\x16\x03", 2 }, /* handshake, SSL 3.0 and later */
		{ "dce-rpc", "\x05\x00\x0b", 3 }, /* bind */
		{ "ssh", "SSH-", 4 }, { "http", "GET ", 4 },
		{ "http", "HEAD ", 5 }, { "http", "POST ", 5 },
		{ "http", "PUT ", 4 }, { "http", "OPTIONS ", 8 },
		{ "http", "CONNECT ", 8 },
		{ "http", "PRI * HTTP/", 11 }, /* version 2 */
	};
	size_t i;

	for (i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++) {
		if (len >= guesses[i].len &&
		    memcmp(buf, guesses[i].start, guesses[i].len) == 0)
			return (guesses[i].name);
	}
	return ("unknown");
}
