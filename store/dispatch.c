/*
 * Nothing may come yet.
 */
#include "config.h"

#include "store/dispatch.h"

const struct ipc_rule store_dispatch_activator[] = {
	{ .type = 0 },
};

const struct ipc_rule store_dispatch_control[] = {
	{ .type = 0 },
};
