/*
 * Tests of activator/admin.c and rollback.c: the order of an install, host
 * requests, checkpoints, and accept-rollback, interrupted too.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/codes.h"
#include "tests/unit/activator_fixture.h"

static void
test_install(void **state)
{
	struct fixture *f = *state;
	struct doc_product p = f->product;
	struct admin_install r = { 5, 1000, NULL, 0 };
	char text[SIGNED_MAX];
	struct entry_change e;

	p.revision++;
	p.threshold = 9;
	r.bytes = text;
	r.len = fixture_sign_product(f, &p, &f->publisher_key, text);
	assert_int_equal(admin_install(f->a, &r, f->error), 0);
	/* Commit, manifest, anchor; not in use before the first is synced. */
	assert_string_equal(f->events, "bkE");
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	assert_string_equal(f->events, "bkEMA");
	assert_int_equal(f->a->registry.document[0]->revision, 7);
	assert_int_equal(
	    admin_manifest_saved(f->a, f->manifest_sequence, f->error), 0);
	assert_string_equal(f->events, "bkEMAOD");
	assert_int_equal(f->a->registry.document[0]->revision, 8);
	assert_int_equal(f->offered[0].product_revision, 8);
	assert_int_equal(f->done.id, 5);
	assert_int_equal(f->done.code, CODE_OK);
	assert_non_null(strstr(f->done.text, "revision 8"));
	assert_int_equal(message_parse(&entry_change_type, f->entry[1],
			     f->entry_len[1], &e, f->error),
	    0);
	assert_string_equal(e.action, "install");
	assert_int_equal(e.uid, 1000);
	assert_int_equal(e.revision, 8);
	/* The very same again: done, and nothing is written. */
	fixture_clear(f);
	fixture_install(f, text, r.len);
	assert_string_equal(f->events, "D");
	assert_int_equal(f->done.code, CODE_OK);
	/* The lower revision: refused, and nothing is written. */
	fixture_clear(f);
	fixture_install(f, text,
	    fixture_sign_product(f, &f->product, &f->publisher_key, text));
	assert_string_equal(f->events, "D");
	assert_int_equal(f->done.code, CODE_DENIED);
	fixture_clear(f);
	fixture_install(f, "nonsense", 8);
	assert_string_equal(f->events, "D");
	assert_int_equal(f->done.code, CODE_OFFLINE_DATA);
	/* It is there after a restart, too. */
	fixture_restart(f);
	fixture_catch_up(f);
	assert_int_equal(f->a->catchup.phase, PHASE_SERVING);
}

/* The manifest may be synced while the anchor waits for the channel. */
static void
test_install_before_anchor(void **state)
{
	struct fixture *f = *state;
	struct doc_product p = f->product;
	struct admin_install r = { 5, 1000, NULL, 0 };
	char text[SIGNED_MAX];

	p.revision++;
	r.bytes = text;
	r.len = fixture_sign_product(f, &p, &f->publisher_key, text);
	assert_int_equal(admin_install(f->a, &r, f->error), 0);
	f->anchor_blocked = true;
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	assert_int_equal(
	    admin_manifest_saved(f->a, f->manifest_sequence, f->error), 0);
	assert_string_equal(f->events, "bkEMA");
	assert_int_equal(f->a->registry.document[0]->revision, 7);
	f->anchor_blocked = false;
	assert_int_equal(batch_go_on(f->a, f->error), 0);
	assert_string_equal(f->events, "bkEMAOD");
	assert_int_equal(f->a->registry.document[0]->revision, 8);
}

/* A revoked certificate's seal opens nothing more, at once. */
static void
test_revoke(void **state)
{
	struct fixture *f = *state;
	static struct doc_revocation r;
	char text[SIGNED_MAX];
	struct machine m;

	machine_make(&m);
	machine_fill(f, &m, VERB_ACTIVATE);
	memcpy(r.publisher, f->product.publisher, PUBKEY_LEN);
	r.revision = 2;
	r.time = f->now;
	memcpy(r.host[0].serial, f->host.serial, UUID_LEN);
	r.host[0].how = REVOKED_SUPERSEDED;
	r.nhosts = 1;
	fixture_install(
	    f, text, fixture_sign_revocation(f, &r, &f->publisher_key, text));
	assert_int_equal(f->done.code, CODE_OK);
	assert_false(f->any_certificate);
	assert_int_equal(f->offered[0].certificate, OFFER_NO_CERTIFICATE);
	assert_int_equal(f->offered[0].revocation_revision, 2);
	assert_int_equal(f->offered_documents, 2);
	assert_int_equal(machine_send(f, &m, 1), 0);
	assert_int_equal(f->ncaptured, 1);
	assert_int_equal(f->captured[0].code, CODE_SEAL_UNKNOWN);
}

