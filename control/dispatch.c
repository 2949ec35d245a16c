/*
 * What may come from clients, store, activator and parent, and where it goes
 * on to.  Every record is decoded and encoded again: nothing passes as it is.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/codes.h"
#include "common/ktime.h"
#include "common/log.h"
#include "control/control.h"
#include "control/dispatch.h"

#define READ_BYTES (4 + 1 + 8 + 2 + UUID_LEN)
#define HOST_REQUEST_BYTES (4 + 2 + HOST_MAX)
#define ROLLBACK_BYTES (4 + 4 + 2 + REASON_MAX)
#define HOST_BYTES (4 + PARENT_HOST_STATUS_MAX)
#define SANDBOX_BYTES (4 + 1 + PARENT_CONFINEMENT_BYTES)
#define COUNTERS_BYTES (4 + 1 + 2 + COUNTERS_MAX * 8)
#define STATE_SHOWN (ADMIN_TEXT_MAX - 100) /* bytes, within a sentence */

/* --- From clients */

/* A process that does not take what its credits allow breaks a rule. */
static int
pass_on(struct ipc_channel *to)
{
	if (ipc_end(to) == -1)
		fatalx("the %s does not read its questions", ipc_name(to));
	ipc_flush(to);
	return (0);
}

static struct ipc_writer *
begin(struct ipc_channel *to, uint16_t record, size_t max)
{
	struct ipc_writer *w;

	if ((w = ipc_begin(to, record, max)) == NULL)
		fatalx("the %s does not read its questions", ipc_name(to));
	return (w);
}

/* A host that is halted has neither store nor activator. */
static bool
is_there(const struct control *k, enum role role)
{
	const struct ipc_channel *ch = k->parent;

	if (role == ROLE_STORE)
		ch = k->store;
	else if (role == ROLE_ACTIVATOR)
		ch = k->activator;
	return (!ipc_hung_up(ipc_fd(ch)));
}

static void
answer_busy(struct client *c, uint32_t id)
{
	struct question busy = { .client = c, .id = id };
	struct admin_done d = { .id = id, .code = CODE_BUSY };
	struct ipc_writer *w;

	c->control->counters.value[CONTROL_BUSY]++;
	(void)strlcpy(d.text, "too many questions are under way: ask again",
	    sizeof(d.text));
	if ((w = client_begin(&busy, REC_DONE, ADMIN_DONE_MAX)) != NULL) {
		admin_put_done(w, &d);
		client_end(&busy);
	}
}

/*
 * A client's question gets a slot, or the client an answer without whom it
 * asked.  Returns -1 if it breaks a rule; *taken is NULL if there is nothing
 * to pass on.
 */
static int
take(struct client *c, struct ipc_channel *ch, uint16_t record, uint8_t what,
    uint32_t id, uint16_t rows, struct question **taken)
{
	struct control *k = c->control;
	const struct question_kind *kind = question_kind(record, what);
	struct question *q;

	*taken = NULL;
	if (kind == NULL || (!kind->reads && !c->full))
		return (ipc_violation(ch, "a question without a rule"));
	if (c->question != NULL || ipc_queued(ch) != 0)
		return (ipc_violation(ch, "two questions at once"));
	c->active = ktime_boot_ms();
	k->counters.value[CONTROL_QUESTIONS]++;
	if (!is_there(k, kind->route))
		kind = &question_of_nobody;
	q = c->question =
	    question_take(&k->questions, kind, c, id, rows, c->full, c->active);
	if (q == NULL)
		answer_busy(c, id);
	else if (kind != &question_of_nobody)
		*taken = q;
	else {
		ipc_put_u32(begin(k->parent, REC_ASK_HOST, 4),
		    question_slot(&k->questions, q));
		return (pass_on(k->parent));
	}
	return (0);
}

static int
client_read(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct client *c = ctx;
	struct control *k = c->control;
	struct admin_read a;
	struct question *q;
	struct ipc_writer *w;

	admin_get_read(r, &a);
	if (r->bad || take(c, ch, REC_READ, a.what, a.id, a.rows, &q) == -1)
		return (-1);
	if (q == NULL)
		return (0);
	a.id = question_slot(&k->questions, q);
	w = begin(k->store, REC_READ, READ_BYTES);
	admin_put_read(w, &a);
	return (pass_on(k->store));
}

