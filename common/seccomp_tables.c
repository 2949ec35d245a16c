/*
 * What each process may ask of the kernel once it is confined.  The parent's
 * filter is inherited by its children, so its table also has what they need
 * until they confine themselves; theirs are what counts afterwards.  A role's own
 * rules stand before the common ones: they may allow what all others are refused.
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "common/seccomp.h"

#define NAME_SPACES                                                    \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
	    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
#define INT_BITS 0xffffffffULL /* the kernel looks at no more of an int */

#define ALLOW(call)                     \
	{                               \
		CALL_##call, 0, 0,      \
		{                       \
			{               \
				0, 0, 0 \
			}               \
		}                       \
	}
#define REFUSE(call)                    \
	{                               \
		CALL_##call, EACCES, 0, \
		{                       \
			{               \
				0, 0, 0 \
			}               \
		}                       \
	}
#define ALLOW_IF(call, argument, mask, value)         \
	{                                             \
		CALL_##call, 0, 1,                    \
		{                                     \
			{                             \
				mask, value, argument \
			}                             \
		}                                     \
	}
#define ALLOW_IF2(call, a1, v1, a2, v2)          \
	{                                        \
		CALL_##call, 0, 2,               \
		{                                \
			{ INT_BITS, v1, a1 },    \
			{                        \
				INT_BITS, v2, a2 \
			}                        \
		}                                \
	}
#define ALLOW_IF3(call, v0, v1, v2)                               \
	{                                                         \
		CALL_##call, 0, 3,                                \
		{                                                 \
			{ INT_BITS, v0, 0 }, { INT_BITS, v1, 1 }, \
			{                                         \
				INT_BITS, v2, 2                   \
			}                                         \
		}                                                 \
	}
#define REPLY(call, error)              \
	{                               \
		CALL_##call, error, 0,  \
		{                       \
			{               \
				0, 0, 0 \
			}               \
		}                       \
	}
#define FCNTL(what) ALLOW_IF(fcntl, 1, INT_BITS, what)
#define TABLE(rules)                                      \
	{                                                 \
		rules, sizeof(rules) / sizeof((rules)[0]) \
	}

/* The loop, the channels, memory without code, the end. */
static const struct seccomp_rule common_rules[] = {
	ALLOW(epoll_wait),
	ALLOW(epoll_pwait),
	ALLOW(epoll_pwait2),
	ALLOW(epoll_ctl),
	/*
	 * Landlock does not see the connection that MSG_FASTOPEN makes.  No
	 * sendmsg: a child passes no descriptor on, to nobody.
	 */
	ALLOW_IF(sendto, 3, MSG_FASTOPEN, 0),
	ALLOW(recvmsg),
	ALLOW(recvmmsg),
	ALLOW(recvfrom),
	ALLOW(read),
	ALLOW(write),
	ALLOW(close),
	ALLOW(poll),
	ALLOW(ppoll),
	ALLOW(clock_gettime),
	ALLOW(gettimeofday),
	/* Refusing it would make libsodium abort. */
	ALLOW(getrandom),
	ALLOW(brk),
	ALLOW_IF(mmap, 2, PROT_EXEC, 0),
	ALLOW_IF(mprotect, 2, PROT_EXEC, 0),
	ALLOW(munmap),
	ALLOW(mremap),
	ALLOW(madvise),
	ALLOW(futex),
	ALLOW(restart_syscall),
	ALLOW(rt_sigreturn),
	ALLOW(rt_sigprocmask),
	ALLOW(getpid),
	ALLOW(exit),
	ALLOW(exit_group),
	FCNTL(F_GETFD),
	FCNTL(F_GETFL),
	/* Whether a filter is in force, for READY. */
	ALLOW_IF(prctl, 0, INT_BITS, PR_GET_SECCOMP),
	/* What libc tries in the hope of a file, and does without. */
	REFUSE(openat),
	REFUSE(newfstatat),
	REFUSE(readlinkat),
	REFUSE(faccessat),
	REFUSE(open),
	REFUSE(stat),
	REFUSE(lstat),
	REFUSE(access),
	REFUSE(readlink),
};

static const struct seccomp_rule listener_rules[] = {
	ALLOW(listen), /* on what it was given: it cannot make sockets */
	FCNTL(F_SETFL),
	ALLOW(accept4),
	ALLOW(shutdown),
	ALLOW_IF2(setsockopt, 1, IPPROTO_TCP, 2, TCP_NODELAY),
	ALLOW_IF2(setsockopt, 1, SOL_SOCKET, 2, SO_LINGER),
};

/* The arena of keys is opened and closed around each batch. */
static const struct seccomp_rule activator_rules[] = {
	ALLOW(mlock),
	ALLOW(mlock2),
	ALLOW(munlock),
};

