/* What the parent gives up before its first child. */
#ifndef KMSD_DROP_H
#define KMSD_DROP_H

#include "kmsd/kmsd.h"

/*
 * Raises the limits that children need and may not raise themselves, then
 * takes from this process what none of them needs either.  All sockets are
 * there.  Returns 0, or -1 with the reason in error (of size bytes).
 */
int drop_privileges(struct kmsd *, char *error, size_t size);

#endif
