/* Prints the lies for liar.py: number, name, end, what provokes it, text. */
#include "config.h"

#include <stdio.h>

#include "tests/hostile/liar/liar.h"

int
main(void)
{
	const struct lie *lie;
	size_t i;

	for (i = 0; (lie = liar_find(i)) != NULL; i++)
		(void)printf("%zu\t%s\t%s\t%s\t%s\n", i, lie->name, lie->end,
		    lie->ask, lie->said == NULL ? "" : lie->said);
	return (0);
}
