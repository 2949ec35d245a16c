/* What kmsctl init has made so far, so that a failure can take it back. */
#ifndef KMSCTL_MADE_H
#define KMSCTL_MADE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "common/paths.h"

struct made_thing {
	char path[PATHS_MAX];
	const char *what; /* for people, or NULL: not worth a line */
	bool is_folder;
};

struct made {
	struct made_thing *thing; /* in the order in which they were made */
	size_t n;
};

/*
 * Make a folder, or a file of this text; the former is no error, and not ours,
 * if it is there.  Return 0, or -1 after a warning.
 */
int made_folder(struct made *, const char *, mode_t, const char *);
int made_file(
    struct made *, const char *, mode_t, const void *, size_t, const char *);

/* All of it stays: prints a line for each, and frees the list. */
void made_keep(struct made *);

/* Removes all of it, the newest first; warns of what cannot be removed. */
void made_take_back(struct made *);

#endif
