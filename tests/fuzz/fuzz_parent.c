/*
 * Packets of hostile children against the parent's tables: the real rules,
 * state files and answers; what would fork, kill or stop only changes states.
 * A build record with a count of 0 stands for the right one.
 */
#include "config.h"

#include <sys/socket.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "kmsd/dispatch.h"
#include "kmsd/state.h"
#include "kmsd/stop.h"
#include "kmsd/supervise.h"
#include "tests/fuzz/packets.h"

#define QUEUE_BYTES (4 * IPC_PACKET_MAX)
#define PID 42 /* of every child; READY has to say it */
#define CHILDREN (ROLE_COUNT - 1)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool ending; /* a rule was broken, or a child said that it cannot run */

static void
must_be_text(const char *text, size_t max)
{
	if (strnlen(text, max + 1) > max)
		abort();
}

/* What the supervisor would do, but for the processes. */
void
supervise_setup(struct child *c)
{
	ipc_set_state(c->channel, CHILD_SETUP);
}

void
supervise_ready(struct child *c)
{
	ipc_set_state(c->channel, CHILD_RUNNING);
}

void
supervise_serving(struct kmsd *k)
{
	k->phase = PHASE_SERVING;
}

void
supervise_rollback(struct kmsd *k, const char *why)
{
	must_be_text(why, PARENT_TEXT_MAX);
	k->phase = PHASE_ROLLBACK;
	(void)strlcpy(k->reason, why, sizeof(k->reason));
}

void
supervise_failed(struct child *c, const char *why)
{
	if (c->kmsd->phase == PHASE_SERVING)
		abort();
	must_be_text(why, PARENT_TEXT_MAX);
	ending = true;
}

void
supervise_behind(struct kmsd *k, const char *path)
{
	(void)k;
	(void)path;
}

void
supervise_caught_up(struct kmsd *k)
{
	(void)k;
}

void
supervise_replaced(struct child *c, const char *build)
{
	(void)c;
	must_be_text(build, BUILD_ID_MAX);
	ending = true;
}

void
supervise_log_level(struct kmsd *k, uint8_t level)
{
	(void)k;
	if (level > LOG_LEVEL_DEBUG)
		abort();
}

void
stop_begin(struct kmsd *k, const char *fmt, ...)
{
	int i;

	(void)fmt;
	k->phase = PHASE_STOPPING;
	for (i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		ipc_set_state(k->child[i].channel, CHILD_STOPPING);
}

void
stop_next(struct kmsd *k)
{
	if (k->phase != PHASE_STOPPING)
		abort();
}

static void
ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	(void)ctx;
	(void)ch;
	(void)why;
	ending = true;
}

static void
begin_child(struct kmsd *k, int role, int *far)
{
	struct child *c = &k->child[role];
	int fd[2];

	packet_pair(fd);
	*far = fd[1];
	c->kmsd = k;
	c->role = (enum role)role;
	c->pid = c->process = PID;
	c->open = true;
	c->log = -1;
	c->channel = ipc_new(fd[0], role_names[role],
	    dispatch_rules((enum role)role), QUEUE_BYTES, c, ended);
	if (c->channel == NULL)
		err(1, "channel");
	ipc_set_state(c->channel, CHILD_HANDSHAKE);
}

/* Both files lie in a folder that can not be: each write fails. */
static void
begin(struct kmsd *k, int far[ROLE_COUNT])
{
	static struct event_base *base;
	char error[512];
	int i;

	if (base == NULL && (base = event_base_new()) == NULL)
		err(1, "event base");
	memset(k, 0, sizeof(*k));
	k->base = base;
	log_init("fuzz", LOG_TOOL, LOG_LEVEL_FATAL);
	if (statefile_open(&k->anchor, "/nonexistent/anchor", ANCHOR_MAX, error,
		sizeof(error)) == -1 ||
	    statefile_open(&k->manifest, "/nonexistent/manifest", MANIFEST_MAX,
		error, sizeof(error)) == -1 ||
	    state_start(k) == -1)
		errx(1, "state files");
	for (i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		begin_child(k, i, &far[i]);
}

static void
end(struct kmsd *k, const int far[ROLE_COUNT])
{
	int i;

	for (i = ROLE_PARENT + 1; i < ROLE_COUNT; i++) {
		ipc_free(k->child[i].channel);
		(void)close(far[i]);
	}
	event_free(k->anchor_timer);
	event_free(k->manifest_timer);
	statefile_free(&k->anchor);
	statefile_free(&k->manifest);
}

static void
send_build(int fd, int role)
{
	uint8_t buf[BUILD_ID_MAX + 3];
	struct ipc_writer w = { .p = buf, .end = buf + sizeof(buf) };
	struct packet p = { .type = REC_BUILD, .count = 1, .bytes = buf };

	ipc_put_string(&w, KMSD_BUILD_ID);
	ipc_put_u8(&w, (uint8_t)role);
	p.len = (size_t)(w.p - buf);
	packet_send(fd, &p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kmsd k;
	static uint8_t buf[IPC_PACKET_MAX];
	int far[ROLE_COUNT], role;
	struct packet p;

	begin(&k, far);
	ending = false;
	while (!ending && packet_take(&data, &size, CHILDREN, &p)) {
		role = p.who + 1;
		if (p.type == REC_BUILD && p.count == 0)
			send_build(far[role], role);
		else
			packet_send(far[role], &p);
		(void)ipc_wait(k.child[role].channel, 0);
		while (recv(far[role], buf, sizeof(buf), MSG_DONTWAIT) > 0)
			;
		if (k.anchor.len > ANCHOR_MAX || k.manifest.len > MANIFEST_MAX)
			abort();
	}
	end(&k, far);
	return (0);
}
