/*
 * Signed documents whose signature is good: the first byte chooses the
 * document, the rest is its text, signed here by the key that may sign it.
 * Also the payload of a reply whose box opens.  So the fuzzer gets behind the
 * cryptography, to what a publisher or a host could send.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "client/believe.h"
#include "common/trust.h"

#define INPUT_MAX (PRODUCT_MAX + 1)
#define FRAME_HEAD 3 /* bytes before the payload */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The one key of publisher, issuer and host, the same in each run. */
static struct seckey key;
static struct pubkey public;
static char bytes[INPUT_MAX + SIGNIFY_OVERHEAD_MAX];
static char error[MESSAGE_ERROR_MAX];

static void
make_key(void)
{
	static const uint8_t seed[crypto_sign_SEEDBYTES] = { 1 };

	if (sodium_init() == -1 ||
	    crypto_sign_seed_keypair(public.key, key.key, seed) == -1)
		abort();
	memset(key.keynum, 1, sizeof(key.keynum));
	memcpy(public.keynum, key.keynum, sizeof(public.keynum));
}

/* Signs a text under what its first line says; 0 if it says nothing. */
static size_t
sign(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len < 64 ? len : 64);
	char name[64];
	int n;

	if (end == NULL)
		return (0);
	(void)snprintf(name, sizeof(name), "%.*s", (int)(end - text), text);
	n = signify_sign(&key, name, text, len, bytes, sizeof(bytes));
	return (n == -1 ? 0 : (size_t)n);
}

static void
must_say(int ret)
{
	if (ret == -1 && memchr(error, '\0', sizeof(error)) == NULL)
		abort();
}

static void
try_product(size_t len)
{
	static struct doc_product p;

	must_say(trust_product(&public, bytes, len, &p, error));
}

static void
try_revocation(size_t len)
{
	static struct doc_revocation r;
	static const uint8_t none[UUID_LEN];

	if (trust_revocation(&public, bytes, len, &r, error) == 0)
		(void)trust_revoked(&r, none);
}

static void
try_host(size_t len)
{
	static struct doc_product p;
	static struct doc_host h;

	memset(&p, 0, sizeof(p));
	pubkey_to_blob(&public, p.publisher);
	pubkey_to_blob(&public, p.issuer[0].key);
	p.nissuers = 1;
	if (trust_host(&p, bytes, len, &h, error) == 0)
		(void)trust_covers(&h, &p);
}

static void
try_seal(size_t len)
{
	static struct doc_host h;
	static struct doc_seal s;

	memset(&h, 0, sizeof(h));
	pubkey_to_blob(&public, h.host);
	must_say(trust_seal(&h, bytes, len, &s, error));
}

static void
try_host_request(size_t len)
{
	static struct doc_host_request r;

	must_say(trust_host_request(bytes, len, &r, error));
}

/* Sealed as the host does, for a question that this machine asked. */
static void
try_reply(const char *text, size_t len)
{
	static const struct doc_seal seal = { .not_after.sec = KTIME_MAX };
	static const struct question question = { .verb = VERB_ACTIVATE };
	static uint8_t frame[WIRE_HOST_MAX + 4], box[WIRE_BOX_MAX];
	static struct answer answer;
	struct wire_sealed_reply r;
	struct failure failure;
	int n;

	memset(&r, 0, sizeof(r));
	sealbox_reply_nonce(question.half, r.nonce);
	n = sealbox_seal(box, sizeof(box), text, len, r.nonce, question.shared);
	if (n == -1)
		return;
	r.box = box;
	r.box_len = (size_t)n;
	n = wire_put_sealed_reply(&r, frame, sizeof(frame));
	if (n == -1 ||
	    wire_get_sealed_reply(
		frame + FRAME_HEAD, (size_t)n - FRAME_HEAD, &r) == -1 ||
	    !sealbox_is_reply_nonce(r.nonce, question.half))
		abort();
	if (believe_reply(&question, &seal, 1, frame + FRAME_HEAD,
		(size_t)n - FRAME_HEAD, &answer, &failure) == 0 &&
	    answer.grant != NULL && answer.grant_len > len)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const documents[])(size_t) = { try_product,
		try_revocation, try_host, try_seal, try_host_request };
	const size_t n = sizeof(documents) / sizeof(documents[0]);
	const char *text = (const char *)data + 1;
	size_t len;

	if (size < 2 || size > INPUT_MAX)
		return (0);
	make_key();
	if (data[0] % (n + 1) == n)
		try_reply(text, size - 1);
	else if ((len = sign(text, size - 1)) != 0)
		documents[data[0] % (n + 1)](len);
	return (0);
}
