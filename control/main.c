/*
 * kmsd-control: the administrators' Unix sockets.  It decides nothing: who
 * may ask what stands in tables, and every answer is another process's.
 */
#include "config.h"

#include "common/log.h"
#include "common/start.h"
#include "control/control.h"
#include "control/dispatch.h"

#define STORE_QUEUE (CONTROL_CREDITS * 64)
#define ACTIVATOR_QUEUE (CONTROL_CREDITS * ADMIN_INSTALL_MAX)

static const struct start_options options = {
	.role = ROLE_CONTROL,
	.peers = 1U << ROLE_ACTIVATOR | 1U << ROLE_STORE,
	.descriptors = 1U << DESC_CONTROL | 1U << DESC_STATUS,
	.nofile = CLIENTS_MAX + 16,
};

static void
stop(void *arg)
{
	struct control *k = arg;

	control_stop(k);
	start_stopped(k->start);
}

int
main(void)
{
	static struct start s;
	static struct control k;

	start(&s, &options);
	if (control_init(&k, s.base, s.control, s.status) == -1)
		fatal("the administrators' sockets");
	k.parent = s.parent;
	k.activator = start_channel(&s, ROLE_ACTIVATOR,
	    control_dispatch_activator, ACTIVATOR_QUEUE, &k);
	k.store = start_channel(
	    &s, ROLE_STORE, control_dispatch_store, STORE_QUEUE, &k);
	k.start = &s;
	start_run(&s, control_dispatch_parent, &k, stop);
	start_counters(&s, &k.counters);
	process_loop(&s);
	fatalx("left the event loop");
}
