/* Formats the reason of a failure. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/message.h"
#include "common/reason.h"

int
reason(char *error, const char *fmt, ...)
{
	va_list ap;

	if (error != NULL) {
		va_start(ap, fmt);
		(void)vsnprintf(error, MESSAGE_ERROR_MAX, fmt, ap);
		va_end(ap);
	}
	return (-1);
}
