/* How a machine stands with a product, from what it keeps, offline. */
#ifndef CLIENT_STANDING_H
#define CLIENT_STANDING_H

#include "client/grant.h"
#include "client/trusted.h"

struct standing {
	enum client_state state;
	struct ktime now; /* latest known time */
	struct ktime ends; /* of the state: grant's or grace's end; or 0 */
	bool has_grant; /* one that holds; it may have expired */
	struct entry_decision grant;
	struct failure why; /* not licensed */
};

/*
 * Finds it out with this hardware at this machine's time.  Returns 0, or -1
 * with a failure if what is kept can't be read.
 */
int standing_find(const struct state *, const struct trusted *,
    const uint8_t[HARDWARE_LEN], struct ktime, struct standing *,
    struct failure *);

/* Seconds that the grant still runs, 0 if none does. */
int64_t standing_left(const struct standing *);

#endif
