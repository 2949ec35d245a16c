/*
 * Addresses, what limits count by, the tally, and the hash below them.
 */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "listener/siphash.h"
#include "listener/source.h"
#include "listener/tally.h"

/* The first and the 16th vector of the reference implementation. */
static void
test_siphash_vectors(void **state)
{
	uint8_t key[SIPHASH_KEY_LEN], in[15];
	uint8_t i;

	(void)state;
	for (i = 0; i < sizeof(key); i++)
		key[i] = i;
	for (i = 0; i < sizeof(in); i++)
		in[i] = i;
	assert_true(siphash(key, in, 0) == 0x726fdb47dd0e0e31);
	assert_true(siphash(key, in, 15) == 0xa129ca6149be45e5);
}

static void
address_of(const char *text, uint8_t address[SOURCE_LEN])
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	memset(&in6, 0, sizeof(in6));
	memset(&in, 0, sizeof(in));
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
		in.sin_family = AF_INET;
		source_address((struct sockaddr *)&in, address);
		return;
	}
	assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	in6.sin6_family = AF_INET6;
	source_address((struct sockaddr *)&in6, address);
}

static bool
same_source(const char *a, const char *b)
{
	uint8_t address[SOURCE_LEN], ka[SOURCE_LEN], kb[SOURCE_LEN];

	address_of(a, address);
	source_key(address, ka);
	address_of(b, address);
	source_key(address, kb);
	return (memcmp(ka, kb, SOURCE_LEN) == 0);
}

static void
test_keys(void **state)
{
	uint8_t address[SOURCE_LEN];
	char text[SOURCE_TEXT_MAX];

	(void)state;
	assert_true(same_source("192.0.2.1", "192.0.2.1"));
	assert_false(same_source("192.0.2.1", "192.0.2.2"));
	assert_true(same_source("192.0.2.1", "::ffff:192.0.2.1"));
	assert_true(same_source("2001:db8::1", "2001:db8::ffff:1:2:3"));
	assert_false(same_source("2001:db8::1", "2001:db8:0:1::1"));
	address_of("192.0.2.1", address);
	assert_string_equal(source_text(address, text), "192.0.2.1");
	address_of("2001:db8::1", address);
	assert_string_equal(source_text(address, text), "2001:db8::1");
}

static void
test_tally(void **state)
{
	const uint8_t key[SIPHASH_KEY_LEN] = { 9 };
	const uint8_t a[SOURCE_LEN] = { 1 }, b[SOURCE_LEN] = { 2 };
	struct tally *t = tally_new(3, key);

	(void)state;
	assert_non_null(t);
	assert_true(tally_add(t, a, 2));
	assert_true(tally_add(t, a, 2));
	assert_false(tally_add(t, a, 2));
	assert_true(tally_add(t, b, 2));
	tally_remove(t, a);
	assert_int_equal(tally_count(t, a), 1);
	assert_true(tally_add(t, a, 2));
	tally_remove(t, b);
	assert_int_equal(tally_count(t, b), 0);
	tally_remove(t, b);
	assert_int_equal(tally_count(t, b), 0);
	tally_free(t);
}

/* As many sources as there is room for, again and again. */
static void
test_tally_is_bounded(void **state)
{
	const uint8_t key[SIPHASH_KEY_LEN] = { 9 };
	struct tally *t = tally_new(100, key);
	uint8_t source[SOURCE_LEN] = { 0 };
	uint8_t i, round;

	(void)state;
	assert_non_null(t);
	for (round = 0; round < 5; round++) {
		source[1] = round;
		for (i = 0; i < 100; i++) {
			source[0] = i;
			assert_true(tally_add(t, source, 1));
		}
		source[0] = 200;
		assert_false(tally_add(t, source, 1));
		for (i = 0; i < 100; i++) {
			source[0] = i;
			assert_int_equal(tally_count(t, source), 1);
			tally_remove(t, source);
		}
	}
	tally_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_siphash_vectors),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_tally),
		cmocka_unit_test(test_tally_is_bounded),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
