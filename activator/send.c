/*
 * What the activator sends, record by record.
 */
#include "config.h"

#include <stdlib.h>

#include "activator/process.h"
#include "common/log.h"

#define FAREWELL_MS 1000 /* for the last records */

/* Credits make a full queue impossible. */
static struct ipc_writer *
begin(struct ipc_channel *ch, uint16_t type, size_t max)
{
	struct ipc_writer *w;

	if ((w = ipc_begin(ch, type, max)) == NULL)
		fatalx("the queue to the %s is full", ipc_name(ch));
	return (w);
}

static void
end(struct ipc_channel *ch)
{
	if (ipc_end(ch) == -1)
		fatalx("a record to the %s is too long", ipc_name(ch));
}

static void
send_create(
    void *ctx, const uint8_t store[UUID_LEN], const uint8_t log[UUID_LEN])
{
	struct process *p = ctx;
	struct ipc_writer *w = begin(p->store, REC_STORE_CREATE, 2 * UUID_LEN);

	ipc_put_bytes(w, store, UUID_LEN);
	ipc_put_bytes(w, log, UUID_LEN);
	end(p->store);
	ipc_flush(p->store);
}

static void
send_read_documents(void *ctx)
{
	struct process *p = ctx;

	ipc_put_u8(begin(p->store, REC_READ_DOCUMENTS, 1), 0);
	end(p->store);
	ipc_flush(p->store);
}

static void
send_read_entries(void *ctx, const uint8_t log[UUID_LEN], uint64_t first)
{
	struct process *p = ctx;
	struct ipc_writer *w = begin(p->store, REC_READ_ENTRIES, UUID_LEN + 8);

	ipc_put_bytes(w, log, UUID_LEN);
	ipc_put_u64(w, first);
	end(p->store);
	ipc_flush(p->store);
}

static void
send_batch(void *ctx, const struct as_batch *b)
{
	struct process *p = ctx;

	as_put_batch(begin(p->store, REC_BATCH, AS_BATCH_MAX), b);
	end(p->store);
}

static void
send_decide(void *ctx, const struct as_decide *d)
{
	struct process *p = ctx;

	as_put_decide(begin(p->store, REC_DECIDE, AS_DECIDE_MAX), d);
	end(p->store);
}

static void
send_enter(void *ctx, const struct as_enter *e)
{
	struct process *p = ctx;

	as_put_enter(begin(p->store, REC_ENTER, AS_ENTER_MAX), e);
	end(p->store);
}

static void
send_document(void *ctx, const struct as_document *d)
{
	struct process *p = ctx;

	as_put_document(begin(p->store, REC_KEEP_DOCUMENT, AS_DOCUMENT_MAX), d);
	end(p->store);
}

static void
send_begin_log(void *ctx, const struct as_begin_log *l)
{
	struct process *p = ctx;

	as_put_begin_log(begin(p->store, REC_BEGIN_LOG, AS_BEGIN_LOG_MAX), l);
	end(p->store);
}

static void
send_batch_end(void *ctx)
{
	ipc_flush(((struct process *)ctx)->store);
}

static void
send_anchor(void *ctx, const char *text, size_t len)
{
	struct ipc_channel *ch = ((struct process *)ctx)->start.parent;

	ipc_put_blob(begin(ch, REC_ANCHOR, 2 + ANCHOR_MAX), text, len);
	end(ch);
	ipc_flush(ch);
}

static bool
anchor_left(void *ctx)
{
	struct ipc_channel *ch = ((struct process *)ctx)->start.parent;

	ipc_flush(ch);
	return (ipc_queued(ch) == 0);
}

static void
send_manifest(void *ctx, uint32_t sequence, const char *text, size_t len)
{
	struct ipc_channel *ch = ((struct process *)ctx)->start.parent;
	struct ipc_writer *w;

	w = begin(ch, REC_MANIFEST, 4 + 2 + MANIFEST_MAX);
	ipc_put_u32(w, sequence);
	ipc_put_blob(w, text, len);
	end(ch);
	ipc_flush(ch);
}

static void
send_serving(void *ctx)
{
	struct process *p = ctx;

	(void)begin(p->start.parent, REC_SERVING, 0);
	end(p->start.parent);
	ipc_flush(p->start.parent);
	log_info("serving: the log has %llu entries, %zu documents",
	    (unsigned long long)p->activator->log.edge.size,
	    p->activator->registry.ndocuments);
}

