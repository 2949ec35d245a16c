/*
 * Packets of a parent to a child that starts, and then to the child that runs:
 * the first byte chooses the child.  Where the child would end, the input
 * ends.  A build record with a count of 0 stands for the right one.
 */
#include "config.h"

#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/start_setup.h"
#include "tests/fuzz/packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static jmp_buf escape;
static int parent_fd;

static void escaped(const char *, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

static void
escaped(const char *why, ...)
{
	(void)why;
	longjmp(escape, 1);
}

/* The child's own code, which may not end this process. */
#define START_FD_PARENT parent_fd
#define _exit(status) escaped("%d", (status))
#define fatal escaped
#define fatalx escaped
#include "common/start_setup.c"
#undef QUEUE_BYTES
#define on_stop on_stop_running
#include "common/start_run.c"

static const struct start_options children[] = {
	{ .role = ROLE_LISTENER,
	    .peers = 1U << ROLE_ACTIVATOR,
	    .descriptors = 1U << DESC_LISTEN },
	{ .role = ROLE_ACTIVATOR,
	    .peers =
		1U << ROLE_LISTENER | 1U << ROLE_STORE | 1U << ROLE_CONTROL,
	    .descriptors = 1U << DESC_HOST_KEY | 1U << DESC_PUBLISHER },
	{ .role = ROLE_STORE,
	    .peers = 1U << ROLE_ACTIVATOR | 1U << ROLE_CONTROL },
	{ .role = ROLE_CONTROL,
	    .peers = 1U << ROLE_ACTIVATOR | 1U << ROLE_STORE,
	    .descriptors = 1U << DESC_CONTROL | 1U << DESC_STATUS },
};

struct scene {
	struct start start;
	int far; /* -1: closed */
	const uint8_t *data; /* still to send */
	size_t size;
};

static void
close_one(int fd)
{
	if (fd != -1)
		(void)close(fd);
}

static void
send_build(int fd, enum role role)
{
	uint8_t buf[BUILD_ID_MAX + 3];
	struct ipc_writer w = { .p = buf, .end = buf + sizeof(buf) };
	struct packet p = { .type = REC_BUILD, .count = 1, .bytes = buf };

	ipc_put_string(&w, KMSD_BUILD_ID);
	ipc_put_u8(&w, (uint8_t)role);
	p.len = (size_t)(w.p - buf);
	packet_send(fd, &p);
}

/*
 * Sends what comes up to the order to confine, and then, when the child runs,
 * the rest; there is an end of file behind the last.
 */
static void
send_some(struct scene *s)
{
	struct packet p;

	while (packet_take(&s->data, &s->size, 1, &p)) {
		if (p.type == REC_BUILD && p.count == 0)
			send_build(s->far, s->start.role);
		else
			packet_send(s->far, &p);
		if (p.type == REC_CONFINE)
			return;
	}
	close_one(s->far);
	s->far = -1;
}

static void
stop(void *ctx)
{
	(void)ctx;
	escaped("stopped");
}

/* Until the parent is gone, which escapes. */
static void
live(struct scene *scene, const struct start_options *o)
{
	struct start *s = &scene->start;

	send_some(scene);
	start_setup(s, o);
	if (strlen(s->setup.root) >= sizeof(s->setup.root) ||
	    s->nlisten > START_LISTEN_MAX ||
	    s->npublishers > START_PUBLISHERS_MAX ||
	    s->anchor_len > ANCHOR_MAX || s->manifest_len > MANIFEST_MAX)
		abort();
	if ((s->base = event_base_new()) == NULL)
		err(1, "event base");
	start_run(s, NULL, s, stop);
	for (;;) {
		if (scene->far != -1)
			send_some(scene);
		(void)ipc_wait(s->parent, 0);
	}
}

static void
clean_up(struct start *s)
{
	size_t i;

	ipc_free(s->parent);
	if (s->base != NULL)
		event_base_free(s->base);
	for (i = 0; i < ROLE_COUNT; i++)
		close_one(s->channel[i]);
	for (i = 0; i < s->nlisten; i++)
		close_one(s->listen[i]);
	for (i = 0; i < s->npublishers; i++)
		close_one(s->publisher[i]);
	close_one(s->host_key);
	close_one(s->control);
	close_one(s->status);
	free(s->anchor);
	free(s->manifest);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct start_options *o;
	static struct scene s;
	static int before;
	int fd[2], i;

	/* More would not fit into the socket at once. */
	if (size == 0 || size > IPC_PACKET_MAX)
		return (0);
	log_init("fuzz", LOG_TOOL, LOG_LEVEL_FATAL);
	before = packet_lowest_free();
	o = &children[data[0] % (sizeof(children) / sizeof(children[0]))];
	memset(&s, 0, sizeof(s));
	s.data = data + 1;
	s.size = size - 1;
	s.start.role = o->role;
	s.start.host_key = s.start.control = s.start.status = -1;
	for (i = 0; i < ROLE_COUNT; i++)
		s.start.channel[i] = -1;
	packet_pair(fd);
	parent_fd = fd[0];
	s.far = fd[1];
	if (setjmp(escape) == 0)
		live(&s, o);
	clean_up(&s.start);
	close_one(s.far);
	if (packet_lowest_free() != before)
		abort();
	return (0);
}
