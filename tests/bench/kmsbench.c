/*
 * kmsbench: puts a running kmsd under load with N machines that have real
 * keys, and sets what it costs beside what the same machine needs, in the same
 * run, for the parts that no host can do without.  Figures are ratios within
 * one run; absolute ones say nothing about another machine.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/codes.h"
#include "common/file.h"
#include "tests/bench/cpu.h"
#include "tests/bench/load.h"
#include "tests/bench/parts.h"

#define ROUNDS_MAX 64
#define DOCUMENT_FILE_MAX (PRODUCT_MAX + 256)

struct bench {
	struct load_options load;
	struct machines machines;
	struct cpu_set cpu;
	size_t nmachines;
	double seconds; /* of load, all rounds together */
	unsigned int rounds;
	pid_t pid; /* kmsd, 0: CPU is not measured */
	const char *dir; /* on the device of the database */
	size_t batch; /* for the part of the store */
};

/* What a round measured, nanoseconds. */
struct round {
	double wall, grants, cpu;
	double floor, echo, store, sync;
};

static void __attribute__((noreturn)) usage(void)
{
	(void)fprintf(stderr,
	    "usage: kmsbench -p publisher -c product [-H address] [-P port] "
	    "[-m visit|persistent]\n"
	    "\t[-C connections] [-n machines] [-t seconds] [-r rounds] "
	    "[-R rate] [-s sample]\n"
	    "\t[-k kmsd-pid] [-D folder] [-b batch] [-g grants-file] [-S]\n");
	exit(2);
}

static void
set_address(struct load_options *o, const char *host, const char *port)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&o->address;
	struct sockaddr_in *sin = (struct sockaddr_in *)&o->address;
	const char *why;
	in_port_t n;

	n = htons((in_port_t)strtonum(port, 1, 65535, &why));
	if (why != NULL)
		errx(2, "-P %s: %s", port, why);
	if (inet_pton(AF_INET, host, &sin->sin_addr) == 1) {
		sin->sin_family = AF_INET;
		sin->sin_port = n;
		o->address_len = sizeof(*sin);
	} else if (inet_pton(AF_INET6, host, &sin6->sin6_addr) == 1) {
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = n;
		o->address_len = sizeof(*sin6);
	} else
		errx(2, "-H %s: not an address", host);
}

static void
load_trust(struct machines *m, const char *pubpath, const char *productpath)
{
	char error[FILE_ERROR_MAX];
	char *text;
	size_t len;

	if ((text = file_read(pubpath, 1024, &len, error)) == NULL)
		errx(1, "%s", error);
	if (signify_parse_pubkey(text, len, &m->publisher, error) == -1)
		errx(1, "%s: %s", pubpath, error);
	free(text);
	if ((text = file_read(productpath, DOCUMENT_FILE_MAX, &len, error)) ==
	    NULL)
		errx(1, "%s", error);
	if (trust_product(&m->publisher, text, len, &m->product, error) == -1)
		errx(1, "%s: %s", productpath, error);
	free(text);
}

static double
number(const char *text, double min, double max, char option)
{
	char *end;
	double d = strtod(text, &end);

	if (*text == '\0' || *end != '\0' || d < min || d > max)
		errx(2, "-%c %s: a number from %g to %g", option, text, min,
		    max);
	return (d);
}

static void
parse(struct bench *b, int argc, char *argv[])
{
	const char *pub = NULL, *product = NULL, *host = "127.0.0.1";
	const char *port = "1688";
	int c;

	while (
	    (c = getopt(argc, argv, "p:c:H:P:m:C:n:t:r:R:s:k:D:b:g:S")) != -1) {
		if (c == 'p')
			pub = optarg;
		else if (c == 'c')
			product = optarg;
		else if (c == 'H')
			host = optarg;
		else if (c == 'P')
			port = optarg;
		else if (c == 'm' && strcmp(optarg, "visit") == 0)
			b->load.mode = LOAD_VISIT;
		else if (c == 'm' && strcmp(optarg, "persistent") == 0)
			b->load.mode = LOAD_PERSISTENT;
		else if (c == 'C')
			b->load.connections =
			    (size_t)number(optarg, 1, 1024, 'C');
		else if (c == 'n')
			b->nmachines = (size_t)number(optarg, 1, 1e7, 'n');
		else if (c == 't')
			b->seconds = number(optarg, 0.1, 3600, 't');
		else if (c == 'r')
			b->rounds =
			    (unsigned int)number(optarg, 1, ROUNDS_MAX, 'r');
		else if (c == 'R')
			b->load.rate = number(optarg, 0, 1e6, 'R');
		else if (c == 's')
			b->load.sample =
			    (unsigned int)number(optarg, 0, 1e6, 's');
		else if (c == 'k')
			b->pid = (pid_t)number(optarg, 1, 1e9, 'k');
		else if (c == 'D')
			b->dir = optarg;
		else if (c == 'b')
			b->batch = (size_t)number(optarg, 1, 256, 'b');
		else if (c == 'g') {
			if ((b->load.grants = fopen(optarg, "ae")) == NULL)
				err(1, "%s", optarg);
			/* Whole lines only, whatever ends us. */
			(void)setvbuf(b->load.grants, NULL, _IOLBF, 0);
		} else if (c == 'S')
			b->load.survive = true;
		else
			usage();
	}
	if (pub == NULL || product == NULL || optind != argc)
		usage();
	set_address(&b->load, host, port);
	load_trust(&b->machines, pub, product);
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

static double
median(const struct round *r, unsigned int n, size_t offset)
{
	double v[ROUNDS_MAX];
	unsigned int i;

	for (i = 0; i < n; i++)
		memcpy(&v[i], (const char *)&r[i] + offset, sizeof(v[i]));
	qsort(v, n, sizeof(v[0]), compare);
	return (n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2);
}

#define MEDIAN(r, n, member) median((r), (n), offsetof(struct round, member))

static double
cpu_total(const struct cpu_set *set)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < set->n; i++)
		sum += (double)set->process[i].used;
	return (sum);
}

