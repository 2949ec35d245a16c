/*
 * Canonical base64 (RFC 4648 section 4, with padding) without secret-dependent
 * timing; text that any other encoder would not print is refused.
 */
#ifndef COMMON_BASE64_H
#define COMMON_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Characters for n bytes, without a NUL. */
#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

/*
 * Writes BASE64_LEN(n) characters and a NUL.  Returns their number, or -1 if
 * the buffer is too small.
 */
int base64_encode(char *, size_t, const void *, size_t);

/*
 * Decodes len characters into at most size bytes.  Returns the number of
 * bytes, or -1 if the text is not canonical or decodes to more.
 */
int base64_decode(void *, size_t, const char *, size_t);

#endif
