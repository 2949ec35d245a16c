/*
 * Where the host keeps its files (kmsd(8), "FILES"): one struct for kmsd and
 * kmsctl, filled with the paths of the build or below one directory.
 */
#ifndef COMMON_PATHS_H
#define COMMON_PATHS_H

#define PATHS_MAX 256 /* bytes, with the NUL */
#define PATHS_SOCKET_MAX 108 /* the same, of a Unix socket */

struct paths {
	char conf[PATHS_MAX]; /* kmsd.conf */
	char host_key[PATHS_MAX];
	char host_public[PATHS_MAX]; /* its public half, for auditors */
	char publisher[PATHS_MAX]; /* folder of the publishers' keys */
	char state[PATHS_MAX]; /* folder of the five that follow */
	char lock[PATHS_MAX];
	char anchor[PATHS_MAX];
	char manifest[PATHS_MAX];
	char db[PATHS_MAX]; /* folder: the store's chroot */
	char empty[PATHS_MAX]; /* folder: the others' chroot */
	char run[PATHS_MAX]; /* folder of the sockets */
	char control[PATHS_MAX]; /* control.sock */
	char status[PATHS_MAX]; /* status.sock */
};

/* The paths that were fixed when the project was built. */
void paths_default(struct paths *);

/*
 * All paths below one directory, which must be absolute.  Returns 0, or -1 if
 * it is not or a path becomes too long; the struct is then undefined.
 */
int paths_below(struct paths *, const char *);

#endif
