/*
 * Nothing may come yet.
 */
#include "config.h"

#include "activator/dispatch.h"

const struct ipc_rule activator_dispatch_listener[] = {
	{ .type = 0 },
};

const struct ipc_rule activator_dispatch_store[] = {
	{ .type = 0 },
};

const struct ipc_rule activator_dispatch_control[] = {
	{ .type = 0 },
};
