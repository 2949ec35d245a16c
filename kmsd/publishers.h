/*
 * The publishers' keys: read once, before the parent confines itself, and the
 * same for every generation, whatever becomes of the files.
 */
#ifndef KMSD_PUBLISHERS_H
#define KMSD_PUBLISHERS_H

#include <stddef.h>

#include "kmsd/conf.h"

#define PUBLISHER_KEY_MAX 1024 /* bytes of a file */

struct publisher_key {
	char path[PATHS_MAX];
	char text[PUBLISHER_KEY_MAX]; /* as in the file: not parsed here */
	size_t len;
};

struct publishers {
	struct publisher_key key[START_PUBLISHERS_MAX];
	size_t n;
};

/*
 * Reads the files that the configuration names, or those of its folder; the
 * links among them are followed.  Says in the log which key has which number.
 * Returns 0, or -1 with the reason in error (of size bytes).
 */
int publishers_read(struct publishers *, const struct conf *, char *, size_t);

/*
 * The key of this index as a descriptor to read it from, to be closed; or -1
 * with errno.
 */
int publishers_open(const struct publishers *, size_t);

#endif
