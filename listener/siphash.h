/*
 * SipHash-2-4, the keyed hash of tables whose keys strangers choose: without
 * the key nobody can make entries collide.
 */
#ifndef LISTENER_SIPHASH_H
#define LISTENER_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_LEN 16

uint64_t siphash(const uint8_t[SIPHASH_KEY_LEN], const uint8_t *, size_t);

#endif
