/* Children that are not heard of any more. */
#include "config.h"

#include <event2/event.h>

#include "common/log.h"
#include "kmsd/child.h"
#include "kmsd/supervise.h"
#include "kmsd/topology.h"
#include "kmsd/watch.h"

#ifndef WATCH_SECONDS
#define WATCH_SECONDS 120
#endif

/*
 * Looks, not the clock, are counted: this machine may have stood still.  While
 * the host starts, the store opens its database, which may be slow.
 */
static bool
hangs(struct child *c)
{
	if (c->kmsd->phase == PHASE_STARTING || !child_runs(c) ||
	    ++c->silent < WATCH_SECONDS)
		return (false);
	c->silent = 0;
	log_warnx("the %s (pid %d) hangs: nothing was heard of it for %d s%s",
	    role_names[c->role], (int)c->process, WATCH_SECONDS,
	    c->role == ROLE_CONTROL
		? "; kmsctl gets no answer until it goes on, or kmsd is "
		  "started again"
		: "");
	return (true);
}

/* Whom a start waits for. */
static enum role
awaited(const struct kmsd *k)
{
	enum role role;
	size_t i;

	if (k->halt || k->behind)
		return (ROLE_CONTROL);
	for (i = 0; i < topology_nchildren; i++) {
		role = topology_children[i].role;
		if (topology_children[i].start == START_FIRST &&
		    !child_runs(&k->child[role]))
			return (role);
	}
	return (ROLE_ACTIVATOR);
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct kmsd *k = arg;
	bool end = false;
	int i;

	(void)fd;
	(void)what;
	if (k->phase == PHASE_ENDING || k->phase == PHASE_STOPPING)
		return;
	for (i = 0; i < ROLE_COUNT; i++)
		end = (hangs(&k->child[i]) && i != ROLE_CONTROL) || end;
	if (k->phase == PHASE_STARTING && ++k->starting % WATCH_SECONDS == 0)
		log_warnx("generation %u still starts: it waits for the %s",
		    k->generation, role_names[awaited(k)]);
	if (end)
		supervise_end_generation(k);
}

int
watch_start(struct kmsd *k)
{
	const struct timeval second = { 1, 0 };

	k->look = event_new(k->base, -1, EV_PERSIST, on_look, k);
	return (k->look == NULL ? -1 : event_add(k->look, &second));
}
