/*
 * Keys and signed documents in signify's formats.  A file of theirs is a
 * comment line, a line of base64, and for a document the message.
 */
#include "config.h"

#include <string.h>

#include <sodium.h>

#include "common/base64.h"
#include "common/message.h"
#include "common/reason.h"
#include "common/signify.h"

#define COMMENT_LEN (sizeof(SIGNIFY_COMMENT) - 1)
#define COMMENT_MAX 1024 /* bytes of a comment, as signify allows */
#define SIGBLOB_LEN (2 + KEYNUM_LEN + SIGNATURE_LEN)

static const uint8_t algorithm[2] = { 'E', 'd' };

/* A secret key as its file carries it: 104 bytes without padding. */
struct secblob {
	uint8_t algorithm[2];
	uint8_t kdf[2];
	uint8_t rounds[4]; /* of the key derivation; 0: not encrypted */
	uint8_t salt[16];
	uint8_t checksum[8];
	uint8_t keynum[KEYNUM_LEN];
	uint8_t key[64];
};

_Static_assert(sizeof(struct secblob) == SECKEY_LEN, "no padding");

int
pubkey_from_blob(const uint8_t blob[PUBKEY_LEN], struct pubkey *pub)
{
	if (memcmp(blob, algorithm, sizeof(algorithm)) != 0)
		return (-1);
	memcpy(pub->keynum, blob + 2, sizeof(pub->keynum));
	memcpy(pub->key, blob + 2 + KEYNUM_LEN, sizeof(pub->key));
	return (0);
}

void
pubkey_to_blob(const struct pubkey *pub, uint8_t blob[PUBKEY_LEN])
{
	memcpy(blob, algorithm, sizeof(algorithm));
	memcpy(blob + 2, pub->keynum, sizeof(pub->keynum));
	memcpy(blob + 2 + KEYNUM_LEN, pub->key, sizeof(pub->key));
}

void
signify_keypair(struct pubkey *pub, struct seckey *sec)
{
	(void)crypto_sign_keypair(pub->key, sec->key);
	randombytes_buf(sec->keynum, sizeof(sec->keynum));
	memcpy(pub->keynum, sec->keynum, sizeof(pub->keynum));
}

void
signify_public(const struct seckey *sec, struct pubkey *pub)
{
	memcpy(pub->keynum, sec->keynum, sizeof(pub->keynum));
	(void)crypto_sign_ed25519_sk_to_pk(pub->key, sec->key);
}

/*
 * Prints comment line and base64 line and a NUL.  Returns the length without
 * the NUL, or -1.
 */
static int
print_lines(const char *comment, const void *blob, size_t blob_len, char *buf,
    size_t size)
{
	size_t n = strlen(comment), len;
	char *p = buf;

	if (n >= COMMENT_MAX || strchr(comment, '\n') != NULL)
		return (-1);
	len = COMMENT_LEN + n + 1 + BASE64_LEN(blob_len) + 1;
	if (len >= size)
		return (-1);
	memcpy(p, SIGNIFY_COMMENT, COMMENT_LEN);
	p += COMMENT_LEN;
	memcpy(p, comment, n);
	p += n;
	*p++ = '\n';
	p += base64_encode(p, size - (size_t)(p - buf), blob, blob_len);
	*p++ = '\n';
	*p = '\0';
	return ((int)len);
}

/*
 * Parses these two lines from the front of a text.  Sets what follows the
 * comment's prefix and its length.  Returns the length of both lines, or -1.
 */
static int
parse_lines(const char *text, size_t len, const char **comment,
    size_t *comment_len, void *blob, size_t blob_len, char *error)
{
	const char *newline;
	size_t n, b64 = BASE64_LEN(blob_len);

	if (len < COMMENT_LEN ||
	    memcmp(text, SIGNIFY_COMMENT, COMMENT_LEN) != 0)
		return (reason(
		    error, "line 1 does not begin with \"untrusted comment\""));
	*comment = text + COMMENT_LEN;
	n = len - COMMENT_LEN;
	if ((newline = memchr(
		 *comment, '\n', n < COMMENT_MAX ? n : COMMENT_MAX)) == NULL)
		return (reason(error, "line 1 is too long or does not end"));
	*comment_len = (size_t)(newline - *comment);
	n -= *comment_len + 1;
	if (n < b64 + 1 || newline[1 + b64] != '\n' ||
	    base64_decode(blob, blob_len, newline + 1, b64) != (int)blob_len)
		return (reason(
		    error, "line 2 is not the base64 of %zu bytes", blob_len));
	return ((int)(len - n + b64 + 1));
}

