/*
 * What /proc says of a child: the first byte chooses the file.  The kernel
 * writes these texts, but a process chooses its name in them.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "kmsd/proc.h"

#define PID 4711
#define PARENT 4710

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct confinement c;
	char *text;

	if (size == 0 ||
	    (text = strndup((const char *)data + 1, size - 1)) == NULL)
		return (0);
	memset(&c, 0, sizeof(c));
	if (data[0] % 3 == 0)
		(void)proc_parse_status(text, PID, PARENT, &c);
	else if (data[0] % 3 == 1)
		(void)proc_parse_limits(text, &c);
	else
		(void)proc_parse_ends(text);
	/* Only who read both files may say whose word it is. */
	if (c.kernel)
		abort();
	free(text);
	return (0);
}
