/*
 * What a machine remembers of its last eight stores: their serials, and the
 * times of its requests, which strictly increase per store.
 */
#ifndef CLIENT_STORES_H
#define CLIENT_STORES_H

#include "client/records.h"

/* The store's entry, or NULL. */
const struct record_store *stores_find(
    const struct record_state *, const uint8_t[UUID_LEN]);

/* Serial of the store's newest answer, 0 if there is none. */
uint64_t stores_last(const struct record_state *, const uint8_t[UUID_LEN]);

/*
 * The time of the next request to this store: the clock's, or a second after
 * that of the request before, whichever is later.  Remembers it; the oldest
 * of nine stores is forgotten.
 */
struct ktime stores_ask(
    struct record_state *, const uint8_t[UUID_LEN], struct ktime);

/* An answer with a serial came from this store. */
void stores_answer(struct record_state *, const uint8_t[UUID_LEN], uint64_t);

/* The host said that our time is wrong: forgets the time of this store. */
void stores_forget_time(struct record_state *, const uint8_t[UUID_LEN]);

#endif
