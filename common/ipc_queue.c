/*
 * A ring of packets to send.  In the ring a packet is its slot (length and
 * descriptor) and its bytes; slots begin at multiples of 8.
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc_queue.h"

struct slot {
	uint32_t len; /* of the packet; 0: the ring goes on at 0 */
	int fd; /* -1: none */
};

#define OVERHEAD (sizeof(struct slot) + IPC_HEADER_LEN)

union control {
	struct cmsghdr align;
	uint8_t buf[CMSG_SPACE(sizeof(int))];
};

static struct slot
slot_at(const struct ipc_queue *q, size_t at)
{
	struct slot s;

	memcpy(&s, q->ring + at, sizeof(s));
	return (s);
}

static void
set_slot(struct ipc_queue *q, size_t at, size_t len, int fd)
{
	struct slot s = { .len = (uint32_t)len, .fd = fd };

	memcpy(q->ring + at, &s, sizeof(s));
}

static size_t
aligned(size_t n)
{
	return ((n + 7) & ~(size_t)7);
}

/* Where the packet behind this one is. */
static size_t
after(const struct ipc_queue *q, size_t at)
{
	at += sizeof(struct slot) + aligned(slot_at(q, at).len);
	if (at + sizeof(struct slot) > q->size || slot_at(q, at).len == 0)
		return (0);
	return (at);
}

/*
 * A packet of one small record takes up to three times the record's room, and
 * one packet's room is lost where the ring begins anew.
 */
int
queue_init(struct ipc_queue *q, size_t bytes)
{
	memset(q, 0, sizeof(*q));
	if (bytes > SIZE_MAX / 4) {
		errno = ENOMEM;
		return (-1);
	}
	q->size = aligned(bytes * 3 + IPC_PACKET_MAX + 2 * OVERHEAD);
	return ((q->ring = calloc(1, q->size)) == NULL ? -1 : 0);
}

void
queue_free(struct ipc_queue *q)
{
	if (q->ring != NULL)
		queue_clear(q);
	free(q->ring);
	q->ring = NULL;
}

static void
pop(struct ipc_queue *q)
{
	struct slot s = slot_at(q, q->head);

	if (s.fd != -1)
		(void)close(s.fd);
	q->bytes -= s.len;
	if (--q->npackets > 0) {
		q->head = after(q, q->head);
		return;
	}
	q->head = q->tail = 0;
	q->open = false;
}

void
queue_clear(struct ipc_queue *q)
{
	while (q->npackets > 0)
		pop(q);
	q->open = q->writing = false;
}

void
queue_close(struct ipc_queue *q)
{
	q->open = false;
}

/* Bytes from at to the ring's end or to the oldest packet. */
static size_t
space(const struct ipc_queue *q, size_t at)
{
	if (q->npackets == 0 || at >= q->head)
		return (q->size - at);
	return (q->head - at);
}

/* A place for a new packet of need bytes, slot included; -1 if full. */
static int
place(struct ipc_queue *q, size_t need, size_t *at)
{
	if (q->npackets == 0)
		q->head = q->tail = 0;
	if (q->npackets > 0 && q->tail == q->head)
		return (-1);
	*at = q->tail;
	if (need <= space(q, q->tail))
		return (0);
	if (q->npackets == 0 || q->tail < q->head || need > q->head)
		return (-1);
	*at = 0;
	return (0);
}

static bool
joins(const struct ipc_queue *q, uint16_t type, size_t max)
{
	size_t len;

	if (!q->open || q->type != type)
		return (false);
	len = slot_at(q, q->last).len;
	return (len + max <= IPC_PACKET_MAX &&
		aligned(sizeof(struct slot) + len + max) <= space(q, q->last));
}

