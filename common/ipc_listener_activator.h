/*
 * The channel between listener and activator: sealed requests one way, what
 * hello needs and sealed replies the other.  The records, their encoders and
 * decoders; the rules stand in listener/dispatch.c and activator/dispatch.c.
 */
#ifndef COMMON_IPC_LISTENER_ACTIVATOR_H
#define COMMON_IPC_LISTENER_ACTIVATOR_H

#include "common/ipc.h"
#include "common/wire.h"

#define LISTENER_CREDITS 1024 /* requests under way at most */
#define SOURCE_LEN 16 /* IPv6 address, or IPv4-mapped */
#define OFFER_CERTIFICATES_MAX 32
#define OFFER_PRODUCTS_MAX 256
#define OFFER_NO_CERTIFICATE 0xffff
/* A signed kms-host or kms-seal, a signed kms-product or kms-revocation. */
#define OFFER_HOST_MAX (HOSTDOC_MAX + 192)
#define OFFER_SEAL_MAX (SEAL_MAX + 192)
#define OFFER_DOCUMENT_MAX (PRODUCT_MAX + 192)

enum listener_activator_record {
	/* Listener to activator. */
	REC_REQUEST = 1,
	REC_LISTENER_EVENTS, /* once a minute */

	/* Activator to listener: the offer replaces the one before as a whole. */
	REC_OFFER_BEGIN, /* nothing: u8 0 */
	REC_OFFER_CERTIFICATE,
	REC_OFFER_PRODUCT,
	REC_OFFER_DOCUMENT,
	REC_OFFER_END, /* bool: any certificate at all */
	REC_REPLY,
	REC_REPLY_ERROR
};

/* Ids are slots of the listener's own table of connections. */
struct la_request {
	uint32_t slot;
	uint8_t source[SOURCE_LEN];
	uint8_t challenge[CHALLENGE_LEN];
	struct wire_sealed sealed; /* box points into the packet */
};

struct la_reply {
	uint32_t slot;
	struct wire_sealed_reply reply; /* box points into the packet */
};

struct la_error {
	uint32_t slot;
	uint32_t code; /* common/codes.h */
	uint32_t retry_after; /* seconds */
	bool close; /* the connection, after it is sent */
	char text[WIRE_TEXT_MAX + 1];
};

struct la_certificate {
	uint16_t number; /* counts from 0 in an offer */
	const char *host, *seal; /* signed documents, in the packet */
	size_t host_len, seal_len;
};

struct la_product {
	uint8_t keynum[KEYNUM_LEN];
	uint8_t product[UUID_LEN];
	uint16_t certificate; /* number, or OFFER_NO_CERTIFICATE */
	uint32_t product_revision, revocation_revision;
};

/* A document that fetch may ask for. */
struct la_document {
	uint8_t keynum[KEYNUM_LEN];
	uint8_t product[UUID_LEN]; /* zero for a revocation */
	uint8_t which; /* enum wire_fetch */
	const char *text; /* signed, in the packet */
	size_t len;
};

/* What the listener alone saw and counts. */
enum listener_event {
	EVENT_MALFORMED, /* frame short, long, zero or unknown */
	EVENT_OTHER_PROTOCOL, /* TLS, HTTP, DCE/RPC */
	EVENT_RATE, /* source over its rate */
	EVENT_PER_SOURCE, /* source over its connections */
	EVENT_DEADLINE, /* slow connection closed */
	EVENT_BUSY, /* answered busy for want of credits */
	EVENT_NOT_COVERED, /* hello for an unknown product */
	EVENT_NOT_ACTIVATED, /* hello, and no certificate */
	LISTENER_EVENTS
};

extern const char *const listener_event_names[LISTENER_EVENTS];

struct la_events {
	uint64_t count[LISTENER_EVENTS]; /* since the last record */
};

/* Encoded records, for ipc_begin() and the rules. */
#define LA_REQUEST_MIN (4 + 16 + 16 + 8 + 32 + 12 + 2)
#define LA_REQUEST_MAX (LA_REQUEST_MIN + WIRE_CLIENT_MAX)
#define LA_REPLY_MAX (4 + 24 + 2 + WIRE_BOX_MAX)
#define LA_ERROR_MAX (4 + 4 + 4 + 1 + 2 + WIRE_TEXT_MAX)
#define LA_CERTIFICATE_MAX (2 + 2 + OFFER_HOST_MAX + 2 + OFFER_SEAL_MAX)
#define LA_PRODUCT_MAX (8 + 16 + 2 + 4 + 4)
#define LA_DOCUMENT_MAX (8 + 16 + 1 + 2 + OFFER_DOCUMENT_MAX)
#define LA_EVENTS_MAX (8 * LISTENER_EVENTS)

void la_put_request(struct ipc_writer *, const struct la_request *);
void la_get_request(struct ipc_reader *, struct la_request *);
void la_put_reply(struct ipc_writer *, const struct la_reply *);
void la_get_reply(struct ipc_reader *, struct la_reply *);
void la_put_error(struct ipc_writer *, const struct la_error *);
void la_get_error(struct ipc_reader *, struct la_error *);
void la_put_certificate(struct ipc_writer *, const struct la_certificate *);
void la_get_certificate(struct ipc_reader *, struct la_certificate *);
void la_put_product(struct ipc_writer *, const struct la_product *);
void la_get_product(struct ipc_reader *, struct la_product *);
void la_put_document(struct ipc_writer *, const struct la_document *);
void la_get_document(struct ipc_reader *, struct la_document *);
void la_put_events(struct ipc_writer *, const struct la_events *);
void la_get_events(struct ipc_reader *, struct la_events *);

#endif
