/*
 * Questions of administrators, one after the other.  An install's order:
 * commit, manifest, anchor; both are with the parent, use, answer.  So no
 * anchor covers an entry of a document that the manifest does not list.
 */
#include "config.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activator/activator.h"
#include "common/codes.h"
#include "common/memory.h"

typedef int question_handler(
    struct activator *, const struct question *, char *);

static question_handler install, host_request, get_checkpoint, clock_accepted;
static int use(struct activator *, char *);

/* What may be asked while serving, and after a rollback. */
static const struct question_rule {
	uint16_t record;
	bool serving, rollback;
	question_handler *handle;
} question_rules[] = {
	{ REC_INSTALL, true, false, install },
	{ REC_HOST_REQUEST, true, false, host_request },
	{ REC_GET_CHECKPOINT, true, false, get_checkpoint },
	{ REC_CLOCK_ACCEPT, true, false, clock_accepted },
	{ REC_ACCEPT_ROLLBACK, false, true, rollback_begin },
};

void
admin_done(struct activator *a, uint32_t code, const char *fmt, ...)
{
	struct admin *m = &a->admin;
	struct admin_done d;
	va_list ap;

	memset(&d, 0, sizeof(d));
	d.id = m->queue[0].id;
	d.code = code;
	va_start(ap, fmt);
	(void)vsnprintf(d.text, sizeof(d.text), fmt, ap);
	va_end(ap);
	a->out.done(a->out.ctx, &d);
	free(m->queue[0].bytes);
	m->n--;
	memmove(m->queue, m->queue + 1, m->n * sizeof(m->queue[0]));
	m->busy = false;
}

void
admin_free(struct admin *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		free(m->queue[i].bytes);
	document_free(m->document);
}

int
admin_next(struct activator *a, char *error)
{
	const struct question_rule *rule;
	struct admin *m = &a->admin;
	bool serving = a->catchup.phase == PHASE_SERVING;
	size_t i;

	while (m->n != 0 && !m->busy &&
	       (serving || a->catchup.phase == PHASE_ROLLBACK)) {
		m->busy = true;
		rule = NULL;
		for (i = 0;
		     i < sizeof(question_rules) / sizeof(question_rules[0]);
		     i++)
			if (question_rules[i].record == m->queue[0].record)
				rule = &question_rules[i];
		if (rule == NULL) {
			(void)snprintf(error, MESSAGE_ERROR_MAX,
			    "a question without a rule");
			return (-1);
		}
		if (serving && !rule->serving)
			admin_done(a, CODE_DENIED,
			    "there is no rollback to "
			    "accept: this host is serving");
		else if (!serving && !rule->rollback)
			admin_done(
			    a, CODE_DENIED, "not served: %s", a->catchup.why);
		else if (rule->handle(a, &m->queue[0], error) == -1)
			return (-1);
	}
	return (0);
}

static struct question *
ask(struct activator *a, uint16_t record, uint32_t id, char *error)
{
	struct admin *m = &a->admin;
	struct question *q;

	if (m->n == CONTROL_CREDITS) {
		(void)snprintf(
		    error, MESSAGE_ERROR_MAX, "more questions than credits");
		return (NULL);
	}
	q = &m->queue[m->n++];
	memset(q, 0, sizeof(*q));
	q->record = record;
	q->id = id;
	return (q);
}

int
admin_install(struct activator *a, const struct admin_install *r, char *error)
{
	struct question *q;

	if ((q = ask(a, REC_INSTALL, r->id, error)) == NULL)
		return (-1);
	q->uid = r->uid;
	q->len = r->len;
	q->bytes = memory_copy(r->bytes, r->len);
	return (admin_next(a, error));
}

int
admin_host_request(
    struct activator *a, const struct admin_host_request *r, char *error)
{
	struct question *q;

	if ((q = ask(a, REC_HOST_REQUEST, r->id, error)) == NULL)
		return (-1);
	(void)snprintf(q->text, sizeof(q->text), "%s", r->name);
	return (admin_next(a, error));
}

int
admin_get_checkpoint(struct activator *a, uint32_t id, char *error)
{
	if (ask(a, REC_GET_CHECKPOINT, id, error) == NULL)
		return (-1);
	return (admin_next(a, error));
}

int
admin_accept_rollback(
    struct activator *a, const struct admin_rollback *r, char *error)
{
	struct question *q;

	if ((q = ask(a, REC_ACCEPT_ROLLBACK, r->id, error)) == NULL)
		return (-1);
	q->uid = r->uid;
	(void)snprintf(q->text, sizeof(q->text), "%s", r->reason);
	return (admin_next(a, error));
}

