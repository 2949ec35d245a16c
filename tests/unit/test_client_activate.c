/*
 * Activation against a host within the process: what it gives, what is sent,
 * and that a reply which fails one check changes not a byte of the state.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/handle.h"
#include "common/codes.h"
#include "tests/unit/fake_host.h"

static int
setup(void **state)
{
	struct fake_host *h;

	if ((h = malloc(sizeof(*h))) == NULL)
		return (-1);
	fake_start(h);
	*state = h;
	return (0);
}

static int
teardown(void **state)
{
	fake_stop(*state);
	free(*state);
	return (0);
}

static struct kmsclient_status
status_of(struct kmsclient *c)
{
	struct kmsclient_status st;

	assert_int_equal(kmsclient_status(c, &st, sizeof(st)), 0);
	return (st);
}

static void
activate_ok(struct kmsclient *c)
{
	if (kmsclient_activate(c) != 0)
		fail_msg("not granted: %s", kmsclient_error(c));
}

/* The state is what it was when the newest request arrived. */
static void
assert_unchanged(const struct fake_host *h)
{
	uint8_t after[FAKE_DIGEST_LEN];

	fake_digest(h->dir, after);
	assert_memory_equal(after, h->before, sizeof(after));
}

static void
test_granted(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	struct kmsclient_status st;

	st = status_of(c);
	assert_int_equal(st.state, KMSCLIENT_UNLICENSED);
	activate_ok(c);
	st = status_of(c);
	assert_int_equal(st.state, KMSCLIENT_LICENSED);
	assert_int_equal(st.code, 0);
	assert_int_equal(st.expires, st.granted + 180 * KTIME_DAY);
	assert_int_equal(st.next, st.granted + 7 * KTIME_DAY);
	assert_int_equal(st.count, 5);
	assert_memory_equal(st.certificate, h->certificate.serial, UUID_LEN);
	assert_string_equal(st.name, "Example Writer 3");
	assert_false(h->wrong_challenge);
	assert_int_equal(h->request[0].state, STATE_UNLICENSED);
	assert_int_equal(h->request[0].last, 0);
	assert_int_equal(h->request[0].left, 0);
	kmsclient_close(c);
}

/* A second renewal: new nonce, the serial of the first, what is left. */
static void
test_renewed(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);

	activate_ok(c);
	assert_int_equal(kmsclient_renew(c, 0), 1);
	assert_int_equal(h->nrequests, 1);
	assert_int_equal(kmsclient_renew(c, 1), 0);
	assert_int_equal(h->nrequests, 2);
	assert_int_equal(h->request[1].last, 1);
	assert_memory_equal(h->request[1].last_store, h->seal.store, UUID_LEN);
	assert_memory_not_equal(
	    h->request[0].nonce, h->request[1].nonce, REQUEST_NONCE_LEN);
	assert_true(ktime_cmp(h->request[1].time, h->request[0].time) > 0);
	assert_int_equal(h->request[1].state, STATE_LICENSED);
	assert_true(h->request[1].left > 179 * KTIME_DAY);
	kmsclient_close(c);
}

static void
test_renew_without_grant(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);

	assert_int_equal(kmsclient_renew(c, 1), -1);
	assert_int_equal(h->nrequests, 0);
	kmsclient_close(c);
}

/* Lost replies: the same nonce, a later time, until an answer ends it. */
static void
test_retry(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	size_t i;

	h->drop = 3;
	for (i = 0; i < 3; i++) {
		assert_int_equal(kmsclient_activate(c), -1);
		assert_int_equal(kmsclient_code(c), CODE_NO_HOST);
		assert_unchanged(h);
	}
	activate_ok(c);
	assert_int_equal(h->nrequests, 4);
	for (i = 1; i < 4; i++) {
		assert_memory_equal(h->request[0].nonce, h->request[i].nonce,
		    REQUEST_NONCE_LEN);
		assert_true(
		    ktime_cmp(h->request[i].time, h->request[i - 1].time) > 0);
		assert_int_equal(h->request[i].last, 0);
	}
	activate_ok(c);
	assert_memory_not_equal(
	    h->request[0].nonce, h->request[4].nonce, REQUEST_NONCE_LEN);
	kmsclient_close(c);
}

