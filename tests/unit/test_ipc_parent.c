/*
 * The records between parent and children: each comes back as it went, and
 * none is taken when it is cut.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/ipc_parent.h"

#define RECORD_MAX 4096

static const struct setup setup = {
	.as_root = true,
	.uid = 1,
	.gid = 0xfffffffe,
	.root = "/var/empty",
	.directory = "/var/lib/kmsd/db",
	.level = LOG_LEVEL_DEBUG,
	.files_optional = false,
	.tcp_required = true,
	.generation = 77,
};

static const struct limits limits = { 1, 2, 3, 4, 5, 14400, 7, 8, 9 };

static const struct confinement confinement = { 1, 2, 3, true, false, true, 2,
	4, -7, true, false, true, false, true, false, 1ULL << 60, 6, 7, 8,
	UINT64_MAX, 9, true, 10, 11 };

static const struct host_status host = { "0.1.0", 9, -5, 3, true, "serving",
	"127.0.0.1:1688 [::1]:1688" };

static const struct child_counters counters = { 3, { 1, 2, UINT64_MAX } };

static union record {
	struct setup setup;
	struct limits limits;
	struct confinement confinement;
	struct host_status host;
	struct child_counters counters;
} got;

#define CODEC(name, type)                            \
	static void put_##name(struct ipc_writer *w) \
	{                                            \
		parent_put_##type(w, &name);         \
	}                                            \
	static void get_##name(struct ipc_reader *r) \
	{                                            \
		parent_get_##type(r, &got.name);     \
	}

CODEC(setup, setup)
CODEC(limits, limits)
CODEC(confinement, confinement)
CODEC(host, host_status)
CODEC(counters, counters)

static const struct {
	const char *name;
	void (*put)(struct ipc_writer *);
	void (*get)(struct ipc_reader *);
	const void *sample;
	size_t size;
} codecs[] = {
	{ "setup", put_setup, get_setup, &setup, sizeof(setup) },
	{ "limits", put_limits, get_limits, &limits, sizeof(limits) },
	{ "confinement", put_confinement, get_confinement, &confinement,
	    sizeof(confinement) },
	{ "host", put_host, get_host, &host, sizeof(host) },
	{ "counters", put_counters, get_counters, &counters, sizeof(counters) },
};

#define NCODECS (sizeof(codecs) / sizeof(codecs[0]))

static size_t
encode(size_t i, uint8_t *buf)
{
	struct ipc_writer w = { .p = buf, .end = buf + RECORD_MAX };

	codecs[i].put(&w);
	assert_false(w.bad);
	return ((size_t)(w.p - buf));
}

/* The samples are zero where nothing is said, padding included. */
static void
test_round_trips(void **state)
{
	uint8_t buf[RECORD_MAX];
	struct ipc_reader r;
	size_t i;

	(void)state;
	for (i = 0; i < NCODECS; i++) {
		r = (struct ipc_reader){ .p = buf };
		r.end = buf + encode(i, buf);
		memset(&got, 0, sizeof(got));
		codecs[i].get(&r);
		assert_false(r.bad);
		assert_ptr_equal(r.p, r.end);
		assert_memory_equal(&got, codecs[i].sample, codecs[i].size);
	}
}

static void
test_truncated(void **state)
{
	uint8_t buf[RECORD_MAX], *cut;
	struct ipc_reader r;
	size_t i, len, n;

	(void)state;
	for (i = 0; i < NCODECS; i++) {
		n = encode(i, buf);
		for (len = 0; len < n; len++) {
			/* Of its very size, for the sanitizer. */
			assert_non_null(cut = malloc(len + 1));
			memcpy(cut, buf, len);
			r = (struct ipc_reader){ .p = cut, .end = cut + len };
			codecs[i].get(&r);
			assert_true(r.bad);
			free(cut);
		}
	}
}

static void
test_no_room(void **state)
{
	uint8_t buf[RECORD_MAX];
	struct ipc_writer w;
	size_t i, len, n;

	(void)state;
	for (i = 0; i < NCODECS; i++) {
		n = encode(i, buf);
		for (len = 0; len < n; len++) {
			w = (struct ipc_writer){ .p = buf, .end = buf + len };
			codecs[i].put(&w);
			assert_true(w.bad);
		}
	}
}

static void
refuse(size_t i, size_t at, uint8_t value)
{
	uint8_t buf[RECORD_MAX];
	struct ipc_reader r = { .p = buf };

	r.end = buf + encode(i, buf);
	assert_int_not_equal(buf[at], value);
	buf[at] = value;
	codecs[i].get(&r);
	assert_true(r.bad);
}

static void
test_values_refused(void **state)
{
	struct child_counters many = { .n = COUNTERS_MAX + 1 };
	uint8_t buf[RECORD_MAX];
	struct ipc_writer w = { .p = buf, .end = buf + sizeof(buf) };

	(void)state;
	refuse(0, 0, 2); /* as_root */
	refuse(0, 9 + 2 + 10 + 2 + 16, LOG_LEVEL_DEBUG + 1);
	refuse(0, 9, 1); /* length of root: 266 */
	refuse(1, 23, 0x41); /* skew: 14401 */
	refuse(2, 12, 2); /* chrooted */
	refuse(4, 1, COUNTERS_MAX + 1);
	parent_put_counters(&w, &many);
	assert_true(w.bad);
}

static void
test_role_names(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ROLE_COUNT; i++)
		assert_non_null(role_names[i]);
	assert_string_equal(role_names[ROLE_LISTENER], "listener");
	assert_string_equal(role_names[ROLE_CONTROL], "control");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_values_refused),
		cmocka_unit_test(test_role_names),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