int
admin_clock_accept(struct activator *a, const struct admin_who *r, char *error)
{
	struct question *q;

	if ((q = ask(a, REC_CLOCK_ACCEPT, r->id, error)) == NULL)
		return (-1);
	q->uid = r->uid;
	return (admin_next(a, error));
}

/* The entry that tells of the change, all but its time and salt. */
static void
fill_change(const struct document *d, uint32_t uid, struct entry_change *e)
{
	memset(e, 0, sizeof(*e));
	e->uid = uid;
	(void)snprintf(e->action, sizeof(e->action), "install");
	(void)snprintf(e->type, sizeof(e->type), "%s", document_type(d->kind));
	memcpy(e->publisher, d->publisher, PUBKEY_LEN);
	memcpy(e->object, d->object, UUID_LEN);
	e->revision = d->revision;
	document_digest(d, e->digest);
}

static int
keep(struct activator *a, const struct question *q, struct document *d,
    char *error)
{
	struct manifest m = a->manifest;
	struct slot_own *own;
	uint16_t i;

	if (manifest_note(&m, d) == -1 ||
	    (i = slots_take_own(&a->slots, SLOT_DOCUMENT)) == SLOT_NONE) {
		document_free(d);
		admin_done(a, CODE_DENIED,
		    "there is no room for another "
		    "document now");
		return (0);
	}
	a->admin.document = d;
	own = &a->slots.slot[i].u.own;
	memset(own, 0, sizeof(*own));
	own->type = &entry_change_type;
	own->document = d;
	fill_change(d, q->uid, &own->entry.change);
	slots_queue(&a->slots, i);
	return (batch_send(a, error));
}

static int
install(struct activator *a, const struct question *q, char *error)
{
	struct document *d;
	char why[MESSAGE_ERROR_MAX];
	enum verdict verdict;
	uint32_t code;

	if ((d = registry_verify(
		 &a->registry, q->bytes, q->len, false, &code, why)) == NULL) {
		admin_done(a, code, "%s", why);
		return (0);
	}
	verdict = registry_judge(&a->registry, d, a->now, why);
	if (verdict == VERDICT_NEW)
		return (keep(a, q, d, error));
	if (verdict == VERDICT_SAME)
		admin_done(a, CODE_OK, "this %s is installed already",
		    document_type(d->kind));
	else
		admin_done(a, CODE_DENIED, "%s", why);
	document_free(d);
	return (0);
}

int
admin_send_manifest(struct activator *a, char *error)
{
	char text[MANIFEST_MAX];
	int len;

	if ((len = manifest_print(&a->manifest, text)) == -1) {
		(void)snprintf(
		    error, MESSAGE_ERROR_MAX, "the manifest can't be printed");
		return (-1);
	}
	a->out.manifest(a->out.ctx, ++a->manifest_sequence, text, (size_t)len);
	a->admin.awaits_manifest = true;
	return (0);
}

int
admin_kept(struct activator *a, char *error)
{
	(void)manifest_note(&a->manifest, a->admin.document);
	a->admin.anchored = a->admin.saved = false;
	return (admin_send_manifest(a, error));
}

/* Both may come first: the manifest is synced, the anchor has left. */
static int
use_when_safe(struct activator *a, char *error)
{
	if (!a->admin.anchored || !a->admin.saved)
		return (0);
	return (use(a, error));
}

int
admin_committed(struct activator *a, char *error)
{
	if (a->catchup.phase == PHASE_ACCEPTED)
		return (rollback_committed(a, error));
	if (a->admin.clock) {
		a->admin.clock = false;
		admin_done(
		    a, CODE_OK, "the clock is accepted: machines expire again");
		return (admin_next(a, error));
	}
	a->admin.anchored = true;
	return (use_when_safe(a, error));
}

/* Seals of certificates that are now revoked open no more. */
static void
drop_revoked(struct activator *a)
{
	const struct document *d;
	size_t i;

	for (i = 0; i < a->registry.ndocuments; i++) {
		d = a->registry.document[i];
		if (d->kind == DOCUMENT_HOST && d->revoked != -1)
			seals_drop(&a->seals, d->object);
	}
}

