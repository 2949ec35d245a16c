/*
 * Nothing may come yet.
 */
#include "config.h"

#include "control/dispatch.h"

const struct ipc_rule control_dispatch_activator[] = {
	{ .type = 0 },
};

const struct ipc_rule control_dispatch_store[] = {
	{ .type = 0 },
};
