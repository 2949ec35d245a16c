/*
 * Whether a child that says it is ready is confined as was asked for, by what
 * it says and by what the kernel says of it.
 */
#ifndef KMSD_CLAIMS_H
#define KMSD_CLAIMS_H

#include "kmsd/kmsd.h"

/*
 * Adds the kernel's word to the child's confinement.  Returns 0, or -1 with
 * what is missing in text (bytes).
 */
int claims_check(struct child *, char *, size_t);

#endif
