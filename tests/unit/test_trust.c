/* Tests of the chain of trust: each step right, and each step wrong. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/trust.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

struct pair {
	struct pubkey pub;
	struct seckey sec;
};

static struct pair publisher, issuer[2], host, stranger;
static struct doc_product product;
static struct doc_revocation revocation;
static struct doc_host cert;
static struct doc_seal seal;
static struct doc_host_request request;

static char text[PRODUCT_MAX + SIGNIFY_OVERHEAD_MAX + 1];
static char error[MESSAGE_ERROR_MAX];

static void
make_pair(struct pair *p, uint8_t number)
{
	uint8_t seed[32] = { number };

	(void)crypto_sign_seed_keypair(p->pub.key, p->sec.key, seed);
	memset(p->pub.keynum, number, KEYNUM_LEN);
	memset(p->sec.keynum, number, KEYNUM_LEN);
}

static void
make_product(void)
{
	product.group = 3;
	product.revision = 1;
	product.threshold = 5;
	product.validity = 180 * KTIME_DAY;
	product.not_before.sec = 1800000000;
	product.not_after.sec = 1900000000;
	product.nissuers = 2;
	(void)strlcpy(product.name, "A product", sizeof(product.name));
	(void)strlcpy(product.family, "office", sizeof(product.family));
	pubkey_to_blob(&publisher.pub, product.publisher);
	pubkey_to_blob(&issuer[0].pub, product.issuer[0].key);
	pubkey_to_blob(&issuer[1].pub, product.issuer[1].key);
}

static void
make_cert(void)
{
	memset(cert.serial, 0x11, sizeof(cert.serial));
	pubkey_to_blob(&publisher.pub, cert.publisher);
	pubkey_to_blob(&host.pub, cert.host);
	cert.nfamilies = 2;
	(void)strlcpy(
	    cert.family[0].name, "games", sizeof(cert.family[0].name));
	cert.family[0].group = 9;
	(void)strlcpy(
	    cert.family[1].name, "office", sizeof(cert.family[1].name));
	cert.family[1].group = 3;
	cert.not_before.sec = 1800000000;
	cert.not_after.sec = 1830000000;
}

static int
setup(void **state)
{
	(void)state;
	make_pair(&publisher, 1);
	make_pair(&issuer[0], 2);
	make_pair(&issuer[1], 3);
	make_pair(&host, 4);
	make_pair(&stranger, 5);
	make_product();
	make_cert();
	memcpy(revocation.publisher, product.publisher, PUBKEY_LEN);
	revocation.revision = 2;
	revocation.time.sec = 1800000000;
	revocation.nhosts = 2;
	memset(revocation.host[0].serial, 0x22, UUID_LEN);
	revocation.host[0].how = REVOKED_SUPERSEDED;
	memset(revocation.host[1].serial, 0x33, UUID_LEN);
	revocation.host[1].how = REVOKED_VOID;
	memcpy(seal.serial, cert.serial, UUID_LEN);
	seal.nsuites = 1;
	seal.not_before.sec = 1800000000;
	seal.not_after.sec = 1800003600;
	pubkey_to_blob(&host.pub, request.host);
	(void)strlcpy(request.name, "host.example", sizeof(request.name));
	request.time.sec = 1800000000;
	return (0);
}

/* Signs a document into text.  Returns its length. */
static size_t
sign(const struct message_type *type, const void *doc, const struct pair *by)
{
	char message[PRODUCT_MAX + 1], name[64];
	int n;

	n = message_print(type, doc, message, sizeof(message), error);
	if (n == -1)
		fail_msg("%s", error);
	(void)snprintf(name, sizeof(name), "%s %u", type->name, type->version);
	n = signify_sign(
	    &by->sec, name, message, (size_t)n, text, sizeof(text));
	assert_int_not_equal(n, -1);
	return ((size_t)n);
}

static int
all_zero(const void *p, size_t len)
{
	return (sodium_is_zero(p, len));
}

static void
step_product(void **state)
{
	struct doc_product out, wrong = product;

	(void)state;
	assert_int_equal(
	    trust_product(&publisher.pub, text,
		sign(&doc_product_type, &product, &publisher), &out, error),
	    0);
	assert_memory_equal(&out, &product, sizeof(out));
	assert_int_equal(
	    trust_product(&stranger.pub, text,
		sign(&doc_product_type, &product, &publisher), &out, error),
	    -1);
	assert_true(all_zero(&out, sizeof(out)));
	assert_int_equal(
	    trust_product(&publisher.pub, text,
		sign(&doc_product_type, &product, &stranger), &out, error),
	    -1);
	/* Signed by the publisher, but for another one. */
	pubkey_to_blob(&stranger.pub, wrong.publisher);
	memset(&out, 1, sizeof(out));
	assert_int_equal(
	    trust_product(&publisher.pub, text,
		sign(&doc_product_type, &wrong, &publisher), &out, error),
	    -1);
	assert_non_null(strstr(error, "another publisher"));
	assert_true(all_zero(&out, sizeof(out)));
	/* The publisher's key under another number. */
	wrong = product;
	wrong.publisher[2] ^= 1;
	assert_int_equal(
	    trust_product(&publisher.pub, text,
		sign(&doc_product_type, &wrong, &publisher), &out, error),
	    -1);
	wrong = product;
	wrong.issuer[1].key[0] = 'X';
	assert_int_equal(
	    trust_product(&publisher.pub, text,
		sign(&doc_product_type, &wrong, &publisher), &out, error),
	    -1);
}

