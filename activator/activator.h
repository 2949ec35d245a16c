/*
 * The activator: authenticates requests, decides what it can, lets the store
 * decide the rest, and signs.  One context; no sockets, no globals, no clock:
 * the process calls activator_time() at each turn.
 */
#ifndef ACTIVATOR_ACTIVATOR_H
#define ACTIVATOR_ACTIVATOR_H

#include "activator/admin.h"
#include "activator/batch.h"
#include "activator/catchup.h"
#include "activator/clock.h"
#include "activator/logbook.h"
#include "activator/notice.h"
#include "activator/offer.h"
#include "activator/outlets.h"
#include "activator/policy.h"
#include "activator/seals.h"
#include "activator/summary.h"

#define REPLY_TEXT_MAX (REPLY_MAX + 1 + ENTRY_MAX + 1 + PROOF_MAX)

struct activator {
	struct outlets out;
	struct arena *arena;
	uint64_t counter[ACTIVATOR_COUNTERS];
	struct signer signer;
	struct registry registry;
	struct limits limits;
	uint32_t generation;

	/* At each turn. */
	struct ktime now;
	int64_t boot_ms;
	bool turn_open; /* the arena, since its first request */
	bool replies; /* some wait for replies_end() */

	struct anchor anchor; /* as the parent had it at the start */
	struct manifest manifest;
	bool manifest_missing;
	uint32_t manifest_sequence;
	struct logbook log;
	/* Logs before it, the newest first; they are signed no more. */
	struct doc_log older[LOGS_MAX - 1];
	size_t nolder;
	struct seals seals;
	struct offer offer;
	struct notices notices;
	struct slots slots;
	struct batch batch[2]; /* one with the store, one answered */
	unsigned int current;
	bool store_busy;
	unsigned int store_ticks; /* since the batch left */
	bool committed; /* the current batch; not delivered yet */
	struct summary summary;
	struct host_clock clock;
	struct catchup catchup;
	struct admin admin;
	bool stopping;

	/* Room that requests and replies share. */
	char plain[REPLY_TEXT_MAX + 1];
	uint8_t box[WIRE_BOX_MAX];
};

/*
 * Makes an activator from the key arena (host key read), the parent's anchor
 * and manifest (NULL: there is none) and limits.  Returns NULL with the reason
 * in error (MESSAGE_ERROR_MAX bytes).
 */
struct activator *activator_new(struct arena *, const char *, size_t,
    const char *, size_t, const struct limits *, const struct outlets *,
    char *);
void activator_free(struct activator *);

/* Adds a publisher's key file, before the first document. */
int activator_publisher(struct activator *, const char *, size_t, char *);

/* The time, and milliseconds since boot. */
void activator_time(struct activator *, struct ktime, int64_t);

/*
 * A sealed request of the listener; and the end of a turn, after the last of
 * the packets that were there.  -1 with the broken rule in error.
 */
int activator_request(struct activator *, const struct la_request *, char *);
int activator_turn(struct activator *, char *);

/*
 * Before a request goes to the store: certificate and product may have changed
 * while it waited.  1 if it stands; 0 if it was refused, its slot is free; -1
 * with the reason in error.  The arena is open.
 */
int activator_request_stands(struct activator *, uint16_t, char *);

/* Once a second: rotation, summaries, checkpoint, clock.  -1: the reason. */
int activator_tick(struct activator *, char *);

/* Answer what was handed on, then call drained(). */
void activator_stop(struct activator *);

/* Enters an entry of our own with the next batch.  -1 if there is no slot. */
int activator_enter(
    struct activator *, const struct message_type *, const union entry *);

/* Before anything is counted: was the clock stepped? */
void activator_look_at_clock(struct activator *);

/* Says why the start is in doubt of the clock; the log's newest time. */
void activator_say_doubt(struct activator *, enum clock_doubt, struct ktime);

/* Prints the anchor for the parent. */
int activator_send_anchor(struct activator *);

#endif
