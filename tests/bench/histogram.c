/* Latencies in buckets that grow by 1 %. */
#include "config.h"

#include <math.h>

#include "tests/bench/histogram.h"

#define FIRST_NS 1000.0
#define GROWTH 1.01

void
histogram_add(struct histogram *h, uint64_t ns)
{
	double i = 0;

	if ((double)ns > FIRST_NS)
		i = log((double)ns / FIRST_NS) / log(GROWTH);
	if (i >= HISTOGRAM_BUCKETS)
		i = HISTOGRAM_BUCKETS - 1;
	h->bucket[(int)i]++;
	h->total++;
}

void
histogram_merge(struct histogram *to, const struct histogram *from)
{
	int i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
	to->total += from->total;
}

double
histogram_quantile(const struct histogram *h, double share)
{
	uint64_t seen = 0, want = (uint64_t)ceil(share * (double)h->total);
	int i;

	if (h->total == 0)
		return (0);
	for (i = 0; i < HISTOGRAM_BUCKETS - 1; i++)
		if ((seen += h->bucket[i]) >= want)
			break;
	return (FIRST_NS * pow(GROWTH, i + 1) / 1e6);
}
