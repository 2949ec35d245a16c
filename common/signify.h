/*
 * Keys and signed documents in the formats of OpenBSD's signify(1): Ed25519,
 * documents in the embedded form (signature in front of the message).
 */
#ifndef COMMON_SIGNIFY_H
#define COMMON_SIGNIFY_H

#include <stddef.h>
#include <stdint.h>

#include "common/documents.h"

#define SECKEY_LEN 104 /* signify's secret key, unencrypted */
#define SIGNIFY_COMMENT "untrusted comment: "

/* Bytes that signify_sign() puts in front of a message of type and version. */
#define SIGNIFY_OVERHEAD_MAX 192

/* A public key: the key number tells keys apart, it proves nothing. */
struct pubkey {
	uint8_t keynum[KEYNUM_LEN];
	uint8_t key[32]; /* Ed25519 */
};

/* A secret key, 64 bytes as libsodium keeps it: seed and public key. */
struct seckey {
	uint8_t keynum[KEYNUM_LEN];
	uint8_t key[64];
};

/* Between the 42 bytes that messages carry and the struct; -1 if not "Ed". */
int pubkey_from_blob(const uint8_t[PUBKEY_LEN], struct pubkey *);
void pubkey_to_blob(const struct pubkey *, uint8_t[PUBKEY_LEN]);

/* A new pair from libsodium's random source. */
void signify_keypair(struct pubkey *, struct seckey *);
void signify_public(const struct seckey *, struct pubkey *);

/*
 * The text of a key file: comment line and base64 line.  print: returns the
 * length, or -1 if the buffer is too small; parse: 0, or -1 with the reason
 * in error (MESSAGE_ERROR_MAX bytes).  Only unencrypted secret keys (kdf
 * rounds 0) are read and written, and checksum and public half in them are
 * verified; wiping the text of one is the caller's.  Here and below, a NUL
 * that is not counted follows what is printed, and error may be NULL.
 */
int signify_print_pubkey(const struct pubkey *, const char *, char *, size_t);
int signify_parse_pubkey(const char *, size_t, struct pubkey *, char *);
int signify_print_seckey(const struct seckey *, const char *, char *, size_t);
int signify_parse_seckey(const char *, size_t, struct seckey *, char *);

/*
 * Writes the two lines and the message.  name is "TYPE VERSION", the comment
 * that makes our documents canonical.  Returns the length, or -1 if the
 * buffer is too small or the message's first line is not the name.
 */
int signify_sign(
    const struct seckey *, const char *, const char *, size_t, char *, size_t);

/*
 * Verifies a signed document under one of n keys, and that its comment is
 * canonical for the type named on the message's first line.  On success the
 * message's offset and length and the index of the key are set and 0 is
 * returned.  -1 with the reason in error (MESSAGE_ERROR_MAX bytes): not in
 * the form, unknown key, bad signature, comment of another type.
 */
int signify_verify(const char *, size_t, const struct pubkey *, size_t,
    size_t *, size_t *, size_t *, char *);

/*
 * Offset and length of the message of a signed document, of which nothing is
 * verified: for a document that names its own key.  Returns 0, or -1 with the
 * reason in error.
 */
int signify_split(const char *, size_t, size_t *, size_t *, char *);

/*
 * The number of the key that is said to have signed a document; of nothing is
 * it verified.  Returns 0, or -1 if it has not the form.
 */
int signify_keynum(const char *, size_t, uint8_t[KEYNUM_LEN]);

#endif
