/*
 * SipHash-2-4 as its authors describe it (Aumasson and Bernstein, 2012).
 */
#include "config.h"

#include "listener/siphash.h"

struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint64_t
rotate(uint64_t x, unsigned int n)
{
	return (x << n | x >> (64 - n));
}

static void
sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static uint64_t
little_endian(const uint8_t *p, size_t len)
{
	uint64_t x = 0;
	size_t i;

	for (i = 0; i < len; i++)
		x |= (uint64_t)p[i] << (8 * i);
	return (x);
}

static void
sip_word(struct sip *s, uint64_t m)
{
	s->v3 ^= m;
	sip_round(s);
	sip_round(s);
	s->v0 ^= m;
}

uint64_t
siphash(const uint8_t key[SIPHASH_KEY_LEN], const uint8_t *p, size_t len)
{
	uint64_t k0 = little_endian(key, 8), k1 = little_endian(key + 8, 8);
	struct sip s = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
		k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573 };
	size_t left;
	int i;

	for (left = len; left >= 8; left -= 8, p += 8)
		sip_word(&s, little_endian(p, 8));
	sip_word(&s, little_endian(p, left) | (uint64_t)len << 56);
	s.v2 ^= 0xff;
	for (i = 0; i < 4; i++)
		sip_round(&s);
	return (s.v0 ^ s.v1 ^ s.v2 ^ s.v3);
}
