/*
 * One use of a handle: the documents that are trusted, the state, and how the
 * machine stands with the product.
 */
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include "client/handle.h"
#include "client/standing.h"

struct session {
	struct kmsclient *client;
	struct trusted trusted;
	struct state state;
	struct standing standing;
	uint8_t hardware[HARDWARE_LEN];
};

/*
 * Opens it in this mode at this machine's time.  Returns NULL with the
 * handle's failure set.
 */
struct session *session_open(struct kmsclient *, enum state_mode, struct ktime);
void session_close(struct session *);

#endif
