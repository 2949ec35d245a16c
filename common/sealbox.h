/*
 * Sealed requests and replies: NaCl's crypto_box between a machine's key and a
 * host's seal key, with the nonces and the padding of doc/protocol.md,
 * "Sealing".  Pure functions; keys stay where the caller keeps them.
 */
#ifndef COMMON_SEALBOX_H
#define COMMON_SEALBOX_H

#include <stddef.h>
#include <stdint.h>

#include "common/documents.h"

#define SEALBOX_HALF_LEN 12
#define SEALBOX_NONCE_LEN 24
#define SEALBOX_SHARED_LEN 32
#define SEALBOX_MAC_LEN 16
#define SEALBOX_PAD 64 /* plaintexts are multiples of this */
#define SEALBOX_MIN 512 /* and at least this long, padding included */

/* BLAKE2b-128 of "kms-machine" and the public key. */
void sealbox_machine_id(
    const uint8_t[MACHINE_KEY_LEN], uint8_t[MACHINE_ID_LEN]);

/* A new X25519 pair: public, secret. */
void sealbox_keypair(uint8_t[32], uint8_t[32]);

/*
 * The shared key of a public and a secret key.  Returns -1 for a public key
 * with bit 255 set or of low order, else 0.
 */
int sealbox_shared(
    uint8_t[SEALBOX_SHARED_LEN], const uint8_t[32], const uint8_t[32]);

/*
 * The half nonce of a request: the first 12 bytes of the BLAKE2b-128 of 32
 * random bytes and the text.
 */
void sealbox_half(const char *, size_t, uint8_t[SEALBOX_HALF_LEN]);

/* The nonces of request and reply; the reply's second half is random. */
void sealbox_request_nonce(
    const uint8_t[SEALBOX_HALF_LEN], uint8_t[SEALBOX_NONCE_LEN]);
void sealbox_reply_nonce(
    const uint8_t[SEALBOX_HALF_LEN], uint8_t[SEALBOX_NONCE_LEN]);

/*
 * True if the nonce may be that of a reply to the request with this half: its
 * first half is equal and its second is not all zero.
 */
int sealbox_is_reply_nonce(
    const uint8_t[SEALBOX_NONCE_LEN], const uint8_t[SEALBOX_HALF_LEN]);

/* Length of the box of a text of len bytes, and the room to seal it. */
size_t sealbox_length(size_t);

/*
 * Pads (ISO 7816-4: 0x80, then zeros) and seals a text into out, which has at
 * least sealbox_length(len) bytes.  Returns the length of the box, or -1 if
 * out's size is too small.
 */
int sealbox_seal(uint8_t *, size_t, const char *, size_t,
    const uint8_t[SEALBOX_NONCE_LEN], const uint8_t[SEALBOX_SHARED_LEN]);

/*
 * Opens a box and takes the padding away.  out has at least the box's length;
 * a NUL follows the text there.  Returns the length of the text, or -1 if out
 * is too small, the box does not open or the padding is not what sealing
 * makes; out is then wiped.
 */
int sealbox_open(char *, size_t, const uint8_t *, size_t,
    const uint8_t[SEALBOX_NONCE_LEN], const uint8_t[SEALBOX_SHARED_LEN]);

#endif
