/* Tests of sealing: keys, nonces, padding and what must not open. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/sealbox.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))
#define ROOM 2048

static uint8_t shared[SEALBOX_SHARED_LEN];
static uint8_t nonce[SEALBOX_NONCE_LEN] = { 1, 2, 3 };

/* A random source that gives zeros for a number of calls, then ones. */
static unsigned int zeros_left;

static const char *
fake_name(void)
{
	return ("fake");
}

static uint32_t
fake_random(void)
{
	return (1);
}

static void
fake_buf(void *const buf, const size_t size)
{
	memset(buf, zeros_left > 0 ? 0 : 1, size);
	if (zeros_left > 0)
		zeros_left--;
}

static struct randombytes_implementation fake = {
	.implementation_name = fake_name,
	.random = fake_random,
	.buf = fake_buf,
};

static int
setup(void **state)
{
	uint8_t pk[32], sk[32], seed[32] = { 7 };

	(void)state;
	(void)crypto_box_seed_keypair(pk, sk, seed);
	return (sealbox_shared(shared, pk, sk));
}

static void
box_machine_id(void **state)
{
	uint8_t key[MACHINE_KEY_LEN], in[11 + 32], id[16], expected[16];

	(void)state;
	memset(key, 0x55, sizeof(key));
	memcpy(in, "kms-machine", 11);
	memcpy(in + 11, key, 32);
	(void)crypto_generichash(expected, 16, in, sizeof(in), NULL, 0);
	sealbox_machine_id(key, id);
	assert_memory_equal(id, expected, 16);
}

/* Both ends come to the same key, and it is crypto_box's. */
static void
box_shared(void **state)
{
	uint8_t apk[32], ask[32], bpk[32], bsk[32], a[32], b[32], c[32];

	(void)state;
	sealbox_keypair(apk, ask);
	sealbox_keypair(bpk, bsk);
	assert_int_equal(sealbox_shared(a, apk, bsk), 0);
	assert_int_equal(sealbox_shared(b, bpk, ask), 0);
	assert_int_equal(crypto_box_beforenm(c, apk, bsk), 0);
	assert_memory_equal(a, b, 32);
	assert_memory_equal(a, c, 32);
	apk[31] |= 0x80;
	assert_int_equal(sealbox_shared(a, apk, bsk), -1);
	assert_true(sodium_is_zero(a, sizeof(a)));
}

/* Every u-coordinate below 2^255 whose point has an order of 1, 2, 4 or 8. */
static void
box_low_order(void **state)
{
	static const char *const points[] = {
		"00000000000000000000000000000000000000000000000000000000000000"
		"00",
		"01000000000000000000000000000000000000000000000000000000000000"
		"00",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b8"
		"00",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11"
		"57",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
	};
	uint8_t point[32], pk[32], sk[32], key[32];
	size_t i, len;

	(void)state;
	sealbox_keypair(pk, sk);
	for (i = 0; i < NITEMS(points); i++) {
		assert_int_equal(sodium_hex2bin(point, sizeof(point), points[i],
				     64, NULL, &len, NULL),
		    0);
		assert_int_equal(sealbox_shared(key, point, sk), -1);
		assert_true(sodium_is_zero(key, sizeof(key)));
		point[31] |= 0x80;
		assert_int_equal(sealbox_shared(key, point, sk), -1);
	}
}

/* The half depends on the text even where the random source repeats. */
static void
box_half(void **state)
{
	uint8_t in[32 + 4], expected[16], half[12], other[12];

	(void)state;
	assert_int_equal(randombytes_set_implementation(&fake), 0);
	sealbox_half("text", 4, half);
	sealbox_half("texu", 4, other);
	(void)randombytes_set_implementation(
	    &randombytes_sysrandom_implementation);
	memset(in, 1, 32);
	memcpy(in + 32, "text", 4);
	(void)crypto_generichash(expected, 16, in, sizeof(in), NULL, 0);
	assert_memory_equal(half, expected, sizeof(half));
	assert_memory_not_equal(half, other, sizeof(half));
	sealbox_half("text", 4, other);
	assert_memory_not_equal(half, other, sizeof(half));
}

/*
 * The second half of a request's nonce is zero for every half, that of a
 * reply's is not even when the random source gives zeros: they never coincide.
 */
static void
box_nonces_differ(void **state)
{
	uint8_t half[12], request[24], reply[24];
	unsigned int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		if (i < 2)
			memset(half, i == 0 ? 0 : 0xff, sizeof(half));
		else
			randombytes_buf(half, sizeof(half));
		memset(request, 0xaa, sizeof(request));
		sealbox_request_nonce(half, request);
		assert_memory_equal(request, half, 12);
		assert_true(sodium_is_zero(request + 12, 12));
		assert_false(sealbox_is_reply_nonce(request, half));
		sealbox_reply_nonce(half, reply);
		assert_memory_equal(reply, half, 12);
		assert_false(sodium_is_zero(reply + 12, 12));
		assert_true(sealbox_is_reply_nonce(reply, half));
		reply[i % 12] ^= 1;
		assert_false(sealbox_is_reply_nonce(reply, half));
	}
	zeros_left = 5;
	assert_int_equal(randombytes_set_implementation(&fake), 0);
	sealbox_reply_nonce(half, reply);
	(void)randombytes_set_implementation(
	    &randombytes_sysrandom_implementation);
	assert_int_equal(zeros_left, 0);
	assert_false(sodium_is_zero(reply + 12, 12));
	/* One bit anywhere in the second half is enough. */
	for (i = 0; i < 96; i++) {
		sealbox_request_nonce(half, reply);
		reply[12 + i / 8] |= (uint8_t)(1 << i % 8);
		assert_true(sealbox_is_reply_nonce(reply, half));
	}
}

