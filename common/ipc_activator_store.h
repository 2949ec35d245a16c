/*
 * The channel between activator and store: catching up at the start, then one
 * batch of records at a time, answered by one outcome each after the commit.
 * The records, their encoders and decoders; the rules stand in
 * activator/dispatch.c and store/dispatch.c.
 */
#ifndef COMMON_IPC_ACTIVATOR_STORE_H
#define COMMON_IPC_ACTIVATOR_STORE_H

#include "common/checkpoint.h"
#include "common/entries.h"
#include "common/ipc.h"
#include "common/ipc_listener_activator.h"

#define BATCH_MAX 256 /* records of a batch */
#define ENTRY_HASH_LEN 8 /* BLAKE2b of an entry's text, in outcomes */
#define DOCUMENT_BYTES_MAX (PRODUCT_MAX + 192) /* signed */

enum activator_store_record {
	/* Store to activator, first of all and after REC_STORE_CREATE. */
	REC_STORE_STATE = 1,

	/* Activator to store, catching up. */
	REC_STORE_CREATE, /* store uuid, log uuid: make a database */
	REC_READ_DOCUMENTS, /* u8 0 */
	REC_READ_ENTRIES, /* log uuid, u64 first index: a page */

	/* Store to activator, catching up. */
	REC_STORED_DOCUMENT, /* blob: signed document */
	REC_STORED_LOG, /* after the documents: an older log */
	REC_DOCUMENTS_END, /* u32: how many there were */
	REC_STORED_ENTRY, /* u64 index, blob: text */
	REC_ENTRIES_END, /* u64 next index, bool: more follow */

	/* Activator to store: a batch, n records after it. */
	REC_BATCH,
	REC_DECIDE,
	REC_ENTER, /* an entry that the activator printed */
	REC_KEEP_DOCUMENT, /* a document and its entry */
	REC_BEGIN_LOG, /* new log and store uuid, its first entry */

	/* Store to activator: one for each record of the batch, in order. */
	REC_OUTCOME,
	REC_ENTERED,
	/* And then: u64 size of the log after the commit. */
	REC_COMMITTED
};

struct as_state {
	bool exists; /* false: no database, rest zero */
	uint8_t store[UUID_LEN];
	uint8_t log[UUID_LEN]; /* the newest */
	uint64_t size; /* of that log */
	uint64_t checkpoint_size; /* newest kept checkpoint's, or 0 */
	struct ktime newest; /* time of its newest entry, or 0 */
	int32_t oldest_day; /* of the newest batch, 0: none yet */
};

/*
 * A log before the newest and the newest checkpoint of it that is kept, as a
 * signed note; the newest of these logs first, LOGS_MAX - 1 of them at most.
 */
struct as_stored_log {
	uint8_t log[UUID_LEN];
	const char *checkpoint;
	size_t checkpoint_len;
};

struct as_batch {
	/* Records that follow, to BATCH_MAX; 0 with a checkpoint alone. */
	uint16_t n;
	struct ktime time; /* of every entry in it */
	/*
	 * Machines count that were seen on this day or later: normally 30 days
	 * ago, further back while the host's clock is not to be trusted.
	 */
	int32_t oldest_day;
	/* A signed checkpoint of this log to keep, or length 0. */
	uint64_t checkpoint_size;
	const char *checkpoint;
	size_t checkpoint_len;
};

/*
 * One request, decided by the activator as far as it can.  The entry's time is
 * the batch's; count, and for a refusal code and name, are the store's.
 */
struct as_decide {
	uint32_t id; /* slot in the activator's table */
	/* VERB_ACTIVATE, or VERB_STATUS: count and needed only, no row. */
	uint8_t verb;
	struct entry_decision entry;
	char family[FAMILY_MAX + 1];
	uint64_t last; /* serial, of this store; 0: none */
	uint8_t nonce_hash[16]; /* of (nonce, verb, hardware) */
	uint8_t name_hash[16]; /* of the host name */
	bool count_virtual;
	uint64_t threshold;
	/* Limits, from kmsd.conf. */
	uint32_t skew; /* seconds */
	uint32_t decisions_per_day;
	uint32_t new_machines; /* an hour and source; 0: no limit */
	uint8_t source[SOURCE_LEN];
};

struct as_enter {
	uint32_t id;
	const char *text;
	size_t len;
};

struct as_document {
	uint32_t id;
	char type[ACTION_MAX + 1]; /* "kms-product" */
	uint8_t publisher[PUBKEY_LEN];
	uint8_t object[UUID_LEN]; /* product, serial, or zero */
	uint64_t revision;
	const char *bytes; /* signed document */
	size_t bytes_len;
	const char *entry; /* kms-change */
	size_t entry_len;
};

