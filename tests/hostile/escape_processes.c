/* Ways to other processes, and to other privileges. */
#include "config.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <linux/capability.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "tests/hostile/escape.h"

#define NEIGHBOURS 2 /* pids to each side */
#define SIBLINGS (2 * NEIGHBOURS + 1)
#define HUNGER (16ULL << 30) /* bytes */
#define LOCKED (64UL << 20) /* bytes */
#define PAGE 4096UL
#define WAIT_MS 5000 /* for a child to confine itself */

/* A new process ends at once. */
static int
born(long pid)
{
	if (pid == 0)
		syscall(SYS_exit_group, 0);
	return (escape_result(pid));
}

static int
try_fork(struct escape_scene *s)
{
	(void)s;
#ifdef SYS_fork
	return (born(syscall(SYS_fork)));
#else
	return (born(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)));
#endif
}

static int
try_clone(struct escape_scene *s)
{
	(void)s;
	return (born(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)));
}

/* A user name space of one's own, in which one is root. */
static int
try_clone_user(struct escape_scene *s)
{
	(void)s;
	return (born(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)));
}

static int
try_clone3(struct escape_scene *s)
{
	uint64_t args[8] = { 0 };

	(void)s;
	args[4] = SIGCHLD;
	return (born(syscall(SYS_clone3, args, sizeof(args))));
}

static int
try_vfork(struct escape_scene *s)
{
	(void)s;
	return (born(syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0)));
}

typedef long attempt(pid_t);

/* The children of the parent, which only it and the control can look up. */
static size_t
look_up(pid_t of, pid_t *pid, size_t max)
{
	char path[64];
	size_t n = 0;
	FILE *f;
	int one;

	(void)snprintf(
	    path, sizeof(path), "/proc/%d/task/%d/children", (int)of, (int)of);
	if ((f = fopen(path, "re")) == NULL)
		return (0);
	while (n < max && fscanf(f, "%d", &one) == 1)
		pid[n++] = one;
	(void)fclose(f);
	return (n);
}

/* Confined, it has to guess. */
static size_t
guess(const struct escape_scene *s, pid_t *pid)
{
	size_t n = 0;
	int i;

	for (i = -NEIGHBOURS; i <= NEIGHBOURS; i++)
		pid[n++] = s->self + i;
	return (n);
}

/* A process with filters of its own has done all that confines it. */
static bool
is_confined(pid_t pid)
{
	char path[64], line[128];
	unsigned int filters = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if ((f = fopen(path, "re")) == NULL)
		return (true);
	while (fgets(line, sizeof(line), f) != NULL)
		(void)sscanf(line, "Seccomp_filters: %u", &filters);
	(void)fclose(f);
	return (filters > 1);
}

/* Lets the parent work until its children have their keys. */
static void
await_confined(struct event_base *base, pid_t pid)
{
	const struct timespec moment = { 0, 1000000 };
	int i;

	for (i = 0; i < WAIT_MS && !is_confined(pid); i++) {
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
		(void)ppoll(NULL, 0, &moment, NULL);
	}
}

/* The parent's own; with their memory or a tracer go their keys. */
static size_t
own_children(const struct escape_scene *s, pid_t *pid)
{
	const size_t n = look_up(s->self, pid, SIBLINGS);
	size_t i;

	for (i = 0; escape_confined && i < n; i++)
		await_confined(s->base, pid[i]);
	return (n);
}

/* 0 when it works with any sibling; the parent's are its own children. */
static int
with_siblings(const struct escape_scene *s, attempt *try)
{
	pid_t pid[SIBLINGS];
	size_t i, n;
	int error = -ESRCH;

	if (s->role == ROLE_PARENT)
		n = own_children(s, pid);
	else if (escape_confined)
		n = guess(s, pid);
	else
		n = look_up(s->parent, pid, SIBLINGS);
	for (i = 0; i < n; i++) {
		if (pid[i] == s->self || pid[i] == s->parent)
			continue;
		if (try(pid[i]) != -1)
			return (0);
		if (errno != ESRCH)
			error = -errno;
	}
	return (error);
}

static long
signal_0(pid_t pid)
{
	return (syscall(SYS_kill, pid, 0));
}

static long
thread_signal_0(pid_t pid)
{
	return (syscall(SYS_tgkill, pid, pid, 0));
}

static long
seize(pid_t pid)
{
	return (syscall(SYS_ptrace, PTRACE_SEIZE, pid, 0, 0));
}

static int
try_kill_sibling(struct escape_scene *s)
{
	return (with_siblings(s, signal_0));
}

