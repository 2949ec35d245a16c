/*
 * Tests of salts: what they cover, line by line, and what they leave to the
 * store.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/salt.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

static uint8_t key[SALT_KEY_LEN];
static struct seckey sec;
static struct origin origin;
static struct entry_decision decision;

static int
setup(void **state)
{
	static const uint8_t seed[32] = { 4, 5, 6 }, log[UUID_LEN] = { 8 };
	uint8_t pk[32];

	(void)state;
	(void)crypto_sign_seed_keypair(pk, sec.key, seed);
	origin_make(&origin, pk, log);
	salt_key(&sec, key);
	decision.time.sec = 1800000000;
	decision.client_time.sec = 1800000001;
	decision.expires.sec = 1815552000;
	decision.left = 86400;
	decision.count = 7;
	decision.needed = 5;
	decision.code = 0xC004F038;
	(void)snprintf(
	    decision.host_name, sizeof(decision.host_name), "pc.example");
	(void)snprintf(decision.code_name, sizeof(decision.code_name),
	    "count-insufficient");
	return (0);
}

/* The salt, from scratch, of lines that a test names. */
static void
expect(const char *lines, uint8_t salt[SALT_LEN])
{
	char name[ORIGIN_MAX], all[2048];
	int n;

	origin_print(&origin, name);
	n = snprintf(all, sizeof(all), "%s\n%s", name, lines);
	(void)crypto_generichash(salt, SALT_LEN, (const uint8_t *)all,
	    (unsigned long long)n, key, sizeof(key));
}

/* The salt of a whole printed entry, from one key's line to another's. */
static void
expect_between(const struct message_type *type, const void *entry,
    const char *first, const char *behind, uint8_t salt[SALT_LEN])
{
	char text[ENTRY_MAX + 1], from[40], to[40], *start, *end;

	assert_int_not_equal(
	    message_print(type, entry, text, sizeof(text), NULL), -1);
	(void)snprintf(from, sizeof(from), "\n%s ", first);
	(void)snprintf(to, sizeof(to), "\n%s ", behind);
	start = strstr(text, from);
	end = strstr(text, to);
	assert_non_null(start);
	assert_non_null(end);
	end[1] = '\0';
	expect(start + 1, salt);
}

static void
salt_keys(void **state)
{
	uint8_t expected[32];

	(void)state;
	(void)crypto_generichash(expected, 32, sec.key, 32,
	    (const uint8_t *)"kmsd log entry salt", 19);
	assert_memory_equal(key, expected, 32);
}

static void
salt_decisions(void **state)
{
	uint8_t expected[SALT_LEN], salt[SALT_LEN];

	(void)state;
	expect_between(&entry_grant_type, &decision, "time", "count", expected);
	assert_int_equal(
	    salt_make(key, &origin, &entry_grant_type, &decision, salt), 0);
	assert_memory_equal(salt, expected, SALT_LEN);
	assert_int_equal(
	    salt_make(key, &origin, &entry_refusal_type, &decision, salt), 0);
	assert_memory_equal(salt, expected, SALT_LEN);
}

/* True if the salt differs after one byte of the entry was changed. */
static int
moves(const struct message_type *type, void *entry, size_t offset)
{
	uint8_t before[SALT_LEN], after[SALT_LEN], *p = entry;

	assert_int_equal(salt_make(key, &origin, type, entry, before), 0);
	p[offset] ^= 1;
	assert_int_equal(salt_make(key, &origin, type, entry, after), 0);
	p[offset] ^= 1;
	return (memcmp(before, after, SALT_LEN) != 0);
}

static void
salt_covers(void **state)
{
	static const struct {
		const char *name;
		size_t offset;
		int covered;
	} fields[] = {
		{ "time", offsetof(struct entry_decision, time), 1 },
		{ "publisher", offsetof(struct entry_decision, publisher), 1 },
		{ "product", offsetof(struct entry_decision, product), 1 },
		{ "host", offsetof(struct entry_decision, host), 1 },
		{ "machine", offsetof(struct entry_decision, machine), 1 },
		{ "hardware", offsetof(struct entry_decision, hardware), 1 },
		{ "host-name", offsetof(struct entry_decision, host_name), 1 },
		{ "client-time", offsetof(struct entry_decision, client_time),
		    1 },
		{ "state", offsetof(struct entry_decision, state), 1 },
		{ "left", offsetof(struct entry_decision, left), 1 },
		{ "virtual", offsetof(struct entry_decision, virtual), 1 },
		{ "count", offsetof(struct entry_decision, count), 0 },
		{ "needed", offsetof(struct entry_decision, needed), 0 },
		{ "expires", offsetof(struct entry_decision, expires), 0 },
		{ "code", offsetof(struct entry_decision, code), 0 },
		{ "salt", offsetof(struct entry_decision, salt), 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < NITEMS(fields); i++) {
		if (moves(&entry_grant_type, &decision, fields[i].offset) !=
			fields[i].covered ||
		    moves(&entry_refusal_type, &decision, fields[i].offset) !=
			fields[i].covered)
			fail_msg("%s", fields[i].name);
	}
}

/* Other entries: every line but the salt itself. */
static void
salt_others(void **state)
{
	struct entry_start start = {
		.time.sec = 1800000000, .version = "1.0", .size = 3
	};
	struct entry_summary summary = { .time.sec = 1800000060,
		.from.sec = 1800000000,
		.kind = "time-skew",
		.count = 9 };
	uint8_t expected[SALT_LEN], salt[SALT_LEN];

	(void)state;
	expect_between(&entry_start_type, &start, "time", "salt", expected);
	assert_int_equal(
	    salt_make(key, &origin, &entry_start_type, &start, salt), 0);
	assert_memory_equal(salt, expected, SALT_LEN);
	expect_between(&entry_summary_type, &summary, "time", "salt", expected);
	assert_int_equal(
	    salt_make(key, &origin, &entry_summary_type, &summary, salt), 0);
	assert_memory_equal(salt, expected, SALT_LEN);
	assert_true(moves(&entry_summary_type, &summary,
	    offsetof(struct entry_summary, count)));
	assert_false(moves(&entry_summary_type, &summary,
	    offsetof(struct entry_summary, salt)));
}

static void
salt_origin_key(void **state)
{
	struct origin other = origin;
	uint8_t a[SALT_LEN], b[SALT_LEN], k[SALT_KEY_LEN];

	(void)state;
	assert_int_equal(
	    salt_make(key, &origin, &entry_grant_type, &decision, a), 0);
	other.log[15] ^= 1;
	assert_int_equal(
	    salt_make(key, &other, &entry_grant_type, &decision, b), 0);
	assert_memory_not_equal(a, b, SALT_LEN);
	memcpy(k, key, sizeof(k));
	k[31] ^= 1;
	assert_int_equal(
	    salt_make(k, &origin, &entry_grant_type, &decision, b), 0);
	assert_memory_not_equal(a, b, SALT_LEN);
}

static void
salt_unprintable(void **state)
{
	struct entry_decision bad = decision;
	uint8_t salt[SALT_LEN];

	(void)state;
	bad.state = 99;
	assert_int_equal(
	    salt_make(key, &origin, &entry_grant_type, &bad, salt), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(salt_keys),
		cmocka_unit_test(salt_decisions),
		cmocka_unit_test(salt_covers),
		cmocka_unit_test(salt_others),
		cmocka_unit_test(salt_origin_key),
		cmocka_unit_test(salt_unprintable),
	};

	if (sodium_init() == -1)
		return (1);
	return (cmocka_run_group_tests(tests, setup, NULL));
}
