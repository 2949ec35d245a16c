/*
 * The small parsers: time, duration, uuid, decimal number, base64, the name of
 * a code.  What parses prints to the same bytes.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/codes.h"
#include "common/decimal.h"
#include "common/ktime.h"
#include "common/uuid.h"

#define BYTES_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
same(const char *printed, size_t n, const char *text, size_t len)
{
	if (n != len || memcmp(printed, text, len) != 0)
		abort();
}

static void
check_times(const char *text, size_t len)
{
	char time[KTIME_STRLEN], duration[KDURATION_STRLEN];
	struct ktime t;
	int64_t sec;

	if (ktime_parse(text, len, &t) == 0) {
		if (ktime_print(t, time) == -1)
			abort();
		same(time, strlen(time), text, len);
	}
	if (kduration_parse(text, len, &sec) == 0) {
		if (kduration_print(sec, duration) == -1)
			abort();
		same(duration, strlen(duration), text, len);
	}
}

static void
check_numbers(const char *text, size_t len)
{
	char number[DECIMAL_MAX + 1], name[UUID_STRLEN];
	uint8_t uuid[UUID_LEN];
	uint64_t n;

	if (decimal_parse(text, len, UINT64_MAX, &n) == 0)
		same(number, (size_t)decimal_print(n, number), text, len);
	if (uuid_parse(text, len, uuid) == 0) {
		uuid_print(uuid, name);
		same(name, strlen(name), text, len);
	}
}

static void
check_base64(const char *text, size_t len)
{
	char again[BASE64_LEN(BYTES_MAX) + 1];
	uint8_t bytes[BYTES_MAX];
	int n;

	if ((n = base64_decode(bytes, sizeof(bytes), text, len)) == -1)
		return;
	n = base64_encode(again, sizeof(again), bytes, (size_t)n);
	if (n == -1)
		abort();
	same(again, (size_t)n, text, len);
}

static void
check_code(const char *text, size_t len)
{
	char name[BYTES_MAX + 1];
	const struct code *c;

	if (len > BYTES_MAX)
		return;
	memcpy(name, text, len);
	name[len] = '\0';
	if ((c = code_find_name(name)) != NULL &&
	    (strcmp(c->name, name) != 0 || code_find(c->code) != c))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;

	check_times(text, len);
	check_numbers(text, len);
	check_base64(text, len);
	check_code(text, len);
	return (0);
}
