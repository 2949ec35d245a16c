/*
 * Challenges: random bytes of getrandom(2), fetched for several at a time.
 */
#ifndef LISTENER_CHALLENGE_H
#define LISTENER_CHALLENGE_H

#include "common/documents.h"

#define CHALLENGE_POOL 256 /* bytes that one getrandom(2) gives whole */

struct challenges {
	uint8_t pool[CHALLENGE_POOL];
	size_t left; /* bytes not yet used, at the end */
};

/* Returns 0, or -1 with errno set. */
int challenge_make(struct challenges *, uint8_t[CHALLENGE_LEN]);

#endif
