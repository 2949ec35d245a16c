/* Whether a program is asked how it is used. */
#ifndef COMMON_HELP_H
#define COMMON_HELP_H

#include <stdbool.h>

/* True if the first word behind the program's name is help, --help or -h. */
bool help_wanted(int, char *const[]);

#endif
