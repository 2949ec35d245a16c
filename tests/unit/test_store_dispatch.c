/*
 * The store's channels: a batch in packets is answered after the commit, in
 * order; what comes in another state ends the channel; control only reads.
 */

#include "config.h"

#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/dispatch.h"
#include "tests/unit/store_fixture.h"

#define WAIT_MS 5000

/* The other ends, and what came there. */
struct peer {
	struct fixture *f;
	struct process process;
	struct ipc_channel *activator, *control;
	struct as_state state;
	struct as_outcome outcome[8];
	size_t noutcomes, nentered, nstates, nrows, npages, ndone;
	size_t ndocuments, nentries, nlogs;
	uint8_t log[UUID_LEN]; /* the last older one, and its checkpoint */
	char note[CHECKPOINT_MAX];
	bool documents_end;
	uint64_t committed, next;
	struct admin_page_end page;
	char why[256];
};

static int
on_state(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct peer *p = ctx;

	(void)ch;
	as_get_state(r, &p->state);
	p->nstates++;
	return r->bad ? -1 : 0;
}

static int
on_outcome(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct peer *p = ctx;

	(void)ch;
	assert_true(p->noutcomes < 8);
	as_get_outcome(r, &p->outcome[p->noutcomes++]);
	return r->bad ? -1 : 0;
}

static int
on_entered(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct peer *p = ctx;
	struct as_entered e;

	(void)ch;
	as_get_entered(r, &e);
	p->nentered++;
	return r->bad ? -1 : 0;
}

static int
on_committed(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct peer *p = ctx;

	(void)ch;
	p->committed = ipc_get_u64(r);
	return r->bad ? -1 : 0;
}

static int
on_document(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct peer *p = ctx;
	size_t len;

	(void)ch;
	(void)ipc_get_blob(r, DOCUMENT_BYTES_MAX, &len);
	p->ndocuments++;
	return r->bad ? -1 : 0;
}

static int
on_log(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct peer *p = ctx;
	struct as_stored_log l;

	(void)ch;
	assert_int_equal(p->ndocuments, 1);
	assert_false(p->documents_end);
	as_get_stored_log(r, &l);
	assert_false(r->bad);
	memcpy(p->log, l.log, UUID_LEN);
	(void)snprintf(p->note, sizeof(p->note), "%.*s", (int)l.checkpoint_len,
	    l.checkpoint);
	p->nlogs++;
	return 0;
}

static int
on_documents_end(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct peer *p = ctx;

	(void)ch;
	assert_int_equal(ipc_get_u32(r), p->ndocuments);
	p->documents_end = true;
	return r->bad ? -1 : 0;
}

static int
on_entry(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct peer *p = ctx;
	size_t len;

	(void)ch;
	assert_int_equal(ipc_get_u64(r), p->nentries++);
	(void)ipc_get_blob(r, ENTRY_MAX, &len);
	return r->bad ? -1 : 0;
}

static int
on_entries_end(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct peer *p = ctx;

	(void)ch;
	p->next = ipc_get_u64(r);
	assert_false(ipc_get_bool(r));
	return r->bad ? -1 : 0;
}

static int
on_family(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct row_family row;
	struct peer *p = ctx;
	uint32_t id;

	(void)ch;
	admin_get_family(r, &id, &row);
	assert_int_equal(id, 3);
	p->nrows++;
	return r->bad ? -1 : 0;
}

static int
on_page_end(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct peer *p = ctx;

	(void)ch;
	admin_get_page_end(r, &p->page);
	p->npages++;
	return r->bad ? -1 : 0;
}

static int
on_done(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct admin_done done;
	struct peer *p = ctx;

	(void)ch;
	admin_get_done(r, &done);
	p->ndone++;
	return r->bad ? -1 : 0;
}

#define RULE(type, handle)                                                 \
	{                                                                  \
		type, #type, IPC_ANY_STATE, 0, IPC_PACKET_MAX, 1000, 0, 0, \
		    false, handle                                          \
	}

