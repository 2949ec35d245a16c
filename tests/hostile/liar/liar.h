/*
 * A store that lies: the product's objects, confined as the product is, whose
 * records are altered on their way out.  Each lie is decoded, changed and
 * encoded again, so that its grammar is right; hashes are made anew where a
 * store can make them.
 */
#ifndef TESTS_HOSTILE_LIAR_H
#define TESTS_HOSTILE_LIAR_H

#include <sqlite3.h>

#include "common/ipc_activator_store.h"
#include "common/ipc_admin.h"
#include "store/private.h"

/* A lie's number and this is kmsd.conf's "limit per-source". */
#define LIAR_ORDER 70000U
/* What the harness puts into the store's folder for some lies. */
#define LIAR_FILE "liar.bytes"
/* Where the liar puts each checkpoint that it was given to keep. */
#define LIAR_CHECKPOINTS "liar.checkpoints"

/* A record on its way out. */
struct record {
	struct ipc_channel *channel;
	uint16_t type;
	uint8_t bytes[IPC_PACKET_MAX];
	size_t len;
};

struct liar {
	const struct lie *lie; /* NULL: honest */
	bool told; /* once is enough */
	struct store *store;
	struct as_batch batch; /* the newest, without its checkpoint */
	struct as_decide decide[BATCH_MAX]; /* what it asked */
	size_t ndecides, nanswered;
	bool document; /* it has one */
	struct record held; /* for later */
	uint64_t less; /* entries that the log has not, for REC_COMMITTED */
};

/*
 * What comes of a lie: the activator finds that the store went back, and
 * serves nobody; somebody names the rule, and a new generation begins; the
 * activator serves without what it names; or the lie goes through.
 */
struct lie {
	const char *name;
	const char *end; /* "rollback", "rule", "without", "possible" */
	/* What provokes it: "start", "activate", "refuse", "status", "two",
	 * "install", "read"; none for "start". */
	const char *ask;
	const char *said; /* stands in the log; NULL if it is possible */

	/* One of these; the first entry of this type, or the next outcome. */
	const struct message_type *type;
	void (*alter)(union entry *);
	void (*outcome)(struct liar *, struct as_outcome *);
	void (*entered)(struct as_entered *);
	void (*record)(struct liar *, struct record *);
	void (*database)(sqlite3 *);
};

extern const struct lie lies_entries[], lies_start[], lies_outcome[],
    lies_records[], lies_possible[];
extern const size_t lies_nentries, lies_nstart, lies_noutcome, lies_nrecords,
    lies_npossible;

/* The lie of a number, or NULL when there are no more. */
const struct lie *liar_find(size_t);

/* Passes a record on. */
void liar_emit(const struct record *);

/* A stored entry's index and text; the text points into the record. */
uint64_t liar_entry(const struct record *, const char **, size_t *);
void liar_put_entry(struct record *, uint64_t, const char *, size_t);

/* Prints an altered entry into text[ENTRY_MAX + 1]; returns its length. */
size_t liar_print(const struct message_type *, const void *, char *);

void liar_get_outcome(const struct record *, struct as_outcome *);
void liar_put_outcome(struct record *, const struct as_outcome *);

/* The entry of the outcome that is being answered, as the store makes it. */
void liar_decision(
    const struct liar *, const struct as_outcome *, struct entry_decision *);
/* The same as text, by the outcome's kind; sets the outcome's hash. */
size_t liar_rehash(const struct entry_decision *, struct as_outcome *, char *);

/* Says in the log which entry the lie is in; the lie is told. */
void liar_tells(struct liar *, uint64_t);

/* The harness's file; exits if there is none. */
size_t liar_file(char *, size_t);

#endif
