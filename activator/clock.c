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

void
clock_start(struct host_clock *c, struct ktime now, int64_t boot_ms,
    struct ktime newest, int32_t counted)
{
	int32_t oldest;

	memset(c, 0, sizeof(*c));
	c->offset = offset_of(now, boot_ms);
	c->followed_ms = boot_ms;
	c->oldest_day = normal_day(now);
	oldest = c->oldest_day;
	if (newest.sec != 0 && ktime_diff(now, newest) > CLOCK_AWAY)
		oldest = normal_day(newest);
	if (counted != 0 && counted < c->oldest_day - CLOCK_AWAY_DAYS &&
	    counted < oldest)
		oldest = counted;
	if (oldest < c->oldest_day)
		doubt(c, now, boot_ms, oldest);
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

int32_t
clock_oldest_day(const struct host_clock *c, struct ktime now)
{
	int32_t day = normal_day(now);

	return (c->doubted && c->oldest_day < day ? c->oldest_day : day);
}
