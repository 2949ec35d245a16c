/*
 * kmsd-store: holds the one connection to the database, and no network.
 * Its working directory is the database's.
 */
#include "config.h"

#include "common/log.h"
#include "common/start.h"
#include "store/dispatch.h"

#define QUEUE_BYTES (16 * IPC_PACKET_MAX)

static const struct start_options options = {
	.role = ROLE_STORE,
	.peers = 1U << ROLE_ACTIVATOR | 1U << ROLE_CONTROL,
	.own_directory = true,
	.nofile = 64,
	.fsize = UINT64_MAX,
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
	    &s, ROLE_ACTIVATOR, store_dispatch_activator, QUEUE_BYTES, &s);
	(void)start_channel(
	    &s, ROLE_CONTROL, store_dispatch_control, QUEUE_BYTES, &s);
	start_run(&s, NULL, &s, stop);
	start_counters(&s, &counters);
	process_loop(&s);
	fatalx("left the event loop");
}
