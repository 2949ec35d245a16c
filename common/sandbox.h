/*
 * Confinement of a process; one file per operating system.  Layers that the
 * kernel lacks are reported, never passed over in silence.
 */
#ifndef COMMON_SANDBOX_H
#define COMMON_SANDBOX_H

#include "common/ipc_parent.h"

struct sandbox_path {
	const char *path;
	bool write; /* also create, remove and truncate */
	bool execute;
	bool optional; /* passed over when it does not exist */
};

struct sandbox_rules {
	const struct sandbox_path *paths; /* what stays reachable */
	size_t npaths;
	bool files_optional, tcp_required;
};

/* PR_SET_DUMPABLE 0 and PR_SET_NO_NEW_PRIVS; -1 with errno. */
int sandbox_not_dumpable(void);
int sandbox_no_new_privs(void);

/*
 * Gives up every capability but those of the mask (1 << CAP_...), ambient ones
 * all, and the rest of the bounding set as far as it may; -1 with errno.
 */
int sandbox_keep_capabilities(uint64_t);

/* The same, and keeps none. */
int sandbox_no_capabilities(void);

/*
 * Makes those of the mask effective that the process has, the others not; all
 * can be made so again.  Returns -1 with errno.
 */
int sandbox_use_capabilities(uint64_t);

/*
 * Landlock with every right that we know and the kernel offers.  Fills
 * landlock, landlock_tcp and landlock_scope.  Returns -1 with the missing
 * layer named in error (PARENT_TEXT_MAX bytes).
 */
int sandbox_landlock(
    const struct sandbox_rules *, struct confinement *, char *);

/*
 * Tries what must be refused and asks the kernel for the rest; fills all but
 * chrooted, landlock*, and what /proc alone knows.  The
 * descriptor is of the true root, opened with O_PATH before chroot: even with
 * it in hand nothing may be opened.  -1: "/" by its path.
 */
void sandbox_probe(struct confinement *, int);

#endif
