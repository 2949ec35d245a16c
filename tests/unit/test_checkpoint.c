/*
 * Tests of origins and checkpoints: the documented form, and every other form
 * refused.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/base64.h"
#include "common/checkpoint.h"
#include "common/message.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))
#define ROOM 1024

static struct pubkey pub;
static struct seckey sec;
static struct checkpoint cp;
static char note[CHECKPOINT_MAX];
static size_t note_len;
static char error[MESSAGE_ERROR_MAX];

static int
setup(void **state)
{
	static const uint8_t seed[32] = { 1, 2, 3 };
	uint8_t log[UUID_LEN];
	size_t i;

	(void)state;
	(void)crypto_sign_seed_keypair(pub.key, sec.key, seed);
	for (i = 0; i < UUID_LEN; i++)
		log[i] = (uint8_t)(i * 17);
	origin_make(&cp.origin, pub.key, log);
	cp.size = 1234567;
	for (i = 0; i < HASH_LEN; i++)
		cp.root.b[i] = (uint8_t)(i * 5 + 1);
	note_len = (size_t)checkpoint_sign(&cp, &sec, note);
	return (0);
}

static int
verify_with(const char *text, size_t len, const uint8_t key[32])
{
	uint8_t signature[SIGNATURE_LEN];
	struct checkpoint out;
	char *copy = malloc(len == 0 ? 1 : len);
	int ret;

	assert_non_null(copy);
	memcpy(copy, text, len);
	error[0] = '\0';
	ret = checkpoint_verify(copy, len, key, &out, signature, error);
	free(copy);
	assert_int_equal(ret == -1, error[0] != '\0');
	return (ret);
}

static int
verify(const char *text, size_t len)
{
	return (verify_with(text, len, pub.key));
}

/* Signs a body whatever it says, under a name and a key id. */
static size_t
sign_any(const char *body, const char *name, const uint8_t id[4], char *out)
{
	uint8_t blob[68];
	char b64[93];

	memcpy(blob, id, 4);
	(void)crypto_sign_detached(
	    blob + 4, NULL, (const uint8_t *)body, strlen(body), sec.key);
	(void)base64_encode(b64, sizeof(b64), blob, sizeof(blob));
	return ((size_t)snprintf(
	    out, ROOM, "%s\n\xe2\x80\x94 %s %s\n", body, name, b64));
}

static void
origins(void **state)
{
	static const char *const wrong[] = {
		"kmsd/00112233445566778899AABBCCDDEEFF/"
		"00112233-4455-6677-8899-aabbccddeeff",
		"kmsd/00112233445566778899aabbccddeeff/"
		"00112233-4455-6677-8899-AABBCCDDEEFF",
		"kmsd-00112233445566778899aabbccddeeff/"
		"00112233-4455-6677-8899-aabbccddeeff",
		"KMSD/00112233445566778899aabbccddeeff/"
		"00112233-4455-6677-8899-aabbccddeeff",
		"kmsd/00112233445566778899aabbccddeeff-"
		"00112233-4455-6677-8899-aabbccddeeff",
		"kmsd/00112233445566778899aabbccddeefg/"
		"00112233-4455-6677-8899-aabbccddeeff",
		"kmsd/00112233445566778899aabbccddeef/"
		"00112233-4455-6677-8899-aabbccddeeff",
		"kmsd/00112233445566778899aabbccddeeff/"
		"00112233-4455-6677-8899-aabbccddeeff ",
	};
	static const char right[] = "kmsd/00112233445566778899aabbccddeeff/"
				    "00112233-4455-6677-8899-aabbccddeeff";
	uint8_t id[16];
	struct origin o;
	char buf[ORIGIN_MAX];
	size_t i;

	(void)state;
	assert_int_equal(origin_parse(right, strlen(right), &o), 0);
	assert_memory_equal(o.host, o.log, 16);
	assert_int_equal(o.host[1], 0x11);
	origin_print(&o, buf);
	assert_string_equal(buf, right);
	for (i = 0; i < NITEMS(wrong); i++)
		assert_int_equal(
		    origin_parse(wrong[i], strlen(wrong[i]), &o), -1);
	for (i = 0; i < strlen(right); i++)
		assert_int_equal(origin_parse(right, i, &o), -1);
	(void)crypto_generichash(id, 16, pub.key, 32, NULL, 0);
	assert_memory_equal(cp.origin.host, id, 16);
	assert_int_equal(cp.origin.log[15], 0xff);
}

/* The example key of golang.org/x/mod/sumdb/note, and its hash there. */
static void
key_ids(void **state)
{
	static const char encoded[] =
	    "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
	uint8_t key[33], id[4];

	(void)state;
	assert_int_equal(
	    base64_decode(key, sizeof(key), encoded, strlen(encoded)), 33);
	assert_int_equal(key[0], 1);
	note_key_id("PeterNeumann", key + 1, id);
	assert_memory_equal(id, "\xc7\x4f\x20\xa3", 4);
}

static void
prints(void **state)
{
	char expected[ROOM], body[CHECKPOINT_MAX], name[ORIGIN_MAX], b64[45];
	uint8_t id[4], signature[SIGNATURE_LEN];
	struct checkpoint out;
	size_t n;

	(void)state;
	origin_print(&cp.origin, name);
	(void)base64_encode(b64, sizeof(b64), cp.root.b, HASH_LEN);
	(void)snprintf(
	    expected, sizeof(expected), "%s\n1234567\n%s\n", name, b64);
	assert_int_equal(checkpoint_print_body(&cp, body), strlen(expected));
	assert_string_equal(body, expected);
	note_key_id(name, pub.key, id);
	n = sign_any(body, name, id, expected);
	assert_int_equal(note_len, n);
	assert_string_equal(note, expected);
	assert_int_equal(
	    checkpoint_verify(note, note_len, pub.key, &out, signature, error),
	    0);
	assert_memory_equal(&out, &cp, sizeof(cp));
	assert_int_equal(crypto_sign_verify_detached(signature,
			     (const uint8_t *)body, strlen(body), pub.key),
	    0);
	assert_int_equal(
	    checkpoint_print(&cp, pub.key, signature, expected), note_len);
	assert_string_equal(note, expected);
}

