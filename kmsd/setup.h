/* What a child is given between the handshake and its confinement. */
#ifndef KMSD_SETUP_H
#define KMSD_SETUP_H

#include "kmsd/kmsd.h"

/*
 * Takes the host key from the directory of credentials that a service manager
 * made for this start (systemd.exec(5), LoadCredential=), if it has one.
 * Returns 0, or -1 with the reason in error.
 */
int setup_credentials(struct kmsd *, char *, size_t);

/*
 * Whether the host key, which setup_send() opens, can be opened and the
 * programs be run, by this process as it is now.  Returns 0, or -1 with the
 * reason in error.
 */
int setup_reach(const struct kmsd *, char *, size_t);

/* The same, before any child exists; and reads the publishers' keys. */
int setup_check(struct kmsd *, char *, size_t);

/*
 * Sends all of it, the last record being REC_CONFINE.  Returns 0, or -1 with
 * the reason in error.
 */
int setup_send(struct child *, char *, size_t);

#endif