/* A new certificate: its seal at once, and the old seal still its own. */
static void
test_new_certificate(void **state)
{
	struct fixture *f = *state;
	struct doc_host h = f->host;
	char text[SIGNED_MAX];
	struct machine m;

	machine_make(&m);
	machine_fill(f, &m, VERB_ACTIVATE);
	assert_int_equal(uuid_make(h.serial), 0);
	h.not_after.sec++;
	fixture_install(
	    f, text, fixture_sign_host(f, &h, &f->issuer_key, text));
	assert_int_equal(f->done.code, CODE_OK);
	assert_int_equal(machine_send(f, &m, 1), 0);
	assert_int_equal(activator_turn(f->a, f->error), 0);
	assert_memory_equal(
	    f->sent[0].decide.entry.host, f->host.serial, UUID_LEN);
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	f->host = h;
	machine_fill(f, &m, VERB_ACTIVATE);
	assert_int_equal(machine_send(f, &m, 1), 0);
	assert_int_equal(activator_turn(f->a, f->error), 0);
	assert_memory_equal(f->sent[0].decide.entry.host, h.serial, UUID_LEN);
}

static void
test_one_after_the_other(void **state)
{
	struct fixture *f = *state;
	struct doc_product p = f->product;
	struct admin_install r = { 1, 0, NULL, 0 };
	char text[SIGNED_MAX];

	p.revision++;
	r.bytes = text;
	r.len = fixture_sign_product(f, &p, &f->publisher_key, text);
	assert_int_equal(admin_install(f->a, &r, f->error), 0);
	r.id = 2;
	assert_int_equal(admin_install(f->a, &r, f->error), 0);
	assert_int_equal(admin_get_checkpoint(f->a, 3, f->error), 0);
	assert_string_equal(f->events, "bkE");
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	assert_int_equal(
	    admin_manifest_saved(f->a, f->manifest_sequence, f->error), 0);
	assert_string_equal(f->events, "bkEMAODDTD");
	assert_int_equal(f->done.id, 3);
}

static void
test_host_request(void **state)
{
	struct fixture *f = *state;
	struct admin_host_request r = { 8, "kms.example" };
	struct doc_host_request doc;
	struct tree_hash root;

	assert_int_equal(admin_host_request(f->a, &r, f->error), 0);
	assert_string_equal(f->events, "TD");
	assert_int_equal(f->done.code, CODE_OK);
	if (trust_host_request(f->text, f->text_len, &doc, f->error) == -1)
		fail_msg("%s", f->error);
	assert_string_equal(doc.name, "kms.example");
	assert_int_equal(doc.nlogs, 1);
	assert_int_equal(doc.log[0].size, f->state.size);
	tree_root(&f->a->log.edge, &root);
	assert_memory_equal(doc.log[0].root, root.b, HASH_LEN);
	assert_memory_equal(doc.log[0].log, f->state.log, UUID_LEN);
	assert_memory_equal(doc.store, f->state.store, UUID_LEN);
}

static const uint8_t older_uuid[LOGS_MAX][UUID_LEN] = { { 1 }, { 2 }, { 3 },
	{ 4 }, { 5 }, { 6 }, { 7 }, { 8 } };

/* The host's request after a start with the older logs that the store has. */
static struct doc_host_request
request_again(struct fixture *f, const char *name)
{
	struct admin_host_request r = { .id = 8 };
	struct doc_host_request doc;

	(void)snprintf(r.name, sizeof(r.name), "%s", name);
	f->said[0] = '\0';
	fixture_restart(f);
	fixture_catch_up(f);
	assert_int_equal(f->a->catchup.phase, PHASE_SERVING);
	assert_int_equal(admin_host_request(f->a, &r, f->error), 0);
	if (f->done.code != CODE_OK)
		fail_msg("%s", f->done.text);
	if (trust_host_request(f->text, f->text_len, &doc, f->error) == -1)
		fail_msg("%s", f->error);
	assert_memory_equal(doc.log[0].log, f->state.log, UUID_LEN);
	assert_int_equal(doc.log[0].size, f->state.size);
	return (doc);
}

