/* What the activator counts, for the parent and kmsctl; one array. */
#ifndef ACTIVATOR_COUNTERS_H
#define ACTIVATOR_COUNTERS_H

#include "common/ipc_parent.h"

enum activator_counter {
	COUNT_REQUESTS, /* boxes that came */
	COUNT_GRANTS,
	COUNT_REFUSALS, /* with an entry, or repeated today */
	COUNT_STATUS, /* answered status requests */
	COUNT_TIME_SKEW,
	COUNT_NOT_COVERED,
	COUNT_NOT_ACTIVATED,
	COUNT_DENIED,
	COUNT_BUSY,
	COUNT_PROTOCOL, /* boxes that do not open, replays */
	COUNT_SEAL_UNKNOWN,
	COUNT_BATCHES,
	COUNT_ENTRIES, /* appended to the log since the start */
	COUNT_SIGNATURES, /* under the host key, of all kinds */
	COUNT_CHECKPOINTS, /* of these */
	COUNT_SEALS, /* of these */
	COUNT_LOG_SIZE,
	COUNT_UNLICENSED, /* requests by the client's state */
	COUNT_LICENSED,
	COUNT_OOB_GRACE,
	COUNT_OOT_GRACE,
	COUNT_NON_GENUINE_GRACE,
	COUNT_NOTIFICATION,
	COUNT_CLOCK_DOUBT, /* seconds for which the clock is still in doubt */
	ACTIVATOR_COUNTERS
};

#endif
