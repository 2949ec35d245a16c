/*
 * Which characters a message may hold: those that nobody can use to make a
 * line look like another one, or like two.
 */
#include "config.h"

#include "common/message.h"

/* Characters beyond ASCII that are refused, in ascending order. */
static const struct range {
	uint32_t first, last;
} refused[] = {
	{ 0x0080, 0x009f }, /* control characters (C1) */
	{ 0x061c, 0x061c }, /* Arabic letter mark */
	{ 0x200e, 0x200f }, /* left-to-right and right-to-left mark */
	{ 0x2028, 0x2029 }, /* line and paragraph separator */
	{ 0x202a, 0x202e }, /* embeddings and overrides */
	{ 0x2066, 0x2069 }, /* isolates */
};

static int
is_refused(uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (c >= refused[i].first && c <= refused[i].last)
			return (1);
	}
	return (0);
}

/*
 * Decodes the sequence of two to four bytes that stands first.  Returns its
 * length, or 0 if it is cut off, overlong, a surrogate or beyond U+10FFFF.
 */
static size_t
decode_sequence(const unsigned char *s, size_t len, uint32_t *out)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c;
	size_t n, i;

	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return (0);
	if (n > len)
		return (0);
	c = s[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return (0);
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return (0);
	*out = c;
	return (n);
}

int
message_text_valid(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	uint32_t c;
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = 1;
		if (s[i] >= 0x20 && s[i] <= 0x7e)
			continue;
		if ((n = decode_sequence(s + i, len - i, &c)) == 0 ||
		    is_refused(c))
			return (0);
	}
	return (1);
}
