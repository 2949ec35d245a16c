/*
 * Tests of activator/catchup.c and logbook.c: the start, and every way in
 * which a store may have gone back.
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
grant(struct fixture *f, size_t n)
{
	struct machine m;
	size_t i;

	for (i = 0; i < n; i++) {
		machine_make(&m);
		machine_fill(f, &m, VERB_ACTIVATE);
		if (machine_send(f, &m, 0) == -1)
			fail_msg("%s", f->error);
		fixture_turn(f);
	}
}

static void
check_serving(struct fixture *f)
{
	fixture_restart(f);
	fixture_catch_up(f);
	if (f->a->catchup.phase != PHASE_SERVING)
		fail_msg("not serving: %s", f->why);
	assert_non_null(strchr(f->events, 'S'));
	assert_non_null(strchr(f->events, 'O'));
}

#define CURE "if it is lost, run kmsctl audit accept-rollback REASON"

static void
check_rollback(struct fixture *f, const char *words)
{
	uint64_t before;

	f->why[0] = '\0';
	fixture_restart(f);
	before = f->a->counter[COUNT_SIGNATURES];
	fixture_catch_up(f);
	assert_int_equal(f->a->catchup.phase, PHASE_ROLLBACK);
	if (strstr(f->why, words) == NULL)
		fail_msg("the reason is: %s", f->why);
	/* With what can be done about it, whole. */
	if (strstr(f->why, "put the newest ") == NULL ||
	    strstr(f->why, "; ") < strstr(f->why, words) ||
	    strcmp(f->why + strlen(f->why) - strlen(CURE), CURE) != 0)
		fail_msg("the reason ends: %s", f->why);
	/* No listener, no signature, nothing written. */
	assert_null(strchr(f->events, 'S'));
	assert_null(strchr(f->events, 'O'));
	assert_null(strchr(f->events, 'b'));
	assert_null(strchr(f->events, 'A'));
	assert_int_equal(f->a->counter[COUNT_SIGNATURES], before);
}

static void
test_first_start(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(catchup_state(f->a, &f->state, f->error), 0);
	fixture_catch_up(f);
	assert_string_equal(f->events, "CpqMbeEOSA");
	assert_false(f->any_certificate);
	assert_int_equal(f->state.size, 1);
	assert_non_null(strstr(f->entry[0], "kms-start 1\n"));
	check_serving(f);
	assert_string_equal(f->events, "pqbeEOSA");
}

/* The parent was killed: its anchor is older than the store. */
static void
test_behind(void **state)
{
	struct fixture *f = *state;
	char anchor[ANCHOR_MAX];
	size_t len = f->anchor_len;

	memcpy(anchor, f->anchor, len);
	grant(f, 10);
	memcpy(f->anchor, anchor, len);
	f->anchor_len = len;
	check_serving(f);
	assert_int_equal(f->a->log.edge.size, 13 - 1);
}

static void
test_altered(void **state)
{
	struct fixture *f = *state;
	char anchor[ANCHOR_MAX], saved[ENTRY_MAX + 1], *p;
	size_t len = f->anchor_len;

	memcpy(anchor, f->anchor, len);
	grant(f, 8);
	memcpy(f->anchor, anchor, len);
	f->anchor_len = len;
	memcpy(saved, f->entry[5], sizeof(saved));
	/* A field that the salt covers, and the salt. */
	p = strstr(f->entry[5], "pc1");
	assert_non_null(p);
	*p = 'q';
	check_rollback(f, "entry 5: its salt");
	memcpy(f->entry[5], saved, sizeof(saved));
	f->entry[5][0] = 'K';
	check_rollback(f, "entry 5: not an entry");
	memcpy(f->entry[5], saved, sizeof(saved));
	f->entry_len[5]--;
	check_rollback(f, "entry 5");
	f->entry_len[5]++;
	/* Another entry of the log in its place. */
	f->entry_len[5] = f->entry_len[4];
	memcpy(saved, f->entry[5], sizeof(saved));
	memcpy(f->entry[5], f->entry[4], sizeof(saved));
	fixture_restart(f);
	fixture_catch_up(f);
	/* Its salt holds; the tree is another, which checkpoints show. */
	assert_int_equal(f->a->catchup.phase, PHASE_SERVING);
}

/* The first of these words in an entry, overwritten by others. */
static void
overwrite(char *text, const char *from, const char *to)
{
	char *p = strstr(text, from);

	assert_non_null(p);
	memcpy(p, to, strlen(to));
}