static void
test_seal_unknown(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);

	h->seal_unknown = 1;
	activate_ok(c);
	assert_int_equal(h->nrequests, 2);
	assert_int_equal(h->hellos, 2);
	assert_memory_equal(
	    h->request[0].nonce, h->request[1].nonce, REQUEST_NONCE_LEN);
	assert_memory_not_equal(
	    h->request[0].challenge, h->request[1].challenge, CHALLENGE_LEN);
	h->seal_unknown = 1000;
	assert_int_equal(kmsclient_activate(c), -1);
	assert_int_equal(h->nrequests, 4);
	assert_int_equal(kmsclient_code(c), CODE_NO_HOST);
	assert_unchanged(h);
	kmsclient_close(c);
}

static void
refuse_count(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->reply.result = RESULT_REFUSED;
	r->reply.has_code = true;
	r->reply.code = CODE_COUNT_INSUFFICIENT;
	(void)strlcpy(r->reply.code_name, "count-insufficient",
	    sizeof(r->reply.code_name));
	r->reply.count = 3;
	r->with_grant = false;
}

/* A refusal with a serial ends the renewal; a held grant stays. */
static void
test_refused(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	struct kmsclient_status st;

	h->alter = refuse_count;
	assert_int_equal(kmsclient_activate(c), -1);
	assert_int_equal(kmsclient_code(c), CODE_COUNT_INSUFFICIENT);
	assert_int_equal(kmsclient_refused(c), 1);
	assert_int_equal(kmsclient_unverified(c), 0);
	st = status_of(c);
	assert_int_equal(st.state, KMSCLIENT_OOB_GRACE);
	assert_int_equal(st.count, 3);
	assert_int_equal(st.needed, 5);
	assert_int_equal(st.refusal, CODE_COUNT_INSUFFICIENT);
	h->alter = NULL;
	activate_ok(c);
	assert_memory_not_equal(
	    h->request[0].nonce, h->request[1].nonce, REQUEST_NONCE_LEN);
	assert_int_equal(h->request[1].last, 1);
	h->alter = refuse_count;
	assert_int_equal(kmsclient_activate(c), -1);
	assert_int_equal(status_of(c).state, KMSCLIENT_LICENSED);
	kmsclient_close(c);
}

static void
refuse_skew(struct fake_host *h, struct fake_reply *r)
{
	refuse_count(h, r);
	r->reply.code = CODE_TIME_SKEW;
	(void)strlcpy(
	    r->reply.code_name, "time-skew", sizeof(r->reply.code_name));
	r->reply.has_serial = false;
	h->serial--;
	h->alter = NULL;
}

/* Skewed: nonce and serial stay, the time is forgotten. */
static void
test_time_skew(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);

	activate_ok(c);
	h->alter = refuse_skew;
	assert_int_equal(kmsclient_activate(c), -1);
	assert_int_equal(kmsclient_code(c), CODE_TIME_SKEW);
	assert_int_equal(kmsclient_refused(c), 1);
	activate_ok(c);
	assert_int_equal(h->nrequests, 3);
	assert_memory_equal(
	    h->request[1].nonce, h->request[2].nonce, REQUEST_NONCE_LEN);
	assert_int_equal(h->request[2].last, 1);
	/* Within the same second: not pushed past the one before. */
	assert_true(ktime_diff(h->request[2].time, ktime_now()) <= 0);
	kmsclient_close(c);
}

