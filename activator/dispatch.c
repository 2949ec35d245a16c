/*
 * What may come from listener, store, control and parent, one table a channel;
 * the state of every channel is the phase of the start.
 */
#include "config.h"

#include "activator/dispatch.h"
#include "activator/process.h"

#define IN(phase) (1U << (phase))
#define ANY IPC_ANY_STATE
#define PAGE 4096 /* records in a packet at most: its size limits them */

static int
verdict(struct process *p, struct ipc_channel *ch, int ret, const char *error)
{
	if (ret == -1)
		return (ipc_violation(ch, "%s", error));
	process_phase(p);
	return (0);
}

static int
on_request(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	struct la_request q;

	la_get_request(r, &q);
	if (r->bad)
		return (ipc_violation(ch, "a request of another form"));
	if (!p->activator->turn_open)
		process_time(p);
	if (activator_request(p->activator, &q, error) == -1)
		return (ipc_violation(ch, "%s", error));
	return (0);
}

static int
on_events(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	struct la_events e;

	la_get_events(r, &e);
	if (r->bad)
		return (ipc_violation(ch, "events of another form"));
	process_time(p);
	summary_events(&p->activator->summary, &e, p->activator->now);
	return (0);
}

static int
on_state(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	struct as_state s;

	as_get_state(r, &s);
	if (r->bad)
		return (ipc_violation(ch, "a state of another form"));
	process_time(p);
	return (verdict(p, ch, catchup_state(p->activator, &s, error), error));
}

static int
on_document(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	const uint8_t *bytes;
	size_t len;
	int ret;

	bytes = ipc_get_blob(r, DOCUMENT_BYTES_MAX, &len);
	if (r->bad)
		return (ipc_violation(ch, "a document of another form"));
	ret = catchup_document(p->activator, (const char *)bytes, len, error);
	return (verdict(p, ch, ret, error));
}

static int
on_log(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	struct as_stored_log l;

	as_get_stored_log(r, &l);
	if (r->bad)
		return (ipc_violation(ch, "an older log of another form"));
	return (verdict(p, ch, catchup_log(p->activator, &l, error), error));
}

static int
on_documents_end(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	uint32_t n = ipc_get_u32(r);
	int ret;

	process_time(p);
	ret = catchup_documents_end(p->activator, n, error);
	return (verdict(p, ch, ret, error));
}

static int
on_entry(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	const uint8_t *text;
	uint64_t index;
	size_t len;
	int ret;

	index = ipc_get_u64(r);
	text = ipc_get_blob(r, ENTRY_MAX, &len);
	if (r->bad)
		return (ipc_violation(ch, "an entry of another form"));
	ret =
	    catchup_entry(p->activator, index, (const char *)text, len, error);
	return (verdict(p, ch, ret, error));
}

static int
on_entries_end(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	uint64_t next;
	bool more;
	int ret;

	next = ipc_get_u64(r);
	more = ipc_get_bool(r);
	if (r->bad)
		return (ipc_violation(ch, "an end of entries of another form"));
	process_time(p);
	ret = catchup_entries_end(p->activator, next, more, error);
	return (verdict(p, ch, ret, error));
}

static int
on_outcome(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	struct as_outcome o;

	as_get_outcome(r, &o);
	if (r->bad)
		return (ipc_violation(ch, "an outcome of another form"));
	if (batch_outcome(p->activator, &o, error) == -1)
		return (ipc_violation(ch, "%s", error));
	return (0);
}

static int
on_entered(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	struct as_entered e;

	as_get_entered(r, &e);
	if (r->bad)
		return (ipc_violation(ch, "an entry's answer of another form"));
	if (batch_entered(p->activator, &e, error) == -1)
		return (ipc_violation(ch, "%s", error));
	return (0);
}

static int
on_committed(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	uint64_t size = ipc_get_u64(r);

	process_time(p);
	return (
	    verdict(p, ch, batch_committed(p->activator, size, error), error));
}

static int
on_install(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	struct admin_install q;

	admin_get_install(r, &q);
	if (r->bad)
		return (ipc_violation(ch, "an install of another form"));
	process_time(p);
	return (verdict(p, ch, admin_install(p->activator, &q, error), error));
}

static int
on_host_request(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	struct admin_host_request q;

	admin_get_host_request(r, &q);
	if (r->bad)
		return (ipc_violation(ch, "a host request of another form"));
	process_time(p);
	return (
	    verdict(p, ch, admin_host_request(p->activator, &q, error), error));
}

static int
on_get_checkpoint(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	uint32_t id = ipc_get_u32(r);

	process_time(p);
	return (verdict(
	    p, ch, admin_get_checkpoint(p->activator, id, error), error));
}

