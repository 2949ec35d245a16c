/*
 * The state of the control process: the administrators' connections and the
 * questions that it has passed on for them.
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "common/ipc_admin.h"
#include "control/questions.h"

#define CLIENTS_STATUS_MAX 24 /* from status.sock */
#define CLIENTS_USER_MAX 6 /* of those, of one user but root */
/* There is room though all wait for a store and an activator that hang. */
#define CLIENTS_MAX (CLIENTS_STATUS_MAX + 2 * CONTROL_CREDITS + 8)
#define CLIENT_IDLE_MS 60000 /* without a question, or not reading */
#define CLIENT_ANSWER_MS 30000 /* for the processes to answer */

enum control_counter {
	CONTROL_CLIENTS, /* accepted */
	CONTROL_OPEN, /* now */
	CONTROL_QUESTIONS,
	CONTROL_BUSY, /* questions for which there was no slot */
	CONTROL_UNANSWERED, /* in time */
	CONTROL_VIOLATIONS, /* clients that broke a rule */
	CONTROL_IDLE, /* clients closed for idleness */
	CONTROL_REFUSED, /* whose user has as many as one may have */
	CONTROL_COUNTERS
};

struct event;
struct event_base;
struct control;
struct start;

struct client {
	struct control *control;
	struct ipc_channel *channel; /* NULL: the slot is free */
	bool full; /* from control.sock */
	uint32_t uid;
	struct question *question; /* under way */
	int64_t active; /* ktime_boot_ms() of the last question or answer */
};

/* One of the two listening sockets. */
struct door {
	struct control *control;
	int fd;
	bool full;
	unsigned int open, most; /* clients */
	int64_t said_full, said_refused; /* ktime_boot_ms(); 0: never */
	struct event *event;
};

enum {
	DOOR_CONTROL,
	DOOR_STATUS,
	DOORS
};

struct control {
	struct start *start;
	struct event_base *base;
	struct ipc_channel *activator, *store, *parent;
	struct door door[DOORS];
	struct event *second;
	struct client client[CLIENTS_MAX];
	struct questions questions;
	struct child_counters counters;
	/* Broken rules of clients: lines of this second, and those left out. */
	int64_t said_second;
	unsigned int said, unsaid;
};

/* Takes the two listening sockets.  Returns 0, or -1 with errno. */
int control_init(struct control *, struct event_base *, int, int);

/* No further clients and questions; sends what was answered. */
void control_stop(struct control *);

/* Looks after clients that are idle and questions without an answer. */
void control_tick(struct control *, int64_t);

/*
 * A record for a client: begin as ipc_begin(), or NULL if it left (or reads
 * nothing, and is closed then).
 */
struct ipc_writer *client_begin(struct question *, uint16_t, size_t);
void client_end(struct question *);

/* The last record of an answer; gives the slot back. */
void client_done(
    struct control *, struct question *, uint32_t code, const char *text);

#endif
