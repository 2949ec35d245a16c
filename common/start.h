/*
 * How every child starts: the same steps in the same order (log pipe,
 * dumpable 0, handshake, warm-up, descriptors, chroot, uid, no_new_privs,
 * limits, Landlock, place of seccomp, READY), so that each main.c is short and
 * a reader can compare them line by line.
 */
#ifndef COMMON_START_H
#define COMMON_START_H

#include "common/ipc_parent.h"

#define START_LISTEN_MAX 16
#define START_PUBLISHERS_MAX 16

struct event_base;

/* What a child has when start() returns: confined, READY sent. */
struct start {
	enum role role;
	struct event_base *base;
	struct ipc_channel *parent;
	int channel[ROLE_COUNT];	/* to siblings, -1: none */
	int listen[START_LISTEN_MAX];
	size_t nlisten;
	int host_key;			/* -1: none */
	int publisher[START_PUBLISHERS_MAX];
	size_t npublishers;
	int control, status;		/* -1: none */
	struct setup setup;
	struct limits limits;
	char *anchor, *manifest;	/* as the parent keeps them, or NULL */
	size_t anchor_len, manifest_len;
	struct confinement confinement;
	/* For the rules of the running phase, see start_run(). */
	void *ctx;
};

/* What differs between the processes. */
struct start_options {
	enum role role;
	uint32_t peers;			/* bit mask of roles with a channel */
	uint32_t descriptors;		/* bit mask of enum descriptor */
	bool own_directory;		/* the store's one Landlock rule */
	uint64_t nofile, memlock, fsize;	/* limits: number, bytes */
	int (*warm_up)(struct start *);	/* libraries, allocations; or NULL */
	/* Reads what it was given before confinement (keys); or NULL. */
	int (*before)(struct start *);
};

/*
 * Runs all steps.  Dies (fatal) when a step fails; a reason that time does not
 * cure goes to the parent as REC_FAILED first.
 */
void start(struct start *, const struct start_options *);

/*
 * After start(): the child's own rules for the parent's channel while running,
 * added to what every child takes (REC_STOP, REC_LOG_LEVEL).  End of file on
 * it ends the child at once.  stop is called on REC_STOP and ends with
 * start_stopped().
 */
void start_run(struct start *, const struct ipc_rule *, void *,
    void (*)(void *));
void start_stopped(struct start *);

/* Tells the parent what time does not cure, and exits. */
void start_failed(struct start *, const char *, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/* Sends the counters each second from now on; the array stays the caller's. */
void start_counters(struct start *, struct child_counters *);

#endif
