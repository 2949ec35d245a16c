/*
 * Origins and checkpoints.  Parsing takes a checkpoint to pieces, prints these
 * again and compares, so there is one form and no other.
 */
#include "config.h"

#include <string.h>

#include <sodium.h>

#include "common/base64.h"
#include "common/checkpoint.h"
#include "common/decimal.h"
#include "common/message.h"
#include "common/reason.h"
#include "common/uuid.h"

#define ORIGIN_PREFIX "kmsd/"
#define ORIGIN_PREFIX_LEN (sizeof(ORIGIN_PREFIX) - 1)
#define ORIGIN_LEN (ORIGIN_PREFIX_LEN + 2 * 16 + 1 + UUID_STRLEN - 1)

#define SIGNATURE_MARK "\xe2\x80\x94 " /* em dash, space */
#define SIGNATURE_MARK_LEN (sizeof(SIGNATURE_MARK) - 1)
#define KEY_ID_LEN 4
#define NOTE_ED25519 0x01
#define NOTE_BLOB_LEN (KEY_ID_LEN + SIGNATURE_LEN)
#define NOTE_BLOB_STRLEN BASE64_LEN(NOTE_BLOB_LEN)
#define ROOT_STRLEN BASE64_LEN(HASH_LEN)

_Static_assert(ORIGIN_LEN < ORIGIN_MAX, "an origin has room");
_Static_assert(2 * (ORIGIN_LEN + 1) + DECIMAL_MAX + 1 + ROOT_STRLEN + 1 + 1 +
		       SIGNATURE_MARK_LEN + NOTE_BLOB_STRLEN + 2 <=
		   CHECKPOINT_MAX,
    "a checkpoint has room");

static void
host_id(const uint8_t key[32], uint8_t id[16])
{
	(void)crypto_generichash(id, 16, key, 32, NULL, 0);
}

void
origin_make(
    struct origin *o, const uint8_t key[32], const uint8_t log[UUID_LEN])
{
	host_id(key, o->host);
	memcpy(o->log, log, sizeof(o->log));
}

void
origin_print(const struct origin *o, char buf[ORIGIN_MAX])
{
	char *p = buf;

	memcpy(p, ORIGIN_PREFIX, ORIGIN_PREFIX_LEN);
	p += ORIGIN_PREFIX_LEN;
	(void)sodium_bin2hex(
	    p, 2 * sizeof(o->host) + 1, o->host, sizeof(o->host));
	p += 2 * sizeof(o->host);
	*p++ = '/';
	uuid_print(o->log, p);
}

int
origin_parse(const char *s, size_t len, struct origin *o)
{
	char again[ORIGIN_MAX];
	struct origin out;
	size_t n;

	if (len != ORIGIN_LEN ||
	    sodium_hex2bin(out.host, sizeof(out.host), s + ORIGIN_PREFIX_LEN,
		2 * sizeof(out.host), NULL, &n, NULL) != 0 ||
	    n != sizeof(out.host) ||
	    uuid_parse(s + ORIGIN_LEN - (UUID_STRLEN - 1), UUID_STRLEN - 1,
		out.log) == -1)
		return (-1);
	origin_print(&out, again);
	if (memcmp(again, s, len) != 0)
		return (-1);
	*o = out;
	return (0);
}

void
note_key_id(const char *name, const uint8_t key[32], uint8_t id[KEY_ID_LEN])
{
	static const uint8_t separator[] = { '\n', NOTE_ED25519 };
	uint8_t digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(
	    &state, (const uint8_t *)name, strlen(name));
	(void)crypto_hash_sha256_update(&state, separator, sizeof(separator));
	(void)crypto_hash_sha256_update(&state, key, 32);
	(void)crypto_hash_sha256_final(&state, digest);
	memcpy(id, digest, KEY_ID_LEN);
}

int
checkpoint_print_body(const struct checkpoint *c, char buf[CHECKPOINT_MAX])
{
	char *p = buf;

	origin_print(&c->origin, p);
	p += ORIGIN_LEN;
	*p++ = '\n';
	p += decimal_print(c->size, p);
	*p++ = '\n';
	p += base64_encode(
	    p, CHECKPOINT_MAX - (size_t)(p - buf), c->root.b, HASH_LEN);
	*p++ = '\n';
	*p = '\0';
	return ((int)(p - buf));
}

