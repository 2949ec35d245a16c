/*
 * What others may send to the store: the activator everything that is
 * written, and what it needs to catch up; control only questions.
 */

#include "config.h"

#include <string.h>

#include "common/log.h"
#include "store/dispatch.h"
#include "store/send.h"

/* A record that breaks a rule, or a database that failed: dies. */
static int
taken(struct process *p, struct ipc_channel *ch, int r)
{
	if (r == STORE_VIOLATION)
		return ipc_violation(ch, "%s", store_error(p->store));
	if (r == STORE_FAILED)
		store_dies(p);
	return 0;
}

static int
malformed(struct ipc_channel *ch, const char *what)
{
	return ipc_violation(ch, "a malformed %s", what);
}

void
store_send_state(struct process *p)
{
	struct ipc_writer *w;
	struct as_state state;

	store_state(p->store, &state);
	w = ipc_begin(p->activator, REC_STORE_STATE, AS_STATE_MAX);
	if (w == NULL)
		fatalx("no room for the store's state");
	as_put_state(w, &state);
	if (ipc_end(p->activator) == -1)
		fatalx("the store's state is too long");
	ipc_flush(p->activator);
}

static int
dispatch_create(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	uint8_t uuid[UUID_LEN], log[UUID_LEN];
	struct process *p = ctx;

	ipc_get_bytes(r, uuid, sizeof(uuid));
	ipc_get_bytes(r, log, sizeof(log));
	if (r->bad)
		return malformed(ch, "create");
	if (taken(p, ch, store_create(p->store, uuid, log)) == -1)
		return -1;
	store_send_state(p);
	return 0;
}

static int
dispatch_read_documents(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	if (ipc_get_u8(r) != 0 || r->bad)
		return malformed(ch, "question for documents");
	send_documents(ctx);
	return 0;
}

static int
dispatch_read_entries(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	uint8_t log[UUID_LEN];
	uint64_t first;

	ipc_get_bytes(r, log, sizeof(log));
	first = ipc_get_u64(r);
	if (r->bad)
		return malformed(ch, "question for entries");
	send_entries(ctx, log, first);
	return 0;
}

/* After the last record: commit, answer, then what had to wait. */
static int
commit_if_complete(struct process *p, struct ipc_channel *ch)
{
	uint64_t size;
	size_t i;

	if (store_batch_missing(p->store) != 0)
		return 0;
	if (taken(p, ch, store_commit_batch(p->store, &size)) == -1)
		return -1;
	ipc_set_state(ch, STORE_IDLE);
	send_answers(p, size);
	for (i = 0; i < p->nwaiting; i++)
		send_page(p, &p->waiting[i]);
	p->nwaiting = 0;
	return taken(p, ch, store_tidy(p->store));
}

static int
dispatch_batch(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = ctx;
	struct as_batch head;

	memset(&head, 0, sizeof(head));
	as_get_batch(r, &head);
	if (r->bad)
		return malformed(ch, "batch");
	if (taken(p, ch, store_begin_batch(p->store, &head)) == -1)
		return -1;
	p->nanswers = 0;
	ipc_set_state(ch, STORE_BATCH);
	return commit_if_complete(p, ch);
}

static struct answer *
next_answer(struct process *p, bool entered)
{
	struct answer *a;

	if (p->nanswers == BATCH_MAX)
		fatalx("more records than a batch has");
	a = &p->answers[p->nanswers++];
	a->entered = entered;
	return a;
}

static int
dispatch_decide(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = ctx;
	struct as_decide d;

	memset(&d, 0, sizeof(d));
	as_get_decide(r, &d);
	if (r->bad)
		return malformed(ch, "decide");
	if (taken(p, ch,
		store_decide(p->store, &d, &next_answer(p, false)->outcome)) ==
	    -1)
		return -1;
	return commit_if_complete(p, ch);
}

static int
dispatch_enter(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = ctx;
	struct as_enter e;

	memset(&e, 0, sizeof(e));
	as_get_enter(r, &e);
	if (r->bad)
		return malformed(ch, "entry");
	if (taken(p, ch,
		store_enter(p->store, &e, &next_answer(p, true)->entry)) == -1)
		return -1;
	return commit_if_complete(p, ch);
}

static int
dispatch_document(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = ctx;
	struct as_document d;

	memset(&d, 0, sizeof(d));
	as_get_document(r, &d);
	if (r->bad)
		return malformed(ch, "document");
	if (taken(p, ch,
		store_keep_document(
		    p->store, &d, &next_answer(p, true)->entry)) == -1)
		return -1;
	return commit_if_complete(p, ch);
}

static int
dispatch_begin_log(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = ctx;
	struct as_begin_log b;

	memset(&b, 0, sizeof(b));
	as_get_begin_log(r, &b);
	if (r->bad)
		return malformed(ch, "new log");
	if (taken(p, ch,
		store_begin_log(p->store, &b, &next_answer(p, true)->entry)) ==
	    -1)
		return -1;
	return commit_if_complete(p, ch);
}

const struct ipc_rule store_dispatch_activator[] = {
	{ REC_STORE_CREATE, "create", STORE_IDLE, 32, 32, 1, 0, 1, false,
	    dispatch_create },
	{ REC_READ_DOCUMENTS, "read documents", STORE_IDLE, 1, 1, 1, 0, 0,
	    false, dispatch_read_documents },
	{ REC_READ_ENTRIES, "read entries", STORE_IDLE, 24, 24, 1, 0, 0, false,
	    dispatch_read_entries },
	{ REC_BATCH, "batch", STORE_IDLE, AS_BATCH_MIN, AS_BATCH_MAX, 1, 0, 0,
	    false, dispatch_batch },
	{ REC_DECIDE, "decide", STORE_BATCH, AS_DECIDE_MIN, AS_DECIDE_MAX,
	    BATCH_MAX, 0, 0, false, dispatch_decide },
	{ REC_ENTER, "enter", STORE_BATCH, AS_ENTER_MIN, AS_ENTER_MAX,
	    BATCH_MAX, 0, 0, false, dispatch_enter },
	{ REC_KEEP_DOCUMENT, "keep document", STORE_BATCH, AS_DOCUMENT_MIN,
	    AS_DOCUMENT_MAX, BATCH_MAX, 0, 0, false, dispatch_document },
	{ REC_BEGIN_LOG, "begin log", STORE_BATCH, AS_BEGIN_LOG_MIN,
	    AS_BEGIN_LOG_MAX, 1, 0, 0, false, dispatch_begin_log },
	{ .type = 0 },
};

/* A page never shows a batch that is not committed. */
static int
dispatch_read(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = ctx;
	struct admin_read q;

	memset(&q, 0, sizeof(q));
	admin_get_read(r, &q);
	if (r->bad)
		return malformed(ch, "question");
	if (!store_in_batch(p->store)) {
		send_page(p, &q);
		return 0;
	}
	if (p->nwaiting == CONTROL_CREDITS)
		return ipc_violation(
		    ch, "more than %d questions", CONTROL_CREDITS);
	p->waiting[p->nwaiting++] = q;
	return 0;
}

const struct ipc_rule store_dispatch_control[] = {
	{ REC_READ, "read", IPC_ANY_STATE, 31, 31, CONTROL_CREDITS, 0, 0, false,
	    dispatch_read },
	{ .type = 0 },
};
