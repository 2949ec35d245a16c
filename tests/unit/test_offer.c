/*
 * Offers: gathered, replaced as a whole, looked up, refused.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "listener/offer.h"

static const char *why;

static int
certificate(struct offers *os, uint16_t number, const char *host)
{
	struct la_certificate c = { number, host, "seal", strlen(host), 4 };

	return (offer_certificate(os, &c, &why));
}

static int
product(struct offers *os, uint8_t n, uint16_t cert, uint32_t revision)
{
	struct la_product p = { { 7 }, { n }, cert, revision, 3 };

	return (offer_product(os, &p, &why));
}

static int
document(struct offers *os, uint8_t n, enum wire_fetch which, const char *text)
{
	struct la_document d = { { 7 }, { n }, (uint8_t)which, text,
		strlen(text) };

	return (offer_document(os, &d, &why));
}

static bool
find(const struct offers *os, uint8_t keynum, uint8_t n, struct offered *f)
{
	const uint8_t k[KEYNUM_LEN] = { keynum }, p[UUID_LEN] = { n };

	return (offer_find(os->current, k, p, f));
}

static void
test_lookup(void **state)
{
	const uint8_t k[KEYNUM_LEN] = { 7 }, p[UUID_LEN] = { 2 };
	struct offers os = { NULL, NULL };
	struct offered f;
	const char *text;
	size_t len = 0;

	(void)state;
	assert_int_equal(offer_begin(&os, &why), 0);
	assert_int_equal(certificate(&os, 0, "host0"), 0);
	assert_int_equal(certificate(&os, 1, "host1"), 0);
	assert_int_equal(product(&os, 3, OFFER_NO_CERTIFICATE, 33), 0);
	assert_int_equal(product(&os, 2, 1, 22), 0);
	assert_int_equal(product(&os, 1, 0, 11), 0);
	assert_int_equal(document(&os, 2, FETCH_PRODUCT, "doc2"), 0);
	assert_int_equal(document(&os, 0, FETCH_REVOCATION, "revoked"), 0);
	assert_null(os.current);
	assert_int_equal(offer_end(&os, true, &why), 0);
	assert_true(offer_any(os.current));

	assert_true(find(&os, 7, 2, &f));
	assert_memory_equal(f.host, "host1", 5);
	assert_int_equal(f.product_revision, 22);
	assert_int_equal(f.revocation_revision, 3);
	assert_true(find(&os, 7, 3, &f));
	assert_null(f.host);
	assert_false(find(&os, 7, 4, &f));
	assert_false(find(&os, 8, 2, &f));
	text = offer_fetch(os.current, k, p, FETCH_PRODUCT, &len);
	assert_non_null(text);
	assert_int_equal(len, 4);
	assert_memory_equal(text, "doc2", 4);
	text = offer_fetch(os.current, k, p, FETCH_REVOCATION, &len);
	assert_non_null(text);
	assert_memory_equal(text, "revoked", 7);
	offers_clear(&os);
}

static void
test_replaced_as_a_whole(void **state)
{
	struct offers os = { NULL, NULL };
	struct offered f;

	(void)state;
	assert_int_equal(offer_begin(&os, &why), 0);
	assert_int_equal(certificate(&os, 0, "old"), 0);
	assert_int_equal(product(&os, 1, 0, 1), 0);
	assert_int_equal(offer_end(&os, true, &why), 0);
	assert_int_equal(offer_begin(&os, &why), 0);
	assert_int_equal(certificate(&os, 0, "new"), 0);
	assert_int_equal(product(&os, 2, 0, 2), 0);
	/* Until its end the old one holds. */
	assert_true(find(&os, 7, 1, &f));
	assert_memory_equal(f.host, "old", 3);
	assert_false(find(&os, 7, 2, &f));
	assert_int_equal(offer_end(&os, true, &why), 0);
	assert_false(find(&os, 7, 1, &f));
	assert_true(find(&os, 7, 2, &f));
	assert_memory_equal(f.host, "new", 3);
	offers_clear(&os);
}

static void
test_rules(void **state)
{
	struct offers os = { NULL, NULL };
	uint16_t i;

	(void)state;
	assert_int_equal(certificate(&os, 0, "h"), -1);
	assert_int_equal(product(&os, 1, 0, 1), -1);
	assert_int_equal(document(&os, 1, FETCH_PRODUCT, "d"), -1);
	assert_int_equal(offer_end(&os, true, &why), -1);
	assert_int_equal(offer_begin(&os, &why), 0);
	assert_int_equal(offer_begin(&os, &why), -1);
	assert_int_equal(certificate(&os, 1, "h"), -1);
	assert_int_equal(document(&os, 1, (enum wire_fetch)3, "d"), -1);
	for (i = 0; i < OFFER_CERTIFICATES_MAX; i++)
		assert_int_equal(certificate(&os, i, "h"), 0);
	assert_int_equal(certificate(&os, i, "h"), -1);
	for (i = 0; i < OFFER_PRODUCTS_MAX; i++)
		assert_int_equal(product(&os, (uint8_t)i, 0, 1), 0);
	assert_int_equal(product(&os, 1, 0, 1), -1);
	assert_int_equal(offer_end(&os, true, &why), 0);

	assert_int_equal(offer_begin(&os, &why), 0);
	assert_int_equal(product(&os, 1, 0, 1), 0);
	assert_int_equal(offer_end(&os, true, &why), -1);
	assert_string_equal(why, "a product's certificate missing");
	offers_clear(&os);

	assert_int_equal(offer_begin(&os, &why), 0);
	assert_int_equal(product(&os, 1, OFFER_NO_CERTIFICATE, 1), 0);
	assert_int_equal(product(&os, 1, OFFER_NO_CERTIFICATE, 2), 0);
	assert_int_equal(offer_end(&os, true, &why), -1);
	assert_string_equal(why, "a product twice in an offer");
	offers_clear(&os);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_replaced_as_a_whole),
		cmocka_unit_test(test_rules),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