/* As many as there may be, each as long as it may be, in their order. */
static void
test_older_logs(void **state)
{
	struct fixture *f = *state;
	struct doc_host_request doc;
	char name[HOST_MAX + 1], note[CHECKPOINT_MAX];
	struct checkpoint c;
	size_t i;

	for (i = 0; i < LOGS_MAX - 1; i++)
		fixture_older(
		    f, older_uuid[i], &f->host_key, TREE_SIZE_LIMIT - 1 - i);
	memset(name, 'a', HOST_MAX);
	name[HOST_MAX] = '\0';
	doc = request_again(f, name);
	assert_int_equal(doc.nlogs, LOGS_MAX);
	assert_string_equal(f->said, "");
	for (i = 0; i < LOGS_MAX - 1; i++) {
		assert_memory_equal(
		    doc.log[i + 1].log, older_uuid[i], UUID_LEN);
		/* Printed from the request, it is the kept note. */
		origin_make(&c.origin, f->arena.host.key, doc.log[i + 1].log);
		c.size = doc.log[i + 1].size;
		memcpy(c.root.b, doc.log[i + 1].root, HASH_LEN);
		assert_int_equal(checkpoint_print(&c, f->arena.host.key,
				     doc.log[i + 1].signature, note),
		    f->older[i].checkpoint_len);
		assert_string_equal(note, f->older_note[i]);
	}
}

/* What the store can't prove is left out, named, and hides no other. */
static void
test_older_logs_of_a_liar(void **state)
{
	struct fixture *f = *state;
	struct doc_host_request doc;
	struct as_stored_log *l;

	fixture_older(f, older_uuid[0], &f->host_key, 10);
	l = &f->older[0];
	/* Of another log. */
	memcpy(l->log, older_uuid[1], UUID_LEN);
	assert_int_equal(request_again(f, "a").nlogs, 1);
	assert_non_null(strstr(f->said, "older log 02000000-"));
	assert_non_null(strstr(f->said, "kept checkpoint: of another log"));
	memcpy(l->log, older_uuid[0], UUID_LEN);
	assert_int_equal(request_again(f, "a").nlogs, 2);
	/* Altered, cut off, none. */
	*strstr(f->older_note[0], "\n10\n") = ' ';
	assert_int_equal(request_again(f, "a").nlogs, 1);
	*strstr(f->older_note[0], " 10\n") = '\n';
	strstr(f->older_note[0], "\n10\n")[2] = '1';
	assert_int_equal(request_again(f, "a").nlogs, 1);
	assert_non_null(strstr(f->said, "signature is bad"));
	strstr(f->older_note[0], "\n11\n")[2] = '0';
	l->checkpoint_len--;
	assert_int_equal(request_again(f, "a").nlogs, 1);
	l->checkpoint_len = 0;
	assert_int_equal(request_again(f, "a").nlogs, 1);
	/* Of another host; the one behind it stands. */
	f->nolder = 0;
	fixture_older(f, older_uuid[0], &f->other_key, 10);
	fixture_older(f, older_uuid[2], &f->host_key, 12);
	doc = request_again(f, "a");
	assert_int_equal(doc.nlogs, 2);
	assert_memory_equal(doc.log[1].log, older_uuid[2], UUID_LEN);
	assert_int_equal(doc.log[1].size, 12);
	assert_non_null(strstr(f->said, "older log 01000000-"));
	assert_non_null(strstr(f->said, "another host key"));
}

static void
test_checkpoint(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[SIGNATURE_LEN];
	struct checkpoint c;

	assert_int_equal(admin_get_checkpoint(f->a, 4, f->error), 0);
	if (checkpoint_verify(f->text, f->text_len, f->arena.host.key, &c,
		signature, f->error) == -1)
		fail_msg("%s", f->error);
	assert_int_equal(c.size, f->state.size);
}

static void
test_no_rollback(void **state)
{
	struct fixture *f = *state;
	struct admin_rollback r = { 6, 0, "because" };

	assert_int_equal(admin_accept_rollback(f->a, &r, f->error), 0);
	assert_string_equal(f->events, "D");
	assert_int_equal(f->done.code, CODE_DENIED);
}

/* The store lost its newest entry. */
static void
go_back(struct fixture *f)
{
	struct machine m;
	int i;

	for (i = 0; i < 5; i++) {
		machine_make(&m);
		machine_fill(f, &m, VERB_ACTIVATE);
		assert_int_equal(machine_send(f, &m, 0), 0);
		fixture_turn(f);
	}
	f->state.size--;
	fixture_restart(f);
	fixture_catch_up(f);
	assert_int_equal(f->a->catchup.phase, PHASE_ROLLBACK);
	fixture_clear(f);
}

