/* The log lines of the children, which arrive as packets. */
#ifndef KMSD_LOGS_H
#define KMSD_LOGS_H

#include "kmsd/kmsd.h"

/* Starts reading a child's log socket.  Returns 0, or -1. */
int logs_start(struct child *);

/* Closes it. */
void logs_end(struct child *);

#endif
