/*
 * Whole numbers in their one decimal form, both ways, without stdio: they
 * stand several times in every message.
 */
#include "config.h"

#include <string.h>

#include "common/decimal.h"

size_t
decimal_print(uint64_t n, char buf[DECIMAL_MAX])
{
	char digits[DECIMAL_MAX];
	size_t len = 0;

	do {
		digits[DECIMAL_MAX - ++len] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	memcpy(buf, digits + DECIMAL_MAX - len, len);
	return (len);
}

int
decimal_parse(const char *s, size_t len, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;
	unsigned int digit;
	size_t i;

	if (len == 0 || len > DECIMAL_MAX || (s[0] == '0' && len > 1))
		return (-1);
	for (i = 0; i < len; i++) {
		digit = (unsigned int)(unsigned char)s[i] - '0';
		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return (-1);
		n = n * 10 + digit;
	}
	if (n > max)
		return (-1);
	*out = n;
	return (0);
}
