/*
 * Which processes there are, which of them may talk to each other, and what
 * each is given: the picture of the host as two constant tables.
 */
#ifndef KMSD_TOPOLOGY_H
#define KMSD_TOPOLOGY_H

#include <stddef.h>
#include <stdint.h>

#include "common/ipc_parent.h"

/* A socketpair between two children. */
struct topology_pair {
	enum role a, b;
};

enum topology_start {
	START_FIRST, /* with the generation */
	START_SERVING /* when the activator can serve */
};

enum topology_gift {
	GIVE_LISTEN = 1 << DESC_LISTEN,
	GIVE_HOST_KEY = 1 << DESC_HOST_KEY,
	GIVE_PUBLISHERS = 1 << DESC_PUBLISHER,
	GIVE_CONTROL = 1 << DESC_CONTROL,
	GIVE_STATUS = 1 << DESC_STATUS,
	GIVE_STATE = 1 << 8, /* anchor and manifest */
	GIVE_DATABASE = 1 << 9 /* the store's folder, as its chroot */
};

struct topology_child {
	enum role role;
	enum topology_start start;
	uint32_t gifts; /* enum topology_gift */
	const char *path; /* of the executable */
};

extern const struct topology_pair topology_pairs[];
extern const size_t topology_npairs;

/* In the order in which they stop. */
extern const struct topology_child topology_children[];
extern const size_t topology_nchildren;

const struct topology_child *topology_find(enum role);

#endif
