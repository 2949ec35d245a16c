/*
 * Where a connection comes from: its address as the activator gets it, and
 * what limits count by: an IPv4 address, or the /64 of an IPv6 one.
 */
#ifndef LISTENER_SOURCE_H
#define LISTENER_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "common/ipc_listener_activator.h"

#define SOURCE_TEXT_MAX 48 /* bytes with the NUL */

struct sockaddr;

/* IPv4 becomes IPv4-mapped; a family that is neither becomes zeros. */
void source_address(const struct sockaddr *, uint8_t[SOURCE_LEN]);

/* What limits count by, from an address of the function above. */
void source_key(const uint8_t[SOURCE_LEN], uint8_t[SOURCE_LEN]);

/* For the log, into a buffer of SOURCE_TEXT_MAX; returns it. */
const char *source_text(const uint8_t[SOURCE_LEN], char *);

#endif
