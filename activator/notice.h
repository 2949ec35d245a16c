/*
 * Says in the log, once for each change, when a product is served no more, and
 * when it soon will not be.
 */
#ifndef ACTIVATOR_NOTICE_H
#define ACTIVATOR_NOTICE_H

#include "activator/registry.h"

#define NOTICE_SOON (30 * KTIME_DAY) /* before the end */

struct activator;

/* What was said last, by the product's place in the registry. */
struct notices {
	enum lack lack[REGISTRY_MAX];
	struct ktime until[REGISTRY_MAX]; /* the end that was told of */
};

/* Looks at every product, after each change and once a second. */
void notice_update(struct activator *);

#endif