static void
altered(void **state)
{
	char copy[ROOM];
	size_t i;

	(void)state;
	assert_int_equal(verify(note, note_len), 0);
	for (i = 0; i < note_len * 8; i++) {
		memcpy(copy, note, note_len);
		copy[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(verify(copy, note_len), -1);
	}
	for (i = 0; i < note_len; i++)
		assert_int_equal(verify(note, i), -1);
	memcpy(copy, note, note_len);
	copy[note_len] = '\n';
	assert_int_equal(verify(copy, note_len + 1), -1);
	copy[note_len] = 'x';
	assert_int_equal(verify(copy, note_len + 1), -1);
}

static void
other_key(void **state)
{
	uint8_t pk[32], sk[64];

	(void)state;
	(void)crypto_sign_keypair(pk, sk);
	assert_int_equal(verify_with(note, note_len, pk), -1);
	assert_non_null(strstr(error, "another host key"));
}

/* Well signed, but not in the one form: each case changes one thing. */
static void
profile(void **state)
{
	static const struct {
		const char *body; /* behind the origin */
		const char *name; /* or NULL: the origin */
		int bad_id;
		int good;
	} cases[] = {
		{ "\n7\n", NULL, 0, 1 },
		{ "\n0\n", NULL, 0, 1 },
		{ "\n9007199254740991\n", NULL, 0, 1 },
		{ "\n9007199254740992\n", NULL, 0, 0 },
		{ "\n18446744073709551617\n", NULL, 0, 0 },
		{ "\n07\n", NULL, 0, 0 },
		{ "\n+7\n", NULL, 0, 0 },
		{ "\n7 \n", NULL, 0, 0 },
		{ "\n\n", NULL, 0, 0 },
		{ " \n7\n", NULL, 0, 0 },
		{ "\r\n7\n", NULL, 0, 0 },
		{ "\n7\r\n", NULL, 0, 0 },
		{ "\n7\n", "example.org", 0, 0 },
		{ "\n7\n", NULL, 1, 0 },
	};
	char origin[ORIGIN_MAX], body[ROOM], text[ROOM], b64[45];
	const char *name;
	uint8_t id[4];
	size_t i, n;

	(void)state;
	origin_print(&cp.origin, origin);
	(void)base64_encode(b64, sizeof(b64), cp.root.b, HASH_LEN);
	for (i = 0; i < NITEMS(cases); i++) {
		(void)snprintf(
		    body, sizeof(body), "%s%s%s\n", origin, cases[i].body, b64);
		name = cases[i].name == NULL ? origin : cases[i].name;
		note_key_id(name, pub.key, id);
		id[3] ^= (uint8_t)cases[i].bad_id;
		n = sign_any(body, name, id, text);
		assert_int_equal(verify(text, n), cases[i].good ? 0 : -1);
	}
	/* A fourth line, as C2SP would allow. */
	note_key_id(origin, pub.key, id);
	(void)snprintf(
	    body, sizeof(body), "%s\n7\n%s\nextension\n", origin, b64);
	assert_int_equal(verify(text, sign_any(body, origin, id, text)), -1);
	/* A root of 31 bytes, and one with bits that no byte takes. */
	(void)snprintf(body, sizeof(body), "%s\n7\n%.40sAA==\n", origin, b64);
	assert_int_equal(verify(text, sign_any(body, origin, id, text)), -1);
	b64[42]++;
	(void)snprintf(body, sizeof(body), "%s\n7\n%s\n", origin, b64);
	assert_int_equal(verify(text, sign_any(body, origin, id, text)), -1);
}

static void
signature_lines(void **state)
{
	const char *line = strstr(note, "\n\n") + 2;
	size_t body = (size_t)(line - note), n;
	char text[ROOM];

	(void)state;
	/* The same line twice, none, a hyphen for the dash, no blank line. */
	n = (size_t)snprintf(text, sizeof(text), "%s%s", note, line);
	assert_int_equal(verify(text, n), -1);
	assert_int_equal(verify(note, body), -1);
	n = (size_t)snprintf(
	    text, sizeof(text), "%.*s- %s", (int)body, note, line + 4);
	assert_int_equal(verify(text, n), -1);
	n = (size_t)snprintf(
	    text, sizeof(text), "%.*s%s", (int)body - 1, note, line);
	assert_int_equal(verify(text, n), -1);
	n = (size_t)snprintf(
	    text, sizeof(text), "%.*s\n%s", (int)body, note, line);
	assert_int_equal(verify(text, n), -1);
	n = (size_t)snprintf(
	    text, sizeof(text), "%.*s\r\n", (int)note_len - 1, note);
	assert_int_equal(verify(text, n), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(origins),
		cmocka_unit_test(key_ids),
		cmocka_unit_test(prints),
		cmocka_unit_test(altered),
		cmocka_unit_test(other_key),
		cmocka_unit_test(profile),
		cmocka_unit_test(signature_lines),
	};

	if (sodium_init() == -1)
		return (1);
	return (cmocka_run_group_tests(tests, setup, NULL));
}
