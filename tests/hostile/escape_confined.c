/* The build that is confined as the product is. */
#include "config.h"

#include "tests/hostile/escape.h"

const bool escape_confined = true;