static int
client_install(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct client *c = ctx;
	struct control *k = c->control;
	struct admin_install a;
	struct question *q;
	struct ipc_writer *w;

	admin_get_install(r, &a);
	if (r->bad || take(c, ch, REC_INSTALL, QUESTION_ANY, a.id, 0, &q) == -1)
		return (-1);
	if (q == NULL)
		return (0);
	log_info("uid %u installs a document", c->uid);
	a.id = question_slot(&k->questions, q);
	a.uid = c->uid;
	w = begin(k->activator, REC_INSTALL, ADMIN_INSTALL_MAX);
	admin_put_install(w, &a);
	return (pass_on(k->activator));
}

static int
client_host_request(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct client *c = ctx;
	struct control *k = c->control;
	struct admin_host_request a;
	struct question *q;
	struct ipc_writer *w;

	admin_get_host_request(r, &a);
	if (r->bad ||
	    take(c, ch, REC_HOST_REQUEST, QUESTION_ANY, a.id, 0, &q) == -1)
		return (-1);
	if (q == NULL)
		return (0);
	log_info("uid %u asks for a kms-host-request", c->uid);
	a.id = question_slot(&k->questions, q);
	w = begin(k->activator, REC_HOST_REQUEST, HOST_REQUEST_BYTES);
	admin_put_host_request(w, &a);
	return (pass_on(k->activator));
}

static int
client_accept_rollback(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct client *c = ctx;
	struct control *k = c->control;
	struct admin_rollback a;
	struct question *q;
	struct ipc_writer *w;

	admin_get_rollback(r, &a);
	if (r->bad ||
	    take(c, ch, REC_ACCEPT_ROLLBACK, QUESTION_ANY, a.id, 0, &q) == -1)
		return (-1);
	if (q == NULL)
		return (0);
	log_info("uid %u accepts a rollback", c->uid);
	a.id = question_slot(&k->questions, q);
	a.uid = c->uid;
	w = begin(k->activator, REC_ACCEPT_ROLLBACK, ROLLBACK_BYTES);
	admin_put_rollback(w, &a);
	return (pass_on(k->activator));
}

static int
client_clock_accept(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct client *c = ctx;
	struct control *k = c->control;
	struct admin_who a;
	struct question *q;
	struct ipc_writer *w;

	admin_get_who(r, &a);
	if (r->bad ||
	    take(c, ch, REC_CLOCK_ACCEPT, QUESTION_ANY, a.id, 0, &q) == -1)
		return (-1);
	if (q == NULL)
		return (0);
	log_info("uid %u accepts the clock", c->uid);
	a.id = question_slot(&k->questions, q);
	a.uid = c->uid;
	w = begin(k->activator, REC_CLOCK_ACCEPT, 4 + 4);
	admin_put_who(w, &a);
	return (pass_on(k->activator));
}

/* The questions that consist of an id: their record, and the one passed on. */
static int
ask_id(struct client *c, struct ipc_channel *ch, struct ipc_reader *r,
    uint16_t record, struct ipc_channel *to, uint16_t onwards)
{
	struct question *q;
	uint32_t id;

	id = ipc_get_u32(r);
	if (r->bad || take(c, ch, record, QUESTION_ANY, id, 0, &q) == -1)
		return (-1);
	if (q == NULL)
		return (0);
	id = question_slot(&c->control->questions, q);
	ipc_put_u32(begin(to, onwards, 4), id);
	return (pass_on(to));
}

static int
client_get_checkpoint(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct client *c = ctx;

	return (ask_id(c, ch, r, REC_GET_CHECKPOINT, c->control->activator,
	    REC_GET_CHECKPOINT));
}

static int
client_show_host(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct client *c = ctx;

	return (
	    ask_id(c, ch, r, REC_SHOW_HOST, c->control->parent, REC_ASK_HOST));
}

static int
client_show_sandbox(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct client *c = ctx;

	return (ask_id(
	    c, ch, r, REC_SHOW_SANDBOX, c->control->parent, REC_ASK_SANDBOX));
}

static int
client_show_counters(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct client *c = ctx;

	return (ask_id(
	    c, ch, r, REC_SHOW_COUNTERS, c->control->parent, REC_ASK_COUNTERS));
}

