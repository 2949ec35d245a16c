/* What the parent gives up, and what of it stays for its children. */
#include "config.h"

#include <sys/resource.h>

#include <linux/capability.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/sandbox.h"
#include "kmsd/drop.h"
#include "kmsd/setup.h"

#define MEMLOCK_BYTES (8U << 20) /* the activator's arena and reserve */
#define NOFILE_RESERVE 64 /* beside the connections */
#define CAP(name) (1ULL << CAP_##name)

/* Raises a limit, the hard one too where that is allowed. */
static void
raise_limit(unsigned int which, const char *name, rlim_t want)
{
	struct rlimit r;

	if (getrlimit(which, &r) == -1)
		return;
	if (r.rlim_cur == RLIM_INFINITY || r.rlim_cur >= want)
		return;
	if (r.rlim_max != RLIM_INFINITY && r.rlim_max < want)
		r.rlim_max = want;
	r.rlim_cur = want;
	if (setrlimit(which, &r) == 0)
		return;
	if (getrlimit(which, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(which, &r);
	}
	log_warnx("limit of %s stays at %ju, %ju are wanted", name,
	    (uintmax_t)r.rlim_max, (uintmax_t)want);
}

/* Whether all that is needed later can be reached by who this process is. */
static int
reach(const struct kmsd *k, char *error, size_t size)
{
	const struct paths *p = &k->conf.paths;
	const char *const path[] = { p->lock, p->db, p->empty, p->control };
	size_t i;
	int fd;

	/* Anchor and manifest are written into it, with a new file each time. */
	if (faccessat(AT_FDCWD, p->state, W_OK | X_OK, AT_EACCESS) == -1) {
		(void)snprintf(error, size,
		    "%s: %s; its owner must be able to write it", p->state,
		    strerror(errno));
		return (-1);
	}
	for (i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		if ((fd = open(path[i], O_PATH | O_CLOEXEC)) == -1) {
			(void)snprintf(
			    error, size, "%s: %s", path[i], strerror(errno));
			return (-1);
		}
		(void)close(fd);
	}
	return (setup_reach(k, error, size));
}

/* Tried, not computed: links and mounts have their say. */
static int
reach_with(const struct kmsd *k, uint64_t use, char *error, size_t size)
{
	int result;

	if (sandbox_use_capabilities(use) == -1) {
		(void)snprintf(error, size, "cannot try capabilities: %s",
		    strerror(errno));
		return (-1);
	}
	result = reach(k, error, size);
	(void)sandbox_use_capabilities(UINT64_MAX);
	return (result);
}

/* To change users and roots, and to end children; nothing to read memory. */
static int
choose_capabilities(
    const struct kmsd *k, uint64_t *keep, char *error, size_t size)
{
	char why[PATHS_MAX + 128];

	*keep = 0;
	if (!k->as_root)
		return (reach(k, error, size));
	*keep = CAP(SETUID) | CAP(SETGID) | CAP(SYS_CHROOT) | CAP(KILL);
	if (reach_with(k, *keep, why, sizeof(why)) == 0)
		return (0);
	/* Landlock alone then says what may be read. */
	*keep |= CAP(DAC_READ_SEARCH);
	if (reach_with(k, *keep, error, size) == -1)
		return (-1);
	log_info(
	    "%s: keeps the capability DAC_READ_SEARCH, which gets there", why);
	return (0);
}

int
drop_privileges(struct kmsd *k, char *error, size_t size)
{
	uint64_t keep;

	raise_limit(RLIMIT_NOFILE, "open files",
	    (rlim_t)k->conf.limits.connections + NOFILE_RESERVE);
	raise_limit(RLIMIT_MEMLOCK, "locked memory", MEMLOCK_BYTES);
	if (choose_capabilities(k, &keep, error, size) == -1)
		return (-1);
	if (sandbox_not_dumpable() == -1 || sandbox_no_new_privs() == -1 ||
	    sandbox_keep_capabilities(keep) == -1) {
		(void)snprintf(error, size, "cannot give up privileges: %s",
		    strerror(errno));
		return (-1);
	}
	return (0);
}
