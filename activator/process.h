/* The process around the activator: its channels and its timer. */
#ifndef ACTIVATOR_PROCESS_H
#define ACTIVATOR_PROCESS_H

#include "activator/activator.h"
#include "common/start.h"

struct process {
	struct start start; /* first: its hooks get this alone */
	struct arena arena;
	struct activator *activator;
	struct ipc_channel *listener, *store, *control;
	struct child_counters counters;
	struct event *second, *retry;
};

/* Fills the outlets with this process's channels. */
void process_outlets(struct process *, struct outlets *);

/* Before each record and each second: the clocks; after it: the phase. */
void process_time(struct process *);
void process_phase(struct process *);

/* After the last packet of a turn. */
void process_turn(void *, struct ipc_channel *);

#endif
