/*
 * The parent's own confinement, which its children inherit and narrow: what it
 * may open, and which system calls it and they may make.
 */
#ifndef KMSD_CONFINE_H
#define KMSD_CONFINE_H

#include "kmsd/kmsd.h"

/*
 * After sockets are bound and before the first child.  Fills k->self.  Returns
 * -1 with the missing layer named in error (bytes).
 */
int confine_parent(struct kmsd *, char *error, size_t);

#endif