/* A slice of load, then each part for a fifth of that time. */
static int
run_round(
    struct bench *b, struct load *l, struct load_result *total, struct round *r)
{
	uint64_t slice = (uint64_t)(b->seconds / b->rounds * 1e9);
	uint64_t begin = cpu_wall_ns(), done;
	double before = cpu_total(&b->cpu);
	size_t in = 512, out = 2560;
	int result;

	done = total->grants;
	cpu_set_begin(&b->cpu);
	result = load_run(l, slice, total);
	cpu_set_end(&b->cpu);
	r->wall = (double)(cpu_wall_ns() - begin);
	r->grants = (double)(total->grants - done);
	if (result == -1 || r->grants == 0)
		return (-1);
	r->cpu = (cpu_total(&b->cpu) - before) / r->grants;
	if (total->grants + total->refusals > 0 && total->frame_in > 0) {
		in = (size_t)(total->frame_in /
			      (total->grants + total->refusals));
		out = (size_t)(total->frame_out /
			       (total->grants + total->refusals));
	}
	r->floor = part_floor(slice / 5, 512, out > 64 ? out - 64 : out);
	r->echo = part_echo(slice / 5, b->load.connections, in, out);
	r->store = part_store(slice / 5, b->dir, b->batch);
	r->sync = part_fdatasync(slice / 10, b->dir);
	return (0);
}

static void
print_load(const struct bench *b, const struct load_result *t,
    const struct round *r, unsigned int n)
{
	double wall = 0, grants = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		wall += r[i].wall;
		grants += r[i].grants;
	}
	(void)printf("mode %s, %zu connections, %s loop, %zu machines, "
		     "%u rounds\n",
	    b->load.mode == LOAD_VISIT ? "visit" : "persistent",
	    b->load.connections, b->load.rate == 0 ? "closed" : "open",
	    b->nmachines, n);
	(void)printf("grants %llu, refusals %llu, failures %llu, lost "
		     "connections %llu, verified %llu, starved %llu\n",
	    (unsigned long long)t->grants, (unsigned long long)t->refusals,
	    (unsigned long long)t->failures, (unsigned long long)t->lost,
	    (unsigned long long)t->verified, (unsigned long long)t->starved);
	for (i = 0; i < REFUSAL_CODES_MAX && t->refused[i].count > 0; i++)
		(void)printf("refused %s: %llu\n",
		    code_name(t->refused[i].code),
		    (unsigned long long)t->refused[i].count);
	(void)printf("activations/s %.0f\n", grants / (wall / 1e9));
	(void)printf("latency ms: p50 %.2f, p99 %.2f, p99.9 %.2f\n",
	    histogram_quantile(&t->latency, 0.5),
	    histogram_quantile(&t->latency, 0.99),
	    histogram_quantile(&t->latency, 0.999));
}

static void
print_cpu(const struct bench *b, const struct load_result *t,
    const struct round *r, unsigned int n)
{
	double floor_us = MEDIAN(r, n, floor) / 1e3;
	double echo = MEDIAN(r, n, echo) / 1e3;
	double store = MEDIAN(r, n, store) / 1e3;
	double all = MEDIAN(r, n, cpu) / 1e3;
	double sum = floor_us + echo + store;
	size_t i;

	(void)printf(
	    "floor %.1f us (beforenm, signature, open, seal)\n", floor_us);
	(void)printf("sum of parts %.1f us (floor, echo %.1f, upsert and "
		     "entry at %zu a batch %.1f)\n",
	    sum, echo, b->batch, store);
	(void)printf("fdatasync %.0f us\n", MEDIAN(r, n, sync) / 1e3);
	if (b->cpu.n == 0)
		return;
	for (i = 0; i < b->cpu.n; i++)
		(void)printf("cpu %-16s %7.1f us per activation\n",
		    b->cpu.process[i].name,
		    (double)b->cpu.process[i].used / 1e3 / (double)t->grants);
	(void)printf("cpu all processes    %7.1f us per activation\n", all);
	(void)printf("ratio to floor %.2f, to sum of parts %.2f\n",
	    all / floor_us, all / sum);
}

int
main(int argc, char *argv[])
{
	struct bench b = { .nmachines = 20000,
		.seconds = 10,
		.rounds = 5,
		.dir = "/tmp",
		.batch = 32 };
	struct round round[ROUNDS_MAX];
	static struct load_result total;
	struct load *l;
	unsigned int i;

	b.load.connections = 64;
	b.load.sample = 100;
	if (sodium_init() == -1)
		errx(1, "libsodium does not start");
	parse(&b, argc, argv);
	if (b.pid != 0 && cpu_set_find(&b.cpu, b.pid) == -1)
		errx(1, "-k %d: no such process", (int)b.pid);
	b.machines.per_day = 190;
	if (machines_init(&b.machines, b.nmachines) == -1 ||
	    (l = load_new(&b.load, &b.machines)) == NULL)
		err(1, "cannot begin");
	for (i = 0; i < b.rounds; i++)
		if (run_round(&b, l, &total, &round[i]) == -1)
			break;
	if (i > 0) {
		print_load(&b, &total, round, i);
		print_cpu(&b, &total, round, i);
	}
	load_free(l);
	if (total.failures > 0)
		errx(1, "%llu requests failed, the first with: %s",
		    (unsigned long long)total.failures, total.failure);
	if (i == 0)
		errx(1, "no grant; refusals %llu",
		    (unsigned long long)total.refusals);
	return (0);
}