/* The same for a key's file, behind whose two lines nothing stands. */
static int
parse_file(
    const char *text, size_t len, void *blob, size_t blob_len, char *error)
{
	const char *comment;
	size_t comment_len;
	int n;

	n = parse_lines(
	    text, len, &comment, &comment_len, blob, blob_len, error);
	if (n == -1)
		return (-1);
	if ((size_t)n != len)
		return (reason(error, "something stands behind line 2"));
	return (0);
}

int
signify_print_pubkey(
    const struct pubkey *pub, const char *comment, char *buf, size_t size)
{
	uint8_t blob[PUBKEY_LEN];

	pubkey_to_blob(pub, blob);
	return (print_lines(comment, blob, sizeof(blob), buf, size));
}

int
signify_parse_pubkey(
    const char *text, size_t len, struct pubkey *pub, char *error)
{
	uint8_t blob[PUBKEY_LEN];

	if (parse_file(text, len, blob, sizeof(blob), error) == -1)
		return (-1);
	if (pubkey_from_blob(blob, pub) == -1)
		return (reason(error, "not an Ed25519 public key"));
	return (0);
}

static void
checksum(const uint8_t key[64], uint8_t sum[8])
{
	uint8_t digest[crypto_hash_sha512_BYTES];

	(void)crypto_hash_sha512(digest, key, 64);
	memcpy(sum, digest, 8);
	explicit_bzero(digest, sizeof(digest));
}

int
signify_print_seckey(
    const struct seckey *sec, const char *comment, char *buf, size_t size)
{
	struct secblob blob = { .algorithm = "Ed", .kdf = "BK" };
	int len;

	checksum(sec->key, blob.checksum);
	memcpy(blob.keynum, sec->keynum, sizeof(blob.keynum));
	memcpy(blob.key, sec->key, sizeof(blob.key));
	len = print_lines(comment, &blob, sizeof(blob), buf, size);
	explicit_bzero(&blob, sizeof(blob));
	return (len);
}

/*
 * Signing with a public half that is not the seed's would give the secret
 * away, so the halves are compared.
 */
static int
check_halves(const uint8_t key[64])
{
	uint8_t pub[32], sec[64];
	int differ;

	(void)crypto_sign_seed_keypair(pub, sec, key);
	differ = sodium_memcmp(sec, key, sizeof(sec));
	explicit_bzero(sec, sizeof(sec));
	return (differ);
}

static int
check_secblob(const struct secblob *blob, char *error)
{
	static const uint8_t none[4];
	uint8_t sum[8];

	if (memcmp(blob->algorithm, algorithm, sizeof(algorithm)) != 0 ||
	    memcmp(blob->kdf, "BK", sizeof(blob->kdf)) != 0)
		return (reason(error, "not an Ed25519 secret key"));
	if (memcmp(blob->rounds, none, sizeof(none)) != 0)
		return (reason(error, "the secret key is encrypted"));
	checksum(blob->key, sum);
	if (sodium_memcmp(sum, blob->checksum, sizeof(sum)) != 0)
		return (reason(error, "the secret key's checksum is wrong"));
	if (check_halves(blob->key) != 0)
		return (reason(
		    error, "the secret key's public half is not its own"));
	return (0);
}

int
signify_parse_seckey(
    const char *text, size_t len, struct seckey *sec, char *error)
{
	struct secblob blob;
	int ret = -1;

	if (parse_file(text, len, &blob, sizeof(blob), error) == 0 &&
	    check_secblob(&blob, error) == 0) {
		memcpy(sec->keynum, blob.keynum, sizeof(sec->keynum));
		memcpy(sec->key, blob.key, sizeof(sec->key));
		ret = 0;
	}
	explicit_bzero(&blob, sizeof(blob));
	return (ret);
}

