/* A TCP connection to a host: whole frames, each with a deadline. */
#ifndef CLIENT_CONNECTION_H
#define CLIENT_CONNECTION_H

#include "client/failure.h"
#include "common/wire.h"

#define CONNECTION_FRAME_MAX (2 + WIRE_HOST_MAX)

struct connection {
	int fd; /* -1: closed */
	size_t have, used; /* bytes in the buffer; of the frame given out */
	uint8_t buf[CONNECTION_FRAME_MAX];
};

/* A frame that was received; payload points into the connection's buffer. */
struct received {
	uint8_t type;
	const uint8_t *payload; /* good until the next receive */
	size_t len;
};

/*
 * Connects to a host's name or address and port, within this many
 * milliseconds after the name is resolved; every address is tried.
 */
int connection_open(
    struct connection *, const char *, const char *, int64_t, struct failure *);
void connection_close(struct connection *);

/* Sends a whole frame within milliseconds. */
int connection_send(
    struct connection *, const uint8_t *, size_t, int64_t, struct failure *);

/* Receives one frame within milliseconds. */
int connection_receive(
    struct connection *, struct received *, int64_t, struct failure *);

#endif
