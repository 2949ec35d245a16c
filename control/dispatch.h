/*
 * What others may send to the control, one table a channel.
 */
#ifndef CONTROL_DISPATCH_H
#define CONTROL_DISPATCH_H

#include "common/ipc.h"

extern const struct ipc_rule control_dispatch_activator[];
extern const struct ipc_rule control_dispatch_store[];

#endif
