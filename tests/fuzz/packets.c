/* Takes packets from a fuzzer's input and sends them. */
#include "config.h"

#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/fuzz/packets.h"

#define HEAD 5 /* bytes before those of the packet */

bool
packet_take(
    const uint8_t **data, size_t *size, unsigned int senders, struct packet *p)
{
	const uint8_t *d = *data;

	if (*size < HEAD)
		return (false);
	p->with = (d[0] & 0x80) != 0;
	p->who = (uint8_t)((d[0] & 0x7f) % senders);
	p->type = d[1];
	p->count = d[2];
	p->len = (size_t)d[3] << 8 | d[4];
	p->bytes = d + HEAD;
	if (p->len > *size - HEAD)
		p->len = *size - HEAD;
	*data += HEAD + p->len;
	*size -= HEAD + p->len;
	return (true);
}

void
packet_send(int fd, const struct packet *p)
{
	static const int given = 0; /* a copy of fd would keep it open */
	const uint32_t len = (uint32_t)p->len;
	uint8_t head[IPC_HEADER_LEN] = { 0, p->type, 0, p->count,
		(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
		(uint8_t)len };
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov[2] = { { head, sizeof(head) },
		{ (void *)(uintptr_t)p->bytes, p->len } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };

	if (p->with) {
		memset(&control, 0, sizeof(control));
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.align), &given, sizeof(given));
		m.msg_control = control.buf;
		m.msg_controllen = sizeof(control.buf);
	}
	(void)sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void
packet_pair(int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd) == -1)
		err(1, "socketpair");
}

int
packet_lowest_free(void)
{
	int fd;

	if ((fd = fcntl(0, F_DUPFD, 3)) == -1)
		err(1, "fcntl");
	(void)close(fd);
	return (fd);
}
