/* Says how the host is: to the log, the service manager, the caller. */
#ifndef KMSD_READY_H
#define KMSD_READY_H

#include "kmsd/kmsd.h"

/* All children are confined and clients are being served. */
void ready_serving(struct kmsd *);

/* The store is older than the anchor: control works, clients wait. */
void ready_rollback(struct kmsd *, const char *);

/* Anything else that an administrator should read. */
void ready_state(struct kmsd *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

#endif