static void
step_revocation(void **state)
{
	struct doc_revocation out, wrong = revocation;
	size_t n;

	(void)state;
	n = sign(&doc_revocation_type, &revocation, &publisher);
	assert_int_equal(
	    trust_revocation(&publisher.pub, text, n, &out, error), 0);
	assert_memory_equal(&out, &revocation, sizeof(out));
	assert_int_equal(
	    trust_revocation(&stranger.pub, text, n, &out, error), -1);
	n = sign(&doc_revocation_type, &revocation, &issuer[0]);
	assert_int_equal(
	    trust_revocation(&publisher.pub, text, n, &out, error), -1);
	pubkey_to_blob(&stranger.pub, wrong.publisher);
	n = sign(&doc_revocation_type, &wrong, &publisher);
	assert_int_equal(
	    trust_revocation(&publisher.pub, text, n, &out, error), -1);
	assert_true(all_zero(&out, sizeof(out)));
}

static void
step_host(void **state)
{
	const struct pair *const wrong_signers[] = { &publisher, &host,
		&stranger };
	struct doc_host out, wrong = cert;
	size_t i;

	(void)state;
	for (i = 0; i < NITEMS(issuer); i++) {
		assert_int_equal(
		    trust_host(&product, text,
			sign(&doc_host_type, &cert, &issuer[i]), &out, error),
		    0);
		assert_memory_equal(&out, &cert, sizeof(out));
	}
	for (i = 0; i < NITEMS(wrong_signers); i++) {
		assert_int_equal(
		    trust_host(&product, text,
			sign(&doc_host_type, &cert, wrong_signers[i]), &out,
			error),
		    -1);
		assert_true(all_zero(&out, sizeof(out)));
	}
	pubkey_to_blob(&stranger.pub, wrong.publisher);
	assert_int_equal(
	    trust_host(&product, text, sign(&doc_host_type, &wrong, &issuer[0]),
		&out, error),
	    -1);
	assert_non_null(strstr(error, "another publisher"));
	/* Thirteen months, and not a second more. */
	wrong = cert;
	wrong.not_after = ktime_add(wrong.not_before, HOST_LIFE_MAX);
	assert_int_equal(
	    trust_host(&product, text, sign(&doc_host_type, &wrong, &issuer[0]),
		&out, error),
	    0);
	wrong.not_after.sec++;
	assert_int_equal(
	    trust_host(&product, text, sign(&doc_host_type, &wrong, &issuer[0]),
		&out, error),
	    -1);
	assert_non_null(strstr(error, "396 days"));
	wrong = cert;
	wrong.host[1] = 'x';
	assert_int_equal(
	    trust_host(&product, text, sign(&doc_host_type, &wrong, &issuer[0]),
		&out, error),
	    -1);
}

/* An issuer that a newer product no longer names. */
static void
step_host_replaced(void **state)
{
	struct doc_product newer = product;
	struct doc_host out;
	size_t n;

	(void)state;
	newer.nissuers = 1;
	n = sign(&doc_host_type, &cert, &issuer[1]);
	assert_int_equal(trust_host(&product, text, n, &out, error), 0);
	assert_int_equal(trust_host(&newer, text, n, &out, error), -1);
	newer.nissuers = 0;
	assert_int_equal(trust_host(&newer, text, n, &out, error), -1);
}

static void
step_seal(void **state)
{
	struct doc_seal out, wrong = seal;
	size_t n;

	(void)state;
	n = sign(&doc_seal_type, &seal, &host);
	assert_int_equal(trust_seal(&cert, text, n, &out, error), 0);
	assert_memory_equal(&out, &seal, sizeof(out));
	n = sign(&doc_seal_type, &seal, &issuer[0]);
	assert_int_equal(trust_seal(&cert, text, n, &out, error), -1);
	wrong.serial[0] ^= 1;
	n = sign(&doc_seal_type, &wrong, &host);
	assert_int_equal(trust_seal(&cert, text, n, &out, error), -1);
	assert_non_null(strstr(error, "serial"));
	assert_true(all_zero(&out, sizeof(out)));
}

