/* Memory, or the end of the process. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/memory.h"

void *
memory_take(size_t len)
{
	void *p;

	if ((p = calloc(1, len == 0 ? 1 : len)) == NULL)
		fatalx("out of memory: there are no %zu bytes", len);
	return (p);
}

void *
memory_copy(const void *from, size_t len)
{
	void *p;

	p = memory_take(len);
	memcpy(p, from, len);
	return (p);
}
