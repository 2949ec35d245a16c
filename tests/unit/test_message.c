/*
 * Tests of the grammar of messages, on every type: what parses prints to the
 * same bytes, and each way to break a line is refused.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/samples.h"

#define TEXT_SIZE 20000
#define LINES_MAX 64

struct lines {
	const char *line[LINES_MAX];
	size_t len[LINES_MAX]; /* with the newline */
	size_t n;
};

static void
split(const char *text, struct lines *l)
{
	const char *newline;

	for (l->n = 0; *text != '\0'; text = newline + 1) {
		newline = strchr(text, '\n');
		assert_true(l->n < LINES_MAX);
		l->line[l->n] = text;
		l->len[l->n++] = (size_t)(newline + 1 - text);
	}
}

/*
 * Parses, and if it parses, prints again and compares.  A struct that did not
 * parse is all zeros.
 */
static bool
parses(const struct message_type *type, const char *text, size_t len)
{
	static union any_message m, zero;
	char error[MESSAGE_ERROR_MAX] = "", again[TEXT_SIZE];
	int n;

	memset(&m, 0xa5, type->size);
	if (message_parse(type, text, len, &m, error) == -1) {
		assert_memory_equal(&m, &zero, type->size);
		assert_true(error[0] != '\0');
		assert_int_equal(message_parse(type, text, len, &m, NULL), -1);
		return (false);
	}
	n = message_print(type, &m, again, sizeof(again), error);
	if (n == -1)
		fail_msg("parsed, but does not print: %s", error);
	assert_int_equal(n, len);
	assert_memory_equal(again, text, len);
	assert_int_equal(again[n], '\0');
	return (true);
}

static const struct message_field *
field_of(const struct message_type *type, const char *line)
{
	size_t i, n;

	for (i = 0; i < type->nfields; i++) {
		n = strlen(type->fields[i].key);
		if (strncmp(line, type->fields[i].key, n) == 0 &&
		    (line[n] == ' ' ||
			type->fields[i].need == MESSAGE_EXTENSIONS))
			return (&type->fields[i]);
	}
	return (NULL);
}

static void
message_samples(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < nsamples; i++)
		assert_true(parses(
		    samples[i].type, samples[i].text, strlen(samples[i].text)));
	assert_int_equal(nsamples, 13);
}

/* No message is taken for one of another type. */
static void
message_other_type(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < nsamples; i++) {
		for (j = 0; j < nsamples; j++) {
			size_t len = strlen(samples[j].text);

			assert_int_equal(
			    message_is(samples[i].type, samples[j].text, len),
			    i == j);
			assert_int_equal(
			    parses(samples[i].type, samples[j].text, len),
			    i == j);
		}
	}
}

/* Joins the lines with those at index a and b in the given number. */
static size_t
join(const struct lines *l, size_t index, int copies, char *out)
{
	size_t i, len = 0;
	int k;

	for (i = 0; i < l->n; i++) {
		for (k = 0; k < (i == index ? copies : 1); k++) {
			memcpy(out + len, l->line[i], l->len[i]);
			len += l->len[i];
		}
	}
	return (len);
}

static void
message_line_missing(void **state)
{
	char text[TEXT_SIZE];
	const struct message_field *f;
	struct lines l;
	size_t i, j;
	bool spare;

	(void)state;
	for (i = 0; i < nsamples; i++) {
		split(samples[i].text, &l);
		for (j = 0; j < l.n; j++) {
			f = field_of(samples[i].type, l.line[j]);
			spare = f != NULL && f->need != MESSAGE_REQUIRED;
			if (parses(samples[i].type, text,
				join(&l, j, 0, text)) != spare)
				fail_msg(
				    "without %.*s", (int)l.len[j], l.line[j]);
		}
	}
}

static void
message_line_doubled(void **state)
{
	char text[TEXT_SIZE];
	const struct message_field *f;
	struct lines l;
	size_t i, j;
	bool room;

	(void)state;
	for (i = 0; i < nsamples; i++) {
		split(samples[i].text, &l);
		for (j = 0; j < l.n; j++) {
			f = field_of(samples[i].type, l.line[j]);
			room = f != NULL &&
			       (f->need == MESSAGE_EXTENSIONS ||
				   (f->need == MESSAGE_REPEATED && f->max > 2));
			if (parses(samples[i].type, text,
				join(&l, j, 2, text)) != room)
				fail_msg(
				    "twice %.*s", (int)l.len[j], l.line[j]);
		}
	}
}