struct as_begin_log {
	uint32_t id;
	uint8_t store[UUID_LEN];
	uint8_t log[UUID_LEN];
	const char *entry; /* kms-rollback */
	size_t entry_len;
};

enum outcome_kind {
	OUTCOME_GRANT, /* entry kms-grant, always with an index */
	OUTCOME_REFUSAL, /* entry kms-refusal */
	OUTCOME_REPEATED, /* the same refusal today: counted, no entry */
	OUTCOME_NOTHING /* busy, protocol: nothing was stored */
};

struct as_outcome {
	uint32_t id;
	uint8_t kind; /* enum outcome_kind */
	uint32_t code; /* CODE_OK for a grant */
	uint64_t count, needed;
	uint64_t serial; /* 0 for OUTCOME_NOTHING */
	bool has_index;
	uint64_t index; /* of the entry in the log */
	uint8_t hash[ENTRY_HASH_LEN]; /* of its text */
};

struct as_entered {
	uint32_t id;
	uint64_t index;
	uint8_t hash[ENTRY_HASH_LEN];
};

/* Smallest and largest encoded records, for ipc_begin() and the rules. */
#define AS_STATE_MAX (1 + 16 + 16 + 8 + 8 + 8 + 4)
#define AS_BATCH_MIN (2 + 8 + 4 + 8 + 2)
#define AS_BATCH_MAX (AS_BATCH_MIN + CHECKPOINT_MAX)
#define AS_DECISION_MIN                                                     \
	(PUBKEY_LEN + 16 + 16 + MACHINE_ID_LEN + HARDWARE_LEN + 2 + 8 + 1 + \
	    8 + 1 + 8 + SALT_LEN)
#define AS_DECIDE_MIN                                                    \
	(4 + 1 + AS_DECISION_MIN + 2 + 8 + 16 + 16 + 1 + 8 + 4 + 4 + 4 + \
	    SOURCE_LEN)
#define AS_DECIDE_MAX (AS_DECIDE_MIN + HOST_MAX + FAMILY_MAX)
#define AS_ENTER_MIN (4 + 2)
#define AS_ENTER_MAX (AS_ENTER_MIN + ENTRY_MAX)
#define AS_DOCUMENT_MIN (4 + 2 + PUBKEY_LEN + 16 + 8 + 2 + 2)
#define AS_DOCUMENT_MAX \
	(AS_DOCUMENT_MIN + ACTION_MAX + DOCUMENT_BYTES_MAX + ENTRY_MAX)
#define AS_BEGIN_LOG_MIN (4 + 16 + 16 + 2)
#define AS_BEGIN_LOG_MAX (AS_BEGIN_LOG_MIN + ENTRY_MAX)
#define AS_OUTCOME_MAX (4 + 1 + 4 + 8 + 8 + 8 + 1 + 8 + ENTRY_HASH_LEN)
#define AS_ENTERED_MAX (4 + 8 + ENTRY_HASH_LEN)
#define AS_STORED_DOCUMENT_MAX (2 + DOCUMENT_BYTES_MAX)
#define AS_STORED_LOG_MAX (16 + 2 + CHECKPOINT_MAX)
#define AS_STORED_ENTRY_MAX (8 + 2 + ENTRY_MAX)

void as_put_state(struct ipc_writer *, const struct as_state *);
void as_get_state(struct ipc_reader *, struct as_state *);
void as_put_stored_log(struct ipc_writer *, const struct as_stored_log *);
void as_get_stored_log(struct ipc_reader *, struct as_stored_log *);
void as_put_batch(struct ipc_writer *, const struct as_batch *);
void as_get_batch(struct ipc_reader *, struct as_batch *);
void as_put_decide(struct ipc_writer *, const struct as_decide *);
void as_get_decide(struct ipc_reader *, struct as_decide *);
void as_put_enter(struct ipc_writer *, const struct as_enter *);
void as_get_enter(struct ipc_reader *, struct as_enter *);
void as_put_document(struct ipc_writer *, const struct as_document *);
void as_get_document(struct ipc_reader *, struct as_document *);
void as_put_begin_log(struct ipc_writer *, const struct as_begin_log *);
void as_get_begin_log(struct ipc_reader *, struct as_begin_log *);
void as_put_outcome(struct ipc_writer *, const struct as_outcome *);
void as_get_outcome(struct ipc_reader *, struct as_outcome *);
void as_put_entered(struct ipc_writer *, const struct as_entered *);
void as_get_entered(struct ipc_reader *, struct as_entered *);

/* The hash of an entry's text in outcomes: the first 8 bytes of BLAKE2b-128. */
void entry_hash(const void *, size_t, uint8_t[ENTRY_HASH_LEN]);

#endif
