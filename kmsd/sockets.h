/*
 * The sockets that the parent binds before any child exists, and keeps: a
 * connection attempt between two generations waits in the backlog.
 */
#ifndef KMSD_SOCKETS_H
#define KMSD_SOCKETS_H

#include "kmsd/kmsd.h"

/*
 * Binds the listen addresses, trying until this time of ktime_boot_ms() while
 * one is in use.  Returns 0, or -1 with the reason in error (of size bytes).
 */
int sockets_listen(struct kmsd *, int64_t, char *, size_t);
void sockets_close_listen(struct kmsd *);

/*
 * Binds control.sock and status.sock.  Whoever holds the lock may call it:
 * sockets that are already there are then stale.  As sockets_listen().
 */
int sockets_admin(struct kmsd *, char *, size_t);
void sockets_close_admin(struct kmsd *);

#endif