static void
send_rollback(void *ctx, const char *why)
{
	struct ipc_channel *ch = ((struct process *)ctx)->start.parent;

	ipc_put_string(begin(ch, REC_ROLLBACK, 2 + PARENT_TEXT_MAX), why);
	end(ch);
	ipc_flush(ch);
	log_warnx("not serving, the store went back: %s", why);
}

static void
send_offer_begin(void *ctx)
{
	struct process *p = ctx;

	ipc_put_u8(begin(p->listener, REC_OFFER_BEGIN, 1), 0);
	end(p->listener);
}

static void
send_offer_certificate(void *ctx, const struct la_certificate *c)
{
	struct process *p = ctx;

	la_put_certificate(
	    begin(p->listener, REC_OFFER_CERTIFICATE, LA_CERTIFICATE_MAX), c);
	end(p->listener);
}

static void
send_offer_product(void *ctx, const struct la_product *r)
{
	struct process *p = ctx;

	la_put_product(
	    begin(p->listener, REC_OFFER_PRODUCT, LA_PRODUCT_MAX), r);
	end(p->listener);
}

static void
send_offer_document(void *ctx, const struct la_document *d)
{
	struct process *p = ctx;

	la_put_document(
	    begin(p->listener, REC_OFFER_DOCUMENT, LA_DOCUMENT_MAX), d);
	end(p->listener);
}

static void
send_offer_end(void *ctx, bool any)
{
	struct process *p = ctx;

	ipc_put_bool(begin(p->listener, REC_OFFER_END, 1), any);
	end(p->listener);
	ipc_flush(p->listener);
}

static void
send_reply(void *ctx, const struct la_reply *r)
{
	struct process *p = ctx;

	la_put_reply(begin(p->listener, REC_REPLY, LA_REPLY_MAX), r);
	end(p->listener);
}

static void
send_reply_error(void *ctx, const struct la_error *e)
{
	struct process *p = ctx;

	la_put_error(begin(p->listener, REC_REPLY_ERROR, LA_ERROR_MAX), e);
	end(p->listener);
}

static void
send_replies_end(void *ctx)
{
	ipc_flush(((struct process *)ctx)->listener);
}

static void
send_text(void *ctx, const struct admin_text *t)
{
	struct process *p = ctx;

	admin_put_text(begin(p->control, REC_TEXT, ADMIN_TEXT_RECORD_MAX), t);
	end(p->control);
}

static void
send_done(void *ctx, const struct admin_done *d)
{
	struct process *p = ctx;

	admin_put_done(begin(p->control, REC_DONE, ADMIN_DONE_MAX), d);
	end(p->control);
	ipc_flush(p->control);
	if (d->text[0] != '\0')
		log_info("an administrator asked: %s", d->text);
}

static void
say(void *ctx, const char *text)
{
	(void)ctx;
	log_warnx("%s", text);
}

/* The parent starts a new generation. */
static void
restart(void *ctx)
{
	struct process *p = ctx;

	(void)ipc_drain(p->control, FAREWELL_MS);
	(void)ipc_drain(p->start.parent, FAREWELL_MS);
	log_info("rollback accepted: ending, so that a new generation serves");
	_Exit(0);
}

static void
drained(void *ctx)
{
	struct process *p = ctx;

	(void)ipc_drain(p->listener, FAREWELL_MS);
	(void)ipc_drain(p->control, FAREWELL_MS);
	start_stopped(&p->start);
}

static const struct outlets outlets = {
	.create = send_create,
	.read_documents = send_read_documents,
	.read_entries = send_read_entries,
	.batch = send_batch,
	.decide = send_decide,
	.enter = send_enter,
	.document = send_document,
	.begin_log = send_begin_log,
	.batch_end = send_batch_end,
	.anchor = send_anchor,
	.anchor_left = anchor_left,
	.manifest = send_manifest,
	.serving = send_serving,
	.rollback = send_rollback,
	.offer_begin = send_offer_begin,
	.offer_certificate = send_offer_certificate,
	.offer_product = send_offer_product,
	.offer_document = send_offer_document,
	.offer_end = send_offer_end,
	.reply = send_reply,
	.reply_error = send_reply_error,
	.replies_end = send_replies_end,
	.text = send_text,
	.done = send_done,
	.say = say,
	.restart = restart,
	.drained = drained,
};

void
process_outlets(struct process *p, struct outlets *out)
{
	*out = outlets;
	out->ctx = p;
}
