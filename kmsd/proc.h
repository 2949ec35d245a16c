/*
 * What the kernel says of a process's confinement, whatever the process says
 * of itself: /proc/PID/status, limits and stat (proc(5)).
 */
#ifndef KMSD_PROC_H
#define KMSD_PROC_H

#include <sys/types.h>

#include "common/ipc_parent.h"

#define PROC_SECCOMP_FILTER 2 /* the mode that has filters */

/*
 * Replaces what the kernel knows better than the process: uid, gid,
 * no_new_privs, seccomp and its filters, capabilities, locked memory, limits;
 * and sets kernel.  Where the four ids of a kind differ, it is the first that
 * is not the real one.  The process is this one or a child of it.  Returns 0,
 * or -1 with errno and the struct as it was: ENOENT, EPERM or EACCES where /proc
 * is not there or hides the process, ESRCH when it ends, EPROTO or EFBIG when
 * the text is not such a one.
 */
int proc_confinement(pid_t, struct confinement *);

/*
 * The same, of the two files' texts.  Returns -1 when a line is missing, when
 * a filter has killed the process, when it has more than one thread, or when the
 * text is of another process than that of the pid and its parent.
 */
int proc_parse_status(const char *, pid_t, pid_t, struct confinement *);
int proc_parse_limits(const char *, struct confinement *);

/*
 * Of the text of stat: true if the process is one that ends, whose filters the
 * kernel has already taken away, or if the text makes no sense.
 */
bool proc_parse_ends(const char *);

#endif
