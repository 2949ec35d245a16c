/* UUIDs as 16 bytes and as their lower-case text (RFC 9562). */
#ifndef COMMON_UUID_H
#define COMMON_UUID_H

#include <stddef.h>
#include <stdint.h>

#define UUID_LEN 16
#define UUID_STRLEN 37 /* with its NUL */

/* A random UUID, version 4, from getrandom(2).  Returns 0, or -1. */
int uuid_make(uint8_t[UUID_LEN]);

void uuid_print(const uint8_t[UUID_LEN], char[UUID_STRLEN]);

/* Parses 36 lower-case characters.  Returns 0, or -1. */
int uuid_parse(const char *, size_t, uint8_t[UUID_LEN]);

#endif
