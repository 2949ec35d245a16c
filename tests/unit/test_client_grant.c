/*
 * Grants on their own: every single bit, online and offline, and how a grant
 * that is kept stands.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/grant.h"
#include "tests/unit/fake_host.h"

struct fixture {
	struct fake_host host;
	struct grant_terms terms;
	struct entry_decision entry;
	char grant[GRANT_MAX];
	size_t len;
};

static int
setup(void **state)
{
	struct entry_decision *e;
	struct fixture *x;

	if ((x = calloc(1, sizeof(*x))) == NULL)
		return (-1);
	fake_start(&x->host);
	e = &x->entry;
	e->time = e->client_time = ktime_now();
	memcpy(e->publisher, x->host.product.publisher, PUBKEY_LEN);
	memcpy(e->product, x->host.product.product, UUID_LEN);
	memcpy(e->host, x->host.certificate.serial, UUID_LEN);
	memset(e->machine, 1, MACHINE_ID_LEN);
	memset(e->hardware, 2, HARDWARE_LEN);
	(void)strlcpy(e->host_name, "host", sizeof(e->host_name));
	e->state = STATE_LICENSED;
	e->count = e->needed = 5;
	e->expires = ktime_add(e->time, 100 * KTIME_DAY);
	fake_grant(&x->host, &entry_grant_type, e, x->grant, sizeof(x->grant),
	    &x->len);
	x->terms.product = &x->host.product;
	x->terms.host = &x->host.certificate;
	memset(x->terms.machine, 1, MACHINE_ID_LEN);
	memset(x->terms.hardware, 2, HARDWARE_LEN);
	*state = x;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *x = *state;

	fake_stop(&x->host);
	free(x);
	return (0);
}

static int
accept_grant(struct fixture *x, struct failure *f)
{
	struct entry_decision e;

	return (grant_accept(&x->terms, ktime_now(), x->grant, x->len, &e, f));
}

static int
hold_grant(struct fixture *x, enum grant_held *held, struct failure *f)
{
	struct entry_decision e;

	return (grant_hold(&x->terms, x->grant, x->len, &e, held, f));
}

static void
test_every_bit(void **state)
{
	struct fixture *x = *state;
	enum grant_held held;
	struct failure f;
	size_t i;

	assert_int_equal(accept_grant(x, &f), 0);
	assert_int_equal(hold_grant(x, &held, &f), 0);
	assert_int_equal(held, GRANT_VALID);
	for (i = 0; i < 8 * x->len; i++) {
		x->grant[i / 8] ^= (char)(1 << i % 8);
		if (accept_grant(x, &f) != -1 || hold_grant(x, &held, &f) != -1)
			fail_msg("bit %zu of byte %zu", i % 8, i / 8);
		x->grant[i / 8] ^= (char)(1 << i % 8);
	}
	assert_int_equal(accept_grant(x, &f), 0);
}

static void
test_every_length(void **state)
{
	struct fixture *x = *state;
	size_t whole = x->len;
	struct failure f;

	for (x->len = 0; x->len < whole; x->len++)
		assert_int_equal(accept_grant(x, &f), -1);
}

/* Offline, other hardware and revocations are no reason to drop a grant. */
static void
test_held(void **state)
{
	struct fixture *x = *state;
	struct doc_revocation *r = &x->host.revocation;
	enum grant_held held;
	struct failure f;

	x->terms.hardware[0] ^= 1;
	assert_int_equal(accept_grant(x, &f), -1);
	assert_int_equal(f.check, CHECK_HARDWARE);
	assert_int_equal(hold_grant(x, &held, &f), 0);
	assert_int_equal(held, GRANT_OTHER_HARDWARE);
	x->terms.hardware[0] ^= 1;
	r->nhosts = 1;
	memcpy(r->host[0].serial, x->host.certificate.serial, UUID_LEN);
	r->host[0].how = REVOKED_SUPERSEDED;
	x->terms.revocation = r;
	assert_int_equal(accept_grant(x, &f), -1);
	assert_int_equal(f.check, CHECK_SUPERSEDED);
	assert_int_equal(hold_grant(x, &held, &f), 0);
	assert_int_equal(held, GRANT_VALID);
	r->host[0].how = REVOKED_VOID;
	assert_int_equal(hold_grant(x, &held, &f), 0);
	assert_int_equal(held, GRANT_VOID);
	r->host[0].serial[0] ^= 1;
	assert_int_equal(accept_grant(x, &f), 0);
}

/* Offline too, each term ends it. */
static void
test_terms_offline(void **state)
{
	struct fixture *x = *state;
	enum grant_held held;
	struct failure f;

#define ENDS(change, restore, failed)                           \
	do {                                                    \
		change;                                         \
		assert_int_equal(hold_grant(x, &held, &f), -1); \
		assert_int_equal(f.check, failed);              \
		restore;                                        \
		assert_int_equal(hold_grant(x, &held, &f), 0);  \
	} while (0)
	ENDS(x->terms.machine[0] ^= 1, x->terms.machine[0] ^= 1, CHECK_MACHINE);
	ENDS(x->host.product.product[0] ^= 1, x->host.product.product[0] ^= 1,
	    CHECK_PRODUCT);
	ENDS(x->host.certificate.serial[0] ^= 1,
	    x->host.certificate.serial[0] ^= 1, CHECK_SERIAL);
	ENDS(x->host.product.group++, x->host.product.group--, CHECK_COVERED);
	ENDS(x->host.product.validity = 100 * KTIME_DAY - 1,
	    x->host.product.validity = 100 * KTIME_DAY, CHECK_VALIDITY);
	ENDS(x->host.certificate.not_before = ktime_add(x->entry.time, 1),
	    x->host.certificate.not_before = x->entry.time, CHECK_TIME);
	ENDS(x->host.certificate.not_after = ktime_add(x->entry.expires, -1),
	    x->host.certificate.not_after = x->entry.expires, CHECK_EXPIRES);
#undef ENDS
}

/* The clocks may differ by four hours, no second more. */
static void
test_clock_distance(void **state)
{
	struct fixture *x = *state;
	struct entry_decision e;
	struct failure f;
	int64_t d;

	for (d = -1; d <= 1; d += 2) {
		assert_int_equal(
		    grant_accept(&x->terms,
			ktime_add(x->entry.time, d * GRANT_SKEW_MAX), x->grant,
			x->len, &e, &f),
		    0);
		assert_int_equal(
		    grant_accept(&x->terms,
			ktime_add(x->entry.time, d * (GRANT_SKEW_MAX + 1)),
			x->grant, x->len, &e, &f),
		    -1);
		assert_int_equal(f.check, CHECK_CLOCK);
	}
}

int
main(void)
{
#define CASE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_every_bit),
		CASE(test_every_length),
		CASE(test_held),
		CASE(test_terms_offline),
		CASE(test_clock_distance),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
