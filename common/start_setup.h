/*
 * What a child gets from its parent before it confines itself.  start.c alone
 * uses it.
 */
#ifndef COMMON_START_SETUP_H
#define COMMON_START_SETUP_H

#include "common/start.h"

/* What may come from the parent until then. */
extern const struct ipc_rule start_setup_rules[];

/*
 * Handshake and set-up, until REC_CONFINE: fills channel, listen, host_key,
 * publisher, control and status with the numbers that the kernel chose.  Dies
 * if the parent is of another build or breaks a rule.
 */
void start_setup(struct start *, const struct start_options *);

/* Moves the descriptors to their constant numbers. */
void start_place(struct start *);

#endif
