/*
 * How every child starts: the same steps in the same order (log pipe,
 * dumpable 0, handshake, warm-up, descriptors, chroot, uid, no_new_privs,
 * limits, Landlock, seccomp, READY), so that each main.c is short and
 * a reader can compare them line by line.
 */
#ifndef COMMON_START_H
#define COMMON_START_H

#include "common/ipc_parent.h"

#define START_LISTEN_MAX 16
#define START_PUBLISHERS_MAX 16

/* The child's exit status when it and the parent are not of one build. */
#define START_EXIT_BUILD 75

/*
 * Where descriptors are, whatever numbers they came with; what the warm-up
 * opens (the event base) lies below.
 */
enum start_fd {
	START_FD_PARENT = 3,
	START_FD_CHANNEL = 64, /* and the peer's role */
	START_FD_LISTEN = START_FD_CHANNEL + ROLE_COUNT,
	START_FD_PUBLISHER = START_FD_LISTEN + START_LISTEN_MAX,
	START_FD_HOST_KEY = START_FD_PUBLISHER + START_PUBLISHERS_MAX,
	START_FD_CONTROL,
	START_FD_STATUS,
	START_FD_END
};

struct event;
struct event_base;

/* What a child has when start() returns: confined, READY sent. */
struct start {
	enum role role;
	struct event_base *base;
	struct ipc_channel *parent;
	int channel[ROLE_COUNT]; /* to siblings, -1: none */
	int listen[START_LISTEN_MAX];
	size_t nlisten;
	int host_key; /* -1: none */
	int publisher[START_PUBLISHERS_MAX];
	size_t npublishers;
	int control, status; /* -1: none */
	struct setup setup;
	struct limits limits;
	char *anchor, *manifest; /* as the parent keeps them, or NULL */
	size_t anchor_len, manifest_len;
	struct confinement confinement;
	/* See start_run() and start_counters(). */
	void *ctx;
	void *process; /* for the child's own use */
	void (*stop)(void *);
	struct child_counters *counters;
	struct event *second;
};

/* What differs between the processes. */
struct start_options {
	enum role role;
	uint32_t peers; /* bit mask of roles with a channel */
	uint32_t descriptors; /* bit mask of enum descriptor */
	bool own_directory; /* the store's one Landlock rule */
	/*
	 * Limits: descriptors beyond START_FD_END (with DESC_LISTEN, the
	 * connections of struct limits are added); bytes; bytes.
	 */
	uint64_t nofile, memlock, fsize;
	int (*warm_up)(struct start *); /* libraries, allocations; or NULL */
	/* Reads what it was given before confinement (keys); or NULL. */
	int (*before)(struct start *);
};

/*
 * Runs all steps.  A child with own_directory has it as its working directory
 * afterwards, the others have the root.  Dies (fatal) when a step fails; a reason that time does not
 * cure goes to the parent as REC_FAILED first.
 */
void start(struct start *, const struct start_options *);

/*
 * After start(): the channel to a sibling, already reading.  A sibling that
 * breaks a rule ends this process, and so the generation; one that is gone is
 * the parent's to act on.  Dies on failure.
 */
struct ipc_channel *start_channel(
    struct start *, enum role, const struct ipc_rule *, size_t, void *);

/* What the parent may say to every child while it runs. */
extern const struct ipc_rule start_running_rules[];

/*
 * After start(): the child's own rules for the parent's channel while running,
 * added to what every child takes (REC_STOP, REC_LOG_LEVEL).  End of file on
 * it ends the child at once.  stop is called on REC_STOP and ends with
 * start_stopped(), which does not return.
 */
void start_run(
    struct start *, const struct ipc_rule *, void *, void (*)(void *));
void start_stopped(struct start *) __attribute__((noreturn));

/* Tells the parent what time does not cure, and exits. */
void start_failed(struct start *, const char *, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/* Sends the counters each second from now on; the array stays the caller's. */
void start_counters(struct start *, struct child_counters *);

/* The event loop, in a file of its own: tests of confinement link another. */
void process_loop(struct start *);

#endif