static void
message_lines_swapped(void **state)
{
	char text[TEXT_SIZE];
	struct lines l, s;
	size_t i, a, b;
	bool same;

	(void)state;
	for (i = 0; i < nsamples; i++) {
		split(samples[i].text, &l);
		for (a = 0; a < l.n; a++) {
			for (b = a + 1; b < l.n; b++) {
				s = l;
				s.line[a] = l.line[b];
				s.len[a] = l.len[b];
				s.line[b] = l.line[a];
				s.len[b] = l.len[a];
				same = field_of(samples[i].type, l.line[a]) ==
				       field_of(samples[i].type, l.line[b]);
				assert_int_equal(parses(samples[i].type, text,
						     join(&s, 0, 1, text)),
				    same);
			}
		}
	}
}

/* A line that no table knows, at every place. */
static void
message_line_unknown(void **state)
{
	static const char unknown[] = "colour green\n";
	char text[TEXT_SIZE];
	struct lines l;
	size_t i, j, before;

	(void)state;
	for (i = 0; i < nsamples; i++) {
		split(samples[i].text, &l);
		for (j = 0; j <= l.n; j++) {
			before = j == l.n
				     ? strlen(samples[i].text)
				     : (size_t)(l.line[j] - samples[i].text);
			(void)snprintf(text, sizeof(text), "%.*s%s%s",
			    (int)before, samples[i].text, unknown,
			    samples[i].text + before);
			assert_false(
			    parses(samples[i].type, text, strlen(text)));
		}
	}
}

/* Bytes put in, changed and taken out, at every place. */
static void
message_bytes(void **state)
{
	static const char other[] = "\0\r\n\t \x7f\x80\xff"
				    "01aAzx-=/";
	static const char never[] = "\0\r\t\x7f\xff";
	char text[TEXT_SIZE];
	const char *sample;
	size_t i, pos, len, k;

	(void)state;
	for (i = 0; i < nsamples; i++) {
		sample = samples[i].text;
		len = strlen(sample);
		for (pos = 0; pos <= len; pos++) {
			for (k = 0; k < sizeof(other) - 1; k++) {
				memcpy(text, sample, pos);
				text[pos] = other[k];
				memcpy(text + pos + 1, sample + pos, len - pos);
				if (parses(samples[i].type, text, len + 1))
					assert_null(memchr(never, other[k],
					    sizeof(never) - 1));
				if (pos == len)
					continue;
				memcpy(text + pos + 1, sample + pos + 1,
				    len - pos - 1);
				(void)parses(samples[i].type, text, len);
			}
			memcpy(text + pos, sample + pos + 1, len - pos);
			if (pos < len)
				(void)parses(samples[i].type, text, len - 1);
		}
	}
}

/* Cut off anywhere: only behind a line that nothing must follow. */
static void
message_cut_off(void **state)
{
	size_t i, len;

	(void)state;
	for (i = 0; i < nsamples; i++) {
		for (len = 0; len < strlen(samples[i].text); len++) {
			if (!parses(samples[i].type, samples[i].text, len))
				continue;
			assert_int_equal(samples[i].text[len - 1], '\n');
		}
	}
}

static void
message_buffer(void **state)
{
	static union any_message m;
	char buf[TEXT_SIZE], error[MESSAGE_ERROR_MAX];
	const struct message_type *type;
	size_t i, len, size;

	(void)state;
	for (i = 0; i < nsamples; i++) {
		type = samples[i].type;
		len = strlen(samples[i].text);
		assert_int_equal(
		    message_parse(type, samples[i].text, len, &m, NULL), 0);
		for (size = 0; size <= len; size++) {
			memset(buf, '#', len + 2);
			assert_int_equal(
			    message_print(type, &m, buf, size, error), -1);
			assert_int_equal(buf[size], '#');
			assert_true(size == 0 || buf[0] == '\0');
			assert_non_null(strstr(error, "too small"));
		}
		assert_int_equal(
		    message_print(type, &m, buf, len + 1, NULL), len);
	}
}

struct note {
	char text[41];
	size_t nitems;
	struct {
		uint64_t n;
		char token[3];
	} item[3];
	bool has_size;
	uint64_t size;
	char extensions[16];
};

static const struct message_field note_fields[] = {
	{ "text", MESSAGE_REQUIRED, 0, 0, 0, 0, 0, 1,
	    { { MESSAGE_TEXT, offsetof(struct note, text), 40, NULL } } },
	{ "item", MESSAGE_REPEATED, offsetof(struct note, item),
	    offsetof(struct note, nitems),
	    sizeof(((struct note *)NULL)->item[0]), 1, 3, 2,
	    { { MESSAGE_COUNT, 0, 99, NULL },
		{ MESSAGE_TOKEN, sizeof(uint64_t), 2, NULL } } },
	{ "size", MESSAGE_OPTIONAL, offsetof(struct note, size),
	    offsetof(struct note, has_size), 0, 0, 0, 1,
	    { { MESSAGE_COUNT, 0, 99, NULL } } },
	{ "x-", MESSAGE_EXTENSIONS, offsetof(struct note, extensions), 0, 0, 0,
	    16, 0, { { 0, 0, 0, NULL } } },
};
static const struct message_type note_type = { "note", 12, sizeof(struct note),
	80, note_fields, 4 };

