/* How many machines each source brought in the hour: in memory only. */
#ifndef STORE_SOURCES_H
#define STORE_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/ipc_listener_activator.h"
#include "common/ktime.h"

struct sources;

/* NULL with errno set. */
struct sources *sources_new(void);
void sources_free(struct sources *);

/*
 * Counts one more machine of this source (an address; of IPv6 its /64) in the
 * hour of this time.  Returns false, and does not count it, if the limit is
 * reached; limit 0 is none, and loopback is free.
 */
bool sources_take(
    struct sources *, const uint8_t[SOURCE_LEN], struct ktime, uint32_t);

#endif
