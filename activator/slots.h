/*
 * The table of what is under way: requests of clients, and entries, documents
 * and logs of our own.  A slot's number is its id at the store.
 */
#ifndef ACTIVATOR_SLOTS_H
#define ACTIVATOR_SLOTS_H

#include "activator/registry.h"
#include "common/ipc_admin.h"
#include "common/sealbox.h"

#define SLOTS_REQUESTS LISTENER_CREDITS
#define SLOTS (SLOTS_REQUESTS + CONTROL_CREDITS)
#define SLOT_NONE 0xffff
#define SLOT_BUCKETS 2048 /* of (machine, product), a power of two */

enum slot_kind {
	SLOT_FREE,
	SLOT_REQUEST,
	SLOT_ENTRY,
	SLOT_DOCUMENT,
	SLOT_LOG,
	SLOT_CLOCK /* its entry alone, and then the answer */
};

/* A request, decided as far as we can. */
struct slot_request {
	uint32_t connection; /* the listener's slot */
	uint8_t half[SEALBOX_HALF_LEN];
	uint8_t nonce[REQUEST_NONCE_LEN];
	int verb;
	int64_t validity, renew, retry; /* seconds, of the product */
	struct ktime not_after; /* of the certificate */
	struct as_decide decide;
};

/* An entry of our own, alone or with what it tells of. */
struct slot_own {
	const struct message_type *type;
	union entry entry;
	const struct document *document; /* SLOT_DOCUMENT */
	uint8_t store[UUID_LEN], log[UUID_LEN]; /* SLOT_LOG */
};

struct slot {
	enum slot_kind kind;
	uint16_t next; /* free list, or queue */
	uint16_t chain; /* of the bucket */
	union {
		struct slot_request request;
		struct slot_own own;
	} u;
};

struct slots {
	struct slot slot[SLOTS];
	uint16_t free_requests, free_own;
	uint16_t head, tail; /* waiting for a batch */
	size_t waiting, under_way;
	uint16_t bucket[SLOT_BUCKETS];
	uint8_t hash_key[16]; /* crypto_shorthash */
};

void slots_init(struct slots *);

/* A free slot, or SLOT_NONE. */
uint16_t slots_take_request(struct slots *);
uint16_t slots_take_own(struct slots *, enum slot_kind);

/* Puts a slot into the queue for the next batch. */
void slots_queue(struct slots *, uint16_t);

/* Takes the first of the queue, or SLOT_NONE. */
uint16_t slots_next(struct slots *);

/* The slot is done with, and free again. */
void slots_free(struct slots *, uint16_t);

/*
 * Enters the slot's machine and product as in flight.  Returns -1 if another
 * slot has the same, else 0.  slots_free() takes it out.
 */
int slots_enter(struct slots *, uint16_t);

#endif
