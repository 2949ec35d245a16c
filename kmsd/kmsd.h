/* The parent's state: one struct for the process, one for each child. */
#ifndef KMSD_KMSD_H
#define KMSD_KMSD_H

#include <sys/types.h>

#include "common/ktime.h"
#include "common/log.h"
#include "kmsd/conf.h"
#include "kmsd/publishers.h"
#include "kmsd/statefile.h"

#define KMSD_EXIT_AGAIN 75 /* start it again: EX_TEMPFAIL of sysexits */
#define KMSD_TRY_MS 5000 /* for lock and ports, before "in use" */
#define KMSD_STOP_MS 5000 /* for all children to stop */

struct event;
struct event_base;

/* A child's state, in which its records are allowed (struct ipc_rule). */
enum child_state {
	CHILD_HANDSHAKE = 1, /* its build id is awaited */
	CHILD_SETUP = 2, /* told everything; READY is awaited */
	CHILD_RUNNING = 4,
	CHILD_STOPPING = 8 /* was told to stop */
};

struct child {
	struct kmsd *kmsd;
	enum role role;
	pid_t pid; /* 0: not started, or reaped */
	pid_t process; /* the pid that it has, or had */
	bool killed; /* by the parent */
	bool ends; /* was ending as it was ready: never counts as running */
	bool closed_first; /* its channel ended before others' did */
	bool stopped; /* said that it ends now */
	bool said_how; /* the activator: serving, or rollback */
	unsigned int silent; /* looks of watch.h since it was heard */
	struct ipc_channel *channel;
	bool open; /* the channel has not ended */
	int log; /* -1: at its end */
	struct event *log_event;
	int64_t log_second; /* ktime_boot_ms() / 1000 of log_lines */
	unsigned int log_lines; /* in that second */
	uint64_t log_dropped;
	bool log_fatal; /* it has said why it ends */
	char last_words[LOG_LINE_MAX]; /* that, or "" */
	int64_t spoke_ms; /* ktime_boot_ms() of it */
	struct confinement confinement;
	bool kernel_told; /* of this process or an earlier one of the role */
	struct child_counters counters;
};

enum phase {
	PHASE_STARTING, /* until the activator serves */
	PHASE_SERVING,
	PHASE_ROLLBACK, /* without a listener */
	PHASE_HALTED, /* control alone, until somebody acts */
	PHASE_ENDING, /* killed; waiting for the last of it */
	PHASE_WAITING, /* for the next generation's time */
	PHASE_STOPPING
};

/* Whom a role runs as. */
struct identity {
	uid_t uid;
	gid_t gid;
};

struct kmsd {
	struct conf conf;
	bool foreground;
	bool as_root;
	struct identity identity[ROLE_COUNT];
	gid_t control_group;
	struct ktime started;
	int ready_fd; /* -1, or where the caller waits */
	int notify; /* -1, or the service manager */

	int lock;
	int given; /* sockets that the service manager made; -1: see given.h */
	int listen[START_LISTEN_MAX];
	size_t nlisten;
	bool listens[START_LISTEN_MAX]; /* on which of kmsd.conf's addresses */
	int control, status; /* bound sockets */
	struct publishers publishers;
	struct statefile anchor, manifest;
	int64_t anchor_written; /* ktime_boot_ms() */
	uint32_t manifest_sequence;
	bool manifest_confirm; /* the activator waits for this sequence */

	struct event_base *base;
	struct event *on_term, *on_int, *on_hup, *on_child;
	struct event *settle; /* looks whether a generation is over */
	struct event *timer; /* back-off, or the end of patience */
	struct event *anchor_timer, *manifest_timer;
	struct event *look; /* at the children, once a second */
	unsigned int starting; /* looks since this generation began */

	struct confinement self;
	struct child child[ROLE_COUNT];
	int pair[ROLE_COUNT][ROLE_COUNT]; /* [of][to], -1: none */
	uint32_t generation; /* counts from 1 */
	int64_t generation_began; /* ktime_boot_ms() */
	int64_t level_set; /* ktime_boot_ms(), at control's word */
	unsigned int deaths; /* of generations, one after the other */
	bool was_ready; /* some generation has served */
	bool halt; /* the next generation is control alone */
	bool behind; /* so is it, until the anchor is written */
	bool finish; /* no further generation: leave the loop */
	int exit_status;
	enum phase phase;
	char reason[PARENT_TEXT_MAX + 1]; /* for people */
};

#endif
