/* What may come from whom: one table a channel. */
#ifndef CONTROL_DISPATCH_H
#define CONTROL_DISPATCH_H

#include "common/ipc.h"

/* The context is the struct control. */
extern const struct ipc_rule control_dispatch_activator[];
extern const struct ipc_rule control_dispatch_store[];
extern const struct ipc_rule control_dispatch_parent[];

/* The context is the struct client; on status.sock only what reads. */
extern const struct ipc_rule control_dispatch_client[];
extern const struct ipc_rule control_dispatch_status[];

#endif
