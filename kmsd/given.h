/*
 * Listening sockets that a service manager made: kmsd can then run where it
 * may make none for a network itself.
 */
#ifndef KMSD_GIVEN_H
#define KMSD_GIVEN_H

#include "kmsd/kmsd.h"

#define GIVEN_FIRST 3 /* the first of them, a descriptor */

/*
 * How many descriptors the environment says were given to this process: 0 to
 * START_LISTEN_MAX, or -1 if what it says makes no sense.
 */
int given_count(void);

/*
 * Takes n sockets from the descriptor first on, in place of sockets_listen().
 * They must be those of kmsd.conf; only that of all IPv6 addresses may be
 * missing, since there are kernels without.  Returns 0, or -1 with the reason
 * in error (of size bytes).
 */
int given_listen(struct kmsd *, int first, int n, char *error, size_t size);

#endif
