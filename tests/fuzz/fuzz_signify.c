/*
 * Key files and signed documents.  The first byte says as what the rest is
 * parsed; keys that parse print to what parses to the same, and a document
 * passes only in the form in which signing it again gives the same bytes.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/message.h"
#include "common/signify.h"

#define ROOM 4096

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fuzz_pubkey(const char *text, size_t len)
{
	struct pubkey key, again;
	char buf[ROOM];
	int n;

	if (signify_parse_pubkey(text, len, &key, NULL) == -1)
		return;
	n = signify_print_pubkey(&key, "fuzz", buf, sizeof(buf));
	if (n == -1 ||
	    signify_parse_pubkey(buf, (size_t)n, &again, NULL) == -1 ||
	    memcmp(&key, &again, sizeof(key)) != 0)
		abort();
}

static void
fuzz_seckey(const char *text, size_t len)
{
	struct seckey key, again;
	char buf[ROOM];
	int n;

	if (signify_parse_seckey(text, len, &key, NULL) == -1)
		return;
	n = signify_print_seckey(&key, "fuzz", buf, sizeof(buf));
	if (n == -1 ||
	    signify_parse_seckey(buf, (size_t)n, &again, NULL) == -1 ||
	    memcmp(&key, &again, sizeof(key)) != 0)
		abort();
}

static void
fuzz_document(const char *text, size_t len)
{
	static const uint8_t seed[32] = { 1 };
	char error[MESSAGE_ERROR_MAX], name[ROOM], buf[ROOM];
	struct seckey sec;
	struct pubkey pub;
	size_t off, n, signer;
	const char *newline;

	(void)crypto_sign_seed_keypair(pub.key, sec.key, seed);
	memset(pub.keynum, 1, sizeof(pub.keynum));
	memset(sec.keynum, 1, sizeof(sec.keynum));
	if (signify_verify(text, len, &pub, 1, &off, &n, &signer, error) == -1)
		return;
	newline = memchr(text + off, '\n', n);
	if (newline == NULL || signer != 0 || off + n != len || len >= ROOM)
		abort();
	memcpy(name, text + off, (size_t)(newline - text) - off);
	name[(size_t)(newline - text) - off] = '\0';
	if (signify_sign(&sec, name, text + off, n, buf, sizeof(buf)) !=
		(int)len ||
	    memcmp(buf, text, len) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const parsers[])(
	    const char *, size_t) = { fuzz_pubkey, fuzz_seckey, fuzz_document };

	if (sodium_init() == -1 || len == 0 || len > ROOM / 2)
		return (0);
	parsers[data[0] % 3]((const char *)data + 1, len - 1);
	return (0);
}
