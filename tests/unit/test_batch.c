/*
 * Tests of activator/batch.c and outcome.c: what the store answers is believed
 * only where it fits; one signature a batch; no reply before commit and anchor.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/codes.h"
#include "tests/unit/activator_fixture.h"

static void
ask(struct fixture *f, struct machine *m, uint32_t slot, int verb)
{
	machine_make(m);
	machine_fill(f, m, verb);
	if (machine_send(f, m, slot) == -1)
		fail_msg("%s", f->error);
}

/* The grant behind the reply verifies under the host key, and stands there. */
static uint64_t
check_grant(
    struct fixture *f, const struct machine *m, const struct captured *c)
{
	char text[WIRE_BOX_MAX], *grant;
	struct entry_decision e;
	struct doc_reply reply;
	struct proof proof;
	size_t elen, off, len;

	assert_true(machine_open(m, c, text, &reply) > 0);
	assert_int_equal(reply.result, RESULT_GRANTED);
	assert_true(reply.has_serial);
	assert_memory_equal(reply.nonce, m->request.nonce, 16);
	assert_int_equal(reply.renew, 7 * KTIME_DAY);
	assert_int_equal(reply.retry, 2 * KTIME_HOUR);
	grant = strstr(text, "\n\n") + 2;
	len = strlen(grant);
	assert_true(len <= GRANT_MAX);
	assert_int_equal(grant_split(grant, len, &elen, &off), 0);
	assert_int_equal(
	    message_parse(&entry_grant_type, grant, elen, &e, f->error), 0);
	if (proof_verify(grant, elen, grant + off, len - off, f->arena.host.key,
		&proof, f->error) == -1)
		fail_msg("%s", f->error);
	assert_memory_equal(e.host, f->host.serial, UUID_LEN);
	assert_memory_equal(e.hardware, m->request.hardware, HARDWARE_LEN);
	assert_memory_equal(f->entry[proof.index], grant, elen);
	return (proof.index);
}

static void
test_grants_of_a_batch(void **state)
{
	struct fixture *f = *state;
	struct machine m[20];
	uint64_t before = f->a->counter[COUNT_SIGNATURES];
	uint32_t i;

	for (i = 0; i < 20; i++)
		ask(f, &m[i], 100 + i, VERB_ACTIVATE);
	fixture_turn(f);
	assert_int_equal(f->ncaptured, 20);
	assert_int_equal(f->a->counter[COUNT_SIGNATURES], before + 1);
	for (i = 0; i < 20; i++) {
		assert_int_equal(f->captured[i].slot, 100 + i);
		assert_int_equal(check_grant(f, &m[i], &f->captured[i]), 1 + i);
	}
	assert_string_equal(
	    f->events, "bddddddddddddddddddddEARRRRRRRRRRRRRRRRRRRR");
}

/* Neither a text nor a key that opens it stays behind. */
static void
test_wiped(void **state)
{
	struct fixture *f = *state;
	const struct secrets *s;
	struct machine m[3];

	ask(f, &m[0], 1, VERB_ACTIVATE);
	ask(f, &m[1], 2, VERB_RELEASE); /* refused at once */
	machine_make(&m[2]);
	machine_fill(f, &m[2], VERB_ACTIVATE);
	m[2].request.challenge[0] ^= 1; /* opens, and is not believed */
	assert_int_equal(machine_send(f, &m[2], 3), 0);
	fixture_turn(f);
	assert_int_equal(f->ncaptured, 3);
	assert_true(
	    sodium_is_zero((const uint8_t *)f->a->plain, sizeof(f->a->plain)));
	s = arena_open(f->a->arena);
	assert_true(
	    sodium_is_zero((const uint8_t *)s->shared, sizeof(s->shared)));
	arena_close(f->a->arena);
}

