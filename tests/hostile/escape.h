/*
 * Ways out of a confined process, each tried by a build of its own that is
 * never installed: the same objects, but another loop, which tries one
 * technique and tells by its log what came of it.
 */
#ifndef TESTS_HOSTILE_ESCAPE_H
#define TESTS_HOSTILE_ESCAPE_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/start.h"

/* Kept on purpose: a handle of the true root, a socket that is its own peer. */
#define ESCAPE_ROOT_FD 0
#define ESCAPE_SELF_FD 1

struct escape_scene {
	enum role role;
	struct start *start; /* NULL: the parent */
	struct event_base *base; /* the parent's, whose children wait for it */
	pid_t self, parent; /* as they were before confinement */
	char outside[512]; /* a folder that anybody may write */
	char abstract[512]; /* where somebody outside listens */
};

/*
 * Returns 0 when the way is open, or -errno.  Many die of SIGSYS instead.  By
 * syscall(2), so that libc is not in the way.
 */
typedef int escape_function(struct escape_scene *);

struct escape {
	const char *name;
	escape_function *function;
	const char *success; /* what it looks like */
	const char *parent_may; /* why the parent keeps it; NULL: it does not */
	const char *no_control; /* why no control need work, or NULL */
};

extern const struct escape escape_files[], escape_sockets[], escape_processes[],
    escape_kernel[];
extern const size_t escape_nfiles, escape_nsockets, escape_nprocesses,
    escape_nkernel;

/* False in the control, where nothing is confined. */
extern const bool escape_confined;

/* The technique of a number, or NULL when there are no more. */
const struct escape *escape_find(size_t);

/* 0, or -errno of the call that gave this result. */
int escape_result(long);

/* The file in the folder outside. */
const char *escape_path(const struct escape_scene *, const char *);

#endif
