/*
 * The parent's end of each child's channel: one table a role.  What is not in
 * a child's table it cannot ask for.
 */
#include "config.h"

#include <string.h>

#include "kmsd/dispatch.h"
#include "kmsd/state.h"
#include "kmsd/status.h"
#include "kmsd/stop.h"
#include "kmsd/supervise.h"

#define BUILD_BYTES (2 + BUILD_ID_MAX + 1)
#define TEXT_BYTES (2 + PARENT_TEXT_MAX)
#define COUNTERS_BYTES (2 + COUNTERS_MAX * 8)
#define CREDITS 16 /* control's records in one packet */

#define ALIVE (CHILD_RUNNING | CHILD_STOPPING)

static int
malformed(struct ipc_channel *ch)
{
	return (ipc_violation(ch, "a record that does not decode"));
}

static int
dispatch_build(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child *c = ctx;
	char build[BUILD_ID_MAX + 1];
	uint8_t role;

	ipc_get_string(r, build, sizeof(build));
	role = ipc_get_u8(r);
	if (r->bad)
		return (malformed(ch));
	if (strcmp(build, KMSD_BUILD_ID) != 0) {
		supervise_replaced(c, build);
		return (0);
	}
	if (role != c->role)
		return (ipc_violation(ch, "it says that it is role %u", role));
	supervise_setup(c);
	return (0);
}

static int
dispatch_ready(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child *c = ctx;

	parent_get_confinement(r, &c->confinement);
	if (r->bad)
		return (malformed(ch));
	if (c->confinement.pid != (uint32_t)c->process)
		return (ipc_violation(
		    ch, "it says that its pid is %u", c->confinement.pid));
	supervise_ready(c);
	return (0);
}

static int
dispatch_failed(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child *c = ctx;
	char text[PARENT_TEXT_MAX + 1];

	ipc_get_string(r, text, sizeof(text));
	if (r->bad)
		return (malformed(ch));
	/* It would halt the host for good: whoever served cannot say it. */
	if (c->kmsd->phase == PHASE_SERVING)
		return (ipc_violation(ch, "failed: after it has served"));
	supervise_failed(c, text);
	return (0);
}

static int
dispatch_counters(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child *c = ctx;
	struct child_counters counters;

	parent_get_counters(r, &counters);
	if (r->bad)
		return (malformed(ch));
	c->counters = counters;
	c->silent = 0;
	return (0);
}

static int
dispatch_stopped(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child *c = ctx;

	(void)ch;
	(void)r;
	c->stopped = true;
	stop_next(c->kmsd);
	return (0);
}

static int
dispatch_serving(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child *c = ctx;

	(void)r;
	if (c->said_how)
		return (ipc_violation(ch, "serving: after rollback"));
	c->said_how = true;
	supervise_serving(c->kmsd);
	return (0);
}

static int
dispatch_rollback(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child *c = ctx;
	char why[PARENT_TEXT_MAX + 1];

	ipc_get_string(r, why, sizeof(why));
	if (r->bad)
		return (malformed(ch));
	if (c->said_how)
		return (ipc_violation(ch, "rollback: after serving"));
	c->said_how = true;
	supervise_rollback(c->kmsd, why);
	return (0);
}

static int
dispatch_anchor(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child *c = ctx;
	const uint8_t *data;
	size_t len;

	data = ipc_get_blob(r, ANCHOR_MAX, &len);
	if (r->bad)
		return (malformed(ch));
	if (state_anchor(c->kmsd, data, len) == -1)
		return (ipc_violation(ch, "an anchor of %zu bytes", len));
	return (0);
}

static int
dispatch_manifest(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child *c = ctx;
	const uint8_t *data;
	uint32_t sequence;
	size_t len;

	sequence = ipc_get_u32(r);
	data = ipc_get_blob(r, MANIFEST_MAX, &len);
	if (r->bad)
		return (malformed(ch));
	if (state_manifest(c->kmsd, sequence, data, len) == -1)
		return (ipc_violation(ch, "a manifest of %zu bytes", len));
	return (0);
}

static int
dispatch_ask_stop(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child *c = ctx;
	uint32_t uid;

	uid = ipc_get_u32(r);
	if (r->bad)
		return (malformed(ch));
	stop_begin(c->kmsd, "uid %u asked for it", uid);
	return (0);
}

/* The three questions: an id, and the function that answers. */
static int
dispatch_ask(struct child *c, struct ipc_channel *ch, struct ipc_reader *r,
    int (*answer)(struct child *, uint32_t))
{
	uint32_t id;

	id = ipc_get_u32(r);
	if (r->bad)
		return (malformed(ch));
	if (answer(c, id) == -1)
		return (ipc_violation(ch, "it does not read its answers"));
	return (0);
}

