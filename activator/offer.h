/*
 * What hello needs, for the listener: certificates with their seals, which
 * product is served under which, and the documents that clients may fetch.
 */
#ifndef ACTIVATOR_OFFER_H
#define ACTIVATOR_OFFER_H

#include "activator/registry.h"
#include "common/ipc_listener_activator.h"

struct activator;

/* Which certificate serves which product: compared to see a change. */
struct offer {
	size_t ncertificates;
	const struct document *certificate[OFFER_CERTIFICATES_MAX];
	/* By the document's place in the registry. */
	uint16_t number[REGISTRY_MAX];
	bool sent;
};

/*
 * Brings choice and seals up to date and sends the offer as a whole if
 * anything changed.  Returns -1 with the reason in error.
 */
int offer_update(struct activator *, char *);

/* Something changed that the choice does not show: send in any case. */
void offer_changed(struct activator *);

#endif