static int
on_accept_rollback(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	struct admin_rollback q;

	admin_get_rollback(r, &q);
	if (r->bad)
		return (ipc_violation(ch, "an acceptance of another form"));
	process_time(p);
	return (verdict(
	    p, ch, admin_accept_rollback(p->activator, &q, error), error));
}

static int
on_clock_accept(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	struct admin_who q;

	admin_get_who(r, &q);
	if (r->bad)
		return (ipc_violation(ch, "an acceptance of another form"));
	process_time(p);
	return (
	    verdict(p, ch, admin_clock_accept(p->activator, &q, error), error));
}

static int
on_manifest_saved(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct process *p = arg;
	char error[MESSAGE_ERROR_MAX];
	uint32_t sequence = ipc_get_u32(r);

	process_time(p);
	return (verdict(
	    p, ch, admin_manifest_saved(p->activator, sequence, error), error));
}

const struct ipc_rule activator_dispatch_listener[] = {
	{ REC_REQUEST, "request", IN(PHASE_SERVING), LA_REQUEST_MIN,
	    LA_REQUEST_MAX, PAGE, 0, 0, true, on_request },
	{ REC_LISTENER_EVENTS, "listener events", IN(PHASE_SERVING),
	    LA_EVENTS_MAX, LA_EVENTS_MAX, 1, 0, 0, false, on_events },
	{ .type = 0 },
};

#define CHANGES (IN(PHASE_SERVING) | IN(PHASE_ACCEPTED))
#define ENTRIES (IN(PHASE_ENTRIES) | IN(PHASE_FOUND))

const struct ipc_rule activator_dispatch_store[] = {
	{ REC_STORE_STATE, "store state",
	    IN(PHASE_STATE) | IN(PHASE_CREATED) | IN(PHASE_ACCEPTED),
	    AS_STATE_MAX, AS_STATE_MAX, 1, 0, 2, false, on_state },
	{ REC_STORED_DOCUMENT, "stored document", IN(PHASE_DOCUMENTS), 2,
	    AS_STORED_DOCUMENT_MAX, PAGE, 0, MANIFEST_DOCUMENTS_MAX, false,
	    on_document },
	{ REC_STORED_LOG, "stored log", IN(PHASE_DOCUMENTS), 18,
	    AS_STORED_LOG_MAX, LOGS_MAX - 1, 0, LOGS_MAX - 1, false, on_log },
	{ REC_DOCUMENTS_END, "documents end", IN(PHASE_DOCUMENTS), 4, 4, 1, 0,
	    1, false, on_documents_end },
	{ REC_STORED_ENTRY, "stored entry", ENTRIES, 10, AS_STORED_ENTRY_MAX,
	    PAGE, 0, 0, false, on_entry },
	{ REC_ENTRIES_END, "entries end", ENTRIES, 9, 9, 1, 0, 0, false,
	    on_entries_end },
	{ REC_OUTCOME, "outcome", IN(PHASE_SERVING), AS_OUTCOME_MAX,
	    AS_OUTCOME_MAX, BATCH_MAX, 0, 0, false, on_outcome },
	{ REC_ENTERED, "entered", CHANGES, AS_ENTERED_MAX, AS_ENTERED_MAX,
	    BATCH_MAX, 0, 0, false, on_entered },
	{ REC_COMMITTED, "committed", CHANGES, 8, 8, 1, 0, 0, false,
	    on_committed },
	{ .type = 0 },
};

const struct ipc_rule activator_dispatch_control[] = {
	{ REC_INSTALL, "install", ANY, 10, ADMIN_INSTALL_MAX, 1, 0, 0, false,
	    on_install },
	{ REC_HOST_REQUEST, "host request", ANY, 6, 6 + HOST_MAX, 1, 0, 0,
	    false, on_host_request },
	{ REC_GET_CHECKPOINT, "get checkpoint", ANY, 4, 4, CONTROL_CREDITS, 0,
	    0, false, on_get_checkpoint },
	{ REC_ACCEPT_ROLLBACK, "accept rollback", ANY, 10, 10 + REASON_MAX, 1,
	    0, 0, false, on_accept_rollback },
	{ REC_CLOCK_ACCEPT, "clock accept", ANY, 8, 8, CONTROL_CREDITS, 0, 0,
	    false, on_clock_accept },
	{ .type = 0 },
};

const struct ipc_rule activator_dispatch_parent[] = {
	{ REC_MANIFEST_SAVED, "manifest saved", ANY, 4, 4, 1, 0, 0, false,
	    on_manifest_saved },
	{ .type = 0 },
};
