/*
 * The lock on a host's state: kmsd holds it while it runs, kmsctl while it
 * works on a stopped host's files.
 */
#ifndef COMMON_LOCK_H
#define COMMON_LOCK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Takes the lock and writes our process id into its file, trying until this
 * time of ktime_boot_ms().  Returns a descriptor that holds the lock until it
 * is closed, and cannot write the file; or -1 with the reason, which names the
 * file and the process that holds it, in error (of size bytes).
 */
int lock_take(const char *, int64_t, char *, size_t);

#endif
