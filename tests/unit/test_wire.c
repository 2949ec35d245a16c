/* Tests of the frames: both ways, and every length that is not theirs. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/wire.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

static uint8_t buf[WIRE_HOST_MAX + 3];
static uint8_t data[WIRE_HOST_MAX + 3];

static int
setup(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + 1);
	return (0);
}

/* The encoded frame's length field and type. */
static void
assert_frame(int n, enum wire_type type, size_t payload)
{
	assert_int_equal(n, payload + 3);
	assert_int_equal(buf[0] << 8 | buf[1], payload + 1);
	assert_int_equal(buf[2], type);
	assert_int_equal(wire_frame(buf, (size_t)n, WIRE_HOST_MAX), n);
}

/* A copy of exactly len bytes, so that tools see reads past its end. */
static uint8_t *
exactly(const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, p, len);
	return (copy);
}

static void
hello(void **state)
{
	struct wire_hello in, out;
	uint8_t *copy;
	size_t len;
	int n;

	(void)state;
	memcpy(in.keynum, data, sizeof(in.keynum));
	memcpy(in.product, data + 8, sizeof(in.product));
	n = wire_put_hello(&in, buf, sizeof(buf));
	assert_frame(n, WIRE_HELLO, 24);
	assert_memory_equal(buf + 3, data, 24);
	for (len = 0; len < 27; len++)
		assert_int_equal(wire_put_hello(&in, buf, len), -1);
	assert_int_equal(wire_put_hello(&in, buf, 27), 27);
	for (len = 0; len <= 48; len++) {
		copy = exactly(buf + 3, len);
		assert_int_equal(
		    wire_get_hello(copy, len, &out), len == 24 ? 0 : -1);
		if (len == 24)
			assert_memory_equal(&in, &out, sizeof(in));
		free(copy);
	}
}

static void
fetch(void **state)
{
	enum wire_fetch what = FETCH_PRODUCT;
	unsigned int v;
	uint8_t b[2];

	(void)state;
	assert_frame(wire_put_fetch(FETCH_REVOCATION, buf, 4), WIRE_FETCH, 1);
	assert_int_equal(buf[3], 2);
	assert_int_equal(wire_put_fetch(FETCH_REVOCATION, buf, 3), -1);
	assert_int_equal(wire_get_fetch(buf + 3, 0, &what), -1);
	for (v = 0; v < 256; v++) {
		b[0] = (uint8_t)v;
		b[1] = 0;
		assert_int_equal(
		    wire_get_fetch(b, 1, &what), v == 1 || v == 2 ? 0 : -1);
		if (v == 1 || v == 2)
			assert_int_equal(what, v);
		assert_int_equal(wire_get_fetch(b, 2, &what), -1);
	}
}

static void
fetched(void **state)
{
	int n;

	(void)state;
	n = wire_put_fetched(
	    (const char *)data, WIRE_HOST_MAX - 1, buf, sizeof(buf));
	assert_frame(n, WIRE_FETCHED, WIRE_HOST_MAX - 1);
	assert_memory_equal(buf + 3, data, WIRE_HOST_MAX - 1);
	assert_int_equal(wire_put_fetched((const char *)data, WIRE_HOST_MAX,
			     buf, sizeof(buf)),
	    -1);
	assert_int_equal(wire_put_fetched((const char *)data, 10, buf, 12), -1);
	assert_int_equal(wire_put_fetched((const char *)data, 10, buf, 13), 13);
}

static void
hello_reply(void **state)
{
	struct wire_hello_reply in = { .product_revision = 0x01020304,
		.revocation_revision = 0xfffefdfc };
	struct wire_hello_reply out;
	uint8_t *copy;
	size_t len, full;
	int n;

	(void)state;
	memcpy(in.challenge, data, sizeof(in.challenge));
	in.host = (const char *)data + 20;
	in.host_len = 300;
	in.seal = (const char *)data + 400;
	in.seal_len = 70;
	full = 16 + 4 + 4 + 2 + 300 + 2 + 70;
	n = wire_put_hello_reply(&in, buf, sizeof(buf));
	assert_frame(n, WIRE_HELLO_REPLY, full);
	assert_memory_equal(buf + 3 + 16, "\1\2\3\4\xff\xfe\xfd\xfc\1\x2c", 10);
	for (len = 0; len < full + 5; len++) {
		copy = exactly(buf + 3, len);
		assert_int_equal(wire_get_hello_reply(copy, len, &out),
		    len == full ? 0 : -1);
		if (len == full) {
			assert_memory_equal(out.challenge, data, 16);
			assert_int_equal(out.product_revision, 0x01020304);
			assert_true(out.revocation_revision == 0xfffefdfc);
			assert_int_equal(out.host_len, 300);
			assert_memory_equal(out.host, data + 20, 300);
			assert_int_equal(out.seal_len, 70);
			assert_memory_equal(out.seal, data + 400, 70);
		}
		free(copy);
	}
	for (len = 0; len < full + 3; len++)
		assert_int_equal(wire_put_hello_reply(&in, buf, len), -1);
	in.host_len = UINT16_MAX + 1;
	assert_int_equal(wire_put_hello_reply(&in, buf, sizeof(buf)), -1);
	in.host_len = WIRE_HOST_MAX - 1 - 28 - 70;
	assert_int_equal(
	    wire_put_hello_reply(&in, buf, sizeof(buf)), WIRE_HOST_MAX + 2);
	in.host_len++;
	assert_int_equal(wire_put_hello_reply(&in, buf, sizeof(buf)), -1);
}

