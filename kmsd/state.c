/*
 * When the anchor and the manifest are written, and the confirmation.  A
 * manifest comes before the anchor that covers the entry of its document, and
 * is written before it: the other way round a start would take the document
 * for one that nobody installed.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include <event2/event.h>

#include "common/anchor.h"
#include "common/log.h"
#include "kmsd/state.h"
#include "kmsd/supervise.h"

#define WRITE_INTERVAL_MS 1000
#define SAY_INTERVAL_MS 60000
#ifndef ANCHOR_PATIENCE_MS
#define ANCHOR_PATIENCE_MS 10000
#endif

static void
write_later(struct event *timer, int64_t ms)
{
	const struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	if (!evtimer_pending(timer, NULL))
		(void)evtimer_add(timer, &tv);
}

/* One try to write; that it fails is said at first and then each minute. */
static int
write_file(struct statefile *s, const char *what)
{
	const int64_t now = ktime_boot_ms();

	if (statefile_write(s) == 0) {
		if (s->refused != 0)
			log_info("%s: the %s is written again", s->path, what);
		s->refused = 0;
		return (0);
	}
	if (s->refused == 0)
		s->refused = now;
	else if (now - s->said < SAY_INTERVAL_MS)
		return (-1);
	s->said = now;
	log_warn("%s: cannot write the %s, tries again each second%s", s->path,
	    what,
	    errno == ENOSPC || errno == EDQUOT ? ", make room there" : "");
	return (-1);
}

/* What is newer in memory waits for this file, which the disk refuses. */
static void
look_at_patience(struct kmsd *k, const struct statefile *s)
{
	if (s->refused != 0 &&
	    ktime_boot_ms() - s->refused >= ANCHOR_PATIENCE_MS)
		supervise_behind(k, s->path);
}

static void
write_anchor(struct kmsd *k)
{
	const int64_t now = ktime_boot_ms();
	const int64_t since = now - k->anchor_written;

	if (!k->anchor.dirty)
		return;
	if (k->manifest.dirty) {
		write_later(k->anchor_timer, WRITE_INTERVAL_MS);
		look_at_patience(k, &k->manifest);
		return;
	}
	if (k->anchor_written != 0 && since < WRITE_INTERVAL_MS) {
		write_later(k->anchor_timer, WRITE_INTERVAL_MS - since);
		return;
	}
	k->anchor_written = now;
	if (write_file(&k->anchor, "anchor") == 0) {
		supervise_caught_up(k);
		return;
	}
	write_later(k->anchor_timer, WRITE_INTERVAL_MS);
	look_at_patience(k, &k->anchor);
}

static void
write_manifest(struct kmsd *k)
{
	struct child *c = &k->child[ROLE_ACTIVATOR];
	struct ipc_writer *w;

	if (!k->manifest.dirty)
		return;
	if (write_file(&k->manifest, "manifest") == -1) {
		write_later(k->manifest_timer, WRITE_INTERVAL_MS);
		look_at_patience(k, &k->manifest);
		return;
	}
	if (!k->anchor.dirty)
		supervise_caught_up(k);
	if (!k->manifest_confirm || !c->open ||
	    (w = ipc_begin(c->channel, REC_MANIFEST_SAVED, 4)) == NULL)
		return;
	ipc_put_u32(w, k->manifest_sequence);
	if (ipc_end(c->channel) == 0)
		ipc_flush(c->channel);
	k->manifest_confirm = false;
}

static void
on_anchor_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	write_anchor(arg);
}

static void
on_manifest_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	write_manifest(arg);
}

int
state_open(struct kmsd *k, char *error, size_t size)
{
	const struct paths *p = &k->conf.paths;

	if (statefile_open(&k->anchor, p->anchor, ANCHOR_MAX, error, size) ==
		-1 ||
	    statefile_open(
		&k->manifest, p->manifest, MANIFEST_MAX, error, size) == -1)
		return (-1);
	if (!k->anchor.present) {
		(void)snprintf(error, size,
		    "%s: there is no anchor; run kmsctl init, or put it back "
		    "if this host was in use",
		    p->anchor);
		return (-1);
	}
	return (0);
}

int
state_start(struct kmsd *k)
{
	k->anchor_timer = evtimer_new(k->base, on_anchor_timer, k);
	k->manifest_timer = evtimer_new(k->base, on_manifest_timer, k);
	return (k->anchor_timer == NULL || k->manifest_timer == NULL ? -1 : 0);
}

int
state_anchor(struct kmsd *k, const void *data, size_t len)
{
	if (statefile_set(&k->anchor, data, len) == -1)
		return (-1);
	write_anchor(k);
	return (0);
}

int
state_manifest(struct kmsd *k, uint32_t sequence, const void *data, size_t len)
{
	if (statefile_set(&k->manifest, data, len) == -1)
		return (-1);
	k->manifest_sequence = sequence;
	k->manifest_confirm = true;
	write_manifest(k);
	return (0);
}

int
state_flush(struct kmsd *k)
{
	if (statefile_write(&k->manifest) == -1) {
		log_warn("%s: the last manifest is lost, and the last anchor "
			 "with it",
		    k->manifest.path);
		return (-1);
	}
	if (statefile_write(&k->anchor) == -1) {
		log_warn("%s: the last anchor is lost", k->anchor.path);
		return (-1);
	}
	return (0);
}
