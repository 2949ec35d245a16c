/*
 * What the tests of the activator share: a publisher with a product and a
 * certificate, an activator whose outlets are recorded, a store that answers
 * honestly or lies, and machines that seal requests.
 */
#ifndef TESTS_ACTIVATOR_FIXTURE_H
#define TESTS_ACTIVATOR_FIXTURE_H

#include "activator/activator.h"

#define FIXTURE_NOW INT64_C(1795341600) /* 2026-11-22T10:00:00Z */
#define FIXTURE_BOOT INT64_C(5000000) /* milliseconds */
#define FIXTURE_ENTRIES 2048
#define FIXTURE_CAPTURED 1100
#define MACHINE_BOX_MAX 2048
#define SIGNED_MAX (PRODUCT_MAX + SIGNIFY_OVERHEAD_MAX)

/* How the store lies; in the outcome of the batch's last record. */
enum lie {
	LIE_NONE,
	LIE_HASH,
	LIE_INDEX,
	LIE_NO_INDEX,
	LIE_ID,
	LIE_KIND,
	LIE_CODE,
	LIE_SERIAL,
	LIE_BELOW, /* a grant below the threshold */
	LIE_NEEDED, /* a lower threshold than the product's */
	LIE_TIME, /* another text, and the hash of that */
	LIE_MORE, /* one outcome too many */
	LIE_FEWER,
	LIE_SIZE,
	LIE_ENTERED /* an entry where a decision is due */
};

struct captured {
	uint32_t slot;
	uint32_t code; /* of an error; 0: a sealed reply */
	bool close;
	uint8_t nonce[SEALBOX_NONCE_LEN];
	uint8_t box[WIRE_BOX_MAX];
	size_t box_len;
};

struct sent {
	char kind; /* d, e, k, l as in events */
	uint32_t id;
	struct as_decide decide;
	char text[ENTRY_MAX + 1];
	size_t len;
};

struct machine {
	uint8_t public[32], secret[32];
	uint8_t shared[SEALBOX_SHARED_LEN];
	uint8_t half[SEALBOX_HALF_LEN];
	struct doc_request request; /* the newest */
};

struct fixture {
	struct pubkey publisher, issuer, other;
	struct seckey publisher_key, issuer_key, other_key, host_key;
	struct doc_product product;
	struct doc_host host;
	struct arena arena;
	struct limits limits;
	struct activator *a;
	struct ktime now;
	int64_t boot_ms;
	char error[MESSAGE_ERROR_MAX];

	/* As the parent keeps them. */
	char anchor[ANCHOR_MAX], manifest[MANIFEST_MAX];
	size_t anchor_len, manifest_len;
	uint32_t manifest_sequence;
	bool anchor_blocked;

	/* The store. */
	struct as_state state;
	char entry[FIXTURE_ENTRIES][ENTRY_MAX + 1];
	size_t entry_len[FIXTURE_ENTRIES];
	char document[REGISTRY_MAX][SIGNED_MAX];
	size_t document_len[REGISTRY_MAX];
	size_t ndocuments;
	struct as_stored_log older[LOGS_MAX]; /* logs, the newest first */
	char older_note[LOGS_MAX][CHECKPOINT_MAX];
	size_t nolder;
	uint64_t count, serial;
	uint32_t refuse; /* every activation with this code; CODE_OK: grant */
	uint8_t refuse_kind;
	struct as_batch batch;
	struct sent sent[BATCH_MAX];
	size_t nsent;
	bool complete;

	/*
	 * In order: b batch, d decide, e enter, k document, l log, E its end,
	 * A anchor, M manifest, S serving, W rollback, O offer, R reply, X
	 * error, D done, T text, Z restart, F drained, C create.
	 */
	char events[8192];
	size_t nevents, handled; /* of them, by fixture_catch_up() */
	struct captured captured[FIXTURE_CAPTURED];
	size_t ncaptured;
	struct la_product offered[REGISTRY_MAX];
	size_t noffered, offered_certificates, offered_documents;
	bool any_certificate;
	char seal[SIGNED_SEAL_MAX]; /* of the first certificate */
	size_t seal_len;
	char why[1024], said[8192]; /* said: lines */
	struct admin_done done;
	char text[SIGNED_MAX];
	size_t text_len;
	uint64_t read_first;
};

/* cmocka's: an activator that is serving the product, or not yet started. */
int fixture_serving(void **);
int fixture_fresh(void **);
int fixture_teardown(void **);

/* Makes the activator again, as a new generation, from what was kept. */
void fixture_restart(struct fixture *);

/* Answers what the activator asks at its start, until it asks no more. */
void fixture_catch_up(struct fixture *);

/* Signed documents; return the length. */
size_t fixture_sign_product(struct fixture *, const struct doc_product *,
    const struct seckey *, char *);
size_t fixture_sign_host(
    struct fixture *, const struct doc_host *, const struct seckey *, char *);
size_t fixture_sign_revocation(struct fixture *, const struct doc_revocation *,
    const struct seckey *, char *);

/* Puts a document straight into the store. */
void fixture_store(struct fixture *, const char *, size_t);

/* The manifest lists product and certificate; the activator is made again. */
void fixture_list(struct fixture *);

/*
 * Puts an older log into the store, behind those that are there: a checkpoint
 * of this size, signed by this key.
 */
void fixture_older(
    struct fixture *, const uint8_t[UUID_LEN], const struct seckey *, uint64_t);

/* Asks for an install, and goes all the way to the answer. */
void fixture_install(struct fixture *, const char *, size_t);

/* One turn that answers what is under way; the last call's result. */
int fixture_answer(struct fixture *, enum lie);
void fixture_turn(struct fixture *);
void fixture_clear(struct fixture *);
void fixture_pass(struct fixture *, int64_t seconds);

/* A machine; a good request of it; sealed, as the listener passes it on. */
void machine_make(struct machine *);
void machine_fill(struct fixture *, struct machine *, int verb);
void machine_seal(struct fixture *, struct machine *, uint32_t slot,
    struct la_request *, uint8_t[MACHINE_BOX_MAX]);
int machine_send(struct fixture *, struct machine *, uint32_t slot);

/* The text of a captured reply; -1 if it does not open. */
int machine_open(const struct machine *, const struct captured *,
    char[WIRE_BOX_MAX], struct doc_reply *);

#endif
