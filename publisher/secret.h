/*
 * Secret keys in files: signify's unencrypted form, or kms-secret 1, which is
 * encrypted under a passphrase (Argon2id and XSalsa20-Poly1305 of libsodium).
 */
#ifndef PUBLISHER_SECRET_H
#define PUBLISHER_SECRET_H

#include "common/signify.h"

#define SECRET_ERROR_MAX 512 /* bytes, with the NUL */
#define SECRET_FILE_MAX 1024 /* bytes */

/*
 * Writes the key to a new file of mode 0600; passphrase NULL is signify's
 * unencrypted form with this comment.  Returns 0, or -1 with the reason.
 */
int secret_create(const char *, const struct seckey *, const char *,
    const char *, char[SECRET_ERROR_MAX]);

/*
 * Reads either form; asks for the passphrase on the terminal where one is
 * needed.  The caller wipes the key.  Returns 0, or -1 with the reason.
 */
int secret_load(const char *, struct seckey *, char[SECRET_ERROR_MAX]);

/*
 * Asks twice for a new passphrase, into a buffer of size bytes.  Returns 0, or
 * -1 with the reason.
 */
int secret_ask_new(char *, size_t, char[SECRET_ERROR_MAX]);

#endif
