/*
 * The channel between the parent and each child, on fd 3: handshake, set-up,
 * readiness, counters, the parent's state files, and what control asks of the
 * parent.  One file for the records, their encoders and decoders; the rules
 * (who may send what, when) stand in the tables of kmsd/ and common/start.c.
 */
#ifndef COMMON_IPC_PARENT_H
#define COMMON_IPC_PARENT_H

#include <stdbool.h>

#include "common/anchor.h"
#include "common/ipc.h"
#include "common/log.h"

#define BUILD_ID_MAX 64
#define PARENT_TEXT_MAX 900 /* bytes of a reason */
#define COUNTERS_MAX 64

enum role {
	ROLE_PARENT,
	ROLE_LISTENER,
	ROLE_ACTIVATOR,
	ROLE_STORE,
	ROLE_CONTROL,
	ROLE_COUNT
};

extern const char *const role_names[ROLE_COUNT]; /* "listener" */

enum parent_record {
	/* Both ways, first of all: build id and role. */
	REC_BUILD = 1,

	/* Parent to child, setting up. */
	REC_SETUP, /* struct setup */
	REC_CHANNEL, /* u8 enum role of the peer; a descriptor */
	REC_DESCRIPTOR, /* u8 enum descriptor, u16 index; it */
	REC_LIMITS, /* struct limits */
	REC_ANCHOR_FILE, /* activator: blob, the anchor as it stands */
	REC_MANIFEST_FILE, /* activator: blob, empty if there is none */
	REC_CONFINE, /* that was all: confine yourself */

	/* Child to parent. */
	REC_READY, /* struct confinement */
	REC_SERVING, /* activator, once */
	REC_ROLLBACK, /* activator, once: string, why */
	REC_FAILED, /* string: what time does not cure */
	REC_COUNTERS, /* u16 n, n times u64: once a second */
	REC_ANCHOR, /* activator: blob */
	REC_MANIFEST, /* activator: u32 sequence, blob */

	/* Parent to child, running. */
	REC_MANIFEST_SAVED, /* u32 sequence */
	REC_STOP, /* drain and end */
	REC_LOG_LEVEL, /* u8 */

	/* Child to parent: drained, ends now. */
	REC_STOPPED,

	/* Control and parent. */
	REC_ASK_STOP, /* control: u32 uid who asked */
	REC_ASK_HOST, /* control: u32 id */
	REC_HOST, /* parent: u32 id, struct host_status */
	REC_ASK_SANDBOX, /* control: u32 id */
	REC_SANDBOX, /* parent: u32 id, u8 role, struct confinement */
	REC_ASK_COUNTERS, /* control: u32 id */
	REC_CHILD_COUNTERS, /* parent: u32 id, u8 role, u16 n, u64s */
	REC_ANSWER_END, /* parent: u32 id */
	REC_ASK_LOG_LEVEL /* control: u8 */
};

/* Descriptors that the parent opens or binds and gives away. */
enum descriptor {
	DESC_LISTEN, /* listener: bound TCP sockets, by index */
	DESC_HOST_KEY, /* activator: host.key, for reading */
	DESC_PUBLISHER, /* activator: what was in NAME.pub, by index */
	DESC_CONTROL, /* control: control.sock, bound */
	DESC_STATUS /* control: status.sock, bound */
};

/* How a child confines itself, and what all need to know. */
struct setup {
	bool as_root; /* chroot and change the uid */
	uint32_t uid, gid;
	char root[256]; /* chroot: an existing directory */
	char directory[256]; /* the store's, as seen from outside a chroot */
	uint8_t level; /* enum log_level */
	bool files_optional; /* sandbox optional ... */
	bool tcp_required;
	bool syscalls_optional;
	uint32_t generation; /* counts from 1 */
};

/* Limits and settings of kmsd.conf; each child uses its own part. */
struct limits {
	uint32_t connections; /* most at a time, all sources */
	uint32_t per_source; /* most at a time, one address or /64 */
	uint32_t rate; /* frames a second from one source */
	uint32_t new_machines; /* an hour from one source */
	uint32_t decisions_per_day; /* of one (machine, product) */
	uint32_t skew; /* seconds, at most 14400 */
	uint32_t deadline_hello; /* seconds */
	uint32_t deadline_request; /* seconds */
	uint32_t deadline_idle; /* seconds */
};

/*
 * What is in force in a process.  A child says it of itself when it is ready;
 * what /proc says of it takes the place of that where kernel is true.
 */
struct confinement {
	uint32_t pid;
	uint32_t uid, gid;
	bool chrooted;
	bool no_new_privs, dumpable;
	uint8_t seccomp; /* mode of /proc/PID/status */
	uint32_t seccomp_filters; /* its own and inherited ones; /proc alone */
	int32_t landlock; /* ABI in use; 0: none */
	bool landlock_tcp, landlock_scope;
	/* The probes between confinement and READY: true is refused. */
	bool open_refused, bind_refused, connect_refused, signal_refused;
	uint64_t memlock, nofile, nproc, core, fsize, data; /* soft limits */
	bool kernel;
	uint64_t locked; /* bytes of memory that are never swapped */
	uint64_t capabilities; /* of any set but the bounding one */
};

struct host_status {
	char version[BUILD_ID_MAX + 1];
	uint32_t pid;
	int64_t started; /* struct ktime */
	uint32_t generation;
	bool serving;
	char state[PARENT_TEXT_MAX + 1]; /* "serving", or why not */
	char listen[512]; /* addresses and ports, by spaces */
};

struct child_counters {
	uint16_t n;
	uint64_t value[COUNTERS_MAX];
};

/* Encoded records, for ipc_begin() and the rules. */
#define PARENT_SETUP_MIN (1 + 4 + 4 + 2 + 2 + 1 + 1 + 1 + 1 + 4)
#define PARENT_SETUP_MAX (PARENT_SETUP_MIN + 255 + 255)
#define PARENT_LIMITS_BYTES (9 * 4)
#define PARENT_CONFINEMENT_BYTES \
	(4 + 4 + 4 + 1 + 1 + 1 + 1 + 4 + 4 + 6 * 1 + 6 * 8 + 1 + 8 + 8)
#define PARENT_HOST_STATUS_MIN (2 + 4 + 8 + 4 + 1 + 2 + 2)
#define PARENT_HOST_STATUS_MAX \
	(PARENT_HOST_STATUS_MIN + BUILD_ID_MAX + PARENT_TEXT_MAX + 511)

/* Encoders and decoders; decoders set the reader's bad. */
void parent_put_setup(struct ipc_writer *, const struct setup *);
void parent_get_setup(struct ipc_reader *, struct setup *);
void parent_put_limits(struct ipc_writer *, const struct limits *);
void parent_get_limits(struct ipc_reader *, struct limits *);
void parent_put_confinement(struct ipc_writer *, const struct confinement *);
void parent_get_confinement(struct ipc_reader *, struct confinement *);
void parent_put_host_status(struct ipc_writer *, const struct host_status *);
void parent_get_host_status(struct ipc_reader *, struct host_status *);
void parent_put_counters(struct ipc_writer *, const struct child_counters *);
void parent_get_counters(struct ipc_reader *, struct child_counters *);

#endif
