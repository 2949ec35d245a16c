/*
 * Starts the program of a role: an address space of its own, fd 3 to the
 * parent, fd 2 for its log, nothing else, and an empty environment.
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "kmsd/child.h"
#include "kmsd/dispatch.h"
#include "kmsd/logs.h"
#include "kmsd/supervise.h"
#include "kmsd/topology.h"

#define PARENT_FD 3
#define FIRST_FREE_FD 16 /* above what the child gets */
#define QUEUE_BYTES (4 * IPC_PACKET_MAX)

bool
child_present(const struct child *c)
{
	return (c->pid != 0 || c->open || c->log != -1);
}

bool
child_runs(const struct child *c)
{
	return (c->open && !c->ends && ipc_state(c->channel) == CHILD_RUNNING);
}

/* In the child, until exec: says what is wrong as its log packet does. */
static void
cannot(const char *what, const char *path)
{
	char packet[LOG_LINE_MAX];

	packet[0] = LOG_LEVEL_FATAL;
	(void)snprintf(packet + 1, sizeof(packet) - 1, "cannot %s %s: %s", what,
	    path, strerror(errno));
	(void)send(STDERR_FILENO, packet, 1 + strlen(packet + 1),
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	_exit(127);
}

/* In the child: never returns. */
static void
run(const char *path, int channel, int log)
{
	char *argv[2], *envp[1] = { NULL };
	sigset_t none;
	int null;

	/* Out of the way of the numbers that are about to be taken. */
	channel = fcntl(channel, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	log = fcntl(log, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	if (channel == -1 || log == -1 || dup2(log, STDERR_FILENO) == -1)
		_exit(127);
	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1)
		cannot("open", "/dev/null");
	if (dup2(null, STDIN_FILENO) == -1 || dup2(null, STDOUT_FILENO) == -1 ||
	    dup2(channel, PARENT_FD) == -1)
		cannot("pass descriptors to", path);
	closefrom(PARENT_FD + 1);
	/* The terminal's signals are the parent's to act on. */
	(void)setsid();
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	argv[0] = (char *)(uintptr_t)path;
	argv[1] = NULL;
	(void)execve(path, argv, envp);
	cannot("execute", path);
}

/* The parent's side after the fork: channel, log, our build id. */
static int
child_adopt(struct child *c, int channel, int log)
{
	struct ipc_writer *w;

	c->channel = ipc_new(channel, role_names[c->role],
	    dispatch_rules(c->role), QUEUE_BYTES, c, supervise_ended);
	if (c->channel == NULL) {
		(void)close(channel);
		(void)close(log);
		return (-1);
	}
	c->open = true;
	c->log = log;
	if (logs_start(c) == -1 || ipc_start(c->channel, c->kmsd->base) == -1 ||
	    (w = ipc_begin(c->channel, REC_BUILD, BUILD_ID_MAX + 3)) == NULL) {
		/* What has no events would never be seen to end. */
		c->open = false;
		logs_end(c);
		return (-1);
	}
	ipc_put_string(w, KMSD_BUILD_ID);
	ipc_put_u8(w, (uint8_t)c->role);
	if (ipc_end(c->channel) == -1)
		return (-1);
	ipc_flush(c->channel);
	return (0);
}

static void
close_pair(int pair[2])
{
	const int saved = errno;

	(void)close(pair[0]);
	(void)close(pair[1]);
	errno = saved;
}

int
child_spawn(struct child *c)
{
	const char *path = topology_find(c->role)->path;
	int channel[2], log[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) ==
	    -1)
		return (-1);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, log) == -1) {
		close_pair(channel);
		return (-1);
	}
	c->killed = c->ends = c->closed_first = false;
	c->stopped = c->said_how = false;
	c->silent = 0;
	c->last_words[0] = '\0';
	memset(&c->confinement, 0, sizeof(c->confinement));
	memset(&c->counters, 0, sizeof(c->counters));
	if ((c->pid = fork()) == -1) {
		c->pid = 0;
		close_pair(channel);
		close_pair(log);
		return (-1);
	}
	if (c->pid == 0)
		run(path, channel[1], log[1]);
	(void)close(channel[1]);
	(void)close(log[1]);
	c->process = c->pid;
	log_debug("started %s, pid %d", path, (int)c->pid);
	return (child_adopt(c, channel[0], log[0]));
}

void
child_kill(struct child *c)
{
	if (c->pid != 0 && kill(c->pid, SIGKILL) == -1)
		log_warn("cannot kill the %s, pid %d", role_names[c->role],
		    (int)c->pid);
}

void
child_send(struct child *c, enum parent_record type)
{
	if (!c->open || ipc_begin(c->channel, (uint16_t)type, 0) == NULL)
		return;
	if (ipc_end(c->channel) == 0)
		ipc_flush(c->channel);
}

void
child_send_u8(struct child *c, enum parent_record type, uint8_t value)
{
	struct ipc_writer *w;

	if (!c->open || (w = ipc_begin(c->channel, (uint16_t)type, 1)) == NULL)
		return;
	ipc_put_u8(w, value);
	if (ipc_end(c->channel) == 0)
		ipc_flush(c->channel);
}