struct ipc_writer *
queue_begin(struct ipc_queue *q, uint16_t type, size_t max)
{
	struct ipc_writer *w = &q->writer;
	size_t used = IPC_HEADER_LEN;

	q->writing = false;
	if (max > IPC_PACKET_MAX - IPC_HEADER_LEN)
		return (NULL);
	if ((q->fresh = !joins(q, type, max))) {
		if (place(q, aligned(OVERHEAD + max), &q->at) == -1)
			return (NULL);
	} else {
		q->at = q->last;
		used = slot_at(q, q->at).len;
	}
	w->p = q->ring + q->at + sizeof(struct slot) + used;
	w->end = w->p + max;
	w->bad = false;
	q->new_type = type;
	q->writing = true;
	return (w);
}

/* Writes the packet's header again, with one record more. */
static void
put_header(struct ipc_queue *q, size_t len)
{
	uint8_t *p = q->ring + q->at + sizeof(struct slot);
	struct ipc_writer w = { .p = p, .end = p + IPC_HEADER_LEN };
	uint16_t count = 1;

	if (!q->fresh)
		count = (uint16_t)((p[2] << 8 | p[3]) + 1);
	ipc_put_u16(&w, q->new_type);
	ipc_put_u16(&w, count);
	ipc_put_u32(&w, (uint32_t)(len - IPC_HEADER_LEN));
}

static bool
count_is_full(const struct ipc_queue *q)
{
	const uint8_t *p = q->ring + q->last + sizeof(struct slot);

	return (p[2] == 0xff && p[3] == 0xff);
}

/* The packet becomes the last of the queue; its first slot, if it is new. */
static void
append(struct ipc_queue *q, size_t len, int fd)
{
	if (q->fresh) {
		if (q->npackets > 0 && q->at == 0 &&
		    q->tail + sizeof(struct slot) <= q->size)
			set_slot(q, q->tail, 0, -1);
		if (q->npackets == 0)
			q->head = q->at;
		q->npackets++;
		q->bytes += len;
	} else
		q->bytes += len - slot_at(q, q->at).len;
	set_slot(q, q->at, len, fd);
	q->tail = q->at + sizeof(struct slot) + aligned(len);
	if (q->tail == q->size)
		q->tail = 0;
	q->last = q->at;
	q->type = q->new_type;
	q->open = fd == -1 && !count_is_full(q);
}

int
queue_end(struct ipc_queue *q, int fd)
{
	size_t len;
	int copy = -1;

	if (!q->writing || q->writer.bad) {
		q->writing = false;
		errno = EMSGSIZE;
		return (-1);
	}
	q->writing = false;
	if (fd != -1 && !q->fresh) {
		errno = EINVAL;
		return (-1);
	}
	if (fd != -1 && (copy = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return (-1);
	len = (size_t)(q->writer.p - q->ring) - q->at - sizeof(struct slot);
	put_header(q, len);
	append(q, len, copy);
	return (0);
}

/* With a descriptor; a child's filter does not allow this call. */
static ssize_t
send_fd(int to, const struct slot *s, void *bytes)
{
	struct iovec iov = { .iov_base = bytes, .iov_len = s->len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control;
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	m.msg_control = control.buf;
	m.msg_controllen = sizeof(control.buf);
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_len = CMSG_LEN(sizeof(int));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(c), &s->fd, sizeof(s->fd));
	return (sendmsg(to, &m, MSG_NOSIGNAL | MSG_DONTWAIT));
}

int
queue_send(struct ipc_queue *q, int fd)
{
	struct slot s;
	uint8_t *bytes;
	ssize_t sent;

	q->writing = false;
	while (q->npackets > 0) {
		s = slot_at(q, q->head);
		bytes = q->ring + q->head + sizeof(s);
		do
			sent = s.fd == -1 ? send(fd, bytes, s.len,
						MSG_NOSIGNAL | MSG_DONTWAIT)
					  : send_fd(fd, &s, bytes);
		while (sent == -1 && errno == EINTR);
		if (sent == -1)
			return (-1);
		pop(q);
	}
	return (0);
}
