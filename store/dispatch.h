/*
 * What others may send to the store, one table a channel, and the process's
 * state that the handlers work on.
 */
#ifndef STORE_DISPATCH_H
#define STORE_DISPATCH_H

#include "common/ipc.h"
#include "common/start.h"
#include "store/store.h"

/* Room for unsent packets: outcomes of a batch, pages. */
#define STORE_QUEUE_BYTES (16 * IPC_PACKET_MAX)

/* The activator's channel is in one of these states. */
#define STORE_IDLE 1U
#define STORE_BATCH 2U /* records of a batch are still to come */

/* An answer that waits for its batch's commit. */
struct answer {
	bool entered; /* else an outcome */
	struct as_outcome outcome;
	struct as_entered entry;
};

struct process {
	struct start start;
	struct store *store;
	struct ipc_channel *activator, *control;
	struct answer answers[BATCH_MAX];
	size_t nanswers;
	uint32_t ndocuments; /* sent at the start */
	/* Questions that wait for the commit, so that they see it whole. */
	struct admin_read waiting[CONTROL_CREDITS];
	size_t nwaiting;
	struct child_counters counters;
};

extern const struct ipc_rule store_dispatch_activator[];
extern const struct ipc_rule store_dispatch_control[];

/* REC_STORE_STATE to the activator. */
void store_send_state(struct process *);

/* The database failed: says where and why, in the log. */
void store_dies(const struct process *) __attribute__((noreturn));

#endif