static void
test_most_of_a_batch(void **state)
{
	struct fixture *f = *state;
	static struct machine m[300];
	uint32_t i;

	for (i = 0; i < 300; i++)
		ask(f, &m[i], i, VERB_ACTIVATE);
	assert_int_equal(activator_turn(f->a, f->error), 0);
	assert_int_equal(f->batch.n, BATCH_MAX);
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	/* The next goes before the replies of the first are made. */
	assert_int_equal(f->batch.n, 300 - BATCH_MAX);
	assert_true(f->complete);
	assert_int_equal(f->ncaptured, BATCH_MAX);
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	assert_int_equal(f->ncaptured, 300);
	for (i = 0; i < 300; i++)
		(void)check_grant(f, &m[i], &f->captured[i]);
	/* More than 256 entries: a checkpoint goes along with the next. */
	assert_int_equal(f->batch.checkpoint_len, 0);
	ask(f, &m[0], 1, VERB_ACTIVATE);
	fixture_turn(f);
	assert_int_equal(f->batch.checkpoint_size, 301);
	ask(f, &m[0], 1, VERB_ACTIVATE);
	fixture_turn(f);
	assert_int_equal(f->batch.checkpoint_len, 0);
}

static void
test_one_under_way(void **state)
{
	struct fixture *f = *state;
	struct machine m[3];

	ask(f, &m[0], 0, VERB_ACTIVATE);
	assert_int_equal(activator_turn(f->a, f->error), 0);
	assert_true(f->complete);
	ask(f, &m[1], 1, VERB_ACTIVATE);
	ask(f, &m[2], 2, VERB_ACTIVATE);
	assert_int_equal(activator_turn(f->a, f->error), 0);
	assert_string_equal(f->events, "bdE");
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	assert_string_equal(f->events, "bdEAbddER");
}

static void
test_no_reply_before_anchor(void **state)
{
	struct fixture *f = *state;
	struct machine m, n;

	f->anchor_blocked = true;
	ask(f, &m, 0, VERB_ACTIVATE);
	assert_int_equal(activator_turn(f->a, f->error), 0);
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	ask(f, &n, 1, VERB_ACTIVATE);
	assert_int_equal(activator_tick(f->a, f->error), 0);
	assert_string_equal(f->events, "bdEA");
	f->anchor_blocked = false;
	assert_int_equal(activator_tick(f->a, f->error), 0);
	assert_string_equal(f->events, "bdEAbdER");
	(void)check_grant(f, &m, &f->captured[0]);
	f->anchor_blocked = false;
}

/* A store that never answers would be an outage that nobody hears of. */
static void
test_store_that_is_silent(void **state)
{
	struct fixture *f = *state;
	struct machine m, n;
	int i;

	ask(f, &m, 0, VERB_ACTIVATE);
	assert_int_equal(activator_turn(f->a, f->error), 0);
	for (i = 1; i < BATCH_PATIENCE; i++)
		assert_int_equal(activator_tick(f->a, f->error), 0);
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	assert_int_equal(activator_tick(f->a, f->error), 0);
	ask(f, &n, 1, VERB_ACTIVATE);
	assert_int_equal(activator_turn(f->a, f->error), 0);
	for (i = 1; i < BATCH_PATIENCE; i++)
		assert_int_equal(activator_tick(f->a, f->error), 0);
	assert_int_equal(activator_tick(f->a, f->error), -1);
	assert_non_null(strstr(f->error, "the store has not answered"));
}

static void
check_refused(struct fixture *f, struct machine *m, uint32_t code, bool serial)
{
	char text[WIRE_BOX_MAX];
	struct doc_reply reply;

	assert_int_equal(f->ncaptured, 1);
	assert_true(machine_open(m, &f->captured[0], text, &reply) > 0);
	assert_int_equal(reply.result, RESULT_REFUSED);
	assert_int_equal(reply.code, code);
	assert_int_equal(reply.has_serial, serial);
	assert_null(strstr(text, "\n\n"));
	assert_string_equal(reply.code_name, code_name(code));
}

/* The certificate ends while a request waits for the batch before it. */
static void
test_waited_too_long(void **state)
{
	struct fixture *f = *state;
	struct machine m, n;

	ask(f, &m, 0, VERB_ACTIVATE);
	assert_int_equal(activator_turn(f->a, f->error), 0);
	ask(f, &n, 1, VERB_ACTIVATE);
	assert_int_equal(activator_turn(f->a, f->error), 0);
	/* Of a batch that is under way nothing changes. */
	fixture_pass(f, ktime_diff(f->host.not_after, f->now));
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	assert_string_equal(f->events, "bdEARR");
	assert_false(f->a->store_busy);
	/* The refusal is made first. */
	assert_int_equal(f->captured[0].slot, 1);
	assert_int_equal(f->captured[1].slot, 0);
	(void)check_grant(f, &m, &f->captured[1]);
	f->ncaptured = 1;
	check_refused(f, &n, CODE_HOST_NOT_ACTIVATED, false);
	assert_int_equal(f->a->slots.under_way, 0);
}

