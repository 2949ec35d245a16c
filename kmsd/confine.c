/*
 * The parent's own confinement, which its children inherit and narrow.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/sandbox.h"
#include "common/seccomp.h"
#include "kmsd/confine.h"
#include "kmsd/proc.h"

#define SYSTEM_PATHS (sizeof(system_paths) / sizeof(system_paths[0]))
#define OWN_PATHS 4

/* What the loader and libc read when a later generation starts. */
static const struct sandbox_path system_paths[] = {
	{ "/lib", false, true, true },
	{ "/lib64", false, true, true },
	{ "/usr/lib", false, true, true },
	{ "/usr/lib64", false, true, true },
	{ "/usr/local/lib", false, true, true },
	{ "/etc/ld.so.cache", false, false, true },
	{ "/etc/localtime", false, false, true },
	{ "/usr/share/zoneinfo", false, false, true },
	{ "/dev/null", true, false, false },
	/* What the kernel says of the children (kmsd/proc.h). */
	{ "/proc", false, false, true },
};

struct path_list {
	struct sandbox_path path[SYSTEM_PATHS + OWN_PATHS];
	char key_folder[PATHS_MAX];
	size_t n;
};

static void
add(struct path_list *l, const char *path, bool write, bool execute)
{
	const struct sandbox_path p = { path, write, execute, false };

	l->path[l->n++] = p;
}

/* The folder, so that a key which was put there anew can still be read. */
static void
add_key_folder(struct path_list *l, const char *path)
{
	char *slash;

	(void)strlcpy(l->key_folder, path, sizeof(l->key_folder));
	if ((slash = strrchr(l->key_folder, '/')) != NULL &&
	    slash != l->key_folder)
		*slash = '\0';
	add(l, l->key_folder, false, false);
}

/* The folder of lock, anchor and manifest also has the children's roots. */
static void
collect(struct path_list *l, const struct kmsd *k)
{
	memcpy(l->path, system_paths, sizeof(system_paths));
	l->n = SYSTEM_PATHS;
	add(l, KMSD_CHILD_DIR, false, true);
	add(l, k->conf.paths.state, true, false);
	add(l, k->conf.paths.run, true, false);
	add_key_folder(l, k->conf.paths.host_key);
}

static void
say_missing(const struct confinement *c)
{
	if (c->landlock == 0)
		log_warnx("the parent runs without the layer files: this "
			  "kernel offers no Landlock");
	if (c->seccomp == 0)
		log_warnx("the parent runs without the layer syscalls: this "
			  "kernel has no seccomp filters");
	if (seccomp_log_only)
		log_warnx(
		    "a build with sanitizers, for tests alone: filters of "
		    "system calls only log");
}

int
confine_parent(struct kmsd *k, char *error, size_t size)
{
	struct path_list list;
	struct sandbox_rules rules = {
		.paths = list.path,
		.files_optional = !k->conf.require[LAYER_FILES],
		.tcp_required = k->conf.require[LAYER_TCP],
	};
	char why[PARENT_TEXT_MAX];
	int missing;

	collect(&list, k);
	rules.npaths = list.n;
	if (sandbox_landlock(&rules, &k->self, why) == -1) {
		(void)snprintf(error, size, "%s", why);
		return (-1);
	}
	sandbox_probe(&k->self, -1);
	if ((missing = seccomp_confine(ROLE_PARENT)) == -1) {
		(void)snprintf(
		    error, size, "system call filter: %s", strerror(errno));
		return (-1);
	}
	if (missing == 1 && k->conf.require[LAYER_SYSCALLS]) {
		(void)snprintf(error, size,
		    "sandbox layer \"syscalls\" is missing: this kernel has "
		    "no seccomp filters (take one with "
		    "CONFIG_SECCOMP_FILTER, or say \"sandbox optional "
		    "syscalls\")");
		return (-1);
	}
	k->self.seccomp = seccomp_mode();
	if (proc_confinement(getpid(), &k->self) == -1)
		log_warnx("/proc tells nothing of this process (%s): whether "
			  "each child has a filter of its own is not checked",
		    strerror(errno));
	say_missing(&k->self);
	return (0);
}
