/* Tests of kmsctl's tables of words, columns and safe text. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kmsctl/table.h"
#include "kmsctl/text.h"
#include "kmsctl/words.h"

static int
run(struct kmsctl *k, int argc, char **argv)
{
	(void)k;
	(void)argv;
	return (argc);
}

static const struct word show[] = {
	{ "", NULL, run, "" },
	{ "host", NULL, run, "" },
	{ "hosts", NULL, run, "" },
	{ "machines", NULL, run, "" },
	{ NULL, NULL, NULL, NULL },
};

static const struct word clocks[] = {
	{ "accept", NULL, run, "" },
	{ NULL, NULL, NULL, NULL },
};

static const struct word words[] = {
	{ "install", NULL, run, "file" },
	{ "init", NULL, run, "" },
	{ "show", show, NULL, NULL },
	{ "clock", clocks, NULL, NULL },
	{ NULL, NULL, NULL, NULL },
};

/* Finds the command of up to three words; the word and *used. */
static const char *
find(const char *a, const char *b, const char *c, int *used, char *error)
{
	char text[3][32], *argv[3];
	const char *const given[3] = { a, b, c };
	const struct word *w;
	int argc;

	for (argc = 0; argc < 3 && given[argc] != NULL; argc++) {
		(void)strlcpy(text[argc], given[argc], sizeof(text[argc]));
		argv[argc] = text[argc];
	}
	*used = -1;
	w = words_find(words, argc, argv, used, error);
	return (w == NULL ? NULL : w->word);
}

static void
test_words(void **state)
{
	static const struct {
		const char *a, *b, *c, *found;
		int used;
	} cases[] = {
		{ "install", "x", NULL, "install", 0 },
		{ "ins", "x", NULL, "install", 0 },
		{ "show", NULL, NULL, "", 0 },
		{ "show", "host", NULL, "host", 1 },
		{ "s", "hosts", NULL, "hosts", 1 },
		{ "s", "m", NULL, "machines", 1 },
		{ "show", "-x", NULL, "", 0 },
		{ "clock", "accept", NULL, "accept", 1 },
		{ "in", NULL, NULL, NULL, 0 },
		{ "show", "h", NULL, NULL, 0 },
		{ "show", "x", NULL, NULL, 0 },
		{ "show", "", NULL, "", 1 },
		{ "", NULL, NULL, NULL, 0 },
		{ "installs", NULL, NULL, NULL, 0 },
		{ "clock", NULL, NULL, NULL, 0 },
		{ NULL, NULL, NULL, NULL, 0 },
	};
	char error[WORDS_ERROR_MAX];
	const char *found;
	size_t i;
	int used;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		found = find(cases[i].a, cases[i].b, cases[i].c, &used, error);
		if (cases[i].found == NULL) {
			assert_null(found);
			assert_true(strlen(error) > 0);
			continue;
		}
		assert_non_null(found);
		assert_string_equal(found, cases[i].found);
		assert_int_equal(used, cases[i].used);
	}
	assert_null(find("show", "h", NULL, &used, error));
	assert_non_null(strstr(error, "host, hosts"));
	assert_null(find("clock", NULL, NULL, &used, error));
	assert_non_null(strstr(error, "accept"));
}

static void
count_command(void *arg, const char *name, const char *usage)
{
	assert_non_null(usage);
	if (strcmp(name, "clock accept") == 0 || strcmp(name, "show") == 0)
		++*(int *)arg;
}

static void
test_each(void **state)
{
	int n = 0;

	(void)state;
	words_each(words, "", count_command, &n);
	assert_int_equal(n, 2);
}

static void
test_table(void **state)
{
	struct table t;
	char *text = NULL;
	size_t len;
	FILE *f;

	(void)state;
	table_init(&t, 3, 1U << 1);
	table_text(&t, "NAME");
	table_text(&t, "N");
	table_text(&t, "END");
	table_text(&t, "m\303\274ller");
	table_format(&t, "%d", 100);
	table_text(&t, "x");
	assert_non_null(f = open_memstream(&text, &len));
	table_print(&t, f);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, "NAME      N  END\n"
				  "m\303\274ller  100  x\n");
	free(text);
	table_free(&t);
}

static void
test_safe(void **state)
{
	static const struct {
		const char *text, *safe;
	} cases[] = {
		{ "plain text", "plain text" },
		{ "\033[2J", "\\^[[2J" },
		{ "two\nlines\t", "two\\nlines\\t" },
		{ "\302\233", "\\M-B\\M^[" },
		{ "a\\b", "a\\b" },
	};
	char safe[TEXT_SAFE_MAX];
	static char huge[8192];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text_safe(cases[i].text, strlen(cases[i].text), safe);
		assert_string_equal(safe, cases[i].safe);
	}
	memset(huge, 0x9b, sizeof(huge));
	text_safe(huge, sizeof(huge), safe);
	assert_true(strlen(safe) < sizeof(safe));
	text_time(0, safe);
	assert_string_equal(safe, "-");
	text_time(1, safe);
	assert_string_equal(safe, "1970-01-01T00:00:01Z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_safe),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
