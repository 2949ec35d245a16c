/*
 * How a machine stands with a product over time, and the documents that hosts
 * bring.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/session.h"
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

/* How it stands so many seconds from now. */
static struct standing
stand(struct kmsclient *c, int64_t later)
{
	struct session *s;
	struct standing st;

	s = session_open(c, STATE_READ, ktime_add(ktime_now(), later));
	if (s == NULL)
		fail_msg("%s", kmsclient_error(c));
	st = s->standing;
	session_close(s);
	return (st);
}

static void
test_grace(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	struct standing st;

	st = stand(c, 0);
	assert_int_equal(st.state, STATE_UNLICENSED);
	h->drop = 1;
	assert_int_equal(kmsclient_activate(c), -1);
	assert_int_equal(stand(c, 0).state, STATE_OOB_GRACE);
	assert_int_equal(stand(c, 30 * KTIME_DAY - 60).state, STATE_OOB_GRACE);
	st = stand(c, 30 * KTIME_DAY);
	assert_int_equal(st.state, STATE_NOTIFICATION);
	assert_int_equal(st.why.code, CODE_GRACE_EXPIRED);
	assert_int_equal(kmsclient_activate(c), 0);
	assert_int_equal(stand(c, 0).state, STATE_LICENSED);
	kmsclient_close(c);
}

static void
test_expiry(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	struct standing st;

	assert_int_equal(kmsclient_activate(c), 0);
	assert_int_equal(stand(c, 180 * KTIME_DAY - 60).state, STATE_LICENSED);
	st = stand(c, 180 * KTIME_DAY);
	assert_int_equal(st.state, STATE_NOTIFICATION);
	assert_int_equal(st.why.code, CODE_GRACE_EXPIRED);
	assert_true(st.has_grant);
	assert_int_equal(standing_left(&st), 0);
	kmsclient_close(c);
}

static void
reply_later(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->reply.time = ktime_add(ktime_now(), 3 * KTIME_HOUR);
}

/* A clock that was put back does not lengthen a grant. */
static void
test_clock_put_back(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	struct standing st;

	h->alter = reply_later;
	assert_int_equal(kmsclient_activate(c), 0);
	st = stand(c, -365 * KTIME_DAY);
	assert_in_range(ktime_diff(st.now, ktime_now()), 3 * KTIME_HOUR - 60,
	    3 * KTIME_HOUR);
	kmsclient_close(c);
}

static void
test_other_hardware(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	struct standing st;

	assert_int_equal(kmsclient_activate(c), 0);
	assert_int_equal(kmsclient_set_identity(c, "machine two", 11), 0);
	st = stand(c, 0);
	assert_int_equal(st.state, STATE_OOT_GRACE);
	assert_int_equal(st.why.check, CHECK_HARDWARE);
	assert_int_equal(stand(c, 180 * KTIME_DAY).state, STATE_NOTIFICATION);
	assert_int_equal(kmsclient_activate(c), 0);
	assert_int_equal(h->request[1].state, STATE_OOT_GRACE);
	assert_int_equal(stand(c, 0).state, STATE_LICENSED);
	kmsclient_close(c);
}

/* Void ends in grace, superseded ends nothing that is held. */
static void
test_revoked(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	struct doc_revocation *r = &h->revocation;

	assert_int_equal(kmsclient_activate(c), 0);
	r->revision = 1;
	r->nhosts = 1;
	memcpy(r->host[0].serial, h->certificate.serial, UUID_LEN);
	r->host[0].how = REVOKED_SUPERSEDED;
	assert_int_equal(kmsclient_activate(c), -1);
	assert_int_equal(c->failure.check, CHECK_SUPERSEDED);
	assert_int_equal(stand(c, 0).state, STATE_LICENSED);
	r->revision = 2;
	r->host[0].how = REVOKED_VOID;
	assert_int_equal(kmsclient_activate(c), -1);
	assert_int_equal(c->failure.check, CHECK_VOID);
	assert_int_equal(stand(c, 0).state, STATE_NON_GENUINE_GRACE);
	assert_int_equal(stand(c, 30 * KTIME_DAY).state, STATE_NOTIFICATION);
	/* A lower revision does not undo it. */
	r->revision = 1;
	r->nhosts = 0;
	assert_int_equal(kmsclient_activate(c), -1);
	assert_int_equal(c->failure.check, CHECK_VOID);
	kmsclient_close(c);
}

/* A newer kms-product is fetched, used and kept; a connection fetches once. */
static void
test_newer_product(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	struct kmsclient_status st;

	h->offered_product.revision++;
	(void)strlcpy(h->offered_product.name, "Example Writer 4",
	    sizeof(h->offered_product.name));
	pubkey_to_blob(&h->other.pub, h->offered_product.issuer[0].key);
	h->host_signer = &h->other.sec;
	h->revocation.revision = 1;
	assert_int_equal(kmsclient_activate(c), 0);
	assert_int_equal(h->fetches, 2);
	assert_int_equal(h->hellos, 3);
	assert_int_equal(kmsclient_status(c, &st, sizeof(st)), 0);
	assert_int_equal(st.state, KMSCLIENT_LICENSED);
	assert_string_equal(st.name, "Example Writer 4");
	assert_int_equal(kmsclient_activate(c), 0);
	assert_int_equal(h->fetches, 2);
	kmsclient_close(c);
}

