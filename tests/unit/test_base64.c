/* Tests of canonical base64. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/base64.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

/* RFC 4648, section 10. */
static void
base64_rfc(void **state)
{
	static const char *const texts[] = { "", "Zg==", "Zm8=", "Zm9v",
		"Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	char buf[16];
	size_t i;

	(void)state;
	for (i = 0; i < NITEMS(texts); i++) {
		assert_int_equal(base64_encode(buf, sizeof(buf), "foobar", i),
		    strlen(texts[i]));
		assert_string_equal(buf, texts[i]);
		assert_int_equal(
		    base64_decode(buf, sizeof(buf), texts[i], strlen(texts[i])),
		    i);
		assert_memory_equal(buf, "foobar", i);
	}
}

/* Bytes of every value at every length, against libsodium. */
static void
base64_other(void **state)
{
	uint8_t in[300], out[300];
	char ours[512], theirs[512];
	size_t len, i;

	(void)state;
	for (len = 0; len <= sizeof(in); len++) {
		for (i = 0; i < len; i++)
			in[i] = (uint8_t)(i * 7 + len * 31);
		(void)sodium_bin2base64(theirs, sizeof(theirs), in, len,
		    sodium_base64_VARIANT_ORIGINAL);
		assert_int_equal(base64_encode(ours, sizeof(ours), in, len),
		    BASE64_LEN(len));
		assert_string_equal(ours, theirs);
		assert_int_equal(
		    base64_decode(out, len, ours, strlen(ours)), len);
		assert_memory_equal(out, in, len);
	}
}

/* What decodes is what the encoder prints: all bytes at all places. */
static void
base64_mutants(void **state)
{
	static const char *const texts[] = { "AAEC",
		"AAE=", "AA==", "+/+/Zm8=", "zZ09aA==" };
	char buf[16], back[16];
	uint8_t out[16];
	size_t i, pos, len;
	int c, n, parsed = 0;

	(void)state;
	for (i = 0; i < NITEMS(texts); i++) {
		len = strlen(texts[i]);
		for (pos = 0; pos < len; pos++) {
			for (c = 0; c < 256; c++) {
				memcpy(buf, texts[i], len + 1);
				buf[pos] = (char)c;
				n = base64_decode(out, sizeof(out), buf, len);
				if (n == -1)
					continue;
				parsed++;
				assert_int_equal(
				    base64_encode(
					back, sizeof(back), out, (size_t)n),
				    len);
				assert_memory_equal(back, buf, len);
			}
		}
	}
	/* 64 for each free place; fewer where bits must be zero. */
	assert_true(parsed > 64 * 15 && parsed < 64 * 28);
}

static void
base64_refused(void **state)
{
	static const char *const bad[] = { "A", "AA", "AAA", "Zg=", "Zg", "Zm8",
		"Zh==", "Zm9=", "====", "A===", "Zg==Zg==", "Zm9v=", "Zm9vYg",
		"Z=8=", "Zm-_", "Zm9v\n", "Zm 9", " Zm9", "=m9v", "Zm=v" };
	uint8_t out[32];
	size_t i;

	(void)state;
	for (i = 0; i < NITEMS(bad); i++)
		assert_int_equal(
		    base64_decode(out, sizeof(out), bad[i], strlen(bad[i])),
		    -1);
}

static void
base64_room(void **state)
{
	uint8_t out[4] = { 9, 9, 9, 9 };
	char buf[9];

	(void)state;
	assert_int_equal(base64_encode(buf, 8, "foob", 4), -1);
	assert_int_equal(base64_encode(buf, 9, "foob", 4), 8);
	assert_int_equal(base64_encode(buf, 0, "", 0), -1);
	assert_int_equal(base64_decode(out, 3, "Zm9vYg==", 8), -1);
	assert_int_equal(base64_decode(out, 4, "Zm9vYg==", 8), 4);
	memset(out, 9, sizeof(out));
	assert_int_equal(base64_decode(out, 1, "Zg==", 4), 1);
	assert_int_equal(out[1], 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_rfc),
		cmocka_unit_test(base64_other),
		cmocka_unit_test(base64_mutants),
		cmocka_unit_test(base64_refused),
		cmocka_unit_test(base64_room),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
