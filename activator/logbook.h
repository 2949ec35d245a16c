/*
 * The log as the activator knows it: its origin, the right edge of its tree,
 * its newest checkpoint; and how found entries are verified.
 */
#ifndef ACTIVATOR_LOGBOOK_H
#define ACTIVATOR_LOGBOOK_H

#include "activator/sign.h"
#include "common/anchor.h"

#define LOGBOOK_KEEP 256 /* entries between kept checkpoints */
#define LOGBOOK_UNSIGNED_MS 1000 /* longest without a checkpoint */

struct logbook {
	const struct signer *signer;
	struct origin origin;
	uint8_t store[UUID_LEN];
	struct tree_edge edge;
	struct ktime newest; /* of the last entry found, or 0 */
	/* The newest checkpoint: its text, and the size that it signs. */
	char checkpoint[CHECKPOINT_MAX];
	size_t checkpoint_len;
	uint64_t signed_size;
	uint64_t kept_size; /* of the newest that the store keeps */
	int64_t unsigned_ms; /* boot time since when, 0: signed */
};

/* The log that the anchor tells of. */
void logbook_init(
    struct logbook *, const struct signer *, const struct anchor *);

/* Computes the salt of an entry of this type and puts it in.  -1: it can't. */
int logbook_salt(const struct logbook *, const struct message_type *, void *);

/*
 * Verifies an entry that the store returned at this index (form, bytes, salt)
 * and appends it.  Returns -1 with the reason in error.
 */
int logbook_found(struct logbook *, uint64_t, const char *, size_t, char *);

/* The same without appending: parses into the union, sets the type. */
int logbook_verify(const struct logbook *, const char *, size_t,
    const struct message_type **, union entry *, char *);

/* Signs the tree as it is, unless that is signed already. */
void logbook_sign(struct logbook *);

/* True if the newest checkpoint is to go with the next batch. */
bool logbook_keep_due(const struct logbook *);

/* Prints the anchor.  Returns its length, or -1. */
int logbook_anchor(const struct logbook *, char[ANCHOR_MAX]);

#endif
