/*
 * A host within the test's own process, with a publisher, a product and a log
 * of its own.  What it says is genuine unless a test alters it: the documents
 * are signed anew for each hello from the structs here, and hooks alter what
 * stands in replies and grants.
 */
#ifndef TESTS_UNIT_FAKE_HOST_H
#define TESTS_UNIT_FAKE_HOST_H

#include <pthread.h>

#include "client/believe.h"
#include "client/kmsclient.h"
#include "common/checkpoint.h"
#include "common/entries.h"
#include "common/salt.h"

#define FAKE_REQUESTS_MAX 64
#define FAKE_DIGEST_LEN 32

struct pair {
	struct pubkey pub;
	struct seckey sec;
};

/* A frame of ours as it goes out, for hooks. */
struct fake_reply {
	struct doc_reply reply;
	struct entry_decision entry;
	const struct message_type *entry_type;
	bool with_grant;
	char grant[GRANT_MAX + 64];
	size_t grant_len;
	uint8_t nonce[SEALBOX_NONCE_LEN];
	uint8_t box[WIRE_BOX_MAX];
	size_t box_len;
};

struct fake_host {
	/* who signs what; tests exchange them */
	struct pair publisher, issuer, host, other;
	const struct seckey *host_signer, *seal_signer, *log_signer;
	/* documents */
	struct doc_product product;
	struct doc_host certificate;
	struct doc_seal seal;
	struct doc_product offered_product; /* what fetch gives */
	struct doc_revocation revocation; /* revision 0: none */
	uint32_t claimed; /* revision in hello-replies, 0: the true one */
	const struct seckey *product_signer, *revocation_signer;
	uint8_t seal_secret[32];
	/* the log */
	uint8_t log[UUID_LEN];
	struct tree_edge edge;
	uint8_t salt_key[SALT_KEY_LEN];
	uint64_t serial;
	/* hooks; NULL: nothing is altered */
	void (*alter)(struct fake_host *, struct fake_reply *);
	void (*alter_grant)(struct fake_host *, struct fake_reply *);
	void (*alter_sealed)(struct fake_host *, struct fake_reply *);
	/* what to do with sealed requests, counted down */
	int drop; /* so many connections are closed instead */
	int seal_unknown; /* so many error frames */
	uint32_t error; /* an error frame with this code for every hello */
	const char *error_text;
	const char *raw; /* bytes sent instead of a hello-reply */
	size_t raw_len;
	/* what was seen */
	struct doc_request request[FAKE_REQUESTS_MAX];
	size_t nrequests;
	unsigned int hellos, fetches;
	bool wrong_challenge;
	uint8_t before[FAKE_DIGEST_LEN]; /* state at the newest request */
	char dir[64]; /* the client's state directory */
	/* the thread */
	pthread_t thread;
	int listener;
	int port;
	uint8_t challenge[CHALLENGE_LEN];
	bool stop;
};

/* A host that grants, and an empty state directory. */
void fake_start(struct fake_host *);

/* Stops the thread, removes the state directory. */
void fake_stop(struct fake_host *);

/* A client of this host's product, with its state directory and identity. */
struct kmsclient *fake_client(const struct fake_host *);

/* "127.0.0.1:PORT" */
void fake_address(const struct fake_host *, char[32]);

/* A digest of all files' names and bytes below a folder. */
void fake_digest(const char *, uint8_t[FAKE_DIGEST_LEN]);

/* Removes a folder with all that is in it. */
void fake_remove(const char *);

/* A signed document. */
size_t fake_sign(const struct seckey *, const struct message_type *,
    const void *, char *, size_t);

/* A genuine grant of an entry in the host's log. */
void fake_grant(struct fake_host *, const struct message_type *,
    struct entry_decision *, char *, size_t, size_t *);

#endif
