/*
 * What others may send to the store, one table a channel.
 */
#ifndef STORE_DISPATCH_H
#define STORE_DISPATCH_H

#include "common/ipc.h"

extern const struct ipc_rule store_dispatch_activator[];
extern const struct ipc_rule store_dispatch_control[];

#endif
