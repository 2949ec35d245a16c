/*
 * What a frame is answered with.  Knows no sockets: takes a frame, writes a
 * frame, or says that the request is to be handed on.
 */
#ifndef LISTENER_ANSWER_H
#define LISTENER_ANSWER_H

#include "listener/challenge.h"
#include "listener/events.h"
#include "listener/frames.h"
#include "listener/offer.h"

#define ANSWER_MAX (2 + WIRE_HOST_MAX) /* bytes of the longest frame */
#define ANSWER_FETCH_COST 8 /* a fetch counts as so many frames */

/* What a connection has said so far. */
struct session {
	bool hello; /* answered: challenge, keynum and product are set */
	bool fetched;
	uint8_t challenge[CHALLENGE_LEN];
	uint8_t keynum[KEYNUM_LEN];
	uint8_t product[UUID_LEN];
};

/* What answers are made of. */
struct answers {
	struct offers offers;
	struct challenges challenges;
	struct events events;
};

enum answer {
	ANSWER_SEND,
	ANSWER_SEND_CLOSE, /* the connection, after it is sent */
	ANSWER_HAND_ON /* nothing to send: the request is filled */
};

/*
 * Answers a frame into a buffer of ANSWER_MAX bytes and sets its length.  The
 * request's box points into the frame.  An offer must be there.
 */
enum answer answer_frame(struct answers *, struct session *,
    const struct frame *, uint8_t *, size_t *, struct wire_sealed *);

/* An error frame into a buffer of ANSWER_MAX bytes; returns its length. */
size_t answer_error(uint32_t, uint32_t, const char *, uint8_t *);

/* Busy, with seconds until it makes sense to come again. */
size_t answer_busy(uint32_t, const char *, uint8_t *);

/* What a frame costs its source. */
uint32_t answer_cost(const struct frame *);

#endif
