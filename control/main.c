/*
 * kmsd-control: the administrators' Unix sockets.
 */
#include "config.h"

#include "common/log.h"
#include "common/start.h"
#include "control/dispatch.h"

#define QUEUE_BYTES (16 * IPC_PACKET_MAX)

static const struct start_options options = {
	.role = ROLE_CONTROL,
	.peers = 1U << ROLE_ACTIVATOR | 1U << ROLE_STORE,
	.descriptors = 1U << DESC_CONTROL | 1U << DESC_STATUS,
	.nofile = 128,
};

static void
stop(void *arg)
{
	start_stopped(arg);
}

int
main(void)
{
	static struct start s;
	static struct child_counters counters;

	start(&s, &options);
	(void)start_channel(
	    &s, ROLE_ACTIVATOR, control_dispatch_activator, QUEUE_BYTES, &s);
	(void)start_channel(
	    &s, ROLE_STORE, control_dispatch_store, QUEUE_BYTES, &s);
	start_run(&s, NULL, &s, stop);
	start_counters(&s, &counters);
	process_loop(&s);
	fatalx("left the event loop");
}
