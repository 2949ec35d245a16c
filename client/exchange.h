/* The frames of one conversation with a host, question and answer. */
#ifndef CLIENT_EXCHANGE_H
#define CLIENT_EXCHANGE_H

#include "client/connection.h"
#include "common/signify.h"

/*
 * Each sends a frame and waits so many milliseconds for its answer, which
 * points into the connection's buffer until the next.  Return 0, or -1 with a
 * failure; what an error frame says is marked as unverified in it.
 */
int exchange_hello(struct connection *, const struct pubkey *,
    const uint8_t[UUID_LEN], int64_t, struct wire_hello_reply *,
    struct failure *);
int exchange_fetch(struct connection *, enum wire_fetch, int64_t,
    struct received *, struct failure *);

/* Sets also how many milliseconds after the sending the answer came. */
int exchange_sealed(struct connection *, const struct wire_sealed *, int64_t,
    struct received *, int64_t *, struct failure *);

#endif
