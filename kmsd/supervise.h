/* Generations of children: begun together, ended together, begun again. */
#ifndef KMSD_SUPERVISE_H
#define KMSD_SUPERVISE_H

#include "kmsd/kmsd.h"

/* Makes the events and begins the first generation.  Returns 0, or -1. */
int supervise_start(struct kmsd *);

/* What the children's records bring about. */
void supervise_setup(struct child *);
void supervise_ready(struct child *);
void supervise_serving(struct kmsd *);
void supervise_rollback(struct kmsd *, const char *);
void supervise_failed(struct child *, const char *);
void supervise_replaced(struct child *, const char *);
void supervise_log_level(struct kmsd *, uint8_t);

/* An ipc_ended for a child's channel. */
void supervise_ended(void *, struct ipc_channel *, const char *);

/* Kills what is left; the next one begins when all of it is gone. */
void supervise_end_generation(struct kmsd *);

/*
 * The anchor or the manifest, of this path, can't be written for too long:
 * control is alone until it is.  A start ends instead, to be tried again.
 */
void supervise_behind(struct kmsd *, const char *);
void supervise_caught_up(struct kmsd *);

/* Looks, from the event loop, whether all of a generation is gone. */
void supervise_settle(struct kmsd *);

#endif
