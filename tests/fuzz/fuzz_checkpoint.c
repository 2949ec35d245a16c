/*
 * Checkpoints: as they stand, and as bodies that are then signed, so that
 * what is behind the signature is reached too.  One that passes prints to the
 * same bytes.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/base64.h"
#include "common/checkpoint.h"
#include "common/message.h"

#define ROOM 4096

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static uint8_t pub[32], sec[64];

static void
check(const char *text, size_t len)
{
	char error[MESSAGE_ERROR_MAX], again[CHECKPOINT_MAX];
	uint8_t signature[SIGNATURE_LEN];
	struct checkpoint c;
	int n;

	if (checkpoint_verify(text, len, pub, &c, signature, error) == -1)
		return;
	n = checkpoint_print(&c, pub, signature, again);
	if (n == -1 || (size_t)n != len || memcmp(text, again, len) != 0)
		abort();
}

/* A body under a good signature of the name on its first line. */
static void
check_signed(const char *body, size_t len)
{
	char text[ROOM], name[ROOM], b64[93];
	const char *newline;
	uint8_t blob[68];
	int n;

	if ((newline = memchr(body, '\n', len)) == NULL)
		return;
	memcpy(name, body, (size_t)(newline - body));
	name[newline - body] = '\0';
	note_key_id(name, pub, blob);
	(void)crypto_sign_detached(
	    blob + 4, NULL, (const uint8_t *)body, len, sec);
	(void)base64_encode(b64, sizeof(b64), blob, sizeof(blob));
	n = snprintf(text, sizeof(text), "%.*s\n\xe2\x80\x94 %s %s\n", (int)len,
	    body, name, b64);
	check(text, (size_t)n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t seed[32] = { 1 };

	if (sodium_init() == -1 || len == 0 || len > ROOM / 4)
		return (0);
	(void)crypto_sign_seed_keypair(pub, sec, seed);
	check((const char *)data, len);
	check_signed((const char *)data, len);
	return (0);
}
