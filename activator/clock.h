/*
 * Whether the host's clock is to be trusted, and from which day on machines
 * count: while it is not, activation goes on but nothing expires.
 */
#ifndef ACTIVATOR_CLOCK_H
#define ACTIVATOR_CLOCK_H

#include <stdbool.h>

#include "common/ktime.h"

#define CLOCK_COUNT_DAYS 30 /* a machine counts after its request */
#define CLOCK_STEP KTIME_HOUR /* by the boot clock, or behind the log */
#define CLOCK_AWAY (7 * KTIME_DAY) /* since the newest entry, at start */
#define CLOCK_AWAY_DAYS 7
#define CLOCK_STEADY_MS (24 * 3600 * 1000LL)

/* Why a start is in doubt. */
enum clock_doubt {
	DOUBT_NONE,
	DOUBT_BEHIND, /* the newest entry is of later */
	DOUBT_LATE, /* the newest entry is of long ago */
	DOUBT_KEPT /* of an earlier generation */
};

struct host_clock {
	int64_t offset; /* believed wall - boot, seconds */
	int64_t followed_ms; /* boot time of the last following */
	bool doubted;
	int64_t doubted_ms; /* boot time of the last step */
	int32_t oldest_day; /* held while doubted */
};

/*
 * Time, milliseconds since boot, time of the log's newest entry or 0, and the
 * oldest day that counted in the newest batch or 0: far back if the clock was
 * in doubt then, and so it is still.
 */
enum clock_doubt clock_start(
    struct host_clock *, struct ktime, int64_t, struct ktime, int32_t);

/*
 * Looks at the clocks, once a second and before each batch.  Returns 1 if doubt began, -1 if it
 * ended, else 0.
 */
int clock_tick(struct host_clock *, struct ktime, int64_t);

/* The administrator says that the clock is right. */
void clock_accept(struct host_clock *, struct ktime, int64_t);

/* Seconds until the doubt ends if the clock stays steady; 0: no doubt. */
int64_t clock_doubt_left(const struct host_clock *, int64_t);

/* Machines count that were seen on this day or later. */
int32_t clock_oldest_day(const struct host_clock *, struct ktime);

#endif
