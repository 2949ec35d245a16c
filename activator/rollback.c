/*
 * accept-rollback: reads the log that was found, begins a new one with new
 * uuids in one transaction of the store, then tells the parent.  If it was
 * stopped in between, the store is on the new log and the anchor on the old:
 * the same command then only tells the parent.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "activator/activator.h"
#include "common/codes.h"

/* Control passes the answer on before the generation ends. */
#define RESTART_MS 500

int
rollback_begin(struct activator *a, const struct question *q, char *error)
{
	struct catchup *c = &a->catchup;
	struct anchor found = a->anchor;

	(void)q;
	if (!c->state.exists) {
		c->phase = PHASE_ACCEPTED;
		a->out.create(
		    a->out.ctx, a->anchor.store, a->anchor.origin.log);
		return (0);
	}
	(void)error;
	/* The log that was found, from its first entry on. */
	memcpy(found.origin.log, c->state.log, UUID_LEN);
	memcpy(found.store, c->state.store, UUID_LEN);
	memset(&found.edge, 0, sizeof(found.edge));
	logbook_init(&a->log, &a->signer, &found);
	memset(&c->found, 0, sizeof(c->found));
	c->continues = c->gap = false;
	c->phase = PHASE_FOUND;
	a->out.read_entries(a->out.ctx, c->state.log, 0);
	return (0);
}

/* Does this first entry say that the anchor's log was given up? */
static bool
gives_up_anchor(const struct activator *a, const struct entry_rollback *e)
{
	struct tree_hash root;

	tree_root(&a->anchor.edge, &root);
	return (memcmp(e->old_log, a->anchor.origin.log, UUID_LEN) == 0 &&
		memcmp(e->old_store, a->anchor.store, UUID_LEN) == 0 &&
		memcmp(e->store, a->catchup.state.store, UUID_LEN) == 0 &&
		e->anchor_size == a->anchor.edge.size &&
		memcmp(e->anchor_root, root.b, HASH_LEN) == 0);
}

int
rollback_entry(struct activator *a, uint64_t index, const char *text,
    size_t len, char *error)
{
	struct catchup *c = &a->catchup;
	const struct message_type *type;
	struct tree_hash leaf;
	union entry e;
	char why[MESSAGE_ERROR_MAX];

	if (index < c->found.size) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "entries of the found log out of order");
		return (-1);
	}
	/* What stands behind a missing entry is part of no tree. */
	if (index != c->found.size)
		c->gap = true;
	if (c->gap) {
		c->continues = false;
		return (0);
	}
	if (index == 0)
		c->continues =
		    logbook_verify(&a->log, text, len, &type, &e, why) == 0 &&
		    type == &entry_rollback_type &&
		    gives_up_anchor(a, &e.rollback);
	if (c->continues && logbook_found(&a->log, index, text, len, why) == -1)
		c->continues = false;
	tree_leaf(text, len, &leaf);
	if (tree_append(&c->found, &leaf) == -1) {
		(void)snprintf(error, MESSAGE_ERROR_MAX, "the log is full");
		return (-1);
	}
	return (0);
}

static void
fill_rollback(const struct activator *a, const struct slot_own *own,
    struct entry_rollback *e)
{
	const struct question *q = &a->admin.queue[0];
	struct tree_hash root;

	memset(e, 0, sizeof(*e));
	e->uid = q->uid;
	(void)snprintf(
	    e->reason, sizeof(e->reason), "%.*s", REASON_MAX, q->text);
	memcpy(e->old_log, a->anchor.origin.log, UUID_LEN);
	memcpy(e->old_store, a->anchor.store, UUID_LEN);
	memcpy(e->store, own->store, UUID_LEN);
	e->found_size = a->catchup.found.size;
	tree_root(&a->catchup.found, &root);
	memcpy(e->found_root, root.b, HASH_LEN);
	e->anchor_size = a->anchor.edge.size;
	tree_root(&a->anchor.edge, &root);
	memcpy(e->anchor_root, root.b, HASH_LEN);
}

/* A new log with new uuids; it begins with the reason. */
static int
begin_log(struct activator *a, char *error)
{
	struct anchor fresh = a->anchor;
	struct slot_own *own;
	uint16_t i;

	if ((i = slots_take_own(&a->slots, SLOT_LOG)) == SLOT_NONE ||
	    uuid_make(fresh.store) == -1 || uuid_make(fresh.origin.log) == -1) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "no slot or no random bytes for a new log");
		return (-1);
	}
	memset(&fresh.edge, 0, sizeof(fresh.edge));
	logbook_init(&a->log, &a->signer, &fresh);
	own = &a->slots.slot[i].u.own;
	memset(own, 0, sizeof(*own));
	own->type = &entry_rollback_type;
	memcpy(own->store, fresh.store, UUID_LEN);
	memcpy(own->log, fresh.origin.log, UUID_LEN);
	fill_rollback(a, own, &own->entry.rollback);
	(void)clock_start(&a->clock, a->now, a->boot_ms,
	    a->catchup.state.newest, a->catchup.state.oldest_day);
	slots_queue(&a->slots, i);
	return (batch_send(a, error));
}

int
rollback_found(struct activator *a, char *error)
{
	struct catchup *c = &a->catchup;

	if (c->phase == PHASE_FOUND && !c->gap &&
	    c->found.size != c->state.size) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "the found log ends before its size");
		return (-1);
	}
	c->phase = PHASE_ACCEPTED;
	if (!c->continues)
		return (begin_log(a, error));
	if (activator_send_anchor(a) == -1) {
		(void)snprintf(
		    error, MESSAGE_ERROR_MAX, "the anchor can't be printed");
		return (-1);
	}
	a->admin.awaits_anchor = true;
	return (admin_tick(a, error));
}

/* Has it no such line, or an older revision, for one of the other? */
static bool
lacks(const struct manifest *m, const struct manifest *other)
{
	const uint64_t *revision;
	size_t i;

	for (i = 0; i < other->ndocuments; i++) {
		revision = manifest_listed(m, &other->document[i]);
		if (revision == NULL || *revision < other->document[i].revision)
			return (true);
	}
	return (false);
}

/* Store and anchor agree: the manifest becomes what the store has. */
int
rollback_committed(struct activator *a, char *error)
{
	const struct registry *r = &a->registry;
	struct manifest found;
	size_t i;

	memset(&found, 0, sizeof(found));
	for (i = 0; i < a->manifest.ndocuments; i++)
		if (!registry_knows(r, a->manifest.document[i].publisher))
			found.document[found.ndocuments++] =
			    a->manifest.document[i];
	for (i = 0; i < r->ndocuments; i++)
		(void)manifest_note(&found, r->document[i]);
	a->catchup.lacks = lacks(&found, &a->manifest);
	a->manifest = found;
	return (admin_send_manifest(a, error));
}

int
rollback_saved(struct activator *a, char *error)
{
	char log[UUID_STRLEN];

	(void)error;
	uuid_print(a->log.origin.log, log);
	admin_done(a, CODE_OK,
	    "rollback accepted: the new log is %s, and the "
	    "host starts again with it%s",
	    log,
	    a->catchup.lacks ? "; the database lacks documents, or has old "
			       "revisions: install the newest again (kmsctl "
			       "show documents says what is there)"
			     : "");
	a->admin.restart_ms = a->boot_ms + RESTART_MS;
	a->admin.busy = true;
	return (0);
}
