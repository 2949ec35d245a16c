/* Tests of the documents' tables: which line fills which member. */
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

static const char *
sample_of(const struct message_type *type)
{
	size_t i;

	for (i = 0; i < nsamples; i++) {
		if (samples[i].type == type)
			return (samples[i].text);
	}
	fail_msg("no sample of %s", type->name);
	return (NULL);
}

static void
parse(const struct message_type *type, void *doc)
{
	char error[MESSAGE_ERROR_MAX] = "";
	const char *text = sample_of(type);

	if (message_parse(type, text, strlen(text), doc, error) == -1)
		fail_msg("%s", error);
}

/* The bytes count up from first. */
static void
assert_counting(const uint8_t *p, size_t len, unsigned int first)
{
	size_t i;

	for (i = 0; i < len; i++)
		assert_int_equal(p[i], (first + i) & 0xff);
}

#define COUNTING(m, first) assert_counting(m, sizeof(m), first)

static void
document_product(void **state)
{
	struct doc_product d;

	(void)state;
	parse(&doc_product_type, &d);
	COUNTING(d.publisher, 1);
	COUNTING(d.product, 0x10);
	assert_string_equal(d.name, "Zeichner f\xc3\xbcr \xc3\x84mter 12");
	assert_string_equal(d.family, "drawing.office_2026");
	assert_int_equal(d.group, 3);
	assert_int_equal(d.revision, UINT32_MAX);
	assert_int_equal(d.nissuers, 2);
	COUNTING(d.issuer[0].key, 50);
	COUNTING(d.issuer[1].key, 60);
	assert_int_equal(d.threshold, 5);
	assert_int_equal(d.count_virtual, 1);
	assert_int_equal(d.validity, 180 * KTIME_DAY);
	assert_int_equal(d.renew.value, 7 * KTIME_DAY);
	assert_int_equal(d.renew.min, KTIME_DAY);
	assert_int_equal(d.renew.max, 30 * KTIME_DAY);
	assert_int_equal(d.retry.value, 2 * KTIME_HOUR);
	assert_int_equal(d.retry.min, 15 * KTIME_MINUTE);
	assert_int_equal(d.retry.max, KTIME_DAY);
	assert_int_equal(d.grace, 30 * KTIME_DAY);
	assert_int_equal(d.ncontacts, 2);
	assert_string_equal(d.contact[0].country, "DE");
	assert_string_equal(d.contact[0].how, "+49 228 000000 (Mo-Fr 9-17)");
	assert_string_equal(d.contact[1].country, "US");
	assert_string_equal(d.contact[1].how, "licences@example.com");
	assert_int_equal(d.not_before.sec, 1767225600);
	assert_int_equal(d.not_after.sec, 2082758400);
	assert_string_equal(
	    d.extensions, "x-note kept as it stands\nx-note2 \xe2\x98\x83\n");
}

static void
document_revocation(void **state)
{
	struct doc_revocation d;

	(void)state;
	parse(&doc_revocation_type, &d);
	COUNTING(d.publisher, 1);
	assert_int_equal(d.revision, 0);
	assert_int_equal(d.time.sec, 1795341600);
	assert_int_equal(d.nhosts, 2);
	COUNTING(d.host[0].serial, 0x20);
	assert_int_equal(d.host[0].how, REVOKED_SUPERSEDED);
	COUNTING(d.host[1].serial, 0x30);
	assert_int_equal(d.host[1].how, REVOKED_VOID);
	assert_string_equal(d.extensions, "x-note why\n");
}

static void
document_host(void **state)
{
	struct doc_host d;

	(void)state;
	parse(&doc_host_type, &d);
	COUNTING(d.serial, 0x20);
	COUNTING(d.publisher, 1);
	assert_int_equal(d.nfamilies, 2);
	assert_string_equal(d.family[0].name, "drawing.office_2026");
	assert_int_equal(d.family[0].group, 3);
	assert_string_equal(d.family[1].name, "other");
	assert_int_equal(d.family[1].group, 0);
	assert_true(d.has_product_key);
	assert_true(d.product_key == (UINT64_C(1) << 53) - 1);
	assert_true(d.has_seats);
	assert_int_equal(d.seats, 100);
	COUNTING(d.host, 80);
	assert_int_equal(d.not_before.sec, 1793491200);
	assert_int_equal(d.not_after.sec, 1825027200);
	assert_string_equal(d.extensions, "x-note a certificate\n");
}

static void
document_host_request(void **state)
{
	struct doc_host_request d;

	(void)state;
	parse(&doc_host_request_type, &d);
	assert_true(d.has_product_key);
	assert_string_equal(d.product_key, "BCDFG-HJKMP-QRTVW-XY234-6789B");
	COUNTING(d.host, 80);
	assert_string_equal(d.name, "kms.example.com");
	COUNTING(d.store, 0x40);
	assert_int_equal(d.nlogs, 2);
	COUNTING(d.log[0].log, 0x50);
	assert_int_equal(d.log[0].size, 1000);
	COUNTING(d.log[0].root, 3);
	COUNTING(d.log[0].signature, 5);
	COUNTING(d.log[1].log, 0x60);
	assert_int_equal(d.log[1].size, 0);
	COUNTING(d.log[1].root, 4);
	COUNTING(d.log[1].signature, 6);
	COUNTING(d.nonce, 140);
	assert_int_equal(d.time.sec, 1795341600);
	assert_string_equal(d.extensions, "x-note please\n");
}

