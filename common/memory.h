/*
 * Memory without which a process of the host cannot go on.  Whose fault it is
 * that there is none, no peer and no document is to be told.
 */
#ifndef COMMON_MEMORY_H
#define COMMON_MEMORY_H

#include <stddef.h>

/* Zeroed, of at least one byte; free() it.  Ends the process if there is none. */
void *memory_take(size_t);

/* The same, with a copy of so many bytes. */
void *memory_copy(const void *, size_t);

#endif
