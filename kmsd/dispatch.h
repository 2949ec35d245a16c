/* What each child may say to the parent, in which state. */
#ifndef KMSD_DISPATCH_H
#define KMSD_DISPATCH_H

#include "kmsd/kmsd.h"

/* The table for a role's channel; its context is the struct child. */
const struct ipc_rule *dispatch_rules(enum role);

#endif
