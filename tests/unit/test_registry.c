/*
 * Tests of activator/registry.c, judge.c and holdings.c: which documents come
 * into use, which certificate serves, and what the manifest demands.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/codes.h"
#include "tests/unit/activator_fixture.h"

/* Verifies, judges and uses; what registry_judge() says. */
static enum verdict
offer(struct fixture *f, const char *text, size_t len)
{
	struct registry *r = &f->a->registry;
	struct document *d;
	enum verdict v;
	uint32_t code;

	f->error[0] = '\0';
	if ((d = registry_verify(r, text, len, false, &code, f->error)) == NULL)
		return (VERDICT_REFUSED);
	v = registry_judge(r, d, f->now, f->error);
	if (v == VERDICT_NEW)
		assert_int_equal(registry_use(r, d), 0);
	else
		document_free(d);
	return (v);
}

static enum verdict
offer_product(struct fixture *f, const struct doc_product *p)
{
	char text[SIGNED_MAX];

	return (offer(
	    f, text, fixture_sign_product(f, p, &f->publisher_key, text)));
}

static enum verdict
offer_host(struct fixture *f, const struct doc_host *h)
{
	char text[SIGNED_MAX];

	return (offer(f, text, fixture_sign_host(f, h, &f->issuer_key, text)));
}

/* Refused, as it covers nothing; used, as if its product had changed since. */
static void
use_uncovered(struct fixture *f, const struct doc_host *h)
{
	struct registry *r = &f->a->registry;
	char text[SIGNED_MAX];
	struct document *d;
	uint32_t code;
	size_t len;

	len = fixture_sign_host(f, h, &f->issuer_key, text);
	assert_int_equal(offer(f, text, len), VERDICT_REFUSED);
	assert_non_null(strstr(f->error, "no kms-product of that"));
	d = registry_verify(r, text, len, false, &code, f->error);
	assert_non_null(d);
	assert_int_equal(code, CODE_OK);
	assert_int_equal(registry_use(r, d), 0);
}

static enum verdict
offer_revocation(
    struct fixture *f, uint64_t revision, const uint8_t *serial, int how)
{
	static struct doc_revocation r;
	char text[SIGNED_MAX];

	memset(&r, 0, sizeof(r));
	memcpy(r.publisher, f->product.publisher, PUBKEY_LEN);
	r.revision = revision;
	r.time = f->now;
	if (serial != NULL) {
		memcpy(r.host[0].serial, serial, UUID_LEN);
		r.host[0].how = how;
		r.nhosts = 1;
	}
	return (offer(
	    f, text, fixture_sign_revocation(f, &r, &f->publisher_key, text)));
}

static const struct document *
serving(struct fixture *f)
{
	const struct document *p;

	p = registry_find(&f->a->registry, DOCUMENT_PRODUCT,
	    f->product.publisher, f->product.product);
	assert_non_null(p);
	return (registry_serving(&f->a->registry, p, f->now));
}

#define REFUSED(call, words)                                     \
	do {                                                     \
		assert_int_equal(call, VERDICT_REFUSED);         \
		if (strstr(f->error, words) == NULL)             \
			fail_msg("the reason is: %s", f->error); \
	} while (0)

static void
test_order(void **state)
{
	struct fixture *f = *state;

	REFUSED(offer_host(f, &f->host), "install the newest kms-product");
	assert_int_equal(offer_product(f, &f->product), VERDICT_NEW);
	assert_null(serving(f));
	assert_int_equal(offer_host(f, &f->host), VERDICT_NEW);
	assert_non_null(serving(f));
	assert_int_equal(offer_host(f, &f->host), VERDICT_SAME);
}