/* The prefixes of both documents, each too long and too short. */
static void
hello_reply_prefixes(void **state)
{
	struct wire_hello_reply in = {
		.host = "host", .host_len = 4, .seal = "seal", .seal_len = 4
	};
	struct wire_hello_reply out;
	size_t full = 16 + 8 + 2 + 4 + 2 + 4, at[] = { 25, 31 }, i;

	(void)state;
	assert_frame(wire_put_hello_reply(&in, buf, sizeof(buf)),
	    WIRE_HELLO_REPLY, full);
	for (i = 0; i < NITEMS(at); i++) {
		assert_int_equal(buf[3 + at[i]], 4);
		assert_int_equal(wire_get_hello_reply(buf + 3, full, &out), 0);
		buf[3 + at[i]]++;
		assert_int_equal(wire_get_hello_reply(buf + 3, full, &out), -1);
		buf[3 + at[i]] -= 2;
		assert_int_equal(wire_get_hello_reply(buf + 3, full, &out), -1);
		buf[3 + at[i]]++;
		buf[3 + at[i] - 1] = 0xff;
		assert_int_equal(wire_get_hello_reply(buf + 3, full, &out), -1);
		buf[3 + at[i] - 1] = 0;
	}
}

static void
sealed(void **state)
{
	struct wire_sealed in, out;
	uint8_t *copy;
	size_t len;
	int n;

	(void)state;
	memcpy(in.seal, data, 8);
	memcpy(in.machine, data + 8, 32);
	memcpy(in.half, data + 40, 12);
	in.box = data + 52;
	in.box_len = 528;
	n = wire_put_sealed(&in, buf, sizeof(buf));
	assert_frame(n, WIRE_SEALED, 52 + 528);
	assert_memory_equal(buf + 3, data, 52 + 528);
	for (len = 0; len <= 52 + 528; len++) {
		copy = exactly(buf + 3, len);
		assert_int_equal(
		    wire_get_sealed(copy, len, &out), len > 52 ? 0 : -1);
		if (len > 52) {
			assert_memory_equal(out.seal, in.seal, 8);
			assert_memory_equal(out.machine, in.machine, 32);
			assert_memory_equal(out.half, in.half, 12);
			assert_ptr_equal(out.box, copy + 52);
			assert_int_equal(out.box_len, len - 52);
		}
		free(copy);
	}
	assert_int_equal(wire_put_sealed(&in, buf, 3 + 52 + 527), -1);
	in.box_len = WIRE_CLIENT_MAX - 1 - 52;
	assert_int_equal(
	    wire_put_sealed(&in, buf, sizeof(buf)), WIRE_CLIENT_MAX + 2);
	in.box_len++;
	assert_int_equal(wire_put_sealed(&in, buf, sizeof(buf)), -1);
	in.box_len = 0;
	assert_int_equal(wire_put_sealed(&in, buf, sizeof(buf)), -1);
}

static void
sealed_reply(void **state)
{
	struct wire_sealed_reply in, out;
	int n;

	(void)state;
	memcpy(in.nonce, data, 24);
	in.box = data + 24;
	in.box_len = WIRE_BOX_MAX;
	n = wire_put_sealed_reply(&in, buf, sizeof(buf));
	assert_frame(n, WIRE_SEALED_REPLY, 24 + WIRE_BOX_MAX);
	assert_memory_equal(buf + 3, data, 24 + WIRE_BOX_MAX);
	assert_int_equal(
	    wire_get_sealed_reply(buf + 3, 24 + WIRE_BOX_MAX, &out), 0);
	assert_memory_equal(out.nonce, data, 24);
	assert_ptr_equal(out.box, buf + 3 + 24);
	assert_int_equal(out.box_len, WIRE_BOX_MAX);
	assert_int_equal(
	    wire_get_sealed_reply(buf + 3, 25 + WIRE_BOX_MAX, &out), -1);
	assert_int_equal(wire_get_sealed_reply(buf + 3, 25, &out), 0);
	for (n = 0; n <= 24; n++)
		assert_int_equal(
		    wire_get_sealed_reply(buf + 3, (size_t)n, &out), -1);
	in.box_len++;
	assert_int_equal(wire_put_sealed_reply(&in, buf, sizeof(buf)), -1);
	in.box_len = 0;
	assert_int_equal(wire_put_sealed_reply(&in, buf, sizeof(buf)), -1);
	in.box_len = 100;
	assert_int_equal(wire_put_sealed_reply(&in, buf, 126), -1);
	assert_int_equal(wire_put_sealed_reply(&in, buf, 127), 127);
}

