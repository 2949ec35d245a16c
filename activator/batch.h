/*
 * Batches: what is gathered goes to the store as one transaction, each outcome
 * is held against what we asked, and what stands is appended to the tree.
 */
#ifndef ACTIVATOR_BATCH_H
#define ACTIVATOR_BATCH_H

#include "activator/slots.h"
#include "common/tree.h"

#define BATCH_PATIENCE 120 /* ticks, of a second */

struct activator;

struct batch_record {
	uint16_t slot;
	uint8_t kind; /* enum outcome_kind, of requests */
	uint32_t code;
	uint64_t count, needed, serial;
	bool has_entry;
	uint64_t index; /* of the entry */
	size_t leaf; /* its number in the batch's tree */
	size_t len; /* of the entry's text */
	char text[ENTRY_MAX + 1];
};

struct batch {
	size_t n, answered;
	struct ktime time; /* of every entry in it */
	uint64_t before; /* size of the log */
	uint64_t kept_size; /* of the checkpoint that goes along */
	bool grants; /* any */
	bool document; /* was kept */
	struct tree_batch *tree;
	struct batch_record record[BATCH_MAX];
};

/*
 * Sends what waits, if the store is idle and the last anchor has left.
 * Returns -1 with the reason in error (MESSAGE_ERROR_MAX bytes) if an entry
 * can't be printed, which only a fault of ours makes.
 */
int batch_send(struct activator *, char *);

/*
 * Sends the newest checkpoint to be kept, in a batch without records; the
 * store must be idle and the last anchor have left.
 */
void batch_send_checkpoint(struct activator *);

/*
 * What the store answers.  Each returns -1 with the broken rule in error: the
 * store is then to be treated as taken over, nothing was signed, and no reply
 * of this batch leaves.
 */
int batch_outcome(struct activator *, const struct as_outcome *, char *);
int batch_entered(struct activator *, const struct as_entered *, char *);
int batch_committed(struct activator *, uint64_t, char *);

/*
 * Each second.  -1 with the reason when a batch is under way for more than
 * BATCH_PATIENCE of them: nobody would be answered any more.
 */
int batch_tick(struct activator *, char *);

/* Goes on when the parent's channel was full. */
int batch_go_on(struct activator *, char *);

#endif
