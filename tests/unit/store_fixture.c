/* A database in a folder of its own, and requests to fill it with. */

#include "config.h"

#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/store_fixture.h"

const uint8_t store_uuid[UUID_LEN] = { 1, 2, 3 };
const uint8_t log_uuid[UUID_LEN] = { 4, 5, 6 };
const uint8_t other_uuid[UUID_LEN] = { 7, 8, 9 };

int
fixture_setup_empty(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct fixture *f;

	f = calloc(1, sizeof(*f));
	assert_non_null(f);
	(void)snprintf(f->directory, sizeof(f->directory),
	    "%s/kmsd-store-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(f->directory));
	f->store = store_new();
	assert_non_null(f->store);
	*state = f;
	return 0;
}

int
fixture_setup(void **state)
{
	struct fixture *f;

	(void)fixture_setup_empty(state);
	f = *state;
	assert_int_equal(store_open(f->store, f->directory, NULL), STORE_OK);
	if (store_create(f->store, store_uuid, log_uuid) != STORE_OK)
		fail_msg("%s", store_error(f->store));
	return 0;
}

void
remove_tree(const char *directory)
{
	char path[600];
	struct dirent *e;
	DIR *d;

	if ((d = opendir(directory)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s", directory, e->d_name);
		if (e->d_name[0] != '.')
			(void)unlink(path);
	}
	(void)closedir(d);
	(void)rmdir(directory);
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;

	(void)store_free(f->store);
	remove_tree(f->directory);
	free(f);
	return 0;
}

void
fixture_reopen(struct fixture *f)
{
	(void)store_free(f->store);
	f->store = store_new();
	assert_non_null(f->store);
	if (store_open(f->store, f->directory, NULL) != STORE_OK)
		fail_msg("%s", store_error(f->store));
}

struct as_decide
request(uint32_t machine, int64_t now)
{
	struct as_decide d;

	memset(&d, 0, sizeof(d));
	d.id = machine;
	d.verb = VERB_ACTIVATE;
	d.entry.publisher[0] = 'E';
	d.entry.publisher[1] = 'd';
	d.entry.product[0] = 1;
	d.entry.host[0] = 2;
	memcpy(d.entry.machine, &machine, sizeof(machine));
	(void)snprintf(d.entry.host_name, sizeof(d.entry.host_name),
	    "pc-%u.example", machine);
	d.entry.client_time.sec = now;
	d.entry.expires.sec = now + 180 * KTIME_DAY;
	(void)strlcpy(d.family, "writer", sizeof(d.family));
	memcpy(d.nonce_hash, &now, sizeof(now));
	memcpy(d.nonce_hash + 8, &machine, sizeof(machine));
	memcpy(d.name_hash, &machine, sizeof(machine));
	d.threshold = 1;
	d.skew = 4 * KTIME_HOUR;
	d.decisions_per_day = 200;
	return d;
}

struct as_batch
batch_head(uint16_t n, int64_t now)
{
	struct as_batch head;

	memset(&head, 0, sizeof(head));
	head.n = n;
	head.time.sec = now;
	head.oldest_day = (int32_t)(now / KTIME_DAY) - DAYS_COUNTED;
	return head;
}

void
decide_many(struct store *s, const struct as_decide *in, struct as_outcome *out,
    uint16_t n, int64_t now)
{
	struct as_batch head = batch_head(n, now);
	uint64_t size;
	uint16_t i;

	if (store_begin_batch(s, &head) != STORE_OK)
		fail_msg("%s", store_error(s));
	for (i = 0; i < n; i++)
		if (store_decide(s, &in[i], &out[i]) != STORE_OK)
			fail_msg("%s", store_error(s));
	if (store_commit_batch(s, &size) != STORE_OK)
		fail_msg("%s", store_error(s));
}

struct as_outcome
decide_one(struct store *s, const struct as_decide *in, int64_t now)
{
	struct as_outcome out;

	decide_many(s, in, &out, 1, now);
	return out;
}

static int
copy_entry(void *ctx, const void *row)
{
	const struct row_entry *e = row;
	char *text = ctx;

	memcpy(text, e->text, e->len);
	text[e->len] = '\0';
	return 0;
}

void
entry_text(struct store *s, uint64_t index, char text[ENTRY_MAX + 1])
{
	static const uint8_t newest[UUID_LEN];
	uint64_t cursor = index;
	bool more;

	text[0] = '\0';
	assert_int_equal(
	    store_read_entries(s, newest, &cursor, 1, &more, copy_entry, text),
	    STORE_OK);
	assert_int_equal(cursor, index + 1);
}

uint64_t
test_seed(void)
{
	const char *given = getenv("SEED");
	uint64_t seed;

	seed = given != NULL
		   ? strtoull(given, NULL, 10)
		   : (uint64_t)time(NULL) * 1000003u + (uint64_t)getpid();
	print_message("# SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

uint32_t
test_random(uint64_t *state, uint32_t below)
{
	*state = *state * UINT64_C(6364136223846793005) +
		 UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33) % below;
}