static void
test_revisions(void **state)
{
	struct fixture *f = *state;
	struct doc_product p = f->product;

	assert_int_equal(offer_product(f, &p), VERDICT_NEW);
	assert_int_equal(offer_product(f, &p), VERDICT_SAME);
	p.threshold = 6;
	REFUSED(offer_product(f, &p), "other content");
	p.revision--;
	REFUSED(offer_product(f, &p), "the lower is refused");
	p.revision += 2;
	assert_int_equal(offer_product(f, &p), VERDICT_NEW);
	assert_int_equal(f->a->registry.ndocuments, 1);
	REFUSED(offer_product(f, &f->product), "the lower is refused");
	assert_int_equal(offer_revocation(f, 3, NULL, 0), VERDICT_NEW);
	REFUSED(offer_revocation(f, 2, NULL, 0), "the lower is refused");
	assert_int_equal(offer_revocation(f, 4, NULL, 0), VERDICT_NEW);
}

static void
test_dates(void **state)
{
	struct fixture *f = *state;
	struct doc_product p = f->product;
	struct doc_host h = f->host;

	p.not_before.sec = f->now.sec + 1;
	REFUSED(offer_product(f, &p), "not valid before");
	p = f->product;
	p.not_after = f->now;
	REFUSED(offer_product(f, &p), "expired");
	p.not_after.sec++;
	assert_int_equal(offer_product(f, &p), VERDICT_NEW);
	h.not_before.sec = f->now.sec + 1;
	REFUSED(offer_host(f, &h), "not valid before");
	h = f->host;
	h.not_after = f->now;
	REFUSED(offer_host(f, &h), "expired");
}

static void
test_signatures(void **state)
{
	struct fixture *f = *state;
	struct doc_product p = f->product;
	char text[SIGNED_MAX];
	size_t len;

	len = fixture_sign_product(f, &p, &f->other_key, text);
	REFUSED(offer(f, text, len), "");
	assert_true(f->error[0] != '\0');
	/* Another publisher, signed by ours. */
	pubkey_to_blob(&f->other, p.publisher);
	REFUSED(offer_product(f, &p), "");
	/* A bit of the signature; of the message; the end. */
	len = fixture_sign_product(f, &f->product, &f->publisher_key, text);
	text[len - 10] ^= 1;
	REFUSED(offer(f, text, len), "");
	text[len - 10] ^= 1;
	text[60] = text[60] == 'A' ? 'B' : 'A';
	REFUSED(offer(f, text, len), "");
	len = fixture_sign_product(f, &f->product, &f->publisher_key, text);
	REFUSED(offer(f, text, len - 1), "");
	text[len] = '\n';
	REFUSED(offer(f, text, len + 1), "");
	assert_int_equal(offer(f, text, len), VERDICT_NEW);
	/* A certificate by the publisher itself, who is no issuer. */
	len = fixture_sign_host(f, &f->host, &f->publisher_key, text);
	REFUSED(offer(f, text, len), "no kms-product is installed that names");
	REFUSED(offer(f, "hello\n", 6), "not a signed");
	REFUSED(offer(f, "", 0), "not a signed");
}

/* What the administrator is to do depends on what is missing. */
static void
test_advice(void **state)
{
	struct fixture *f = *state;
	char text[SIGNED_MAX], name[128];
	struct doc_host h = f->host;
	struct seckey stranger;
	struct pubkey key;
	size_t len;

	signify_keypair(&key, &stranger);
	len = fixture_sign_product(f, &f->product, &stranger, text);
	REFUSED(offer(f, text, len), "public key into publisher/NAME.pub");
	REFUSED(offer_host(f, &f->host), "that names it as issuer");
	(void)snprintf(name, sizeof(name), "newest kms-product of family %s of",
	    f->host.family[0].name);
	REFUSED(offer_host(f, &f->host), name);
	assert_int_equal(offer_product(f, &f->product), VERDICT_NEW);
	/* Its issuer is known: no other product would help. */
	len = fixture_sign_host(f, &f->host, &f->issuer_key, text);
	text[len - 3] ^= 1;
	REFUSED(offer(f, text, len), "is bad");
	assert_null(strstr(f->error, "install"));
	pubkey_to_blob(&key, h.publisher);
	REFUSED(offer_host(f, &h), "names another publisher");
	len = fixture_sign_host(f, &f->host, &f->issuer_key, text);
	*(char *)memchr(text, '\n', len) = '\r';
	REFUSED(offer(f, text, len), "carriage returns");
}