static void
accept_it(struct fixture *f)
{
	struct admin_rollback r = { 6, 77, "restored from backup" };

	if (admin_accept_rollback(f->a, &r, f->error) == -1)
		fail_msg("%s", f->error);
}

static void
check_restart(struct fixture *f)
{
	assert_int_equal(f->done.id, 6);
	assert_int_equal(f->done.code, CODE_OK);
	fixture_pass(f, 2);
	assert_int_equal(activator_tick(f->a, f->error), 0);
	assert_non_null(strchr(f->events, 'Z'));
	fixture_restart(f);
	fixture_catch_up(f);
	if (f->a->catchup.phase != PHASE_SERVING)
		fail_msg("not serving: %s", f->why);
}

static void
test_accept(void **state)
{
	struct fixture *f = *state;
	struct as_state old;
	struct entry_rollback e;
	char name[ORIGIN_MAX];

	go_back(f);
	old = f->state;
	origin_print(&f->a->anchor.origin, name);
	accept_it(f);
	fixture_catch_up(f);
	assert_string_equal(f->events, "qqblEAMD");
	assert_int_equal(message_parse(&entry_rollback_type, f->entry[0],
			     f->entry_len[0], &e, f->error),
	    0);
	assert_string_equal(e.reason, "restored from backup");
	assert_int_equal(e.uid, 77);
	assert_int_equal(e.found_size, 5);
	assert_int_equal(e.anchor_size, 6);
	assert_memory_not_equal(e.found_root, e.anchor_root, HASH_LEN);
	assert_memory_equal(e.old_log, old.log, UUID_LEN);
	assert_memory_not_equal(f->state.log, old.log, UUID_LEN);
	assert_memory_not_equal(f->state.store, old.store, UUID_LEN);
	assert_memory_equal(e.store, f->state.store, UUID_LEN);
	assert_null(strstr(f->done.text, "lacks documents"));
	check_restart(f);
	assert_int_equal(f->state.size, 2);
}

/* Stopped between the transaction and the anchor: the command goes on. */
static void
test_interrupted(void **state)
{
	struct fixture *f = *state;
	char anchor[ANCHOR_MAX];
	struct as_state begun;
	size_t len;

	go_back(f);
	memcpy(anchor, f->anchor, f->anchor_len);
	len = f->anchor_len;
	accept_it(f);
	fixture_catch_up(f);
	begun = f->state;
	memcpy(f->anchor, anchor, len);
	f->anchor_len = len;
	fixture_restart(f);
	fixture_catch_up(f);
	assert_int_equal(f->a->catchup.phase, PHASE_ROLLBACK);
	fixture_clear(f);
	accept_it(f);
	fixture_catch_up(f);
	/* The log that was begun, no other. */
	assert_string_equal(f->events, "qAMD");
	assert_memory_equal(&f->state.log, begun.log, UUID_LEN);
	check_restart(f);
	/* A first entry that another host made would not do. */
}

/* A log that does not say that it follows the anchor's is not taken over. */
static void
test_foreign_log(void **state)
{
	struct fixture *f = *state;
	char anchor[ANCHOR_MAX], *p;
	struct as_state begun;
	size_t len;

	go_back(f);
	memcpy(anchor, f->anchor, f->anchor_len);
	len = f->anchor_len;
	accept_it(f);
	fixture_catch_up(f);
	begun = f->state;
	memcpy(f->anchor, anchor, len);
	f->anchor_len = len;
	p = strstr(f->entry[0], "restored");
	assert_non_null(p);
	*p = 'X';
	fixture_restart(f);
	fixture_catch_up(f);
	fixture_clear(f);
	accept_it(f);
	fixture_catch_up(f);
	assert_string_equal(f->events, "qblEAMD");
	assert_memory_not_equal(&f->state.log, begun.log, UUID_LEN);
	check_restart(f);
}

static void
test_accept_removed(void **state)
{
	struct fixture *f = *state;

	memset(&f->state, 0, sizeof(f->state));
	f->ndocuments = 0;
	fixture_restart(f);
	fixture_catch_up(f);
	assert_int_equal(f->a->catchup.phase, PHASE_ROLLBACK);
	fixture_clear(f);
	accept_it(f);
	fixture_catch_up(f);
	assert_string_equal(f->events, "CblEAMD");
	assert_non_null(strstr(f->done.text, "lacks documents"));
	check_restart(f);
}

