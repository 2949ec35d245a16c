/* What control may ask the parent about, for the administrator. */
#ifndef KMSD_STATUS_H
#define KMSD_STATUS_H

#include "kmsd/kmsd.h"

/*
 * Each answers the question with this id on the child's channel.  Returns 0,
 * or -1 if there is no room for the answer.
 */
int status_host(struct child *, uint32_t);
int status_sandbox(struct child *, uint32_t);
int status_counters(struct child *, uint32_t);

#endif
