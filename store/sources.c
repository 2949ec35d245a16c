/*
 * Limits new machines per source and hour.  The table has a fixed size; when
 * it is full, the sources that find no place share one count, so that filling
 * it never lifts the limit.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "store/sources.h"

#define SOURCES_MAX 8192 /* a power of two */
#define SOURCES_PROBES 16

struct source {
	uint8_t address[SOURCE_LEN];
	uint32_t machines; /* 0: free */
};

struct sources {
	int64_t hour;
	struct source other; /* of those without a place */
	struct source table[SOURCES_MAX];
};

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
static const uint8_t loopback6[SOURCE_LEN] = { [15] = 1 };

struct sources *
sources_new(void)
{
	return calloc(1, sizeof(struct sources));
}

void
sources_free(struct sources *s)
{
	free(s);
}

static bool
is_mapped(const uint8_t address[SOURCE_LEN])
{
	return memcmp(address, mapped, sizeof(mapped)) == 0;
}

static bool
is_loopback(const uint8_t address[SOURCE_LEN])
{
	if (is_mapped(address))
		return address[12] == 127;
	return memcmp(address, loopback6, sizeof(loopback6)) == 0;
}

static size_t
place(const uint8_t address[SOURCE_LEN])
{
	uint64_t h = UINT64_C(14695981039346656037);
	size_t i;

	for (i = 0; i < SOURCE_LEN; i++)
		h = (h ^ address[i]) * UINT64_C(1099511628211);
	return (size_t)(h >> 32);
}

static struct source *
find(struct sources *s, const uint8_t address[SOURCE_LEN])
{
	struct source *e;
	size_t at, i;

	at = place(address);
	for (i = 0; i < SOURCES_PROBES; i++) {
		e = &s->table[(at + i) % SOURCES_MAX];
		if (e->machines == 0) {
			memcpy(e->address, address, SOURCE_LEN);
			return e;
		}
		if (memcmp(e->address, address, SOURCE_LEN) == 0)
			return e;
	}
	return &s->other;
}

bool
sources_take(struct sources *s, const uint8_t source[SOURCE_LEN],
    struct ktime now, uint32_t limit)
{
	uint8_t address[SOURCE_LEN];
	struct source *e;

	if (limit == 0 || is_loopback(source))
		return true;
	if (now.sec / KTIME_HOUR != s->hour) {
		memset(s, 0, sizeof(*s));
		s->hour = now.sec / KTIME_HOUR;
	}
	memcpy(address, source, sizeof(address));
	if (!is_mapped(address))
		memset(address + 8, 0, 8);
	e = find(s, address);
	if (e->machines >= limit)
		return false;
	e->machines++;
	return true;
}
