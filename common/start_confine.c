/*
 * A child's confinement: root, ids, limits, files, and the proof of each.
 * What fails here is not cured by time, so the parent is told.
 */
#include "config.h"

#include <sys/fsuid.h>
#include <sys/resource.h>

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/paths.h"
#include "common/sandbox.h"
#include "common/seccomp.h"
#include "common/start_confine.h"

/* Of private memory that can be written; sanitizers map terabytes. */
#ifdef KMSD_SANITIZED
#define MEMORY_BYTES UINT64_MAX
#else
#define MEMORY_BYTES (4ULL << 30)
#endif

/*
 * The way there is root's to go, who may be the only one; the folder itself is
 * the user's to enter, since root without DAC_* may not.
 */
static int
enter(const char *dir, uid_t uid)
{
	char above[PATHS_MAX], *name;

	if (strlcpy(above, dir, sizeof(above)) >= sizeof(above)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if ((name = strrchr(above, '/')) == NULL) {
		errno = EINVAL;
		return (-1);
	}
	*name++ = '\0';
	if (chdir(above[0] == '\0' ? "/" : above) == -1)
		return (-1);
	(void)setfsuid(uid);
	return (chdir(name[0] == '\0' ? "." : name));
}

void
confine_root(struct start *s, const struct start_options *o)
{
	const char *dir = "/";

	if (!s->setup.as_root) {
		if (o->own_directory)
			dir = s->setup.directory;
		if (chdir(dir) == -1)
			start_failed(s, "%s: %s", dir, strerror(errno));
		return;
	}
	dir = s->setup.root;
	if (enter(dir, s->setup.uid) == -1 || chroot(".") == -1 ||
	    chdir("/") == -1)
		start_failed(s, "chroot to %s: %s", dir, strerror(errno));
	s->confinement.chrooted = true;
}

/* Each of these would be a way back to root. */
static bool
has_way_back(void)
{
	return (setresuid((uid_t)-1, 0, (uid_t)-1) != -1 ||
		setresuid(0, (uid_t)-1, (uid_t)-1) != -1 || setuid(0) != -1 ||
		setresgid((gid_t)-1, 0, (gid_t)-1) != -1 || setgid(0) != -1 ||
		setgroups(0, NULL) != -1 || chroot(".") != -1);
}

static bool
is_only(uid_t uid, gid_t gid)
{
	uid_t u[3];
	gid_t g[3], group;

	return (getresuid(&u[0], &u[1], &u[2]) == 0 &&
		getresgid(&g[0], &g[1], &g[2]) == 0 && u[0] == uid &&
		u[1] == uid && u[2] == uid && g[0] == gid && g[1] == gid &&
		g[2] == gid && getgroups(0, NULL) == 1 &&
		getgroups(1, &group) == 1 && group == gid);
}

void
confine_ids(struct start *s)
{
	uid_t uid = s->setup.uid;
	gid_t gid = s->setup.gid;

	if (!s->setup.as_root) {
		if (geteuid() == 0 || getuid() == 0)
			start_failed(s, "runs as root, but was not told a user "
					"to change to");
	} else {
		if (uid == 0 || gid == 0)
			start_failed(s, "the user of this process is root; "
					"give it one of its own");
		if (setgroups(1, &gid) == -1 ||
		    setresgid(gid, gid, gid) == -1 ||
		    setresuid(uid, uid, uid) == -1)
			start_failed(s, "changing to uid %u, gid %u: %s", uid,
			    gid, strerror(errno));
		if (!is_only(uid, gid))
			start_failed(
			    s, "uid %u, gid %u are not all there is", uid, gid);
	}
	if (sandbox_no_capabilities() == -1)
		start_failed(s, "giving up capabilities: %s", strerror(errno));
	if (has_way_back())
		start_failed(s, "there is a way back to root");
}

static void
limit(struct start *s, unsigned int what, uint64_t n, const char *name)
{
	struct rlimit l;

	if (getrlimit(what, &l) == -1)
		start_failed(s, "limit of %s: %s", name, strerror(errno));
	if (n < l.rlim_max)
		l.rlim_max = n;
	l.rlim_cur = l.rlim_max;
	if (setrlimit(what, &l) == -1)
		start_failed(s, "limit of %s: %s", name, strerror(errno));
}

void
confine_limits(struct start *s, const struct start_options *o)
{
	uint64_t nofile = START_FD_END + o->nofile;

	if ((o->descriptors & 1U << DESC_LISTEN) != 0)
		nofile += s->limits.connections;
	limit(s, RLIMIT_NPROC, 0, "processes");
	limit(s, RLIMIT_CORE, 0, "core files");
	limit(s, RLIMIT_FSIZE, o->fsize, "file size");
	limit(s, RLIMIT_NOFILE, nofile, "descriptors");
	limit(s, RLIMIT_MEMLOCK, o->memlock, "locked memory");
	limit(s, RLIMIT_DATA, MEMORY_BYTES, "memory");
}

void
confine_files(struct start *s, const struct start_options *o)
{
	const struct sandbox_path own = { ".", true, false, false };
	const struct sandbox_rules rules = {
		.paths = &own,
		.npaths = o->own_directory ? 1 : 0,
		.files_optional = s->setup.files_optional,
		.tcp_required = s->setup.tcp_required,
	};
	struct confinement *c = &s->confinement;
	char error[PARENT_TEXT_MAX];

	if (sandbox_landlock(&rules, c, error) == -1)
		start_failed(s, "%s", error);
	if (s->setup.generation > 1)
		return;
	if (c->landlock == 0)
		log_warnx("runs without the layer files: this kernel offers no "
			  "Landlock");
	else if (!c->landlock_tcp || !c->landlock_scope)
		log_info("Landlock ABI %d: no layer for%s%s", c->landlock,
		    c->landlock_tcp ? "" : " tcp",
		    c->landlock_scope ? "" : " signals");
}

void
confine_probe(struct start *s, int root)
{
	struct confinement *c = &s->confinement;

	sandbox_probe(c, root);
	if (!c->no_new_privs || c->dumpable)
		start_failed(s, "no_new_privs or dumpable 0 is not in force");
	if (c->landlock != 0 && !c->open_refused)
		start_failed(s, "Landlock is on, yet / can be opened");
	if (c->landlock_tcp && (!c->bind_refused || !c->connect_refused))
		start_failed(s, "Landlock is on, yet TCP is not refused");
	if (c->landlock_scope && !c->signal_refused)
		start_failed(s, "Landlock is on, yet signals are not refused");
}

void
confine_calls(struct start *s)
{
	int missing;

	if ((missing = seccomp_confine(s->role)) == -1)
		start_failed(s, "system call filter: %s", strerror(errno));
	if (missing == 1 && !s->setup.syscalls_optional)
		start_failed(s,
		    "sandbox layer \"syscalls\" is missing: this kernel has "
		    "no seccomp filters (take one with CONFIG_SECCOMP_FILTER, "
		    "or say \"sandbox optional syscalls\")");
	if (missing == 0 && !seccomp_in_force())
		start_failed(s, "the system call filter is on, yet readlink is "
				"not refused");
	if (missing == 0)
		s->confinement.seccomp = seccomp_mode();
	if (missing == 1 && s->setup.generation == 1)
		log_warnx("runs without the layer syscalls: this kernel has no "
			  "seccomp filters");
}
