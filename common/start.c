/*
 * How every child starts: one function, the same steps in the same order.
 */
#include "config.h"

#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/event_loop.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "common/start.h"
#include "common/start_confine.h"
#include "common/start_setup.h"

#define FAREWELL_MS 1000 /* for the last record to the parent */

/* fd 2 is a terminal then, and not a log. */
static void
require_parent(const char *name)
{
	int type = 0;
	socklen_t len = sizeof(type);

	if (getsockopt(START_FD_PARENT, SOL_SOCKET, SO_TYPE, &type, &len) ==
		0 &&
	    type == SOCK_SEQPACKET)
		return;
	log_init(name, LOG_TOOL, LOG_LEVEL_INFO);
	fatalx("this program is started by kmsd, not by hand");
}

static void
clear(struct start *s, enum role role)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	s->role = role;
	for (i = 0; i < ROLE_COUNT; i++)
		s->channel[i] = -1;
	s->host_key = s->control = s->status = -1;
}

/* A process group's signals mean the parent, which tells its children. */
static void
ignore_signals(void)
{
	static const int ignored[] = { SIGPIPE, SIGINT, SIGTERM, SIGHUP };
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (signal(ignored[i], SIG_IGN) == SIG_ERR)
			fatal("signal");
}

/* What libraries do at their first use happens while it still may. */
static void
warm_up(struct start *s, const struct start_options *o)
{
	uint8_t byte;

	if (getrandom(&byte, sizeof(byte), 0) != sizeof(byte))
		fatal("getrandom");
	tzset();
	if ((s->base = event_loop_new()) == NULL)
		fatalx("cannot make an event loop");
	if (o->warm_up != NULL && o->warm_up(s) == -1)
		fatal("warming up");
}

static void
say_ready(struct start *s)
{
	struct ipc_writer *w;

	if ((w = ipc_begin(s->parent, REC_READY, IPC_PACKET_MAX / 2)) == NULL)
		fatalx("no room to say READY");
	parent_put_confinement(w, &s->confinement);
	if (ipc_end(s->parent) == -1 || ipc_drain(s->parent, -1) == -1)
		fatal("saying READY");
}

static void
confine(struct start *s, const struct start_options *o)
{
	int root;

	/* For the probe: a handle of what lies outside. */
	if ((root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		fatal("/");
	confine_root(s, o);
	confine_ids(s);
	if (sandbox_not_dumpable() == -1 || sandbox_no_new_privs() == -1)
		fatal("dumpable 0 and no_new_privs");
	confine_limits(s, o);
	confine_files(s, o);
	confine_probe(s, root);
	(void)close(root);
	/* Last: the steps before it need calls that it forbids. */
	confine_calls(s);
}

void
start(struct start *s, const struct start_options *o)
{
	clear(s, o->role);
	require_parent(role_names[o->role]);
	log_init(role_names[o->role], LOG_CHILD, LOG_LEVEL_INFO);
	if (sandbox_not_dumpable() == -1)
		fatal("dumpable 0");
	closefrom(START_FD_PARENT + 1);
	(void)umask(077);
	ignore_signals();
	start_setup(s, o);
	warm_up(s, o);
	start_place(s);
	if (o->before != NULL && o->before(s) == -1)
		fatal("reading what was given");
	confine(s, o);
	say_ready(s);
}

void
start_failed(struct start *s, const char *fmt, ...)
{
	char why[PARENT_TEXT_MAX + 1];
	struct ipc_writer *w;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if ((w = ipc_begin(s->parent, REC_FAILED, sizeof(why) + 2)) != NULL) {
		ipc_put_string(w, why);
		if (ipc_end(s->parent) == 0)
			(void)ipc_drain(s->parent, FAREWELL_MS);
	}
	fatalx("%s", why);
}
