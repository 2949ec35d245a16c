/*
 * Counting by kind, and the entries that tell of it.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "activator/summary.h"
#include "common/codes.h"
#include "common/fields.h"

static const char *const own_names[SUMMARY_OWN] = {
	[SUMMARY_TIME_SKEW] = "time-skew",
	[SUMMARY_NOT_COVERED] = "product-not-covered",
	[SUMMARY_NOT_ACTIVATED] = "host-not-activated",
	[SUMMARY_DENIED] = "denied",
	[SUMMARY_BUSY] = "busy",
	[SUMMARY_PROTOCOL] = "requests-malformed",
	[SUMMARY_REPLAY] = "replays",
	[SUMMARY_SEAL_UNKNOWN] = "seal-unknown",
	[SUMMARY_STATUS] = "status",
};

static const struct {
	uint32_t code;
	unsigned int kind;
} kinds[] = {
	{ CODE_TIME_SKEW, SUMMARY_TIME_SKEW },
	{ CODE_PRODUCT_NOT_COVERED, SUMMARY_NOT_COVERED },
	{ CODE_HOST_NOT_ACTIVATED, SUMMARY_NOT_ACTIVATED },
	{ CODE_DENIED, SUMMARY_DENIED },
	{ CODE_BUSY, SUMMARY_BUSY },
	{ CODE_PROTOCOL, SUMMARY_PROTOCOL },
	{ CODE_SEAL_UNKNOWN, SUMMARY_SEAL_UNKNOWN },
};

void
summary_add(struct summary *s, unsigned int kind, uint64_t n, struct ktime now)
{
	if (n == 0 || kind >= SUMMARY_KINDS)
		return;
	if (s->from.sec == 0)
		s->from = now;
	/* As much as an entry can say: a listener may send without an end. */
	if (n > FIELDS_COUNT_MAX - s->count[kind])
		n = FIELDS_COUNT_MAX - s->count[kind];
	s->count[kind] += n;
}

void
summary_events(struct summary *s, const struct la_events *e, struct ktime now)
{
	unsigned int i;

	for (i = 0; i < LISTENER_EVENTS; i++)
		summary_add(s, SUMMARY_OWN + i, e->count[i], now);
}

unsigned int
summary_of_code(uint32_t code)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].code == code)
			return (kinds[i].kind);
	return (SUMMARY_KINDS);
}

bool
summary_any(const struct summary *s)
{
	return (s->from.sec != 0);
}

int
summary_take(struct summary *s, struct entry_summary *e)
{
	const char *name;
	unsigned int i;

	for (i = 0; i < SUMMARY_KINDS; i++)
		if (s->count[i] != 0)
			break;
	if (i == SUMMARY_KINDS) {
		s->from.sec = 0;
		return (0);
	}
	name = i < SUMMARY_OWN ? own_names[i]
			       : listener_event_names[i - SUMMARY_OWN];
	memset(e, 0, sizeof(*e));
	e->from = s->from;
	e->count = s->count[i];
	(void)snprintf(e->kind, sizeof(e->kind), "%s", name);
	s->count[i] = 0;
	return (1);
}