/* What the salt does not cover has limits of its own. */
static void
test_limits(void **state)
{
	struct fixture *f = *state;
	char anchor[ANCHOR_MAX], saved[ENTRY_MAX + 1];
	size_t len = f->anchor_len;

	memcpy(anchor, f->anchor, len);
	grant(f, 3);
	memcpy(f->anchor, anchor, len);
	f->anchor_len = len;
	memcpy(saved, f->entry[2], sizeof(saved));
	overwrite(f->entry[2], "\nexpires 2", "\nexpires 3");
	check_rollback(f, "entry 2: a grant that outlives its kms-host");
	memcpy(f->entry[2], saved, sizeof(saved));
	overwrite(f->entry[2], "\nneeded ", "\nneeded 9");
	check_rollback(f, "entry 2: a grant below the threshold");
	memcpy(f->entry[2], saved, sizeof(saved));
	check_serving(f);
}

static void
test_older(void **state)
{
	struct fixture *f = *state;

	grant(f, 4);
	f->state.size--;
	check_rollback(f, "has 4 entries, and the anchor knows 5");
}

static void
test_missing_entries(void **state)
{
	struct fixture *f = *state;
	struct as_state s;

	grant(f, 4);
	fixture_restart(f);
	s = f->state;
	s.size += 2;
	assert_int_equal(catchup_state(f->a, &s, f->error), 0);
	fixture_catch_up(f);
	assert_int_equal(f->a->catchup.phase, PHASE_ROLLBACK);
	assert_non_null(strstr(f->why, "ends at entry"));
}

static void
test_removed(void **state)
{
	struct fixture *f = *state;

	memset(&f->state, 0, sizeof(f->state));
	check_rollback(f, "there is no database");
}

static void
test_other_uuids(void **state)
{
	struct fixture *f = *state;

	f->state.log[0] ^= 1;
	check_rollback(f, "has the log");
	f->state.log[0] ^= 1;
	f->state.store[0] ^= 1;
	check_rollback(f, "another store uuid");
}

static void
test_documents(void **state)
{
	struct fixture *f = *state;
	size_t len = f->document_len[1];

	f->ndocuments = 1;
	check_rollback(f, "lacks kms-host");
	f->ndocuments = 2;
	f->document[0][f->document_len[0] - 5] ^= 1;
	check_rollback(f, "lacks kms-product");
	assert_true(f->said[0] != '\0');
	f->document[0][f->document_len[0] - 5] ^= 1;
	f->manifest_len = 0;
	check_rollback(f,
	    "the manifest is missing; stop kmsd and put the newest manifest "
	    "back");
	f->document_len[1] = len;
}

/* The store's document in the first place, replaced. */
static void
replace_product(struct fixture *f, const struct doc_product *p)
{
	f->document_len[0] =
	    fixture_sign_product(f, p, &f->publisher_key, f->document[0]);
}

/* Signed by the publisher, and nobody asked for it. */
static void
test_not_installed(void **state)
{
	struct fixture *f = *state;
	struct doc_product p = f->product;
	char text[SIGNED_MAX];

	p.revision++;
	replace_product(f, &p);
	check_rollback(f, "in revision 8, which neither the manifest nor");
	replace_product(f, &f->product);
	assert_int_equal(uuid_make(p.product), 0);
	fixture_store(
	    f, text, fixture_sign_product(f, &p, &f->publisher_key, text));
	check_rollback(f, "in revision 8, which neither the manifest nor");
	f->ndocuments--;
	check_serving(f);
}

