/*
 * The one piece of memory that holds secrets: host key, seal keys, the shared
 * keys of requests under way.  Locked, guarded, and without access but while
 * a turn works with it.
 */
#ifndef ACTIVATOR_ARENA_H
#define ACTIVATOR_ARENA_H

#include "common/ipc_listener_activator.h"
#include "common/salt.h"
#include "common/sealbox.h"
#include "common/signify.h"

#define ARENA_SEALS 64 /* seal keys */
#define ARENA_SHARED LISTENER_CREDITS
#define ARENA_TEXT_MAX 1024 /* bytes of host.key */

/* What stands in it.  Only between arena_open() and arena_close(). */
struct secrets {
	struct seckey host;
	uint8_t salt[SALT_KEY_LEN];
	uint8_t seal[ARENA_SEALS][SEAL_KEY_LEN];
	uint8_t shared[ARENA_SHARED][SEALBOX_SHARED_LEN];
	char text[ARENA_TEXT_MAX];
};

struct arena {
	struct secrets *secrets;
	unsigned int depth; /* of nested opens */
	struct pubkey host; /* public half, once it is read */
};

/*
 * Allocates and locks.  Returns -1 with the reason in error
 * (MESSAGE_ERROR_MAX bytes) if the memory can't be locked.
 */
int arena_init(struct arena *, char *);
void arena_free(struct arena *);

/*
 * Reads host.key from its descriptor straight into the arena; salt and public
 * half follow.  Returns -1 with the reason in error.
 */
int arena_read_host_key(struct arena *, int, char *);

/* Takes this host key instead of a file's: for tests. */
void arena_set_host_key(struct arena *, const struct seckey *);

/* Makes the secrets readable and writable; opens nest. */
struct secrets *arena_open(struct arena *);
void arena_close(struct arena *);

#endif