/* SQLite's database and journals; Landlock keeps it in its directory. */
static const struct seccomp_rule store_rules[] = {
	ALLOW(pread64),
	ALLOW(pwrite64),
	ALLOW(fdatasync),
	ALLOW(fsync),
	ALLOW(ftruncate),
	ALLOW(fallocate),
	ALLOW(lseek),
	ALLOW(fstat),
	ALLOW(statx),
	ALLOW(newfstatat),
	ALLOW(stat),
	ALLOW(lstat),
	ALLOW(access),
	ALLOW(faccessat),
	ALLOW(openat),
	ALLOW(open),
	ALLOW(unlink),
	ALLOW(unlinkat),
	ALLOW(geteuid),
	ALLOW(getcwd),
	ALLOW(clock_nanosleep),
	FCNTL(F_SETFD),
	FCNTL(F_GETLK),
	FCNTL(F_SETLK),
};

/* It takes connections of kmsctl. */
static const struct seccomp_rule control_rules[] = {
	ALLOW(listen),
	FCNTL(F_SETFL),
	ALLOW(accept4),
	ALLOW_IF2(getsockopt, 1, SOL_SOCKET, 2, SO_PEERCRED),
};

static const struct seccomp_rule parent_rules[] = {
	/*
	 * Its own: state files, sockets for syslog, children.  The calls of all
	 * children's tables are added to these, among them those for files.
	 */
	ALLOW_IF(sendmsg, 2, MSG_FASTOPEN, 0), /* descriptors for children */
	ALLOW(rename),
	ALLOW(renameat),
	ALLOW(renameat2),
	ALLOW(wait4),
	ALLOW(kill),
	ALLOW(socketpair),
	ALLOW(setsid),
	ALLOW(execve),
	/* A fork; no name space, no thread. */
	ALLOW_IF(clone, 0, NAME_SPACES | CLONE_THREAD, 0),
	REPLY(clone3, ENOSYS), /* libc falls back to clone */
	ALLOW(fork),
	ALLOW(vfork),
	ALLOW_IF2(socket, 0, AF_UNIX, 2, 0),
	/* A child's probe: no datagrams, no raw sockets, no MPTCP. */
	ALLOW_IF3(socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
	ALLOW(connect),
	/* The loader's, until main(): code is mapped, never made. */
	ALLOW_IF(mmap, 2, PROT_WRITE, 0),
	ALLOW_IF(mprotect, 2, PROT_WRITE, 0),
	ALLOW(set_tid_address),
	ALLOW(set_robust_list),
	ALLOW(rseq),
	ALLOW(arch_prctl),
	ALLOW(prlimit64),
	ALLOW(getrlimit),
	ALLOW(setrlimit),
	ALLOW(readlink),
	ALLOW(readlinkat),
	ALLOW(faccessat2),
	ALLOW(uname),
	ALLOW(sysinfo),
	ALLOW(time),
	/* The children's start (common/start.c). */
	ALLOW(umask),
	ALLOW(rt_sigaction),
	ALLOW(sigaltstack),
	ALLOW(close_range),
	ALLOW(getdents64),
	ALLOW(fcntl),
	ALLOW(dup),
	ALLOW(dup2),
	ALLOW(dup3),
	ALLOW(pipe),
	ALLOW(pipe2),
	ALLOW(eventfd2),
	ALLOW(epoll_create),
	ALLOW(epoll_create1),
	ALLOW(chdir),
	ALLOW(chroot),
	ALLOW(setgroups),
	ALLOW(setfsuid),
	ALLOW(setgid),
	ALLOW(setuid),
	ALLOW(setresgid),
	ALLOW(setresuid),
	ALLOW(getgroups),
	ALLOW(getresgid),
	ALLOW(getresuid),
	ALLOW(getuid),
	ALLOW(getgid),
	ALLOW(getegid),
	ALLOW(getppid),
	ALLOW(gettid),
	ALLOW(tgkill),
	ALLOW(capset),
	ALLOW(prctl),
	ALLOW(seccomp),
	ALLOW(landlock_create_ruleset),
	ALLOW(landlock_add_rule),
	ALLOW(landlock_restrict_self),
	ALLOW(bind),
	ALLOW(getsockopt),
	ALLOW(getsockname),
	ALLOW(fchown),
	ALLOW(readv),
	ALLOW(writev),
};

const struct seccomp_table seccomp_common = TABLE(common_rules);

const struct seccomp_table seccomp_tables[ROLE_COUNT] = {
	[ROLE_PARENT] = TABLE(parent_rules),
	[ROLE_LISTENER] = TABLE(listener_rules),
	[ROLE_ACTIVATOR] = TABLE(activator_rules),
	[ROLE_STORE] = TABLE(store_rules),
	[ROLE_CONTROL] = TABLE(control_rules),
};
