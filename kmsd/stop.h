/* Stopping in order: listener, activator, store, control. */
#ifndef KMSD_STOP_H
#define KMSD_STOP_H

#include "kmsd/kmsd.h"

/* Begins, and says why; asked a second time, it goes on as it is. */
void stop_begin(struct kmsd *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* While stopping: tells the next child that is still there. */
void stop_next(struct kmsd *);

/* The time to stop is over: kills who is left, and names them. */
void stop_expired(struct kmsd *);

#endif