static bool
note_parses(const char *text)
{
	return (parses(&note_type, text, strlen(text)));
}

static void
message_rules(void **state)
{
	(void)state;
	assert_true(note_parses("note 12\ntext a\nitem 1 a\n"));
	assert_true(note_parses("note 12\ntext a\nitem 1 a\nitem 2 b\n"
				"item 3 c\nsize 7\nx-a b\n"));
	/* Repeated: at least one, at most three; both parts, no third. */
	assert_false(note_parses("note 12\ntext a\n"));
	assert_false(note_parses("note 12\ntext a\nitem 1 a\nitem 1 a\n"
				 "item 1 a\nitem 1 a\n"));
	assert_false(note_parses("note 12\ntext a\nitem 1\n"));
	assert_false(note_parses("note 12\ntext a\nitem 1 \n"));
	assert_false(note_parses("note 12\ntext a\nitem  a\n"));
	assert_false(note_parses("note 12\ntext a\nitem 1 a b\n"));
	assert_false(note_parses("note 12\ntext a\nitem 1  a\n"));
	assert_false(note_parses("note 12\ntext a\nitem 1 abc\n"));
	assert_false(note_parses("note 12\ntext a\nitem 100 a\n"));
	assert_false(note_parses("note 12\ntext a\nitem 01 a\n"));
	/* The first line. */
	assert_false(note_parses("note 1\ntext a\nitem 1 a\n"));
	assert_false(note_parses("note 012\ntext a\nitem 1 a\n"));
	assert_false(note_parses("note\ntext a\nitem 1 a\n"));
	assert_false(note_parses("note 12"));
	assert_false(note_parses("note 12\n"));
	assert_false(note_parses(""));
	assert_false(note_parses("\nnote 12\ntext a\nitem 1 a\n"));
	/* Values and what surrounds them. */
	assert_false(note_parses("note 12\ntext\nitem 1 a\n"));
	assert_false(note_parses("note 12\ntext \nitem 1 a\n"));
	assert_false(note_parses("note 12\ntext  a\nitem 1 a\n"));
	assert_false(note_parses("note 12\ntext a \nitem 1 a\n"));
	assert_false(note_parses("note 12\n text a\nitem 1 a\n"));
	assert_false(note_parses("note 12\nText a\nitem 1 a\n"));
	assert_false(note_parses("note 12\ntext a\n\nitem 1 a\n"));
	assert_false(note_parses("note 12\ntext a\nitem 1 a\n\n"));
	assert_false(note_parses("note 12\ntext a\nitem 1 a\nsize 1\n"
				 "size 1\n"));
}

static void
message_extensions(void **state)
{
#define NOTE "note 12\ntext a\nitem 1 a\n"
	(void)state;
	assert_true(note_parses(NOTE "x-a b\n"));
	assert_true(note_parses(NOTE "x-a b\nx-a b\n"));
	assert_true(note_parses(NOTE "x--9z b  c\n"));
	assert_true(note_parses(NOTE "x-a 4567890123\n")); /* 15 bytes */
	assert_false(note_parses(NOTE "x-a 45678901234\n"));
	assert_false(note_parses(NOTE "x-a b\nx-a b\nx-a b\n"));
	assert_false(note_parses(NOTE "x-a b\nsize 7\n"));
	assert_false(note_parses(NOTE "x- b\n"));
	assert_false(note_parses(NOTE "x-a\n"));
	assert_false(note_parses(NOTE "x-a \n"));
	assert_false(note_parses(NOTE "x-a  b\n"));
	assert_false(note_parses(NOTE "x-a b \n"));
	assert_false(note_parses(NOTE "x-A b\n"));
	assert_false(note_parses(NOTE "x-a_b c\n"));
	assert_false(note_parses(NOTE "x-a b\rc\n"));
	assert_false(note_parses(NOTE "X-a b\n"));
	assert_false(note_parses("note 12\nx-a b\ntext a\nitem 1 a\n"));
#undef NOTE
}

