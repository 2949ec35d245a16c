/* Latencies in buckets of about 1 %, from 1 microsecond to 100 seconds. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS 1900

struct histogram {
	uint64_t bucket[HISTOGRAM_BUCKETS];
	uint64_t total;
};

void histogram_add(struct histogram *, uint64_t); /* nanoseconds */
void histogram_merge(struct histogram *, const struct histogram *);

/* The latency, in milliseconds, that this share (0 to 1) does not exceed. */
double histogram_quantile(const struct histogram *, double);

#endif
