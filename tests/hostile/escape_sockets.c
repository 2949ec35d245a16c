/* Ways over sockets, and what one process says to another. */
#include "config.h"

#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc_activator_store.h"
#include "common/ipc_admin.h"
#include "common/ipc_listener_activator.h"
#include "tests/hostile/escape.h"

#define LEAKED_MAX 1024
#define LOW_DESCRIPTORS 3 /* of the event base: epoll, a pipe for signals */
#define STORE_DESCRIPTORS 2 /* the database, its log */
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#define ANSWER_MS 5000

static int
try_socket(int family, int type, int protocol)
{
	return (escape_result(syscall(SYS_socket, family, type, protocol)));
}

static int
try_inet(struct escape_scene *s)
{
	(void)s;
	return (try_socket(AF_INET, SOCK_STREAM, 0));
}

static int
try_inet6(struct escape_scene *s)
{
	(void)s;
	return (try_socket(AF_INET6, SOCK_STREAM, 0));
}

static int
try_udp(struct escape_scene *s)
{
	(void)s;
	return (try_socket(AF_INET, SOCK_DGRAM, 0));
}

/* TCP in the kernel, but not to Landlock. */
static int
try_mptcp(struct escape_scene *s)
{
	(void)s;
	return (try_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP));
}

static int
try_raw(struct escape_scene *s)
{
	(void)s;
	return (try_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

static int
try_unix(struct escape_scene *s)
{
	(void)s;
	return (try_socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
try_netlink(struct escape_scene *s)
{
	(void)s;
	return (try_socket(AF_NETLINK, SOCK_RAW, 0));
}

static int
try_packet(struct escape_scene *s)
{
	(void)s;
	return (try_socket(AF_PACKET, SOCK_RAW, 0));
}

static int
try_vsock(struct escape_scene *s)
{
	(void)s;
	return (try_socket(AF_VSOCK, SOCK_STREAM, 0));
}

static int
try_alg(struct escape_scene *s)
{
	(void)s;
	return (try_socket(AF_ALG, SOCK_SEQPACKET, 0));
}

static int
try_socketpair(struct escape_scene *s)
{
	int fd[2];

	(void)s;
	return (escape_result(
	    syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, fd)));
}

/* Where no socket can be had, the channel to the parent serves. */
static int
some_socket(const struct escape_scene *s)
{
	if (escape_confined && s->start != NULL)
		return (START_FD_PARENT);
	return ((int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0));
}

static struct sockaddr_in
loopback(void)
{
	struct sockaddr_in sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return (sin);
}

static int
try_bind(struct escape_scene *s)
{
	struct sockaddr_in sin = loopback();

	return (escape_result(
	    syscall(SYS_bind, some_socket(s), &sin, sizeof(sin))));
}

/* Nobody is there, which only he hears who may ask. */
static int
try_connect(struct escape_scene *s)
{
	struct sockaddr_in sin = loopback();

	sin.sin_port = htons(1);
	if (syscall(SYS_connect, some_socket(s), &sin, sizeof(sin)) == -1 &&
	    errno != ECONNREFUSED)
		return (-errno);
	return (0);
}

/* A connection by the first data, of a socket that no longer listens. */
static int
try_fast_open(struct escape_scene *s)
{
	struct sockaddr_in sin = loopback();
	int fd;

	sin.sin_port = htons(1);
	if (s->role == ROLE_LISTENER) {
		fd = s->start->listen[0];
		(void)syscall(SYS_shutdown, fd, SHUT_RD);
	} else if (escape_confined && s->start != NULL)
		fd = START_FD_PARENT;
	else
		fd = (int)syscall(
		    SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (syscall(SYS_sendto, fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, &sin,
		sizeof(sin)) == -1 &&
	    errno != ECONNREFUSED && errno != EINPROGRESS)
		return (-errno);
	return (0);
}

/* On one of its own; those that were given may be listened on. */
static int
try_listen(struct escape_scene *s)
{
	long fd;

	if (s->role != ROLE_LISTENER && s->role != ROLE_CONTROL)
		return (escape_result(syscall(SYS_listen, some_socket(s), 1)));
	fd = syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	return (fd == -1 ? -errno : escape_result(syscall(SYS_listen, fd, 1)));
}

static int
try_abstract(struct escape_scene *s)
{
	const size_t len = strlen(s->abstract);
	struct sockaddr_un sun;
	long fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (len >= sizeof(sun.sun_path))
		return (-ENAMETOOLONG);
	memcpy(sun.sun_path + 1, s->abstract, len);
	fd = syscall(SYS_socket, AF_UNIX, SOCK_DGRAM, 0);
	if (fd == -1)
		return (-errno);
	return (escape_result(syscall(SYS_connect, fd, &sun,
	    offsetof(struct sockaddr_un, sun_path) + 1 + len)));
}

static int
try_terminal(struct escape_scene *s)
{
	(void)s;
	/* Not a terminal, which only he hears who may ask. */
	if (syscall(SYS_ioctl, 1, TIOCSTI, "x") == -1 && errno != ENOTTY)
		return (-errno);
	return (0);
}

/* A message with a descriptor, or room for one. */
struct message {
	struct msghdr m;
	struct iovec iov;
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(sizeof(int))];
	} control;
};

static void
set_message(struct message *g, const void *data, size_t len)
{
	memset(g, 0, sizeof(*g));
	g->iov.iov_base = (void *)(uintptr_t)data;
	g->iov.iov_len = len;
	g->m.msg_iov = &g->iov;
	g->m.msg_iovlen = 1;
	g->m.msg_control = g->control.buf;
	g->m.msg_controllen = sizeof(g->control.buf);
}

/* A handle of the true root goes with it. */
static void
set_descriptor(struct message *g, const void *data, size_t len)
{
	const int fd = ESCAPE_ROOT_FD;

	set_message(g, data, len);
	g->control.align.cmsg_level = SOL_SOCKET;
	g->control.align.cmsg_type = SCM_RIGHTS;
	g->control.align.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&g->control.align), &fd, sizeof(fd));
}

