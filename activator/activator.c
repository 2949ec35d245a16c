/*
 * The activator's context: made, told the time, turned and stopped.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activator/activator.h"

#define SUMMARY_MS (60 * 1000)

static int
init_files(struct activator *a, const char *anchor, size_t anchor_len,
    const char *manifest, size_t manifest_len, char *error)
{
	char why[MESSAGE_ERROR_MAX];

	if (anchor == NULL || anchor_len == 0) {
		(void)snprintf(
		    error, MESSAGE_ERROR_MAX, "the parent gave no anchor");
		return (-1);
	}
	if (anchor_parse(anchor, anchor_len, &a->anchor, why) == -1) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "anchor: %.180s: put it back from a backup", why);
		return (-1);
	}
	a->manifest_missing = manifest == NULL || manifest_len == 0;
	if (!a->manifest_missing &&
	    manifest_parse(manifest, manifest_len, &a->manifest, why) == -1) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "manifest: %.180s: put it back from a backup", why);
		return (-1);
	}
	return (0);
}

/* The anchor must be of this host key. */
static int
check_origin(struct activator *a, char *error)
{
	struct origin own;

	origin_make(&own, a->arena->host.key, a->anchor.origin.log);
	if (memcmp(own.host, a->anchor.origin.host, sizeof(own.host)) == 0)
		return (0);
	(void)snprintf(error, MESSAGE_ERROR_MAX,
	    "the anchor is of another host key than host.key: put the one back "
	    "that belongs to the other");
	return (-1);
}

struct activator *
activator_new(struct arena *arena, const char *anchor, size_t anchor_len,
    const char *manifest, size_t manifest_len, const struct limits *limits,
    const struct outlets *out, char *error)
{
	struct activator *a;
	size_t i;

	if ((a = calloc(1, sizeof(*a))) == NULL) {
		(void)snprintf(error, MESSAGE_ERROR_MAX, "out of memory");
		return (NULL);
	}
	a->out = *out;
	a->arena = arena;
	a->signer.arena = arena;
	a->signer.counters = a->counter;
	a->limits = *limits;
	slots_init(&a->slots);
	registry_init(&a->registry, &arena->host);
	for (i = 0; i < 2; i++)
		if ((a->batch[i].tree = tree_batch_new(BATCH_MAX)) == NULL) {
			(void)snprintf(
			    error, MESSAGE_ERROR_MAX, "out of memory");
			activator_free(a);
			return (NULL);
		}
	if (init_files(a, anchor, anchor_len, manifest, manifest_len, error) ==
		-1 ||
	    check_origin(a, error) == -1) {
		activator_free(a);
		return (NULL);
	}
	logbook_init(&a->log, &a->signer, &a->anchor);
	seals_init(&a->seals, &a->signer, a->anchor.store);
	return (a);
}

void
activator_free(struct activator *a)
{
	size_t i;

	if (a == NULL)
		return;
	registry_free(&a->registry);
	admin_free(&a->admin);
	for (i = 0; i < 2; i++)
		if (a->batch[i].tree != NULL)
			tree_batch_free(a->batch[i].tree);
	for (i = 0; i < a->catchup.ndocuments; i++)
		free(a->catchup.bytes[i]);
	free(a);
}

int
activator_publisher(
    struct activator *a, const char *text, size_t len, char *error)
{
	return (registry_publisher(&a->registry, text, len, error));
}

void
activator_time(struct activator *a, struct ktime now, int64_t boot_ms)
{
	a->now = now;
	a->boot_ms = boot_ms;
}

int
activator_send_anchor(struct activator *a)
{
	char text[ANCHOR_MAX];
	int len;

	if ((len = logbook_anchor(&a->log, text)) == -1)
		return (-1);
	a->out.anchor(a->out.ctx, text, (size_t)len);
	return (0);
}

int
activator_enter(
    struct activator *a, const struct message_type *type, const union entry *e)
{
	struct slot_own *own;
	uint16_t i;

	if ((i = slots_take_own(&a->slots, SLOT_ENTRY)) == SLOT_NONE)
		return (-1);
	own = &a->slots.slot[i].u.own;
	own->type = type;
	own->entry = *e;
	slots_queue(&a->slots, i);
	return (0);
}

