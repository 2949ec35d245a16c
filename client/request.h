/*
 * Requests: their nonces, which last until an answer ends them, and the
 * message itself.
 */
#ifndef CLIENT_REQUEST_H
#define CLIENT_REQUEST_H

#include "client/believe.h"
#include "client/standing.h"

/* What a request tells of the machine. */
struct request_machine {
	char host_name[HOST_MAX + 1];
	uint8_t hardware[HARDWARE_LEN];
	int virtual;
	enum client_state state;
	int64_t left; /* seconds */
};

/*
 * The nonce of the renewal that is under way with this verb; a new one begins
 * if there is none.
 */
void request_nonce(
    struct record_state *, enum verb, uint8_t[REQUEST_NONCE_LEN]);

/* An answer with a serial has come: the renewal is over. */
void request_ended(struct record_state *, enum verb);

/*
 * Makes the request to the host with this offer at this time and remembers in
 * the record what has to be on disk before it is sent.
 */
void request_make(struct record_state *, const struct offer *,
    const uint8_t[MACHINE_KEY_LEN], const struct request_machine *, enum verb,
    struct ktime, struct doc_request *);

/*
 * Seals the request into box (its size at least WIRE_CLIENT_MAX) with the
 * machine's secret key.  Fills the question, against which the reply is held,
 * and the frame, which points to the box.  Returns 0, or -1 with a failure.
 */
int request_seal(const struct doc_request *, const struct offer *,
    const uint8_t[MACHINE_KEY_LEN], struct question *, struct wire_sealed *,
    uint8_t *, size_t, struct failure *);

#endif
