/*
 * What the activator may send to the listener, as one table.
 */
#ifndef LISTENER_DISPATCH_H
#define LISTENER_DISPATCH_H

#include "common/ipc.h"

/* The context is a struct listener. */
extern const struct ipc_rule listener_dispatch_activator[];

#endif
