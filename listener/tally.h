/*
 * How many connections each source has open.  Exact and bounded: there are
 * never more sources than connections.
 */
#ifndef LISTENER_TALLY_H
#define LISTENER_TALLY_H

#include "common/ipc_listener_activator.h"
#include "listener/siphash.h"

struct tally;

/* For so many connections at most; NULL with errno set. */
struct tally *tally_new(size_t, const uint8_t[SIPHASH_KEY_LEN]);
void tally_free(struct tally *);

/*
 * Counts one more of this source (source_key()).  Returns false, and counts
 * nothing, if it has as many as the limit or the tally is full.
 */
bool tally_add(struct tally *, const uint8_t[SOURCE_LEN], uint32_t);
void tally_remove(struct tally *, const uint8_t[SOURCE_LEN]);
uint32_t tally_count(const struct tally *, const uint8_t[SOURCE_LEN]);

#endif