static void
step_host_request(void **state)
{
	struct doc_host_request out;
	size_t n, i;

	(void)state;
	n = sign(&doc_host_request_type, &request, &host);
	assert_int_equal(trust_host_request(text, n, &out, error), 0);
	assert_memory_equal(&out, &request, sizeof(out));
	for (i = 0; i < n; i++) {
		text[i] ^= 1;
		assert_int_equal(trust_host_request(text, n, &out, error), -1);
		assert_true(all_zero(&out, sizeof(out)));
		text[i] ^= 1;
	}
	/* No proof that its sender has the key that it names. */
	n = sign(&doc_host_request_type, &request, &stranger);
	assert_int_equal(trust_host_request(text, n, &out, error), -1);
	assert_true(all_zero(&out, sizeof(out)));
}

/* No document passes where another type is expected, whoever signed it. */
static void
other_types(void **state)
{
	struct doc_product p = product;
	struct doc_revocation r;
	struct doc_host h;
	struct doc_host_request q;
	struct doc_seal s;
	size_t n;

	(void)state;
	n = sign(&doc_revocation_type, &revocation, &publisher);
	assert_int_equal(trust_product(&publisher.pub, text, n, &p, error), -1);
	n = sign(&doc_product_type, &product, &publisher);
	assert_int_equal(
	    trust_revocation(&publisher.pub, text, n, &r, error), -1);
	p = product;
	pubkey_to_blob(&host.pub, p.issuer[0].key);
	n = sign(&doc_seal_type, &seal, &host);
	assert_int_equal(trust_host(&p, text, n, &h, error), -1);
	n = sign(&doc_host_request_type, &request, &host);
	assert_int_equal(trust_host(&p, text, n, &h, error), -1);
	assert_int_equal(trust_seal(&cert, text, n, &s, error), -1);
	n = sign(&doc_seal_type, &seal, &host);
	assert_int_equal(trust_host_request(text, n, &q, error), -1);
}

static void
covers(void **state)
{
	struct doc_host h = cert;
	struct doc_product p = product;

	(void)state;
	assert_true(trust_covers(&h, &p));
	h.family[1].group = 4;
	assert_true(trust_covers(&h, &p));
	h.family[1].group = 2;
	assert_false(trust_covers(&h, &p));
	/* Its other family's group does not count. */
	assert_int_equal(h.family[0].group, 9);
	(void)strlcpy(p.family, "games", sizeof(p.family));
	assert_true(trust_covers(&h, &p));
	(void)strlcpy(p.family, "game", sizeof(p.family));
	assert_false(trust_covers(&h, &p));
	(void)strlcpy(p.family, "Games", sizeof(p.family));
	assert_false(trust_covers(&h, &p));
	/* The same family twice: the higher group covers. */
	(void)strlcpy(p.family, "office", sizeof(p.family));
	(void)strlcpy(h.family[0].name, "office", sizeof(h.family[0].name));
	assert_true(trust_covers(&h, &p));
	h.nfamilies = 0;
	assert_false(trust_covers(&h, &p));
	/* Another publisher's family of the same name. */
	h = cert;
	pubkey_to_blob(&stranger.pub, p.publisher);
	assert_false(trust_covers(&h, &p));
}

static void
dates(void **state)
{
	const struct ktime from = { 100 }, to = { 200 };
	static const struct {
		int64_t now;
		bool in;
	} cases[] = { { 99, false }, { 100, true }, { 101, true },
		{ 199, true }, { 200, false }, { 201, false } };
	struct ktime now;
	size_t i;

	(void)state;
	for (i = 0; i < NITEMS(cases); i++) {
		now.sec = cases[i].now;
		assert_int_equal(trust_in_dates(now, from, to), cases[i].in);
	}
	now.sec = 100;
	assert_false(trust_in_dates(now, from, from));
}

static void
revoked(void **state)
{
	uint8_t serial[UUID_LEN];
	struct doc_revocation none = { 0 };

	(void)state;
	memset(serial, 0x22, sizeof(serial));
	assert_int_equal(
	    trust_revoked(&revocation, serial), REVOKED_SUPERSEDED);
	assert_int_equal(trust_revoked(&none, serial), -1);
	memset(serial, 0x33, sizeof(serial));
	assert_int_equal(trust_revoked(&revocation, serial), REVOKED_VOID);
	serial[15] ^= 1;
	assert_int_equal(trust_revoked(&revocation, serial), -1);
	memset(serial, 0, sizeof(serial));
	assert_int_equal(trust_revoked(&revocation, serial), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(step_product),
		cmocka_unit_test(step_revocation),
		cmocka_unit_test(step_host),
		cmocka_unit_test(step_host_replaced),
		cmocka_unit_test(step_seal),
		cmocka_unit_test(step_host_request),
		cmocka_unit_test(other_types),
		cmocka_unit_test(covers),
		cmocka_unit_test(dates),
		cmocka_unit_test(revoked),
	};

	if (sodium_init() == -1)
		return (1);
	return (cmocka_run_group_tests(tests, setup, NULL));
}