static void
test_refusals(void **state)
{
	struct fixture *f = *state;
	uint64_t size = f->a->log.edge.size;
	uint64_t before = f->a->counter[COUNT_SIGNATURES];
	struct machine m;

	f->count = 3;
	f->refuse = CODE_COUNT_INSUFFICIENT;
	f->refuse_kind = OUTCOME_REFUSAL;
	ask(f, &m, 0, VERB_ACTIVATE);
	fixture_turn(f);
	check_refused(f, &m, CODE_COUNT_INSUFFICIENT, true);
	assert_int_equal(f->a->log.edge.size, size + 1);
	assert_string_equal(f->events, "bdEAR");
	/* No grant: the checkpoint waits for a second. */
	assert_int_equal(f->a->counter[COUNT_SIGNATURES], before);
	fixture_pass(f, 1);
	assert_int_equal(activator_tick(f->a, f->error), 0);
	assert_int_equal(f->a->counter[COUNT_SIGNATURES], before + 1);
	assert_int_equal(f->a->log.signed_size, size + 1);

	fixture_clear(f);
	f->refuse_kind = OUTCOME_REPEATED;
	ask(f, &m, 0, VERB_ACTIVATE);
	fixture_turn(f);
	check_refused(f, &m, CODE_COUNT_INSUFFICIENT, true);
	assert_int_equal(f->a->log.edge.size, size + 1);

	fixture_clear(f);
	f->refuse = CODE_PROTOCOL;
	f->refuse_kind = OUTCOME_NOTHING;
	ask(f, &m, 0, VERB_ACTIVATE);
	fixture_turn(f);
	check_refused(f, &m, CODE_PROTOCOL, false);
	assert_int_equal(f->a->summary.count[SUMMARY_REPLAY], 1);
}

static void
test_status(void **state)
{
	struct fixture *f = *state;
	char text[WIRE_BOX_MAX];
	struct doc_reply reply;
	struct machine m;

	ask(f, &m, 0, VERB_STATUS);
	fixture_turn(f);
	assert_true(machine_open(&m, &f->captured[0], text, &reply) > 0);
	assert_int_equal(reply.result, RESULT_DONE);
	assert_int_equal(reply.count, 5);
	assert_int_equal(reply.needed, 5);
	assert_false(reply.has_serial);
}

static const struct {
	enum lie lie;
	const char *names;
} lies[] = {
	{ LIE_HASH, "another text" },
	{ LIE_INDEX, "with index" },
	{ LIE_NO_INDEX, "grant without an index" },
	{ LIE_ID, "for id" },
	{ LIE_KIND, "unknown kind" },
	{ LIE_CODE, "with the code" },
	{ LIE_SERIAL, "without a serial" },
	{ LIE_BELOW, "below the threshold" },
	{ LIE_NEEDED, "a threshold of 1" },
	{ LIE_TIME, "another text" },
	{ LIE_MORE, "more outcomes" },
	{ LIE_FEWER, "commit with 2 of 3" },
	{ LIE_SIZE, "has size" },
	{ LIE_ENTERED, "no decision" },
};

/* Each lie ends with its name, without a signature and without a reply. */
static void
test_lies(void **state)
{
	struct fixture *f = *state;
	struct machine m[3];
	uint64_t before;
	size_t i;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		fixture_restart(f);
		fixture_catch_up(f);
		fixture_clear(f);
		ask(f, &m[0], 0, VERB_ACTIVATE);
		ask(f, &m[1], 1, VERB_ACTIVATE);
		ask(f, &m[2], 2, VERB_ACTIVATE);
		assert_int_equal(activator_turn(f->a, f->error), 0);
		before = f->a->counter[COUNT_SIGNATURES];
		f->error[0] = '\0';
		assert_int_equal(fixture_answer(f, lies[i].lie), -1);
		if (strstr(f->error, lies[i].names) == NULL)
			fail_msg("lie %zu is called: %s", i, f->error);
		assert_int_equal(f->a->counter[COUNT_SIGNATURES], before);
		assert_string_equal(f->events, "bdddE");
		/* What the liar wrote is gone with its generation. */
		f->state.size = f->a->log.edge.size;
	}
}

