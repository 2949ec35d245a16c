/*
 * The host's clock against the time since boot, which nobody sets.
 */
#include "config.h"

#include <string.h>

#include "activator/clock.h"

/*
 * The believed offset follows the clock by a second a minute at most: more
 * than any slewing needs, and several steps below the limit add up to one
 * above it.
 */
#define FOLLOW_MS (60 * 1000)

static int64_t
offset_of(struct ktime now, int64_t boot_ms)
{
	return (now.sec - boot_ms / 1000);
}

static int32_t
normal_day(struct ktime now)
{
	return (ktime_day(now) - CLOCK_COUNT_DAYS);
}

static void
doubt(struct host_clock *c, struct ktime now, int64_t boot_ms, int32_t oldest)
{
	if (!c->doubted)
		c->oldest_day = oldest;
	c->doubted = true;
	c->doubted_ms = boot_ms;
	c->offset = offset_of(now, boot_ms);
	c->followed_ms = boot_ms;
}

enum clock_doubt
clock_start(struct host_clock *c, struct ktime now, int64_t boot_ms,
    struct ktime newest, int32_t counted)
{
	enum clock_doubt why = DOUBT_NONE;
	int32_t normal = normal_day(now), oldest = normal;

	memset(c, 0, sizeof(*c));
	c->offset = offset_of(now, boot_ms);
	c->followed_ms = boot_ms;
	c->oldest_day = normal;
	if (newest.sec != 0 && ktime_diff(newest, now) > CLOCK_STEP)
		why = DOUBT_BEHIND;
	else if (newest.sec != 0 && ktime_diff(now, newest) > CLOCK_AWAY)
		why = DOUBT_LATE;
	if (why != DOUBT_NONE)
		oldest = normal_day(newest);
	if (counted != 0 && counted < normal - CLOCK_AWAY_DAYS &&
	    counted < oldest) {
		oldest = counted;
		if (why == DOUBT_NONE)
			why = DOUBT_KEPT;
	}
	if (why != DOUBT_NONE)
		doubt(c, now, boot_ms, oldest);
	return (why);
}

int
clock_tick(struct host_clock *c, struct ktime now, int64_t boot_ms)
{
	int64_t step = offset_of(now, boot_ms) - c->offset;

	if (step > CLOCK_STEP || step < -CLOCK_STEP) {
		/* The day as it was before the step. */
		doubt(c, now, boot_ms, c->oldest_day);
		return (1);
	}
	if (boot_ms - c->followed_ms >= FOLLOW_MS) {
		c->followed_ms = boot_ms;
		c->offset += (step > 0) - (step < 0);
	}
	if (c->doubted && boot_ms - c->doubted_ms >= CLOCK_STEADY_MS) {
		clock_accept(c, now, boot_ms);
		return (-1);
	}
	if (!c->doubted)
		c->oldest_day = normal_day(now);
	return (0);
}

void
clock_accept(struct host_clock *c, struct ktime now, int64_t boot_ms)
{
	c->doubted = false;
	c->offset = offset_of(now, boot_ms);
	c->followed_ms = boot_ms;
	c->oldest_day = normal_day(now);
}

int64_t
clock_doubt_left(const struct host_clock *c, int64_t boot_ms)
{
	int64_t left = c->doubted_ms + CLOCK_STEADY_MS - boot_ms;

	if (!c->doubted)
		return (0);
	return (left > 1000 ? left / 1000 : 1);
}

/*
 * A clock that is days behind what it was counts from so far back that the
 * next start, whose log then ends at this wrong time, still sees the doubt.
 */
int32_t
clock_oldest_day(const struct host_clock *c, struct ktime now)
{
	int32_t day = normal_day(now);

	if (!c->doubted || c->oldest_day == day)
		return (day);
	return (
	    c->oldest_day < day ? c->oldest_day : day - CLOCK_AWAY_DAYS - 1);
}
