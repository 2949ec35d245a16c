/*
 * The state of a machine for one product of one publisher:
 *
 *	DIR/PUBLISHER/lock, machine.key, machine, revocation
 *	DIR/PUBLISHER/PRODUCT/state, grant, host-SERIAL, product
 *
 * PUBLISHER is BLAKE2b-128 of the publisher's key in hexadecimal.  A grant
 * names the serial of the certificate that is kept beside it, so the two are
 * a pair at every moment.
 */
#ifndef CLIENT_STATE_H
#define CLIENT_STATE_H

#include "client/folder.h"
#include "client/records.h"
#include "common/signify.h"

#define STATE_DOCUMENT_MAX (PRODUCT_MAX + SIGNIFY_OVERHEAD_MAX + 1)

enum state_mode {
	STATE_READ,
	STATE_WRITE
};

struct state {
	struct folder publisher, product;
	int lock; /* -1: none */
	bool found; /* there is a record */
	bool has_machine;
	uint8_t key[MACHINE_KEY_LEN]; /* public */
	uint8_t secret[MACHINE_KEY_LEN]; /* with STATE_WRITE only */
	uint8_t machine[MACHINE_ID_LEN];
	struct record_state record;
};

/* Where a document is kept. */
enum state_place {
	STATE_PUBLISHER,
	STATE_PRODUCT
};

/*
 * Opens the state.  STATE_READ changes nothing and needs no right to write;
 * what is not there is left empty.  STATE_WRITE takes the lock, makes folders
 * and machine key if need be, and begins a record at this time.  Returns 0,
 * or -1 with a failure and nothing to close.
 */
int state_open(struct state *, const char *, const struct pubkey *,
    const uint8_t[UUID_LEN], enum state_mode, struct ktime, struct failure *);

/* Wipes the secret, gives the lock back. */
void state_close(struct state *);

/* Writes the record. */
int state_save(struct state *, struct failure *);

/*
 * Reads a document that is kept (STATE_DOCUMENT_MAX bytes).  Returns 1, 0 if
 * there is none, -1 with a failure.
 */
int state_read(const struct state *, enum state_place, const char *, char *,
    size_t *, struct failure *);

int state_write(const struct state *, enum state_place, const char *,
    const char *, size_t, struct failure *);

/*
 * Reads the grant.  Its certificate is read once its serial is known.
 * Returns as state_read().
 */
int state_read_grant(const struct state *, char *, size_t *, struct failure *);
int state_read_host(const struct state *, const uint8_t[UUID_LEN], char *,
    size_t *, struct failure *);

/* Keeps a grant with its certificate: text and length of each. */
int state_write_grant(const struct state *, const uint8_t[UUID_LEN],
    const char *, size_t, const char *, size_t, struct failure *);

#endif
