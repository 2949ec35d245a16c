/*
 * Random structs of every type: each prints, parses back to the same struct
 * and prints to the same bytes.  SEED in the environment repeats a run.
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
#include <time.h>

#include <cmocka.h>

#include "tests/unit/samples.h"

#define ROUNDS 2000 /* structs a type */
#define TEXT_SIZE 20000

static uint64_t seed;

/* splitmix64: enough for tests, and the same everywhere. */
static uint64_t
next(uint64_t *s)
{
	uint64_t z = (*s += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31));
}

/* From 0 to max, and each of the bounds one time in eight. */
static uint64_t
pick(uint64_t *s, uint64_t max)
{
	uint64_t r = next(s);

	if (r % 8 == 0)
		return (0);
	if (r % 8 == 1)
		return (max);
	return (max == UINT64_MAX ? next(s) : next(s) % (max + 1));
}

static void
random_chars(uint64_t *s, const char *set, size_t max, char *out)
{
	size_t n = 1 + (size_t)pick(s, max - 1), i;

	for (i = 0; i < n; i++)
		out[i] = set[next(s) % strlen(set)];
}

static void
random_text(uint64_t *s, size_t max, char *out)
{
	static const char *const pieces[] = { "a", "Z", "~", " ", "\xc3\xa4",
		"\xc2\xa0", "\xe2\x98\x83", "\xef\xbf\xbf", "\xf0\x9f\x98\x80",
		"\xf4\x8f\xbf\xbf" };
	size_t n = 1 + (size_t)pick(s, max - 1), len = 0, add;
	const char *piece;

	for (;;) {
		piece = pieces[next(s) % (sizeof(pieces) / sizeof(pieces[0]))];
		add = strlen(piece);
		if (len + add > n)
			break;
		memcpy(out + len, piece, add);
		len += add;
	}
	if (len == 0)
		len = 1;
	if (out[0] == ' ' || out[0] == '\0')
		out[0] = '.';
	if (out[len - 1] == ' ')
		out[len - 1] = '.';
}

static void
random_part(uint64_t *s, const struct message_part *part, char *object)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	static const int64_t units[] = { 1, 60, 3600, 86400 };
	char host[sizeof(name)];
	uint64_t n;
	int64_t t;
	uint32_t code;
	size_t i;
	int word;

	switch (part->kind) {
	case MESSAGE_UUID:
	case MESSAGE_BASE64:
		n = part->kind == MESSAGE_UUID ? UUID_LEN : part->limit;
		for (i = 0; i < n; i++)
			object[i] = (char)pick(s, 255);
		break;
	case MESSAGE_TIME:
	case MESSAGE_DURATION:
		t = (int64_t)pick(s, KTIME_MAX);
		t -= t % units[next(s) % 4];
		memcpy(object, &t, sizeof(t));
		break;
	case MESSAGE_COUNT:
		n = pick(s, part->limit);
		memcpy(object, &n, sizeof(n));
		break;
	case MESSAGE_POSITIVE:
		n = 1 + pick(s, part->limit - 1);
		memcpy(object, &n, sizeof(n));
		break;
	case MESSAGE_TOKEN:
		random_chars(s, name, (size_t)part->limit, object);
		break;
	case MESSAGE_HOST:
		memcpy(host, name, sizeof(name));
		host[strlen(name) - 1] = '\0';
		random_chars(s, host, HOST_MAX, object);
		break;
	case MESSAGE_TEXT:
		random_text(s, (size_t)part->limit, object);
		break;
	case MESSAGE_WORD:
		for (i = 0; part->words[i] != NULL; i++)
			;
		word = (int)pick(s, i - 1);
		memcpy(object, &word, sizeof(word));
		break;
	case MESSAGE_CODE:
		code = (uint32_t)pick(s, UINT32_MAX);
		memcpy(object, &code, sizeof(code));
		break;
	}
}

static void
random_extensions(uint64_t *s, size_t max, char *out)
{
	char value[24];
	size_t len = 0, room;
	int n;

	while (next(s) % 2 == 0) {
		memset(value, 0, sizeof(value));
		random_text(s, sizeof(value) - 1, value);
		room = max - len;
		n = snprintf(out + len, room, "x-%c%u %s\n",
		    (char)('a' + next(s) % 26), (unsigned)pick(s, 99), value);
		if ((size_t)n >= room) {
			memset(out + len, 0, room);
			return;
		}
		len += (size_t)n;
	}
}

