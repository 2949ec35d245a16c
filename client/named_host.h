/* Hosts as people name them: name, name:port, [address]:port. */
#ifndef CLIENT_NAMED_HOST_H
#define CLIENT_NAMED_HOST_H

#include "client/kmsclient.h"
#include "common/documents.h"

struct named_host {
	char named[KMSCLIENT_HOST_MAX + 1]; /* as it was given */
	char host[HOST_MAX + 1];
	char port[6];
};

/* Returns 0, or -1 if it is none; an address with colons needs no brackets. */
int named_host_parse(struct named_host *, const char *);

#endif
