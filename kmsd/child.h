/* One child: its process and its channel. */
#ifndef KMSD_CHILD_H
#define KMSD_CHILD_H

#include "kmsd/kmsd.h"

/* True if the process, its channel or its log is still there. */
bool child_present(const struct child *);

/* True if it is ready and has neither ended nor begun to. */
bool child_runs(const struct child *);

/*
 * Forks and executes the role's program and begins the handshake.  Returns 0,
 * or -1 with errno; nothing is left behind then.
 */
int child_spawn(struct child *);

void child_kill(struct child *);

/* A record without fields. */
void child_send(struct child *, enum parent_record);

/* A record of one byte. */
void child_send_u8(struct child *, enum parent_record, uint8_t);

#endif
