/*
 * Replies to clients: sealed ones, a grant with its proof behind them, and the
 * unsealed errors for what did not open.
 */
#ifndef ACTIVATOR_REPLY_H
#define ACTIVATOR_REPLY_H

#include "activator/batch.h"

struct reply {
	int result; /* enum result */
	uint32_t code; /* when refused */
	uint64_t count, needed;
	uint64_t serial; /* 0: none */
	struct ktime time; /* the host's */
	/* A grant: its batch and record; NULL in other replies. */
	const struct batch *batch;
	const struct batch_record *record;
};

/*
 * Seals the reply to the request in this slot and sends it.  The arena must be
 * open.  Returns -1 with the reason in error: only a fault of ours.
 */
int reply_send(struct activator *, uint16_t, const struct reply *, char *);

/* connection, code, close after it is sent, text. */
void reply_error(struct activator *, uint32_t, uint32_t, bool, const char *);

/*
 * The request in this slot is answered: its key is wiped, so that it does not
 * outlive the seal key, and the slot is free.  The arena is open.
 */
void reply_forget(struct activator *, uint16_t);

#endif
