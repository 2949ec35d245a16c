/* Installs the filter of the machine that this program was built for. */
#include "config.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/seccomp.h"

#if defined(__x86_64__) && !defined(__ILP32__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#else
#error "no table of system calls for this machine: see common/seccomp_calls.h"
#endif

/* The sanitizers make calls of their own, which nobody can foresee. */
#ifdef KMSD_SANITIZED
const bool seccomp_log_only = true;
#else
const bool seccomp_log_only = false;
#endif

static const struct seccomp_machine *
own_machine(void)
{
	size_t i;

	for (i = 0; i < seccomp_nmachines; i++)
		if (seccomp_machines[i].arch == OWN_ARCH)
			return (&seccomp_machines[i]);
	return (NULL);
}

static bool
is_offered(void)
{
	const uint32_t kill = SECCOMP_RET_KILL_PROCESS;

	return (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &kill) == 0);
}

int
seccomp_confine(enum role role)
{
	struct sock_filter code[SECCOMP_PROGRAM_MAX];
	struct sock_fprog program = { .filter = code };
	const struct seccomp_machine *m = own_machine();
	size_t n;

	if (!is_offered())
		return (1);
	if (m == NULL || (n = seccomp_compile(m, role, seccomp_log_only, code,
			      SECCOMP_PROGRAM_MAX)) == 0) {
		errno = EINVAL;
		return (-1);
	}
	program.len = (unsigned short)n;
	return ((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_TSYNC, &program));
}

bool
seccomp_in_force(void)
{
	char byte;

	/* The kernel itself would say ENOENT. */
	return (readlinkat(AT_FDCWD, "", &byte, sizeof(byte)) == -1 &&
		errno == EACCES);
}

uint8_t
seccomp_mode(void)
{
	const int mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);

	return (mode > 0 ? (uint8_t)mode : 0);
}
