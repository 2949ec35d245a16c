/*
 * A child that was taken over: the product's objects with another loop.  It
 * starts, confines itself and works as the product does for a while; then it
 * speaks wrongly on all its channels, as a seed has it, until it is killed.
 *
 * What it does and hears it writes into a file that it mapped before it
 * confined itself: the one thing that it has and the product has not.
 * siblings.py judges by that file, by kmsd's log and by the database.
 */
#ifndef TESTS_HOSTILE_EVIL_H
#define TESTS_HOSTILE_EVIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ipc.h"
#include "common/ipc_parent.h"
#include "common/start.h"

#define SHOT_MAX 65536 /* bytes: twice what a packet may have */
#define FRAME_MAX 2048 /* bytes of a record that is kept for later */

/* One packet, and what is wrong with it. */
struct shot {
	const char *how;
	bool breaks; /* a rule of form, whatever the receiver waits for */
	uint32_t records; /* that a good receiver would look at */
	size_t len;
	uint8_t data[SHOT_MAX];
	struct ipc_writer writer;
};

/* What a role knows that the others don't; the peers are enum role. */
struct evil_role {
	enum role role;
	uint32_t peers; /* bit mask, the parent's with it */
	unsigned int quiet; /* useless packets before the first wrong one */
	unsigned int honest_ms; /* of the product's own work, at most */
	/* A packet of good form that the peer's rules allow. */
	bool (*useless)(enum role, struct shot *);
	/* Of good form, but an answer that nobody waits for or always refused. */
	bool (*unasked)(enum role, struct shot *);
	/* One that the peer answers by this id, and whether this is the answer. */
	bool (*ping)(enum role, struct shot *, uint32_t id);
	bool (*pong)(enum role, const uint8_t *, size_t, uint32_t id);
	/* The product is about to send: true when it is taken over now. */
	bool (*sends)(enum role, const uint8_t *, size_t);
};

extern const struct evil_role evil_role;

/* --- Chance: the same for a seed, a generation and a role. */
void evil_seed(uint32_t seed, uint32_t generation, enum role);
uint32_t evil_random(void);
uint32_t evil_below(uint32_t n);
bool evil_one_in(uint32_t n);
void evil_bytes(void *, size_t);

/* --- The file.  Kinds of records: see siblings.py. */
int journal_open(const char *root);
bool journal_is_open(void);
void journal_begin(uint32_t generation, uint32_t seed);
void journal_put(char kind, enum role peer, uint32_t number, const char *how,
    const void *, size_t);
/* Records that a generation left for the next ones. */
void journal_keep_frame(const void *, size_t);
size_t journal_frame(uint8_t[FRAME_MAX]); /* one of them; 0: there is none */

/* --- Packets. */
void shot_begin(struct shot *, const char *how, uint16_t type);
struct ipc_writer *shot_writer(struct shot *);
void shot_end(struct shot *, uint16_t count);
void shot_counters(struct shot *);

/* Packets that the product sent or got, to make others of. */
void template_add(enum role peer, bool own, const uint8_t *, size_t);

/* Wrong in one way or another. */
void shot_wrong(enum role peer, struct shot *);
void shot_copy(struct shot *, const uint8_t *, size_t);
void shot_mutate(struct shot *);

/* --- The end of good behaviour; pending is what was about to be sent. */
void evil_turn(enum role peer, const uint8_t *pending, size_t len)
    __attribute__((noreturn));

#endif
