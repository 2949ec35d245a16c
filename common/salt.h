/*
 * The salt of a log entry: BLAKE2b-128, under a key derived from the host's
 * secret key, over origin and lines of the entry.  Nobody without the host
 * key guesses an entry from its leaf hash or makes up one of the host's.
 */
#ifndef COMMON_SALT_H
#define COMMON_SALT_H

#include "common/checkpoint.h"
#include "common/entries.h"

#define SALT_KEY_LEN 32

/*
 * The key: BLAKE2b-256 of the 32 bytes of the host's Ed25519 seed under the
 * key "kmsd log entry salt".
 */
void salt_key(const struct seckey *, uint8_t[SALT_KEY_LEN]);

/* Where an entry of this type has its salt, SALT_LEN bytes; NULL: it has none. */
uint8_t *salt_place(const struct message_type *, void *);

/*
 * The salt of an entry of this type in the log with this origin, over the
 * origin, a newline and the printed lines: of kms-grant and kms-refusal those
 * from time to virtual, of other types all but salt.  Returns -1 if the entry
 * does not print, else 0.
 */
int salt_make(const uint8_t[SALT_KEY_LEN], const struct origin *,
    const struct message_type *, const void *, uint8_t[SALT_LEN]);

#endif