static const struct ipc_rule peer_rules[] = {
	RULE(REC_STORE_STATE, on_state),
	RULE(REC_OUTCOME, on_outcome),
	RULE(REC_ENTERED, on_entered),
	RULE(REC_COMMITTED, on_committed),
	RULE(REC_STORED_DOCUMENT, on_document),
	RULE(REC_STORED_LOG, on_log),
	RULE(REC_DOCUMENTS_END, on_documents_end),
	RULE(REC_STORED_ENTRY, on_entry),
	RULE(REC_ENTRIES_END, on_entries_end),
	{ .type = 0 },
};

static const struct ipc_rule control_rules[] = {
	RULE(REC_ROW_FAMILY, on_family),
	RULE(REC_PAGE_END, on_page_end),
	RULE(REC_DONE, on_done),
	{ .type = 0 },
};

static void
ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	struct process *process = ctx;
	struct peer *p;

	(void)ch;
	p = (struct peer *)((char *)process - offsetof(struct peer, process));
	(void)strlcpy(
	    p->why, why == NULL ? "end of file" : why, sizeof(p->why));
}

static void
peer_ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	(void)ctx;
	(void)ch;
	fail_msg("the peer's channel ended: %s", why == NULL ? "eof" : why);
}

static void
connect_pair(struct ipc_channel **mine, struct ipc_channel **its,
    struct peer *p, const struct ipc_rule *my_rules,
    const struct ipc_rule *its_rules)
{
	int fd[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	*mine =
	    ipc_new(fd[0], "store", my_rules, STORE_QUEUE_BYTES, p, peer_ended);
	*its = ipc_new(
	    fd[1], "peer", its_rules, STORE_QUEUE_BYTES, &p->process, ended);
	assert_non_null(*mine);
	assert_non_null(*its);
}

static int
setup(void **state)
{
	struct fixture *f;
	struct peer *p;

	(void)fixture_setup_empty(state);
	f = *state;
	p = calloc(1, sizeof(*p));
	assert_non_null(p);
	assert_int_equal(store_open(f->store, f->directory, NULL), STORE_OK);
	p->f = f;
	p->process.store = f->store;
	connect_pair(&p->activator, &p->process.activator, p, peer_rules,
	    store_dispatch_activator);
	connect_pair(&p->control, &p->process.control, p, control_rules,
	    store_dispatch_control);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct peer *p = *state;
	void *f = p->f;

	ipc_free(p->activator);
	ipc_free(p->control);
	ipc_free(p->process.activator);
	ipc_free(p->process.control);
	free(p);
	return fixture_teardown(&f);
}

/* Sends what is queued and lets the store handle it: its ipc_wait(). */
static int
deliver(struct peer *p)
{
	assert_int_equal(ipc_drain(p->activator, WAIT_MS), 0);
	return ipc_wait(p->process.activator, WAIT_MS);
}

static void
create(struct peer *p)
{
	struct ipc_writer *w;

	store_send_state(&p->process);
	assert_int_equal(ipc_wait(p->activator, WAIT_MS), 1);
	assert_false(p->state.exists);
	w = ipc_begin(p->activator, REC_STORE_CREATE, 32);
	ipc_put_bytes(w, store_uuid, UUID_LEN);
	ipc_put_bytes(w, log_uuid, UUID_LEN);
	assert_int_equal(ipc_end(p->activator), 0);
	assert_int_equal(deliver(p), 1);
	assert_int_equal(ipc_wait(p->activator, WAIT_MS), 1);
	assert_int_equal(p->nstates, 2);
	assert_true(p->state.exists);
	assert_memory_equal(p->state.log, log_uuid, UUID_LEN);
}

static void
send_batch(struct peer *p, uint16_t n)
{
	struct as_batch head = batch_head(n, NOON);

	as_put_batch(ipc_begin(p->activator, REC_BATCH, AS_BATCH_MAX), &head);
	assert_int_equal(ipc_end(p->activator), 0);
}

static void
send_decide(struct peer *p, uint32_t machine)
{
	struct as_decide in = request(machine, NOON);

	as_put_decide(ipc_begin(p->activator, REC_DECIDE, AS_DECIDE_MAX), &in);
	assert_int_equal(ipc_end(p->activator), 0);
}

static void
send_question(struct peer *p)
{
	struct admin_read q = { .id = 3, .what = READ_FAMILIES, .rows = 9 };

	admin_put_read(ipc_begin(p->control, REC_READ, 31), &q);
	assert_int_equal(ipc_end(p->control), 0);
	assert_int_equal(ipc_drain(p->control, WAIT_MS), 0);
	assert_int_equal(ipc_wait(p->process.control, WAIT_MS), 1);
}

/* The answers come with the commit, and a question in between after it. */
static void
batch_in_packets(void **state)
{
	struct peer *p = *state;

	create(p);
	send_batch(p, 2);
	send_decide(p, 7);
	assert_int_equal(deliver(p), 1);
	assert_int_equal(ipc_wait(p->activator, 0), 0);
	send_question(p);
	assert_int_equal(ipc_wait(p->control, 0), 0);
	send_decide(p, 8);
	assert_int_equal(deliver(p), 1);
	while (p->committed == 0)
		assert_int_equal(ipc_wait(p->activator, WAIT_MS), 1);
	assert_int_equal(p->committed, 2);
	assert_int_equal(p->noutcomes, 2);
	assert_int_equal(p->outcome[0].id, 7);
	assert_int_equal(p->outcome[1].id, 8);
	assert_int_equal(p->outcome[1].index, 1);
	while (p->ndone == 0)
		assert_int_equal(ipc_wait(p->control, WAIT_MS), 1);
	assert_int_equal(p->nrows, 1);
	assert_int_equal(p->npages, 1);
	assert_false(p->page.more);
}

static void
mixed_batch(void **state)
{
	struct peer *p = *state;
	struct as_enter e = { .id = 4, .text = "kms-start 1\n", .len = 12 };
	struct as_document d;

	create(p);
	memset(&d, 0, sizeof(d));
	(void)strlcpy(d.type, "kms-product", sizeof(d.type));
	d.bytes = "bytes";
	d.bytes_len = 5;
	d.entry = "kms-change 1\n";
	d.entry_len = 13;
	send_batch(p, 3);
	as_put_enter(ipc_begin(p->activator, REC_ENTER, AS_ENTER_MAX), &e);
	assert_int_equal(ipc_end(p->activator), 0);
	send_decide(p, 7);
	as_put_document(
	    ipc_begin(p->activator, REC_KEEP_DOCUMENT, AS_DOCUMENT_MAX), &d);
	assert_int_equal(ipc_end(p->activator), 0);
	while (p->committed == 0) {
		assert_int_equal(deliver(p), 1);
		(void)ipc_wait(p->activator, 0);
	}
	assert_int_equal(p->committed, 3);
	assert_int_equal(p->noutcomes, 1);
	assert_int_equal(p->nentered, 2);
	assert_int_equal(p->outcome[0].index, 1);
}

/* What the activator asks for at the start. */
static void
catching_up(void **state)
{
	struct peer *p = *state;
	struct ipc_writer *w;

	mixed_batch(state);
	ipc_put_u8(ipc_begin(p->activator, REC_READ_DOCUMENTS, 1), 0);
	assert_int_equal(ipc_end(p->activator), 0);
	w = ipc_begin(p->activator, REC_READ_ENTRIES, 24);
	ipc_put_bytes(w, log_uuid, UUID_LEN);
	ipc_put_u64(w, 0);
	assert_int_equal(ipc_end(p->activator), 0);
	assert_int_equal(deliver(p), 1);
	while (p->next == 0)
		assert_int_equal(ipc_wait(p->activator, WAIT_MS), 1);
	assert_int_equal(p->ndocuments, 1);
	assert_int_equal(p->nentries, 3);
	assert_int_equal(p->next, 3);
}

/* The log that was given up, by its checkpoint, after the documents. */
static void
older_log(void **state)
{
	struct peer *p = *state;
	struct as_batch head = batch_head(1, NOON);
	struct as_begin_log b = { .id = 4 };

	mixed_batch(state);
	p->committed = 0;
	memcpy(b.store, other_uuid, UUID_LEN);
	memcpy(b.log, other_uuid, UUID_LEN);
	b.entry = "kms-rollback 1\n";
	b.entry_len = strlen(b.entry);
	head.checkpoint = "a note";
	head.checkpoint_len = 6;
	head.checkpoint_size = 3;
	as_put_batch(ipc_begin(p->activator, REC_BATCH, AS_BATCH_MAX), &head);
	assert_int_equal(ipc_end(p->activator), 0);
	as_put_begin_log(
	    ipc_begin(p->activator, REC_BEGIN_LOG, AS_BEGIN_LOG_MAX), &b);
	assert_int_equal(ipc_end(p->activator), 0);
	while (p->committed == 0) {
		assert_int_equal(deliver(p), 1);
		(void)ipc_wait(p->activator, 0);
	}
	ipc_put_u8(ipc_begin(p->activator, REC_READ_DOCUMENTS, 1), 0);
	assert_int_equal(ipc_end(p->activator), 0);
	assert_int_equal(deliver(p), 1);
	while (!p->documents_end)
		assert_int_equal(ipc_wait(p->activator, WAIT_MS), 1);
	assert_int_equal(p->nlogs, 1);
	assert_memory_equal(p->log, log_uuid, UUID_LEN);
	assert_string_equal(p->note, "a note");
}

static void
must_end(struct peer *p)
{
	assert_int_equal(deliver(p), -1);
	assert_true(p->why[0] != '\0');
	assert_string_not_equal(p->why, "end of file");
}

static void
decide_without_batch(void **state)
{
	struct peer *p = *state;

	create(p);
	send_decide(p, 1);
	must_end(p);
}

static void
batch_within_batch(void **state)
{
	struct peer *p = *state;

	create(p);
	send_batch(p, 2);
	assert_int_equal(deliver(p), 1);
	send_batch(p, 2);
	must_end(p);
}

static void
one_too_many(void **state)
{
	struct peer *p = *state;

	create(p);
	send_batch(p, 1);
	send_decide(p, 1);
	send_decide(p, 2);
	must_end(p);
}

/* A checkpoint may come without records, and nothing without either. */
static void
checkpoint_alone(void **state)
{
	struct peer *p = *state;
	struct as_batch head = batch_head(0, NOON);
	struct as_state st;

	create(p);
	head.checkpoint = "a note";
	head.checkpoint_len = 6;
	as_put_batch(ipc_begin(p->activator, REC_BATCH, AS_BATCH_MAX), &head);
	assert_int_equal(ipc_end(p->activator), 0);
	assert_int_equal(deliver(p), 1);
	assert_int_equal(ipc_wait(p->activator, WAIT_MS), 1);
	assert_false(store_in_batch(p->process.store));
	store_state(p->process.store, &st);
	assert_int_equal(st.size, 0);
	send_batch(p, 0);
	must_end(p);
}

static void
batch_without_database(void **state)
{
	struct peer *p = *state;

	send_batch(p, 1);
	must_end(p);
	assert_non_null(strstr(p->why, "without a database"));
}

static void
control_writes_nothing(void **state)
{
	struct peer *p = *state;
	struct as_batch head = batch_head(1, NOON);

	create(p);
	as_put_batch(ipc_begin(p->control, REC_BATCH, AS_BATCH_MAX), &head);
	assert_int_equal(ipc_end(p->control), 0);
	assert_int_equal(ipc_drain(p->control, WAIT_MS), 0);
	assert_int_equal(ipc_wait(p->process.control, WAIT_MS), -1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(batch_in_packets),
		TEST(mixed_batch),
		TEST(catching_up),
		TEST(older_log),
		TEST(decide_without_batch),
		TEST(batch_within_batch),
		TEST(one_too_many),
		TEST(checkpoint_alone),
		TEST(batch_without_database),
		TEST(control_writes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
