/*
 * What a renewal costs the store: fills a database with machines, lets them
 * renew in random order, batch by batch, and prints CPU and time a record.
 *
 *	storebench [DIRECTORY [MACHINES [BATCH [RECORDS]]]]
 */

#include "config.h"

#include <sys/resource.h>
#include <sys/time.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"

#define START INT64_C(1790510400) /* 2026-09-27T12:00:00Z */

struct bench {
	struct store *store;
	uint32_t machines, batch, records;
	uint32_t *serial;
	int64_t now;
	uint64_t random;
};

static uint32_t
next(struct bench *b)
{
	b->random = b->random * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
	return (uint32_t)(b->random >> 33);
}

static struct as_decide
request(struct bench *b, uint32_t machine)
{
	uint64_t id = machine * UINT64_C(0x9e3779b97f4a7c15);
	struct as_decide d;

	memset(&d, 0, sizeof(d));
	d.verb = VERB_ACTIVATE;
	memcpy(d.entry.publisher, "Ed-bench", 8);
	memset(d.entry.product, 7, sizeof(d.entry.product));
	memcpy(d.entry.machine, &id, sizeof(id));
	memcpy(d.entry.machine + 8, &machine, sizeof(machine));
	memcpy(d.entry.hardware, &id, sizeof(id));
	(void)snprintf(d.entry.host_name, sizeof(d.entry.host_name),
	    "pc-%06u.office.example", machine);
	d.entry.client_time.sec = b->now;
	d.entry.expires.sec = b->now + 180 * KTIME_DAY;
	(void)strlcpy(d.family, "writer", sizeof(d.family));
	d.last = b->serial[machine];
	memcpy(d.nonce_hash, &b->now, sizeof(b->now));
	memcpy(d.nonce_hash + 8, &machine, sizeof(machine));
	d.threshold = 25;
	d.skew = 4 * KTIME_HOUR;
	d.decisions_per_day = 200;
	return d;
}

static void
must(struct bench *b, int r)
{
	if (r != STORE_OK)
		errx(1, "%s", store_error(b->store));
}

/* A batch of these machines. */
static void
run_batch(struct bench *b, const uint32_t *machine, uint16_t n)
{
	struct as_batch head;
	struct as_outcome out;
	struct as_decide in;
	uint64_t size;
	uint16_t i;

	memset(&head, 0, sizeof(head));
	head.n = n;
	head.time.sec = b->now;
	head.oldest_day = ktime_day(head.time) - 30;
	must(b, store_begin_batch(b->store, &head));
	for (i = 0; i < n; i++) {
		in = request(b, machine[i]);
		must(b, store_decide(b->store, &in, &out));
		if (out.kind == OUTCOME_NOTHING)
			errx(1, "machine %u was not decided", machine[i]);
		b->serial[machine[i]] = (uint32_t)out.serial;
	}
	must(b, store_commit_batch(b->store, &size));
	must(b, store_tidy(b->store));
}

static double
cpu_us(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) == -1)
		err(1, "getrusage");
	return 1e6 * (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void
fill(struct bench *b)
{
	uint32_t machine[BATCH_MAX], m = 0;
	double cpu = cpu_us();
	uint16_t n;

	while (m < b->machines) {
		for (n = 0; n < BATCH_MAX && m < b->machines; n++)
			machine[n] = m++;
		b->now = START + (int64_t)m * 7 * KTIME_DAY / b->machines;
		run_batch(b, machine, n);
	}
	printf("new machines: %u, batch %d: %.1f us CPU a record\n",
	    b->machines, BATCH_MAX, (cpu_us() - cpu) / b->machines);
}

/* Each machine at most once a batch, as the activator has it. */
static void
renew(struct bench *b)
{
	uint32_t machine[BATCH_MAX], done, m, stride;
	int64_t began, took;
	double cpu;
	uint16_t n;

	cpu = cpu_us();
	began = ktime_boot_ms();
	for (done = 0; done < b->records; done += b->batch) {
		m = next(b) % b->machines;
		stride = 1 + next(b) % (b->machines / BATCH_MAX);
		for (n = 0; n < b->batch; n++)
			machine[n] = (m + n * stride) % b->machines;
		b->now += 20;
		run_batch(b, machine, (uint16_t)b->batch);
	}
	took = ktime_boot_ms() - began;
	printf("renewals: %u, batch %u: %.1f us CPU, %.1f us a record\n", done,
	    b->batch, (cpu_us() - cpu) / done, 1e3 * (double)took / done);
}

static uint32_t
number(int argc, char *argv[], int i, uint32_t normal, uint32_t most)
{
	const char *error = NULL;
	uint32_t n = normal;

	if (i < argc)
		n = (uint32_t)strtonum(argv[i], 1, most, &error);
	if (error != NULL)
		errx(1, "%s: %s", argv[i], error);
	return n;
}

int
main(int argc, char *argv[])
{
	static const uint8_t store[UUID_LEN] = { 1 }, log[UUID_LEN] = { 2 };
	char directory[] = "/tmp/storebench-XXXXXX";
	uint64_t counters[STORE_COUNTERS];
	const char *where;
	struct bench b;

	memset(&b, 0, sizeof(b));
	b.machines = number(argc, argv, 2, 100000, 10000000);
	b.batch = number(argc, argv, 3, 64, BATCH_MAX);
	b.records = number(argc, argv, 4, 100000, 100000000);
	if (b.machines < 2 * BATCH_MAX)
		errx(1, "at least %d machines", 2 * BATCH_MAX);
	where = argc > 1 ? argv[1] : mkdtemp(directory);
	b.serial = calloc(b.machines, sizeof(*b.serial));
	b.store = store_new();
	if (where == NULL || b.serial == NULL || b.store == NULL)
		err(1, "no memory or no folder");
	must(&b, store_open(b.store, where, NULL));
	must(&b, store_create(b.store, store, log));
	fill(&b);
	renew(&b);
	store_counters(b.store, counters);
	printf("database %llu MB, memory %llu MB, %llu checkpoints; in %s\n",
	    (unsigned long long)counters[STORE_BYTES] >> 20,
	    (unsigned long long)counters[STORE_MEMORY] >> 20,
	    (unsigned long long)counters[STORE_CHECKPOINTS], where);
	free(b.serial);
	return store_free(b.store) == -1;
}
