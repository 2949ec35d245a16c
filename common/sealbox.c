/* Requests and replies, sealed and opened. */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#include "common/sealbox.h"

#define PAD_FIRST 0x80
#define TEXT_LIMIT (1 << 20) /* bytes: far above any of ours */

void
sealbox_machine_id(
    const uint8_t key[MACHINE_KEY_LEN], uint8_t id[MACHINE_ID_LEN])
{
	static const uint8_t purpose[] = "kms-machine";
	uint8_t buf[sizeof(purpose) - 1 + MACHINE_KEY_LEN];

	memcpy(buf, purpose, sizeof(purpose) - 1);
	memcpy(buf + sizeof(purpose) - 1, key, MACHINE_KEY_LEN);
	(void)crypto_generichash(id, MACHINE_ID_LEN, buf, sizeof(buf), NULL, 0);
}

void
sealbox_keypair(uint8_t public[32], uint8_t secret[32])
{
	(void)crypto_box_keypair(public, secret);
}

int
sealbox_shared(uint8_t shared[SEALBOX_SHARED_LEN], const uint8_t public[32],
    const uint8_t secret[32])
{
	if ((public[31] & 0x80) != 0 ||
	    crypto_box_beforenm(shared, public, secret) != 0) {
		explicit_bzero(shared, SEALBOX_SHARED_LEN);
		return (-1);
	}
	return (0);
}

void
sealbox_half(const char *text, size_t len, uint8_t half[SEALBOX_HALF_LEN])
{
	uint8_t random[32], digest[16];
	crypto_generichash_state state;

	randombytes_buf(random, sizeof(random));
	(void)crypto_generichash_init(&state, NULL, 0, sizeof(digest));
	(void)crypto_generichash_update(&state, random, sizeof(random));
	(void)crypto_generichash_update(&state, (const uint8_t *)text, len);
	(void)crypto_generichash_final(&state, digest, sizeof(digest));
	memcpy(half, digest, SEALBOX_HALF_LEN);
	explicit_bzero(&state, sizeof(state));
	explicit_bzero(random, sizeof(random));
}

void
sealbox_request_nonce(
    const uint8_t half[SEALBOX_HALF_LEN], uint8_t nonce[SEALBOX_NONCE_LEN])
{
	memcpy(nonce, half, SEALBOX_HALF_LEN);
	memset(nonce + SEALBOX_HALF_LEN, 0, SEALBOX_HALF_LEN);
}

void
sealbox_reply_nonce(
    const uint8_t half[SEALBOX_HALF_LEN], uint8_t nonce[SEALBOX_NONCE_LEN])
{
	memcpy(nonce, half, SEALBOX_HALF_LEN);
	do {
		randombytes_buf(nonce + SEALBOX_HALF_LEN, SEALBOX_HALF_LEN);
	} while (sodium_is_zero(nonce + SEALBOX_HALF_LEN, SEALBOX_HALF_LEN));
}

int
sealbox_is_reply_nonce(const uint8_t nonce[SEALBOX_NONCE_LEN],
    const uint8_t half[SEALBOX_HALF_LEN])
{
	return (memcmp(nonce, half, SEALBOX_HALF_LEN) == 0 &&
		!sodium_is_zero(nonce + SEALBOX_HALF_LEN, SEALBOX_HALF_LEN));
}

/* Length of a text with its padding, of which at least a byte is needed. */
static size_t
padded_length(size_t len)
{
	size_t n = (len / SEALBOX_PAD + 1) * SEALBOX_PAD;

	return (n < SEALBOX_MIN ? SEALBOX_MIN : n);
}

/* Length of the text in n padded bytes, or -1 if padding makes others. */
static int
unpadded_length(const uint8_t *padded, size_t n)
{
	size_t len = n;

	while (len > 0 && padded[len - 1] == 0)
		len--;
	if (len == 0 || padded[len - 1] != PAD_FIRST ||
	    padded_length(len - 1) != n)
		return (-1);
	return ((int)(len - 1));
}

size_t
sealbox_length(size_t len)
{
	return (SEALBOX_MAC_LEN + padded_length(len));
}

int
sealbox_seal(uint8_t *out, size_t size, const char *text, size_t len,
    const uint8_t nonce[SEALBOX_NONCE_LEN],
    const uint8_t shared[SEALBOX_SHARED_LEN])
{
	size_t n = padded_length(len);

	if (len > TEXT_LIMIT || size < SEALBOX_MAC_LEN + n)
		return (-1);
	/* Padded where the box will be: no copy of the text stays. */
	memmove(out, text, len);
	memset(out + len, 0, n - len);
	out[len] = PAD_FIRST;
	if (crypto_box_easy_afternm(out, out, n, nonce, shared) != 0) {
		explicit_bzero(out, size);
		return (-1);
	}
	return ((int)(SEALBOX_MAC_LEN + n));
}

int
sealbox_open(char *out, size_t size, const uint8_t *box, size_t len,
    const uint8_t nonce[SEALBOX_NONCE_LEN],
    const uint8_t shared[SEALBOX_SHARED_LEN])
{
	int n = -1;

	if (size >= len && len >= SEALBOX_MAC_LEN + SEALBOX_MIN &&
	    len <= SEALBOX_MAC_LEN + TEXT_LIMIT &&
	    crypto_box_open_easy_afternm(
		(uint8_t *)out, box, len, nonce, shared) == 0)
		n = unpadded_length((uint8_t *)out, len - SEALBOX_MAC_LEN);
	if (n == -1)
		explicit_bzero(out, size);
	else
		out[n] = '\0';
	return (n);
}