static void
test_lies_about_entries(void **state)
{
	static const enum lie own[] = { LIE_HASH, LIE_INDEX, LIE_ID };
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < 3; i++) {
		fixture_restart(f);
		fixture_catch_up(f);
		summary_add(&f->a->summary, SUMMARY_BUSY, 3, f->now);
		fixture_pass(f, 60);
		assert_int_equal(activator_tick(f->a, f->error), 0);
		assert_true(f->complete);
		fixture_clear(f);
		assert_int_equal(fixture_answer(f, own[i]), -1);
		assert_string_equal(f->events, "");
		f->state.size = f->a->log.edge.size;
	}
}

static void
test_unasked(void **state)
{
	struct fixture *f = *state;
	struct as_outcome o = { 0 };
	struct as_entered e = { 0 };

	assert_int_equal(batch_outcome(f->a, &o, f->error), -1);
	assert_non_null(strstr(f->error, "no batch"));
	assert_int_equal(batch_entered(f->a, &e, f->error), -1);
	assert_int_equal(batch_committed(f->a, 1, f->error), -1);
}

/* The earliest of time and validity, and the certificate's end. */
static void
test_expiry(void **state)
{
	struct fixture *f = *state;
	struct machine m;

	ask(f, &m, 0, VERB_ACTIVATE);
	fixture_turn(f);
	assert_int_equal(
	    f->sent[0].decide.entry.expires.sec, f->now.sec + 180 * KTIME_DAY);
	fixture_pass(f, 200 * KTIME_DAY);
	assert_int_equal(activator_tick(f->a, f->error), 0);
	ask(f, &m, 0, VERB_ACTIVATE);
	fixture_turn(f);
	assert_int_equal(
	    f->sent[0].decide.entry.expires.sec, f->host.not_after.sec);
}

static void
test_more_than_credits(void **state)
{
	struct fixture *f = *state;
	struct machine m;
	uint32_t i;

	for (i = 0; i < LISTENER_CREDITS; i++)
		ask(f, &m, i, VERB_ACTIVATE);
	machine_make(&m);
	machine_fill(f, &m, VERB_ACTIVATE);
	assert_int_equal(machine_send(f, &m, 0), -1);
	assert_non_null(strstr(f->error, "credits"));
}

static void
test_stop(void **state)
{
	struct fixture *f = *state;
	struct machine m;

	ask(f, &m, 0, VERB_ACTIVATE);
	activator_stop(f->a);
	assert_int_equal(activator_turn(f->a, f->error), 0);
	assert_string_equal(f->events, "bdE");
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	assert_int_equal(activator_turn(f->a, f->error), 0);
	/* A batch of the last checkpoint alone. */
	assert_string_equal(f->events, "bdEARbE");
	assert_int_equal(f->batch.n, 0);
	assert_int_equal(f->batch.checkpoint_size, f->state.size);
	assert_true(f->batch.checkpoint_len != 0);
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	assert_int_equal(activator_turn(f->a, f->error), 0);
	assert_string_equal(f->events, "bdEARbEF");
}

/* An install that waits for its manifest is finished first. */
static void
test_stop_installing(void **state)
{
	struct fixture *f = *state;
	struct admin_install r = { .id = 3 };
	char text[SIGNED_MAX];

	f->product.revision++;
	r.len = fixture_sign_product(f, &f->product, &f->publisher_key, text);
	r.bytes = text;
	assert_int_equal(admin_install(f->a, &r, f->error), 0);
	fixture_turn(f);
	assert_true(f->a->admin.awaits_manifest);
	fixture_clear(f);
	activator_stop(f->a);
	fixture_turn(f);
	assert_string_equal(f->events, "");
	assert_int_equal(
	    admin_manifest_saved(f->a, f->manifest_sequence, f->error), 0);
	fixture_turn(f);
	fixture_turn(f);
	assert_string_equal(f->events, "ODbEF");
	assert_int_equal(f->done.code, CODE_OK);
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_serving, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_grants_of_a_batch),
		T(test_wiped),
		T(test_most_of_a_batch),
		T(test_one_under_way),
		T(test_no_reply_before_anchor),
		T(test_store_that_is_silent),
		T(test_waited_too_long),
		T(test_refusals),
		T(test_status),
		T(test_lies),
		T(test_lies_about_entries),
		T(test_unasked),
		T(test_expiry),
		T(test_more_than_credits),
		T(test_stop),
		T(test_stop_installing),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
