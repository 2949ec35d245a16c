/* Tests of single values: each kind, what it takes and what it refuses. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/ktime.h"
#include "common/message_value.h"

#define T10 "xxxxxxxxxx"
#define T50 T10 T10 T10 T10 T10
#define H253 T50 T50 T50 T50 T50 "xxx"
#define U8 "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"

static const char *const words[] = { "red", "redder", NULL };

static const struct message_part uuid = { MESSAGE_UUID, 0, 0, NULL };
static const struct message_part when = { MESSAGE_TIME, 0, 0, NULL };
static const struct message_part duration = { MESSAGE_DURATION, 0, 0, NULL };
static const struct message_part count = { MESSAGE_COUNT, 0, 1000, NULL };
static const struct message_part positive = { MESSAGE_POSITIVE, 0, 1000, NULL };
static const struct message_part bytes = { MESSAGE_BASE64, 0, 4, NULL };
static const struct message_part token = { MESSAGE_TOKEN, 0, 8, NULL };
static const struct message_part host = { MESSAGE_HOST, 0, 0, NULL };
static const struct message_part text = { MESSAGE_TEXT, 0, 8, NULL };
static const struct message_part word = { MESSAGE_WORD, 0, 0, words };
static const struct message_part code = { MESSAGE_CODE, 0, 0, NULL };

/* Any object of a part, and room to see a write too far. */
union object {
	uint8_t bytes[300];
	char text[300];
	int64_t number;
	uint64_t count;
	struct ktime time;
	uint32_t code;
	int word;
};

static const struct {
	const struct message_part *part;
	const char *text;
} good[] = {
	{ &uuid, "00000000-0000-0000-0000-00000000000f" },
	{ &when, "2026-11-22T10:00:00Z" },
	{ &duration, "0s" },
	{ &duration, "15m" },
	{ &count, "0" },
	{ &count, "1000" },
	{ &positive, "1" },
	{ &positive, "1000" },
	{ &bytes, "Zm9vYg==" },
	{ &token, "a" },
	{ &token, "._-aZ09x" },
	{ &host, "a" },
	{ &host, "-.aZ09" },
	{ &host, H253 },
	{ &text, "a" },
	{ &text, "a  b" },
	{ &text, U8 },
	{ &text, "!\"\\~" },
	{ &word, "red" },
	{ &word, "redder" },
	{ &code, "0xC004F038" },
	{ &code, "0x00000000" },
	{ &code, "0xFFFFFFFF" },
};

static const struct {
	const struct message_part *part;
	const char *text;
} bad[] = {
	{ &uuid, "" },
	{ &uuid, "00000000-0000-0000-0000-00000000000F" },
	{ &when, "" },
	{ &when, "2026-11-22T10:00:00+00:00" },
	{ &duration, "" },
	{ &duration, "60s" },
	{ &duration, "-1s" },
	{ &count, "" },
	{ &count, "1001" },
	{ &count, "00" },
	{ &count, "01" },
	{ &count, "1 " },
	{ &positive, "" },
	{ &positive, "0" },
	{ &positive, "1001" },
	{ &positive, "01" },
	{ &bytes, "" },
	{ &bytes, "Zm9v" },
	{ &bytes, "Zm9vYmE=" },
	{ &bytes, "Zm9vYh==" },
	{ &bytes, "Zm9vYg" },
	{ &bytes, "Zm9vYg= " },
	{ &token, "" },
	{ &token, "123456789" },
	{ &token, "a b" },
	{ &token, "a/b" },
	{ &token, "a:b" },
	{ &token, "a@b" },
	{ &token, "a[b" },
	{ &token, "a`b" },
	{ &token, "a{b" },
	{ &token, "\xc3\xa4" },
	{ &host, "" },
	{ &host, H253 "x" },
	{ &host, "a_b" },
	{ &host, "a b" },
	{ &host, "a:1" },
	{ &text, "" },
	{ &text, " a" },
	{ &text, "a " },
	{ &text, " " },
	{ &text, "a\tb" },
	{ &text, "a\rb" },
	{ &text, "a\nb" },
	{ &text, "123456789" },
	{ &text, U8 "x" },
	{ &text, "\xc3" },
	{ &word, "" },
	{ &word, "re" },
	{ &word, "redd" },
	{ &word, "Red" },
	{ &word, "redderr" },
	{ &word, "0" },
	{ &code, "" },
	{ &code, "0xc004f038" },
	{ &code, "0XC004F038" },
	{ &code, "C004F038" },
	{ &code, "0xC004F03" },
	{ &code, "0xC004F0380" },
	{ &code, "0xC004F03G" },
	{ &code, "0xC004F03@" },
	{ &code, "0xC004F03/" },
};

