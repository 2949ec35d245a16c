/*
 * Streams cut into frames, however they arrive.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "listener/frames.h"

static void
give(struct frames *f, const void *p, size_t len)
{
	uint8_t *to;
	size_t room;

	to = frames_space(f, &room);
	assert_true(len <= room);
	memcpy(to, p, len);
	frames_got(f, len);
}

/* Two frames in two reads, split at every byte. */
static void
test_split_at_every_byte(void **state)
{
	static const uint8_t bytes[] = { 0, 4, 1, 'a', 'b', 'c', 0, 1, 3 };
	struct frames f;
	struct frame frame;
	size_t split, got;

	(void)state;
	for (split = 1; split < sizeof(bytes); split++) {
		frames_reset(&f);
		got = 0;
		give(&f, bytes, split);
		while (frames_next(&f, &frame) == FRAMES_ONE)
			got = got * 10 + frame.type * frame.len + 1;
		assert_int_equal(frames_partial(&f), split != 6);
		give(&f, bytes + split, sizeof(bytes) - split);
		while (frames_next(&f, &frame) == FRAMES_ONE)
			got = got * 10 + frame.type * frame.len + 1;
		/* First 1 * 3 + 1, then 3 * 0 + 1. */
		assert_int_equal(got, 41);
		assert_false(frames_partial(&f));
	}
}

static void
test_longest(void **state)
{
	static uint8_t bytes[FRAMES_BUFFER];
	struct frames f;
	struct frame frame;

	(void)state;
	bytes[0] = WIRE_CLIENT_MAX >> 8;
	bytes[1] = WIRE_CLIENT_MAX & 0xff;
	bytes[2] = WIRE_SEALED;
	frames_reset(&f);
	give(&f, bytes, sizeof(bytes) - 1);
	assert_int_equal(frames_next(&f, &frame), FRAMES_MORE);
	give(&f, bytes, 1);
	assert_int_equal(frames_next(&f, &frame), FRAMES_ONE);
	assert_int_equal(frame.len, WIRE_CLIENT_MAX - 1);
	bytes[1]++;
	frames_reset(&f);
	give(&f, bytes, sizeof(bytes));
	assert_int_equal(frames_next(&f, &frame), FRAMES_MALFORMED);
}

static void
test_zero(void **state)
{
	struct frames f;
	struct frame frame;

	(void)state;
	frames_reset(&f);
	give(&f, "\0", 1);
	assert_int_equal(frames_next(&f, &frame), FRAMES_MORE);
	give(&f, "\0", 1);
	assert_int_equal(frames_next(&f, &frame), FRAMES_MALFORMED);
}

/* Whatever comes byte by byte is told apart in the end. */
static void
foreign(const char *name, const void *p, size_t len)
{
	enum frames_result r = FRAMES_MORE;
	struct frames f;
	struct frame frame;
	size_t i;

	frames_reset(&f);
	for (i = 0; i < len && r == FRAMES_MORE; i++) {
		give(&f, (const uint8_t *)p + i, 1);
		r = frames_next(&f, &frame);
	}
	assert_int_equal(r, FRAMES_FOREIGN);
	assert_string_equal(frames_guess(&f), name);
}

static void
test_other_protocols(void **state)
{
	static const uint8_t tls[] = { 0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3 };
	static const uint8_t rpc[] = { 5, 0, 0x0b, 3, 0x10, 0, 0, 0, 0x48, 0 };
	struct frames f;
	struct frame frame;
	int i;

	(void)state;
	foreign("tls", tls, sizeof(tls));
	foreign("dce-rpc", rpc, sizeof(rpc));
	foreign("http", "GET / HTTP/1.1\r\n", 16);
	foreign("ssh", "SSH-2.0-OpenSSH_9.2\r\n", 21);
	frames_reset(&f);
	give(&f, "\xff\xff", 2);
	assert_int_equal(frames_next(&f, &frame), FRAMES_MALFORMED);
	/* Letters may become a protocol, but not for ever. */
	frames_reset(&f);
	for (i = 1; i < FRAMES_GUESS; i++) {
		give(&f, "Q", 1);
		assert_int_equal(frames_next(&f, &frame), FRAMES_MORE);
	}
	give(&f, "Q", 1);
	assert_int_equal(frames_next(&f, &frame), FRAMES_MALFORMED);
	/* Behind a frame of ours it is just a broken stream. */
	frames_reset(&f);
	give(&f,
	    "\0\1\3"
	    "GET / HTTP/1.1\r\n",
	    19);
	assert_int_equal(frames_next(&f, &frame), FRAMES_ONE);
	assert_int_equal(frames_next(&f, &frame), FRAMES_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split_at_every_byte),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_zero),
		cmocka_unit_test(test_other_protocols),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
