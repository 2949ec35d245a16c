/*
 * The kernel says nothing of children that only claim to be confined, unless
 * the test wants the parent to hear it.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "kmsd/proc.h"

int __real_proc_confinement(pid_t, struct confinement *);
int __wrap_proc_confinement(pid_t, struct confinement *);

int
__wrap_proc_confinement(pid_t pid, struct confinement *c)
{
	if (getenv("KMSD_HEAR_KERNEL") != NULL)
		return (__real_proc_confinement(pid, c));
	errno = EPERM;
	return (-1);
}