/* True if the first line of the message is this name. */
static int
first_line_is(const char *message, size_t len, const char *name, size_t n)
{
	return (len > n && memcmp(message, name, n) == 0 && message[n] == '\n');
}

int
signify_sign(const struct seckey *sec, const char *name, const char *message,
    size_t len, char *buf, size_t size)
{
	uint8_t blob[SIGBLOB_LEN];
	int n;

	if (!first_line_is(message, len, name, strlen(name)))
		return (-1);
	memcpy(blob, algorithm, sizeof(algorithm));
	memcpy(blob + 2, sec->keynum, KEYNUM_LEN);
	(void)crypto_sign_detached(blob + 2 + KEYNUM_LEN, NULL,
	    (const uint8_t *)message, len, sec->key);
	n = print_lines(name, blob, sizeof(blob), buf, size);
	if (n == -1 || len >= size - (size_t)n || len > INT32_MAX / 2)
		return (-1);
	memcpy(buf + n, message, len);
	buf[(size_t)n + len] = '\0';
	return (n + (int)len);
}

int
signify_split(
    const char *text, size_t len, size_t *off, size_t *message_len, char *error)
{
	uint8_t blob[SIGBLOB_LEN];
	const char *comment;
	size_t comment_len;
	int n;

	n = parse_lines(
	    text, len, &comment, &comment_len, blob, sizeof(blob), error);
	if (n == -1)
		return (-1);
	*off = (size_t)n;
	*message_len = len - (size_t)n;
	return (0);
}

int
signify_keynum(const char *text, size_t len, uint8_t keynum[KEYNUM_LEN])
{
	uint8_t blob[SIGBLOB_LEN];
	const char *comment;
	size_t comment_len;

	if (parse_lines(text, len, &comment, &comment_len, blob, sizeof(blob),
		NULL) == -1 ||
	    memcmp(blob, algorithm, sizeof(algorithm)) != 0)
		return (-1);
	memcpy(keynum, blob + sizeof(algorithm), KEYNUM_LEN);
	return (0);
}

/* Which of n keys made this signature; n if none of them has its number. */
static int
find_signer(const uint8_t blob[SIGBLOB_LEN], const char *message, size_t len,
    const struct pubkey *keys, size_t n, size_t *signer, char *error)
{
	char hex[2 * KEYNUM_LEN + 1];
	int known = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (memcmp(keys[i].keynum, blob + 2, KEYNUM_LEN) != 0)
			continue;
		known = 1;
		if (crypto_sign_verify_detached(blob + 2 + KEYNUM_LEN,
			(const uint8_t *)message, len, keys[i].key) == 0) {
			*signer = i;
			return (0);
		}
	}
	(void)sodium_bin2hex(hex, sizeof(hex), blob + 2, KEYNUM_LEN);
	return (reason(error,
	    known ? "the signature of key %s is bad"
		  : "signed by key %s, which is not one of those expected",
	    hex));
}

int
signify_verify(const char *text, size_t len, const struct pubkey *keys,
    size_t nkeys, size_t *off, size_t *message_len, size_t *signer, char *error)
{
	uint8_t blob[SIGBLOB_LEN];
	const char *comment, *message;
	size_t comment_len, mlen, i;
	int n;

	n = parse_lines(
	    text, len, &comment, &comment_len, blob, sizeof(blob), error);
	if (n == -1)
		return (-1);
	if (memcmp(blob, algorithm, sizeof(algorithm)) != 0)
		return (reason(error, "not an Ed25519 signature"));
	message = text + n;
	mlen = len - (size_t)n;
	if (find_signer(blob, message, mlen, keys, nkeys, &i, error) == -1)
		return (-1);
	if (!first_line_is(message, mlen, comment, comment_len))
		return (reason(
		    error, "the comment is not the message's first line"));
	*off = (size_t)n;
	*message_len = mlen;
	*signer = i;
	return (0);
}
