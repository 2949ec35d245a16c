/* Activation: the hosts asked in their order, and when to ask again. */
#ifndef CLIENT_ACTIVATE_H
#define CLIENT_ACTIVATE_H

#include "client/session.h"

/*
 * Asks at this machine's time.  Returns 0 if a grant was given, or -1 with
 * the handle's failure set, whose text has a line for each host.
 */
int activate(struct session *, struct ktime);

/* The same if it is due or forced; 1 if it is not. */
int activate_if_due(struct session *, struct ktime, bool);

/* When to ask again; 0 if there is nothing to reckon from. */
struct ktime activate_next(const struct session *);

#endif