/* The parent has no answer to this but to do it. */
static int
client_stop_host(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct client *c = ctx;
	struct control *k = c->control;
	struct question *q;
	uint32_t id;

	id = ipc_get_u32(r);
	if (r->bad || take(c, ch, REC_STOP_HOST, QUESTION_ANY, id, 0, &q) == -1)
		return (-1);
	if (q == NULL)
		return (0);
	client_done(k, q, CODE_OK, "the host stops");
	ipc_put_u32(begin(k->parent, REC_ASK_STOP, 4), c->uid);
	if (ipc_end(k->parent) == -1)
		fatalx("the parent does not read its questions");
	ipc_flush(k->parent);
	return (0);
}

#define RULE(record, name, min, max, handle)                                  \
	{                                                                     \
		record, name, IPC_ANY_STATE, min, max, 1, 0, 0, false, handle \
	}
#define RULES(record, name, min, max, records, handle)                       \
	{                                                                    \
		record, name, IPC_ANY_STATE, min, max, records, 0, 0, false, \
		    handle                                                   \
	}

#define READING_RULES                                                          \
	RULE(REC_READ, "read", READ_BYTES, READ_BYTES, client_read),           \
	    RULE(REC_GET_CHECKPOINT, "get checkpoint", 4, 4,                   \
		client_get_checkpoint),                                        \
	    RULE(REC_SHOW_HOST, "show host", 4, 4, client_show_host),          \
	    RULE(REC_SHOW_SANDBOX, "show sandbox", 4, 4, client_show_sandbox), \
	    RULE(REC_SHOW_COUNTERS, "show counters", 4, 4,                     \
		client_show_counters)

const struct ipc_rule control_dispatch_status[] = { READING_RULES,
	{ .type = 0 } };

const struct ipc_rule control_dispatch_client[] = { READING_RULES,
	RULE(REC_INSTALL, "install", 10, ADMIN_INSTALL_MAX, client_install),
	RULE(REC_HOST_REQUEST, "host request", 6, HOST_REQUEST_BYTES,
	    client_host_request),
	RULE(REC_ACCEPT_ROLLBACK, "accept rollback", 10, ROLLBACK_BYTES,
	    client_accept_rollback),
	RULE(REC_CLOCK_ACCEPT, "clock accept", 8, 8, client_clock_accept),
	RULE(REC_STOP_HOST, "stop", 4, 4, client_stop_host), { .type = 0 } };

/* --- From the processes */

/* The question that is answered, or NULL after a violation. */
static struct question *
answered(struct control *k, struct ipc_channel *ch, struct ipc_reader *r,
    enum role from, uint32_t id, uint16_t record)
{
	struct question *q;
	const char *why;

	if (r->bad)
		return (NULL);
	q = question_answered(&k->questions, from, id, record, &why);
	if (q == NULL)
		(void)ipc_violation(ch, "%s (id %u)", why, id);
	return (q);
}

static int
store_family(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct row_family row;
	struct question *q;
	struct ipc_writer *w;
	uint32_t id;

	admin_get_family(r, &id, &row);
	if ((q = answered(ctx, ch, r, ROLE_STORE, id, REC_ROW_FAMILY)) == NULL)
		return (-1);
	if ((w = client_begin(q, REC_ROW_FAMILY, ADMIN_ROW_FAMILY_MAX)) !=
	    NULL) {
		admin_put_family(w, q->id, &row);
		client_end(q);
	}
	return (0);
}

static int
store_document(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct row_document row;
	struct question *q;
	struct ipc_writer *w;
	uint32_t id;

	admin_get_row_document(r, &id, &row);
	if ((q = answered(ctx, ch, r, ROLE_STORE, id, REC_ROW_DOCUMENT)) ==
	    NULL)
		return (-1);
	if ((w = client_begin(q, REC_ROW_DOCUMENT, ADMIN_ROW_DOCUMENT_MAX)) !=
	    NULL) {
		admin_put_row_document(w, q->id, &row);
		client_end(q);
	}
	return (0);
}

