/*
 * Canonical base64.  Characters are found by arithmetic on masks and not by
 * looking up, since tokens and keys pass through here too.
 */
#include "config.h"

#include "common/base64.h"

/* All ones if a > b, else 0; both below 2^31. */
static uint32_t
above(uint32_t a, uint32_t b)
{
	return (0 - ((b - a) >> 31));
}

/* The character of six bits. */
static char
encode_sextet(uint32_t v)
{
	uint32_t c = v + 'A';

	c += above(v, 25) & ('a' - 26 - 'A');
	c += above(v, 51) & (uint32_t)('0' - 52 - ('a' - 26));
	c += above(v, 61) & (uint32_t)('+' - 62 - ('0' - 52));
	c += above(v, 62) & ('/' - 63 - ('+' - 62));
	return ((char)c);
}

/* v plus one if c lies within first to last and stands for v, else 0. */
static uint32_t
decode_range(uint32_t c, uint32_t first, uint32_t last, uint32_t v)
{
	return (~above(first, c) & ~above(c, last) & (c - first + v + 1));
}

/* The six bits of a character, or 0xffffffff. */
static uint32_t
decode_sextet(char ch)
{
	uint32_t c = (unsigned char)ch;

	return (
	    (decode_range(c, 'A', 'Z', 0) | decode_range(c, 'a', 'z', 26) |
		decode_range(c, '0', '9', 52) | decode_range(c, '+', '+', 62) |
		decode_range(c, '/', '/', 63)) -
	    1);
}

int
base64_encode(char *out, size_t size, const void *data, size_t len)
{
	const uint8_t *in = data;
	char *p = out;
	uint32_t v;

	if (len > INT32_MAX / 2 || size <= BASE64_LEN(len))
		return (-1);
	for (; len >= 3; len -= 3, in += 3) {
		v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
		*p++ = encode_sextet(v >> 18);
		*p++ = encode_sextet(v >> 12 & 63);
		*p++ = encode_sextet(v >> 6 & 63);
		*p++ = encode_sextet(v & 63);
	}
	if (len > 0) {
		v = (uint32_t)in[0] << 16 |
		    (len == 2 ? (uint32_t)in[1] << 8 : 0);
		*p++ = encode_sextet(v >> 18);
		*p++ = encode_sextet(v >> 12 & 63);
		*p++ = len == 2 ? encode_sextet(v >> 6 & 63) : '=';
		*p++ = '=';
	}
	*p = '\0';
	return ((int)(p - out));
}

/* Decodes the last four characters, of which one or two are padding. */
static uint32_t
decode_padded(const char *in, size_t npad, uint8_t *out)
{
	uint32_t a, b, c;

	a = decode_sextet(in[0]);
	b = decode_sextet(in[1]);
	c = npad == 2 ? 0 : decode_sextet(in[2]);
	out[0] = (uint8_t)(a << 2 | (b >> 4 & 3));
	if (npad == 1)
		out[1] = (uint8_t)(b << 4 | (c >> 2 & 15));
	/* Bits that no byte takes are zero in what an encoder prints. */
	return ((a | b | c) >> 6 | (npad == 2 ? b & 15 : c & 3));
}

int
base64_decode(void *data, size_t size, const char *in, size_t len)
{
	uint8_t *out = data;
	uint32_t a, b, c, d, bad = 0;
	size_t npad = 0, n, i;

	if (len % 4 != 0 || len > INT32_MAX)
		return (-1);
	if (len > 0 && in[len - 1] == '=')
		npad = in[len - 2] == '=' ? 2 : 1;
	n = len / 4 * 3 - npad;
	if (n > size)
		return (-1);
	for (i = 0; i < n / 3; i++, in += 4) {
		a = decode_sextet(in[0]);
		b = decode_sextet(in[1]);
		c = decode_sextet(in[2]);
		d = decode_sextet(in[3]);
		bad |= (a | b | c | d) >> 6;
		*out++ = (uint8_t)(a << 2 | (b >> 4 & 3));
		*out++ = (uint8_t)(b << 4 | (c >> 2 & 15));
		*out++ = (uint8_t)(c << 6 | (d & 63));
	}
	if (npad > 0)
		bad |= decode_padded(in, npad, out);
	return (bad != 0 ? -1 : (int)n);
}