static void
test_other_type(void **state)
{
	struct fixture *f = *state;
	char text[SIGNED_MAX], seal[SEAL_MAX + 1];
	struct doc_seal s;
	int len;

	memset(&s, 0, sizeof(s));
	s.nsuites = 1;
	s.not_after.sec = 1;
	len = message_print(&doc_seal_type, &s, seal, sizeof(seal), f->error);
	assert_true(len > 0);
	len = signify_sign(&f->publisher_key, "kms-seal 1", seal, (size_t)len,
	    text, sizeof(text));
	REFUSED(offer(f, text, (size_t)len),
	    "not a signed kms-product, kms-revocation or "
	    "kms-host of version 1, but "
	    "\"kms-seal 1\"");
}

/* Two publishers; a seal names its certificate by the serial alone. */
static void
test_same_serial(void **state)
{
	struct fixture *f = *state;
	struct doc_product p = f->product;
	struct doc_host h = f->host;
	char text[SIGNED_MAX];
	int len;

	len = signify_print_pubkey(&f->other, "other", text, sizeof(text));
	assert_int_equal(
	    activator_publisher(f->a, text, (size_t)len, f->error), 0);
	assert_int_equal(offer_product(f, &f->product), VERDICT_NEW);
	pubkey_to_blob(&f->other, p.publisher);
	len = (int)fixture_sign_product(f, &p, &f->other_key, text);
	assert_int_equal(offer(f, text, (size_t)len), VERDICT_NEW);
	assert_int_equal(offer_host(f, &f->host), VERDICT_NEW);
	memcpy(h.publisher, p.publisher, PUBKEY_LEN);
	REFUSED(offer_host(f, &h), "another publisher with the same serial");
	h.serial[0] ^= 1;
	assert_int_equal(offer_host(f, &h), VERDICT_NEW);
}

static void
test_other_host(void **state)
{
	struct fixture *f = *state;
	struct doc_host h = f->host;

	assert_int_equal(offer_product(f, &f->product), VERDICT_NEW);
	pubkey_to_blob(&f->other, h.host);
	REFUSED(offer_host(f, &h), "another host's key");
	assert_int_equal(offer_host(f, &f->host), VERDICT_NEW);
	h = f->host;
	h.not_after.sec++;
	REFUSED(offer_host(f, &h), "same serial");
}

static void
test_serving(void **state)
{
	struct fixture *f = *state;
	struct doc_host h = f->host;

	assert_int_equal(offer_product(f, &f->product), VERDICT_NEW);
	/* A lower group, another family: neither covers. */
	assert_int_equal(uuid_make(h.serial), 0);
	h.family[0].group = f->product.group - 1;
	use_uncovered(f, &h);
	assert_null(serving(f));
	assert_int_equal(uuid_make(h.serial), 0);
	h.family[0].group = 9;
	(void)snprintf(h.family[0].name, sizeof(h.family[0].name), "text");
	use_uncovered(f, &h);
	assert_null(serving(f));
	assert_int_equal(offer_host(f, &f->host), VERDICT_NEW);
	assert_memory_equal(serving(f)->object, f->host.serial, UUID_LEN);
	/* One that ends later is preferred, one that ends sooner is not. */
	h = f->host;
	assert_int_equal(uuid_make(h.serial), 0);
	h.not_after.sec--;
	assert_int_equal(offer_host(f, &h), VERDICT_NEW);
	assert_memory_equal(serving(f)->object, f->host.serial, UUID_LEN);
	assert_int_equal(uuid_make(h.serial), 0);
	h.not_after.sec += 2;
	assert_int_equal(offer_host(f, &h), VERDICT_NEW);
	assert_memory_equal(serving(f)->object, h.serial, UUID_LEN);
	/* At its end it serves no more. */
	f->now = h.not_after;
	assert_null(serving(f));
}

