/*
 * Counts of what leaves no row, by kind; each minute they become entries of
 * the log, one a kind.
 */
#ifndef ACTIVATOR_SUMMARY_H
#define ACTIVATOR_SUMMARY_H

#include "common/entries.h"
#include "common/ipc_listener_activator.h"

/* What the activator itself sees; the listener's events follow. */
enum summary_kind {
	SUMMARY_TIME_SKEW,
	SUMMARY_NOT_COVERED,
	SUMMARY_NOT_ACTIVATED,
	SUMMARY_DENIED,
	SUMMARY_BUSY,
	SUMMARY_PROTOCOL, /* boxes and requests that are malformed */
	SUMMARY_REPLAY,
	SUMMARY_SEAL_UNKNOWN,
	SUMMARY_STATUS,
	SUMMARY_OWN,
	SUMMARY_KINDS = SUMMARY_OWN + LISTENER_EVENTS
};

struct summary {
	uint64_t count[SUMMARY_KINDS];
	struct ktime from; /* of the first count */
	int64_t since_ms; /* boot time of the last entries */
};

void summary_add(struct summary *, unsigned int, uint64_t, struct ktime);
void summary_events(struct summary *, const struct la_events *, struct ktime);

/* The kind of a refusal with this code, or SUMMARY_KINDS. */
unsigned int summary_of_code(uint32_t);

/* True if a kind was counted. */
bool summary_any(const struct summary *);

/*
 * Takes one kind's count into an entry (all but time and salt).  Returns 0 if
 * there is none left.
 */
int summary_take(struct summary *, struct entry_summary *);

#endif
