/* Children that are not heard of any more. */
#ifndef KMSD_WATCH_H
#define KMSD_WATCH_H

#include "kmsd/kmsd.h"

/*
 * Looks once a second.  Each child that runs says its counters as often; one
 * that is silent for WATCH_SECONDS is named in the log and ends its
 * generation, but for control: whoever can make that one wait, on a kernel
 * that lets strangers hand it descriptors, could else keep the host from
 * serving.  A start that lasts is said as often, and ends nothing: a log may
 * be long.  Returns 0, or -1 with errno.
 */
int watch_start(struct kmsd *);

#endif
