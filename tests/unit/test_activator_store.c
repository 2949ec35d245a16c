/*
 * The activator and the real store together: both print the same entries, and
 * threshold, retries, replays and the start after it agree.
 */
#include "config.h"

#include <sys/types.h>

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/codes.h"
#include "store/store.h"
#include "tests/unit/activator_fixture.h"

struct pair {
	struct fixture *f;
	struct store *store;
	char directory[256];
};

#define OK(call)                                               \
	do {                                                   \
		if ((call) != STORE_OK)                        \
			fail_msg("%s", store_error(p->store)); \
	} while (0)
#define FINE(call)                                   \
	do {                                         \
		if ((call) == -1)                    \
			fail_msg("%s", p->f->error); \
	} while (0)

/* The batch that the activator sent, decided and committed. */
static void
answer(struct pair *p)
{
	struct as_outcome outcome[BATCH_MAX];
	struct as_entered entered[BATCH_MAX];
	struct fixture *f = p->f;
	uint64_t size;
	size_t i;

	assert_true(f->complete);
	f->complete = false;
	OK(store_begin_batch(p->store, &f->batch));
	for (i = 0; i < f->nsent; i++) {
		struct as_enter e = { f->sent[i].id, f->sent[i].text,
			f->sent[i].len };

		if (f->sent[i].kind == 'd')
			OK(store_decide(
			    p->store, &f->sent[i].decide, &outcome[i]));
		else
			OK(store_enter(p->store, &e, &entered[i]));
	}
	OK(store_commit_batch(p->store, &size));
	for (i = 0; i < f->batch.n; i++)
		if (f->sent[i].kind == 'd')
			FINE(batch_outcome(f->a, &outcome[i], f->error));
		else
			FINE(batch_entered(f->a, &entered[i], f->error));
	FINE(batch_committed(f->a, size, f->error));
}

static void
turn(struct pair *p)
{
	FINE(activator_turn(p->f->a, p->f->error));
	while (p->f->complete)
		answer(p);
}

static int
send_entry(void *ctx, const void *row)
{
	const struct row_entry *e = row;
	struct pair *p = ctx;

	FINE(catchup_entry(p->f->a, e->index, e->text, e->len, p->f->error));
	return (0);
}

/* The start, with the documents that the fixture has. */
static void
start_up(struct pair *p)
{
	struct fixture *f = p->f;
	struct as_state state;
	uint64_t cursor;
	bool more = true;
	size_t i;

	store_state(p->store, &state);
	if (!state.exists) {
		FINE(catchup_state(f->a, &state, f->error));
		OK(store_create(p->store, f->state.store, f->state.log));
		store_state(p->store, &state);
	}
	FINE(catchup_state(f->a, &state, f->error));
	for (i = 0; i < f->ndocuments; i++)
		FINE(catchup_document(
		    f->a, f->document[i], f->document_len[i], f->error));
	FINE(catchup_documents_end(f->a, (uint32_t)i, f->error));
	for (cursor = f->read_first; more;) {
		OK(store_read_entries(
		    p->store, f->state.log, &cursor, 10, &more, send_entry, p));
		FINE(catchup_entries_end(f->a, cursor, more, f->error));
	}
	if (f->a->admin.awaits_manifest)
		FINE(
		    admin_manifest_saved(f->a, f->manifest_sequence, f->error));
	if (f->a->catchup.phase != PHASE_SERVING)
		fail_msg("not serving: %s", f->why);
	turn(p);
	fixture_clear(f);
}

static int
setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct pair *p = calloc(1, sizeof(*p));
	char text[SIGNED_MAX];
	void *f;

	assert_non_null(p);
	assert_int_equal(fixture_fresh(&f), 0);
	p->f = f;
	fixture_store(p->f, text,
	    fixture_sign_product(
		p->f, &p->f->product, &p->f->publisher_key, text));
	fixture_store(p->f, text,
	    fixture_sign_host(p->f, &p->f->host, &p->f->issuer_key, text));
	fixture_list(p->f);
	(void)snprintf(p->directory, sizeof(p->directory),
	    "%s/kmsd-pair-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(p->directory));
	p->store = store_new();
	assert_non_null(p->store);
	OK(store_open(p->store, p->directory, NULL));
	start_up(p);
	*state = p;
	return (0);
}

