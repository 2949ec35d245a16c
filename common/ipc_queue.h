/*
 * The packets of a channel that wait to be sent: a ring of bytes that is
 * allocated once, each packet in one piece.  ipc.c alone uses it.
 */
#ifndef COMMON_IPC_QUEUE_H
#define COMMON_IPC_QUEUE_H

#include "common/ipc.h"

struct ipc_queue {
	uint8_t *ring;
	size_t size; /* of the ring */
	size_t head, tail; /* oldest packet; where the next goes */
	size_t npackets;
	size_t bytes; /* of waiting packets, headers included */
	/* The last packet, while records of the same type may join it. */
	size_t last;
	uint16_t type;
	bool open;
	/* The record that is being written. */
	struct ipc_writer writer;
	size_t at; /* its packet */
	bool fresh, writing; /* that packet is a new one */
	uint16_t new_type;
};

/* Room for bytes of records.  Returns -1 with errno. */
int queue_init(struct ipc_queue *, size_t);
void queue_free(struct ipc_queue *);

/* As ipc_begin(), ipc_end() and ipc_end_fd(). */
struct ipc_writer *queue_begin(struct ipc_queue *, uint16_t, size_t);
int queue_end(struct ipc_queue *, int);

/* No more records join the last packet. */
void queue_close(struct ipc_queue *);
void queue_clear(struct ipc_queue *);

/*
 * Sends until the queue is empty or the socket full.  Returns 0, or -1 with
 * errno; EAGAIN means full.
 */
int queue_send(struct ipc_queue *, int);

#endif
