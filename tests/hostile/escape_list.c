/* Prints the techniques, one a line, for the script that runs them. */
#include "config.h"

#include <stdio.h>

#include "tests/hostile/escape.h"

int
main(void)
{
	const struct escape *e;
	size_t i;

	for (i = 0; (e = escape_find(i)) != NULL; i++)
		(void)printf("%zu\t%s\t%s\t%s\t%s\n", i, e->name, e->success,
		    e->parent_may == NULL ? "" : e->parent_may,
		    e->no_control == NULL ? "" : e->no_control);
	return (0);
}
