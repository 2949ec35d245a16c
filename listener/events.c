/*
 * Counts of events, handed on once a minute.
 */
#include "config.h"

#include <string.h>

#include "listener/events.h"

void
events_count(struct events *e, enum listener_event event)
{
	e->since.count[event]++;
	e->total[event]++;
}

bool
events_may_log(struct events *e)
{
	if (e->lines < EVENTS_LINES) {
		e->lines++;
		return (true);
	}
	e->unlogged++;
	return (false);
}

bool
events_take(struct events *e, uint64_t now, struct la_events *record,
    uint32_t *unlogged)
{
	bool any = false;
	int i;

	*unlogged = 0;
	if (now < e->sent + EVENTS_PERIOD)
		return (false);
	*record = e->since;
	for (i = 0; i < LISTENER_EVENTS; i++)
		any = any || e->since.count[i] > 0;
	*unlogged = e->unlogged;
	memset(&e->since, 0, sizeof(e->since));
	e->sent = now;
	e->lines = e->unlogged = 0;
	return (any);
}
