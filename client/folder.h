/*
 * Files of the state directory: read whole and bounded, written so that after
 * a crash at any moment either the old or the new content is there.
 */
#ifndef CLIENT_FOLDER_H
#define CLIENT_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "client/failure.h"

#define FOLDER_PATH_MAX 1024 /* bytes, with the NUL */

struct folder {
	int fd; /* -1: there is none */
	char path[FOLDER_PATH_MAX];
};

/*
 * Opens a folder; with create, makes it and those above it (mode 0755).
 * Returns 0, or -1 with a failure.  A folder that is not there and not to be
 * made gives 0 and fd -1.
 */
int folder_open(struct folder *, const char *, bool, struct failure *);

/* The same for a folder in a folder. */
int folder_enter(struct folder *, const struct folder *, const char *, bool,
    struct failure *);

void folder_close(struct folder *);

/*
 * Takes the lock of the folder without waiting.  Returns its descriptor,
 * which ends the lock when it is closed, or -1 with a failure (busy).
 */
int folder_lock(const struct folder *, struct failure *);

/*
 * Reads a file of at most size - 1 bytes and adds a NUL.  Returns 1; 0 if
 * there is no such file; -1 with a failure.  With secret, a file that others
 * than its owner may read is refused.
 */
int folder_read(const struct folder *, const char *, bool, char *, size_t,
    size_t *, struct failure *);

/* Replaces a file: temporary file, fsync, rename, fsync of the folder. */
int folder_write(const struct folder *, const char *, mode_t, const char *,
    size_t, struct failure *);

/* Removes the files whose names begin with prefix, but for one. */
int folder_prune(
    const struct folder *, const char *, const char *, struct failure *);

#endif
