/*
 * What a test tells a child to do, and which child: a limit of kmsd.conf that
 * no host has, since a child has neither arguments nor environment.
 */
#ifndef TESTS_HOSTILE_ORDER_H
#define TESTS_HOSTILE_ORDER_H

#include <stdint.h>

#include "common/start.h"

#define ORDER_BASE 90000U /* plus ten times the number, plus the role */
#define ORDER_STEP 10U

/* The number that this child is told, or SIZE_MAX. */
static inline size_t
order_of(const struct start *s)
{
	const uint32_t order = s->limits.per_source;

	if (order < ORDER_BASE ||
	    (order - ORDER_BASE) % ORDER_STEP != (uint32_t)s->role)
		return (SIZE_MAX);
	return ((order - ORDER_BASE) / ORDER_STEP);
}

#endif
