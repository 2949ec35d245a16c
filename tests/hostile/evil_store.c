/*
 * The evil store: keeps its database as the product does, and at some packet,
 * at the start or later, says something else.  What it may say unasked is
 * nothing at all but its counters, so that its generations are short.
 */
#include "config.h"

#include "tests/hostile/evil.h"

/* Packets that it sends before it turns: of the start, or when it serves. */
#define START_MAX 7
#define SERVING_MAX 24

static bool
useless(enum role peer, struct shot *s)
{
	if (peer != ROLE_PARENT)
		return (false);
	shot_counters(s);
	return (true);
}

static bool
ping(enum role peer, struct shot *s, uint32_t id)
{
	(void)peer;
	(void)s;
	(void)id;
	return (false);
}

static bool
pong(enum role peer, const uint8_t *data, size_t len, uint32_t id)
{
	(void)peer;
	(void)data;
	(void)len;
	(void)id;
	return (false);
}

static bool
sends(enum role peer, const uint8_t *data, size_t len)
{
	static unsigned int left;

	(void)data;
	(void)len;
	if (peer == ROLE_PARENT)
		return (false);
	if (left == 0)
		left = evil_one_in(2) ? 1 + evil_below(START_MAX)
				      : START_MAX + evil_below(SERVING_MAX);
	return (--left == 0);
}

const struct evil_role evil_role = {
	.role = ROLE_STORE,
	.peers = 1U << ROLE_PARENT | 1U << ROLE_ACTIVATOR | 1U << ROLE_CONTROL,
	.quiet = 10,
	.honest_ms = 150,
	.useless = useless,
	.ping = ping,
	.pong = pong,
	.sends = sends,
};
