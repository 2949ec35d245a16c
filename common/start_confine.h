/*
 * The steps of a child's confinement, in the order in which start.c takes
 * them.  Each dies when it fails.
 */
#ifndef COMMON_START_CONFINE_H
#define COMMON_START_CONFINE_H

#include "common/start.h"

/* chroot, or the directory alone; then uid and gid, with no way back. */
void confine_root(struct start *, const struct start_options *);
void confine_ids(struct start *);

void confine_limits(struct start *, const struct start_options *);
void confine_files(struct start *, const struct start_options *);

/* Shows from inside that what should be in force is. */
void confine_probe(struct start *, int);

/* The filter of system calls, after which little can be done at all. */
void confine_calls(struct start *);

#endif