/* A new certificate has new seal keys at once. */
static int
use(struct activator *a, char *error)
{
	struct document *d = a->admin.document;
	const char *type = document_type(d->kind);
	char object[UUID_STRLEN];
	uint64_t revision = d->revision;
	enum document_kind kind = d->kind;

	uuid_print(d->object, object);
	a->admin.document = NULL;
	if (registry_use(&a->registry, d) == -1) {
		document_free(d);
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "a document that was kept finds no room");
		return (-1);
	}
	drop_revoked(a);
	offer_changed(a);
	if (offer_update(a, error) == -1)
		return (-1);
	if (kind == DOCUMENT_HOST)
		admin_done(a, CODE_OK, "installed %s %s", type, object);
	else if (kind == DOCUMENT_PRODUCT)
		admin_done(a, CODE_OK, "installed %s %s, revision %llu", type,
		    object, (unsigned long long)revision);
	else
		admin_done(a, CODE_OK, "installed %s, revision %llu", type,
		    (unsigned long long)revision);
	return (admin_next(a, error));
}

int
admin_manifest_saved(struct activator *a, uint32_t sequence, char *error)
{
	if (!a->admin.awaits_manifest || sequence != a->manifest_sequence) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "a manifest was saved that was not sent");
		return (-1);
	}
	a->admin.awaits_manifest = false;
	if (a->catchup.phase == PHASE_MANIFEST)
		return (catchup_manifest_saved(a, error));
	if (a->catchup.phase == PHASE_ACCEPTED)
		return (rollback_saved(a, error));
	a->admin.saved = true;
	return (use_when_safe(a, error));
}

/* The log as it is now, as the request states it. */
static void
fill_log(struct activator *a, struct doc_log *l)
{
	char why[MESSAGE_ERROR_MAX];
	struct checkpoint c;

	logbook_sign(&a->log);
	memcpy(l->log, a->log.origin.log, UUID_LEN);
	l->size = a->log.edge.size;
	(void)checkpoint_verify(a->log.checkpoint, a->log.checkpoint_len,
	    a->arena->host.key, &c, l->signature, why);
	memcpy(l->root, c.root.b, HASH_LEN);
}

static int
host_request(struct activator *a, const struct question *q, char *error)
{
	char out[SIGNED_REQUEST_MAX];
	struct doc_host_request doc;
	struct admin_text text;
	int len;

	(void)error;
	memset(&doc, 0, sizeof(doc));
	pubkey_to_blob(&a->arena->host, doc.host);
	(void)snprintf(doc.name, sizeof(doc.name), "%.*s", HOST_MAX, q->text);
	memcpy(doc.store, a->log.store, UUID_LEN);
	fill_log(a, &doc.log[0]);
	memcpy(&doc.log[1], a->older, a->nolder * sizeof(a->older[0]));
	doc.nlogs = 1 + a->nolder;
	randombytes_buf(doc.nonce, sizeof(doc.nonce));
	doc.time = a->now;
	if ((len = sign_host_request(&a->signer, &doc, out, error)) == -1) {
		admin_done(a, CODE_DENIED, "no request can be made: %s", error);
		return (0);
	}
	text.id = q->id;
	text.text = out;
	text.len = (size_t)len;
	a->out.text(a->out.ctx, &text);
	admin_done(a, CODE_OK, "%s", "");
	return (0);
}

static int
get_checkpoint(struct activator *a, const struct question *q, char *error)
{
	struct admin_text text;

	(void)error;
	logbook_sign(&a->log);
	text.id = q->id;
	text.text = a->log.checkpoint;
	text.len = a->log.checkpoint_len;
	a->out.text(a->out.ctx, &text);
	admin_done(a, CODE_OK, "%s", "");
	return (0);
}

/* The batch that carries the entry counts by the clock already. */
static int
clock_accepted(struct activator *a, const struct question *q, char *error)
{
	struct slot_own *own;
	struct entry_change *e;
	uint16_t i;

	if (!a->clock.doubted) {
		admin_done(a, CODE_OK, "the clock was not in doubt");
		return (0);
	}
	if ((i = slots_take_own(&a->slots, SLOT_CLOCK)) == SLOT_NONE) {
		admin_done(a, CODE_DENIED, "the host is busy: ask again");
		return (0);
	}
	clock_accept(&a->clock, a->now, a->boot_ms);
	a->admin.clock = true;
	own = &a->slots.slot[i].u.own;
	memset(own, 0, sizeof(*own));
	own->type = &entry_change_type;
	e = &own->entry.change;
	e->uid = q->uid;
	(void)snprintf(e->action, sizeof(e->action), "accept");
	(void)snprintf(e->type, sizeof(e->type), "clock");
	slots_queue(&a->slots, i);
	return (batch_send(a, error));
}

int
admin_tick(struct activator *a, char *error)
{
	if (a->admin.awaits_anchor && a->out.anchor_left(a->out.ctx)) {
		a->admin.awaits_anchor = false;
		return (rollback_committed(a, error));
	}
	if (a->admin.restart_ms != 0 && a->boot_ms >= a->admin.restart_ms)
		a->out.restart(a->out.ctx);
	return (0);
}
