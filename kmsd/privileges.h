/* Who the processes run as, and whom the folders belong to. */
#ifndef KMSD_PRIVILEGES_H
#define KMSD_PRIVILEGES_H

#include "kmsd/kmsd.h"

/*
 * Finds the users of the roles; without root all are the invoking user, which
 * is said once in the log.  Returns 0, or -1 with the reason in error.
 */
int privileges_find(struct kmsd *, char *, size_t);

/*
 * Checks the folders of the state: they exist and belong to whom they should.
 * Returns as above.
 */
int privileges_folders(const struct kmsd *, char *, size_t);

/* One that is there and that nobody but its owner can write.  As above. */
int privileges_folder(const char *, uid_t, char *, size_t);

/*
 * Opens a regular file, with these flags besides, that is root's or the user's
 * and has none of the forbidden modes.  Returns the descriptor, or -1 with the
 * reason in error; the cure stands behind it if there is no such file.
 */
int privileges_file(const char *, int, mode_t, const char *, char *, size_t);

/* As root: warns if others can write a folder above the state. */
void privileges_reach(const struct kmsd *);

#endif