/* Installed, and killed before the parent had anchor and manifest. */
static void
test_installed(void **state)
{
	struct fixture *f = *state;
	char anchor[ANCHOR_MAX], manifest[MANIFEST_MAX], text[SIGNED_MAX];
	const size_t anchor_len = f->anchor_len;
	const size_t manifest_len = f->manifest_len;
	struct doc_product p = f->product, other;

	memcpy(anchor, f->anchor, sizeof(anchor));
	memcpy(manifest, f->manifest, sizeof(manifest));
	p.revision++;
	fixture_install(
	    f, text, fixture_sign_product(f, &p, &f->publisher_key, text));
	assert_int_equal(f->done.code, CODE_OK);
	grant(f, 1);
	f->ndocuments--; /* it goes into the first place */
	memcpy(f->anchor, anchor, sizeof(anchor));
	memcpy(f->manifest, manifest, sizeof(manifest));
	f->anchor_len = anchor_len;
	f->manifest_len = manifest_len;
	/* The entry is there, and the document as it was. */
	check_rollback(f, "in revision 7, and the manifest lists 8");
	/* There, and another; the entry says so. */
	other = p;
	other.threshold++;
	replace_product(f, &other);
	check_rollback(f, "entry 1: the database has another kms-product");
	/* There, and the entry is not. */
	replace_product(f, &p);
	f->state.size = 1;
	check_rollback(f, "in revision 8, which neither the manifest nor");
	f->state.size = 3;
	/* Both: in use, and from now on in the manifest. */
	check_serving(f);
	assert_string_equal(f->events, "pqMbeEOSA");
	assert_int_equal(f->a->registry.document[0]->revision, 8);
	check_serving(f);
	assert_string_equal(f->events, "pqbeEOSA");
	/* A manifest alone that is older is none that a crash leaves. */
	memcpy(f->manifest, manifest, sizeof(manifest));
	f->manifest_len = manifest_len;
	check_rollback(f, "in revision 8, which neither the manifest nor");
}

static void
test_unasked(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(catchup_entry(f->a, 0, "", 0, f->error), -1);
	assert_int_equal(catchup_document(f->a, "", 0, f->error), -1);
	assert_int_equal(catchup_documents_end(f->a, 0, f->error), -1);
	assert_int_equal(catchup_entries_end(f->a, 0, false, f->error), -1);
	assert_int_equal(admin_manifest_saved(f->a, 1, f->error), -1);
	/* None, then the one that was made, and no third. */
	assert_int_equal(catchup_state(f->a, &f->state, f->error), 0);
	assert_int_equal(catchup_state(f->a, &f->state, f->error), 0);
	assert_int_equal(catchup_state(f->a, &f->state, f->error), -1);
}

/* Older logs: after the documents, each once, not too many, not the newest. */
static void
test_logs_unasked(void **state)
{
	struct fixture *f = *state;
	uint8_t log[UUID_LEN] = { 0 };
	size_t i;

	for (i = 0; i < LOGS_MAX; i++) {
		log[0] = (uint8_t)(i + 1);
		fixture_older(f, log, &f->host_key, i + 1);
	}
	fixture_restart(f);
	assert_int_equal(catchup_log(f->a, &f->older[0], f->error), -1);
	assert_int_equal(catchup_state(f->a, &f->state, f->error), 0);
	assert_int_equal(catchup_log(f->a, &f->older[0], f->error), 0);
	assert_int_equal(catchup_document(f->a, f->document[0],
			     f->document_len[0], f->error),
	    -1);
	assert_int_equal(catchup_log(f->a, &f->older[0], f->error), -1);
	assert_non_null(strstr(f->error, "told twice"));

	fixture_restart(f);
	assert_int_equal(catchup_state(f->a, &f->state, f->error), 0);
	for (i = 0; i < LOGS_MAX - 1; i++)
		assert_int_equal(catchup_log(f->a, &f->older[i], f->error), 0);
	assert_int_equal(catchup_log(f->a, &f->older[i], f->error), -1);

	f->nolder = 0;
	fixture_older(f, f->state.log, &f->host_key, 1);
	fixture_restart(f);
	assert_int_equal(catchup_state(f->a, &f->state, f->error), 0);
	assert_int_equal(catchup_log(f->a, &f->older[0], f->error), -1);
	assert_non_null(strstr(f->error, "told twice"));
}

/* Anchor and manifest that can't be read; another host's. */
static void
test_files(void **state)
{
	struct fixture *f = *state;
	struct outlets out;
	struct arena other;

	memset(&out, 0, sizeof(out));
	assert_null(activator_new(
	    &f->arena, NULL, 0, NULL, 0, &f->limits, &out, f->error));
	assert_non_null(strstr(f->error, "gave no anchor"));
	assert_null(activator_new(&f->arena, f->anchor, f->anchor_len - 1, NULL,
	    0, &f->limits, &out, f->error));
	assert_non_null(strstr(f->error, "anchor:"));
	assert_null(activator_new(&f->arena, f->anchor, f->anchor_len, "x", 1,
	    &f->limits, &out, f->error));
	assert_non_null(strstr(f->error, "manifest:"));
	assert_int_equal(arena_init(&other, f->error), 0);
	arena_set_host_key(&other, &f->other_key);
	assert_null(activator_new(&other, f->anchor, f->anchor_len, NULL, 0,
	    &f->limits, &out, f->error));
	assert_non_null(strstr(f->error, "another host key"));
	arena_free(&other);
}

