/*
 * The evil store: keeps its database as the product does, and at some packet,
 * at the start or later, says something else.  What it may say unasked is
 * nothing at all but its counters, so that its generations are short.
 */
#include "config.h"

#include <string.h>

#include "common/ipc_admin.h"
#include "tests/hostile/evil.h"

/* Packets that it sends before it turns: of the start, or when it serves. */
#define START_MAX 7
#define SERVING_MAX 24

static bool
useless(enum role peer, struct shot *s)
{
	if (peer != ROLE_PARENT)
		return (false);
	shot_counters(s);
	return (true);
}

static uint32_t
any_id(void)
{
	return (
	    evil_one_in(2) ? evil_below(4 * CONTROL_CREDITS) : evil_random());
}

static bool
answer_control(struct shot *s)
{
	struct admin_done d = { .id = any_id() };
	struct admin_page_end e = { .id = any_id() };
	struct row_log l = { .size = evil_random() };

	switch (evil_below(3)) {
	case 0:
		shot_begin(s, "unasked", REC_DONE);
		admin_put_done(shot_writer(s), &d);
		break;
	case 1:
		shot_begin(s, "unasked", REC_PAGE_END);
		admin_put_page_end(shot_writer(s), &e);
		break;
	default:
		shot_begin(s, "unasked", REC_ROW_LOG);
		admin_put_log(shot_writer(s), any_id(), &l);
		break;
	}
	shot_end(s, 1);
	return (true);
}

static bool
answer_activator(struct shot *s)
{
	struct as_outcome o;
	struct as_entered e;

	evil_bytes(&o, sizeof(o));
	evil_bytes(&e, sizeof(e));
	o.id = e.id = any_id();
	o.kind = (uint8_t)evil_below(OUTCOME_NOTHING + 1);
	o.has_index = evil_one_in(2);
	o.count = o.needed = o.serial = o.index = evil_below(100);
	switch (evil_below(3)) {
	case 0:
		shot_begin(s, "unasked", REC_OUTCOME);
		as_put_outcome(shot_writer(s), &o);
		break;
	case 1:
		shot_begin(s, "unasked", REC_ENTERED);
		as_put_entered(shot_writer(s), &e);
		break;
	default:
		shot_begin(s, "unasked", REC_COMMITTED);
		ipc_put_u64(shot_writer(s), evil_below(100));
		break;
	}
	shot_end(s, 1);
	return (true);
}

static bool
unasked(enum role peer, struct shot *s)
{
	if (peer == ROLE_PARENT)
		return (false);
	return (peer == ROLE_CONTROL ? answer_control(s) : answer_activator(s));
}

static bool
ping(enum role peer, struct shot *s, uint32_t id)
{
	(void)peer;
	(void)s;
	(void)id;
	return (false);
}

static bool
pong(enum role peer, const uint8_t *data, size_t len, uint32_t id)
{
	(void)peer;
	(void)data;
	(void)len;
	(void)id;
	return (false);
}

static bool
sends(enum role peer, const uint8_t *data, size_t len)
{
	static unsigned int left;

	(void)data;
	(void)len;
	if (peer == ROLE_PARENT)
		return (false);
	if (left == 0)
		left = evil_one_in(2) ? 1 + evil_below(START_MAX)
				      : START_MAX + evil_below(SERVING_MAX);
	return (--left == 0);
}

const struct evil_role evil_role = {
	.role = ROLE_STORE,
	.peers = 1U << ROLE_PARENT | 1U << ROLE_ACTIVATOR | 1U << ROLE_CONTROL,
	.quiet = 10,
	.honest_ms = 150,
	.useless = useless,
	.unasked = unasked,
	.ping = ping,
	.pong = pong,
	.sends = sends,
};