/* Structs that nothing could parse to. */
static void
message_not_printed(void **state)
{
	static const char *const lines[] = { "x-a b", "\n", "x-a b\n\n",
		"size 7\n", "x-a b\nsize 7\n", "x- b\n", "x-a \n" };
	const struct note good = {
		.text = "a", .nitems = 1, .item = { { 1, "a" } }
	};
	char buf[200], error[MESSAGE_ERROR_MAX];
	struct note n = good;
	size_t i;

	(void)state;
	assert_true(message_print(&note_type, &n, buf, 200, error) > 0);
	n.nitems = 0;
	assert_int_equal(message_print(&note_type, &n, buf, 200, error), -1);
	n.nitems = 4;
	assert_int_equal(message_print(&note_type, &n, buf, 200, error), -1);
	n = good;
	memset(n.text, 'x', sizeof(n.text));
	assert_int_equal(message_print(&note_type, &n, buf, 200, error), -1);
	assert_non_null(strstr(error, "note: text: not 1 to 40 bytes"));
	n = good;
	memset(n.extensions, 'x', sizeof(n.extensions));
	assert_int_equal(message_print(&note_type, &n, buf, 200, error), -1);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		n = good;
		memcpy(n.extensions, lines[i], strlen(lines[i]));
		assert_int_equal(
		    message_print(&note_type, &n, buf, 200, error), -1);
		assert_int_equal(buf[0], '\0');
	}
}

/* The limit of the type's length holds both ways. */
static void
message_length(void **state)
{
	struct note n = { .nitems = 3,
		.item = { { 10, "ab" }, { 10, "ab" }, { 10, "ab" } } };
	char buf[200], error[MESSAGE_ERROR_MAX];

	(void)state;
	/* 8 + 6 + text + 3 * 11 = 80 */
	memset(n.text, 'x', 33);
	assert_int_equal(message_print(&note_type, &n, buf, 200, error), 80);
	assert_true(parses(&note_type, buf, 80));
	assert_int_equal(message_print(&note_type, &n, buf, 81, error), 80);
	assert_int_equal(message_print(&note_type, &n, buf, 80, error), -1);
	assert_non_null(strstr(error, "too small"));
	n.text[33] = 'x';
	assert_int_equal(message_print(&note_type, &n, buf, 200, error), -1);
	assert_string_equal(error, "note: longer than 80 bytes");
	assert_false(note_parses("note 12\ntext 0123456789012345678901234567890"
				 "123\nitem 10 ab\nitem 10 ab\nitem 10 ab\n"));
}

static void
message_range(void **state)
{
	const struct note n = { .text = "a",
		.nitems = 2,
		.item = { { 1, "a" }, { 2, "b" } },
		.extensions = "x-a b\n" };
	char buf[200], error[MESSAGE_ERROR_MAX];

	(void)state;
	assert_int_equal(message_print_range(
			     &note_type, &n, "text", "text", buf, 200, error),
	    7);
	assert_string_equal(buf, "text a\n");
	assert_int_equal(message_print_range(
			     &note_type, &n, "item", "size", buf, 200, error),
	    18);
	assert_string_equal(buf, "item 1 a\nitem 2 b\n");
	assert_int_equal(message_print_range(
			     &note_type, &n, "size", "item", buf, 200, error),
	    -1);
	assert_int_equal(
	    message_print_range(&note_type, &n, "item", "no", buf, 200, error),
	    -1);
	assert_int_equal(
	    message_print_range(&note_type, &n, "no", "no", buf, 200, error),
	    -1);
	assert_int_equal(
	    message_print_range(&note_type, &n, "text", "text", buf, 7, error),
	    -1);
}

/* Errors name the line, the key and what it takes. */
static void
message_errors(void **state)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{ "note 12\ntext a\nitem x a\n",
		    "note: line 3: item: not a number from 0 to 99" },
		{ "note 12\ntext a\nitem 1\n",
		    "note: line 3: item: 2 values expected" },
		{ "note 12\nitem 1 a\n",
		    "note: line 2: expected text, found item" },
		{ "note 12\n", "note: text is missing at the end" },
		{ "note 12\ntext a\nitem 1 a\ncolour red\n",
		    "note: line 4: expected the end, found colour" },
		{ "note 12\ntext a\n\x1b[2J 1 a\n",
		    "note: line 3: expected item" },
		{ "note 13\n", "note: line 1 is not \"note 12\"" },
		{ "note 12", "note: the last line has no newline" },
	};
	char error[MESSAGE_ERROR_MAX];
	struct note n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(message_parse(&note_type, bad[i].text,
				     strlen(bad[i].text), &n, error),
		    -1);
		assert_string_equal(error, bad[i].error);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_samples),
		cmocka_unit_test(message_other_type),
		cmocka_unit_test(message_line_missing),
		cmocka_unit_test(message_line_doubled),
		cmocka_unit_test(message_lines_swapped),
		cmocka_unit_test(message_line_unknown),
		cmocka_unit_test(message_bytes),
		cmocka_unit_test(message_cut_off),
		cmocka_unit_test(message_buffer),
		cmocka_unit_test(message_rules),
		cmocka_unit_test(message_extensions),
		cmocka_unit_test(message_not_printed),
		cmocka_unit_test(message_length),
		cmocka_unit_test(message_range),
		cmocka_unit_test(message_errors),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
