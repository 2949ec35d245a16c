/*
 * Packets of a hostile peer, held against a table with the decoders of the
 * parent's channel.  The input is packets, each with its length (u16) before
 * it; a length with the highest bit set brings a descriptor along.
 */
#include "config.h"

#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/ipc_parent.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
on_build(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	char build[BUILD_ID_MAX + 1];

	(void)ctx;
	ipc_get_string(r, build, sizeof(build));
	if (strlen(build) > BUILD_ID_MAX)
		abort();
	(void)ipc_get_u8(r);
	ipc_set_state(ch, 2);
	return (0);
}

static int
on_setup(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct setup s;

	(void)ctx;
	(void)ch;
	parent_get_setup(r, &s);
	return (0);
}

static int
on_limits(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct limits l;

	(void)ctx;
	(void)ch;
	parent_get_limits(r, &l);
	return (0);
}

static int
on_ready(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct confinement c;

	(void)ctx;
	(void)ch;
	parent_get_confinement(r, &c);
	return (0);
}

static int
on_host(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct host_status h;

	(void)ctx;
	(void)ch;
	(void)ipc_get_u32(r);
	parent_get_host_status(r, &h);
	return (0);
}

static int
on_counters(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child_counters c;

	(void)ctx;
	(void)ch;
	parent_get_counters(r, &c);
	if (c.n > COUNTERS_MAX)
		abort();
	return (0);
}

static int
on_anchor(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	const uint8_t *p;
	size_t len;

	(void)ctx;
	p = ipc_get_blob(r, ANCHOR_MAX, &len);
	if (p != NULL && len > 0 && p[len - 1] == 'x')
		return (ipc_violation(ch, "ends in x"));
	return (0);
}

/* Half of them take their descriptor. */
static int
on_descriptor(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	(void)ctx;
	if (ipc_get_u8(r) % 2 == 0)
		(void)close(ipc_take_fd(ch));
	(void)ipc_get_u16(r);
	return (0);
}

#define ANY IPC_ANY_STATE

static const struct ipc_rule rules[] = {
	{ REC_BUILD, "build", 1, 3, BUILD_ID_MAX + 3, 1, 0, 1, false,
	    on_build },
	{ REC_SETUP, "setup", 2, 1, 1024, 2, 0, 3, true, on_setup },
	{ REC_LIMITS, "limits", ANY, 36, 36, 4, 0, 0, false, on_limits },
	{ REC_READY, "ready", ANY, 32, 128, 4, 0, 0, false, on_ready },
	{ REC_HOST, "host", ANY, 20, 1600, 4, 0, 0, false, on_host },
	{ REC_COUNTERS, "counters", ANY, 2, 600, 9, 0, 0, false, on_counters },
	{ REC_ANCHOR, "anchor", ANY, 2, ANCHOR_MAX + 2, 3, 0, 0, false,
	    on_anchor },
	{ REC_DESCRIPTOR, "descriptor", ANY, 3, 3, 1, 1, 0, false,
	    on_descriptor },
	{ .type = 0 },
};

static void
on_ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	int *ended = ctx;

	(void)ch;
	if (why != NULL && why[0] == '\0')
		abort();
	++*ended;
}

static void
send_packet(int fd, const uint8_t *p, size_t len, int with)
{
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { (void *)(uintptr_t)p, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (with != -1) {
		memset(&control, 0, sizeof(control));
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.align), &with, sizeof(with));
		m.msg_control = control.buf;
		m.msg_controllen = sizeof(control.buf);
	}
	(void)sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* No descriptor may stay open behind a run. */
static int
lowest_free(void)
{
	int fd;

	if ((fd = fcntl(0, F_DUPFD, 3)) == -1)
		err(1, "fcntl");
	(void)close(fd);
	return (fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipc_channel *ch;
	int sv[2], ended = 0, before = lowest_free();
	size_t len;
	bool with;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv) == -1)
		err(1, "socketpair");
	ch = ipc_new(sv[0], "fuzz", rules, 64, &ended, on_ended);
	if (ch == NULL)
		err(1, "ipc_new");
	while (size >= 2 && ended == 0) {
		with = (data[0] & 0x80) != 0;
		len = (size_t)(data[0] & 0x7f) << 8 | data[1];
		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		send_packet(sv[1], data, len, with ? 0 : -1);
		data += len;
		size -= len;
		(void)ipc_wait(ch, 0);
	}
	(void)close(sv[1]);
	while (ended == 0)
		(void)ipc_wait(ch, 0);
	ipc_free(ch);
	if (ended != 1 || lowest_free() != before)
		abort();
	return (0);
}