/* What is fetched and not believed is not kept, and does no harm. */
static void
test_bad_documents(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	struct doc_product *p = &h->offered_product;
	struct kmsclient_status st;
	int i;

	(void)strlcpy(p->name, "Something Else", sizeof(p->name));
	for (i = 0; i < 5; i++) {
		*p = h->product;
		p->revision = 9;
		(void)strlcpy(p->name, "Something Else", sizeof(p->name));
		h->product_signer = &h->publisher.sec;
		if (i == 0)
			h->product_signer = &h->other.sec;
		if (i == 1)
			pubkey_to_blob(&h->other.pub, p->publisher);
		if (i == 2)
			p->product[0] ^= 1;
		if (i == 3)
			p->not_before = ktime_add(ktime_now(), KTIME_DAY);
		if (i == 4)
			p->not_after = ktime_now();
		h->revocation.revision = 3;
		h->revocation_signer = &h->other.sec;
		if (kmsclient_activate(c) != 0)
			fail_msg("%d: %s", i, kmsclient_error(c));
		assert_int_equal(kmsclient_status(c, &st, sizeof(st)), 0);
		assert_string_equal(st.name, "Example Writer 3");
	}
	assert_int_equal(h->fetches, 10);
	kmsclient_close(c);
}

/* Who claims a high revision and then sends a low one is not followed. */
static void
test_claimed_revisions(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	struct kmsclient_status st;

	h->revocation.revision = 2;
	h->offered_product.revision = 7;
	assert_int_equal(kmsclient_activate(c), 0);
	h->claimed = 99;
	h->revocation.revision = 1;
	h->offered_product.revision = 6;
	(void)strlcpy(h->offered_product.name, "Something Else",
	    sizeof(h->offered_product.name));
	assert_int_equal(kmsclient_activate(c), 0);
	assert_int_equal(h->fetches, 4);
	assert_int_equal(kmsclient_status(c, &st, sizeof(st)), 0);
	assert_string_equal(st.name, "Example Writer 3");
	/* It holds revision 2 still, so it asks for nothing. */
	h->claimed = 2; /* and of the product 7 */
	assert_int_equal(kmsclient_activate(c), 0);
	assert_int_equal(h->fetches, 4);
	kmsclient_close(c);
}

/* A product shipped with a higher revision than what is kept wins. */
static void
test_shipped_product(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	struct kmsclient_status st;

	h->offered_product.revision++;
	assert_int_equal(kmsclient_activate(c), 0);
	kmsclient_close(c);
	h->product.revision += 2;
	(void)strlcpy(
	    h->product.name, "Example Writer 5", sizeof(h->product.name));
	c = fake_client(h);
	assert_int_equal(kmsclient_status(c, &st, sizeof(st)), 0);
	assert_string_equal(st.name, "Example Writer 5");
	assert_int_equal(st.state, KMSCLIENT_LICENSED);
	kmsclient_close(c);
}

/* A caller with a shorter struct gets what it knows, and no byte more. */
static void
test_shorter_struct(void **state)
{
	struct fake_host *h = *state;
	struct kmsclient *c = fake_client(h);
	union {
		struct kmsclient_status st;
		uint8_t b[sizeof(struct kmsclient_status)];
	} u;
	size_t i;

	memset(&u, 0x5a, sizeof(u));
	assert_int_equal(kmsclient_status(c, &u.st, 160), 0);
	assert_string_equal(u.st.name, "Example Writer 3");
	for (i = 160; i < sizeof(u); i++)
		assert_int_equal(u.b[i], 0x5a);
	kmsclient_close(c);
}

static void
test_settings(void **state)
{
	static const char *const bad[] = { "", ":1", "a:", "a:0", "a:65536",
		"a:01", "a:b", "[::1", "[]:1", "[::1]x", "a\nb", NULL };
	static const char *const good[] = { "a", "a:1", "a:65535", "::1",
		"[::1]", "[::1]:1688", "10.0.0.1:23", NULL };
	struct kmsclient *c;
	int i;

	(void)state;
	c = kmsclient_open();
	assert_non_null(c);
	for (i = 0; bad[i] != NULL; i++)
		assert_int_equal(kmsclient_add_host(c, bad[i]), -1);
	assert_int_equal(c->nhosts, 0);
	for (i = 0; good[i] != NULL; i++)
		assert_int_equal(kmsclient_add_host(c, good[i]), 0);
	assert_string_equal(c->host[0].port, "1688");
	assert_string_equal(c->host[3].host, "::1");
	assert_string_equal(c->host[5].host, "::1");
	assert_int_equal(kmsclient_set_timeout(c, 0), -1);
	assert_int_equal(kmsclient_set_timeout(c, 61), -1);
	assert_int_equal(kmsclient_set_identity(c, "", 0), -1);
	assert_int_equal(kmsclient_set_publisher(c, "key", 3), -1);
	assert_int_equal(kmsclient_activate(c), -1);
	kmsclient_close(c);
	kmsclient_close(NULL);
}

int
main(void)
{
#define CASE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_grace),
		CASE(test_expiry),
		CASE(test_clock_put_back),
		CASE(test_other_hardware),
		CASE(test_revoked),
		CASE(test_newer_product),
		CASE(test_bad_documents),
		CASE(test_claimed_revisions),
		CASE(test_shipped_product),
		CASE(test_shorter_struct),
		cmocka_unit_test(test_settings),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
