/*
 * Sends batches to the store, and delivers what was committed: one checkpoint,
 * the proofs, the replies.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "activator/activator.h"
#include "activator/reply.h"
#include "common/codes.h"
#include "common/reason.h"

static void
begin(struct activator *a, struct batch *b, size_t n)
{
	struct as_batch record;

	activator_look_at_clock(a);
	b->n = n;
	b->answered = 0;
	b->time = a->now;
	b->before = a->log.edge.size;
	b->kept_size = 0;
	b->grants = b->document = false;
	tree_batch_begin(b->tree, &a->log.edge);
	memset(&record, 0, sizeof(record));
	record.n = (uint16_t)n;
	record.time = b->time;
	record.oldest_day = clock_oldest_day(&a->clock, b->time);
	if (n == 0 || logbook_keep_due(&a->log)) {
		record.checkpoint_size = b->kept_size = a->log.signed_size;
		record.checkpoint = a->log.checkpoint;
		record.checkpoint_len = a->log.checkpoint_len;
	}
	a->out.batch(a->out.ctx, &record);
	a->counter[COUNT_BATCHES]++;
}

static int
send_request(struct activator *a, struct batch *b, struct batch_record *rec)
{
	struct slot_request *q = &a->slots.slot[rec->slot].u.request;
	struct as_decide *d = &q->decide;

	d->id = rec->slot;
	d->entry.time = b->time;
	d->entry.expires = policy_expires(q, b->time);
	/* Grant and refusal have the same salt. */
	if (logbook_salt(&a->log, &entry_grant_type, &d->entry) == -1)
		return (-1);
	a->out.decide(a->out.ctx, d);
	return (0);
}

static void
send_document(struct activator *a, const struct slot_own *own,
    const struct batch_record *rec)
{
	const struct document *d = own->document;
	struct as_document r;

	memset(&r, 0, sizeof(r));
	r.id = rec->slot;
	(void)snprintf(r.type, sizeof(r.type), "%s", document_type(d->kind));
	memcpy(r.publisher, d->publisher, PUBKEY_LEN);
	memcpy(r.object, d->object, UUID_LEN);
	r.revision = d->revision;
	r.bytes = d->bytes;
	r.bytes_len = d->len;
	r.entry = rec->text;
	r.entry_len = rec->len;
	a->out.document(a->out.ctx, &r);
}

static void
send_log(struct activator *a, const struct slot_own *own,
    const struct batch_record *rec)
{
	struct as_begin_log r;

	r.id = rec->slot;
	memcpy(r.store, own->store, UUID_LEN);
	memcpy(r.log, own->log, UUID_LEN);
	r.entry = rec->text;
	r.entry_len = rec->len;
	a->out.begin_log(a->out.ctx, &r);
}

static int
send_own(struct activator *a, struct batch *b, struct batch_record *rec)
{
	struct slot *slot = &a->slots.slot[rec->slot];
	struct slot_own *own = &slot->u.own;
	struct as_enter r;
	int len;

	own->entry.time = b->time;
	if (logbook_salt(&a->log, own->type, &own->entry) == -1 ||
	    (len = message_print(own->type, &own->entry, rec->text,
		 sizeof(rec->text), NULL)) == -1)
		return (-1);
	rec->len = (size_t)len;
	if (slot->kind == SLOT_DOCUMENT)
		send_document(a, own, rec);
	else if (slot->kind == SLOT_LOG)
		send_log(a, own, rec);
	else {
		r.id = rec->slot;
		r.text = rec->text;
		r.len = rec->len;
		a->out.enter(a->out.ctx, &r);
	}
	return (0);
}

/* Takes what waits, but for requests that no longer stand.  -1: the reason. */
static int
gather(struct activator *a, struct batch *b, size_t *n, char *error)
{
	uint16_t i;
	int stands;

	*n = 0;
	while (*n < BATCH_MAX && (i = slots_next(&a->slots)) != SLOT_NONE) {
		stands = 1;
		if (a->slots.slot[i].kind == SLOT_REQUEST)
			stands = activator_request_stands(a, i, error);
		if (stands == -1)
			return (-1);
		if (stands == 0)
			continue;
		b->record[*n].slot = i;
		b->record[*n].has_entry = false;
		(*n)++;
	}
	return (0);
}

static void
hand_over(struct activator *a)
{
	a->store_busy = true;
	a->store_ticks = 0;
	a->out.batch_end(a->out.ctx);
}