/*
 * A packet that the receiver takes, but for its descriptor: it says so, and
 * ends the generation.
 */
static int
pass_on_channel(int to, uint16_t type)
{
	struct pollfd end = { .fd = START_FD_PARENT };
	const uint8_t packet[] = { (uint8_t)(type >> 8), (uint8_t)type, 0, 1, 0,
		0, 0, 4, 0, 0, 0, 0 };
	struct message g;
	int r;

	set_descriptor(&g, packet, sizeof(packet));
	r = escape_result(syscall(SYS_sendmsg, to, &g.m, MSG_NOSIGNAL));
	/* Whoever ends the generation has said why. */
	if (r == 0 && poll(&end, 1, ANSWER_MS) != 0)
		_exit(0);
	return (r);
}

static int
try_descriptor_parent(struct escape_scene *s)
{
	if (s->start == NULL)
		return (-ENOSYS);
	return (pass_on_channel(START_FD_PARENT, REC_COUNTERS));
}

static int
try_descriptor_sibling(struct escape_scene *s)
{
	static const struct {
		enum role to;
		uint16_t type;
	} of[ROLE_COUNT] = {
		[ROLE_LISTENER] = { ROLE_ACTIVATOR, REC_REQUEST },
		[ROLE_ACTIVATOR] = { ROLE_STORE, REC_READ_DOCUMENTS },
		[ROLE_STORE] = { ROLE_ACTIVATOR, REC_COMMITTED },
		[ROLE_CONTROL] = { ROLE_ACTIVATOR, REC_GET_CHECKPOINT },
	};

	if (s->start == NULL)
		return (-ENOSYS);
	return (pass_on_channel(
	    s->start->channel[of[s->role].to], of[s->role].type));
}

/* A new number for what the socket that is its own peer was sent. */
static int
take_descriptor(void)
{
	struct message g;
	char byte;
	int fd;

	set_message(&g, &byte, sizeof(byte));
	if (syscall(SYS_recvmsg, ESCAPE_SELF_FD, &g.m, MSG_DONTWAIT) == -1)
		return (-errno);
	if (g.m.msg_controllen < CMSG_LEN(sizeof(fd)) ||
	    g.control.align.cmsg_type != SCM_RIGHTS)
		return (-EBADMSG);
	memcpy(&fd, CMSG_DATA(&g.control.align), sizeof(fd));
	return (escape_result(syscall(SYS_fcntl, fd, F_GETFD)));
}

static int
try_descriptor_sendmsg(struct escape_scene *s)
{
	struct message g;

	(void)s;
	set_descriptor(&g, "x", 1);
	if (syscall(SYS_sendmsg, ESCAPE_SELF_FD, &g.m, MSG_NOSIGNAL) == -1)
		return (-errno);
	return (take_descriptor());
}

static int
try_descriptor_sendmmsg(struct escape_scene *s)
{
	struct message g;
	struct mmsghdr m;

	(void)s;
	set_descriptor(&g, "x", 1);
	memset(&m, 0, sizeof(m));
	m.msg_hdr = g.m;
	if (syscall(SYS_sendmmsg, ESCAPE_SELF_FD, &m, 1, MSG_NOSIGNAL) == -1)
		return (-errno);
	return (take_descriptor());
}

