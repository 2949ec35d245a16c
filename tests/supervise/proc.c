/*
 * The kernel says nothing of children that only claim to be confined, unless
 * the test wants the parent to hear it: "yes", "half" of it, or that it "ends".
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmsd/proc.h"

int __real_proc_confinement(pid_t, struct confinement *);
int __wrap_proc_confinement(pid_t, struct confinement *);

int
__wrap_proc_confinement(pid_t pid, struct confinement *c)
{
	const char *hear = getenv("KMSD_HEAR_KERNEL");

	if (hear != NULL && (pid == getpid() || strcmp(hear, "yes") == 0))
		return (__real_proc_confinement(pid, c));
	if (hear == NULL)
		errno = EPERM;
	else
		errno = strcmp(hear, "half") == 0 ? EFBIG : ESRCH;
	return (-1);
}