/* Announces and sends the records that were gathered. */
static int
send_records(struct activator *a, struct batch *b, size_t n, char *error)
{
	struct batch_record *rec;
	size_t i;
	int ret = 0;

	begin(a, b, n);
	for (i = 0; i < n && ret == 0; i++) {
		rec = &b->record[i];
		ret = a->slots.slot[rec->slot].kind == SLOT_REQUEST
			  ? send_request(a, b, rec)
			  : send_own(a, b, rec);
	}
	if (ret == -1) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "an entry for the log can't be printed");
		return (-1);
	}
	hand_over(a);
	return (0);
}

int
batch_send(struct activator *a, char *error)
{
	struct batch *b = &a->batch[a->current];
	size_t n;
	int ret;

	if (a->store_busy || a->committed || a->slots.waiting == 0)
		return (0);
	(void)arena_open(a->arena);
	ret = gather(a, b, &n, error);
	if (ret == 0 && n != 0)
		ret = send_records(a, b, n, error);
	arena_close(a->arena);
	return (ret);
}

void
batch_send_checkpoint(struct activator *a)
{
	begin(a, &a->batch[a->current], 0);
	hand_over(a);
}

static void
count_outcome(struct activator *a, const struct batch_record *rec, int verb)
{
	if (rec->kind == OUTCOME_GRANT)
		a->counter[COUNT_GRANTS]++;
	else if (rec->kind != OUTCOME_NOTHING)
		a->counter[COUNT_REFUSALS]++;
	else if (verb == VERB_STATUS && rec->code == CODE_OK) {
		a->counter[COUNT_STATUS]++;
		summary_add(&a->summary, SUMMARY_STATUS, 1, a->now);
	} else if (rec->code == CODE_PROTOCOL) {
		a->counter[COUNT_PROTOCOL]++;
		summary_add(&a->summary, SUMMARY_REPLAY, 1, a->now);
	} else {
		a->counter[COUNT_BUSY]++;
		summary_add(&a->summary, SUMMARY_BUSY, 1, a->now);
	}
}

static int
deliver_request(struct activator *a, const struct batch *b,
    const struct batch_record *rec, char *error)
{
	const struct slot_request *q = &a->slots.slot[rec->slot].u.request;
	struct reply r = { .code = rec->code,
		.count = rec->count,
		.needed = rec->needed,
		.serial = rec->serial,
		.time = b->time };

	count_outcome(a, rec, q->verb);
	r.result = rec->code == CODE_OK ? RESULT_DONE : RESULT_REFUSED;
	if (rec->kind == OUTCOME_GRANT) {
		r.result = RESULT_GRANTED;
		r.batch = b;
		r.record = rec;
	}
	return (reply_send(a, rec->slot, &r, error));
}

/* One signature for all grants of the batch; without any it may wait. */
static void
sign(struct activator *a, const struct batch *b)
{
	if (b->grants)
		logbook_sign(&a->log);
	else if (a->log.unsigned_ms == 0 && tree_batch_count(b->tree) != 0)
		a->log.unsigned_ms = a->boot_ms;
}

static int
deliver(struct activator *a, const struct batch *b, char *error)
{
	const struct batch_record *rec;
	enum slot_kind kind;
	bool change = false;
	size_t i;
	int ret = 0;

	(void)arena_open(a->arena);
	sign(a, b);
	for (i = 0; i < b->n && ret == 0; i++) {
		rec = &b->record[i];
		kind = a->slots.slot[rec->slot].kind;
		if (kind == SLOT_REQUEST) {
			ret = deliver_request(a, b, rec, error);
			reply_forget(a, rec->slot);
			continue;
		}
		if (kind != SLOT_ENTRY)
			change = true;
		slots_free(&a->slots, rec->slot);
	}
	explicit_bzero(a->plain, sizeof(a->plain));
	arena_close(a->arena);
	if (a->replies) {
		a->replies = false;
		a->out.replies_end(a->out.ctx);
	}
	if (ret == 0 && change)
		ret = admin_committed(a, error);
	return (ret);
}

int
batch_tick(struct activator *a, char *error)
{
	/* Ticks, not the clock: this machine may have stood still. */
	if (!a->store_busy || ++a->store_ticks < BATCH_PATIENCE)
		return (0);
	return (reason(error, "the store has not answered a batch for %d s",
	    BATCH_PATIENCE));
}

int
batch_go_on(struct activator *a, char *error)
{
	struct batch *b = &a->batch[a->current];

	/* No reply before the anchor has left. */
	if (!a->committed || !a->out.anchor_left(a->out.ctx))
		return (0);
	a->committed = false;
	a->current = !a->current;
	/* The store works on the next batch while we sign and seal. */
	if (batch_send(a, error) == -1)
		return (-1);
	return (deliver(a, b, error));
}