static int
store_machine(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct row_machine row;
	struct question *q;
	struct ipc_writer *w;
	uint32_t id;

	admin_get_machine(r, &id, &row);
	if ((q = answered(ctx, ch, r, ROLE_STORE, id, REC_ROW_MACHINE)) == NULL)
		return (-1);
	if ((w = client_begin(q, REC_ROW_MACHINE, ADMIN_ROW_MACHINE_MAX)) !=
	    NULL) {
		admin_put_machine(w, q->id, &row);
		client_end(q);
	}
	return (0);
}

static int
store_entry(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct row_entry row;
	struct question *q;
	struct ipc_writer *w;
	uint32_t id;

	admin_get_entry(r, &id, &row);
	if ((q = answered(ctx, ch, r, ROLE_STORE, id, REC_ROW_ENTRY)) == NULL)
		return (-1);
	if ((w = client_begin(q, REC_ROW_ENTRY, ADMIN_ROW_ENTRY_MAX)) != NULL) {
		admin_put_entry(w, q->id, &row);
		client_end(q);
	}
	return (0);
}

static int
store_log(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct row_log row;
	struct question *q;
	struct ipc_writer *w;
	uint32_t id;

	admin_get_log(r, &id, &row);
	if ((q = answered(ctx, ch, r, ROLE_STORE, id, REC_ROW_LOG)) == NULL)
		return (-1);
	if ((w = client_begin(q, REC_ROW_LOG, ADMIN_ROW_LOG_BYTES)) != NULL) {
		admin_put_log(w, q->id, &row);
		client_end(q);
	}
	return (0);
}

static int
store_page_end(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct admin_page_end end;
	struct question *q;
	struct ipc_writer *w;

	admin_get_page_end(r, &end);
	if ((q = answered(ctx, ch, r, ROLE_STORE, end.id, REC_PAGE_END)) ==
	    NULL)
		return (-1);
	end.id = q->id;
	if ((w = client_begin(q, REC_PAGE_END, ADMIN_PAGE_END_BYTES)) != NULL) {
		admin_put_page_end(w, &end);
		client_end(q);
	}
	return (0);
}

static int
done(struct control *k, struct ipc_channel *ch, struct ipc_reader *r,
    enum role from)
{
	struct admin_done d;
	struct question *q;

	admin_get_done(r, &d);
	if ((q = answered(k, ch, r, from, d.id, REC_DONE)) == NULL)
		return (-1);
	client_done(k, q, d.code, d.text);
	return (0);
}

static int
store_done(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	return (done(ctx, ch, r, ROLE_STORE));
}

static int
activator_done(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	return (done(ctx, ch, r, ROLE_ACTIVATOR));
}

static int
activator_text(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct admin_text t;
	struct question *q;
	struct ipc_writer *w;

	admin_get_text(r, &t);
	if ((q = answered(ctx, ch, r, ROLE_ACTIVATOR, t.id, REC_TEXT)) == NULL)
		return (-1);
	t.id = q->id;
	if ((w = client_begin(q, REC_TEXT, ADMIN_TEXT_RECORD_MAX)) != NULL) {
		admin_put_text(w, &t);
		client_end(q);
	}
	return (0);
}

/* The parent's state tells why nobody is there. */
static void
answer_for_nobody(
    struct control *k, struct question *q, const struct host_status *s)
{
	char text[ADMIN_TEXT_MAX + 1];

	(void)snprintf(text, sizeof(text),
	    "the host is %.*s; see its log, and mend that", STATE_SHOWN,
	    s->state);
	client_done(k, q, CODE_DENIED, text);
}

static int
parent_host(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct control *k = ctx;
	struct host_status s;
	struct question *q;
	struct ipc_writer *w;
	uint32_t id;

	id = ipc_get_u32(r);
	parent_get_host_status(r, &s);
	if ((q = answered(k, ch, r, ROLE_PARENT, id, REC_ROW_HOST)) == NULL)
		return (-1);
	if (q->kind == &question_of_nobody) {
		answer_for_nobody(k, q, &s);
		return (0);
	}
	if ((w = client_begin(q, REC_ROW_HOST, HOST_BYTES)) != NULL) {
		ipc_put_u32(w, q->id);
		parent_put_host_status(w, &s);
		client_end(q);
	}
	client_done(k, q, CODE_OK, "");
	return (0);
}

