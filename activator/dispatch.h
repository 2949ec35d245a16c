/*
 * What others may send to the activator, one table a channel.
 */
#ifndef ACTIVATOR_DISPATCH_H
#define ACTIVATOR_DISPATCH_H

#include "common/ipc.h"

extern const struct ipc_rule activator_dispatch_listener[];
extern const struct ipc_rule activator_dispatch_store[];
extern const struct ipc_rule activator_dispatch_control[];
extern const struct ipc_rule activator_dispatch_parent[];

#endif
