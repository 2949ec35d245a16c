/* One function a kind and direction, and the table that binds them. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/base64.h"
#include "common/decimal.h"
#include "common/ktime.h"
#include "common/message_value.h"
#include "common/uuid.h"

#define HOST_LEN_MAX 253
#define CODE_LEN 10 /* 0xC004F038 */
#define SCRATCH_LEN 40 /* of any short value, with its NUL */

static bool
is_alnum(char c)
{
	unsigned int n = (unsigned char)c;

	return ((n | 32) - 'a' < 26 || n - '0' < 10);
}

/* True for 1 to max of [A-Za-z0-9.-] and the extra character. */
static bool
is_name(const char *s, size_t len, size_t max, char extra)
{
	size_t i;

	if (len == 0 || len > max)
		return (false);
	for (i = 0; i < len; i++) {
		if (!is_alnum(s[i]) && s[i] != '.' && s[i] != '-' &&
		    s[i] != extra)
			return (false);
	}
	return (true);
}

bool
message_text_trimmed(const char *s, size_t len)
{
	return (len > 0 && s[0] != ' ' && s[len - 1] != ' ' &&
		message_text_valid(s, len));
}

static int
put(char *buf, size_t room, const char *s, size_t len)
{
	if (len > room)
		return (-1);
	memcpy(buf, s, len);
	return ((int)len);
}

static int
uuid_out(const struct message_part *part, const void *v, char *buf, size_t room)
{
	char s[UUID_STRLEN];

	(void)part;
	uuid_print(v, s);
	return (put(buf, room, s, UUID_STRLEN - 1));
}

static int
uuid_in(const struct message_part *part, const char *s, size_t len, void *v)
{
	(void)part;
	return (uuid_parse(s, len, v));
}

static int
time_out(const struct message_part *part, const void *v, char *buf, size_t room)
{
	const struct ktime *t = v;
	char s[KTIME_STRLEN];

	(void)part;
	if (ktime_print(*t, s) == -1)
		return (0);
	return (put(buf, room, s, KTIME_STRLEN - 1));
}

static int
time_in(const struct message_part *part, const char *s, size_t len, void *v)
{
	(void)part;
	return (ktime_parse(s, len, v));
}

static int
duration_out(
    const struct message_part *part, const void *v, char *buf, size_t room)
{
	const int64_t *seconds = v;
	char s[KDURATION_STRLEN];

	(void)part;
	if (kduration_print(*seconds, s) == -1)
		return (0);
	return (put(buf, room, s, strlen(s)));
}

static int
duration_in(const struct message_part *part, const char *s, size_t len, void *v)
{
	(void)part;
	return (kduration_parse(s, len, v));
}

static int
count_out(
    const struct message_part *part, const void *v, char *buf, size_t room)
{
	const uint64_t *n = v;
	char s[DECIMAL_MAX];

	if (*n > part->limit || (part->kind == MESSAGE_POSITIVE && *n == 0))
		return (0);
	return (put(buf, room, s, decimal_print(*n, s)));
}

static int
count_in(const struct message_part *part, const char *s, size_t len, void *v)
{
	if (part->kind == MESSAGE_POSITIVE && len > 0 && s[0] == '0')
		return (-1);
	return (decimal_parse(s, len, part->limit, v));
}

static int
base64_out(
    const struct message_part *part, const void *v, char *buf, size_t room)
{
	return (base64_encode(buf, room + 1, v, (size_t)part->limit));
}

static int
base64_in(const struct message_part *part, const char *s, size_t len, void *v)
{
	size_t n = (size_t)part->limit;

	if (len != BASE64_LEN(n) || base64_decode(v, n, s, len) != (int)n)
		return (-1);
	return (0);
}

static int
token_out(
    const struct message_part *part, const void *v, char *buf, size_t room)
{
	size_t max = (size_t)part->limit, len = strnlen(v, max + 1);

	if (!is_name(v, len, max, '_'))
		return (0);
	return (put(buf, room, v, len));
}

/* The struct was zeroed, so what is copied ends with a NUL. */
static int
token_in(const struct message_part *part, const char *s, size_t len, void *v)
{
	if (!is_name(s, len, (size_t)part->limit, '_'))
		return (-1);
	memcpy(v, s, len);
	return (0);
}

static int
host_out(const struct message_part *part, const void *v, char *buf, size_t room)
{
	size_t len = strnlen(v, HOST_LEN_MAX + 1);

	(void)part;
	if (!is_name(v, len, HOST_LEN_MAX, '-'))
		return (0);
	return (put(buf, room, v, len));
}

static int
host_in(const struct message_part *part, const char *s, size_t len, void *v)
{
	(void)part;
	if (!is_name(s, len, HOST_LEN_MAX, '-'))
		return (-1);
	memcpy(v, s, len);
	return (0);
}

