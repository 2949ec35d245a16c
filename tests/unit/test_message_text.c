/* Tests of which characters a message may hold. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/message.h"

/* Encodes without any check. */
static size_t
encode(uint32_t c, char *s)
{
	static const unsigned char heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;

	if (n == 1) {
		s[0] = (char)c;
		return (1);
	}
	for (i = n - 1; i > 0; i--, c >>= 6)
		s[i] = (char)(0x80 | (c & 0x3f));
	s[0] = (char)(heads[n] | c);
	return (n);
}

/* Cc, Zl, Zp, Bidi_Control of the Unicode standard, and surrogates. */
static int
refused(uint32_t c)
{
	return (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c ||
		c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
		(c >= 0x2066 && c <= 0x2069) || (c >= 0xd800 && c <= 0xdfff) ||
		c > 0x10ffff);
}

static void
text_every_character(void **state)
{
	char s[8];
	uint32_t c;
	size_t n;

	(void)state;
	for (c = 0; c < 0x120000; c++) {
		s[0] = 'a';
		n = encode(c, s + 1);
		s[n + 1] = 'z';
		if (message_text_valid(s, n + 2) != !refused(c))
			fail_msg("U+%04X", c);
	}
}

static void
text_malformed(void **state)
{
	static const char *const bad[] = { "\x80", "\xbf", "\xc0\x80",
		"\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xe2\x98",
		"\xe2\x98(", "\xe2(\x83", "\xed\xa0\x80", "\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff",
		"\xc3\xa4\xa4" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(message_text_valid(bad[i], strlen(bad[i])));
	/* A sequence that the length cuts off, though its bytes follow. */
	assert_false(message_text_valid("\xe2\x98\x83", 2));
	assert_true(message_text_valid("\xe2\x98\x83", 3));
	assert_true(message_text_valid("", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_every_character),
		cmocka_unit_test(text_malformed),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
