/*
 * Tests of activator/notice.c: the log says once why a product is served no
 * more and what to do, and some days before its end that it ends.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/codes.h"
#include "tests/unit/activator_fixture.h"

#define SAID(words)                                            \
	do {                                                   \
		if (strstr(f->said, words) == NULL)            \
			fail_msg("the log says: %s", f->said); \
	} while (0)

/* One more line, with these words; then nothing as long as nothing changes. */
static void
one_line(struct fixture *f, const char *words)
{
	int i;

	assert_int_equal(activator_tick(f->a, f->error), 0);
	SAID(words);
	for (i = 0; i < 3; i++) {
		fixture_pass(f, 1);
		assert_int_equal(activator_tick(f->a, f->error), 0);
	}
	assert_ptr_equal(strchr(f->said, '\n') + 1, strchr(f->said, '\0'));
	f->said[0] = '\0';
}

static void
silence(struct fixture *f)
{
	assert_int_equal(activator_tick(f->a, f->error), 0);
	assert_string_equal(f->said, "");
}

/* As at a start at this time; what the clock is suspected of stays unsaid. */
static void
start_at(struct fixture *f, struct ktime now)
{
	f->now = now;
	f->state.newest = now;
	f->state.oldest_day = 0;
	f->said[0] = '\0';
	fixture_restart(f);
	fixture_catch_up(f);
	assert_int_equal(f->a->catchup.phase, PHASE_SERVING);
}

static void
revoke(struct fixture *f, const struct doc_host *h, uint64_t revision, int how)
{
	static struct doc_revocation r;
	char text[SIGNED_MAX];

	memset(&r, 0, sizeof(r));
	memcpy(r.publisher, f->product.publisher, PUBKEY_LEN);
	r.revision = revision;
	r.time = f->now;
	memcpy(r.host[0].serial, h->serial, UUID_LEN);
	r.host[0].how = how;
	r.nhosts = 1;
	fixture_install(
	    f, text, fixture_sign_revocation(f, &r, &f->publisher_key, text));
	assert_int_equal(f->done.code, CODE_OK);
}

static void
install_host(struct fixture *f, const struct doc_host *h)
{
	char text[SIGNED_MAX];

	fixture_install(f, text, fixture_sign_host(f, h, &f->issuer_key, text));
	assert_int_equal(f->done.code, CODE_OK);
}

/* "product UUID is not served: the kms-host DATE (serial SERIAL): " */
static const char *
line_of(struct fixture *f, const char *what, struct ktime t)
{
	static char line[512];
	char uuid[UUID_STRLEN], serial[UUID_STRLEN], when[KTIME_STRLEN];

	uuid_print(f->product.product, uuid);
	uuid_print(f->host.serial, serial);
	(void)ktime_print(t, when);
	(void)snprintf(line, sizeof(line),
	    "product %s is not served: the kms-host %s %s (serial %s): ", uuid,
	    what, when, serial);
	return (line);
}

static void
test_silent(void **state)
{
	struct fixture *f = *state;

	silence(f);
	start_at(f, f->now);
	silence(f);
}

/* While it runs: a warning before, a line at the end; at a start the latter. */
static void
test_expires(void **state)
{
	struct fixture *f = *state;
	const struct ktime end = f->host.not_after;

	start_at(f, ktime_add(end, -NOTICE_SOON));
	silence(f);
	fixture_pass(f, 1);
	one_line(f, " is served only until ");
	start_at(f, ktime_add(end, -5));
	SAID(" is served only until ");
	SAID("kmsctl activate --offline");
	f->said[0] = '\0';
	fixture_pass(f, 4);
	silence(f);
	fixture_pass(f, 1);
	assert_int_equal(activator_tick(f->a, f->error), 0);
	SAID("kmsctl activate --offline");
	one_line(f, line_of(f, "expired at", end));
	start_at(f, ktime_add(end, 1));
	one_line(f, line_of(f, "expired at", end));
}

static void
test_early(void **state)
{
	struct fixture *f = *state;

	start_at(f, ktime_add(f->host.not_before, -10));
	SAID("set it if it is wrong");
	one_line(f, line_of(f, "is not valid before", f->host.not_before));
	fixture_pass(f, 10);
	one_line(f, " is served until ");
}

static void
test_revoked(void **state)
{
	struct fixture *f = *state;
	struct doc_host h = f->host;

	revoke(f, &f->host, 1, REVOKED_SUPERSEDED);
	SAID("kmsctl activate --offline");
	one_line(f, "is not served: the kms-host is revoked as superseded (");
	assert_int_equal(uuid_make(h.serial), 0);
	install_host(f, &h);
	one_line(f, " is served until ");
	/* The newer list has the other one alone, so that the first serves. */
	revoke(f, &h, 2, REVOKED_VOID);
	silence(f);
}

/* One of two is revoked: the product is served, and nothing is said. */
static void
test_one_of_two(void **state)
{
	struct fixture *f = *state;
	struct doc_host h = f->host;

	assert_int_equal(uuid_make(h.serial), 0);
	h.not_after.sec++;
	install_host(f, &h);
	silence(f);
	revoke(f, &h, 1, REVOKED_VOID);
	silence(f);
	assert_true(f->any_certificate);
}

static void
test_issuer(void **state)
{
	struct fixture *f = *state;
	struct doc_product p = f->product;
	char text[SIGNED_MAX];

	pubkey_to_blob(&f->other, p.issuer[0].key);
	p.revision++;
	fixture_install(
	    f, text, fixture_sign_product(f, &p, &f->publisher_key, text));
	assert_int_equal(f->done.code, CODE_OK);
	SAID("kmsctl activate --offline");
	one_line(f, "the kms-product names no issuer that signed the kms-host");
}

static void
test_product(void **state)
{
	struct fixture *f = *state;
	struct doc_product p = f->product;
	char text[SIGNED_MAX];

	/* Another product, which no certificate covers. */
	assert_int_equal(uuid_make(p.product), 0);
	(void)snprintf(p.family, sizeof(p.family), "other");
	fixture_install(
	    f, text, fixture_sign_product(f, &p, &f->publisher_key, text));
	SAID("kmsctl activate --offline");
	one_line(f, "is not served: no kms-host covers it: ");
	/* One that ends before its certificate. */
	p = f->product;
	p.revision++;
	p.not_after = ktime_add(f->now, NOTICE_SOON);
	fixture_install(
	    f, text, fixture_sign_product(f, &p, &f->publisher_key, text));
	silence(f);
	fixture_pass(f, 1);
	one_line(f, "install a newer kms-product");
	fixture_pass(f, NOTICE_SOON);
	f->a->clock.doubted = false;
	one_line(f, "is not served: the kms-product expired at ");
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_serving, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_silent),
		T(test_expires),
		T(test_early),
		T(test_revoked),
		T(test_one_of_two),
		T(test_issuer),
		T(test_product),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
