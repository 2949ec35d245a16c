/*
 * Boxes: as they stand, and as plaintexts that are sealed with whatever
 * padding they have.  A text that comes out seals to the same box.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/sealbox.h"

#define ROOM 2048

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const uint8_t *box, size_t len)
{
	static const uint8_t nonce[SEALBOX_NONCE_LEN] = { 1 };
	static const uint8_t shared[SEALBOX_SHARED_LEN] = { 2 };
	uint8_t again[ROOM];
	char text[ROOM];
	int n;

	if ((n = sealbox_open(text, sizeof(text), box, len, nonce, shared)) ==
	    -1)
		return;
	if (sealbox_length((size_t)n) != len ||
	    sealbox_seal(again, sizeof(again), text, (size_t)n, nonce,
		shared) != (int)len ||
	    memcmp(again, box, len) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t nonce[SEALBOX_NONCE_LEN] = { 1 };
	static const uint8_t shared[SEALBOX_SHARED_LEN] = { 2 };
	uint8_t box[ROOM];

	if (sodium_init() == -1 || len > ROOM - SEALBOX_MAC_LEN)
		return (0);
	check(data, len);
	if (crypto_box_easy_afternm(box, data, len, nonce, shared) != 0)
		abort();
	check(box, len + SEALBOX_MAC_LEN);
	return (0);
}