static void
document_seal(void **state)
{
	struct doc_seal d;

	(void)state;
	parse(&doc_seal_type, &d);
	COUNTING(d.serial, 0x20);
	COUNTING(d.store, 0x40);
	assert_int_equal(d.nsuites, 2);
	assert_int_equal(d.suite[0].suite, 0);
	COUNTING(d.suite[0].id, 10);
	COUNTING(d.suite[0].key, 20);
	assert_int_equal(d.suite[1].suite, 0);
	COUNTING(d.suite[1].id, 11);
	COUNTING(d.suite[1].key, 21);
	assert_int_equal(d.not_before.sec, 1795341600 - 4 * KTIME_HOUR);
	assert_int_equal(d.not_after.sec, 1795341600 + 310 * KTIME_MINUTE);
	assert_string_equal(d.extensions, "x-note a seal\n");
}

static void
document_request(void **state)
{
	struct doc_request d;

	(void)state;
	parse(&doc_request_type, &d);
	COUNTING(d.seal, 10);
	COUNTING(d.machine, 30);
	COUNTING(d.challenge, 150);
	COUNTING(d.product, 0x10);
	assert_int_equal(d.verb, VERB_ACTIVATE);
	assert_string_equal(d.host_name, "build-17.example.com");
	COUNTING(d.hardware, 120);
	assert_int_equal(d.time.sec, 1795341603);
	assert_int_equal(d.state, STATE_UNLICENSED);
	assert_int_equal(d.left, 0);
	assert_int_equal(d.virtual, 1);
	COUNTING(d.last_store, 0x40);
	assert_int_equal(d.last, 17);
	COUNTING(d.nonce, 160);
	assert_true(d.has_token);
	COUNTING(d.token, 170);
	assert_string_equal(d.extensions, "x-note a request\n");
}

static void
document_reply(void **state)
{
	struct doc_reply d;

	(void)state;
	parse(&doc_reply_type, &d);
	COUNTING(d.nonce, 160);
	assert_int_equal(d.verb, VERB_ACTIVATE);
	assert_int_equal(d.result, RESULT_REFUSED);
	assert_true(d.has_code);
	assert_int_equal(d.code, 0xC004F038);
	assert_string_equal(d.code_name, "count-insufficient");
	assert_int_equal(d.count, 4);
	assert_int_equal(d.needed, 5);
	COUNTING(d.store, 0x40);
	assert_true(d.has_serial);
	assert_int_equal(d.serial, 18);
	assert_int_equal(d.renew, 7 * KTIME_DAY);
	assert_int_equal(d.retry, 2 * KTIME_HOUR);
	assert_int_equal(d.time.sec, 1795341604);
	assert_true(d.has_token);
	COUNTING(d.token, 170);
	assert_true(d.has_text);
	assert_string_equal(d.text, "4 of 5 machines have asked");
	assert_string_equal(d.extensions, "x-note a reply\n");
}

static void
document_words(void **state)
{
	(void)state;
	assert_string_equal(verb_words[VERB_RELEASE], "release");
	assert_string_equal(verb_words[VERB_STATUS], "status");
	assert_null(verb_words[VERB_STATUS + 1]);
	assert_string_equal(result_words[RESULT_GRANTED], "granted");
	assert_string_equal(result_words[RESULT_DONE], "done");
	assert_null(result_words[RESULT_DONE + 1]);
	assert_string_equal(client_state_words[STATE_LICENSED], "licensed");
	assert_string_equal(client_state_words[STATE_OOB_GRACE], "oob-grace");
	assert_string_equal(client_state_words[STATE_OOT_GRACE], "oot-grace");
	assert_string_equal(
	    client_state_words[STATE_NON_GENUINE_GRACE], "non-genuine-grace");
	assert_string_equal(
	    client_state_words[STATE_NOTIFICATION], "notification");
	assert_null(client_state_words[STATE_NOTIFICATION + 1]);
	assert_string_equal(yes_no_words[0], "no");
	assert_null(yes_no_words[2]);
}

/* A threshold of 0 would be none. */
static void
document_threshold(void **state)
{
	char text[4096], error[MESSAGE_ERROR_MAX];
	const char *sample = sample_of(&doc_product_type), *p;
	struct doc_product d;

	(void)state;
	p = strstr(sample, "threshold 5");
	(void)snprintf(text, sizeof(text), "%.*sthreshold 0%s",
	    (int)(p - sample), sample, p + strlen("threshold 5"));
	assert_int_equal(
	    message_parse(&doc_product_type, text, strlen(text), &d, error),
	    -1);
	assert_non_null(strstr(error, "threshold: not a number from 1"));
	parse(&doc_product_type, &d);
	d.threshold = 0;
	assert_int_equal(
	    message_print(&doc_product_type, &d, text, sizeof(text), error),
	    -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(document_product),
		cmocka_unit_test(document_revocation),
		cmocka_unit_test(document_host),
		cmocka_unit_test(document_host_request),
		cmocka_unit_test(document_seal),
		cmocka_unit_test(document_request),
		cmocka_unit_test(document_reply),
		cmocka_unit_test(document_words),
		cmocka_unit_test(document_threshold),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