static int
parent_sandbox(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct confinement c;
	struct question *q;
	struct ipc_writer *w;
	uint32_t id;
	uint8_t role;

	id = ipc_get_u32(r);
	role = ipc_get_u8(r);
	parent_get_confinement(r, &c);
	if (role >= ROLE_COUNT || (q = answered(ctx, ch, r, ROLE_PARENT, id,
				       REC_ROW_SANDBOX)) == NULL)
		return (-1);
	if ((w = client_begin(q, REC_ROW_SANDBOX, SANDBOX_BYTES)) != NULL) {
		ipc_put_u32(w, q->id);
		ipc_put_u8(w, role);
		parent_put_confinement(w, &c);
		client_end(q);
	}
	return (0);
}

static int
parent_counters(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child_counters c;
	struct question *q;
	struct ipc_writer *w;
	uint32_t id;
	uint8_t role;

	id = ipc_get_u32(r);
	role = ipc_get_u8(r);
	parent_get_counters(r, &c);
	if (role >= ROLE_COUNT || (q = answered(ctx, ch, r, ROLE_PARENT, id,
				       REC_ROW_COUNTERS)) == NULL)
		return (-1);
	if ((w = client_begin(q, REC_ROW_COUNTERS, COUNTERS_BYTES)) != NULL) {
		ipc_put_u32(w, q->id);
		ipc_put_u8(w, role);
		parent_put_counters(w, &c);
		client_end(q);
	}
	return (0);
}

static int
parent_end(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct question *q;
	uint32_t id;

	id = ipc_get_u32(r);
	if ((q = answered(ctx, ch, r, ROLE_PARENT, id, REC_DONE)) == NULL)
		return (-1);
	client_done(ctx, q, CODE_OK, "");
	return (0);
}

const struct ipc_rule control_dispatch_store[] = {
	RULES(REC_ROW_FAMILY, "family", ADMIN_ROW_FAMILY_MIN,
	    ADMIN_ROW_FAMILY_MAX, ADMIN_PAGE_MAX, store_family),
	RULES(REC_ROW_DOCUMENT, "document", ADMIN_ROW_DOCUMENT_MIN,
	    ADMIN_ROW_DOCUMENT_MAX, ADMIN_PAGE_MAX, store_document),
	RULES(REC_ROW_MACHINE, "machine", ADMIN_ROW_MACHINE_MIN,
	    ADMIN_ROW_MACHINE_MAX, ADMIN_PAGE_MAX, store_machine),
	RULES(REC_ROW_ENTRY, "entry", 14, ADMIN_ROW_ENTRY_MAX, ADMIN_PAGE_MAX,
	    store_entry),
	RULES(REC_ROW_LOG, "log", ADMIN_ROW_LOG_BYTES, ADMIN_ROW_LOG_BYTES,
	    ADMIN_PAGE_MAX, store_log),
	RULES(REC_PAGE_END, "end of a page", ADMIN_PAGE_END_BYTES,
	    ADMIN_PAGE_END_BYTES, CONTROL_CREDITS, store_page_end),
	RULES(
	    REC_DONE, "done", 10, ADMIN_DONE_MAX, CONTROL_CREDITS, store_done),
	{ .type = 0 }
};

const struct ipc_rule control_dispatch_activator[] = {
	RULES(REC_TEXT, "text", 6, ADMIN_TEXT_RECORD_MAX, CONTROL_CREDITS,
	    activator_text),
	RULES(REC_DONE, "done", 10, ADMIN_DONE_MAX, CONTROL_CREDITS,
	    activator_done),
	{ .type = 0 }
};

const struct ipc_rule control_dispatch_parent[] = {
	RULES(REC_HOST, "host", 4 + PARENT_HOST_STATUS_MIN, HOST_BYTES,
	    CONTROL_CREDITS, parent_host),
	RULES(REC_SANDBOX, "sandbox", SANDBOX_BYTES, SANDBOX_BYTES,
	    CONTROL_CREDITS *ROLE_COUNT, parent_sandbox),
	RULES(REC_CHILD_COUNTERS, "counters", 7, COUNTERS_BYTES,
	    CONTROL_CREDITS *ROLE_COUNT, parent_counters),
	RULES(REC_ANSWER_END, "end of an answer", 4, 4, CONTROL_CREDITS,
	    parent_end),
	{ .type = 0 }
};
