/*
 * kmsd-activator: holds the host key and decides.  It opens no file and no
 * socket.
 */
#include "config.h"

#include "activator/dispatch.h"
#include "common/log.h"
#include "common/start.h"

#define QUEUE_BYTES (16 * IPC_PACKET_MAX)
#define MEMLOCK_BYTES (8U << 20)

static const struct start_options options = {
	.role = ROLE_ACTIVATOR,
	.peers = 1U << ROLE_LISTENER | 1U << ROLE_STORE | 1U << ROLE_CONTROL,
	.descriptors = 1U << DESC_HOST_KEY | 1U << DESC_PUBLISHER,
	.memlock = MEMLOCK_BYTES,
};

static void
stop(void *arg)
{
	start_stopped(arg);
}

static void
say_serving(struct start *s)
{
	if (ipc_begin(s->parent, REC_SERVING, 0) == NULL ||
	    ipc_end(s->parent) == -1)
		fatalx("no room to say that activations are served");
	ipc_flush(s->parent);
}

int
main(void)
{
	static struct start s;
	static struct child_counters counters;

	start(&s, &options);
	(void)start_channel(
	    &s, ROLE_LISTENER, activator_dispatch_listener, QUEUE_BYTES, &s);
	(void)start_channel(
	    &s, ROLE_STORE, activator_dispatch_store, QUEUE_BYTES, &s);
	(void)start_channel(
	    &s, ROLE_CONTROL, activator_dispatch_control, QUEUE_BYTES, &s);
	start_run(&s, NULL, &s, stop);
	start_counters(&s, &counters);
	say_serving(&s);
	process_loop(&s);
	fatalx("left the event loop");
}
