/*
 * Packets of hostile clients and processes against all of control's tables.
 * The input is packets: who sends (u8), length (u16), bytes.  Whatever comes,
 * control lives on, and no more questions are under way than there may be.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "control/control.h"
#include "control/dispatch.h"

#define TURNS 6 /* of the loop, after each packet */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum who {
	FULL,
	STATUS,
	STORE,
	ACTIVATOR,
	PARENT,
	SENDERS
};

struct scene {
	struct control control;
	int listening[DOORS];
	int far[SENDERS];
};

static void
ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	(void)ctx;
	(void)ch;
	(void)why;
}

/* A listening socket with a name that the kernel chooses. */
static int
door(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if ((fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sun, sizeof(sun.sun_family)) == -1 ||
	    listen(fd, 8) == -1)
		err(1, "listen");
	return (fd);
}

static int
enter(int listening)
{
	struct sockaddr_un sun;
	socklen_t len = sizeof(sun);
	int fd;

	if (getsockname(listening, (struct sockaddr *)&sun, &len) == -1 ||
	    (fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&sun, len) == -1)
		err(1, "connect");
	return (fd);
}

static struct ipc_channel *
sibling(struct scene *s, enum who who, const struct ipc_rule *rules)
{
	struct ipc_channel *ch;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd) == -1)
		err(1, "socketpair");
	s->far[who] = fd[1];
	ch = ipc_new(fd[0], "peer", rules, CONTROL_CREDITS * ADMIN_INSTALL_MAX,
	    &s->control, ended);
	if (ch == NULL || ipc_start(ch, s->control.base) == -1)
		err(1, "channel");
	return (ch);
}

static void
turn(struct scene *s)
{
	int i;

	for (i = 0; i < TURNS; i++)
		(void)event_base_loop(s->control.base, EVLOOP_NONBLOCK);
}

static void
begin(struct scene *s, struct event_base *base)
{
	int i;

	for (i = 0; i < DOORS; i++)
		s->listening[i] = door();
	if (control_init(&s->control, base, s->listening[DOOR_CONTROL],
		s->listening[DOOR_STATUS]) == -1)
		err(1, "control");
	s->control.store = sibling(s, STORE, control_dispatch_store);
	s->control.activator =
	    sibling(s, ACTIVATOR, control_dispatch_activator);
	s->control.parent = sibling(s, PARENT, control_dispatch_parent);
	s->far[FULL] = enter(s->listening[DOOR_CONTROL]);
	s->far[STATUS] = enter(s->listening[DOOR_STATUS]);
	turn(s);
}

static void
end(struct scene *s)
{
	int i;

	control_stop(&s->control);
	ipc_free(s->control.store);
	ipc_free(s->control.activator);
	ipc_free(s->control.parent);
	for (i = 0; i < SENDERS; i++)
		(void)close(s->far[i]);
	for (i = 0; i < DOORS; i++)
		(void)close(s->listening[i]);
}

/* A client that was closed comes again. */
static void
come_again(struct scene *s, enum who who)
{
	(void)close(s->far[who]);
	s->far[who] =
	    enter(s->listening[who == FULL ? DOOR_CONTROL : DOOR_STATUS]);
	turn(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event_base *base;
	static struct scene s;
	const uint8_t *end_of = data + size;
	enum who who;
	size_t len;
	int role;

	if (base == NULL && (base = event_base_new()) == NULL)
		err(1, "event base");
	log_init("fuzz", LOG_TOOL, LOG_LEVEL_FATAL);
	memset(&s, 0, sizeof(s));
	begin(&s, base);
	while (end_of - data > 3) {
		who = (enum who)(data[0] % SENDERS);
		len = (size_t)data[1] << 8 | data[2];
		data += 3;
		if (len > (size_t)(end_of - data))
			len = (size_t)(end_of - data);
		if (send(s.far[who], data, len, MSG_NOSIGNAL) == -1 &&
		    who <= STATUS)
			come_again(&s, who);
		data += len;
		turn(&s);
		for (role = 0; role < ROLE_COUNT; role++) {
			if (s.control.questions.used[role] > CONTROL_CREDITS)
				abort();
		}
	}
	end(&s);
	return (0);
}