int
checkpoint_print(const struct checkpoint *c, const uint8_t key[32],
    const uint8_t signature[SIGNATURE_LEN], char buf[CHECKPOINT_MAX])
{
	uint8_t blob[NOTE_BLOB_LEN];
	char name[ORIGIN_MAX];
	char *p = buf;

	p += checkpoint_print_body(c, buf);
	*p++ = '\n';
	memcpy(p, SIGNATURE_MARK, SIGNATURE_MARK_LEN);
	p += SIGNATURE_MARK_LEN;
	origin_print(&c->origin, name);
	memcpy(p, name, ORIGIN_LEN);
	p += ORIGIN_LEN;
	*p++ = ' ';
	note_key_id(name, key, blob);
	memcpy(blob + KEY_ID_LEN, signature, SIGNATURE_LEN);
	p += base64_encode(
	    p, CHECKPOINT_MAX - (size_t)(p - buf), blob, sizeof(blob));
	*p++ = '\n';
	*p = '\0';
	return ((int)(p - buf));
}

int
checkpoint_sign(const struct checkpoint *c, const struct seckey *sec,
    char buf[CHECKPOINT_MAX])
{
	uint8_t signature[SIGNATURE_LEN];
	struct pubkey pub;
	int len;

	len = checkpoint_print_body(c, buf);
	(void)crypto_sign_detached(signature, NULL, (const uint8_t *)buf,
	    (unsigned long long)len, sec->key);
	signify_public(sec, &pub);
	return (checkpoint_print(c, pub.key, signature, buf));
}

/* The body's three lines and the signature that the last line carries. */
static int
parse(const char *text, size_t len, struct checkpoint *c,
    uint8_t signature[SIGNATURE_LEN], char *error)
{
	uint8_t blob[NOTE_BLOB_LEN];
	const char *newline, *p = text, *end = text + len;

	if ((newline = memchr(p, '\n', len)) == NULL ||
	    origin_parse(p, (size_t)(newline - p), &c->origin) == -1)
		return (reason(error, "checkpoint: line 1 is not an origin"));
	p = newline + 1;
	if ((newline = memchr(p, '\n', (size_t)(end - p))) == NULL ||
	    decimal_parse(
		p, (size_t)(newline - p), TREE_SIZE_LIMIT - 1, &c->size) == -1)
		return (reason(error, "checkpoint: line 2 is not a size"));
	p = newline + 1;
	if ((newline = memchr(p, '\n', (size_t)(end - p))) == NULL ||
	    base64_decode(c->root.b, HASH_LEN, p, (size_t)(newline - p)) !=
		HASH_LEN)
		return (reason(error, "checkpoint: line 3 is not a root"));
	p = newline + 1;
	if ((size_t)(end - p) < NOTE_BLOB_STRLEN + 1 ||
	    base64_decode(blob, sizeof(blob), end - 1 - NOTE_BLOB_STRLEN,
		NOTE_BLOB_STRLEN) != NOTE_BLOB_LEN)
		return (reason(
		    error, "checkpoint: does not end with one signature line"));
	memcpy(signature, blob + KEY_ID_LEN, SIGNATURE_LEN);
	return (0);
}

int
checkpoint_verify(const char *text, size_t len, const uint8_t key[32],
    struct checkpoint *c, uint8_t signature[SIGNATURE_LEN], char *error)
{
	char again[CHECKPOINT_MAX];
	uint8_t id[16];
	int n;

	if (parse(text, len, c, signature, error) == -1)
		return (-1);
	host_id(key, id);
	if (memcmp(id, c->origin.host, sizeof(id)) != 0)
		return (reason(
		    error, "checkpoint: its origin names another host key"));
	n = checkpoint_print(c, key, signature, again);
	if ((size_t)n != len || memcmp(again, text, len) != 0)
		return (reason(error,
		    "checkpoint: not three lines and one signature line with "
		    "the origin's name and key id"));
	n = checkpoint_print_body(c, again);
	if (crypto_sign_verify_detached(signature, (const uint8_t *)again,
		(unsigned long long)n, key) != 0)
		return (reason(error, "checkpoint: the signature is bad"));
	return (0);
}