/* Each length there and back, padded as documented. */
static void
box_lengths(void **state)
{
	char text[1100], out[ROOM];
	uint8_t box[ROOM], plain[ROOM];
	size_t len, i, padded;

	(void)state;
	memset(text, 0x80, sizeof(text));
	for (len = 0; len <= sizeof(text); len++) {
		padded = len < 512 ? 512 : (len + 64) / 64 * 64;
		assert_int_equal(sealbox_length(len), padded + 16);
		assert_int_equal(
		    sealbox_seal(box, padded + 15, text, len, nonce, shared),
		    -1);
		assert_int_equal(
		    sealbox_seal(box, padded + 16, text, len, nonce, shared),
		    padded + 16);
		assert_int_equal(crypto_box_open_easy_afternm(
				     plain, box, padded + 16, nonce, shared),
		    0);
		assert_memory_equal(plain, text, len);
		assert_int_equal(plain[len], 0x80);
		for (i = len + 1; i < padded; i++)
			assert_int_equal(plain[i], 0);
		assert_int_equal(sealbox_open(out, padded + 16, box,
				     padded + 16, nonce, shared),
		    len);
		assert_memory_equal(out, text, len);
		assert_int_equal(out[len], 0);
		assert_int_equal(sealbox_open(out, padded + 15, box,
				     padded + 16, nonce, shared),
		    -1);
	}
}

static void
box_bit_flips(void **state)
{
	uint8_t box[528], n[24], key[32];
	char out[528];
	size_t i;

	(void)state;
	assert_int_equal(
	    sealbox_seal(box, sizeof(box), "secret", 6, nonce, shared), 528);
	for (i = 0; i < sizeof(box) * 8; i++) {
		box[i / 8] ^= (uint8_t)(1 << i % 8);
		memset(out, 0x55, sizeof(out));
		assert_int_equal(
		    sealbox_open(out, 528, box, 528, nonce, shared), -1);
		assert_true(sodium_is_zero((uint8_t *)out, sizeof(out)));
		box[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (i = 0; i < 528; i++)
		assert_int_equal(
		    sealbox_open(out, 528, box, i, nonce, shared), -1);
	for (i = 0; i < 24 * 8; i++) {
		memcpy(n, nonce, sizeof(n));
		n[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(
		    sealbox_open(out, 528, box, 528, n, shared), -1);
	}
	for (i = 0; i < 32 * 8; i++) {
		memcpy(key, shared, sizeof(key));
		key[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(
		    sealbox_open(out, 528, box, 528, nonce, key), -1);
	}
	assert_int_equal(sealbox_open(out, 528, box, 528, nonce, shared), 6);
	assert_string_equal(out, "secret");
}

/* Boxes that open but are padded as sealing never pads. */
static void
box_padding(void **state)
{
	static const struct {
		size_t len, mark; /* of the plaintext; where 0x80 stands */
		uint8_t value;
		int text; /* length, or -1 */
	} cases[] = {
		{ 512, 0, 0x80, 0 },
		{ 512, 10, 0x80, 10 },
		{ 512, 511, 0x80, 511 },
		{ 576, 512, 0x80, 512 },
		{ 576, 575, 0x80, 575 },
		{ 512, 10, 0x00, -1 },
		{ 512, 10, 0x81, -1 },
		{ 512, 511, 0x01, -1 },
		{ 448, 10, 0x80, -1 },
		{ 448, 447, 0x80, -1 },
		{ 0, 0, 0x00, -1 },
		{ 576, 511, 0x80, -1 },
		{ 576, 10, 0x80, -1 },
		{ 640, 575, 0x80, -1 },
		{ 513, 512, 0x80, -1 },
		{ 520, 512, 0x80, -1 },
	};
	uint8_t plain[640], box[656];
	char out[656];
	size_t i;

	(void)state;
	for (i = 0; i < NITEMS(cases); i++) {
		memset(plain, 0, sizeof(plain));
		memset(plain, 'x', cases[i].mark);
		plain[cases[i].mark] = cases[i].value;
		if (cases[i].value == 0)
			memset(plain, 0, sizeof(plain));
		assert_int_equal(crypto_box_easy_afternm(
				     box, plain, cases[i].len, nonce, shared),
		    0);
		assert_int_equal(sealbox_open(out, sizeof(out), box,
				     cases[i].len + 16, nonce, shared),
		    cases[i].text);
		if (cases[i].text == -1)
			assert_true(
			    sodium_is_zero((uint8_t *)out, sizeof(out)));
	}
}

/* The text may stand where the box goes. */
static void
box_in_place(void **state)
{
	uint8_t box[528];
	char out[528];

	(void)state;
	memcpy(box, "secret", 6);
	assert_int_equal(
	    sealbox_seal(box, sizeof(box), (const char *)box, 6, nonce, shared),
	    528);
	assert_int_equal(
	    sealbox_open(out, sizeof(out), box, 528, nonce, shared), 6);
	assert_string_equal(out, "secret");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(box_machine_id),
		cmocka_unit_test(box_shared),
		cmocka_unit_test(box_low_order),
		cmocka_unit_test(box_half),
		cmocka_unit_test(box_nonces_differ),
		cmocka_unit_test(box_lengths),
		cmocka_unit_test(box_bit_flips),
		cmocka_unit_test(box_padding),
		cmocka_unit_test(box_in_place),
	};

	if (sodium_init() == -1)
		return (1);
	return (cmocka_run_group_tests(tests, setup, NULL));
}
