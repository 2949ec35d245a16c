/* What a machine says about itself: identity, name, whether it is virtual. */
#ifndef CLIENT_HARDWARE_H
#define CLIENT_HARDWARE_H

#include <stdbool.h>

#include "client/failure.h"
#include "common/documents.h"

#define HARDWARE_IDENTITY_MAX 4096 /* bytes */

/*
 * The identity in /etc/machine-id, without its newline.  Returns its length,
 * or -1 with a failure: missing, or not yet initialised.
 */
int hardware_identity(char[HARDWARE_IDENTITY_MAX], struct failure *);

/* BLAKE2b-128 of the identity, keyed with the product's uuid. */
void hardware_hash(
    const char *, size_t, const uint8_t[UUID_LEN], uint8_t[HARDWARE_LEN]);

/* The host's name, or what of it messages allow; "unknown" if nothing is. */
void hardware_name(char[HOST_MAX + 1]);

/* True if the processor says that it is a virtual machine's. */
bool hardware_virtual(void);

#endif
