/*
 * Packets between processes over AF_UNIX SOCK_SEQPACKET: a header (type u16,
 * count u16, length u32) and count records of that type, encoded field by
 * field, big endian.  Every receiver has one constant table per channel that
 * says which types may come; absence means no.  A peer that breaks a rule is
 * treated as taken over: the channel reports the rule and reads no more.
 */
#ifndef COMMON_IPC_H
#define COMMON_IPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPC_HEADER_LEN 8
#define IPC_PACKET_MAX 32768 /* bytes, header included */

struct event_base;
struct ipc_channel;

/*
 * Reads the fields of records.  A read past the end or of a value that is not
 * allowed sets bad and yields zeros; whoever decodes checks bad once, last.
 */
struct ipc_reader {
	const uint8_t *p, *end;
	bool bad;
};

uint8_t ipc_get_u8(struct ipc_reader *);
uint16_t ipc_get_u16(struct ipc_reader *);
uint32_t ipc_get_u32(struct ipc_reader *);
uint64_t ipc_get_u64(struct ipc_reader *);
int64_t ipc_get_i64(struct ipc_reader *);
bool ipc_get_bool(struct ipc_reader *); /* 0 or 1, else bad */
void ipc_get_bytes(struct ipc_reader *, void *, size_t);
/* u16-prefixed bytes, at most max; points into the packet. */
const uint8_t *ipc_get_blob(struct ipc_reader *, size_t, size_t *);
/* u16-prefixed text without NUL, into char[size], which gets one. */
void ipc_get_string(struct ipc_reader *, char *, size_t);

/* Writes the fields of records; a write past the end sets bad. */
struct ipc_writer {
	uint8_t *p, *end;
	bool bad;
};

void ipc_put_u8(struct ipc_writer *, uint8_t);
void ipc_put_u16(struct ipc_writer *, uint16_t);
void ipc_put_u32(struct ipc_writer *, uint32_t);
void ipc_put_u64(struct ipc_writer *, uint64_t);
void ipc_put_i64(struct ipc_writer *, int64_t);
void ipc_put_bool(struct ipc_writer *, bool);
void ipc_put_bytes(struct ipc_writer *, const void *, size_t);
void ipc_put_blob(struct ipc_writer *, const void *, size_t);
void ipc_put_string(struct ipc_writer *, const char *);

/*
 * What may come.  The handler is called once a record and decodes it from the
 * reader; it returns 0, or -1 if the record breaks a rule, with the reason set
 * by ipc_violation().  After the last record the reader must stand exactly at
 * the packet's end.
 */
struct ipc_rule {
	uint16_t type; /* 0 ends the table */
	const char *name; /* for the log: "request" */
	uint32_t states; /* bit mask of states in which it may come */
	uint32_t min, max; /* bytes of one record */
	uint16_t records; /* most records in a packet */
	uint8_t fds; /* descriptors, exactly: 0 or 1 */
	uint32_t times; /* most records in the channel's life; 0: any */
	bool secret; /* wipe the packet after use */
	int (*handle)(void *, struct ipc_channel *, struct ipc_reader *);
};

#define IPC_ANY_STATE 0xffffffffU

/*
 * Called once when a channel ends: why is NULL at end of file, else it names
 * the rule that was broken or the error.  Here, and never in a handler, the
 * channel may be freed.
 */
typedef void ipc_ended(void *, struct ipc_channel *, const char *);

/*
 * A channel on a connected socket, which it owns.  name is the peer's, for the
 * log.  queue is the room for unsent packets, in bytes, allocated now: credits
 * times the largest record.  Returns NULL with errno set.
 */
struct ipc_channel *ipc_new(
    int, const char *, const struct ipc_rule *, size_t, void *, ipc_ended *);
void ipc_free(struct ipc_channel *);

/*
 * Other rules from now on, for a phase that is over: they replace all rules,
 * or are looked up behind those that are there, each with a context of its
 * own (two tables at most).  What was counted for times begins anew.  Return
 * -1 with errno.
 */
int ipc_replace_rules(struct ipc_channel *, const struct ipc_rule *, void *);
int ipc_add_rules(struct ipc_channel *, const struct ipc_rule *, void *);

/* Starts reading (and writing what is queued) in this event base. */
int ipc_start(struct ipc_channel *, struct event_base *);

const char *ipc_name(const struct ipc_channel *);
int ipc_fd(const struct ipc_channel *);

/* The state is one bit, chosen by the process; 1 at the beginning. */
void ipc_set_state(struct ipc_channel *, uint32_t);
uint32_t ipc_state(const struct ipc_channel *);

/*
 * Says which rule the peer broke; the channel ends at the end of this turn, or
 * soon if it is not being read now.  Returns -1, for handlers to return.
 */
int ipc_violation(struct ipc_channel *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* For handlers: the descriptor of this record, now the caller's. */
int ipc_take_fd(struct ipc_channel *);

/*
 * Called after the last packet that was there to read in one turn: where a
 * process hands on what the handlers gathered.  The context is that of the
 * first table of rules.
 */
void ipc_set_turn(struct ipc_channel *, void (*)(void *, struct ipc_channel *));

/*
 * A record of type, of at most max bytes: appended to the open packet if that
 * has the type and room, else to a new one.  Returns NULL if the queue is
 * full, which credits make impossible but for a broken rule.  ipc_end()
 * completes the record; -1 if it did not fit in max.  The receiver's rule must
 * allow as many records in a packet as are written between two ipc_flush().
 */
struct ipc_writer *ipc_begin(struct ipc_channel *, uint16_t, size_t);
int ipc_end(struct ipc_channel *);

/* The same with a descriptor, in a packet of its own; a copy is queued. */
int ipc_end_fd(struct ipc_channel *, int);

/* Is nobody at the other end any more?  Read alone, an empty packet looks so. */
bool ipc_hung_up(int);

/* Closes the open packet and sends what the socket takes now. */
void ipc_flush(struct ipc_channel *);

/* Bytes that wait to be sent. */
size_t ipc_queued(const struct ipc_channel *);

/*
 * Without an event base, for the start and for tools: sends everything, or
 * waits (milliseconds, -1: for ever) for packets and dispatches them.
 * ipc_wait() returns 1 if packets were handled, 0 at the deadline, -1 when the
 * channel ended (ended has been called and may have freed it).
 */
int ipc_drain(struct ipc_channel *, int);
int ipc_wait(struct ipc_channel *, int);

#endif
