/* UUIDs: made at random, printed and parsed in their one lower-case form. */
#include "config.h"

#include <sys/random.h>

#include <errno.h>
#include <string.h>

#include "common/uuid.h"

/* Where the hyphens stand, by the index of the byte behind them. */
static int
hyphen_before(size_t i)
{
	return (i == 4 || i == 6 || i == 8 || i == 10);
}

int
uuid_make(uint8_t uuid[UUID_LEN])
{
	ssize_t n;

	do {
		n = getrandom(uuid, UUID_LEN, 0);
	} while (n == -1 && errno == EINTR);
	if (n != UUID_LEN) {
		memset(uuid, 0, UUID_LEN);
		return (-1);
	}
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
	return (0);
}

void
uuid_print(const uint8_t uuid[UUID_LEN], char buf[UUID_STRLEN])
{
	static const char digits[] = "0123456789abcdef";
	char *p = buf;
	size_t i;

	for (i = 0; i < UUID_LEN; i++) {
		if (hyphen_before(i))
			*p++ = '-';
		*p++ = digits[uuid[i] >> 4];
		*p++ = digits[uuid[i] & 15];
	}
	*p = '\0';
}

/* The value of a lower-case hexadecimal digit, or 16. */
static unsigned int
digit_value(char c)
{
	unsigned int n = (unsigned char)c;

	if (n - '0' < 10)
		return (n - '0');
	return (n - 'a' < 6 ? n - 'a' + 10 : 16);
}

int
uuid_parse(const char *s, size_t len, uint8_t uuid[UUID_LEN])
{
	uint8_t out[UUID_LEN];
	unsigned int high, low;
	size_t i;

	if (len != UUID_STRLEN - 1)
		return (-1);
	for (i = 0; i < UUID_LEN; i++) {
		if (hyphen_before(i) && *s++ != '-')
			return (-1);
		high = digit_value(*s++);
		low = digit_value(*s++);
		if (high > 15 || low > 15)
			return (-1);
		out[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(uuid, out, UUID_LEN);
	return (0);
}
