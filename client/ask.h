/* One host asked: hello, newer documents, sealed request, what it answers. */
#ifndef CLIENT_ASK_H
#define CLIENT_ASK_H

#include "client/session.h"

enum asked {
	ASKED_GRANTED,
	ASKED_REFUSED, /* with a serial: the renewal is over */
	ASKED_NOTHING, /* try the next host */
	ASKED_STOP /* our own state can't be written */
};

/*
 * Asks the host to activate and keeps what it grants.  Anything but
 * ASKED_GRANTED comes with the failure set.
 */
enum asked ask_host(
    struct session *, const struct named_host *, struct failure *);

#endif