/* As many kinds as there are slots; the others wait for the next second. */
static void
enter_summaries(struct activator *a)
{
	union entry e;

	while (summary_any(&a->summary) && a->slots.free_own != SLOT_NONE &&
	       summary_take(&a->summary, &e.summary) != 0)
		(void)activator_enter(a, &entry_summary_type, &e);
	if (!summary_any(&a->summary))
		a->summary.since_ms = a->boot_ms;
}

/* At the end a checkpoint of the whole log stands with it. */
static void
check_drained(struct activator *a)
{
	if (!a->stopping || a->slots.under_way != 0 || a->store_busy ||
	    a->committed || a->admin.awaits_manifest)
		return;
	if (a->catchup.phase == PHASE_SERVING) {
		logbook_sign(&a->log);
		if (a->log.signed_size != a->log.kept_size) {
			batch_send_checkpoint(a);
			return;
		}
	}
	a->stopping = false;
	a->out.drained(a->out.ctx);
}

int
activator_turn(struct activator *a, char *error)
{
	int ret;

	ret = batch_send(a, error);
	if (a->turn_open) {
		explicit_bzero(a->plain, sizeof(a->plain));
		arena_close(a->arena);
		a->turn_open = false;
	}
	if (a->replies) {
		a->replies = false;
		a->out.replies_end(a->out.ctx);
	}
	check_drained(a);
	return (ret);
}

void
activator_look_at_clock(struct activator *a)
{
	int ret = clock_tick(&a->clock, a->now, a->boot_ms);

	if (ret == 1)
		a->out.say(a->out.ctx,
		    "the clock was stepped by more than an hour: nothing "
		    "expires until kmsctl clock accept or a steady day");
	else if (ret == -1)
		a->out.say(a->out.ctx,
		    "the clock was steady for a day: machines expire again");
}

void
activator_say_doubt(
    struct activator *a, enum clock_doubt why, struct ktime newest)
{
	char then[KTIME_STRLEN], now[KTIME_STRLEN], text[MESSAGE_ERROR_MAX];
	const char *expires = "nothing expires until then or a steady day";

	(void)ktime_print(newest, then);
	(void)ktime_print(a->now, now);
	if (why == DOUBT_NONE)
		return;
	if (why == DOUBT_BEHIND)
		(void)snprintf(text, sizeof(text),
		    "the clock says %s, and the log's newest entry is of %s: "
		    "set the clock, or kmsctl clock accept if it is right; %s",
		    now, then, expires);
	else if (why == DOUBT_LATE)
		(void)snprintf(text, sizeof(text),
		    "the clock says %s, and the log's newest entry is of %s, "
		    "more than 7 days ago: kmsctl clock accept if the clock "
		    "is right; %s",
		    now, then, expires);
	else
		(void)snprintf(text, sizeof(text),
		    "the clock says %s, and was stepped before this start: "
		    "kmsctl clock accept if it is right; %s",
		    now, expires);
	a->out.say(a->out.ctx, text);
}

int
activator_tick(struct activator *a, char *error)
{
	if (batch_tick(a, error) == -1 || batch_go_on(a, error) == -1 ||
	    admin_tick(a, error) == -1)
		return (-1);
	if (a->catchup.phase == PHASE_SERVING) {
		activator_look_at_clock(a);
		a->counter[COUNT_CLOCK_DOUBT] =
		    (uint64_t)clock_doubt_left(&a->clock, a->boot_ms);
		if (offer_update(a, error) == -1)
			return (-1);
		if (a->log.unsigned_ms != 0 && !a->committed &&
		    a->boot_ms - a->log.unsigned_ms >= LOGBOOK_UNSIGNED_MS)
			logbook_sign(&a->log);
		if (summary_any(&a->summary) &&
		    a->boot_ms - a->summary.since_ms >= SUMMARY_MS)
			enter_summaries(a);
	}
	return (activator_turn(a, error));
}

void
activator_stop(struct activator *a)
{
	a->stopping = true;
	if (a->catchup.phase == PHASE_SERVING)
		enter_summaries(a);
}