static void
error_frame(void **state)
{
	struct wire_error in = { .code = 0xC004F038, .retry_after = 7200 };
	struct wire_error out;
	uint8_t *copy;
	size_t len, full;
	int n;

	(void)state;
	in.text = (const char *)data;
	for (in.text_len = 0; in.text_len <= WIRE_TEXT_MAX; in.text_len++) {
		full = 10 + in.text_len;
		n = wire_put_error(&in, buf, sizeof(buf));
		assert_frame(n, WIRE_ERROR, full);
		assert_memory_equal(buf + 3, "\xC0\x04\xF0\x38\0\0\x1c\x20", 8);
		for (len = 0; len <= full + 2; len++) {
			copy = exactly(buf + 3, len);
			assert_int_equal(wire_get_error(copy, len, &out),
			    len == full ? 0 : -1);
			free(copy);
		}
		assert_int_equal(wire_get_error(buf + 3, full, &out), 0);
		assert_true(out.code == 0xC004F038);
		assert_int_equal(out.retry_after, 7200);
		assert_int_equal(out.text_len, in.text_len);
		assert_memory_equal(out.text, data, out.text_len);
	}
	assert_int_equal(wire_put_error(&in, buf, sizeof(buf)), -1);
	memcpy(buf, "\0\0\0\0\0\0\0\0\0\xc9", 10);
	assert_int_equal(wire_get_error(buf, 10 + 201, &out), -1);
}

static void
frames(void **state)
{
	uint8_t b[8] = { 0, 5, 1 };
	size_t len;

	(void)state;
	for (len = 0; len < 7; len++)
		assert_int_equal(wire_frame(b, len, 5), 0);
	assert_int_equal(wire_frame(b, 7, 5), 7);
	assert_int_equal(wire_frame(b, 8, 5), 7);
	assert_int_equal(wire_frame(b, 2, 4), -1);
	b[1] = 0;
	assert_int_equal(wire_frame(b, 1, 5), 0);
	assert_int_equal(wire_frame(b, 2, 5), -1);
	b[0] = 1;
	assert_int_equal(wire_frame(b, 8, 255), -1);
	assert_int_equal(wire_frame(b, 8, 256), 0);
}

static void
guesses(void **state)
{
	static const struct {
		const char *start;
		size_t len;
		const char *guess;
	} cases[] = {
		{ "\x16\x03\x01\x02\x00\x01", 6, "tls" },
		{ "\x16\x03\x03", 3, "tls" },
		{ "\x16", 1, "unknown" },
		{ "GET / HTTP/1.1\r\n", 16, "http" },
		{ "POST /", 6, "http" },
		{ "PRI * HTTP/2.0", 14, "http" },
		{ "GET", 3, "unknown" },
		{ "\x05\x00\x0b\x03\x10\x00\x00\x00", 8, "dce-rpc" },
		{ "\x05\x00", 2, "unknown" },
		{ "SSH-2.0-OpenSSH_9", 17, "ssh" },
		{ "", 0, "unknown" },
		{ "\xff\xff\x01", 3, "unknown" },
	};
	uint8_t *copy;
	size_t i;

	(void)state;
	for (i = 0; i < NITEMS(cases); i++) {
		copy = exactly((const uint8_t *)cases[i].start, cases[i].len);
		assert_string_equal(
		    wire_guess(copy, cases[i].len), cases[i].guess);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello),
		cmocka_unit_test(fetch),
		cmocka_unit_test(fetched),
		cmocka_unit_test(hello_reply),
		cmocka_unit_test(hello_reply_prefixes),
		cmocka_unit_test(sealed),
		cmocka_unit_test(sealed_reply),
		cmocka_unit_test(error_frame),
		cmocka_unit_test(frames),
		cmocka_unit_test(guesses),
	};

	return (cmocka_run_group_tests(tests, setup, NULL));
}
