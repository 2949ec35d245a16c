/*
 * Whether the salts of entries are the host's.  Who reads a database that a
 * hostile store may have written does not know the key: it asks a process of
 * its own, which says yes or no.
 */
#ifndef KMSCTL_SALTS_H
#define KMSCTL_SALTS_H

#include <stdbool.h>

#include "common/salt.h"

struct salts {
	int fd; /* of that process, or -1: it is this one, by the key */
	uint8_t key[SALT_KEY_LEN];
};

/*
 * Is the salt of this entry, in the log of this origin, one of the key's?  Ends
 * the program when the process that knows is gone.
 */
bool salts_right(
    const struct salts *, const struct origin *, const char *, size_t);

/* The life of that process: answers until the descriptor is closed. */
void salts_serve(const uint8_t[SALT_KEY_LEN], int);

#endif
