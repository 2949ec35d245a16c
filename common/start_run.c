/*
 * A child that runs: what the parent may ask of every child, the channels to
 * siblings, the counters of each second.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/start.h"

#define FAREWELL_MS 1000 /* for the last record to the parent */

static int
on_stop(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct start *s = arg;

	(void)ch;
	(void)r;
	s->stop(s->ctx);
	return (0);
}

static int
on_log_level(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	uint8_t level = ipc_get_u8(r);

	(void)arg;
	if (level > LOG_LEVEL_DEBUG)
		return (ipc_violation(ch, "log level %u", level));
	log_set_level((enum log_level)level);
	return (0);
}

/* No rule takes a descriptor: after READY none may come. */
const struct ipc_rule start_running_rules[] = {
	{ REC_STOP, "stop", IPC_ANY_STATE, 0, 0, 1, 0, 1, false, on_stop },
	{ REC_LOG_LEVEL, "log level", IPC_ANY_STATE, 1, 1, 16, 0, 0, false,
	    on_log_level },
	{ .type = 0 },
};

void
start_run(struct start *s, const struct ipc_rule *own, void *ctx,
    void (*stop)(void *))
{
	int r;

	s->ctx = ctx;
	s->stop = stop;
	if (own == NULL)
		r = ipc_replace_rules(s->parent, start_running_rules, s);
	else if ((r = ipc_replace_rules(s->parent, own, ctx)) == 0)
		r = ipc_add_rules(s->parent, start_running_rules, s);
	ipc_set_state(s->parent, 1);
	if (r == -1 || ipc_start(s->parent, s->base) == -1)
		fatal("the channel to the parent");
}

void
start_stopped(struct start *s)
{
	if (ipc_begin(s->parent, REC_STOPPED, 0) != NULL &&
	    ipc_end(s->parent) == 0)
		(void)ipc_drain(s->parent, FAREWELL_MS);
	_exit(0);
}

static void
sibling_ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	(void)ctx;
	if (why != NULL)
		fatalx("the %s broke a rule: %s", ipc_name(ch), why);
}

struct ipc_channel *
start_channel(struct start *s, enum role peer, const struct ipc_rule *rules,
    size_t queue, void *ctx)
{
	struct ipc_channel *ch;

	ch = ipc_new(s->channel[peer], role_names[peer], rules, queue, ctx,
	    sibling_ended);
	if (ch == NULL || ipc_start(ch, s->base) == -1)
		fatal("the channel to the %s", role_names[peer]);
	return (ch);
}

static void
on_second(int fd, short what, void *arg)
{
	struct start *s = arg;
	struct ipc_writer *w;
	uint64_t dropped;

	(void)fd;
	(void)what;
	if ((dropped = log_dropped()) > 0)
		log_warnx("%llu lines of this log were dropped",
		    (unsigned long long)dropped);
	/* A parent that does not read gets fewer; it loses nothing by it. */
	if (ipc_queued(s->parent) > IPC_PACKET_MAX)
		return;
	w = ipc_begin(s->parent, REC_COUNTERS, 2 + 8 * COUNTERS_MAX);
	if (w == NULL)
		return;
	parent_put_counters(w, s->counters);
	if (ipc_end(s->parent) == -1)
		log_warnx("more than %d counters", COUNTERS_MAX);
	ipc_flush(s->parent);
}

void
start_counters(struct start *s, struct child_counters *c)
{
	const struct timeval second = { 1, 0 };

	s->counters = c;
	s->second = event_new(s->base, -1, EV_PERSIST, on_second, s);
	if (s->second == NULL || event_add(s->second, &second) == -1)
		fatalx("no timer for the counters");
}