static int
teardown(void **state)
{
	struct pair *p = *state;
	char path[600];
	struct dirent *e;
	void *f = p->f;
	DIR *d;

	(void)store_free(p->store);
	if ((d = opendir(p->directory)) != NULL) {
		while ((e = readdir(d)) != NULL) {
			(void)snprintf(path, sizeof(path), "%s/%s",
			    p->directory, e->d_name);
			if (e->d_name[0] != '.')
				(void)unlink(path);
		}
		(void)closedir(d);
	}
	(void)rmdir(p->directory);
	(void)fixture_teardown(&f);
	free(p);
	return (0);
}

static void
ask(struct pair *p, struct machine *m, uint32_t slot)
{
	FINE(machine_send(p->f, m, slot));
}

static struct doc_reply
reply_of(struct pair *p, const struct machine *m, size_t i)
{
	char text[WIRE_BOX_MAX];
	struct doc_reply r;

	assert_true(i < p->f->ncaptured);
	assert_true(machine_open(m, &p->f->captured[i], text, &r) > 0);
	return (r);
}

/* The first four lack the threshold of five, the others are granted. */
static void
test_threshold(void **state)
{
	struct pair *p = *state;
	struct machine m[40];
	struct doc_reply r;
	uint32_t i;

	for (i = 0; i < 40; i++) {
		machine_make(&m[i]);
		machine_fill(p->f, &m[i], VERB_ACTIVATE);
		m[i].request.virtual = i % 2;
		m[i].request.last = 0;
		ask(p, &m[i], i);
	}
	turn(p);
	assert_int_equal(p->f->ncaptured, 40);
	for (i = 0; i < 40; i++) {
		r = reply_of(p, &m[i], i);
		assert_int_equal(r.count, i + 1);
		assert_int_equal(r.needed, 5);
		assert_true(r.has_serial);
		assert_int_equal(
		    r.result, i < 4 ? RESULT_REFUSED : RESULT_GRANTED);
	}
	/* 40 decisions and kms-start. */
	assert_int_equal(p->f->a->log.edge.size, 41);
	fixture_restart(p->f);
	start_up(p);
	assert_int_equal(p->f->a->log.edge.size, 42);
}

/* The anchor of the beginning: all entries are verified again. */
static void
test_all_again(void **state)
{
	struct pair *p = *state;
	char anchor[ANCHOR_MAX];
	size_t len = p->f->anchor_len;

	memcpy(anchor, p->f->anchor, len);
	test_threshold(state);
	memcpy(p->f->anchor, anchor, len);
	p->f->anchor_len = len;
	fixture_restart(p->f);
	start_up(p);
	assert_int_equal(p->f->a->log.edge.size, 43);
}

static void
test_retry_and_replay(void **state)
{
	struct pair *p = *state;
	struct machine m;
	struct doc_reply r;

	machine_make(&m);
	machine_fill(p->f, &m, VERB_ACTIVATE);
	m.request.last = 0;
	ask(p, &m, 0);
	turn(p);
	r = reply_of(p, &m, 0);
	assert_int_equal(r.code, CODE_COUNT_INSUFFICIENT);
	/* The very same again is a replay. */
	fixture_clear(p->f);
	ask(p, &m, 0);
	turn(p);
	r = reply_of(p, &m, 0);
	assert_int_equal(r.code, CODE_PROTOCOL);
	assert_false(r.has_serial);
	/* With a later time and the same nonce it is a retry. */
	fixture_clear(p->f);
	fixture_pass(p->f, 1);
	m.request.time = p->f->now;
	ask(p, &m, 0);
	turn(p);
	r = reply_of(p, &m, 0);
	assert_int_equal(r.code, CODE_COUNT_INSUFFICIENT);
	assert_true(r.has_serial);
	/* Status: the count, and no row. */
	fixture_clear(p->f);
	machine_fill(p->f, &m, VERB_STATUS);
	ask(p, &m, 0);
	turn(p);
	r = reply_of(p, &m, 0);
	assert_int_equal(r.result, RESULT_DONE);
	assert_int_equal(r.count, 1);
	assert_int_equal(r.needed, 5);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_threshold),
		T(test_all_again),
		T(test_retry_and_replay),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
