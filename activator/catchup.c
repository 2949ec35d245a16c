/*
 * The steps of the start, from the store's first word to serving or rollback.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activator/activator.h"
#include "common/memory.h"
#include "common/reason.h"

static void rollback(struct activator *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Notes why this is a rollback; the first reason stands. */
static void
rollback(struct activator *a, const char *fmt, ...)
{
	va_list ap;

	if (a->catchup.why[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)vsnprintf(a->catchup.why, sizeof(a->catchup.why), fmt, ap);
	va_end(ap);
}

static int
enter_start(struct activator *a, char *error)
{
	union entry e;

	memset(&e, 0, sizeof(e));
	(void)snprintf(
	    e.start.version, sizeof(e.start.version), "%s", PACKAGE_VERSION);
	memcpy(e.start.store, a->log.store, UUID_LEN);
	e.start.size = a->log.edge.size;
	if (activator_enter(a, &entry_start_type, &e) == -1)
		return (reason(error, "no slot for the first entry"));
	return (batch_send(a, error));
}

static int
serve(struct activator *a, char *error)
{
	struct ktime newest = a->log.newest;
	enum clock_doubt doubt;

	if (newest.sec == 0)
		newest = a->catchup.state.newest;
	doubt = clock_start(
	    &a->clock, a->now, a->boot_ms, newest, a->catchup.state.oldest_day);
	a->log.kept_size = a->catchup.state.checkpoint_size;
	a->counter[COUNT_LOG_SIZE] = a->log.edge.size;
	a->summary.since_ms = a->boot_ms;
	a->catchup.phase = PHASE_SERVING;
	activator_say_doubt(a, doubt, newest);
	if (enter_start(a, error) == -1 || offer_update(a, error) == -1)
		return (-1);
	a->out.serving(a->out.ctx);
	return (admin_next(a, error));
}

/* What the administrator can do about it stands behind the reason. */
static int
wait_for_acceptance(struct activator *a, const char *newest, char *error)
{
	char *why = a->catchup.why;
	size_t len = strlen(why);

	(void)snprintf(why + len, sizeof(a->catchup.why) - len,
	    "; stop kmsd and put the newest %s back or, if it is lost, run "
	    "kmsctl audit accept-rollback REASON",
	    newest);
	a->catchup.phase = PHASE_ROLLBACK;
	a->out.rollback(a->out.ctx, why);
	return (admin_next(a, error));
}

/* All was read: serve, or say what went back. */
static int
finish(struct activator *a, char *error)
{
	const char *newest = "database";
	char why[MESSAGE_ERROR_MAX];

	if (a->catchup.why[0] == '\0') {
		if (a->manifest_missing && a->anchor.edge.size != 0) {
			rollback(a, "the manifest is missing");
			newest = "manifest";
		} else if (registry_compare(&a->registry, &a->manifest, why) ==
			   -1) {
			rollback(a, "%s", why);
			newest = "database and manifest";
		}
	}
	if (a->catchup.why[0] != '\0')
		return (wait_for_acceptance(a, newest, error));
	if (!a->catchup.installed && !a->manifest_missing)
		return (serve(a, error));
	a->catchup.phase = PHASE_MANIFEST;
	return (admin_send_manifest(a, error));
}

int
catchup_manifest_saved(struct activator *a, char *error)
{
	if (a->catchup.phase != PHASE_MANIFEST)
		return (reason(error, "a manifest was saved that was not "
				      "sent"));
	a->manifest_missing = false;
	return (serve(a, error));
}

static void
compare_state(struct activator *a, const struct as_state *s)
{
	char found[UUID_STRLEN], known[UUID_STRLEN];

	uuid_print(s->log, found);
	uuid_print(a->anchor.origin.log, known);
	if (memcmp(s->log, a->anchor.origin.log, UUID_LEN) != 0)
		rollback(a,
		    "the database has the log %s, and the anchor "
		    "knows %s",
		    found, known);
	else if (memcmp(s->store, a->anchor.store, UUID_LEN) != 0)
		rollback(a, "the database has another store uuid than the "
			    "anchor");
	else if (s->size < a->anchor.edge.size)
		rollback(a,
		    "the log in the database has %llu entries, and "
		    "the anchor knows %llu",
		    (unsigned long long)s->size,
		    (unsigned long long)a->anchor.edge.size);
}

int
catchup_state(struct activator *a, const struct as_state *s, char *error)
{
	struct catchup *c = &a->catchup;

	if (c->phase == PHASE_ACCEPTED)
		return (rollback_found(a, error));
	if (c->phase != PHASE_STATE && c->phase != PHASE_CREATED)
		return (reason(error, "the store tells its state again"));
	c->state = *s;
	if (s->exists) {
		compare_state(a, s);
		c->phase = PHASE_DOCUMENTS;
		a->out.read_documents(a->out.ctx);
		return (0);
	}
	if (c->phase == PHASE_CREATED)
		return (reason(error, "the store made no database"));
	if (a->anchor.edge.size != 0) {
		rollback(a,
		    "there is no database, and the anchor knows a log "
		    "of %llu entries",
		    (unsigned long long)a->anchor.edge.size);
		return (finish(a, error));
	}
	c->phase = PHASE_CREATED;
	a->out.create(a->out.ctx, a->anchor.store, a->anchor.origin.log);
	return (0);
}

int
catchup_document(
    struct activator *a, const char *bytes, size_t len, char *error)
{
	struct catchup *c = &a->catchup;

	if (c->phase != PHASE_DOCUMENTS || c->nlogs != 0)
		return (reason(error, "a document that was not asked for"));
	if (c->ndocuments == MANIFEST_DOCUMENTS_MAX)
		return (reason(
		    error, "more than %d documents", MANIFEST_DOCUMENTS_MAX));
	c->bytes[c->ndocuments] = memory_copy(bytes, len);
	c->len[c->ndocuments++] = len;
	return (0);
}

/* Is it the newest log, or one that was told already? */
static bool
log_is_known(const struct activator *a, const uint8_t log[UUID_LEN])
{
	size_t i;

	for (i = 0; i < a->nolder; i++)
		if (memcmp(a->older[i].log, log, UUID_LEN) == 0)
			return (true);
	return (memcmp(a->catchup.state.log, log, UUID_LEN) == 0);
}

/* One whose checkpoint does not hold is left out: it is signed no more. */
int
catchup_log(struct activator *a, const struct as_stored_log *l, char *error)
{
	char log[UUID_STRLEN], why[MESSAGE_ERROR_MAX];
	char text[2 * MESSAGE_ERROR_MAX];
	struct doc_log *older = &a->older[a->nolder];
	struct checkpoint c;

	uuid_print(l->log, log);
	if (a->catchup.phase != PHASE_DOCUMENTS ||
	    a->catchup.nlogs == LOGS_MAX - 1)
		return (reason(error, "an older log that was not asked for"));
	a->catchup.nlogs++;
	if (log_is_known(a, l->log))
		return (reason(error, "the log %s is told twice", log));
	if (checkpoint_verify(l->checkpoint, l->checkpoint_len,
		a->arena->host.key, &c, older->signature, why) == 0) {
		if (memcmp(c.origin.log, l->log, UUID_LEN) == 0) {
			memcpy(older->log, l->log, UUID_LEN);
			older->size = c.size;
			memcpy(older->root, c.root.b, HASH_LEN);
			a->nolder++;
			return (0);
		}
		(void)snprintf(why, sizeof(why), "checkpoint: of another log");
	}
	(void)snprintf(text, sizeof(text),
	    "requests leave out the older log %s: its kept %s", log, why);
	a->out.say(a->out.ctx, text);
	return (0);
}

/* Each kind after the one that it hangs on. */
static void
load_documents(struct activator *a)
{
	struct catchup *c = &a->catchup;
	struct document *d;
	char why[MESSAGE_ERROR_MAX];
	uint32_t code;
	size_t i;
	int kind;

	for (kind = 0; kind < DOCUMENT_KINDS; kind++)
		for (i = 0; i < c->ndocuments; i++) {
			if (document_kind(c->bytes[i], c->len[i]) != kind)
				continue;
			d = registry_verify(&a->registry, c->bytes[i],
			    c->len[i], true, &code, why);
			if (d == NULL)
				a->out.say(a->out.ctx, why);
			/* What is missing then, the manifest tells. */
			if (d != NULL && registry_use(&a->registry, d) == -1)
				document_free(d);
		}
	for (i = 0; i < c->ndocuments; i++) {
		free(c->bytes[i]);
		c->bytes[i] = NULL;
	}
	c->ndocuments = 0;
}

int
catchup_documents_end(struct activator *a, uint32_t n, char *error)
{
	struct catchup *c = &a->catchup;

	if (c->phase != PHASE_DOCUMENTS || n != c->ndocuments)
		return (reason(error, "the end of documents after %zu of %u",
		    c->ndocuments, n));
	load_documents(a);
	if (c->why[0] != '\0')
		return (finish(a, error));
	c->phase = PHASE_ENTRIES;
	a->out.read_entries(a->out.ctx, a->log.origin.log, a->log.edge.size);
	return (0);
}

/*
 * The salt covers neither type, count, needed nor expires, so that a store
 * could make a refusal into a grant: no grant of ours breaks these limits.
 */
static int
check_limits(
    const struct activator *a, const char *text, size_t len, char *error)
{
	const struct document *certificate;
	struct entry_decision e;

	if (!message_is(&entry_grant_type, text, len))
		return (0);
	if (message_parse(&entry_grant_type, text, len, &e, error) == -1)
		return (-1);
	if (e.count < e.needed)
		return (reason(error, "a grant below the threshold"));
	certificate = registry_certificate(&a->registry, e.host);
	if (certificate != NULL &&
	    ktime_cmp(e.expires, certificate->host->not_after) > 0)
		return (reason(error, "a grant that outlives its kms-host"));
	return (0);
}

/*
 * A document whose manifest was not written any more is in use from now on;
 * its entry is not covered either, since the manifest goes before the anchor.
 */
static int
check_change(struct activator *a, const char *text, size_t len, char *error)
{
	struct entry_change e;
	int changed;

	if (!message_is(&entry_change_type, text, len))
		return (0);
	if (message_parse(&entry_change_type, text, len, &e, error) == -1)
		return (-1);
	changed = registry_installed(&a->registry, &a->manifest, &e, error);
	if (changed == 1)
		a->catchup.installed = true;
	return (changed == -1 ? -1 : 0);
}

int
catchup_entry(struct activator *a, uint64_t index, const char *text, size_t len,
    char *error)
{
	struct catchup *c = &a->catchup;
	char why[MESSAGE_ERROR_MAX];

	if (c->phase == PHASE_FOUND)
		return (rollback_entry(a, index, text, len, error));
	if (c->phase != PHASE_ENTRIES)
		return (reason(error, "an entry that was not asked for"));
	if (c->why[0] != '\0')
		return (0);
	if (logbook_found(&a->log, index, text, len, why) == -1)
		rollback(a, "%s", why);
	else if (check_limits(a, text, len, why) == -1 ||
		 check_change(a, text, len, why) == -1)
		rollback(a, "entry %llu: %s", (unsigned long long)index, why);
	return (0);
}

int
catchup_entries_end(struct activator *a, uint64_t next, bool more, char *error)
{
	struct catchup *c = &a->catchup;
	uint64_t size;

	if (c->phase != PHASE_ENTRIES && c->phase != PHASE_FOUND)
		return (reason(error, "an end of entries that were not asked "
				      "for"));
	if (c->phase == PHASE_FOUND && c->gap)
		return (rollback_found(a, error));
	size = c->phase == PHASE_FOUND ? c->found.size : a->log.edge.size;
	if (more && c->why[0] != '\0' && c->phase == PHASE_ENTRIES)
		return (finish(a, error));
	if (more && next != size)
		return (reason(error,
		    "a page of entries ends at %llu after "
		    "entry %llu",
		    (unsigned long long)next, (unsigned long long)size));
	if (more) {
		a->out.read_entries(a->out.ctx, c->state.log, next);
		return (0);
	}
	if (c->phase == PHASE_FOUND)
		return (rollback_found(a, error));
	if (size != c->state.size)
		rollback(a,
		    "the log in the database ends at entry %llu of "
		    "%llu",
		    (unsigned long long)size,
		    (unsigned long long)c->state.size);
	return (finish(a, error));
}
