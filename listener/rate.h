/*
 * How many frames a source may send: one token bucket each, in a table of
 * fixed size.  What the table forgets for want of room starts full again.
 */
#ifndef LISTENER_RATE_H
#define LISTENER_RATE_H

#include "common/ipc_listener_activator.h"
#include "listener/siphash.h"

#define RATE_BURST 2 /* seconds of the rate that a bucket holds */

struct rate;

/* Tokens a second, at least 1.  NULL with errno set. */
struct rate *rate_new(uint32_t, const uint8_t[SIPHASH_KEY_LEN]);
void rate_free(struct rate *);

/*
 * Takes so many tokens (at most a full bucket) of a source (source_key()) at
 * a monotonic time in milliseconds.  Returns 0, or if there are too few, and
 * then takes none, the seconds until there will be enough, at least 1.
 */
uint32_t rate_take(
    struct rate *, const uint8_t[SOURCE_LEN], uint32_t, uint64_t);

#endif