static int
text_out(const struct message_part *part, const void *v, char *buf, size_t room)
{
	size_t len = strnlen(v, (size_t)part->limit + 1);

	if (len > part->limit || !message_text_trimmed(v, len))
		return (0);
	return (put(buf, room, v, len));
}

static int
text_in(const struct message_part *part, const char *s, size_t len, void *v)
{
	if (len > part->limit || !message_text_trimmed(s, len))
		return (-1);
	memcpy(v, s, len);
	return (0);
}

static int
word_out(const struct message_part *part, const void *v, char *buf, size_t room)
{
	const int *n = v;
	int i;

	if (*n < 0)
		return (0);
	for (i = 0; part->words[i] != NULL; i++) {
		if (i == *n)
			return (put(
			    buf, room, part->words[i], strlen(part->words[i])));
	}
	return (0);
}

static int
word_in(const struct message_part *part, const char *s, size_t len, void *v)
{
	int *n = v, i;

	for (i = 0; part->words[i] != NULL; i++) {
		if (strlen(part->words[i]) == len &&
		    memcmp(part->words[i], s, len) == 0) {
			*n = i;
			return (0);
		}
	}
	return (-1);
}

static int
code_out(const struct message_part *part, const void *v, char *buf, size_t room)
{
	static const char digits[] = "0123456789ABCDEF";
	const uint32_t *code = v;
	char s[CODE_LEN] = { '0', 'x' };
	int i;

	(void)part;
	for (i = 2; i < CODE_LEN; i++)
		s[i] = digits[*code >> 4 * (CODE_LEN - 1 - i) & 15];
	return (put(buf, room, s, CODE_LEN));
}

static int
code_in(const struct message_part *part, const char *s, size_t len, void *v)
{
	uint32_t *code = v, n = 0, c;
	size_t i;

	(void)part;
	if (len != CODE_LEN || s[0] != '0' || s[1] != 'x')
		return (-1);
	for (i = 2; i < CODE_LEN; i++) {
		c = (unsigned char)s[i];
		if (c - '0' < 10)
			n = n << 4 | (c - '0');
		else if (c - 'A' < 6)
			n = n << 4 | (c - 'A' + 10);
		else
			return (-1);
	}
	*code = n;
	return (0);
}

static const struct kind {
	int (*print)(const struct message_part *, const void *, char *, size_t);
	int (*parse)(const struct message_part *, const char *, size_t, void *);
	const char *expected;
	const char *limited; /* follows the part's limit; NULL without one */
} kinds[] = {
	[MESSAGE_UUID] = { uuid_out, uuid_in, "a lower-case uuid", NULL },
	[MESSAGE_TIME] = { time_out, time_in,
	    "a time like 2026-11-22T10:00:00Z", NULL },
	[MESSAGE_DURATION] = { duration_out, duration_in,
	    "a duration in its largest unit, like 30d, 2h, 15m or 90s", NULL },
	[MESSAGE_COUNT] = { count_out, count_in, "a number from 0 to ", "" },
	[MESSAGE_BASE64] = { base64_out, base64_in, "canonical base64 of ",
	    " bytes" },
	[MESSAGE_TOKEN] = { token_out, token_in, "1 to ",
	    " characters of A-Z a-z 0-9 . _ -" },
	[MESSAGE_HOST] = { host_out, host_in,
	    "1 to 253 characters of A-Z a-z 0-9 . -", NULL },
	[MESSAGE_TEXT] = { text_out, text_in, "1 to ",
	    " bytes of UTF-8 without control or bidirectional characters and "
	    "without a space at either end" },
	[MESSAGE_WORD] = { word_out, word_in, "one of", NULL },
	[MESSAGE_CODE] = { code_out, code_in, "a code like 0xC004F038", NULL },
	[MESSAGE_POSITIVE] = { count_out, count_in, "a number from 1 to ", "" },
};

int
message_value_print(
    const struct message_part *part, const void *v, char *buf, size_t room)
{
	return (kinds[part->kind].print(part, v, buf, room));
}

int
message_value_parse(
    const struct message_part *part, const char *s, size_t len, void *v)
{
	return (kinds[part->kind].parse(part, s, len, v));
}

void
message_value_expected(
    const struct message_part *part, char buf[MESSAGE_EXPECTED_MAX])
{
	const struct kind *k = &kinds[part->kind];
	size_t i;

	(void)strlcpy(buf, k->expected, MESSAGE_EXPECTED_MAX);
	if (k->limited != NULL)
		(void)snprintf(buf, MESSAGE_EXPECTED_MAX, "%s%llu%s",
		    k->expected, (unsigned long long)part->limit, k->limited);
	if (part->kind != MESSAGE_WORD)
		return;
	for (i = 0; part->words[i] != NULL; i++) {
		(void)strlcat(buf, " ", MESSAGE_EXPECTED_MAX);
		(void)strlcat(buf, part->words[i], MESSAGE_EXPECTED_MAX);
	}
}
