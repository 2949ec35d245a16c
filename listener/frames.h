/*
 * The stream of one connection cut into frames, however it arrives.
 */
#ifndef LISTENER_FRAMES_H
#define LISTENER_FRAMES_H

#include "common/wire.h"

#define FRAMES_BUFFER (2 + WIRE_CLIENT_MAX) /* one longest frame */
#define FRAMES_GUESS 11 /* bytes that tell another protocol */

struct frames {
	uint16_t len; /* bytes in buf */
	uint16_t frame; /* of them, the frame that was returned last */
	bool begun; /* one frame was complete */
	uint8_t buf[FRAMES_BUFFER];
};

enum frames_result {
	FRAMES_MORE, /* not complete yet */
	FRAMES_ONE,
	FRAMES_MALFORMED, /* length zero or too long */
	FRAMES_FOREIGN /* first bytes of another protocol */
};

struct frame {
	uint8_t type;
	const uint8_t *payload; /* in the buffer, until the next call */
	size_t len;
};

void frames_reset(struct frames *);

/*
 * Where to read to, and how many bytes; then how many came.  There is always
 * room after frames_next() has said FRAMES_MORE.
 */
uint8_t *frames_space(struct frames *, size_t *);
void frames_got(struct frames *, size_t);

/* Looks for the next frame; the one before is done with. */
enum frames_result frames_next(struct frames *, struct frame *);

/* Whether a frame is begun and not complete. */
bool frames_partial(const struct frames *);

/* After FRAMES_FOREIGN: what it looks like. */
const char *frames_guess(const struct frames *);

#endif
