/*
 * Whether a grant holds: its place in the host's log, whom and what it names,
 * how long it runs (doc/protocol.md, "What a client checks").
 */
#ifndef CLIENT_GRANT_H
#define CLIENT_GRANT_H

#include "client/failure.h"
#include "common/checkpoint.h"
#include "common/entries.h"
#include "common/trust.h"

#define GRANT_SKEW_MAX (4 * KTIME_HOUR) /* seconds between the clocks */

/* Against what a grant is held. */
struct grant_terms {
	const struct doc_product *product;
	const struct doc_revocation *revocation; /* or NULL */
	const struct doc_host *host; /* verified against the product */
	uint8_t machine[MACHINE_ID_LEN];
	uint8_t hardware[HARDWARE_LEN];
};

/*
 * A grant that a host has just given, at this machine's time.  Returns 0 and
 * its entry, or -1 with the check that failed.
 */
int grant_accept(const struct grant_terms *, struct ktime, const char *, size_t,
    struct entry_decision *, struct failure *);

/* How a grant that is kept stands. */
enum grant_held {
	GRANT_VALID,
	GRANT_OTHER_HARDWARE,
	GRANT_VOID
};

/*
 * A grant that was accepted before.  Returns 0 with its entry and how it
 * stands (not whether it has expired), or -1 with the check that failed.
 */
int grant_hold(const struct grant_terms *, const char *, size_t,
    struct entry_decision *, enum grant_held *, struct failure *);

/*
 * The serial of the certificate that a kept grant names, of which nothing is
 * verified: it says which one to hold it against.  Returns 0, or -1 with a
 * failure.
 */
int grant_serial(const char *, size_t, uint8_t[UUID_LEN], struct failure *);

#endif
