/*
 * Whether a child that says it is ready is confined as was asked for, by what
 * it says and by what the kernel says of it.
 */
#ifndef KMSD_CLAIMS_H
#define KMSD_CLAIMS_H

#include "kmsd/kmsd.h"

enum claims {
	CLAIMS_HOLD,
	CLAIMS_WRONG, /* time does not cure it */
	CLAIMS_END /* the process is ending */
};

/*
 * Adds the kernel's word to the child's confinement.  What is wrong it says in
 * text (bytes).
 */
enum claims claims_check(struct child *, char *, size_t);

#endif
