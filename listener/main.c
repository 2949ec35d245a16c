/*
 * kmsd-listener: the network's side.  It never sees a plaintext, a key, a
 * file or the store.
 */
#include "config.h"

#include <string.h>

#include "common/log.h"
#include "common/start.h"
#include "listener/dispatch.h"
#include "listener/listener.h"

static const struct start_options options = {
	.role = ROLE_LISTENER,
	.peers = 1U << ROLE_ACTIVATOR,
	.descriptors = 1U << DESC_LISTEN,
	.nofile = LISTENER_RESERVE,
};

static void
stopped(void *arg)
{
	start_stopped(arg);
}

static void
stop(void *arg)
{
	struct start *s = arg;

	listener_stop(s->process, stopped, s);
}

int
main(void)
{
	static struct start s;
	static struct listener l;

	start(&s, &options);
	if (listener_init(&l, s.base, &s.limits, s.confinement.nofile) == -1 ||
	    listener_listen(&l, s.listen, s.nlisten) == -1)
		fatal("the tables of connections");
	l.activator = start_channel(&s, ROLE_ACTIVATOR,
	    listener_dispatch_activator, LISTENER_QUEUE, &l);
	s.process = &l;
	start_run(&s, NULL, &s, stop);
	start_counters(&s, &l.counters);
	process_loop(&s);
	fatalx("left the event loop");
}