static void
test_revocation(void **state)
{
	struct fixture *f = *state;
	int how;

	for (how = REVOKED_SUPERSEDED; how <= REVOKED_VOID; how++) {
		fixture_restart(f);
		assert_int_equal(offer_product(f, &f->product), VERDICT_NEW);
		assert_int_equal(offer_host(f, &f->host), VERDICT_NEW);
		assert_non_null(serving(f));
		assert_int_equal(
		    offer_revocation(f, 1, f->host.serial, how), VERDICT_NEW);
		assert_null(serving(f));
		/* Nor can it be installed then. */
		fixture_restart(f);
		assert_int_equal(
		    offer_revocation(f, 1, f->host.serial, how), VERDICT_NEW);
		assert_int_equal(offer_product(f, &f->product), VERDICT_NEW);
		REFUSED(offer_host(f, &f->host), revoked_words[how]);
	}
}

/* What is installed is not good for ever: to install it again says so. */
static void
test_same_and_bad(void **state)
{
	struct fixture *f = *state;
	const struct ktime now = f->now;
	struct doc_product p = f->product;

	p.not_after = ktime_add(f->host.not_after, 5);
	assert_int_equal(offer_product(f, &p), VERDICT_NEW);
	assert_int_equal(offer_host(f, &f->host), VERDICT_NEW);
	f->now = ktime_add(f->host.not_after, -1);
	assert_int_equal(offer_host(f, &f->host), VERDICT_SAME);
	f->now = f->host.not_after;
	REFUSED(offer_host(f, &f->host),
	    "installed already, but the kms-host expired at ");
	assert_non_null(strstr(f->error, "kmsctl activate --offline"));
	assert_int_equal(offer_product(f, &p), VERDICT_SAME);
	f->now = p.not_after;
	REFUSED(offer_product(f, &p),
	    "installed already, but the kms-product expired at ");
	f->now = ktime_add(f->host.not_before, -1);
	REFUSED(offer_host(f, &f->host),
	    "installed already, but the kms-host is not valid before ");
	assert_non_null(strstr(f->error, "set the clock"));
	f->now = now;
	assert_int_equal(
	    offer_revocation(f, 1, f->host.serial, REVOKED_VOID), VERDICT_NEW);
	REFUSED(offer_host(f, &f->host),
	    "installed already, but the kms-host is void by the publisher's "
	    "kms-revocation, revision 1: ");
	assert_non_null(strstr(f->error, "kmsctl activate --offline"));
	assert_int_equal(
	    offer_revocation(f, 1, f->host.serial, REVOKED_VOID), VERDICT_SAME);
}

/* A new revision takes an issuer away: its certificates serve no more. */
static void
test_issuer_replaced(void **state)
{
	struct fixture *f = *state;
	struct doc_product p = f->product;

	assert_int_equal(offer_product(f, &p), VERDICT_NEW);
	assert_int_equal(offer_host(f, &f->host), VERDICT_NEW);
	pubkey_to_blob(&f->other, p.issuer[0].key);
	p.revision++;
	assert_int_equal(offer_product(f, &p), VERDICT_NEW);
	assert_null(serving(f));
}

static void
test_full(void **state)
{
	struct fixture *f = *state;
	struct doc_product p = f->product;
	size_t i;

	for (i = 0; i < REGISTRY_MAX; i++) {
		assert_int_equal(uuid_make(p.product), 0);
		assert_int_equal(offer_product(f, &p), VERDICT_NEW);
	}
	p.revision++;
	assert_int_equal(offer_product(f, &p), VERDICT_NEW);
	assert_int_equal(uuid_make(p.product), 0);
	REFUSED(offer_product(f, &p), "which is the most");
}

