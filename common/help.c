/* The same words ask every program for help. */
#include "config.h"

#include <string.h>

#include "common/help.h"

bool
help_wanted(int argc, char *const argv[])
{
	return (argc > 1 && (strcmp(argv[1], "help") == 0 ||
				strcmp(argv[1], "--help") == 0 ||
				strcmp(argv[1], "-h") == 0));
}
