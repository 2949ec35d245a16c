/*
 * kmsd-activator: holds the host key and decides.  It opens no file and no
 * socket.
 */
#include "config.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "activator/dispatch.h"
#include "activator/process.h"
#include "common/log.h"

#define MEMLOCK_BYTES (8U << 20)
#define RETRY_MS 10 /* while the parent does not read */
#define KEY_FILE_MAX 1024 /* bytes of a publisher's key */

#define STORE_QUEUE (SLOTS * AS_ENTER_MAX + 4 * IPC_PACKET_MAX)
#define OFFER_BYTES                                    \
	(OFFER_CERTIFICATES_MAX * LA_CERTIFICATE_MAX + \
	    REGISTRY_MAX * (LA_DOCUMENT_MAX + LA_PRODUCT_MAX + 64))
#define LISTENER_QUEUE (LISTENER_CREDITS * (LA_REPLY_MAX + 64) + OFFER_BYTES)
#define CONTROL_QUEUE \
	(CONTROL_CREDITS * (ADMIN_TEXT_RECORD_MAX + ADMIN_DONE_MAX + 16))

static int
warm_up(struct start *s)
{
	(void)s;
	return (sodium_init() == -1 ? -1 : 0);
}

static void
read_publisher(struct process *p, int fd, size_t i)
{
	char text[KEY_FILE_MAX], error[MESSAGE_ERROR_MAX];
	ssize_t n;

	if ((n = read(fd, text, sizeof(text))) == -1)
		start_failed(
		    &p->start, "publisher key %zu: %s", i + 1, strerror(errno));
	if (activator_publisher(p->activator, text, (size_t)n, error) == -1)
		start_failed(&p->start,
		    "publisher key %zu: %s: put the publisher's .pub file "
		    "there",
		    i + 1, error);
	(void)close(fd);
}

/* Keys and state files, before confinement. */
static int
read_given(struct start *s)
{
	struct process *p = (struct process *)s;
	char error[MESSAGE_ERROR_MAX];
	struct outlets out;
	size_t i;

	if (arena_init(&p->arena, error) == -1)
		start_failed(s, "%s", error);
	if (s->host_key == -1)
		start_failed(s, "the parent gave no host.key");
	if (arena_read_host_key(&p->arena, s->host_key, error) == -1)
		start_failed(s, "%s", error);
	(void)close(s->host_key);
	s->host_key = -1;
	process_outlets(p, &out);
	p->activator = activator_new(&p->arena, s->anchor, s->anchor_len,
	    s->manifest, s->manifest_len, &s->limits, &out, error);
	if (p->activator == NULL)
		start_failed(s, "%s", error);
	for (i = 0; i < s->npublishers; i++)
		read_publisher(p, s->publisher[i], i);
	s->npublishers = 0;
	return (0);
}

static const struct start_options options = {
	.role = ROLE_ACTIVATOR,
	.peers = 1U << ROLE_LISTENER | 1U << ROLE_STORE | 1U << ROLE_CONTROL,
	.descriptors = 1U << DESC_HOST_KEY | 1U << DESC_PUBLISHER,
	.memlock = MEMLOCK_BYTES,
	.warm_up = warm_up,
	.before = read_given,
};

void
process_time(struct process *p)
{
	activator_time(p->activator, ktime_now(), ktime_boot_ms());
}

void
process_phase(struct process *p)
{
	uint32_t state = 1U << p->activator->catchup.phase;

	ipc_set_state(p->listener, state);
	ipc_set_state(p->store, state);
	ipc_set_state(p->control, state);
}

void
process_turn(void *arg, struct ipc_channel *ch)
{
	struct process *p = arg;
	const struct timeval soon = { 0, RETRY_MS * 1000 };
	char error[MESSAGE_ERROR_MAX];

	(void)ch;
	if (activator_turn(p->activator, error) == -1)
		fatalx("%s", error);
	if (p->activator->committed && event_add(p->retry, &soon) == -1)
		fatalx("no timer for the anchor");
}

/* The parent's channel was full: has the anchor left now? */
static void
on_retry(int fd, short what, void *arg)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];

	(void)fd;
	(void)what;
	process_time(p);
	if (batch_go_on(p->activator, error) == -1)
		fatalx("%s", error);
	process_phase(p);
	process_turn(p, NULL);
}

static void
on_second(int fd, short what, void *arg)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];

	(void)fd;
	(void)what;
	process_time(p);
	if (activator_tick(p->activator, error) == -1)
		fatalx("%s", error);
	process_phase(p);
	p->counters.n = ACTIVATOR_COUNTERS;
	memcpy(p->counters.value, p->activator->counter,
	    sizeof(p->activator->counter));
}

static void
stop(void *arg)
{
	struct process *p = arg;

	process_time(p);
	activator_stop(p->activator);
	process_turn(p, NULL);
}

static struct ipc_channel *
open_channel(struct process *p, enum role peer, const struct ipc_rule *rules,
    size_t queue)
{
	struct ipc_channel *ch;

	ch = start_channel(&p->start, peer, rules, queue, p);
	ipc_set_turn(ch, process_turn);
	return (ch);
}

int
main(void)
{
	const struct timeval second = { 1, 0 };
	static struct process p;

	start(&p.start, &options);
	p.retry = event_new(p.start.base, -1, 0, on_retry, &p);
	if (p.retry == NULL)
		fatalx("no timer for the anchor");
	p.listener = open_channel(
	    &p, ROLE_LISTENER, activator_dispatch_listener, LISTENER_QUEUE);
	p.store =
	    open_channel(&p, ROLE_STORE, activator_dispatch_store, STORE_QUEUE);
	p.control = open_channel(
	    &p, ROLE_CONTROL, activator_dispatch_control, CONTROL_QUEUE);
	process_time(&p);
	process_phase(&p);
	start_run(&p.start, activator_dispatch_parent, &p, stop);
	start_counters(&p.start, &p.counters);
	p.second = event_new(p.start.base, -1, EV_PERSIST, on_second, &p);
	if (p.second == NULL || event_add(p.second, &second) == -1)
		fatalx("no timer for each second");
	process_loop(&p.start);
	fatalx("left the event loop");
}