static void
value_both_ways(void **state)
{
	union object o;
	char buf[400];
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		memset(&o, 0, sizeof(o));
		len = strlen(good[i].text);
		if (message_value_parse(good[i].part, good[i].text, len, &o) ==
		    -1)
			fail_msg("does not parse: %s", good[i].text);
		assert_int_equal(
		    message_value_print(good[i].part, &o, buf, sizeof(buf) - 1),
		    len);
		assert_memory_equal(buf, good[i].text, len);
		/* Exactly fitting, and a byte short. */
		assert_int_equal(
		    message_value_print(good[i].part, &o, buf, len), len);
		assert_int_equal(
		    message_value_print(good[i].part, &o, buf, len - 1), -1);
	}
}

static void
value_refused(void **state)
{
	union object o;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&o, 0, sizeof(o));
		if (message_value_parse(bad[i].part, bad[i].text,
			strlen(bad[i].text), &o) != -1)
			fail_msg("kind %d parses: %s", bad[i].part->kind,
			    bad[i].text);
	}
	/* A NUL within. */
	assert_int_equal(message_value_parse(&token, "a\0b", 3, &o), -1);
	assert_int_equal(message_value_parse(&host, "a\0b", 3, &o), -1);
	assert_int_equal(message_value_parse(&text, "a\0b", 3, &o), -1);
	assert_int_equal(message_value_parse(&word, "red\0", 4, &o), -1);
}

/* What would not parse back is not printed. */
static void
value_not_printed(void **state)
{
	union object o;
	char buf[400];

	(void)state;
#define REFUSED(part, member, value)                                         \
	do {                                                                 \
		memset(&o, 0, sizeof(o));                                    \
		o.member = value;                                            \
		assert_int_equal(                                            \
		    message_value_print(part, &o, buf, sizeof(buf) - 1), 0); \
	} while (0)
	REFUSED(&when, number, -1);
	REFUSED(&when, number, KTIME_MAX + 1);
	REFUSED(&duration, number, -1);
	REFUSED(&duration, number, KTIME_MAX + 1);
	REFUSED(&count, count, 1001);
	REFUSED(&positive, count, 0);
	REFUSED(&positive, count, 1001);
	REFUSED(&word, word, -1);
	REFUSED(&word, word, 2);
	REFUSED(&word, word, INT32_MAX);
	REFUSED(&token, text[0], 0);
	REFUSED(&token, text[0], '/');
	REFUSED(&host, text[0], 0);
	REFUSED(&host, text[0], '_');
	REFUSED(&text, text[0], 0);
	REFUSED(&text, text[0], ' ');
	REFUSED(&text, text[0], '\n');
#undef REFUSED
	/* No NUL within the array. */
	memset(&o, 'x', sizeof(o));
	assert_int_equal(message_value_print(&token, &o, buf, 399), 0);
	assert_int_equal(message_value_print(&host, &o, buf, 399), 0);
	assert_int_equal(message_value_print(&text, &o, buf, 399), 0);
}

static void
value_expected(void **state)
{
	char buf[MESSAGE_EXPECTED_MAX];

	(void)state;
	message_value_expected(&word, buf);
	assert_string_equal(buf, "one of red redder");
	message_value_expected(&count, buf);
	assert_string_equal(buf, "a number from 0 to 1000");
	message_value_expected(&bytes, buf);
	assert_string_equal(buf, "canonical base64 of 4 bytes");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_both_ways),
		cmocka_unit_test(value_refused),
		cmocka_unit_test(value_not_printed),
		cmocka_unit_test(value_expected),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
