/*
 * Whether a host's words are believed, in the order of doc/protocol.md, "What
 * a client checks".  Pure functions: they change nothing but what they fill.
 */
#ifndef CLIENT_BELIEVE_H
#define CLIENT_BELIEVE_H

#include "client/failure.h"
#include "common/sealbox.h"
#include "common/trust.h"
#include "common/wire.h"

#define BELIEVE_REPLY_MS 60000 /* a reply that is older is dropped */

/* What a host offers, once its signatures and dates are verified. */
struct offer {
	struct doc_host host;
	struct doc_seal seal;
	uint8_t challenge[CHALLENGE_LEN];
};

/* What was asked. */
struct question {
	uint8_t shared[SEALBOX_SHARED_LEN];
	uint8_t half[SEALBOX_HALF_LEN];
	uint8_t nonce[REQUEST_NONCE_LEN];
	int verb;
};

/* A believed reply; the grant stands in text. */
struct answer {
	struct doc_reply reply;
	char text[WIRE_BOX_MAX];
	const char *grant; /* NULL: none */
	size_t grant_len;
};

/* The hello-reply, at this machine's time. */
int believe_offer(const struct doc_product *, struct ktime,
    const struct wire_hello_reply *, struct offer *, struct failure *);

/*
 * The payload of a sealed-reply that came so many milliseconds after the
 * request was sent.
 */
int believe_reply(const struct question *, const struct doc_seal *, int64_t,
    const uint8_t *, size_t, struct answer *, struct failure *);

#endif
