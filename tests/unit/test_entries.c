/* Tests of the entries' tables: which line fills which member. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/samples.h"

static void
parse(const struct message_type *type, union entry *e)
{
	char error[MESSAGE_ERROR_MAX] = "";
	size_t i;

	for (i = 0; i < nsamples && samples[i].type != type; i++)
		;
	assert_true(i < nsamples);
	assert_ptr_equal(
	    entry_type_of(samples[i].text, strlen(samples[i].text)), type);
	if (message_parse(
		type, samples[i].text, strlen(samples[i].text), e, error) == -1)
		fail_msg("%s", error);
	assert_int_equal(e->time.sec / 100, 1795341600 / 100);
}

static void
assert_counting(const uint8_t *p, size_t len, unsigned int first)
{
	size_t i;

	for (i = 0; i < len; i++)
		assert_int_equal(p[i], (first + i) & 0xff);
}

#define COUNTING(m, first) assert_counting(m, sizeof(m), first)

static void
assert_decision(const struct entry_decision *d)
{
	assert_int_equal(d->time.sec, 1795341600);
	COUNTING(d->publisher, 1);
	COUNTING(d->product, 0x10);
	COUNTING(d->host, 0x20);
	COUNTING(d->machine, 100);
	COUNTING(d->hardware, 120);
	assert_string_equal(d->host_name, "build-17.example.com");
	assert_int_equal(d->client_time.sec, 1795341603);
	assert_int_equal(d->state, STATE_OOB_GRACE);
	assert_int_equal(d->left, 36 * KTIME_HOUR);
	assert_int_equal(d->virtual, 0);
	assert_int_equal(d->count, 25);
	assert_int_equal(d->needed, 25);
	COUNTING(d->salt, 200);
}

static void
entry_decisions(void **state)
{
	union entry e;

	(void)state;
	parse(&entry_grant_type, &e);
	assert_decision(&e.decision);
	assert_int_equal(e.decision.expires.sec, 1795341600 + 180 * KTIME_DAY);
	assert_int_equal(e.decision.code, 0);
	assert_string_equal(e.decision.code_name, "");
	parse(&entry_refusal_type, &e);
	assert_decision(&e.decision);
	assert_int_equal(e.decision.expires.sec, 0);
	assert_int_equal(e.decision.code, 0xC004F038);
	assert_string_equal(e.decision.code_name, "count-insufficient");
}

static void
entry_others(void **state)
{
	union entry e;

	(void)state;
	parse(&entry_start_type, &e);
	assert_string_equal(e.start.version, "0.1.0-1790000000");
	COUNTING(e.start.store, 0x40);
	assert_int_equal(e.start.size, 1000);
	COUNTING(e.start.salt, 200);

	parse(&entry_change_type, &e);
	assert_int_equal(e.change.uid, 1000);
	assert_string_equal(e.change.action, "install");
	assert_string_equal(e.change.type, "kms-product");
	COUNTING(e.change.publisher, 1);
	COUNTING(e.change.object, 0x10);
	assert_int_equal(e.change.revision, 7);
	COUNTING(e.change.digest, 40);
	COUNTING(e.change.salt, 200);

	parse(&entry_summary_type, &e);
	assert_int_equal(e.summary.time.sec, 1795341660);
	assert_int_equal(e.summary.from.sec, 1795341600);
	assert_string_equal(e.summary.kind, "time-skew");
	assert_int_equal(e.summary.count, 12);
	COUNTING(e.summary.salt, 200);
}

static void
entry_rollback(void **state)
{
	union entry e;

	(void)state;
	parse(&entry_rollback_type, &e);
	assert_int_equal(e.rollback.uid, 0);
	assert_string_equal(
	    e.rollback.reason, "disk replaced, backup of Friday");
	COUNTING(e.rollback.old_log, 0x50);
	COUNTING(e.rollback.old_store, 0x40);
	COUNTING(e.rollback.store, 0x70);
	assert_int_equal(e.rollback.found_size, 900);
	COUNTING(e.rollback.found_root, 3);
	assert_int_equal(e.rollback.anchor_size, 1000);
	COUNTING(e.rollback.anchor_root, 4);
	COUNTING(e.rollback.salt, 200);
}

/* The lines that the salt of grant and refusal covers are the same. */
static void
entry_salted_lines(void **state)
{
	char a[ENTRY_MAX], b[ENTRY_MAX], whole[ENTRY_MAX];
	const char *end;
	union entry e;
	int n;

	(void)state;
	parse(&entry_grant_type, &e);
	n = message_print_range(
	    &entry_grant_type, &e, "time", "virtual", a, sizeof(a), NULL);
	assert_true(n > 0);
	assert_int_equal(strlen(a), n);
	assert_true(message_print(
			&entry_grant_type, &e, whole, sizeof(whole), NULL) > 0);
	end = strstr(whole, "count 25\n");
	assert_memory_equal(whole + strlen("kms-grant 1\n"), a, (size_t)n);
	assert_ptr_equal(whole + strlen("kms-grant 1\n") + n, end);
	parse(&entry_refusal_type, &e);
	assert_int_equal(message_print_range(&entry_refusal_type, &e, "time",
			     "virtual", b, sizeof(b), NULL),
	    n);
	assert_string_equal(a, b);
}

static void
entry_type_by_line(void **state)
{
	static const char *const none[] = { "", "kms-grant 1", "kms-grant 2\n",
		"kms-grant 11\n", "kms-grant 01\n", "kms-grant 1 \n",
		"kms-grant  1\n", "kms-grant\n", "kms-gran 1\n",
		"kms-grants 1\n", "kms-host 1\n", "\n", " kms-grant 1\n",
		"Kms-grant 1\n" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(entry_type_of(none[i], strlen(none[i])));
	assert_ptr_equal(
	    entry_type_of("kms-start 1\n?", 12), &entry_start_type);
	assert_null(entry_type_of("kms-start 1\n?", 11));
	for (i = 0; entry_types[i] != NULL; i++)
		assert_true(entry_types[i]->size <= sizeof(union entry));
	assert_int_equal(i, 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entry_decisions),
		cmocka_unit_test(entry_others),
		cmocka_unit_test(entry_rollback),
		cmocka_unit_test(entry_salted_lines),
		cmocka_unit_test(entry_type_by_line),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