/* The found log lacks an entry: it is given up all the same. */
static void
test_accept_gap(void **state)
{
	struct fixture *f = *state;
	struct entry_rollback e;
	uint64_t i;

	go_back(f);
	activator_time(f->a, f->now, f->boot_ms);
	accept_it(f);
	assert_int_equal(f->a->catchup.phase, PHASE_FOUND);
	f->handled = f->nevents;
	for (i = 0; i < f->state.size; i++)
		if (i != 2)
			assert_int_equal(catchup_entry(f->a, i, f->entry[i],
					     f->entry_len[i], f->error),
			    0);
	assert_int_equal(
	    catchup_entries_end(f->a, f->state.size, true, f->error), 0);
	fixture_catch_up(f);
	assert_string_equal(f->events, "qblEAMD");
	assert_int_equal(message_parse(&entry_rollback_type, f->entry[0],
			     f->entry_len[0], &e, f->error),
	    0);
	assert_int_equal(e.found_size, 2);
	check_restart(f);
}

/* After a rollback nothing else is answered. */
static void
test_only_accept(void **state)
{
	struct fixture *f = *state;

	go_back(f);
	assert_int_equal(admin_get_checkpoint(f->a, 4, f->error), 0);
	assert_string_equal(f->events, "D");
	assert_int_equal(f->done.code, CODE_DENIED);
	assert_non_null(strstr(f->done.text, "accept-rollback"));
}

static void
test_clock_accept(void **state)
{
	struct fixture *f = *state;
	struct admin_who r = { 4, 0 };
	struct entry_change e;

	fixture_pass(f, 60);
	f->now.sec += 40 * KTIME_DAY;
	activator_time(f->a, f->now, f->boot_ms);
	assert_int_equal(activator_tick(f->a, f->error), 0);
	assert_non_null(strstr(f->said, "stepped"));
	assert_true(f->a->clock.doubted);
	fixture_clear(f);
	r.uid = 77;
	assert_int_equal(admin_clock_accept(f->a, &r, f->error), 0);
	fixture_catch_up(f);
	assert_string_equal(f->events, "beEAD");
	assert_int_equal(f->done.code, CODE_OK);
	assert_false(f->a->clock.doubted);
	assert_int_equal(
	    f->batch.oldest_day, ktime_day(f->now) - CLOCK_COUNT_DAYS);
	assert_int_equal(
	    message_parse(&entry_change_type, f->entry[f->state.size - 1],
		f->entry_len[f->state.size - 1], &e, f->error),
	    0);
	assert_int_equal(e.uid, 77);
	assert_string_equal(e.action, "accept");
	assert_string_equal(e.type, "clock");
}

/* A step a moment before a batch, and a new generation a moment after it. */
static void
test_clock_doubted(void **state)
{
	struct fixture *f = *state;
	int32_t day = ktime_day(f->now) - CLOCK_COUNT_DAYS;
	union entry e;

	f->now.sec += 365 * KTIME_DAY;
	activator_time(f->a, f->now, f->boot_ms);
	memset(&e, 0, sizeof(e));
	(void)snprintf(e.summary.kind, sizeof(e.summary.kind), "busy");
	assert_int_equal(activator_enter(f->a, &entry_summary_type, &e), 0);
	fixture_turn(f);
	assert_int_equal(f->batch.oldest_day, day);
	fixture_restart(f);
	fixture_catch_up(f);
	assert_int_equal(f->a->catchup.phase, PHASE_SERVING);
	assert_true(f->a->clock.doubted);
	assert_int_equal(f->batch.oldest_day, day);
}

static void
test_credits(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	fixture_restart(f);
	for (i = 0; i < CONTROL_CREDITS; i++)
		assert_int_equal(admin_get_checkpoint(f->a, i, f->error), 0);
	assert_int_equal(admin_get_checkpoint(f->a, i, f->error), -1);
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_serving, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_install),
		T(test_install_before_anchor),
		T(test_revoke),
		T(test_new_certificate),
		T(test_one_after_the_other),
		T(test_host_request),
		T(test_older_logs),
		T(test_older_logs_of_a_liar),
		T(test_checkpoint),
		T(test_no_rollback),
		T(test_accept),
		T(test_interrupted),
		T(test_foreign_log),
		T(test_accept_removed),
		T(test_accept_gap),
		T(test_only_accept),
		T(test_clock_accept),
		T(test_clock_doubted),
		T(test_credits),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