static int
try_kill_parent(struct escape_scene *s)
{
	return (escape_result(signal_0(s->parent)));
}

static int
try_tgkill_sibling(struct escape_scene *s)
{
	return (with_siblings(s, thread_signal_0));
}

static int
try_tgkill_parent(struct escape_scene *s)
{
	return (escape_result(thread_signal_0(s->parent)));
}

static int
try_ptrace_sibling(struct escape_scene *s)
{
	return (with_siblings(s, seize));
}

static int
try_ptrace_parent(struct escape_scene *s)
{
	return (escape_result(seize(s->parent)));
}

/* EFAULT comes after the question whether one may. */
static int
vm(const struct escape_scene *s, long call)
{
	char byte = 0;
	struct iovec own = { &byte, 1 }, theirs = { (void *)PAGE, 1 };

	if (syscall(call, s->parent, &own, 1, &theirs, 1, 0) == -1 &&
	    errno != EFAULT)
		return (-errno);
	return (0);
}

static int
try_vm_read(struct escape_scene *s)
{
	return (vm(s, SYS_process_vm_readv));
}

static int
try_vm_write(struct escape_scene *s)
{
	return (vm(s, SYS_process_vm_writev));
}

static int
try_pidfd_open(struct escape_scene *s)
{
	return (escape_result(syscall(SYS_pidfd_open, s->parent, 0)));
}

static int
try_pidfd_getfd(struct escape_scene *s)
{
	long fd = -1;

	if (!escape_confined)
		fd = syscall(SYS_pidfd_open, s->parent, 0);
	return (escape_result(syscall(SYS_pidfd_getfd, fd, 1, 0)));
}

static int
try_proc_mem(struct escape_scene *s)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)s->parent);
	return (escape_result(
	    syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC)));
}

static long
open_memory(pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	return (syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC));
}

static int
try_proc_mem_siblings(struct escape_scene *s)
{
	return (with_siblings(s, open_memory));
}

static int
map(int prot)
{
	long p = syscall(
	    SYS_mmap, NULL, PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return (escape_result(p));
}

static int
try_mmap_wx(struct escape_scene *s)
{
	(void)s;
	return (map(PROT_READ | PROT_WRITE | PROT_EXEC));
}

static int
try_mmap_rx(struct escape_scene *s)
{
	(void)s;
	return (map(PROT_READ | PROT_EXEC));
}

static int
protect(int prot)
{
	long p = syscall(SYS_mmap, NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == -1)
		return (-EIO);
	return (escape_result(syscall(SYS_mprotect, p, PAGE, prot)));
}

static int
try_mprotect_wx(struct escape_scene *s)
{
	(void)s;
	return (protect(PROT_READ | PROT_WRITE | PROT_EXEC));
}

static int
try_mprotect_rx(struct escape_scene *s)
{
	(void)s;
	return (protect(PROT_READ | PROT_EXEC));
}

static int
try_pkey_mprotect(struct escape_scene *s)
{
	long p = syscall(SYS_mmap, NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)s;
	if (p == -1)
		return (-EIO);
	return (escape_result(
	    syscall(SYS_pkey_mprotect, p, PAGE, PROT_READ | PROT_EXEC, -1)));
}

static int
try_memory(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_mmap, NULL, HUNGER,
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
}

static int
try_lock_memory(struct escape_scene *s)
{
	long p = syscall(SYS_mmap, NULL, LOCKED, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)s;
	if (p == -1)
		return (-EIO);
	return (escape_result(syscall(SYS_mlock, p, LOCKED)));
}

static int
try_setuid(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_setuid, 0)));
}

static int
try_setgid(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_setgid, 0)));
}

static int
try_setresuid(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_setresuid, 0, 0, 0)));
}

static int
try_setgroups(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_setgroups, 0, NULL)));
}

static int
try_capset(struct escape_scene *s)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct some[2];

	(void)s;
	memset(some, 0, sizeof(some));
	some[0].effective = some[0].permitted = 1U << CAP_DAC_OVERRIDE;
	return (escape_result(syscall(SYS_capset, &header, some)));
}

static int
try_dumpable(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)));
}

static int
try_ptracer(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_prctl, PR_SET_MM, PR_SET_MM_ARG_START,
		    PAGE, 0, 0)) == -EPERM
		    ? -EPERM
		    : 0);
}

static int
try_setrlimit(struct escape_scene *s)
{
	struct rlimit l = { 4096, 1U << 20 };

	(void)s;
	return (
	    escape_result(syscall(SYS_prlimit64, 0, RLIMIT_NPROC, &l, NULL)));
}

