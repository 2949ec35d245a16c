/* Ways into the kernel, and to what belongs to the whole machine. */
#include "config.h"

#include <sys/syscall.h>

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/hostile/escape.h"

#define X32 0x40000000L
#define GETPID_386 20L

static int
try_io_uring(struct escape_scene *s)
{
	unsigned int params[30] = { 0 };

	(void)s;
	return (escape_result(syscall(SYS_io_uring_setup, 1, params)));
}

static int
try_bpf(struct escape_scene *s)
{
	/* An array of one element of four bytes. */
	unsigned int attr[32] = { 2, 4, 4, 1 };

	(void)s;
	return (escape_result(syscall(SYS_bpf, 0, attr, sizeof(attr))));
}

static int
try_add_key(struct escape_scene *s)
{
	(void)s;
	return (escape_result(
	    syscall(SYS_add_key, "user", "kmsd-escape", "x", 1, -1)));
}

static int
try_keyctl(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_keyctl, 0, -1, 1)));
}

static int
try_perf(struct escape_scene *s)
{
	/* The software clock, of this process, in user mode. */
	unsigned int attr[32] = { 1, sizeof(attr) };

	(void)s;
	attr[10] = 1U << 5 | 1U << 6;
	return (
	    escape_result(syscall(SYS_perf_event_open, attr, 0, -1, -1, 0)));
}

static int
try_userfaultfd(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_userfaultfd, 1)));
}

static int
try_personality(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_personality, 0xffffffffUL)));
}

#ifdef SYS_ioperm
static int
try_ioperm(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_ioperm, 0x80, 1, 1)));
}

static int
try_iopl(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_iopl, 3)));
}
#endif

static int
try_swapon(struct escape_scene *s)
{
	(void)s;
	if (syscall(SYS_swapon, NULL, 0) == -1 && errno != EFAULT)
		return (-errno);
	return (0);
}

static int
try_reboot(struct escape_scene *s)
{
	(void)s;
	/* The wrong magic numbers. */
	if (syscall(SYS_reboot, 1, 2, 3, NULL) == -1 && errno != EINVAL)
		return (-errno);
	return (0);
}

static int
try_kexec(struct escape_scene *s)
{
	(void)s;
	if (syscall(SYS_kexec_load, 0, ~0UL, NULL, 0) == -1 && errno != EINVAL)
		return (-errno);
	return (0);
}

static int
try_module(struct escape_scene *s)
{
	(void)s;
	if (syscall(SYS_init_module, NULL, 0, "") == -1 && errno != ENOEXEC)
		return (-errno);
	return (0);
}

/* To what it is. */
static int
try_clock(struct escape_scene *s)
{
	struct timespec now;

	(void)s;
	if (clock_gettime(CLOCK_REALTIME, &now) == -1)
		return (-EIO);
	return (
	    escape_result(syscall(SYS_clock_settime, CLOCK_REALTIME, &now)));
}

static int
try_hostname(struct escape_scene *s)
{
	(void)s;
	/* Too long a name, which only he hears who may ask. */
	if (syscall(SYS_sethostname, "x", 100000) == -1 && errno != EINVAL)
		return (-errno);
	return (0);
}

static int
try_syslog(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_syslog, 10, NULL, 0)));
}

static int
try_acct(struct escape_scene *s)
{
	(void)s;
	if (syscall(SYS_acct, "") == -1 && errno != ENOENT)
		return (-errno);
	return (0);
}

static int
try_quotactl(struct escape_scene *s)
{
	(void)s;
	if (syscall(SYS_quotactl, ~0, NULL, 0, NULL) == -1 && errno != EINVAL &&
	    errno != ENODEV)
		return (-errno);
	return (0);
}

static int
try_seccomp(struct escape_scene *s)
{
	(void)s;
	/* A filter that is none. */
	if (syscall(SYS_seccomp, 1, 0, NULL) == -1 && errno != EFAULT)
		return (-errno);
	return (0);
}

#ifdef __x86_64__
static int
try_x32(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(X32 | SYS_getpid)));
}

static int
try_int80(struct escape_scene *s)
{
	long r = GETPID_386;

	(void)s;
	__asm__ volatile("int $0x80"
			 : "+a"(r)
			 :
			 : "memory", "r8", "r9", "r10", "r11");
	return (r < 0 ? (int)r : 0);
}
#endif

#define NOT_EVERY "not every kernel has it, or lets a user"

const struct escape escape_kernel[] = {
	{ "io_uring_setup", try_io_uring, "a descriptor", NULL, NOT_EVERY },
	{ "bpf", try_bpf, "a descriptor", NULL, NOT_EVERY },
	{ "add_key", try_add_key, "a key", NULL, NOT_EVERY },
	{ "keyctl", try_keyctl, "a key", NULL, NOT_EVERY },
	{ "perf_event_open", try_perf, "a descriptor", NULL, NOT_EVERY },
	{ "userfaultfd", try_userfaultfd, "a descriptor", NULL, NOT_EVERY },
	{ "personality", try_personality, "a number", NULL, NULL },
#ifdef SYS_ioperm
	{ "ioperm", try_ioperm, "0", NULL, "needs root" },
	{ "iopl", try_iopl, "0", NULL, "needs root" },
#endif
	{ "swapon", try_swapon, "EFAULT", NULL, "needs root" },
	{ "reboot", try_reboot, "EINVAL", NULL, "needs root" },
	{ "kexec_load", try_kexec, "EINVAL", NULL, NOT_EVERY },
	{ "init_module", try_module, "ENOEXEC", NULL, NOT_EVERY },
	{ "clock_settime", try_clock, "0", NULL, "needs root" },
	{ "sethostname", try_hostname, "EINVAL", NULL, "needs root" },
	{ "syslog", try_syslog, "a size", NULL, NOT_EVERY },
	{ "acct", try_acct, "ENOENT", NULL, NOT_EVERY },
	{ "quotactl", try_quotactl, "EINVAL or ENODEV", NULL, NOT_EVERY },
	{ "seccomp", try_seccomp, "EFAULT", "its children confine themselves",
	    NULL },
#ifdef __x86_64__
	{ "x32 call", try_x32, "a number", NULL, NOT_EVERY },
	{ "int 0x80 call", try_int80, "a number", NULL, NOT_EVERY },
#endif
};
const size_t escape_nkernel = sizeof(escape_kernel) / sizeof(escape_kernel[0]);
