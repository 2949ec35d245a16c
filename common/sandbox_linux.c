/*
 * Confinement on Linux: Landlock with our own constants, since the headers
 * of the build machine may be older than the kernel that runs it, and probes
 * that show from inside what is refused.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/capability.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/sandbox.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define CREATE_RULESET_VERSION 1U
#define RULE_PATH_BENEATH 1

#define FS_EXECUTE (1ULL << 0)
#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_REMOVE_FILE (1ULL << 5)
#define FS_MAKE_REG (1ULL << 8)
#define FS_TRUNCATE (1ULL << 14) /* ABI 3 */
#define FS_FILE_RIGHTS (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE)

#define NET_BIND_TCP (1ULL << 0) /* ABI 4 */
#define NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX (1ULL << 0) /* ABI 6 */
#define SCOPE_SIGNAL (1ULL << 1)

#define ABI_TCP 4
#define ABI_SCOPE 6

struct ruleset {
	uint64_t fs, net, scoped;
};

/* The kernel's struct is packed. */
struct path_beneath {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

/* All rights to files that exist from this ABI on: bits 0 to last. */
static const struct {
	int abi;
	unsigned int last;
} file_rights[] = {
	{ 1, 12 }, /* execute ... make_sym */
	{ 2, 13 }, /* refer */
	{ 3, 14 }, /* truncate */
	{ 5, 15 }, /* ioctl_dev */
};

int
sandbox_not_dumpable(void)
{
	return (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

int
sandbox_no_new_privs(void)
{
	return (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

/* Only who has SETPCAP may; without it no_new_privs does the same. */
static void
bound_capabilities(uint64_t keep)
{
	unsigned long cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != -1; cap++) {
		if ((keep >> cap & 1) == 0)
			(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	}
}

/* What the process has and the masks name stays permitted, is effective. */
static int
mask_capabilities(uint64_t permitted, uint64_t effective)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	size_t i;

	memset(data, 0, sizeof(data));
	if (permitted != 0 && syscall(SYS_capget, &header, data) == -1)
		return (-1);
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= (uint32_t)(permitted >> 32 * i);
		data[i].effective =
		    data[i].permitted & (uint32_t)(effective >> 32 * i);
		data[i].inheritable = 0;
	}
	return ((int)syscall(SYS_capset, &header, data));
}

int
sandbox_keep_capabilities(uint64_t keep)
{
	bound_capabilities(keep);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1)
		return (-1);
	return (mask_capabilities(keep, keep));
}

int
sandbox_use_capabilities(uint64_t use)
{
	return (mask_capabilities(UINT64_MAX, use));
}

int
sandbox_no_capabilities(void)
{
	return (sandbox_keep_capabilities(0));
}

static int
landlock_abi(void)
{
	long abi;

	abi = syscall(
	    SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
	return (abi < 0 ? 0 : (int)abi);
}

static struct ruleset
all_rights(int abi)
{
	struct ruleset r = { 0, 0, 0 };
	size_t i;

	for (i = 0; i < sizeof(file_rights) / sizeof(file_rights[0]); i++)
		if (abi >= file_rights[i].abi)
			r.fs = (2ULL << file_rights[i].last) - 1;
	if (abi >= ABI_TCP)
		r.net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= ABI_SCOPE)
		r.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
	return (r);
}

static int
add_path(int ruleset, const struct sandbox_path *p, uint64_t handled)
{
	struct path_beneath rule;
	struct stat st;
	int ret = -1, saved;

	memset(&rule, 0, sizeof(rule));
	if ((rule.fd = open(p->path, O_PATH | O_CLOEXEC)) == -1)
		return (p->optional && errno == ENOENT ? 0 : -1);
	rule.access = FS_READ_FILE | FS_READ_DIR;
	if (p->write)
		rule.access |=
		    FS_WRITE_FILE | FS_REMOVE_FILE | FS_MAKE_REG | FS_TRUNCATE;
	if (p->execute)
		rule.access |= FS_EXECUTE;
	rule.access &= handled;
	if (fstat(rule.fd, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			rule.access &= FS_FILE_RIGHTS;
		ret = (int)syscall(SYS_landlock_add_rule, ruleset,
		    RULE_PATH_BENEATH, &rule, 0);
	}
	saved = errno;
	(void)close(rule.fd);
	errno = saved;
	return (ret);
}

/* Returns the layer that failed, or NULL. */
static const char *
restrict_self(const struct sandbox_rules *rules, const struct ruleset *attr)
{
	const char *failed = NULL;
	size_t i;
	int fd, saved;

	fd = (int)syscall(SYS_landlock_create_ruleset, attr, sizeof(*attr), 0);
	if (fd == -1)
		return ("landlock_create_ruleset");
	for (i = 0; i < rules->npaths && failed == NULL; i++)
		if (add_path(fd, &rules->paths[i], attr->fs) == -1)
			failed = rules->paths[i].path;
	if (failed == NULL && syscall(SYS_landlock_restrict_self, fd, 0) == -1)
		failed = "landlock_restrict_self";
	saved = errno;
	(void)close(fd);
	errno = saved;
	return (failed);
}

int
sandbox_landlock(
    const struct sandbox_rules *rules, struct confinement *c, char *error)
{
	struct ruleset attr;
	const char *failed;
	int abi = landlock_abi();

	c->landlock = 0;
	c->landlock_tcp = c->landlock_scope = false;
	if (abi < 1 && !rules->files_optional) {
		(void)strlcpy(error,
		    "sandbox layer \"files\" is missing: this "
		    "kernel offers no Landlock (boot with lsm=landlock, or "
		    "say \"sandbox optional files\")",
		    PARENT_TEXT_MAX);
		return (-1);
	}
	if (abi < ABI_TCP && rules->tcp_required) {
		(void)snprintf(error, PARENT_TEXT_MAX,
		    "sandbox layer \"tcp\" "
		    "is missing: this kernel has Landlock ABI %d, it needs "
		    "%d (Linux 6.7)",
		    abi, ABI_TCP);
		return (-1);
	}
	if (abi < 1)
		return (0);
	attr = all_rights(abi);
	if ((failed = restrict_self(rules, &attr)) != NULL) {
		(void)snprintf(error, PARENT_TEXT_MAX,
		    "sandbox layer \"files\" failed: %s: %s", failed,
		    strerror(errno));
		return (-1);
	}
	c->landlock = abi;
	c->landlock_tcp = attr.net != 0;
	c->landlock_scope = attr.scoped != 0;
	return (0);
}

/* Any other failure of a probe says nothing about the sandbox. */
static bool
is_refusal(int error)
{
	return (error == EACCES || error == EPERM);
}

/*
 * By syscall(2): the store links no network function, and a probe must not
 * be its reason to.
 */
static bool
tcp_refused(long call)
{
	struct sockaddr_in sin;
	bool refused;
	long fd;

	fd = syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return (is_refusal(errno) || errno == EAFNOSUPPORT);
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	/* Port 0 can be bound to, and none answers on it. */
	refused =
	    syscall(call, fd, &sin, sizeof(sin)) == -1 && is_refusal(errno);
	(void)close((int)fd);
	return (refused);
}

static bool
path_refused(int folder, const char *path)
{
	const int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return (is_refusal(errno));
	(void)close(fd);
	return (false);
}

/* The parent may open /dev/null: its rules do not refuse it to a child. */
static bool
open_refused(int root)
{
	if (root == -1)
		return (path_refused(AT_FDCWD, "/"));
	return (path_refused(root, ".") && path_refused(root, "dev/null"));
}

static bool
signal_refused(void)
{
	pid_t parent = getppid();

	return (parent > 0 && kill(parent, 0) == -1 && errno == EPERM);
}

static uint64_t
soft_limit(unsigned int what)
{
	struct rlimit l;

	if (getrlimit(what, &l) == -1)
		return (UINT64_MAX);
	return (l.rlim_cur);
}

void
sandbox_probe(struct confinement *c, int root)
{
	uid_t uid, euid, suid;
	gid_t gid, egid, sgid;
	int v;

	c->pid = (uint32_t)getpid();
	if (getresuid(&uid, &euid, &suid) == 0)
		c->uid = euid;
	if (getresgid(&gid, &egid, &sgid) == 0)
		c->gid = egid;
	c->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	c->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
	c->seccomp = 0;
	if ((v = prctl(PR_GET_SECCOMP, 0, 0, 0, 0)) > 0)
		c->seccomp = (uint8_t)v;
	c->open_refused = open_refused(root);
	c->bind_refused = tcp_refused(SYS_bind);
	c->connect_refused = tcp_refused(SYS_connect);
	c->signal_refused = signal_refused();
	c->memlock = soft_limit(RLIMIT_MEMLOCK);
	c->nofile = soft_limit(RLIMIT_NOFILE);
	c->nproc = soft_limit(RLIMIT_NPROC);
	c->core = soft_limit(RLIMIT_CORE);
	c->fsize = soft_limit(RLIMIT_FSIZE);
	c->data = soft_limit(RLIMIT_DATA);
}
