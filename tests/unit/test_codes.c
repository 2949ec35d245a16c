/* Tests of the table of result codes. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/codes.h"

static void
codes_known(void **state)
{
	(void)state;
	assert_string_equal(code_name(0xC004F038), "count-insufficient");
	assert_string_equal(code_name(0xC004F06C), "time-skew");
	assert_string_equal(code_name(0xE0040002), "clone");
	assert_string_equal(code_name(0xE0040007), "seal-unknown");
	assert_int_equal(code_find_name("denied")->code, 0xE0040003);
	assert_int_equal(code_find_name("no-dns-record")->code, 0x8007232B);
}

static void
codes_unknown(void **state)
{
	(void)state;
	assert_null(code_find(0xC004F039));
	assert_null(code_find_name("count-insufficien"));
	assert_null(code_find_name(""));
	assert_string_equal(code_name(0xC004F039), "unknown");
}

/* Numbers and names are unique, names are tokens, texts are sentences. */
static void
codes_table(void **state)
{
	const struct code *c;
	size_t i;

	(void)state;
	for (i = 0; (c = code_at(i)) != NULL; i++) {
		assert_ptr_equal(code_find(c->code), c);
		assert_ptr_equal(code_find_name(c->name), c);
		assert_int_equal(strspn(c->name, "abcdefghijklmnopqrstuvwxyz-"),
		    strlen(c->name));
		assert_int_equal(c->meaning[strlen(c->meaning) - 1], '.');
		assert_int_equal(c->advice[strlen(c->advice) - 1], '.');
	}
	assert_int_equal(i, 20);
	/* The command has this name. */
	assert_non_null(strstr(code_find_name("count-insufficient")->advice,
	    "kmsctl show count."));
	assert_null(code_at(SIZE_MAX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_known),
		cmocka_unit_test(codes_unknown),
		cmocka_unit_test(codes_table),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
