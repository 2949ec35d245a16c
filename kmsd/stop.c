/*
 * The orderly end: nothing new is taken, what was handed on is answered, and
 * each process ends after those that send to it.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include <event2/event.h>

#include "common/log.h"
#include "kmsd/child.h"
#include "kmsd/notify.h"
#include "kmsd/sockets.h"
#include "kmsd/stop.h"
#include "kmsd/supervise.h"
#include "kmsd/topology.h"

void
stop_next(struct kmsd *k)
{
	struct child *c;
	size_t i;

	if (k->phase != PHASE_STOPPING)
		return;
	for (i = 0; i < topology_nchildren; i++) {
		c = &k->child[topology_children[i].role];
		if (!c->open || c->stopped)
			continue;
		if (ipc_state(c->channel) != CHILD_STOPPING) {
			ipc_set_state(c->channel, CHILD_STOPPING);
			child_send(c, REC_STOP);
		}
		return;
	}
	supervise_settle(k);
}

void
stop_expired(struct kmsd *k)
{
	struct child *c;
	int i;

	for (i = 0; i < ROLE_COUNT; i++) {
		c = &k->child[i];
		if (c->pid == 0)
			continue;
		log_warnx("the %s (pid %d) did not stop in %d s: killed",
		    role_names[i], (int)c->pid, KMSD_STOP_MS / 1000);
		c->killed = true;
		child_kill(c);
	}
}

void
stop_begin(struct kmsd *k, const char *fmt, ...)
{
	const struct timeval patience = { KMSD_STOP_MS / 1000, 0 };
	char why[PARENT_TEXT_MAX - sizeof("stopping: ")];
	va_list ap;

	/* Asking twice cuts nobody short: five seconds are the most anyway. */
	if (k->phase == PHASE_STOPPING)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	log_info("stopping: %s", why);
	(void)snprintf(k->reason, sizeof(k->reason), "stopping: %s", why);
	notify(k->notify, "STOPPING=1", k->reason);
	k->finish = true;
	sockets_close_listen(k);
	switch (k->phase) {
	case PHASE_SERVING:
	case PHASE_ROLLBACK:
	case PHASE_HALTED:
		k->phase = PHASE_STOPPING;
		(void)evtimer_add(k->timer, &patience);
		stop_next(k);
		break;
	default:
		/* Nothing is under way that could be lost. */
		supervise_end_generation(k);
		break;
	}
}
