/* What the parts of kmsctl init share: the host that is, or was, made. */
#ifndef KMSCTL_INIT_H
#define KMSCTL_INIT_H

#include <stdbool.h>

#include "common/anchor.h"
#include "kmsctl/kmsctl.h"
#include "kmsctl/made.h"

#define INIT_DATABASE "kmsd.db"

struct init {
	const struct paths *paths;
	const char *conf; /* the configuration that kmsd will read */
	const char *name;
	const char *store; /* the store's user, and his ids */
	uid_t store_uid;
	gid_t store_gid;
	bool folder_of_keys; /* kmsd.conf names no publishers' keys */
	char database[PATHS_MAX + sizeof(INIT_DATABASE)];
	struct anchor anchor;
	struct pubkey pub;
	struct made made;
};

/* Whether something of this name is there, or may be. */
bool init_exists(const char *);

/* Ends the program if a folder that is there is not as it would be made. */
void folders_check(const struct init *);

/* Makes those that are missing.  Returns 0, or -1 after a warning. */
int folders_make(struct init *);

/*
 * Of a host that was made before: whether a folder is missing, and nothing
 * that it could not do without.  If not, says what is there, what is not, and
 * what to do.
 */
bool init_can_mend(struct init *);

/* Then: makes the folders whose loss loses nothing.  Returns the exit status. */
int init_mend(struct init *);

#endif