/* Nine stores: the first is forgotten, the second is not. */
static void
test_stores(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	uint8_t store[9][UUID_LEN];
	size_t i;

	for (i = 0; i < 9; i++) {
		(void)uuid_make(store[i]);
		memcpy(h->seal.store, store[i], UUID_LEN);
		h->serial = 100 * i + 6;
		activate_ok(c);
		assert_int_equal(h->request[i].last, 0);
	}
	for (i = 1; i < 9; i++) {
		memcpy(h->seal.store, store[i], UUID_LEN);
		activate_ok(c);
		assert_int_equal(h->request[8 + i].last, 100 * i + 7);
	}
	memcpy(h->seal.store, store[0], UUID_LEN);
	activate_ok(c);
	assert_int_equal(h->request[17].last, 0);
	kmsclient_close(c);
}

static void
test_error_frame(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);

	h->error = CODE_HOST_NOT_ACTIVATED;
	h->error_text = "evil \x1b[31m\nline";
	assert_int_equal(kmsclient_activate(c), -1);
	assert_int_equal(kmsclient_code(c), CODE_NO_HOST);
	assert_int_equal(kmsclient_refused(c), 0);
	assert_int_equal(kmsclient_unverified(c), CODE_HOST_NOT_ACTIVATED);
	assert_non_null(strstr(kmsclient_error(c), "unverified"));
	assert_non_null(strstr(kmsclient_error(c), "host-not-activated"));
	assert_non_null(strstr(kmsclient_error(c), "\\x1b[31m\\x0aline"));
	assert_null(strchr(kmsclient_error(c), '\x1b'));
	kmsclient_close(c);
}

/* Each host that fails is named with its reason, then the next is asked. */
static void
test_several_hosts(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	char good[32];

	fake_address(h, good);
	c->nhosts = 0;
	assert_int_equal(kmsclient_add_host(c, "127.0.0.1:1"), 0);
	assert_int_equal(kmsclient_add_host(c, "[::1]:1"), 0);
	assert_int_equal(kmsclient_activate(c), -1);
	assert_int_equal(kmsclient_code(c), CODE_NO_HOST);
	assert_int_equal(kmsclient_unverified(c), 0);
	assert_non_null(strstr(kmsclient_error(c), "127.0.0.1:1: "));
	assert_non_null(strstr(kmsclient_error(c), "\n[::1]:1: "));
	assert_int_equal(kmsclient_add_host(c, good), 0);
	activate_ok(c);
	kmsclient_close(c);
}

static void
test_not_kmsd(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);

	h->raw = "HTTP/1.1 400 Bad Request\r\n\r\n";
	h->raw_len = strlen(h->raw);
	assert_int_equal(kmsclient_activate(c), -1);
	assert_non_null(strstr(kmsclient_error(c), "no kmsd"));
	h->raw = "\0\0";
	h->raw_len = 2;
	assert_int_equal(kmsclient_activate(c), -1);
	assert_non_null(strstr(kmsclient_error(c), "no kmsd"));
	h->raw = "\0\x03\x81zz";
	h->raw_len = 5;
	assert_int_equal(kmsclient_activate(c), -1);
	assert_int_equal(c->failure.check, CHECK_OFFER_FORM);
	kmsclient_close(c);
}

/* A host with a clock that is an hour ahead sets the latest known time. */
static void
reply_later(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->reply.time = r->entry.time = ktime_add(ktime_now(), KTIME_HOUR);
}

static void
test_clock(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	struct ktime now = ktime_now();
	int64_t known;

	h->alter = reply_later;
	activate_ok(c);
	known = status_of(c).now;
	assert_in_range(known - now.sec, KTIME_HOUR, KTIME_HOUR + 30);
	h->alter = NULL;
	activate_ok(c);
	known = status_of(c).now;
	assert_in_range(known - now.sec, 0, 60);
	kmsclient_close(c);
}

int
main(void)
{
#define CASE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_granted),
		CASE(test_renewed),
		CASE(test_renew_without_grant),
		CASE(test_retry),
		CASE(test_seal_unknown),
		CASE(test_refused),
		CASE(test_time_skew),
		CASE(test_stores),
		CASE(test_error_frame),
		CASE(test_several_hosts),
		CASE(test_not_kmsd),
		CASE(test_clock),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
