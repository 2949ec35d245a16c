/* Tests of control's table of questions. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control/questions.h"

static int client, other;

static struct question *
ask(struct questions *t, uint16_t record, uint8_t what, uint16_t rows)
{
	return (question_take(
	    t, question_kind(record, what), &client, 7, rows, true, 0));
}

static void
test_kinds(void **state)
{
	const struct question_kind *k;
	uint16_t record;

	(void)state;
	assert_null(question_kind(0, QUESTION_ANY));
	assert_null(question_kind(REC_READ, READ_LOGS + 1));
	for (record = REC_ROW_FAMILY; record <= REC_DONE; record++)
		assert_null(question_kind(record, QUESTION_ANY));
	/* Everything that changes something is the activator's or a stop. */
	for (record = REC_READ; record <= REC_STOP_HOST; record++) {
		k = question_kind(record, READ_FAMILIES);
		assert_non_null(k);
		assert_int_equal(k->reads,
		    record == REC_READ || record == REC_GET_CHECKPOINT ||
			record == REC_SHOW_HOST || record == REC_SHOW_SANDBOX ||
			record == REC_SHOW_COUNTERS);
	}
}

static void
test_credits(void **state)
{
	const struct question_kind *k = question_kind(REC_SHOW_HOST, 0);
	struct questions t;
	int i;

	(void)state;
	memset(&t, 0, sizeof(t));
	for (i = 0; i < CONTROL_CREDITS - QUESTIONS_RESERVED; i++)
		assert_non_null(question_take(&t, k, &client, 1, 0, false, 0));
	assert_null(question_take(&t, k, &client, 1, 0, false, 0));
	for (i = 0; i < QUESTIONS_RESERVED; i++)
		assert_non_null(question_take(&t, k, &client, 1, 0, true, 0));
	assert_null(question_take(&t, k, &client, 1, 0, true, 0));
	question_release(&t, &t.slot[3]);
	assert_ptr_equal(
	    question_take(&t, k, &client, 1, 0, true, 0), &t.slot[3]);
}

/* All that one process can be asked takes nothing from the others. */
static void
test_apart(void **state)
{
	static const uint16_t records[] = { REC_READ, REC_INSTALL,
		REC_SHOW_HOST };
	struct questions t;
	size_t i;
	int n;

	(void)state;
	memset(&t, 0, sizeof(t));
	for (i = 0; i < QUESTIONS_ROUTES; i++) {
		for (n = 0; n < CONTROL_CREDITS; n++)
			assert_non_null(ask(&t, records[i], READ_LOGS, 1));
		assert_null(ask(&t, records[i], READ_LOGS, 1));
	}
	question_release(&t, &t.slot[CONTROL_CREDITS]);
	assert_null(ask(&t, REC_READ, READ_LOGS, 1));
	assert_null(ask(&t, REC_SHOW_HOST, QUESTION_ANY, 1));
	assert_non_null(ask(&t, REC_INSTALL, QUESTION_ANY, 1));
}

static void
test_rows(void **state)
{
	struct questions t;
	struct question *q;
	const char *why;
	uint32_t id;

	(void)state;
	memset(&t, 0, sizeof(t));
	q = ask(&t, REC_READ, READ_LOGS, 2);
	id = question_slot(&t, q);
	assert_null(question_answered(&t, ROLE_STORE, id, REC_ROW_ENTRY, &why));
	assert_null(
	    question_answered(&t, ROLE_ACTIVATOR, id, REC_ROW_LOG, &why));
	assert_null(
	    question_answered(&t, ROLE_STORE, id + 1, REC_ROW_LOG, &why));
	assert_null(question_answered(
	    &t, ROLE_STORE, QUESTIONS_MAX, REC_ROW_LOG, &why));
	assert_ptr_equal(
	    question_answered(&t, ROLE_STORE, id, REC_ROW_LOG, &why), q);
	assert_ptr_equal(
	    question_answered(&t, ROLE_STORE, id, REC_ROW_LOG, &why), q);
	assert_null(question_answered(&t, ROLE_STORE, id, REC_ROW_LOG, &why));
	assert_string_equal(why, "more rows than were asked for");
}

static void
test_end(void **state)
{
	struct questions t;
	struct question *q;
	const char *why;
	uint32_t id;

	(void)state;
	memset(&t, 0, sizeof(t));
	q = ask(&t, REC_READ, READ_ENTRIES, 5);
	id = question_slot(&t, q);
	assert_ptr_equal(
	    question_answered(&t, ROLE_STORE, id, REC_PAGE_END, &why), q);
	assert_null(question_answered(&t, ROLE_STORE, id, REC_PAGE_END, &why));
	assert_null(question_answered(&t, ROLE_STORE, id, REC_ROW_ENTRY, &why));
	assert_ptr_equal(
	    question_answered(&t, ROLE_STORE, id, REC_DONE, &why), q);
	question_release(&t, q);
	assert_null(question_answered(&t, ROLE_STORE, id, REC_DONE, &why));

	q = ask(&t, REC_INSTALL, QUESTION_ANY, 0);
	id = question_slot(&t, q);
	assert_null(
	    question_answered(&t, ROLE_ACTIVATOR, id, REC_PAGE_END, &why));
	assert_null(question_answered(&t, ROLE_ACTIVATOR, id, REC_TEXT, &why));
	assert_null(question_answered(&t, ROLE_ACTIVATOR, id, 0, &why));
}

static void
test_forget(void **state)
{
	struct questions t;
	struct question *a, *b;

	(void)state;
	memset(&t, 0, sizeof(t));
	a = ask(&t, REC_INSTALL, QUESTION_ANY, 0);
	b = question_take(
	    &t, question_kind(REC_INSTALL, 0), &other, 1, 0, true, 0);
	question_forget(&t, &client);
	assert_null(a->client);
	assert_non_null(a->kind);
	assert_ptr_equal(b->client, &other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_credits),
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_forget),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