static bool
is_known(const struct start *s, int fd)
{
	size_t i;

	for (i = 0; i < ROLE_COUNT; i++)
		if (s->channel[i] == fd)
			return (true);
	for (i = 0; i < s->nlisten; i++)
		if (s->listen[i] == fd)
			return (true);
	return (fd == s->control || fd == s->status);
}

static int
try_leaked(struct escape_scene *s)
{
	int fd, low = LOW_DESCRIPTORS;

	if (s->start == NULL)
		return (-ENOSYS);
	if (s->role == ROLE_STORE)
		low += STORE_DESCRIPTORS;
	for (fd = START_FD_PARENT + 1; fd < LEAKED_MAX; fd++) {
		if (syscall(SYS_fcntl, fd, F_GETFD) == -1)
			continue;
		if (fd >= START_FD_CHANNEL && !is_known(s->start, fd))
			return (0);
		if (fd < START_FD_CHANNEL && --low < 0)
			return (0);
	}
	return (-EACCES);
}

static int
try_shm(struct escape_scene *s)
{
	long id = syscall(SYS_shmget, IPC_PRIVATE, 4096, 0600);

	(void)s;
	if (id == -1)
		return (-errno);
	(void)syscall(SYS_shmctl, id, IPC_RMID, NULL);
	return (0);
}

static int
try_msg(struct escape_scene *s)
{
	long id = syscall(SYS_msgget, IPC_PRIVATE, 0600);

	(void)s;
	if (id == -1)
		return (-errno);
	(void)syscall(SYS_msgctl, id, IPC_RMID, NULL);
	return (0);
}

static int
try_sem(struct escape_scene *s)
{
	long id = syscall(SYS_semget, IPC_PRIVATE, 1, 0600);

	(void)s;
	if (id == -1)
		return (-errno);
	(void)syscall(SYS_semctl, id, 0, IPC_RMID, 0);
	return (0);
}

static int
try_mq(struct escape_scene *s)
{
	(void)s;
	if (syscall(SYS_mq_open, "kmsd-escape", O_RDWR | O_CREAT, 0600, NULL) ==
	    -1)
		return (-errno);
	(void)syscall(SYS_mq_unlink, "kmsd-escape");
	return (0);
}

#define SYSLOG "it writes to the system's log"
#define PASSES "it is who passes descriptors"
#define HEARD "the receiver says that a descriptor came"

const struct escape escape_sockets[] = {
	{ "socket inet", try_inet, "a descriptor",
	    "its children try whether they may connect", NULL },
	{ "socket inet6", try_inet6, "a descriptor", NULL,
	    "not every machine has IPv6" },
	{ "socket inet datagram", try_udp, "a descriptor", NULL, NULL },
	{ "socket mptcp", try_mptcp, "a descriptor", NULL,
	    "not every kernel has it" },
	{ "socket raw", try_raw, "a descriptor", NULL, "needs root" },
	{ "socket unix", try_unix, "a descriptor", SYSLOG, NULL },
	{ "socket netlink", try_netlink, "a descriptor", NULL, NULL },
	{ "socket packet", try_packet, "a descriptor", NULL, "needs root" },
	{ "socket vsock", try_vsock, "a descriptor", NULL,
	    "not every kernel has it" },
	{ "socket alg", try_alg, "a descriptor", NULL,
	    "not every kernel has it" },
	{ "socketpair", try_socketpair, "descriptors",
	    "it makes the channels of each generation", NULL },
	{ "bind tcp", try_bind, "0", NULL, NULL },
	{ "connect tcp", try_connect, "ECONNREFUSED", NULL, NULL },
	{ "connect tcp by fast open", try_fast_open, "ECONNREFUSED", NULL,
	    NULL },
	{ "listen", try_listen, "0", "its children listen", NULL },
	{ "abstract socket", try_abstract, "0", NULL, NULL },
	{ "TIOCSTI", try_terminal, "ENOTTY", NULL, NULL },
	{ "descriptor to the parent", try_descriptor_parent, HEARD, PASSES,
	    NULL },
	{ "descriptor to a sibling", try_descriptor_sibling, HEARD, PASSES,
	    NULL },
	{ "descriptor by sendmsg", try_descriptor_sendmsg, "a descriptor",
	    PASSES, NULL },
	{ "descriptor by sendmmsg", try_descriptor_sendmmsg, "a descriptor",
	    NULL, NULL },
	{ "leaked descriptors", try_leaked, "one more than expected",
	    "it opens what it gives away", NULL },
	{ "shmget", try_shm, "an id", NULL, NULL },
	{ "msgget", try_msg, "an id", NULL, NULL },
	{ "semget", try_sem, "an id", NULL, NULL },
	{ "mq_open", try_mq, "a descriptor", NULL, NULL },
};
const size_t escape_nsockets =
    sizeof(escape_sockets) / sizeof(escape_sockets[0]);
