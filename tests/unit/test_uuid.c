/* Tests of UUIDs. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/uuid.h"

static const char text[] = "01234567-89ab-cdef-fedc-ba9876543210";
static const uint8_t bytes[UUID_LEN] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
	0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10 };

static void
uuid_both_ways(void **state)
{
	uint8_t uuid[UUID_LEN];
	char buf[UUID_STRLEN];

	(void)state;
	uuid_print(bytes, buf);
	assert_string_equal(buf, text);
	assert_int_equal(uuid_parse(text, 36, uuid), 0);
	assert_memory_equal(uuid, bytes, UUID_LEN);
}

/* Every byte at every place, but the right one, is refused or prints back. */
static void
uuid_mutants(void **state)
{
	char buf[UUID_STRLEN], back[UUID_STRLEN];
	uint8_t uuid[UUID_LEN];
	int c, i, parsed = 0;

	(void)state;
	for (i = 0; i < 36; i++) {
		for (c = 0; c < 256; c++) {
			memcpy(buf, text, sizeof(buf));
			buf[i] = (char)c;
			if (uuid_parse(buf, 36, uuid) == -1)
				continue;
			parsed++;
			uuid_print(uuid, back);
			assert_string_equal(back, buf);
		}
	}
	assert_int_equal(parsed, 32 * 16 + 4);
}

static void
uuid_length(void **state)
{
	uint8_t uuid[UUID_LEN];

	(void)state;
	assert_int_equal(uuid_parse(text, 35, uuid), -1);
	assert_int_equal(uuid_parse(text, 37, uuid), -1);
	assert_int_equal(uuid_parse("", 0, uuid), -1);
}

static void
uuid_made(void **state)
{
	uint8_t a[UUID_LEN], b[UUID_LEN];
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		assert_int_equal(uuid_make(a), 0);
		assert_int_equal(uuid_make(b), 0);
		assert_memory_not_equal(a, b, UUID_LEN);
		assert_int_equal(a[6] >> 4, 4);
		assert_int_equal(a[8] >> 6, 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uuid_both_ways),
		cmocka_unit_test(uuid_mutants),
		cmocka_unit_test(uuid_length),
		cmocka_unit_test(uuid_made),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
