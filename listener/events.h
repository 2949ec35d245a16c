/*
 * What only the listener sees: counted for the activator's summary entries
 * and the parent's counters, and logged within bounds.
 */
#ifndef LISTENER_EVENTS_H
#define LISTENER_EVENTS_H

#include "common/ipc_listener_activator.h"

#define EVENTS_PERIOD 60000 /* milliseconds between two records */
#define EVENTS_LINES 10 /* lines in the log in that time */

struct events {
	struct la_events since; /* the last record */
	uint64_t total[LISTENER_EVENTS];
	uint64_t sent; /* milliseconds, when */
	uint32_t lines; /* logged since then */
	uint32_t unlogged;
};

void events_count(struct events *, enum listener_event);

/* Whether one more line may be logged now; counts the one that may not. */
bool events_may_log(struct events *);

/*
 * Once a period: gives what was counted since and starts anew.  Returns false
 * if it is not time or there is nothing to tell; unlogged is the number of
 * lines that were not allowed in the period, 0 if none or not time.
 */
bool events_take(struct events *, uint64_t, struct la_events *, uint32_t *);

#endif