static int
dispatch_ask_host(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	return (dispatch_ask(ctx, ch, r, status_host));
}

static int
dispatch_ask_sandbox(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	return (dispatch_ask(ctx, ch, r, status_sandbox));
}

static int
dispatch_ask_counters(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	return (dispatch_ask(ctx, ch, r, status_counters));
}

static int
dispatch_ask_level(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child *c = ctx;
	uint8_t level;

	level = ipc_get_u8(r);
	if (r->bad || level > LOG_LEVEL_DEBUG)
		return (malformed(ch));
	/* Else it could silence what the log says of itself. */
	if (level < c->kmsd->conf.level)
		return (
		    ipc_violation(ch, "log level: below that of kmsd.conf"));
	supervise_log_level(c->kmsd, level);
	return (0);
}

#define COMMON_RULES                                                           \
	{ REC_BUILD, "build", CHILD_HANDSHAKE, 3, BUILD_BYTES, 1, 0, 1, false, \
		dispatch_build },                                              \
	    { REC_READY, "ready", CHILD_SETUP, PARENT_CONFINEMENT_BYTES,       \
		    PARENT_CONFINEMENT_BYTES, 1, 0, 1, false,                  \
		    dispatch_ready },                                          \
	    { REC_COUNTERS, "counters", ALIVE, 2, COUNTERS_BYTES, 1, 0, 0,     \
		    false, dispatch_counters },                                \
	{                                                                      \
		REC_STOPPED, "stopped", CHILD_STOPPING, 0, 0, 1, 0, 1, false,  \
		    dispatch_stopped                                           \
	}

/* The store alone can find out after READY that it cannot run. */
#define FAILED_RULE(states)                                                  \
	{                                                                    \
		REC_FAILED, "failed", states, 2, TEXT_BYTES, 1, 0, 1, false, \
		    dispatch_failed                                          \
	}

#define END_OF_RULES                                   \
	{                                              \
		0, NULL, 0, 0, 0, 0, 0, 0, false, NULL \
	}

static const struct ipc_rule rules_listener[] = { COMMON_RULES,
	FAILED_RULE(CHILD_SETUP), END_OF_RULES };

static const struct ipc_rule rules_store[] = { COMMON_RULES,
	FAILED_RULE(CHILD_SETUP | ALIVE), END_OF_RULES };

static const struct ipc_rule rules_activator[] = { COMMON_RULES,
	FAILED_RULE(CHILD_SETUP),
	{ REC_SERVING, "serving", ALIVE, 0, 0, 1, 0, 1, false,
	    dispatch_serving },
	{ REC_ROLLBACK, "rollback", ALIVE, 2, TEXT_BYTES, 1, 0, 1, false,
	    dispatch_rollback },
	{ REC_ANCHOR, "anchor", ALIVE, 3, 2 + ANCHOR_MAX, 1, 0, 0, false,
	    dispatch_anchor },
	{ REC_MANIFEST, "manifest", ALIVE, 7, 6 + MANIFEST_MAX, 1, 0, 0, false,
	    dispatch_manifest },
	END_OF_RULES };

static const struct ipc_rule rules_control[] = { COMMON_RULES,
	FAILED_RULE(CHILD_SETUP),
	{ REC_ASK_STOP, "stop", ALIVE, 4, 4, CREDITS, 0, 0, false,
	    dispatch_ask_stop },
	{ REC_ASK_HOST, "show host", ALIVE, 4, 4, CREDITS, 0, 0, false,
	    dispatch_ask_host },
	{ REC_ASK_SANDBOX, "show sandbox", ALIVE, 4, 4, CREDITS, 0, 0, false,
	    dispatch_ask_sandbox },
	{ REC_ASK_COUNTERS, "show counters", ALIVE, 4, 4, CREDITS, 0, 0, false,
	    dispatch_ask_counters },
	{ REC_ASK_LOG_LEVEL, "log level", ALIVE, 1, 1, CREDITS, 0, 0, false,
	    dispatch_ask_level },
	END_OF_RULES };

static const struct ipc_rule *const rules[ROLE_COUNT] = {
	[ROLE_LISTENER] = rules_listener,
	[ROLE_ACTIVATOR] = rules_activator,
	[ROLE_STORE] = rules_store,
	[ROLE_CONTROL] = rules_control,
};

const struct ipc_rule *
dispatch_rules(enum role role)
{
	return (rules[role]);
}
