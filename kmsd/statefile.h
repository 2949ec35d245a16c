/*
 * The files that the parent keeps for the activator as opaque bytes: read
 * once, replaced so that after a power loss either the old or the new stands.
 */
#ifndef KMSD_STATEFILE_H
#define KMSD_STATEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATEFILE_PATH_MAX 256 /* bytes, with the NUL */

struct statefile {
	char path[STATEFILE_PATH_MAX];
	uint8_t *data; /* the newest, of max bytes */
	size_t len, max;
	bool present; /* there was a file, or data was set */
	bool dirty; /* data is newer than the file */
	/* For who writes it: since when the disk refuses (ktime_boot_ms()). */
	int64_t refused; /* 0: it does not */
	int64_t said; /* when that was logged */
};

/*
 * Reads a file of at most max bytes that is the user's or root's own.
 * A missing file is not an error: present is false then.  Returns 0, or -1
 * with the reason in error (of size bytes).
 */
int statefile_open(struct statefile *, const char *, size_t, char *, size_t);
void statefile_free(struct statefile *);

/* New contents, in memory only.  Returns -1 if longer than max, else 0. */
int statefile_set(struct statefile *, const void *, size_t);

/*
 * Writes dirty contents: temporary file, fsync, rename, fsync of the folder.
 * Returns 0, or -1 with errno; the file is then still dirty.
 */
int statefile_write(struct statefile *);

#endif