static void
random_message(uint64_t *s, const struct message_type *type, char *m)
{
	const struct message_field *f;
	size_t i, j, k, n;
	bool present = true;

	memset(m, 0, type->size);
	for (i = 0; i < type->nfields; i++) {
		f = &type->fields[i];
		n = 1;
		if (f->need == MESSAGE_EXTENSIONS)
			random_extensions(s, f->max, m + f->offset);
		if (f->need == MESSAGE_OPTIONAL) {
			if (next(s) % 2 == 0)
				continue;
			memcpy(m + f->presence, &present, sizeof(present));
		}
		if (f->need == MESSAGE_REPEATED) {
			n = f->min + (size_t)pick(s, f->max - f->min);
			memcpy(m + f->presence, &n, sizeof(n));
		}
		for (k = 0; k < n; k++) {
			for (j = 0; j < f->nparts; j++)
				random_part(s, &f->parts[j],
				    m + f->offset + k * f->size +
					f->parts[j].offset);
		}
	}
}

/* Returns whether it printed; only its length may keep it from that. */
static bool
round_trip(const struct message_type *type, const void *m)
{
	static union any_message back;
	char text[TEXT_SIZE], again[TEXT_SIZE], error[MESSAGE_ERROR_MAX];
	int n;

	n = message_print(type, m, text, sizeof(text), error);
	if (n == -1) {
		assert_non_null(strstr(error, "longer than"));
		return (false);
	}
	assert_int_equal(strlen(text), n);
	memset(&back, 0xa5, sizeof(back));
	if (message_parse(type, text, (size_t)n, &back, error) == -1)
		fail_msg(
		    "seed %llu: %s\n%s", (unsigned long long)seed, error, text);
	assert_memory_equal(&back, m, type->size);
	assert_int_equal(
	    message_print(type, &back, again, sizeof(again), error), n);
	assert_string_equal(again, text);
	return (true);
}

static void
message_random(void **state)
{
	static union any_message m;
	uint64_t s = seed;
	int i, printed;
	size_t t;

	(void)state;
	for (t = 0; t < nsamples; t++) {
		printed = 0;
		for (i = 0; i < ROUNDS; i++) {
			random_message(&s, samples[t].type, (char *)&m);
			printed += round_trip(samples[t].type, &m);
		}
		assert_true(printed > ROUNDS / 4);
	}
}

/* The longest value of each part. */
static void
longest_part(const struct message_part *part, char *object)
{
	static const int64_t longest = KTIME_MAX;
	size_t i, best = 0;
	int word;

	switch (part->kind) {
	case MESSAGE_DURATION:
	case MESSAGE_TIME:
		memcpy(object, &longest, sizeof(longest));
		break;
	case MESSAGE_COUNT:
	case MESSAGE_POSITIVE:
		memcpy(object, &part->limit, sizeof(part->limit));
		break;
	case MESSAGE_HOST:
		memset(object, 'x', HOST_MAX);
		break;
	case MESSAGE_TOKEN:
	case MESSAGE_TEXT:
		memset(object, 'x', (size_t)part->limit);
		break;
	case MESSAGE_WORD:
		for (i = 0; part->words[i] != NULL; i++) {
			if (strlen(part->words[i]) > strlen(part->words[best]))
				best = i;
		}
		word = (int)best;
		memcpy(object, &word, sizeof(word));
		break;
	case MESSAGE_UUID:
	case MESSAGE_BASE64:
	case MESSAGE_CODE:
		break;
	}
}

/*
 * The limits of the parts and of the types fit: a message of the longest
 * values, without x- lines, is never too long.
 */
static void
message_longest(void **state)
{
	static union any_message any;
	const struct message_field *f;
	const bool present = true;
	char *m = (char *)&any;
	size_t t, i, j, k, n;

	(void)state;
	for (t = 0; t < nsamples; t++) {
		memset(m, 0, sizeof(any));
		for (i = 0; i < samples[t].type->nfields; i++) {
			f = &samples[t].type->fields[i];
			n = f->need == MESSAGE_REPEATED ? f->max : 1;
			if (f->need == MESSAGE_OPTIONAL)
				memcpy(
				    m + f->presence, &present, sizeof(present));
			if (f->need == MESSAGE_REPEATED)
				memcpy(m + f->presence, &n, sizeof(n));
			for (k = 0; k < n; k++) {
				for (j = 0; j < f->nparts; j++)
					longest_part(&f->parts[j],
					    m + f->offset + k * f->size +
						f->parts[j].offset);
			}
		}
		if (!round_trip(samples[t].type, m))
			fail_msg("%s: too long", samples[t].type->name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_random),
		cmocka_unit_test(message_longest),
	};
	const char *s = getenv("SEED");

	seed = s != NULL ? strtoull(s, NULL, 10) : (uint64_t)time(NULL);
	printf("# SEED=%llu\n", (unsigned long long)seed);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