static void
test_long_away(void **state)
{
	struct fixture *f = *state;
	int32_t day = ktime_day(f->now);

	fixture_pass(f, 20 * KTIME_DAY);
	check_serving(f);
	assert_int_equal(f->batch.oldest_day, day - 30);
	assert_non_null(strstr(f->said, "kmsctl clock accept"));
}

/* The clock was put back while the host was off: the log is of later. */
static void
test_clock_behind(void **state)
{
	struct fixture *f = *state;
	char line[256], then[KTIME_STRLEN], now[KTIME_STRLEN];
	struct ktime newest = f->now;

	(void)ktime_print(newest, then);
	f->now = ktime_add(newest, -300 * KTIME_DAY);
	(void)ktime_print(f->now, now);
	(void)snprintf(line, sizeof(line),
	    "the clock says %s, and the log's newest entry is of %s: set the "
	    "clock, or kmsctl clock accept if it is right",
	    now, then);
	check_serving(f);
	assert_non_null(strstr(f->said, line));
	assert_true(f->a->clock.doubted);
	assert_int_equal(activator_tick(f->a, f->error), 0);
	assert_int_equal(f->a->counter[COUNT_CLOCK_DOUBT], KTIME_DAY);
	/* The newest entry is of the wrong time now; in doubt all the same. */
	fixture_pass(f, 60);
	check_serving(f);
	assert_non_null(strstr(f->said, "kmsctl clock accept"));
	assert_true(f->a->clock.doubted);
}

static void
test_summaries(void **state)
{
	struct fixture *f = *state;
	struct la_events e;
	char text[ENTRY_MAX + 1];

	memset(&e, 0, sizeof(e));
	e.count[EVENT_MALFORMED] = 12;
	summary_events(&f->a->summary, &e, f->now);
	summary_add(&f->a->summary, SUMMARY_TIME_SKEW, 3, f->now);
	fixture_pass(f, 59);
	assert_int_equal(activator_tick(f->a, f->error), 0);
	assert_string_equal(f->events, "");
	fixture_pass(f, 1);
	assert_int_equal(activator_tick(f->a, f->error), 0);
	assert_string_equal(f->events, "beeE");
	fixture_turn(f);
	(void)snprintf(text, sizeof(text), "kind %s\ncount 12\n",
	    listener_event_names[EVENT_MALFORMED]);
	assert_non_null(strstr(f->entry[1], "kind time-skew\ncount 3\n"));
	assert_non_null(strstr(f->entry[2], text));
	/* Once; and nothing while nothing happens. */
	fixture_clear(f);
	fixture_pass(f, 600);
	assert_int_equal(activator_tick(f->a, f->error), 0);
	assert_string_equal(f->events, "");
}

/* A listener may send as many records as it likes; an entry still holds it. */
static void
test_summary_of_a_flood(void **state)
{
	struct fixture *f = *state;
	struct la_events e;
	uint32_t i;

	memset(&e, 0, sizeof(e));
	e.count[EVENT_MALFORMED] = UINT32_MAX;
	for (i = 0; i < (1U << 21) + 1; i++)
		summary_events(&f->a->summary, &e, f->now);
	fixture_pass(f, 60);
	assert_int_equal(activator_tick(f->a, f->error), 0);
	fixture_turn(f);
	assert_non_null(strstr(f->entry[1], "\ncount 9007199254740991\n"));
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_serving, fixture_teardown)
#define F(name) \
	cmocka_unit_test_setup_teardown(name, fixture_fresh, fixture_teardown)
	const struct CMUnitTest tests[] = {
		F(test_first_start),
		T(test_behind),
		T(test_altered),
		T(test_limits),
		T(test_older),
		T(test_missing_entries),
		T(test_removed),
		T(test_other_uuids),
		T(test_documents),
		T(test_not_installed),
		T(test_installed),
		F(test_unasked),
		T(test_logs_unasked),
		F(test_files),
		T(test_long_away),
		T(test_clock_behind),
		T(test_summaries),
		T(test_summary_of_a_flood),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