static int
try_prlimit_parent(struct escape_scene *s)
{
	struct rlimit l;

	return (escape_result(
	    syscall(SYS_prlimit64, s->parent, RLIMIT_NPROC, NULL, &l)));
}

static int
try_unshare(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_unshare, CLONE_NEWUSER)));
}

static int
try_setns(struct escape_scene *s)
{
	(void)s;
	/* Not a name space, which only he hears who may ask. */
	if (syscall(SYS_setns, 1, 0) == -1 && errno != EINVAL && errno != EBADF)
		return (-errno);
	return (0);
}

static int
try_setpgid(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_getpgid, 0)));
}

static int
try_nice(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_setpriority, PRIO_PROCESS, 0, 19)));
}

static int
try_scheduler(struct escape_scene *s)
{
	struct sched_param p = { .sched_priority = 0 };

	(void)s;
	return (
	    escape_result(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &p)));
}

#define SPAWNS "it starts the children"
#define START "its children need it before they confine themselves"

const struct escape escape_processes[] = {
	{ "fork", try_fork, "a process", SPAWNS, NULL },
	{ "vfork", try_vfork, "a process", SPAWNS, NULL },
	{ "clone", try_clone, "a process", SPAWNS, NULL },
	{ "clone with a user name space", try_clone_user, "a process", NULL,
	    NULL },
	{ "clone3", try_clone3, "a process", NULL, NULL },
	{ "kill of siblings", try_kill_sibling, "0", "it ends its children",
	    NULL },
	{ "kill of the parent", try_kill_parent, "0", NULL, NULL },
	{ "tgkill of siblings", try_tgkill_sibling, "0", "it ends its children",
	    NULL },
	{ "tgkill of the parent", try_tgkill_parent, "0", NULL, NULL },
	{ "ptrace of siblings", try_ptrace_sibling, "0", NULL, NULL },
	{ "ptrace of the parent", try_ptrace_parent, "0", NULL, NULL },
	{ "process_vm_readv", try_vm_read, "EFAULT", NULL, NULL },
	{ "process_vm_writev", try_vm_write, "EFAULT", NULL, NULL },
	{ "pidfd_open", try_pidfd_open, "a descriptor", NULL, NULL },
	{ "pidfd_getfd", try_pidfd_getfd, "a descriptor", NULL, NULL },
	{ "/proc/PID/mem", try_proc_mem, "a descriptor", NULL, NULL },
	{ "/proc/PID/mem of children and siblings", try_proc_mem_siblings,
	    "a descriptor", NULL, NULL },
	{ "mmap writable and executable", try_mmap_wx, "a mapping", NULL,
	    NULL },
	{ "mmap executable", try_mmap_rx, "a mapping",
	    "the loader of a child maps programs", NULL },
	{ "mprotect writable and executable", try_mprotect_wx, "0", NULL,
	    NULL },
	{ "mprotect executable", try_mprotect_rx, "0",
	    "the loader of a child protects branches so", NULL },
	{ "pkey_mprotect", try_pkey_mprotect, "0", NULL, NULL },
	{ "memory without end", try_memory, "a mapping",
	    "it is as trusted as its memory", NULL },
	{ "mlock beyond the limit", try_lock_memory, "0",
	    "as root it has no limit", "the user's limit may be low" },
	{ "setuid", try_setuid, "0", START, "needs root" },
	{ "setgid", try_setgid, "0", START, "needs root" },
	{ "setresuid", try_setresuid, "0", START, "needs root" },
	{ "setgroups", try_setgroups, "0", START, "needs root" },
	{ "capset", try_capset, "0", START, "needs root" },
	{ "prctl dumpable", try_dumpable, "0", START, NULL },
	{ "prctl memory map", try_ptracer, "anything but EPERM", START,
	    "needs root" },
	{ "setrlimit", try_setrlimit, "0", START, "needs root" },
	{ "prlimit of the parent", try_prlimit_parent, "0", START, NULL },
	{ "unshare", try_unshare, "0", NULL, NULL },
	{ "setns", try_setns, "EINVAL or EBADF", NULL, NULL },
	{ "getpgid", try_setpgid, "a number", NULL, NULL },
	{ "setpriority", try_nice, "0", NULL, NULL },
	{ "sched_setscheduler", try_scheduler, "0", NULL, NULL },
};
const size_t escape_nprocesses =
    sizeof(escape_processes) / sizeof(escape_processes[0]);
