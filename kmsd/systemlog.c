/* A file of its own, since syslog.h and common/log.h share names. */
#include "config.h"

#include <string.h>
#include <syslog.h>

#include "kmsd/systemlog.h"

/* By enum log_level: fatal, warn, info, debug. */
static const int priorities[] = { LOG_CRIT, LOG_WARNING, LOG_INFO, LOG_DEBUG };

void
systemlog_line(int level, const char *name, const char *text)
{
	static int opened;

	if (!opened)
		openlog("kmsd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	opened = 1;
	if (strcmp(name, "kmsd") == 0)
		syslog(LOG_DAEMON | priorities[level], "%s", text);
	else
		syslog(LOG_DAEMON | priorities[level], "%s: %s", name, text);
}
