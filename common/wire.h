/*
 * Frames between client and host (doc/protocol.md, "Frames"): length u16,
 * type u8, payload; big endian, the length counts type and payload.  Needs no
 * cryptography: the listener links it.
 */
#ifndef COMMON_WIRE_H
#define COMMON_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "common/documents.h"

#define WIRE_PORT 1688
#define WIRE_CLIENT_MAX 1100 /* length field of a frame from a client */
#define WIRE_HOST_MAX 17408 /* of a frame from a host: one document */
#define WIRE_BOX_MAX 6144 /* box of a reply */
#define WIRE_TEXT_MAX 200 /* text of an error frame */

enum wire_type {
	WIRE_HELLO = 0x01,
	WIRE_SEALED = 0x02,
	WIRE_FETCH = 0x03,
	WIRE_HELLO_REPLY = 0x81,
	WIRE_SEALED_REPLY = 0x82,
	WIRE_FETCHED = 0x83,
	WIRE_ERROR = 0xff
};

enum wire_fetch {
	FETCH_PRODUCT = 1,
	FETCH_REVOCATION = 2
};

struct wire_hello {
	uint8_t keynum[KEYNUM_LEN];
	uint8_t product[UUID_LEN];
};

struct wire_hello_reply {
	uint8_t challenge[CHALLENGE_LEN];
	uint32_t product_revision, revocation_revision;
	const char *host; /* signed kms-host, not NUL-terminated */
	size_t host_len;
	const char *seal; /* signed kms-seal */
	size_t seal_len;
};

struct wire_sealed {
	uint8_t seal[SEAL_ID_LEN];
	uint8_t machine[MACHINE_KEY_LEN];
	uint8_t half[12];
	const uint8_t *box;
	size_t box_len;
};

struct wire_sealed_reply {
	uint8_t nonce[24];
	const uint8_t *box;
	size_t box_len;
};

struct wire_error {
	uint32_t code; /* common/codes.h */
	uint32_t retry_after; /* seconds, 0: no advice */
	const char *text; /* not NUL-terminated, unverified */
	size_t text_len;
};

/*
 * Looks at the first bytes of a stream.  Returns the length of the whole
 * frame with its length field, 0 if more bytes are needed to tell or the
 * frame is not complete, -1 if the length is zero or over max.
 */
int wire_frame(const uint8_t *, size_t, size_t);

/*
 * Encoders: write a whole frame.  Return its length, or -1 if the buffer or
 * the frame's limit is too small for it.
 */
int wire_put_hello(const struct wire_hello *, uint8_t *, size_t);
int wire_put_hello_reply(const struct wire_hello_reply *, uint8_t *, size_t);
int wire_put_fetch(enum wire_fetch, uint8_t *, size_t);
int wire_put_fetched(const char *, size_t, uint8_t *, size_t);
int wire_put_sealed(const struct wire_sealed *, uint8_t *, size_t);
int wire_put_sealed_reply(const struct wire_sealed_reply *, uint8_t *, size_t);
int wire_put_error(const struct wire_error *, uint8_t *, size_t);

/*
 * Decoders: take the payload behind the type.  Pointers in the struct point
 * into it.  Return 0, or -1 if it does not have exactly this form.
 */
int wire_get_hello(const uint8_t *, size_t, struct wire_hello *);
int wire_get_hello_reply(const uint8_t *, size_t, struct wire_hello_reply *);
int wire_get_fetch(const uint8_t *, size_t, enum wire_fetch *);
int wire_get_sealed(const uint8_t *, size_t, struct wire_sealed *);
int wire_get_sealed_reply(const uint8_t *, size_t, struct wire_sealed_reply *);
int wire_get_error(const uint8_t *, size_t, struct wire_error *);

/*
 * What the first bytes of a stream that is not ours look like: "tls", "http",
 * "dce-rpc", "ssh", or "unknown".
 */
const char *wire_guess(const uint8_t *, size_t);

#endif