static void
test_manifest(void **state)
{
	struct fixture *f = *state;
	struct registry *r = &f->a->registry;
	struct manifest m, kept;
	struct doc_product p = f->product;
	size_t i;

	memset(&m, 0, sizeof(m));
	assert_int_equal(registry_compare(r, &m, f->error), 0);
	assert_int_equal(offer_product(f, &p), VERDICT_NEW);
	assert_int_equal(offer_host(f, &f->host), VERDICT_NEW);
	/* What the manifest lacks was not installed. */
	assert_int_equal(registry_compare(r, &m, f->error), -1);
	assert_non_null(strstr(f->error, "says was installed"));
	for (i = 0; i < r->ndocuments; i++)
		assert_int_equal(manifest_note(&m, r->document[i]), 0);
	assert_int_equal(registry_compare(r, &m, f->error), 0);
	p.revision++;
	assert_int_equal(offer_product(f, &p), VERDICT_NEW);
	assert_int_equal(registry_compare(r, &m, f->error), -1);
	assert_non_null(strstr(f->error, "in revision 8, which neither"));
	assert_int_equal(manifest_note(&m, r->document[0]), 0);
	assert_int_equal(m.ndocuments, 2);
	assert_int_equal(registry_compare(r, &m, f->error), 0);
	kept = m;
	/* Older in the registry than in the manifest. */
	m.document[0].revision++;
	assert_int_equal(registry_compare(r, &m, f->error), -1);
	assert_non_null(strstr(f->error, "and the manifest lists 9"));
	/* Not in the registry at all. */
	m = kept;
	m.document[m.ndocuments] = m.document[1];
	m.document[m.ndocuments++].object[0] ^= 1;
	assert_int_equal(registry_compare(r, &m, f->error), -1);
	assert_non_null(strstr(f->error, "lacks kms-host"));
	/* But of a publisher whose key is not configured: passed over. */
	pubkey_to_blob(&f->other, m.document[2].publisher);
	assert_int_equal(registry_compare(r, &m, f->error), 0);
}

/* What entries say was installed goes into the manifest, but never back. */
static void
test_installed(void **state)
{
	struct fixture *f = *state;
	struct registry *r = &f->a->registry;
	struct entry_change e;
	struct manifest m;
	size_t i;

	memset(&m, 0, sizeof(m));
	memset(&e, 0, sizeof(e));
	assert_int_equal(offer_product(f, &f->product), VERDICT_NEW);
	(void)snprintf(e.action, sizeof(e.action), "accept");
	(void)snprintf(e.type, sizeof(e.type), "clock");
	assert_int_equal(registry_installed(r, &m, &e, f->error), 0);
	assert_int_equal(m.ndocuments, 0);
	(void)snprintf(e.action, sizeof(e.action), "install");
	(void)snprintf(e.type, sizeof(e.type), "kms-product");
	memcpy(e.publisher, f->product.publisher, PUBKEY_LEN);
	memcpy(e.object, f->product.product, UUID_LEN);
	e.revision = f->product.revision - 1;
	/* Of another revision than is there: its text is not known. */
	assert_int_equal(registry_installed(r, &m, &e, f->error), 1);
	assert_int_equal(registry_compare(r, &m, f->error), -1);
	e.revision++;
	assert_int_equal(registry_installed(r, &m, &e, f->error), -1);
	assert_non_null(strstr(f->error, "another kms-product"));
	document_digest(r->document[0], e.digest);
	assert_int_equal(registry_installed(r, &m, &e, f->error), 1);
	assert_int_equal(registry_compare(r, &m, f->error), 0);
	assert_int_equal(registry_installed(r, &m, &e, f->error), 0);
	e.revision--;
	assert_int_equal(registry_installed(r, &m, &e, f->error), 0);
	assert_int_equal(m.ndocuments, 1);
	assert_int_equal(m.document[0].revision, f->product.revision);
	for (i = 1; i < MANIFEST_DOCUMENTS_MAX; i++) {
		e.object[0]++;
		assert_int_equal(registry_installed(r, &m, &e, f->error), 1);
	}
	e.object[0]++;
	assert_int_equal(registry_installed(r, &m, &e, f->error), -1);
	assert_non_null(strstr(f->error, "more than 96 documents"));
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_fresh, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_order),
		T(test_revisions),
		T(test_dates),
		T(test_signatures),
		T(test_advice),
		T(test_other_type),
		T(test_same_serial),
		T(test_other_host),
		T(test_serving),
		T(test_revocation),
		T(test_same_and_bad),
		T(test_issuer_replaced),
		T(test_full),
		T(test_manifest),
		T(test_installed),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
